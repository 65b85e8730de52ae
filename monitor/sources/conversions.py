"""What becomes of a value once it is found: a time, a scale, a translation, a coercion."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from monitor.errors import ConfigError, Rejected
from monitor.sources.paths import as_text
from monitor.sources.times import compile_time
from monitor.wire import Form

Converter = Callable[[Any], Any]

RATING_LOW: Final = 1.0
RATING_HIGH: Final = 5.0


def compile_conversion(field: str, table: Mapping[str, Any], form: Form[Any]) -> Converter:
    """Compile what the rule says becomes of a value that is there.

    Raises:
        ConfigError: saying what is wrong with the rule.

    """
    if "scale" in table:
        return _compile_scale(field, table["scale"])
    if "values" in table:
        return _compile_values(field, table, form)
    if "time" in table:
        return _compile_time(field, table)
    if "prefix" in table:
        return _compile_prefix(field, table["prefix"], form)
    return _choose_plain(field, form)


def check_value(field: str, key: str, value: object, form: Form[Any]) -> object:
    """Return a value that the mapping itself gives, if the field can take it."""
    try:
        return msgspec.convert(value, form.types[field])
    except msgspec.ValidationError:
        raise ConfigError(f"`{key}`: expected {form.expected[field]}") from None


def strings(key: str, value: object) -> list[str]:
    """Return the texts that a key of a rule must hold."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return value
    raise ConfigError(f"`{key}`: expected " + ("a list of paths" if key in {"any", "join"} else "text"))


def _compile_time(field: str, table: Mapping[str, Any]) -> Converter:
    if field != "at":
        raise ConfigError("`time` is for the field `at` only")
    spelling = strings("time", [table["time"]])[0]
    read = compile_time(spelling, strings("timezone", [table.get("timezone", "UTC")])[0])

    def convert(value: Any) -> Any:  # noqa: ANN401 - any JSON value
        try:
            return read(value)
        except ValueError:
            raise Rejected("wrong_type", f"`at`: expected a time spelled as {spelling}") from None

    return convert


def _compile_prefix(field: str, prefix: object, form: Form[Any]) -> Converter:
    before = strings("prefix", [prefix])[0]
    if _takes_number(field, form) or field == "text":
        raise ConfigError(f"`prefix` is for names, not for the field `{field}`")

    def convert(value: Any) -> Any:  # noqa: ANN401 - any JSON value
        text = as_text(value)
        return value if text is None else f"{before}{text}"

    return convert


def _compile_scale(field: str, scale: object) -> Converter:
    if field != "rating":
        raise ConfigError("`scale` is for the field `rating` only")
    if (
        not isinstance(scale, list)
        or [type(bound) for bound in scale if type(bound) in {int, float}] != [type(bound) for bound in scale]
        or len(scale) != 2  # noqa: PLR2004 - low and high
        or not scale[0] < scale[1]
        or not all(math.isfinite(bound) for bound in scale)
    ):
        raise ConfigError("`scale`: expected [low, high] with low below high, like [0, 10]")
    low, high = scale

    def convert(value: Any) -> float:  # noqa: ANN401 - any JSON value
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not low <= number <= high:
            raise Rejected("wrong_type", f"`{field}`: expected a number from {low} to {high}")
        # Six places: 3.8 shall not become 3.8000000000000003.
        rating: float = round(RATING_LOW + (number - low) * (RATING_HIGH - RATING_LOW) / (high - low), 6)
        return rating

    return convert


def _compile_values(field: str, table: Mapping[str, Any], form: Form[Any]) -> Converter:
    values = table["values"]
    if not isinstance(values, Mapping) or not values:
        raise ConfigError('`values`: expected a table like { open = "inbound" }')
    translations = {
        str(key): check_value(field, f"values.{key}", value, form) for key, value in values.items()
    }
    closed = "default" not in table
    default = table.get("default")

    def convert(value: Any) -> object:  # noqa: ANN401 - any JSON value
        text = as_text(value)
        if text is not None and text in translations:
            return translations[text]
        if closed:
            raise Rejected(
                "unknown_value", f"`{field}`: its value is none of those that the source translates"
            )
        return default

    return convert


def _choose_plain(field: str, form: Form[Any]) -> Converter:
    if field == "text":
        return lambda value: value
    if field == "language":
        return _plain_language
    return _plain_number if _takes_number(field, form) else _plain_name


def _takes_number(field: str, form: Form[Any]) -> bool:
    try:
        msgspec.convert(1, form.types[field])
    except msgspec.ValidationError:
        return False
    return True


def _plain_number(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return (value.strip() or None) if isinstance(value, str) else value


def _plain_name(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return value.strip() or None
    # Ids are often numbers; true is no id.
    return str(value) if type(value) is int else value


def _plain_language(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if not isinstance(value, str):
        return value
    # en_US and EN are common spellings of en-US and en.
    primary, *rest = value.strip().replace("_", "-").split("-")
    return "-".join([primary.lower(), *rest]) or None
