"""Two journeys of one customer, kept under two names, become one.

The law: merging equals having known them from the start. It holds to the last field where the two histories do not
overlap in time and the earlier one left no case behind. Where they overlap, it holds for what adds up: messages,
complaints and replies, the first word and the last reply, the clock, the mood (to rounding), the causes of closed
cases, and the remembered ids while both fit. The case is the same as long as no reply and no settling under one name
fell between the complaints under the other, less which of two equally severe complaints it quotes; and so are the
kinds of alert that fire.

What a journey does not keep cannot be known afterwards: a stage that was named under one name between two under the
other, a silence that the other name broke, an advocate whom both names made together, a change from a machine's
channel to a person's between the names, a former customer's interest in what was closed under the other name. Every
doubt is decided for the customer: a case waits on rather than counting as answered.
"""

from itertools import chain
from typing import TypeVar

import msgspec

from monitor.core.business_hours import DAY_SECONDS
from monitor.core.case import Case
from monitor.core.case_moves import next_state
from monitor.core.finding import SEVERITIES
from monitor.core.journey import Journey
from monitor.core.journey_moves import is_advocate, keeps_closed
from monitor.core.message import Stage
from monitor.core.policy import JourneyPolicy
from monitor.core.stages import move_stage, pass_silence

_Item = TypeVar("_Item")

#: What a case quotes of its worst complaint.
_QUOTED = (
    "severity",
    "category",
    "channel",
    "touchpoint",
    "product",
    "brand",
    "excerpt",
    "evidence",
    "language",
    "permalink",
)


def merge(journey: Journey, other: Journey, policy: JourneyPolicy) -> Journey:
    """Merge the other journey into this customer's; both have seen time pass to the same moment.

    Neither is changed. The other's open alerts are not taken over: their ids name the other customer.
    """
    earlier, later = sorted((other, journey), key=lambda one: one.mood_at)
    mood_at = later.mood_at
    weights = [
        one.mood_weight * 0.5 ** ((mood_at - one.mood_at) / DAY_SECONDS / policy.mood_half_life_days)
        for one in (earlier, later)
    ]
    mood_weight = sum(weights)
    replied_at = [at for one in (earlier, later) if (at := one.last_reply_at) is not None]
    valued = max(
        (one for one in (other, journey) if one.value is not None),
        key=lambda one: one.value_at,
        default=journey,
    )
    merged = msgspec.structs.replace(
        journey,
        clock=max(journey.clock, other.clock),
        stage=_merge_stages(earlier, later, policy),
        first_at=min(journey.first_at, other.first_at),
        messages=journey.messages + other.messages,
        complaints=journey.complaints + other.complaints,
        replies=journey.replies + other.replies,
        last_reply_at=max(replied_at, default=None),
        mood=(earlier.mood * weights[0] + later.mood * weights[1]) / mood_weight if mood_weight else 0.0,
        mood_weight=mood_weight,
        mood_at=mood_at,
        content_messages=journey.content_messages + other.content_messages,
        recent=_unite(earlier.recent, later.recent)[-policy.recent_message_ids :],
        closed=tuple(sorted((*journey.closed, *other.closed), key=lambda cause: cause.at))[
            -policy.closed_causes :
        ],
        open_alerts=dict(journey.open_alerts),
        stage_at=max(journey.stage_at, other.stage_at),
        heard_at=max(journey.heard_at, other.heard_at),
        value=valued.value,
        value_at=valued.value_at,
        seen_by_support=journey.seen_by_support or other.seen_by_support,
        content_at=later.content_at,
        told=_unite(earlier.told, later.told)[-policy.remembered_alerts :],
    )
    merged.case = _merge_cases(journey, other, merged, policy)
    return merged


def _merge_stages(one: Journey, other: Journey, policy: JourneyPolicy) -> Stage | None:
    earlier, later = sorted((one, other), key=lambda journey: journey.heard_at)
    stage = earlier.stage
    if earlier.heard_at and later.heard_at and later.first_at > earlier.heard_at:
        silent_days = (later.first_at - earlier.heard_at) / DAY_SECONDS
        stage = pass_silence(stage, silent_days, policy.silence_ends_after_days)
    if later.stage is None:
        return stage
    if stage is None or later.stage_at >= earlier.stage_at:
        return move_stage(stage, later.stage)
    return move_stage(later.stage, stage)


