"""What is written as YAML is read back as the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.contracts import write_yaml

#: YAML has no control characters, and no lone surrogates.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufeff\ufffe\uffff")
)
DOCUMENTS = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=12,
    ),
    min_size=1,
)


@given(DOCUMENTS)
def test_any_document_round_trips(document: dict[str, Any]) -> None:
    yaml = pytest.importorskip("yaml", reason="pyyaml is not installed")
    assert yaml.safe_load(write_yaml(document)) == document


def test_a_document_is_written_in_blocks() -> None:
    document = {"a": {"b": 1, "no": True}, "c": ["x", {"d": None}, []]}
    assert write_yaml(document) == 'a:\n  b: 1\n  "no": true\nc:\n  - "x"\n  -\n    d: null\n  - []\n'
