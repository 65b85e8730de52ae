"""The whole product without Kafka, read it first: `score` one message, `follow` one customer.

    Message   ──score──> Scored     ──follow──> journey' and alerts
    Milestone ──note───> StageEvent ──follow──> journey' and alerts
                         Tick       ──follow──> journey' and alerts
                         …          ──follow──> journey' and alerts      (`scored.Event` lists them all)

The live worker, the demo, the tests, the replay and the bench all run these functions. They know no clock: the
same events in the same order give the same alerts, byte for byte.
"""

from collections.abc import Sequence
from copy import copy
from functools import lru_cache
from typing import Final

import msgspec

from monitor.core.alert import Alert, moment
from monitor.core.course import begin, move
from monitor.core.cues import find_cues
from monitor.core.dialogue import asks_for_answer, find_promise
from monitor.core.finding import Complaint, Cues, Evidence, Polarity, Sentiment
from monitor.core.instruments import Instruments
from monitor.core.journey import Journey
from monitor.core.listeners import expect_listeners
from monitor.core.message import Message
from monitor.core.milestone import Milestone
from monitor.core.policy import Policy
from monitor.core.redaction import redact
from monitor.core.scored import EXCERPT_MAX_CHARACTERS, Event, Origin, Scored, StageEvent
from monitor.core.telling import Listeners, Telling

_NO_COMPLAINT = Complaint(probability=0.0, is_complaint=False, category="other", severity="no_reproach")
#: Nobody speaks of a court, a regulator or the press without accusing somebody.
_MILD: Final = frozenset({"no_reproach", "disapproval"})
#: What was appended together was received at one moment.
_receive: Final = lru_cache(maxsize=1)(moment)


def hear(message: Message, instruments: Instruments, words: list[str]) -> tuple[Message, str | None]:
    """Leave of a message in a language that is not supported its rating and emoji, and name that language.

    `words` is the split of its text.
    """
    unsupported = instruments.languages.find_unsupported(words, message.language)
    if unsupported is None:
        return message, None
    signs = instruments.languages.keep_signs(message.text)
    return msgspec.structs.replace(message, text=signs), unsupported


def assess(
    message: Message, instruments: Instruments, policy: Policy, words: list[str] | None = None
) -> tuple[Sentiment, Polarity, Complaint, Cues]:
    """Find sentiment, polarity, complaint and cues of a message as `hear` left it.

    What the brand says is never a complaint. `words` is the split of its text, where the caller has made it.
    """
    if words is None:
        words = message.text.split()
    reading = instruments.reader.read(words)
    sentiment = instruments.analyzer.weigh(message.text, words, reading.tokens)
    cues = find_cues(message.text, sentiment, reading.hints)
    said = instruments.words.weigh(reading.chunks)
    polarity = instruments.polarities.find(said, sentiment, message.rating, message.nps)
    if message.direction == "outbound" or (not words and is_silent(message)):
        return sentiment, polarity, _NO_COMPLAINT, cues
    complaint = instruments.complaints.find(
        message.text,
        sentiment,
        rating=message.rating,
        nps=message.nps,
        is_directed=is_directed(message),
        threshold=policy.complaint.threshold,
        reading=reading,
        said=said,
    )
    if cues.law_or_press and complaint.severity in _MILD and complaint.is_complaint:
        complaint = msgspec.structs.replace(complaint, severity="accusation")
    return sentiment, polarity, complaint, cues


def is_directed(message: Message) -> bool:
    """Say whether it is known that a brand is spoken to: on social media somebody must be, and it may be anyone."""
    return message.channel != "social" or (message.brand is not None and "@" in message.text)


def is_silent(message: Message) -> bool:
    """Tell whether a message as `hear` left it has nothing at all to say."""
    return message.rating is None and message.nps is None and not message.text.strip()


def judge(
    message: Message, instruments: Instruments, policy: Policy
) -> tuple[Sentiment, Polarity, Complaint, Listeners]:
    """Say what a message as `hear` left it means on its own: as the first word of a customer nothing is known of."""
    sentiment, polarity, complaint, cues = assess(message, instruments, policy)
    telling = Telling(
        probability=complaint.probability,
        severity=complaint.severity,
        arousal=cues.arousal,
        call_to_action=cues.call_to_action,
        threat_to_leave=cues.threat_to_leave,
        followers=message.followers or 0,
        reshares=message.reshares or 0,
        likes=message.likes or 0,
        helpful=message.helpful or 0,
    )
    return sentiment, polarity, complaint, expect_listeners(telling, policy.listeners)


