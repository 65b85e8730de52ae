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

#: Why an alert is over, by the cause that it gives.
ENDINGS: Final[dict[str, str]] = {
    "reply": "the brand has replied",
    "settled": "the customer says that it is settled",
    "follow-up": "the customer asks anew",
    "quiet": "answered, and no further word since",
    "faded": "unanswered, and no further word since",
    "complaint": "the customer complains anew",
    "mood": "the customer's mood is what it was before",
    "returned": "the customer is back",
    "forgotten": "it is no news any more",
    "time passed": "it is no news any more",
    "resolved": "somebody says that it is done",
    "false_alarm": "somebody says that it was a false alarm",
    "joined": "what was said under another name changes it",
    "merged": "this customer is followed under another name from now on",
    "erased": "the customer's data has been erased",
}


def name_cause(case: Case, category: Category | None = None) -> str:
    """Say " about billing (card)", or as much of it as is known; of the case's cause, or of another one."""
    return name_topic(category or case.category, case.product)


def name_topic(category: Category, product: str | None) -> str:
    """Say what complaints are about, as a headline goes on after "complaints"."""
    about = f" about {cause}" if (cause := CAUSES[category]) else ""
    return f"{about} ({product})" if product else about
