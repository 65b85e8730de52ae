"""Claims about the language gate: what English it lets in, and what it never guesses at."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.finding import Cues
from monitor.core.language import Guess, LanguageGate, group_language
from monitor.core.pipeline import hear, score
from monitor.core.scored import Origin
from monitor.resources import load_instruments, load_language_gate, load_policy
from tests.core.builders import build_message

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
GATE = load_language_gate()
INSTRUMENTS = load_instruments(b"language")
POLICY = load_policy()

UNREAD = [
    ("es", "Mi pedido todavía no ha llegado y nadie me contesta"),
    ("fr", "Toujours pas de réponse de votre service client, c'est honteux"),
    ("de", "Ich warte seit drei Wochen auf mein Paket und niemand meldet sich"),
    ("it", "Il pacco non è mai arrivato e nessuno risponde alle mie mail"),
    ("pt", "Meu pedido ainda não chegou e ninguém responde os meus e-mails"),
    ("nl", "Mijn pakket is nog steeds niet aangekomen en niemand reageert"),
    ("ru", "Заказ так и не пришёл, никто не отвечает"),
    ("ar", "لم يصل طلبي حتى الآن ولا أحد يرد"),
    ("ja", "注文した商品がまだ届きません"),
]
READ = [
    "My order never arrived and nobody answers",
    "worst airline ever",
    "horrible horrible service",
    "Fraud!",
    "ok",
    "lol",
    "👍",
    "",
    "@acme",
    "Ana García",
    "El Paso to Los Angeles",
    "https://example.com/es/una-pagina-para-ti",
    "@acme your café in São Paulo was closed, why?",
    "#fail @acme",
    "Der Spiegel",
    "12345 67890",
]  # fmt: skip


def find(text: str, language: str | None = None) -> str | None:
    return GATE.find_unsupported(text.split(), language)


@pytest.mark.parametrize(("language", "text"), UNREAD)
def test_another_language_is_named(language: str, text: str) -> None:
    assert find(text) == language


@pytest.mark.parametrize("text", READ)
def test_english_and_what_nobody_can_tell_are_read(text: str) -> None:
    assert find(text) is None


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ("en", None),
        ("en-US", None),
        ("eng", None),
        ("de", "de"),
        ("pt-BR", "pt"),
        ("und", "es"),
        ("qme", "es"),
    ],
)
def test_a_declared_language_decides_and_an_undecided_one_does_not(declared: str, found: str | None) -> None:
    assert find(UNREAD[0][1], declared) == found


def test_a_declared_language_and_plain_english_ask_no_detector() -> None:
    gate = LanguageGate(detect=refuse)
    assert gate.find_unsupported(["Mi", "pedido", "no", "ha", "llegado"], "es") == "es"
    assert gate.find_unsupported(["the", "order", "is", "not", "here", "and", "you", "know", "it"]) is None


def test_a_text_is_guessed_once() -> None:
    asked: list[str] = []

    def detect(text: str) -> Guess:
        asked.append(text)
        return Guess("es", 9.0)

    gate = LanguageGate(detect=detect)
    assert [gate.find_unsupported(["@acme", *UNREAD[0][1].split()]) for _ in range(3)] == ["es"] * 3
    assert asked == [UNREAD[0][1]]


def test_without_a_detector_the_script_still_tells() -> None:
    gate = LanguageGate()
    assert [gate.find_unsupported(text.split()) for _, text in UNREAD[-3:]] == ["und"] * 3
    assert gate.find_unsupported(UNREAD[0][1].split()) is None


@given(st.text(max_size=300))
def test_no_text_breaks_the_gate_and_signs_stay_in_their_places(text: str) -> None:
    gate = LanguageGate({":(": -1.9}, "😡")
    gate.find_unsupported(text.split())
    kept = gate.keep_signs(text)
    assert len(kept) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, kept, strict=True))


def test_what_is_not_read_is_scored_by_emoji_and_rating_alone() -> None:
    text = "Es una vergüenza 😡, no lo compren, no es gratis :( !!!"
    message = build_message(text, rating=1.0)
    heard, found = hear(message, INSTRUMENTS, text.split())
    assert (found, heard.text.split()) == ("es", ["😡", ":("])
    scored = score(message, Origin("inbox", 0, 0), 0.0, INSTRUMENTS, POLICY)
    assert scored.unsupported_language == "es"
    assert scored.sentiment == INSTRUMENTS.analyzer.score("😡 :(")
    assert scored.complaint.is_complaint
    assert scored.excerpt == text


def test_what_is_not_read_is_no_complaint_and_has_no_cues_without_a_rating() -> None:
    text = "Por tercera vez: fraud, avoid, boycott, refund, worst, es una vergüenza, no lo compren"
    scored = score(build_message(text, language="es"), Origin("inbox", 0, 0), 0.0, INSTRUMENTS, POLICY)
    assert (scored.complaint.probability, scored.complaint.is_complaint) == (0.0, False)
    assert (scored.cues, scored.asks) == (Cues(), False)


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the shared data beside the repository")
def test_english_is_let_in_and_other_languages_are_not() -> None:
    for name in ("complaints_dev", "airline_dev", "uci_sentences", "banking77_train"):
        rows = read(name)[:2000]
        assert sum(find(row["text"]) is not None for row in rows) < 0.002 * len(rows), name
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for row in read("umsab_val"):
        found[row["language"]].append(find(row["text"]) is not None)
    shares = {language: sum(one) / len(one) for language, one in found.items()}
    assert shares["english"] < 0.01
    least = {
        "arabic": 0.98,
        "french": 0.94,
        "spanish": 0.94,
        "italian": 0.87,
        "portuguese": 0.86,
        "german": 0.72,
    }
    assert {language: share for language, share in least.items() if shares[language] < share} == {}


def read(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def refuse(text: str) -> Guess:
    raise AssertionError(text)


def test_a_rare_language_is_counted_as_other() -> None:
    assert [group_language(language) for language in ("es", "tlh", "und")] == ["es", "other", "other"]
