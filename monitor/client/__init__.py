"""The plain Kafka client behind `monitor topics`, `send` and `tail`: short-lived, without group or Faust.

`connection` is what the settings say about security, passed on to kafka-python as it is.
"""

from monitor.client.consumer import Record, read_topic
from monitor.client.producer import LineFault, SendReport, send_lines
from monitor.client.topics import CreationReport, TopicShape, check_topics, create_topics, list_topics

__all__ = [
    "CreationReport",
    "LineFault",
    "Record",
    "SendReport",
    "TopicShape",
    "check_topics",
    "create_topics",
    "list_topics",
    "read_topic",
    "send_lines",
]
