"""Claims about training: the same inputs give the same bytes."""

from typing import Final

import numpy as np
import pytest
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from tests.quality.training import fit_logistic

#: BLAS shares vectors longer than 10,000 among its threads.
FEATURES: Final = 30_000


@pytest.mark.parametrize("threads", [2, 3])
def test_a_fit_gives_the_same_bytes_however_many_threads_there_are(threads: int) -> None:
    drawn = np.random.default_rng(0)
    inputs = sp.random(600, FEATURES, density=0.002, random_state=0, format="csr")
    labels = inputs @ drawn.standard_normal(FEATURES) > 0
    found: list[bytes] = []
    for limit in (1, threads):
        with threadpool_limits(limits=limit):
            found.append(fit_logistic(inputs, labels, c=0.5).coef_.tobytes())
    assert found[0] == found[1]
