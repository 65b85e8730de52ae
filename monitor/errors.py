"""Every error that Earshot raises on purpose, in one tree.

EarshotError
├── ConfigError        a setting, source mapping or policy is wrong: fix the file it names
├── Rejected           one record cannot be taken: it goes to the dead-letter topic with its reason
├── BrokerError        Kafka, or a topic on it, is not as it must be
├── DeliveryError      somebody outside Kafka has not been told: it is tried again
│   └── DeliveryRefused    and will not take it as it is: it is set aside
├── StateFolderError   states that are kept on the disk cannot be read or written: its message says what to do
└── ChangelogError     state cannot be written or read safely: stop, restart, restore
    └── Deposed        another worker has claimed the partition: this one must stop
"""

from typing import Final, Literal

RejectedReason = Literal[
    "null_value",
    "not_json",
    "too_deep",
    "invalid_unicode",
    "wrong_type",
    "unknown_value",
    "missing_field",
    "missing_author",
    "empty_text",
    "text_too_long",
    "future_time",
    "processing_failed",
]

REJECTED_REASONS: Final[tuple[RejectedReason, ...]] = (
    "null_value",
    "not_json",
    "too_deep",
    "invalid_unicode",
    "wrong_type",
    "unknown_value",
    "missing_field",
    "missing_author",
    "empty_text",
    "text_too_long",
    "future_time",
    "processing_failed",
)


class EarshotError(Exception):
    """Root of the tree."""


class ConfigError(EarshotError):
    """A setting, a source mapping or the policy is wrong; the message names the field and the fix."""


class Rejected(EarshotError):
    """One record cannot be taken; `reason` is one of the closed list, `detail` says what and where.

    `detail` must never quote the record: it is logged.
    """

    def __init__(self, reason: RejectedReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: RejectedReason = reason
        self.detail = detail


class BrokerError(EarshotError):
    """Kafka cannot be reached, or a topic is missing or has the wrong shape."""


class DeliveryError(EarshotError):
    """A server has not taken what it was to be told; the message names no secret."""


class DeliveryRefused(DeliveryError):
    """A server has read what it was to be told, and will not take it as it is."""


class StuckError(EarshotError):
    """The worker looks alive and does nothing; it ends, so that another one gets its partitions."""


class StateFolderError(EarshotError):
    """States that are kept on the disk cannot be read or written; they can always be made anew from the changelog."""


class ChangelogError(EarshotError):
    """State cannot be written or read safely; the worker stops and restores."""


class Deposed(ChangelogError):
    """A newer claim on the partition stands in the changelog: this writer is a zombie and must stop."""
