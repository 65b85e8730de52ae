"""The review of a journey: every alert kind is asked, and what has changed since it was last told becomes an alert.

It also says when the next review is due: the next moment at which time alone changes an answer.
"""

from math import inf, nextafter
from typing import Final, cast

import msgspec

from monitor.core.action import choose_action, name_dashboard
from monitor.core.alert import (
    UNITS,
    Alert,
    AlertKind,
    AlertState,
    OpenAlert,
    Verdict,
    moment,
    name_alert,
)
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.case import Case
from monitor.core.case_moves import describe_telling, end_of_case
from monitor.core.counterfactual import imagine_otherwise
from monitor.core.history import tell_history
from monitor.core.journey import Journey
from monitor.core.keeping import tell_evidence
from monitor.core.kinds import DEADLINES, KINDS
from monitor.core.kinds.wording import ENDINGS
from monitor.core.listeners import describe_listeners, expect_listeners, expect_reach
from monitor.core.policy import Policy
from monitor.core.scored import CustomerEvent, Judgement
from monitor.core.telling import Listeners
from monitor.core.trend import name_subject
from monitor.core.worth import weigh_worth

Told = tuple[AlertState, OpenAlert]

_KINDS: Final = tuple(KINDS.items())


def review(
    journey: Journey, case: Case, cause: str, trigger: CustomerEvent | None, policy: Policy
) -> list[Alert]:
    """Ask every kind about the journey, and write the alerts; `case` is the open one or the one just closed."""
    telling = describe_telling(case, journey.clock)
    reach = expect_reach(telling, policy.listeners)
    listeners: Listeners | None = None
    alerts: list[Alert] = []
    for kind, assess in _KINDS:
        verdict = assess(journey, reach, policy)
        if verdict is None and kind not in journey.open_alerts:
            continue
        for told in _decide(journey, kind, verdict, reach.expected, policy):
            if listeners is None:
                listeners = describe_listeners(telling, reach, policy.listeners)
            alerts.append(_write(journey, case, kind, told, listeners, cause, trigger, policy))
    return alerts


def close_alert(journey: Journey, judgement: Judgement, policy: Policy) -> list[Alert]:
    """Close the alert that people have judged; who has only acknowledged it leaves it open, and so does a repeat."""
    case = journey.case
    for kind, known in journey.open_alerts.items():
        if known.id != judgement.alert or known.closed or case is None or judgement.result == "acknowledged":
            continue
        closed = msgspec.structs.replace(known, sequence=known.sequence + 1, closed=True)
        journey.open_alerts[kind] = closed
        listeners = expect_listeners(describe_telling(case, journey.clock), policy.listeners)
        told: Told = ("resolved", closed)
        return [
            _write(
                journey, case, cast("AlertKind", kind), told, listeners, judgement.result, judgement, policy
            )
        ]
    return []


def close(journey: Journey, cause: str, policy: Policy, *, merged_into: str | None = None) -> list[Alert]:
    """Resolve every open alert, because nothing is followed under this name any more; no text is told again."""
    case = journey.case
    if case is None:
        return []
    listeners = expect_listeners(describe_telling(case, journey.clock), policy.listeners)
    alerts = []
    for kind in KINDS:
        known = journey.open_alerts.pop(kind, None)
        if known is None or known.closed:
            continue
        told: Told = ("resolved", msgspec.structs.replace(known, sequence=known.sequence + 1))
        alert = _write(journey, case, kind, told, listeners, cause, None, policy)
        alerts.append(
            msgspec.structs.replace(
                alert, merged_into=merged_into, excerpt="", evidence=(), permalink=None, history=None
            )
        )
    return alerts


def find_wake_at(journey: Journey, policy: Policy) -> float | None:
    """Find the next moment at which this journey changes without a message."""
    case = journey.case
    if case is None:
        return None
    clock = journey.clock
    wake_at = end_of_case(case, policy.journey)[0]
    for find_deadline in DEADLINES:
        deadline = find_deadline(journey, policy)
        if deadline is not None and clock < deadline < wake_at:
            wake_at = deadline
    if case.state == "waiting":
        # Asked as the listeners ask it, so that no rounding lets a step pass between the two.
        waited_hours = (clock - case.waiting_since) / HOUR_SECONDS
        for step in policy.listeners.waiting:
            if waited_hours < step.after_hours:
                step_at = case.waiting_since + step.after_hours * HOUR_SECONDS
                wake_at = min(wake_at, step_at)
                break  # the steps stand in their order
    # A late message may have left a moment in the past: the very next tick is to see it.
    return max(wake_at, nextafter(clock, inf))


