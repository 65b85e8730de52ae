"""A customer's past in a line, as a colleague would tell it at the hand-over of a shift."""

from typing import Final

from monitor.core.business_hours import DAY_SECONDS, HOUR_SECONDS
from monitor.core.case import Case, CaseEvent
from monitor.core.journey import Journey
from monitor.core.kinds.wording import CAUSES

_ENDED: Final[dict[CaseEvent, str]] = {
    "settled": "settled",
    "quiet": "answered",
    "faded": "left unanswered",
}
_TEENS: Final = range(11, 14)


def tell_history(journey: Journey, case: Case) -> str:
    """Tell complaints, replies, whether they were an advocate, and how the case before this one ended."""
    known_seconds = max(0.0, journey.clock - journey.first_at)
    parts = [_count_complaints(journey.complaints, known_seconds)]
    parts.append(
        f"{journey.replies} {'reply' if journey.replies == 1 else 'replies'}"
        if journey.replies
        else "no reply"
    )
    if case.lost_advocate:
        parts.append("an advocate before")
    earlier = next((cause for cause in reversed(journey.closed) if cause.at <= case.opened_at), None)
    if earlier is not None and earlier.event in _ENDED:
        about = CAUSES[earlier.category] or "an earlier complaint"
        parts.append(f"{about} {_ENDED[earlier.event]} {tell_span(journey.clock - earlier.at)} ago")
    return ", ".join(parts)


def tell_span(seconds: float) -> str:
    """Tell a length of time in the unit in which a person would."""
    if seconds >= 2 * DAY_SECONDS:
        return f"{seconds / DAY_SECONDS:.0f} days"
    return f"{seconds / HOUR_SECONDS:.0f} h" if seconds >= HOUR_SECONDS else f"{seconds / 60:.0f} min"


def _count_complaints(complaints: int, known_seconds: float) -> str:
    if complaints <= 1:
        return "1st complaint"
    ending = "th" if complaints % 100 in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(complaints % 10, "th")
    return f"{complaints}{ending} complaint in {tell_span(known_seconds)}"
