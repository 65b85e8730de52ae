"""The number of people told: a prior that the literature gives, and contributions that explain it completely."""

from math import exp, fsum, isclose, log
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.core.finding import SEVERITIES
from monitor.core.listeners import (
    count_public,
    estimate_reshared,
    expect_listeners,
    expect_mean,
    weigh_waiting,
)
from monitor.core.policy import ResharedPolicy
from monitor.core.telling import Listeners, Telling
from tests.core.builders import POLICY, law

LISTENERS = POLICY.listeners
COUNTS = st.integers(0, 10**7)
TELLINGS = st.builds(
    Telling,
    probability=st.floats(0, 1),
    severity=st.sampled_from(SEVERITIES),
    arousal=st.floats(0, 1),
    waited_hours=st.floats(0, 1000),
    complaints=st.integers(1, 50),
    channels=st.integers(1, 8),
    call_to_action=st.booleans(),
    threat_to_leave=st.booleans(),
    lost_advocate=st.booleans(),
    replied=st.booleans(),
    followers=COUNTS,
    reshares=COUNTS,
    likes=COUNTS,
    helpful=COUNTS,
)
#: Each input that aggravates, and values of it in rising order.
AGGRAVATING: dict[str, st.SearchStrategy[Any]] = {
    "probability": st.floats(0, 1),
    "severity": st.sampled_from(SEVERITIES),
    "arousal": st.floats(0, 1),
    "waited_hours": st.floats(0, 1000),
    "complaints": st.integers(1, 50),
    "channels": st.integers(1, 8),
    "call_to_action": st.booleans(),
    "threat_to_leave": st.booleans(),
    "lost_advocate": st.booleans(),
    "followers": COUNTS,
    "reshares": COUNTS,
    "likes": COUNTS,
    "helpful": COUNTS,
}
PRIOR_ALONE = Telling(probability=1.0, severity="disapproval")


def _expect(telling: Telling) -> Listeners:
    return expect_listeners(telling, LISTENERS)


def test_the_prior_alone_gives_a_mean_of_twelve_people() -> None:
    assert _expect(PRIOR_ALONE).expected == pytest.approx(12.0, abs=0.01)


def test_the_prior_alone_gives_13_percent_who_tell_more_than_twenty() -> None:
    assert _expect(PRIOR_ALONE).p_over_20 == pytest.approx(0.13, abs=0.002)


def test_the_prior_alone_says_9_to_15_within_its_80_percent_interval() -> None:
    listeners = _expect(PRIOR_ALONE)
    assert listeners.low < 9
    assert listeners.high > 15


def test_every_field_of_a_telling_but_the_reply_is_held_to_be_aggravating() -> None:
    assert {*AGGRAVATING, "replied"} == set(Telling.__struct_fields__)


@law
@given(TELLINGS)
def test_contributions_sum_to_the_logarithm_of_the_expected_listeners(telling: Telling) -> None:
    listeners = _expect(telling)
    total = fsum(contribution.value for contribution in listeners.contributions)
    assert isclose(total, log(listeners.expected), rel_tol=1e-12, abs_tol=1e-12)


@law
@given(TELLINGS)
def test_the_mean_alone_is_that_of_the_distribution_to_the_last_bit(telling: Telling) -> None:
    assert expect_mean(telling, LISTENERS) == _expect(telling).expected


@law
@given(TELLINGS)
def test_contributions_have_one_name_each_and_begin_with_the_prior(telling: Telling) -> None:
    names = [contribution.name for contribution in _expect(telling).contributions]
    assert len(set(names)) == len(names)
    assert names[0] == "prior"


@law
@given(TELLINGS)
def test_a_probability_stays_a_probability_and_the_interval_is_in_order(telling: Telling) -> None:
    listeners = _expect(telling)
    assert 0 <= listeners.p_over_20 <= 1
    assert 0 < listeners.low < listeners.high
    assert listeners.expected > 0


