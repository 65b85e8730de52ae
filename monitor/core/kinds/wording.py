"""How a headline names what a case is about, in words that a person would say."""

from typing import Final

from monitor.core.case import Case
from monitor.core.finding import Category
from monitor.core.message import Channel

CAUSES: Final[dict[Category, str]] = {
    "billing": "billing",
    "delivery": "delivery",
    "product_quality": "product quality",
    "staff_conduct": "how staff behaved",
    "website_app": "the website or app",
    "price": "the price",
    "policy_returns": "returns and refunds",
    "no_answer": "getting no answer",
    "brand_conduct": "what the brand did",
    "other": "",
}
#: Where something was said.
PLACES: Final[dict[Channel, str]] = {
    "social": "on social media",
    "review": "in a review",
    "support": "to support",
    "survey": "in a survey",
    "call": "by phone",
    "email": "by e-mail",
    "chat": "in chat",
    "sale": "to sales",
}


def name_cause(case: Case, category: Category | None = None) -> str:
    """Say " about billing (card)", or as much of it as is known; of the case's cause, or of another one."""
    return name_topic(category or case.category, case.product)


def name_topic(category: Category, product: str | None) -> str:
    """Say what complaints are about, as a headline goes on after "complaints"."""
    about = f" about {cause}" if (cause := CAUSES[category]) else ""
    return f"{about} ({product})" if product else about
