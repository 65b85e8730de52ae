"""Owns what is read once from installed packages and package data for the core, which reads nothing."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec
from vaderSentiment import vaderSentiment as stock  # noqa: N813 (a module, not a class)

from monitor.core.complaint import ComplaintModel
from monitor.core.identity import Pseudonyms
from monitor.core.lexicon import Lexicon
from monitor.core.pipeline import Instruments
from monitor.core.polarity import PolarityModel
from monitor.core.policy import Policy, find_policy_faults
from monitor.core.sentiment import Analyzer
from monitor.core.weights import Phrases, Weights
from monitor.core.words import WordModel
from monitor.errors import ConfigError

_WEIGHTS: Final = resources.files("monitor").joinpath("weights")


def load_lexicon() -> Lexicon:
    """Take words and constants from the installed vaderSentiment, whose own code parses its files."""
    analyzer = stock.SentimentIntensityAnalyzer()
    return Lexicon(
        valences=analyzer.lexicon,
        emoji=analyzer.emojis,
        boosters=dict(stock.BOOSTER_DICT),
        negations=frozenset(stock.NEGATE),
        idioms=dict(stock.SPECIAL_CASES),
        capitals_increment=stock.C_INCR,
        negation_factor=stock.N_SCALAR,
    )


def load_policy(path: Path | None = None) -> Policy:
    """Read the default policy, laid over by a file that names only what it changes.

    Raises:
        ConfigError: naming the file, the field and what is wrong with it.

    """
    text = resources.files("monitor").joinpath("policy.toml").read_text("utf-8")
    table = tomllib.loads(text)
    place = "monitor/policy.toml"
    if path is not None:
        place = str(path)
        try:
            table = _lay_over(table, tomllib.loads(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{place}: cannot be read as TOML: {error}") from None
    try:
        policy = msgspec.convert(table, Policy)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{place}: {error}") from None
    if faults := find_policy_faults(policy):
        raise ConfigError(f"{place}: {'; '.join(faults)}")
    return policy


def load_weights() -> Weights:
    """Read the trained weights that ship with the package."""
    return msgspec.msgpack.decode(_WEIGHTS.joinpath("complaint.msgpack").read_bytes(), type=Weights)


def load_phrases() -> Phrases:
    """Read the phrases of categories and severities that ship with the package."""
    return msgspec.convert(tomllib.loads(_WEIGHTS.joinpath("phrases.toml").read_text("utf-8")), Phrases)


def load_complaint_model() -> ComplaintModel:
    """Build the complaint model with a reading of words of its own."""
    weights = load_weights()
    return ComplaintModel(weights.complaint, load_phrases(), WordModel(weights.words))


def _lay_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        both = isinstance(known, dict) and isinstance(value, dict)
        merged[key] = _lay_over(known, value) if both else value  # type: ignore[arg-type]  # `both` narrows
    return merged


def load_instruments(pseudonym_key: bytes = b"") -> Instruments:
    """Build everything that scoring measures with."""
    weights = load_weights()
    words = WordModel(weights.words)
    return Instruments(
        analyzer=Analyzer(load_lexicon()),
        words=words,
        polarities=PolarityModel(weights.negative, weights.positive),
        complaints=ComplaintModel(weights.complaint, load_phrases(), words),
        pseudonyms=Pseudonyms(pseudonym_key),
    )
