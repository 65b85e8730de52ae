"""The operations of the AsyncAPI document: what each agent takes from and gives to which topic."""

from typing import Any


def describe_operations() -> dict[str, Any]:
    """Return what the agents do with the topics, by the name of the operation."""
    return {
        "takeMessages": _operate("receive", "sources", "Takes messages from topics of the user's own."),
        "score": _operate("send", "scored", "Scores each message, and ticks as time passes."),
        "learnIdentities": _operate("receive", "identities", "Learns which names are one customer."),
        "sayIdentities": _operate("send", "identities", "`monitor link`, `unlink` and `erase`."),
        "takeOutcomes": _operate("receive", "outcomes", "Closes the alerts that people have judged."),
        "sayOutcome": _operate("send", "outcomes", "`monitor outcome`, or a desk of your own."),
        "follow": _operate("receive", "scored", "Follows each customer's journey."),
        "alert": _operate("send", "alerts", "Tells what a person or a program should act on."),
        "keepJourneys": _operate("send", "journeys", "Keeps each customer's journey."),
        "restoreJourneys": _operate("receive", "journeys", "Restores journeys when a partition is assigned."),
        "watchSources": _operate(
            "send", "trends", "Tells whether each source is alive, and what it garbles."
        ),
        "tellTrends": _operate("send", "trends", "Tells what each message means to the crowd."),
        "surge": _operate("receive", "trends", "Watches each subject rise above its own baseline."),
        "keepBaselines": _operate("send", "baselines", "Keeps each subject's baseline."),
        "restoreBaselines": _operate(
            "receive", "baselines", "Restores baselines when a partition is assigned."
        ),
        "page": _operate("receive", "alerts", "Decides who is paged for what, where that is set up."),
        "sayUnpaged": _operate("send", "alerts", "Says which alerts nobody is paged for, and why."),
        "keepPages": _operate("send", "pages", "Keeps who is paged for what, and who has been told."),
        "restorePages": _operate("receive", "pages", "Restores them when the alerts are assigned."),
        "setAside": _operate("send", "deadLetters", "Sets aside what cannot be taken."),
    }


def _operate(action: str, channel: str, summary: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}