def _decide(
    journey: Journey, kind: AlertKind, verdict: Verdict | None, expected: float, policy: Policy
) -> list[Told]:
    """Decide whether this kind fires, is updated, is resolved, or has nothing new to say."""
    told: list[Told] = []
    known = journey.open_alerts.get(kind)
    # The origin makes the id, of one kind and customer.
    if known is not None and (verdict is None or known.verdict.origin != verdict.origin):
        del journey.open_alerts[kind]
        if not known.closed:
            told.append(("resolved", msgspec.structs.replace(known, sequence=known.sequence + 1)))
        known = None
    if verdict is None:
        return told
    if known is None:
        alert_id = name_alert(kind, journey.customer, verdict.origin)
        now = OpenAlert(id=alert_id, sequence=0, opened_at=journey.clock, expected=expected, verdict=verdict)
        journey.open_alerts[kind] = now
        if journey.case is not None and verdict.severity != "info":
            journey.case.alerted = True
        told.append(("firing", now))
    elif not known.closed and (
        known.verdict.severity != verdict.severity
        or expected >= known.expected * policy.detractor.update_growth
    ):
        now = msgspec.structs.replace(known, sequence=known.sequence + 1, expected=expected, verdict=verdict)
        journey.open_alerts[kind] = now
        told.append(("updated", now))
    return told


def _write(  # noqa: PLR0917 - the alert is everything at once
    journey: Journey,
    case: Case,
    kind: AlertKind,
    told: Told,
    listeners: Listeners,
    cause: str,
    trigger: CustomerEvent | None,
    policy: Policy,
) -> Alert:
    state, alert = told
    verdict = alert.verdict
    if alert.id not in journey.told:
        journey.told = (*journey.told, alert.id)[-policy.journey.remembered_alerts :]
    over = ENDINGS.get(cause, f"{listeners.expected:.0f} listeners are expected now")
    resolved = state == "resolved"
    return Alert(
        id=alert.id,
        sequence=alert.sequence,
        supersedes=f"{alert.id}.{alert.sequence - 1}" if alert.sequence else None,
        dedupe_key=f"{kind}:{journey.customer}",
        kind=kind,
        state=state,
        cause=cause,
        severity=verdict.severity,
        headline=f"Over: {over}. It was: {_lower(verdict.headline)}" if resolved else verdict.headline,
        at=moment(journey.clock),
        opened_at=moment(alert.opened_at),
        respond_by=moment(verdict.respond_by_seconds),
        customer=journey.customer,
        value=journey.value,
        priority=listeners.expected * weigh_worth(kind, journey.stage, journey.value, policy.worth),
        history=tell_history(journey, case),
        policy=policy.hash,
        listeners=listeners,
        unit=UNITS[kind],
        threshold=verdict.threshold,
        observed=verdict.observed,
        margin=verdict.observed - verdict.threshold,
        confidence=case.probability,
        counterfactual=None if resolved else imagine_otherwise(kind, journey, listeners, verdict, policy),
        category=case.category,
        complaint_severity=case.severity,
        channel=case.channel,
        touchpoint=case.touchpoint,
        product=case.product,
        brand=case.brand,
        stage=journey.stage,
        touchpoint_gap=case.content_before,
        language=case.language,
        subject=name_subject("surge", case.brand, case.product, case.category, journey.stage),
        excerpt=case.excerpt,
        evidence=tell_evidence(case.evidence, case.excerpt),
        permalink=case.permalink,
        action=choose_action(
            kind, case, policy, name_dashboard(kind, case.channel, journey.stage, alert.opened_at)
        ),
        origin=verdict.origin,
        trigger=trigger.origin if trigger else None,
        received_at=trigger.received_at if trigger else None,
        traceparent=trigger.traceparent if trigger else None,
    )


def _lower(headline: str) -> str:
    """Write a sentence as it stands behind a colon."""
    return headline[:1].lower() + headline[1:]
