"""Reads the labelled texts and says how each source's own labels become complaint labels; changes no text."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

#: Intents of banking77 whose askers report that something went wrong; the rest ask how something is done.
BANKING_FAULTS: Final = frozenset(
    {
        "Refund_not_showing_up",
        "balance_not_updated_after_bank_transfer",
        "balance_not_updated_after_cheque_or_cash_deposit",
        "card_arrival",
        "card_not_working",
        "card_payment_not_recognised",
        "card_payment_wrong_exchange_rate",
        "card_swallowed",
        "cash_withdrawal_not_recognised",
        "contactless_not_working",
        "declined_card_payment",
        "declined_cash_withdrawal",
        "declined_transfer",
        "direct_debit_payment_not_recognised",
        "extra_charge_on_statement",
        "failed_transfer",
        "top_up_failed",
        "top_up_reverted",
        "transaction_charged_twice",
        "transfer_not_received_by_recipient",
        "virtual_card_not_working",
        "wrong_amount_of_cash_received",
        "wrong_exchange_rate_for_cash_withdrawal",
    }
)
#: Intents whose texts are both questions and complaints: no label can be taken from them.
BANKING_MIXED: Final = frozenset(
    {
        "beneficiary_not_allowed",
        "cancel_transfer",
        "card_payment_fee_charged",
        "cash_withdrawal_charge",
        "compromised_card",
        "lost_or_stolen_card",
        "lost_or_stolen_phone",
        "passcode_forgotten",
        "pending_card_payment",
        "pending_cash_withdrawal",
        "pending_top_up",
        "pending_transfer",
        "pin_blocked",
        "request_refund",
        "reverted_card_payment?",
        "terminate_account",
        "topping_up_by_card",
        "transfer_fee_charged",
        "unable_to_verify_identity",
        "verify_my_identity",
        "verify_top_up",
        "why_verify_identity",
    }
)
BITEXT_MIXED: Final = frozenset({"payment_issue", "registration_problems", "delete_account"})
WRITTEN: Final = Path(__file__).with_name("written_training.tsv")

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
#: Snippets of films and editorials: neither the calibration of polarity nor complaints learn from them.
SNIPPETS: Final = ("vader_movieReviewSnippets", "vader_nytEditorialSnippets")
_POLARITIES: Final = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
_RATED_APART: Final = 0.5


class Labelled(NamedTuple):
    """One text; `label` is 0 or 1 for complaints, a polarity otherwise; `group` is its domain or source."""

    text: str
    label: int
    group: str


def read_rows(path: Path, *, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        if delimiter == ",":
            return list(csv.DictReader(file))
        return list(csv.DictReader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE))


def read_complaints(data: Path) -> list[Labelled]:
    rows = read_rows(data / "complaints_dev.csv")
    return [Labelled(row["text"], int(row["complaint"]), row["domain"]) for row in rows]


def find_directed(rows: Sequence[Labelled]) -> np.ndarray:
    """Say which of the complaint tweets are about a brand; the others are random ones."""
    return np.array([not row.group.startswith("random") for row in rows])


def find_addressed(rows: Sequence[Labelled]) -> np.ndarray:
    """Say of which texts about a brand the product knows that the brand is spoken to."""
    return np.array(["@" in row.text for row in rows])


def read_airline(data: Path) -> list[Labelled]:
    """Test only: its licence forbids commercial use."""
    rows = read_rows(data / "airline_dev.csv")
    return [Labelled(row["text"], int(row["sentiment"] == "negative"), row["airline"]) for row in rows]


def read_airline_polarity(data: Path) -> list[Labelled]:
    """Test only, likewise."""
    rows = read_rows(data / "airline_dev.csv")
    return [Labelled(row["text"], _POLARITIES[row["sentiment"]], row["airline"]) for row in rows]


def read_support_tweets(data: Path) -> list[Labelled]:
    """Test only; "Bad Support" is the one label among its topics that says complaint."""
    rows = read_rows(data / "support_labelled_ericsson.csv")
    return [
        Labelled(row["text"], int("Bad Support" in row["labels"]), row["company"])
        for row in rows
        if row["inbound"] == "true"
    ]


def read_written() -> list[Labelled]:
    return [Labelled(row["text"], int(row["label"]), "written") for row in read_rows(WRITTEN, delimiter="\t")]


def read_checks(path: Path) -> list[Labelled]:
    """Self-written texts with their channel; test only."""
    return [
        Labelled(row["text"], int(row["label"]), row["channel"]) for row in read_rows(path, delimiter="\t")
    ]


def read_support_questions(data: Path) -> list[Labelled]:
    """Faults reported to a support desk against plain questions, by intent."""
    return [*_read_banking(data), *_read_bitext(data)]


def read_reviews(data: Path) -> list[Labelled]:
    """Reviews that are clearly for (0) or against (1)."""
    return [
        Labelled(text, int(polarity == NEGATIVE), group)
        for text, polarity, group in [*_read_uci(data), *_read_flipkart(data)]
        if polarity != NEUTRAL
    ]


def read_brand_reviews(data: Path) -> list[Labelled]:
    """Reviews of what a brand sold: of a film nobody expects to be served."""
    return [row for row in read_reviews(data) if row.group != "imdb"]


def read_polarity(data: Path) -> list[Labelled]:
    return [
        *_read_signs(data / "semeval_train.csv", "semeval"),
        *_read_uci(data),
        *_read_flipkart(data),
        *_read_vader(data),
    ]


def read_sentiment140(data: Path) -> list[Labelled]:
    """Test only, so that tweets of another collection judge the polarity."""
    return list(_read_signs(data / "sentiment140_test.csv", "sentiment140"))


def _read_banking(data: Path) -> Iterator[Labelled]:
    for row in read_rows(data / "banking77_train.csv"):
        if row["intent"] not in BANKING_MIXED:
            yield Labelled(row["text"], int(row["intent"] in BANKING_FAULTS), "banking77")


def _read_bitext(data: Path) -> Iterator[Labelled]:
    for row in read_rows(data / "bitext_support.csv"):
        if row["intent"] not in BITEXT_MIXED:
            yield Labelled(row["text"], int(row["intent"] == "complaint"), "bitext")


def _read_signs(path: Path, group: str) -> Iterator[Labelled]:
    for row in read_rows(path):
        yield Labelled(row["text"], _POLARITIES[row["label"]], group)


def _read_uci(data: Path) -> Iterator[Labelled]:
    for row in read_rows(data / "uci_sentences.csv"):
        yield Labelled(row["text"], _POLARITIES[row["label"]], row["source"])


def _read_flipkart(data: Path) -> Iterator[Labelled]:
    for row in read_rows(data / "flipkart_reviews.csv"):
        yield Labelled(row["text"], _split(float(row["stars"]) - 3, apart=0.0), "flipkart")


def _read_vader(data: Path) -> Iterator[Labelled]:
    for name in ("vader_amazonReviewSnippets", "vader_tweets", *SNIPPETS):
        for row in read_rows(data / f"{name}.csv"):
            yield Labelled(row["text"], _split(float(row["mean_rating"]), apart=_RATED_APART), name)


def _split(value: float, *, apart: float) -> int:
    if value < -apart:
        return NEGATIVE
    return POSITIVE if value > apart else NEUTRAL