@pytest.mark.parametrize("field", AGGRAVATING)
@law
@given(telling=TELLINGS, data=st.data())
def test_what_aggravates_never_lowers_the_listeners(
    field: str, telling: Telling, data: st.DataObject
) -> None:
    values = data.draw(st.tuples(AGGRAVATING[field], AGGRAVATING[field]))
    mild, hard = sorted(values, key=SEVERITIES.index if field == "severity" else None)
    less = _expect(msgspec.structs.replace(telling, **{field: mild}))
    more = _expect(msgspec.structs.replace(telling, **{field: hard}))
    # The last digit may go either way where both are the same number.
    assert more.p_over_20 >= less.p_over_20 - 1e-12
    assert more.expected >= less.expected * (1 - 1e-12)


@law
@given(TELLINGS)
def test_a_reply_lowers_the_listeners(telling: Telling) -> None:
    without = _expect(msgspec.structs.replace(telling, replied=False))
    replied = _expect(msgspec.structs.replace(telling, replied=True))
    assert replied.expected < without.expected
    assert replied.p_over_20 <= without.p_over_20


@law
@given(TELLINGS)
def test_what_contributes_nothing_is_not_listed(telling: Telling) -> None:
    assert all(
        contribution.value or contribution.name == "complaint_probability"
        for contribution in _expect(telling).contributions
    )


@law
@given(TELLINGS)
def test_only_what_was_seen_is_called_observed(telling: Telling) -> None:
    basis = {contribution.name: contribution.basis for contribution in _expect(telling).contributions}
    observed = {name for name, value in basis.items() if value == "observed"}
    assert observed <= {"ignored", "repeats", "channel_switch", "lost_advocate", "reply", "public_audience"}
    assert [name for name, value in basis.items() if value == "prior"] == ["prior"]


def test_the_public_audience_adds_to_the_people_told_by_mouth() -> None:
    audience = msgspec.structs.replace(PRIOR_ALONE, reshares=3, helpful=4)
    public = 3 * LISTENERS.people_per_reshare + 4 * LISTENERS.people_per_helpful_vote
    assert count_public(audience, LISTENERS) == public
    assert _expect(audience).expected == pytest.approx(_expect(PRIOR_ALONE).expected + public)


def test_a_public_audience_beyond_twenty_leaves_only_the_doubt_about_the_complaint() -> None:
    seen = msgspec.structs.replace(PRIOR_ALONE, probability=0.7, followers=100_000)
    assert _expect(seen).p_over_20 == pytest.approx(0.7)


def test_who_has_followers_tells_more_than_twenty_by_mouth_or_by_a_post_that_spreads() -> None:
    few = msgspec.structs.replace(PRIOR_ALONE, followers=300)
    by_mouth = expect_listeners(
        few, msgspec.structs.replace(LISTENERS, reshared=ResharedPolicy(bias=-99, per_log_followers=0))
    ).p_over_20
    spread = estimate_reshared(300, LISTENERS)
    assert _expect(few).p_reshared_over_20 == spread
    assert _expect(few).p_over_20 == pytest.approx(1 - (1 - by_mouth) * (1 - spread))


def test_nothing_is_estimated_of_the_spread_where_followers_are_not_known() -> None:
    assert _expect(PRIOR_ALONE).p_reshared_over_20 is None


@pytest.mark.parametrize(
    ("hours", "weight"), [(0, 0), (3.99, 0), (4, 0.10), (71, 0.25), (72, 0.40), (9999, 0.5)]
)
def test_the_last_waiting_step_that_was_reached_counts(hours: float, weight: float) -> None:
    assert weigh_waiting(hours, LISTENERS) == weight


@law
@given(st.integers(1, 50))
def test_repeats_count_up_to_the_policy_bound(complaints: int) -> None:
    assume(complaints > LISTENERS.repeats_at_most)
    most = msgspec.structs.replace(PRIOR_ALONE, complaints=LISTENERS.repeats_at_most + 1)
    more = msgspec.structs.replace(PRIOR_ALONE, complaints=complaints + 1)
    assert _expect(more).expected == _expect(most).expected
    ratio = _expect(most).expected / _expect(PRIOR_ALONE).expected
    assert ratio == pytest.approx(exp(LISTENERS.repeat * LISTENERS.repeats_at_most))


def test_a_weight_of_nought_switches_a_contribution_off() -> None:
    policy = msgspec.structs.replace(LISTENERS, call_to_action=0.0)
    telling = msgspec.structs.replace(PRIOR_ALONE, call_to_action=True)
    assert expect_listeners(telling, policy).expected == expect_listeners(PRIOR_ALONE, policy).expected
