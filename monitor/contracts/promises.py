"""What is said of each record that Earshot writes, and promised of each topic that it owns; nothing else knows both."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from monitor.records import (
    Headers,
    decode_alert,
    decode_dead_letter,
    decode_event,
    decode_identity,
    decode_outcome,
    decode_trend,
    describe_alert,
    describe_dead_letter,
    describe_event,
    describe_identity,
    describe_outcome,
    describe_tick,
    describe_trend,
)
from monitor.topics import (
    ALERTS,
    BASELINES,
    DEAD_LETTERS,
    IDENTITIES,
    JOURNEYS,
    OUTCOMES,
    PAGES,
    SCORED,
    TRENDS,
)

INTERNAL: Final = "A changelog is the workers' own: its format may change with any version. Never read it."
_EXAMPLE_TIME: Final = datetime(2026, 1, 1, 9, 30, tzinfo=UTC)


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One message that Earshot writes: its example's file, its headers, and what names it."""

    title: str
    example: str
    describe: Callable[[bytes], Headers]
    key: str | None
    identity: str


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """What a topic's declaration does not say."""

    name: str
    messages: tuple[str, ...]
    partitioning: str
    promise: str


MESSAGES: Final[Mapping[str, Written]] = {
    "scored": Written(
        title="A message with sentiment, complaint finding and evidence",
        example="scored.complaint",
        describe=lambda value: describe_event(decode_event(value)),
        key="The customer's pseudonym.",
        identity="Source topic, partition and offset: topic:partition:offset.",
    ),
    "stage-event": Written(
        title="A step in a customer's life that the user's own systems tell of",
        example="stage-event.order_placed",
        describe=lambda value: describe_event(decode_event(value)),
        key="The customer's pseudonym.",
        identity="Source topic, partition and offset: topic:partition:offset.",
    ),
    "tick": Written(
        title="The event time up to which a partition is complete",
        example="tick.first",
        describe=lambda value: describe_tick(decode_event(value), partition=0),
        key=None,
        identity="Partition and time, partition@time; on the trends the place of the tick passed on,"
        " topic:partition:offset.",
    ),
    "identity": Written(
        title="Which customer a name stands for; without a value: what was said under it is to be erased",
        example="identity.first",
        describe=lambda value: describe_identity(decode_identity(value).name, _EXAMPLE_TIME),
        key="The name's pseudonym.",
        identity="The name and when it was said: name@time.",
    ),
    "link": Written(
        title="A name stands for another customer from here on, or for itself again",
        example="link.first",
        describe=lambda value: describe_event(decode_event(value)),
        key="The name's pseudonym.",
        identity="Place of the identity record: topic:partition:offset.",
    ),
    "erasure": Written(
        title="What was said under a name is to be forgotten",
        example="erasure.first",
        describe=lambda value: describe_event(decode_event(value)),
        key="The name's pseudonym.",
        identity="Place of the identity record: topic:partition:offset.",
    ),
    "transfer": Written(
        title="The journey kept under a name, handed over to the customer",
        example="transfer.first",
        describe=lambda value: describe_event(decode_event(value)),
        key="The customer's pseudonym.",
        identity="Place of the scored record at which it was handed over: topic:partition:offset.",
    ),
    "forward": Written(
        title="An event that reached a name after its journey had been handed over",
        example="forward.first",
        describe=lambda value: describe_event(decode_event(value)),
        key="The customer's pseudonym.",
        identity="Place of the scored record that is forwarded: topic:partition:offset.",
    ),
    "judgement": Written(
        title="What people say became of one of the customer's alerts",
        example="judgement.first",
        describe=lambda value: describe_event(decode_event(value)),
        key="The customer's pseudonym.",
        identity="Place of the outcome: topic:partition:offset.",
    ),
    "trend": Written(
        title="What one record means to the crowd",
        example="trend.surge_complaint",
        describe=lambda value: describe_trend(decode_trend(value)),
        key="The subject: an alert kind and what it watches.",
        identity="Place of the record, and the trend's number among that record's: topic:partition:offset.number.",
    ),
    "crowd-judgement": Written(
        title="What people say became of an alert about many",
        example="crowd-judgement.first",
        describe=lambda value: describe_trend(decode_trend(value)),
        key=None,
        identity="Place of the outcome: topic:partition:offset.",
    ),
    "alert": Written(
        title="One state of an alert: firing, updated or resolved; or that nobody is paged for one",
        example="alert.detractor_firing",
        describe=lambda value: describe_alert(decode_alert(value)),
        key="The alert's id.",
        identity="The alert's id and sequence, id.sequence; where nobody is paged, id.sequence.suppressed.",
    ),
    "outcome": Written(
        title="What a person says became of an alert: acknowledged, resolved, a false alarm",
        example="outcome.first",
        describe=lambda value: describe_outcome(decode_outcome(value)),
        key="The alert's id.",
        identity="The alert's id and when it was said: alert@time.",
    ),
    "dead-letter": Written(
        title="A record that could not be taken, with the reason",
        example="dead-letter.not_json",
        describe=lambda value: describe_dead_letter(decode_dead_letter(value)),
        key="The place of the refused record: topic:partition:offset.",
        identity="The place of the refused record: topic:partition:offset.",
    ),
}

