"""The life cycle is a circle that only its table moves: by the stage that a message names, and by silence."""

from itertools import product
from typing import Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.message import STAGES, Stage
from monitor.core.scored import Scored
from monitor.core.stages import TRANSITIONS, Step, move_stage, pass_silence, silent_stages
from tests.core.builders import POLICY, build_scored, follow_all, law, reply

FROM: Final[tuple[Stage | None, ...]] = (None, *STAGES)
STEPS: Final[tuple[Step, ...]] = get_args(Step)
AFTER_DAYS: Final = POLICY.journey.silence_ends_after_days


def _stage_after(*events: Scored) -> Stage | None:
    journey, _ = follow_all(events)
    assert journey is not None
    return journey.stage


@pytest.mark.parametrize(("stage", "event"), list(product(FROM, STEPS)))
def test_a_pair_that_is_not_in_the_table_changes_nothing(stage: Stage | None, event: Step) -> None:
    assert move_stage(stage, event) == TRANSITIONS.get((stage, event), stage)


@pytest.mark.parametrize(("stage", "named"), list(product(FROM, STAGES)))
def test_a_journey_walks_as_the_table_says(stage: Stage | None, named: Stage) -> None:
    expected = TRANSITIONS.get((stage, named), stage)
    assert _stage_after(build_scored(0, 0, stage=stage), build_scored(1, 1, stage=named)) == expected


@pytest.mark.parametrize("stage", FROM)
def test_a_journey_falls_silent_as_the_table_says(stage: Stage | None) -> None:
    hours = 24 * AFTER_DAYS[stage] if stage in silent_stages() else 1e5
    expected = TRANSITIONS.get((stage, "silence"), stage)
    assert _stage_after(build_scored(0, 0, stage=stage), build_scored(1, hours)) == expected
    if stage in silent_stages():
        assert _stage_after(build_scored(0, 0, stage=stage), build_scored(1, hours - 1)) == stage


@pytest.mark.parametrize(
    ("stage", "named"), [("customer", "prospect"), ("customer", "purchase"), ("purchase", "prospect")]
)
def test_an_illegal_step_back_changes_nothing(stage: Stage, named: Step) -> None:
    assert move_stage(stage, named) == stage


def test_the_life_cycle_is_one_circle() -> None:
    circle: tuple[Step, ...] = ("prospect", "purchase", "customer", "former", "prospect")
    stage: Stage | None = None
    for event in circle:
        stage = move_stage(stage, event)
        assert stage == event


def test_every_stage_leads_to_every_other() -> None:
    for start in STAGES:
        reached: set[Stage] = {start}
        for _ in STAGES:
            reached |= {to for (stage, _), to in TRANSITIONS.items() if stage in reached}
        assert reached == set(STAGES)


@law
@given(st.sampled_from(FROM), st.floats(0, 5000), st.floats(0, 5000))
def test_a_longer_silence_never_leads_back(stage: Stage | None, one: float, more: float) -> None:
    order: list[Stage | None] = ["purchase", "customer", "former"]
    shorter, longer = (pass_silence(stage, days, AFTER_DAYS) for days in (one, one + more))
    assert longer == shorter or order.index(longer) > order.index(shorter)


def test_a_long_silence_takes_one_stage_after_the_other() -> None:
    both_days = AFTER_DAYS["purchase"] + AFTER_DAYS["customer"]
    assert pass_silence("purchase", both_days, AFTER_DAYS) == "former"
    assert pass_silence("purchase", both_days - 1, AFTER_DAYS) == "customer"


def test_what_the_brand_says_breaks_no_silence() -> None:
    hours = 24 * AFTER_DAYS["customer"]
    events = [build_scored(0, 0, stage="customer"), reply(1, hours - 1), build_scored(2, hours)]
    assert _stage_after(*events) == "former"