def _merge_cases(journey: Journey, other: Journey, merged: Journey, policy: JourneyPolicy) -> Case | None:
    one, two = journey.case, other.case
    if one is None or two is None:
        case, past = (one, other) if one else (two, journey)
        case = msgspec.structs.replace(case) if case else None
        if case is not None and case.closing is None:
            _recall(case, past, merged, policy)
            if past.mood_at < case.opened_at == (journey if one else other).first_at:
                place = case.touchpoint or case.channels[0]
                case.content_before = past.content_at if past.content_at != place else None
    elif one.closing is None and two.closing is None:
        case = _unite_cases(*sorted((one, two), key=lambda case: case.opened_at))
    elif one.closing is not None and two.closing is not None:
        case = msgspec.structs.replace(
            max(one, two, key=lambda case: case.closing.at if case.closing else 0.0)
        )
    else:
        case = msgspec.structs.replace(one if one.closing is None else two)
    if case is not None and case.closing is None:
        # Whatever was promised before, the brand has been heard of.
        heard_of = max((one for one in (other, journey)), key=lambda one: one.last_reply_at or 0.0)
        case.promise = heard_of.case.promise if heard_of.case else None
        _answer(case, merged.last_reply_at)
    return case


def _recall(case: Case, past: Journey, merged: Journey, policy: JourneyPolicy) -> None:
    """See a case in the light of what went before it under another name."""
    if past.mood_at >= case.opened_at:
        case.last_at = max(case.last_at, past.mood_at)
    was_content = past.mood_at <= case.opened_at and case.mood_before == 0 and is_advocate(past, policy)
    if was_content and not case.lost_advocate and merged.mood < past.mood:
        case.lost_advocate, case.mood_before = True, past.mood
    since = case.opened_at - policy.closed_cause_days * DAY_SECONDS
    if case.repeated_cause is None and case.category != "other":
        again = any(
            cause.category == case.category
            and cause.event in {"settled", "quiet"}
            and since <= cause.at <= case.opened_at
            for cause in past.closed
        )
        case.repeated_cause = case.category if again else None


def _unite_cases(earlier: Case, later: Case) -> Case:
    """Make one open case of two: what is worst stays, the public trace adds up, and who waits goes on waiting."""
    worse = max(
        later,
        earlier,
        key=lambda case: (SEVERITIES.index(case.severity), case.probability, case.asked_at),
    )
    last = max(later, earlier, key=lambda case: case.asked_at)
    lost = next((case for case in (earlier, later) if case.lost_advocate), earlier)
    case = msgspec.structs.replace(
        earlier,
        **{name: getattr(worse, name) for name in _QUOTED},
        last_at=max(earlier.last_at, later.last_at),
        asked_at=last.asked_at,
        asked_origin=last.asked_origin,
        probability=max(earlier.probability, later.probability),
        channels=_unite(earlier.channels, later.channels),
        complaints=earlier.complaints + later.complaints,
        arousal=max(earlier.arousal, later.arousal),
        call_to_action=earlier.call_to_action or later.call_to_action,
        threat_to_leave=earlier.threat_to_leave or later.threat_to_leave,
        lost_advocate=lost.lost_advocate,
        mood_before=lost.mood_before,
        followers=max(earlier.followers, later.followers),
        reshares=earlier.reshares + later.reshares,
        likes=earlier.likes + later.likes,
        helpful=earlier.helpful + later.helpful,
        repeated_cause=earlier.repeated_cause or later.repeated_cause,
        alerted=earlier.alerted or later.alerted,
    )
    waiting = [one for one in (earlier, later) if one.state == "waiting"]
    clocks = sorted(waiting or (earlier, later), key=lambda one: one.waiting_since)
    first = clocks[0]
    case.state = first.state
    case.waiting_since, case.waiting_origin = first.waiting_since, first.waiting_origin
    case.waiting_channels = _unite(*(one.waiting_channels for one in clocks))
    case.bot_channels = _unite(*(one.bot_channels for one in clocks))
    case.handoff = next((one.handoff for one in clocks if one.handoff), None)
    case.staffed = {
        channel: source
        for one in clocks
        for channel, source in one.staffed.items()
        if all(channel in two.staffed for two in clocks if channel in two.waiting_channels)
    }
    return case


def _answer(case: Case, replied_at: float | None) -> None:
    """Take a reply, which may have been given to the other name, as the case would have taken it."""
    if case.state != "waiting" or replied_at is None or replied_at < case.waiting_since:
        return
    if replied_at >= case.asked_at:
        case.state = next_state(case.state, "reply")
        case.last_at = max(case.last_at, replied_at)
    else:
        # Answered, and complained of again: the clock that runs began after the reply.
        case.waiting_since, case.waiting_origin = case.asked_at, case.asked_origin


def _unite(*rows: tuple[_Item, ...]) -> tuple[_Item, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(rows)))


def is_news(journey: Journey) -> bool:
    """Tell whether the case, if it is closed, is still news in what the two journeys have become."""
    closing = journey.case and journey.case.closing
    return not closing or keeps_closed(journey, closing)