CHANNELS: Final[Mapping[str, Channel]] = {
    SCORED: Channel(
        name="scored",
        messages=("scored", "stage-event", "tick", "link", "erasure", "transfer", "forward", "judgement"),
        partitioning="By murmur2 of the key, as Kafka's clients do by default; every partition has ticks of its own.",
        promise="Each source record at least once; a repeat by the same version and policy has the same ce_id and"
        " identical content. One source partition's records of one customer keep their order. A tick is for its"
        " partition alone.",
    ),
    IDENTITIES: Channel(
        name="identities",
        messages=("identity",),
        partitioning="By murmur2 of the key, as Kafka's clients do by default.",
        promise="The latest word on each name. Every worker reads all of it. Write a tombstone for every name of a"
        " customer to have what they said erased, as `monitor erase` does.",
    ),
    ALERTS: Channel(
        name="alerts",
        messages=("alert",),
        partitioning="One partition: all alerts have one order.",
        promise="Each id and sequence at least once, identical content. The states of one alert stand in the order"
        " of their sequence; after a crash, some of them may stand there again. `suppressed` repeats id and sequence"
        " of a state for which nobody is paged, with the reason as its cause: the alert is as open as it was. Who"
        " lags behind compaction sees at least the latest record. A record without a value takes an alert back: its"
        " customer has been erased, and what is kept of it elsewhere is to go, too.",
    ),
    OUTCOMES: Channel(
        name="outcomes",
        messages=("outcome",),
        partitioning="By murmur2 of the key, as Kafka's clients do by default.",
        promise="The last word on each alert. `resolved` and `false_alarm` close it. Any program may write here;"
        " copy `kind` and `customer` from the alert. What was said of an erased customer's alert is taken back, by a"
        " record without a value.",
    ),
    JOURNEYS: Channel(
        name="journeys",
        messages=("journey",),
        partitioning="Partition p holds the journeys of partition p of the scored messages.",
        promise=f"None to others. {INTERNAL}",
    ),
    TRENDS: Channel(
        name="trends",
        messages=("trend", "tick", "erasure", "crowd-judgement"),
        partitioning="A trend by murmur2 of its key, as Kafka's clients do by default; every tick and every erasure of"
        " the scored messages, and every judgement, goes to every partition.",
        promise="Each trend at least once, except that `message` and `seen` are told once a minute or more often."
        " Those of one partition that they come from keep their order. Time has passed when every partition of the"
        " scored messages has ticked.",
    ),
    BASELINES: Channel(
        name="baselines",
        messages=("baseline",),
        partitioning="Partition p holds the baselines of partition p of the trends.",
        promise=f"None to others. {INTERNAL}",
    ),
    PAGES: Channel(
        name="pages",
        messages=("page",),
        partitioning="One partition, as the alerts have.",
        promise=f"None to others. {INTERNAL}",
    ),
    DEAD_LETTERS: Channel(
        name="deadLetters",
        messages=("dead-letter",),
        partitioning="By the partition of the refused record, modulo partitions.",
        promise="Each refused record at least once, under the same ce_id.",
    ),
}
