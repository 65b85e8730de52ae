"""Whose turn it is: a customer who asks for an answer, and a brand that promises one by a date.

Both are found with care rather than completely: a promise that is overlooked costs little, one that nobody made costs
the trust in every later one.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from monitor.core.business_hours import DAY_SECONDS, HOUR_SECONDS, BusinessHours, from_local, to_local

#: A later date is more likely the end of an offer than a promise.
_DAYS_MAX: Final = 60
_WORKDAYS: Final = 5

_ASKS: Final = re.compile(
    r"\b(?:any (?:news|updates?)|(?:still )?waiting for (?:a|an|your|the) (?:reply|answer|response|call|update)"
    r"|please (?:advise|reply|respond|answer|get back|let me know)|let me know (?:when|what|how|if))\b"
)
#: Without one of these the pattern is not worth its time: every message is asked.
_ASK_HINTS: Final = ("any news", "any update", "waiting for", "please", "let me know")
_SENTENCE: Final = re.compile(r"[^.!?\n;]+[.!?]*")
#: The brand itself, or somebody of it, will be heard of. What it will do unseen, send or refund, is not waited for:
#: no message says that it was done, and the customer says if it was not.
_PROMISE: Final = re.compile(
    r"\b(?:(?:we|i|someone|somebody"
    r"|(?:a|my|our|the) (?:colleague|manager|supervisor|team|engineer|technician|specialist))"
    r"(?:'ll| will| am going to| are going to| is going to| promise to)"
    r"(?: \w+){0,2} (?:call|ring|phone|get back|come back|reply|respond|answer|e-?mail|write|contact|update|inform"
    r"|be in touch|be back|let you know|have (?:a|an|the) (?:answer|update|solution))\b"
    r"|you(?:'ll| will)(?: \w+)? (?:hear (?:back )?from (?:me|us)"
    r"|(?:have|get|receive) (?:a|an|my|our|your|the) (?:\w+ )?(?:call|reply|answer|response|update))\b)"
)
_TAKEN_BACK: Final = re.compile(
    r"\b(?:not|\w+n't|cannot|unable|if|unless|once you|when you|as soon as you|should you|hope to|try to"
    r"|(?:we|i|you|it|they) may|might|could|would)\b"
)
_NUMBERS: Final = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "a couple of": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_NUMBER: Final = rf"(?:\d{{1,3}}|{'|'.join(_NUMBERS)})"
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *("november", "december"),
)
_MONTH: Final = "|".join(f"{month[:3]}(?:{month[3:]})?" if month[3:] else month for month in _MONTHS)
_SPAN: Final = re.compile(
    rf"\b(?:within|in)(?: the next)? (?:{_NUMBER} ?(?:-|to|or) ?)?(?P<count>{_NUMBER})"
    r" (?P<work>working |business )?(?P<unit>hours?|days?|weeks?|hrs?)\b"
)
_DAY: Final = re.compile(
    r"\b(?:(?P<today>today|tonight|this (?:morning|afternoon|evening)|end of (?:the )?day|close of business)"
    r"|(?P<tomorrow>tomorrow)|(?P<week>end of (?:the|this) week)"
    rf"|(?:by|before|on|until|this|next|no later than) (?P<weekday>{'|'.join(_WEEKDAYS)})"
    rf"|(?:by|before|on|until|no later than) (?:the )?(?:(?P<date>\d{{4}}-\d\d-\d\d)"
    rf"|(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})"
    rf"|(?P<month_first>{_MONTH}) (?P<day_after>\d{{1,2}})(?:st|nd|rd|th)?))\b"
)


def asks_for_answer(text: str) -> bool:
    """Tell whether the words ask for an answer, so that it is the other side's turn."""
    if "?" in text:
        return True
    lowered = text.lower()
    return any(hint in lowered for hint in _ASK_HINTS) and _ASKS.search(lowered) is not None


def find_promise(text: str, at: float, hours: BusinessHours | None = None) -> float | None:
    """Find the moment by which the text, said at `at`, promises something; the first of several.

    A day is over at its local end, in the time zone of the source's business hours where it has any.
    """
    lowered = text.lower().replace("\u2019", "'")
    return min(
        (
            until
            for sentence in _SENTENCE.findall(lowered)
            if _PROMISE.search(sentence) and not sentence.endswith("?") and not _TAKEN_BACK.search(sentence)
            for until in _list_dates(sentence, at, hours)
            if at < until <= at + _DAYS_MAX * DAY_SECONDS
        ),
        default=None,
    )


def _list_dates(sentence: str, at: float, hours: BusinessHours | None) -> Iterator[float]:
    local = to_local(hours, at)
    today = date(1970, 1, 1) + timedelta(seconds=local)
    for found in _SPAN.finditer(sentence):
        count = _NUMBERS.get(found["count"]) or int(found["count"])
        if found["unit"].startswith("h"):
            yield at + count * HOUR_SECONDS
        elif found["work"] and found["unit"].startswith("day"):
            yield _end_of(_add_workdays(today, count), hours)
        else:
            yield _end_of(today + timedelta(days=count * (7 if found["unit"].startswith("w") else 1)), hours)
    for found in _DAY.finditer(sentence):
        day = _find_day(found, today)
        if day is not None:
            yield _end_of(day, hours)


def _find_day(found: re.Match[str], today: date) -> date | None:
    if found["today"]:
        return today
    if found["tomorrow"]:
        return today + timedelta(days=1)
    if found["week"]:
        return today + timedelta(days=6 - today.weekday())
    if found["weekday"]:
        # Said on a Friday, "by Friday" is the next one.
        ahead = (_WEEKDAYS.index(found["weekday"]) - today.weekday() - 1) % 7 + 1
        return today + timedelta(days=ahead)
    return _find_date(found, today)


def _find_date(found: re.Match[str], today: date) -> date | None:
    """Find the date that is written out; a day without a year is the next such day."""
    month_name = found["month"] or found["month_first"]
    try:
        if month_name is None:
            return date.fromisoformat(found["date"])
        month = next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(month_name[:3]))
        day = date(today.year, month, int(found["day"] or found["day_after"]))
        return day if day >= today else day.replace(year=today.year + 1)
    except ValueError:
        return None


def _add_workdays(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < _WORKDAYS
    return day


def _end_of(day: date, hours: BusinessHours | None) -> float:
    local = ((day - date(1970, 1, 1)).days + 1) * DAY_SECONDS
    return from_local(hours, float(local))
