"""Acts once on every state of every alert: python alerts.py HOST:PORT [consumer group]."""
# ruff: noqa: INP001, T201 - a script to copy, of no package, that prints where yours would act

import json
import sys
from typing import Any

from kafka import KafkaConsumer


def act(alert: dict[str, Any]) -> None:
    """Do what is yours to do; a kind, state or severity that you do not know is no error."""
    print(alert["state"], alert["severity"], alert["kind"], alert["id"], alert["headline"], flush=True)


def main(bootstrap: str, group: str = "alert-desk", **options: Any) -> None:  # noqa: ANN401 - kafka-python's: TLS, SASL
    """Read from where this group has come to; after a crash, some records come again."""
    acted: dict[str, int] = {}  # id -> sequence; keep it where `act` writes, in the same transaction
    consumer = KafkaConsumer(
        "monitor.alerts.v1",
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,  # commit what was acted on, never what was merely fetched
        **options,
    )
    for record in consumer:
        alert = json.loads(record.value or b"null")
        if alert is None:  # its customer has been erased: forget it, here and where `act` wrote
            acted.pop(record.key.decode(), None)
        elif alert["sequence"] > acted.get(alert["id"], -1):  # a repeat is identical: nothing is lost with it
            act(alert)
            acted[alert["id"]] = alert["sequence"]
        consumer.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
