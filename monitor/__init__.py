"""Earshot: a streaming sentiment and complaint monitor.

The way of a message, each step one module:

    sources    a user's record, any JSON shape        -> Message
    score      sentiment, complaint, evidence         -> Scored, keyed by customer
    follow     journey x (Scored | Tick)              -> journey', alerts
    stream     carries both through Kafka, exactly right after a crash

Read `monitor/core/pipeline.py` first: it is the whole product without Kafka.
"""

__version__ = "0.1.0"
