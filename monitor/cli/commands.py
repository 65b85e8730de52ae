"""Every command, so that importing this module registers them all."""

from monitor.cli import (
    config,
    demo,
    explain,
    identity,
    journey,
    outcome,
    page,
    score,
    send,
    tail,
    topics,
    tune,
    worker,
)

__all__ = [
    "config",
    "demo",
    "explain",
    "identity",
    "journey",
    "outcome",
    "page",
    "score",
    "send",
    "tail",
    "topics",
    "tune",
    "worker",
]
