"""The Kafka-compatible broker in memory for the demo, a first try and most tests; never for production."""

from monitor.broker.embedded import EmbeddedBroker

__all__ = ["EmbeddedBroker"]
