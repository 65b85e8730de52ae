"""The outcome: what people say became of an alert; it closes the alert, and is what a policy can be tuned on."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from monitor.core.alert import AlertKind, moment
from monitor.core.message import Moment
from monitor.core.scored import Judgement, Origin, Result
from monitor.core.trend import CrowdJudgement


class Outcome(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="schema", tag="outcome.v1"
):
    """What one person says of one alert; the last word on an alert counts."""

    alert: Annotated[
        str, msgspec.Meta(min_length=1, max_length=64, description="Its id, which is also the record's key.")
    ]
    kind: AlertKind
    result: Result
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="Who says so.")]
    at: Moment
    customer: Annotated[
        str | None, msgspec.Meta(description="The alert's customer; none where it has none.")
    ] = None
    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""


def pass_on(
    outcome: Outcome, origin: Origin, at: datetime, received_at_seconds: float
) -> Judgement | CrowdJudgement:
    """Pass an outcome on to its customer's journey, or to the crowds where the alert is about nobody in particular.

    `at` is the event time of its arrival: what a person's clock says must not move the customer's.
    """
    if outcome.customer is None:
        return CrowdJudgement(alert=outcome.alert, result=outcome.result, at=at, origin=origin)
    return Judgement(
        customer=outcome.customer,
        alert=outcome.alert,
        result=outcome.result,
        at=at,
        received_at=moment(received_at_seconds),
        origin=origin,
    )


class Precision(msgspec.Struct, frozen=True):
    """How many alerts of a kind were right, of those that were judged."""

    right: int
    wrong: int

    @property
    def share(self) -> float:
        """The share that was right; not a number where none was judged."""
        judged = self.right + self.wrong
        return self.right / judged if judged else float("nan")


def measure_precision(outcomes: Iterable[Outcome]) -> Mapping[AlertKind, Precision]:
    """Count, per kind, what was right and what was a false alarm; who has only acknowledged has not judged."""
    right: Counter[AlertKind] = Counter()
    wrong: Counter[AlertKind] = Counter()
    for outcome in outcomes:
        if outcome.result != "acknowledged":
            (right if outcome.result == "resolved" else wrong)[outcome.kind] += 1
    return {kind: Precision(right[kind], wrong[kind]) for kind in sorted(right.keys() | wrong.keys())}
