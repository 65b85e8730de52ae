"""The policy: the default is in order, a wrong one is named, and its hash stands for every value in it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.crowd.bounds import TREND_KINDS
from monitor.core.finding import CATEGORIES, SEVERITIES
from monitor.core.message import CHANNELS
from monitor.core.policy import Policy
from monitor.core.policy_faults import find_policy_faults
from monitor.errors import ConfigError
from monitor.resources import load_policy
from tests.core.builders import POLICY, law, overlay

Place = tuple[str | int, ...]


def _list_leaves(tree: Any, place: Place = ()) -> list[Place]:  # noqa: ANN401 - walks plain data
    if isinstance(tree, dict):
        return [leaf for key, value in tree.items() for leaf in _list_leaves(value, (*place, key))]
    if isinstance(tree, list) and tree and isinstance(tree[0], dict):
        return [leaf for key, value in enumerate(tree) for leaf in _list_leaves(value, (*place, key))]
    return [place]


def _change(policy: Policy, place: Place, value: float | str | list[str]) -> Policy:
    tree = _to_plain(policy)
    branch = tree
    for part in place[:-1]:
        branch = branch[part]
    branch[place[-1]] = value
    return msgspec.convert(tree, Policy)


def _to_plain(policy: Policy) -> Any:  # noqa: ANN401 - plain data
    return msgspec.json.decode(msgspec.json.encode(policy))


def _value_at(policy: Policy, place: Place) -> int | float | str | list[str]:
    branch = _to_plain(policy)
    for part in place:
        branch = branch[part]
    value: int | float | str | list[str] = branch
    return value


#: It ends before it begins.
CAMPAIGN = {"from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z", "factor": 2.0}
LEAVES = _list_leaves(_to_plain(POLICY))
#: Tables that name some alert kinds and not others.
SOME_KINDS = {("owners", "kind"), ("advice", "kind")}


def _overlay_file(folder: Path, text: str) -> Path:
    file = folder / "mine.toml"
    file.write_text(text)
    return file


def test_the_default_policy_has_no_faults() -> None:
    assert find_policy_faults(POLICY) == ()


def test_the_hash_is_twelve_hexadecimal_digits_and_the_same_for_the_same_policy() -> None:
    assert len(POLICY.hash) == 12
    assert int(POLICY.hash, 16) >= 0
    assert load_policy().hash == POLICY.hash


@law
@given(
    place=st.sampled_from([place for place in LEAVES if _value_at(POLICY, place) != []]),
    share=st.floats(0.01, 1),
)
def test_the_hash_changes_with_every_value(place: Place, share: float) -> None:
    before = _value_at(POLICY, place)
    after: float | str | list[str]
    if isinstance(before, list | str):
        after = before[1:]
    else:
        after = before + 1 if isinstance(before, int) else before + (before or 1) * share / 1000
    assert _change(POLICY, place, after).hash != POLICY.hash


def test_the_hash_does_not_depend_on_the_order_of_keys() -> None:
    after_hours = dict(reversed(POLICY.ignored_complaint.after_hours.items()))
    assert overlay({"ignored_complaint": {"after_hours": after_hours}}).hash == POLICY.hash


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"detractor": {"resolve_below_expected": 19}}, "detractor.resolve_below_expected must not exceed"),
        ({"detractor": {"critical_at_expected": 17}}, "detractor.critical_at_expected must be at least"),
        (
            {
                "listeners": {
                    "waiting": [{"after_hours": 4, "weight": 0.1}, {"after_hours": 4, "weight": 0.2}]
                }
            },
            "listeners.waiting must rise in after_hours",
        ),
        *(
            (
                {"listeners": {"severity": {name: 0.0 for name in SEVERITIES if name != left_out}}},
                f"listeners.severity.{left_out} is missing",
            )
            for left_out in SEVERITIES
        ),
        *(
            (
                {"ignored_complaint": {"after_hours": {name: 4.0 for name in CHANNELS if name != left_out}}},
                f"ignored_complaint.after_hours.{left_out} is missing",
            )
            for left_out in CHANNELS
        ),
        *(
            (
                {"prospect_lost": {"after_hours": {name: 4.0 for name in CATEGORIES if name != left_out}}},
                f"prospect_lost.after_hours.{left_out} is missing",
            )
            for left_out in CATEGORIES
        ),
        *(
            (
                {"former_at_risk": {"category": {name: 0.0 for name in CATEGORIES if name != left_out}}},
                f"former_at_risk.category.{left_out} is missing",
            )
            for left_out in CATEGORIES
        ),
        (
            {"journey": {"silence_ends_after_days": {"purchase": 30}}},
            "journey.silence_ends_after_days.customer is missing",
        ),
        (
            {"journey": {"silence_ends_after_days": {"purchase": 30, "customer": 365, "former": 9}}},
            "journey.silence_ends_after_days.former is no stage that a silence ends",
        ),
        *(
            (
                {table: {"category": {name: "web" for name in CATEGORIES if name != "price"}}},
                f"{table}.category.price is missing",
            )
            for table in ("owners", "advice")
        ),
        ({"owners": {"kind": {"detracter": "care"}}}, "owners.kind.detracter is no kind of alert"),
        (
            {"advice": {"kind": {**POLICY.advice.kind, "spam": "Wait."}}},
            "advice.kind.spam is no kind of alert",
        ),
        ({"advice": {"kind": dict.fromkeys(TREND_KINDS[1:], "Wait.")}}, "advice.kind.surge is missing"),
        ({"surge": {"multiples": [2.0, 2.0, 3.0]}}, "surge.multiples must rise"),
        ({"surge": {"multiples": [2.0, 3.0]}}, "surge.false_alarm_shares must name one share"),
        ({"surge": {"level_memory_hours_max": 10.0}}, "surge.level_memory_hours_max must be at least"),
        ({"surge": {"campaigns": [CAMPAIGN]}}, "surge.campaigns.0.until must be later than its `from`"),
        (
            {"brand_post_backlash": {"resolve_share": 0.6}},
            "brand_post_backlash.resolve_share must not exceed",
        ),
        ({"former_at_risk": {"critical_at_risk": 0.5}}, "former_at_risk.critical_at_risk must be at least"),
        ({"win_back": {"for_hours": 337}}, "win_back.for_hours must not exceed journey.closed_case_days"),
        ({"recovered": {"for_hours": 337}}, "recovered.for_hours must not exceed journey.closed_case_days"),
    ],
)
def test_wrong_order_and_missing_keys_are_named(changes: dict[str, Any], fault: str) -> None:
    faults = find_policy_faults(overlay(changes))
    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_every_fault_is_named_at_once() -> None:
    policy = overlay({"detractor": {"resolve_below_expected": 19, "critical_at_expected": 17}})
    assert len(find_policy_faults(policy)) == 2


def test_a_file_of_ones_own_names_only_what_it_changes(tmp_path: Path) -> None:
    policy = load_policy(_overlay_file(tmp_path, "[ignored_complaint.after_hours]\nsocial = 1\n"))
    assert policy.ignored_complaint.after_hours == {**POLICY.ignored_complaint.after_hours, "social": 1}
    assert policy.listeners == POLICY.listeners


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[detractor]\nfire_at = 3\n", "`fire_at` - at `$.detractor`"),
        ("[detractors]\nfire_at_expected = 3\n", "`detractors`"),
        (
            "[ignored_complaint.after_hours]\nfax = 4\n",
            "'fax' - at `key` in `$.ignored_complaint.after_hours`",
        ),
        ("[listeners.severity]\nrage = 1.0\n", "'rage' - at `key` in `$.listeners.severity`"),
        ("[complaint]\nthreshold = 1.5\n", "`$.complaint.threshold`"),
        ('[complaint]\nthreshold = "high"\n', "`$.complaint.threshold`"),
        ("[detractor]\nfire_at_expected = 3\n", "detractor.resolve_below_expected"),
        ('[owners]\ndefault = ""\n', "`$.owners.default`"),
        ("[detractor\n", "cannot be read as TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_field(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_policy(_overlay_file(tmp_path, text))
    assert "mine.toml" in str(refused.value)
    assert named in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_policy(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    "place",
    [place for place in LEAVES if place[:-1] not in SOME_KINDS],
    ids=lambda place: ".".join(map(str, place)),
)
def test_no_key_of_the_policy_has_a_default(place: Place) -> None:
    tree = _to_plain(POLICY)
    branch = tree
    for part in place[:-1]:
        branch = branch[part]
    del branch[place[-1]]
    try:
        policy = msgspec.convert(tree, Policy)
    except msgspec.ValidationError as error:
        assert str(place[-1]) in str(error)  # noqa: PT017 - either this refuses or the faults do
    else:
        assert any(str(place[-1]) in fault for fault in find_policy_faults(policy))
