"""The plain Kafka client behind the commands that speak to Kafka and end: short-lived, without group or Faust.

`connection` is what the settings say about security, passed on to kafka-python as it is.
"""

from monitor.client.consumer import Record, read_topic
from monitor.client.identities import read_identities, send_erasures, send_links
from monitor.client.producer import LineFault, SendReport, send_lines
from monitor.client.records import send_records
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
    "read_identities",
    "read_topic",
    "send_erasures",
    "send_lines",
    "send_links",
    "send_records",
]
