"""Which trends one scored message gives: what it means to the crowd, told as the journey stands after it."""

import re
from hashlib import blake2b
from typing import Final

import msgspec

from monitor.core.case_moves import describe_telling
from monitor.core.journey import Journey
from monitor.core.keeping import tell_origin
from monitor.core.listeners import expect_mean
from monitor.core.policy import Policy
from monitor.core.presence import Presence
from monitor.core.redaction import MASK
from monitor.core.scored import Origin, Scored
from monitor.core.trend import EXCERPT_MAX_CHARACTERS, POST_CHANNELS, Trend, name_subject

#: Fewer words are nobody's own.
_OWN_WORDS_MIN: Final = 5
_WORD: Final = re.compile(r"[^\W\d_]+")
#: ASCII with a blank for whatever is no small letter.
_LETTERS_ALONE: Final = bytes(code if chr(code).islower() and code < 128 else 32 for code in range(256))  # noqa: PLR2004


def list_trends(
    scored: Scored,
    origin: Origin,
    journey: Journey,
    policy: Policy,
    presence: Presence,
    *,
    waiting_since: float | None = None,
) -> list[Trend]:
    """List what a scored message, which stands at `origin` in the scored log and moved `journey`, means to the crowd.

    Ask only for a message that the journey had not seen before; `waiting_since` is when its clock began that ran then.
    """
    if scored.direction == "outbound":
        return _list_outbound(scored, origin, journey, waiting_since)
    return _list_inbound(scored, origin, journey, policy, presence)


def _list_inbound(
    scored: Scored, origin: Origin, journey: Journey, policy: Policy, presence: Presence
) -> list[Trend]:
    trends: list[Trend] = []
    stage = journey.stage or scored.stage
    finding = scored.complaint
    touchpoint = name_subject("stage_neglected", scored.brand, stage, scored.touchpoint)
    is_first = presence.is_first(touchpoint, scored.at.timestamp())
    posts = _list_posts(scored) if scored.channel in POST_CHANNELS else ()
    if not (is_first or finding.is_complaint or posts):
        return trends
    said = Trend(
        subject=touchpoint,
        what="message",
        at=scored.at,
        origin=origin,
        customer=scored.customer,
        brand=scored.brand,
        product=scored.product,
        stage=stage,
        touchpoint=scored.touchpoint,
        channel=scored.channel,
        compound=scored.sentiment.compound,
        is_complaint=finding.is_complaint,
    )
    if is_first:
        trends.append(said)
    if finding.is_complaint:
        said = _tell_complaint(said, scored, journey, policy, trends)
    for number, post in enumerate(posts, 3):
        subject = name_subject("brand_post_backlash", scored.brand, scored.channel, post)
        trends.append(msgspec.structs.replace(said, subject=subject, what="reply_to_post", number=number))
    return trends


def _tell_complaint(
    said: Trend, scored: Scored, journey: Journey, policy: Policy, trends: list[Trend]
) -> Trend:
    """Tell its touchpoint and its crowd of a complaint, and return what is told of it."""
    finding, case = scored.complaint, journey.case
    said = msgspec.structs.replace(
        said,
        what="complaint",
        number=1,
        category=finding.category,
        severity=finding.severity,
        listeners=round(_count_listeners(journey, policy), 3),
        excerpt=scored.excerpt[:EXCERPT_MAX_CHARACTERS],
        fingerprint=fingerprint(scored.excerpt),
    )
    if case is not None and tell_origin(case.origin) == scored.origin:
        # Of a case, with the complaint that opens it.
        seen_by = "support" if journey.seen_by_support else "nobody"
        gap = case.content_before is not None
        trends.append(msgspec.structs.replace(said, first_seen_by=seen_by, gap=gap))
    else:
        trends.append(said)
    crowd = name_subject("surge", scored.brand, scored.product, finding.category, said.stage)
    trends.append(msgspec.structs.replace(said, subject=crowd, number=2))
    return said


def _list_posts(scored: Scored) -> list[str]:
    """List what a message answers: a conversation is named by its first post, a reply may answer another of it."""
    first, other = scored.reply_to, scored.thread
    posts = [] if first is None or first == scored.id else [first]
    if other is not None and other not in {first, scored.id}:
        posts.append(other)
    return posts


def _count_listeners(journey: Journey, policy: Policy) -> float:
    case = journey.case
    return 0.0 if case is None else expect_mean(describe_telling(case, journey.clock), policy.listeners)


def _list_outbound(
    scored: Scored, origin: Origin, journey: Journey, waiting_since: float | None
) -> list[Trend]:
    if scored.cues.auto_reply:
        return []
    answered = scored.reply_to is not None or (scored.thread is not None and scored.thread != scored.id)
    case = journey.case
    stage = journey.stage or scored.stage
    brand, touchpoint = (case.brand, case.touchpoint) if case else (scored.brand, scored.touchpoint)
    ends_wait = waiting_since is not None and case is not None and case.state == "answered"
    said = Trend(
        subject=name_subject("stage_neglected", brand, stage, touchpoint),
        what="contact",
        at=scored.at,
        origin=origin,
        customer=scored.customer,
        brand=brand,
        product=scored.product,
        stage=stage,
        touchpoint=touchpoint,
        channel=scored.channel,
        answered_after_seconds=scored.at.timestamp() - (waiting_since or 0.0) if ends_wait else None,
    )
    if scored.channel not in POST_CHANNELS or answered:
        return [said]
    subject = name_subject("brand_post_backlash", scored.brand, scored.channel, scored.id)
    return [said, msgspec.structs.replace(said, subject=subject, what="post", brand=scored.brand, number=1)]


def fingerprint(text: str) -> int:
    """Make the number that texts share which differ in digits, marks, case and masked names alone.

    0 for a text so short that many would put it the same way.
    """
    folded = text.replace(MASK, " ").casefold()
    if folded.isascii():
        # Nearly every text; the pattern would find the same words, and take five times as long.
        words = folded.encode().translate(_LETTERS_ALONE).split()
        joined = b" ".join(words)
    else:
        found = _WORD.findall(folded)
        words, joined = found, " ".join(found).encode()
    if len(words) < _OWN_WORDS_MIN:
        return 0
    return int.from_bytes(blake2b(joined, digest_size=7).digest(), "big")
