"""The budget grants best first, never more than the limit, and keeps its last pages for those who tell more people."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.budget import Grant, find_limit, find_median, grant_best, keep_recent
from monitor.core.business_hours import HOUR_SECONDS
from tests.core.builders import POLICY, law, overlay

bids = st.lists(st.floats(0, 1000), max_size=12).map(lambda values: sorted(values, reverse=True))
granted = st.lists(st.floats(0, 1000), max_size=8)
shares = st.floats(0, 1, exclude_max=True)


@law
@given(bids, granted, st.integers(1, 8), shares)
def test_no_more_is_granted_than_the_limit_leaves(
    bids: list[float], granted: list[float], limit: int, share: float
) -> None:
    count, refusal = grant_best(bids, granted, limit, share)
    assert count <= max(0, limit - len(granted))
    assert (refusal is None) == (count == len(bids))


@law
@given(bids, granted, st.integers(1, 8), shares)
def test_what_is_granted_out_of_the_reserve_is_above_the_median_of_the_hour(
    bids: list[float], granted: list[float], limit: int, share: float
) -> None:
    count, _ = grant_best(bids, granted, limit, share)
    unreserved = limit - int(limit * share)
    for place in range(count):
        spent = [*granted, *bids[:place]]
        if spent and len(spent) >= unreserved:
            assert bids[place] > find_median(spent)


@given(st.integers(1, 8), shares)
def test_the_first_bid_of_an_hour_is_always_granted(limit: int, share: float) -> None:
    assert grant_best([0.0], [], limit, share) == (1, None)


@pytest.mark.parametrize(
    ("bids", "granted", "expected"),
    [
        ([30, 20, 10], [], (3, None)),
        ([30, 20, 10, 9, 8], [], (4, "reserved")),
        ([25], [30, 20, 10, 9], (1, None)),
        ([20], [30, 20, 10, 9], (0, "reserved")),
        ([40, 39, 38], [30, 20, 10, 9], (2, "spent")),
        ([1000], [1, 2, 3, 4, 5, 6], (0, "spent")),
    ],
)
def test_six_pages_of_which_two_are_kept(
    bids: list[float], granted: list[float], expected: tuple[int, str | None]
) -> None:
    assert grant_best(bids, granted, 6, 0.34) == expected


def test_a_page_counts_for_exactly_an_hour() -> None:
    grants = (Grant(0.0, 1.0), Grant(1.0, 2.0))
    assert keep_recent(grants, HOUR_SECONDS - 0.001) == grants
    assert keep_recent(grants, HOUR_SECONDS) == grants[1:]


def test_an_owner_may_have_a_limit_of_their_own() -> None:
    paging = overlay({"paging": {"pages_per_hour_of": {"billing": 2}}}).paging
    assert (find_limit("billing", paging), find_limit("support", paging)) == (2, paging.pages_per_hour)


def test_in_a_storm_the_reserve_lets_larger_ones_through() -> None:
    """A bid a minute for a day, six pages an hour: with the reserve of the policy, those paged would tell more."""

    def mean_paged(share: float) -> float:
        random = Random(7)
        grants: tuple[Grant, ...] = ()
        paged: list[float] = []
        for minute in range(24 * 60):
            now = minute * 60.0
            bid = random.lognormvariate(2.9, 0.6)
            grants = keep_recent(grants, now)
            if grant_best([bid], [grant.expected for grant in grants], 6, share)[0]:
                grants = (*grants, Grant(now, bid))
                paged.append(bid)
        return sum(paged) / len(paged)

    assert mean_paged(POLICY.paging.reserved_share) > 1.3 * mean_paged(0.0)
