"""The consumer that the documentation shows acts once on each state of each alert, whatever is sent twice."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
from kafka import KafkaProducer

from monitor.broker import EmbeddedBroker
from monitor.client import create_topics
from monitor.records import decode_alert, describe_removal, encode
from monitor.topics import ALERTS, Topic
from tests.cli.program import Program
from tests.contracts.examples import Written, run_story

SAMPLE: Final = Path(__file__).resolve().parents[2] / "schemas" / "consumer" / "alerts.py"

#: The embedded broker lets a new group wait for half its session timeout.
JOIN_SOON: Final = """
import sys
import alerts
alerts.main(sys.argv[1], session_timeout_ms=6000)
"""


def publish(bootstrap: str, records: list[Written], *, taken_back: str, last: Written) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=False)
    for record in (*records, None, last):
        if record is None:
            producer.send(ALERTS, key=taken_back.encode(), headers=describe_removal(taken_back))
            continue
        key = decode_alert(record.value).id.encode()
        producer.send(ALERTS, key=key, value=record.value, headers=record.headers)
    producer.flush()
    producer.close()


def test_it_acts_once_on_each_state_though_a_crash_repeats_them(embedded_broker: EmbeddedBroker) -> None:
    """And not at all on the word that nobody is paged for one of them, nor on what takes one back."""
    alerts = [record for record in run_story() if record.topic == ALERTS]
    #: Of one partition the last comes last: once it is acted on, nothing is still to come.
    last = msgspec.structs.replace(
        alerts[0], value=alerts[0].value.replace(decode_alert(alerts[0].value).id.encode(), b"the-last")
    )
    create_topics(embedded_broker.bootstrap, [Topic(name=ALERTS, partitions=1)])
    unpaged = msgspec.structs.replace(
        alerts[0],
        value=encode(msgspec.structs.replace(decode_alert(alerts[0].value), state="suppressed")),
    )
    sent = [*alerts, *alerts[1:], unpaged, *alerts]
    publish(embedded_broker.bootstrap, sent, taken_back=decode_alert(alerts[0].value).id, last=last)
    process = subprocess.Popen(
        [sys.executable, "-c", JOIN_SOON, embedded_broker.bootstrap],
        cwd=SAMPLE.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    sample = Program(process)
    try:
        sample.wait_for(lambda line: "the-last" in line, "stdout")
    finally:
        process.kill()
        sample.end()
    told = [decode_alert(record.value) for record in [*alerts, last]]
    assert sample.lines["stdout"] == [
        f"{alert.state} {alert.severity} {alert.kind} {alert.id} {alert.headline}" for alert in told
    ]


def test_it_is_short_enough_to_be_read_at_once() -> None:
    code = [line for line in SAMPLE.read_text("utf-8").splitlines() if line.strip()]
    assert len(code) <= 30
