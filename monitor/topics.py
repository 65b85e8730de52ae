"""The topics that Earshot owns: their names, shapes and reasons, stated once, as data."""

from collections.abc import Mapping
from typing import Final

import msgspec

SCORED: Final = "monitor.scored.v1"
ALERTS: Final = "monitor.alerts.v1"
IDENTITIES: Final = "monitor.identities.v1"
JOURNEYS: Final = "monitor.journeys.v1"
PAGES: Final = "monitor.pages.v1"
TRENDS: Final = "monitor.trends.v1"
BASELINES: Final = "monitor.baselines.v1"
OUTCOMES: Final = "monitor.outcomes.v1"
DEAD_LETTERS: Final = "monitor.dead-letters.v1"

_HOUR_MS: Final = 60 * 60 * 1000
_DAY_MS: Final = 24 * _HOUR_MS
_MIB: Final = 1024 * 1024

#: A replicated topic keeps a confirmed write on at least this many brokers.
_MIN_INSYNC_REPLICAS: Final = 2

_COMMON: Final[Mapping[str, str]] = {
    # A broker that lags must never become leader: it would drop confirmed state.
    "unclean.leader.election.enable": "false",
    # Retention and compaction lag count from the broker's clock, never from a worker's or an author's.
    "message.timestamp.type": "LogAppendTime",
}
_IN_ONE_PARTITION: Final = frozenset({ALERTS, PAGES})
#: The configuration of a single-writer changelog.
_CHANGELOG: Final[Mapping[str, str]] = {
    # Never "delete": a state lives as long as what it is about.
    "cleanup.policy": "compact",
    # A state batch is never split, so it must fit whole.
    "max.message.bytes": str(8 * _MIB),
    # An owner repairs what a zombie wrote before compaction can keep the void value.
    "min.compaction.lag.ms": str(_HOUR_MS),
    # The open segment is never compacted, and a restore reads all of it.
    "segment.bytes": str(128 * _MIB),
}


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """One topic as it must be; `key` says what its records are keyed by."""

    name: str
    partitions: int
    replication: int = 1
    purpose: str = ""
    key: str = ""
    config: Mapping[str, str] = {}


def declare_topics(partitions: int, replication: int = 1) -> tuple[Topic, ...]:
    """Return every topic that Earshot owns.

    `partitions` is the same for all but the alerts and what is kept of them: a changelog's partition p holds the state
    of partition p of its log. Alerts are few: one partition gives all of them one order.
    """
    shapes: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
        (
            SCORED,
            "messages with sentiment, complaint and evidence, links and erasures, and the ticks of each partition",
            "customer",
            {"cleanup.policy": "delete", "retention.ms": str(7 * _DAY_MS)},
        ),
        (
            IDENTITIES,
            "which customer a handle, an e-mail address or an account stands for; a tombstone erases",
            "pseudonym of the name",
            {
                "cleanup.policy": "compact",
                # For as long as a record may be scored again, what was said of its name before must be readable.
                "min.compaction.lag.ms": str(_HOUR_MS),
                # When the link became known, or the erasure was asked for, as its writer knows it.
                "message.timestamp.type": "CreateTime",
            },
        ),
        (
            ALERTS,
            "firing, updated, resolved and unpaged findings that a person or a program should act on",
            "alert id",
            {"cleanup.policy": "compact,delete", "retention.ms": str(90 * _DAY_MS)},
        ),
        (
            JOURNEYS,
            "changelog: one journey per customer, with claims and markers",
            "customer",
            _CHANGELOG,
        ),
        (
            TRENDS,
            "what single records mean to the crowd, and the ticks of the scored log",
            "subject",
            {"cleanup.policy": "delete", "retention.ms": str(7 * _DAY_MS)},
        ),
        (
            BASELINES,
            "changelog: one baseline per subject, with claims and markers",
            "subject",
            _CHANGELOG,
        ),
        (
            PAGES,
            "changelog: who is paged for which open alert, with claims and markers",
            "page:alert id, owner:name",
            # Few are open at once: the open segment, which a restore reads whole, can be small.
            {**_CHANGELOG, "segment.bytes": str(16 * _MIB)},
        ),
        (
            OUTCOMES,
            "what people say became of an alert: acknowledged, resolved, false alarm",
            "alert id",
            # The last word on an alert counts, and old ones are what a policy is tuned on.
            {"cleanup.policy": "compact"},
        ),
        (
            DEAD_LETTERS,
            "records that could not be taken, whole, with the reason and their coordinates",
            "source coordinates",
            {
                "cleanup.policy": "delete",
                "retention.ms": str(30 * _DAY_MS),
                # What is too large for us must still fit here.
                "max.message.bytes": str(8 * _MIB),
            },
        ),
    )
    durability = (
        {"min.insync.replicas": str(_MIN_INSYNC_REPLICAS)} if replication > _MIN_INSYNC_REPLICAS else {}
    )
    return tuple(
        Topic(
            name=name,
            partitions=1 if name in _IN_ONE_PARTITION else partitions,
            replication=replication,
            purpose=purpose,
            key=key,
            config={**_COMMON, **durability, **config},
        )
        for name, purpose, key, config in shapes
    )
