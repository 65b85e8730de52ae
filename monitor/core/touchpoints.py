"""The touchpoints of a customer's life with a brand, by stage: what coverage is measured against."""

from typing import Final

from monitor.core.message import Stage

#: A source may name others; they are counted together.
TOUCHPOINTS: Final[dict[Stage, tuple[str, ...]]] = {
    "prospect": ("ad", "social_post", "review", "friend", "website"),
    "purchase": ("store", "web_shop", "phone", "catalogue", "sales", "checkout"),
    "customer": (
        *("delivery", "packaging", "product", "billing", "support", "email", "survey", "thanks", "loyalty"),
        "renewal",
    ),
    "former": ("cancellation", "win_back"),
}

_STAGES: Final = {touchpoint: stage for stage, names in TOUCHPOINTS.items() for touchpoint in names}


def place_touchpoint(touchpoint: str | None, stage: Stage | None) -> tuple[Stage | None, str]:
    """Place a message in the catalogue: by the stage that it names, else by that of its touchpoint."""
    if touchpoint is None:
        return stage, "unknown"
    name = touchpoint if touchpoint in _STAGES else "other"
    return stage or _STAGES.get(touchpoint), name
