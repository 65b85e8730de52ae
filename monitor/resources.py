"""Owns what is read once from installed packages and package data for the core, which reads nothing."""

import tomllib
from bisect import bisect_left
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from vaderSentiment import vaderSentiment as stock  # noqa: N813 (a module, not a class)

from monitor.core.complaint import ComplaintModel
from monitor.core.identity import Pseudonyms
from monitor.core.instruments import Instruments
from monitor.core.language import Guess, LanguageGate
from monitor.core.lexicon import Lexicon
from monitor.core.polarity import PolarityModel
from monitor.core.policy import Policy
from monitor.core.policy_faults import find_policy_faults
from monitor.core.reading import Reader
from monitor.core.sentiment import Analyzer
from monitor.core.weights import Phrases, Weights
from monitor.core.words import WordModel
from monitor.errors import ConfigError

_WEIGHTS: Final = resources.files("monitor").joinpath("weights")
#: The days for which the offsets of a time zone are written out; after them the last one holds.
_ZONE_SECONDS: Final = range(
    int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()),
    int(datetime(2060, 1, 1, tzinfo=UTC).timestamp()),
    86_400,
)

#: A share of nothing has no odds.
_SHARE_FLOOR: Final = 1e-9


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
    policy = _write_out_zones(policy)
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


def load_language_gate() -> LanguageGate:
    """Build the gate; its detector reads its tables, which takes about a second, when first asked or prepared."""
    lexicon = load_lexicon()
    return LanguageGate(lexicon.valences, lexicon.single_emoji(), guess_language)


def guess_language(text: str) -> Guess:
    """Guess the language of a text by py3langid; Nigerian Pidgin counts as English."""
    shares = dict(load_identifier().rank(text))
    english = max(shares.pop("en"), shares.pop("pcm"))
    # Nobody complains in Latin, or in no language at all; names and codes look like it.
    del shares["la"], shares["zxx"]
    language = max(shares, key=shares.__getitem__)
    if shares[language] <= english:
        return Guess("en", 1.0)
    return Guess(language, shares[language] / max(english, _SHARE_FLOOR))


@cache
def load_identifier() -> Any:  # noqa: ANN401 - py3langid publishes no types
    """Load what guesses languages; afterwards it is there at once."""
    # It brings NumPy, which most processes never need.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _write_out_zones(policy: Policy) -> Policy:
    hours = {
        source: msgspec.structs.replace(one, utc_offsets=_list_offsets(source, one.timezone))
        for source, one in policy.journey.business_hours.items()
    }
    return msgspec.structs.replace(
        policy, journey=msgspec.structs.replace(policy.journey, business_hours=hours)
    )


def _list_offsets(source: str, timezone: str) -> tuple[tuple[float, float], ...]:
    """List from when the zone is how far ahead of UTC, as the zone database of this machine has it."""
    if timezone == "UTC":
        return ()
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise ConfigError(
            f"journey.business_hours.{source}: timezone `{timezone}` does not exist; "
            "expected a name like UTC or Europe/Berlin"
        ) from None

    def offset_at(second: int) -> float:
        ahead = datetime.fromtimestamp(second, zone).utcoffset()
        return ahead.total_seconds() if ahead is not None else 0.0

    offsets = [(float(_ZONE_SECONDS.start), offset_at(_ZONE_SECONDS.start))]
    for day in _ZONE_SECONDS:
        if offset_at(day) == offsets[-1][1]:
            continue
        # The change lies within the day before.
        change = bisect_left(
            range(day), True, day - _ZONE_SECONDS.step, key=lambda at: offset_at(at) == offset_at(day)
        )
        offsets.append((float(change), offset_at(change)))
    return tuple(offsets)


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
    analyzer, words = Analyzer(load_lexicon()), WordModel(weights.words)
    complaints = ComplaintModel(weights.complaint, load_phrases(), words)
    return Instruments(
        analyzer=analyzer,
        words=words,
        reader=Reader(analyzer.vocabulary, words.layouts, complaints.book),
        polarities=PolarityModel(weights.negative, weights.positive),
        complaints=complaints,
        pseudonyms=Pseudonyms(pseudonym_key),
        languages=load_language_gate(),
    )
