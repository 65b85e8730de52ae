"""Every command, so that importing this module registers them all."""

from monitor.cli import config, demo, explain, identity, journey, page, score, send, tail, topics, worker

__all__ = [
    "config",
    "demo",
    "explain",
    "identity",
    "journey",
    "page",
    "score",
    "send",
    "tail",
    "topics",
    "worker",
]