def score(
    message: Message, origin: Origin, received_at_seconds: float, instruments: Instruments, policy: Policy
) -> Scored:
    """Score one message; `origin` is its place in the source topic, `received_at_seconds` its append time."""
    words = message.text.split()
    heard, unsupported = hear(message, instruments, words)
    sentiment, polarity, complaint, cues = assess(
        heard, instruments, policy, words if unsupported is None else None
    )
    by_brand, promised_by = message.direction == "outbound", None
    if by_brand and not cues.auto_reply:
        hours = policy.journey.business_hours.get(origin.topic)
        promised_by = find_promise(heard.text, message.at.timestamp(), hours)
    complaint, excerpt = _redact(message, complaint)
    return Scored(
        id=message.id,
        customer=_name_customer(message, received_at_seconds, instruments, policy),
        channel=message.channel,
        at=message.at,
        received_at=_receive(received_at_seconds),
        origin=origin,
        direction=message.direction,
        brand=message.brand,
        product=message.product,
        stage=message.stage,
        touchpoint=message.touchpoint,
        thread=message.thread,
        reply_to=message.reply_to,
        rating=message.rating,
        nps=message.nps,
        followers=message.followers,
        reshares=message.reshares,
        likes=message.likes,
        views=message.views,
        helpful=message.helpful,
        language=message.language,
        unsupported_language=unsupported,
        value=message.value,
        sentiment=sentiment,
        polarity=polarity,
        complaint=complaint,
        cues=cues,
        asks=not (by_brand or complaint.is_complaint) and asks_for_answer(heard.text),
        promised_by=None if promised_by is None else moment(promised_by),
        excerpt=excerpt,
        permalink=message.permalink if complaint.is_complaint else None,
    )


def note(
    milestone: Milestone, origin: Origin, received_at_seconds: float, instruments: Instruments, policy: Policy
) -> StageEvent:
    """Note one milestone under its customer's pseudonym; nothing in it is scored."""
    return StageEvent(
        id=milestone.id,
        customer=_name_customer(milestone, received_at_seconds, instruments, policy),
        at=milestone.at,
        received_at=_receive(received_at_seconds),
        origin=origin,
        stage=None if milestone.stage == "none" else milestone.stage,
        name=milestone.name,
        brand=milestone.brand,
        product=milestone.product,
        value=milestone.value,
    )


def _name_customer(
    message: Message | Milestone, received_at_seconds: float, instruments: Instruments, policy: Policy
) -> str:
    """Name the customer by what had been said of identities some time before: who scores again, names them again."""
    name = instruments.pseudonyms.name(message)
    return instruments.identities.resolve(name, received_at_seconds - policy.identity.settled_after_seconds)


def _redact(message: Message, complaint: Complaint) -> tuple[Complaint, str]:
    """Take of a complaint the text that may leave, and let its evidence quote no other."""
    if not complaint.is_complaint:
        return complaint, ""
    redacted = redact(message.text, (message.author, message.customer))
    if redacted != message.text:
        complaint = _quote(complaint, redacted)
    return complaint, redacted[:EXCERPT_MAX_CHARACTERS]


def _quote(complaint: Complaint, redacted: str) -> Complaint:
    """Let the evidence quote the redacted text, whose places are those of the original."""
    if all(redacted[span.start : span.end] == span.text for span in complaint.evidence):
        return complaint
    return msgspec.structs.replace(
        complaint,
        evidence=tuple(
            [
                Evidence(span.start, span.end, redacted[span.start : span.end], span.weight)
                for span in complaint.evidence
            ]
        ),
    )


def follow(journey: Journey | None, event: Event, policy: Policy) -> tuple[Journey | None, Sequence[Alert]]:
    """Move one customer's journey by one event; the journey that was given stays as it is.

    A tick without a journey, and a message that the journey remembers, change nothing.
    """
    if journey is None:
        return begin(event, policy)
    journey = copy(journey)
    journey.case = copy(journey.case)
    journey.open_alerts = dict(journey.open_alerts)
    return journey, move(journey, event, policy)
