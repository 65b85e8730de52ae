"""The episode: one alert about a subject from firing to resolved, and how its states are written."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from monitor.core.action import advise_on_crowd, name_dashboard
from monitor.core.alert import UNITS, Alert, AlertKind, AlertSeverity, AlertState, Crowd, moment, name_alert
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.finding import Category, Severity
from monitor.core.kinds.wording import ENDINGS
from monitor.core.message import Channel, Stage
from monitor.core.policy import Policy
from monitor.core.scored import Origin
from monitor.core.telling import Listeners
from monitor.core.trend import Trend

_SAMPLES_MAX: Final = 3

Value = TypeVar("Value", bound=str)


class Scope(msgspec.Struct, array_like=True, frozen=True):
    """What a subject is, in the alert's own words."""

    subject: str
    brand: str | None = None
    product: str | None = None
    category: Category | None = None
    stage: Stage | None = None
    touchpoint: str | None = None
    channel: Channel | None = None


class Quote(msgspec.Struct, array_like=True, frozen=True):
    """What one customer said, redacted, and the hash of who it was."""

    text: str
    who: int


class Episode(msgspec.Struct, array_like=True):
    """An alert that is firing: what was last told of it."""

    id: str
    origin: Origin
    opened_at: float
    severity: AlertSeverity
    sequence: int = 0
    #: The size that was last told: it is told again when it has grown.
    told: float = 0.0
    #: Whom the last state quotes.
    quoted: tuple[int, ...] = ()
    #: People have closed it: nothing more is told of this episode.
    closed: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind says of its subject now."""

    severity: AlertSeverity
    headline: str
    cause: str
    observed: float
    threshold: float
    respond_within_hours: float
    crowd: Crowd
    quotes: Sequence[Quote] = ()
    listeners: Listeners | None = None
    complaint_severity: Severity | None = None
    channel: Channel | None = None


def find_scope(trend: Trend) -> Scope:
    """Find what the subject of a trend is; a surge alone is about one category and product."""
    is_surge = trend.kind == "surge"
    return Scope(
        subject=trend.subject,
        brand=trend.brand,
        product=trend.product if is_surge else None,
        category=trend.category if is_surge else None,
        stage=None if trend.kind == "brand_post_backlash" else trend.stage,
        touchpoint=trend.touchpoint if trend.kind == "stage_neglected" else None,
        channel=trend.channel if trend.kind == "brand_post_backlash" else None,
    )


def open_episode(kind: AlertKind, scope: Scope, origin: Origin, at_seconds: float) -> Episode:
    """Open an episode with the record that began it; its severity follows from what is found."""
    name = name_alert(kind, scope.subject, origin)
    return Episode(id=name, origin=origin, opened_at=at_seconds, severity="warning")


def write_alert(
    state: AlertState, scope: Scope, episode: Episode, finding: Finding, *, at_seconds: float, policy: Policy
) -> Alert:
    """Write one state of an episode; it is what is remembered as told. What is over quotes nobody."""
    kind: AlertKind = scope.subject.partition("|")[0]  # type: ignore[assignment] # only name_subject makes them
    if state != "firing":
        episode.sequence += 1
    episode.severity = finding.severity
    quotes = () if state == "resolved" else finding.quotes
    episode.quoted = tuple(quote.who for quote in quotes)
    samples = tuple(quote.text for quote in quotes)
    headline = finding.headline
    dashboard = name_dashboard(kind, scope.channel, scope.stage, episode.opened_at)
    return Alert(
        id=episode.id,
        sequence=episode.sequence,
        supersedes=f"{episode.id}.{episode.sequence - 1}" if episode.sequence else None,
        dedupe_key=f"{kind}:{scope.subject}",
        kind=kind,
        state=state,
        cause=finding.cause,
        severity=finding.severity,
        headline=f"Over: {ENDINGS.get(headline, headline)}" if state == "resolved" else headline,
        at=moment(at_seconds),
        opened_at=moment(episode.opened_at),
        respond_by=moment(episode.opened_at + finding.respond_within_hours * HOUR_SECONDS),
        priority=finding.listeners.expected if finding.listeners else None,
        policy=policy.hash,
        listeners=finding.listeners,
        unit=UNITS[kind],
        threshold=finding.threshold,
        observed=finding.observed,
        margin=finding.observed - finding.threshold,
        category=scope.category,
        complaint_severity=finding.complaint_severity,
        channel=finding.channel or scope.channel,
        touchpoint=scope.touchpoint,
        product=scope.product,
        brand=scope.brand,
        stage=scope.stage,
        subject=scope.subject,
        excerpt=samples[0] if samples else "",
        crowd=msgspec.structs.replace(finding.crowd, samples=samples),
        action=advise_on_crowd(kind, scope.category, policy, dashboard),
        origin=episode.origin,
    )


def find_commonest(values: Iterable[Value | None]) -> Value | None:
    """Find the value that is most often there; of several, the one that was there first."""
    counted = Counter(value for value in values if value is not None)
    return counted.most_common(1)[0][0] if counted else None


def choose_samples(said: Sequence[Quote], phrases: Sequence[str]) -> tuple[Quote, ...]:
    """Choose some texts to show: those that say most of the phrases, then the latest."""
    different = {quote.text: quote for quote in said}
    latest = [different[text] for text in dict.fromkeys(quote.text for quote in reversed(said))]
    ranked = sorted(latest, key=lambda quote: -sum(phrase in quote.text.casefold() for phrase in phrases))
    return tuple(ranked[:_SAMPLES_MAX])
