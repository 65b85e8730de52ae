"""One field's rule of a mapping, compiled once into a getter."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from monitor.errors import ConfigError
from monitor.sources.conversions import check_value, compile_conversion, strings
from monitor.sources.paths import Getter, as_text, compile_path
from monitor.wire import Form

READERS: Final = ("path", "any", "join", "const")
CONVERSIONS: Final = ("time", "scale", "values", "prefix")
#: What each of the other keys belongs to.
COMPANIONS: Final = {"with": "join", "timezone": "time"}
KEYS: Final = (*READERS, *CONVERSIONS, *COMPANIONS, "default")


def compile_rule(field: str, rule: object, form: Form[Any]) -> Getter:
    """Compile the rule of one field; the getter returns None for what is not there.

    Raises:
        ConfigError: saying what is wrong with the rule.

    """
    if isinstance(rule, str):
        rule = {"path": rule}
    if field == "at" and isinstance(rule, Mapping) and not rule.keys() & {"const", *CONVERSIONS}:
        rule = {"time": "iso8601", **rule}
    table = _check_keys(rule)
    if "const" in table:
        const = check_value(field, "const", table["const"], form)
        return lambda _record: const
    read = _compile_reader(table)
    convert = compile_conversion(field, table, form)
    default = check_value(field, "default", table["default"], form) if "default" in table else None

    def get(record: Any) -> Any:  # noqa: ANN401 - the shape is the user's own
        value = read(record)
        if value is None or (value == "" and field != "text"):
            return default
        return convert(value)

    return get


def _check_keys(rule: object) -> Mapping[str, Any]:
    """Return the rule as a table that has one reader, at most one conversion and their companions."""
    if not isinstance(rule, Mapping):
        raise ConfigError('expected a path like "data.id" or a table like { const = "review" }')
    if "coordinates" in rule:
        raise ConfigError("{ coordinates = true } stands alone, and only for `id`")
    for key in rule:
        if key not in KEYS:
            near = get_close_matches(str(key), KEYS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(KEYS)}"
            raise ConfigError(f"`{key}` is no key of a rule; {hint}")
    readers = [key for key in READERS if key in rule]
    if len(readers) != 1:
        raise ConfigError(
            f"expected exactly one of {', '.join(READERS)}, got {' and '.join(readers) or 'none'}"
        )
    conversions = [key for key in CONVERSIONS if key in rule]
    if len(conversions) > 1:
        raise ConfigError(
            f"expected at most one of {', '.join(CONVERSIONS)}, got {' and '.join(conversions)}"
        )
    if readers == ["const"] and len(rule) > 1:
        raise ConfigError("`const` stands alone")
    for key, owner in COMPANIONS.items():
        if key in rule and owner not in rule:
            raise ConfigError(f"`{key}` goes with `{owner}` only")
    return rule


def rule_paths(rule: object) -> tuple[str, ...]:
    """Return every path that the rule reads."""
    if isinstance(rule, str):
        return (rule,)
    if not isinstance(rule, Mapping):
        return ()
    paths = [path for side in ("inbound", "outbound") if side in rule for path in rule_paths(rule[side])]
    for key in ("path", "any", "join"):
        given = rule.get(key)
        # What is no path is refused where the rule is compiled.
        paths += [path for path in (given if isinstance(given, list) else [given]) if isinstance(path, str)]
    return tuple(paths)


def _compile_reader(table: Mapping[str, Any]) -> Getter:
    if "path" in table:
        return compile_path(strings("path", [table["path"]])[0])
    if "any" in table:
        choices = [compile_path(path) for path in strings("any", table["any"])]
        return lambda record: next(
            (value for get in choices if (value := get(record)) not in (None, "")), None
        )
    parts = [compile_path(path) for path in strings("join", table["join"])]
    separator = strings("with", [table.get("with", " ")])[0]

    def join(record: Any) -> str | None:  # noqa: ANN401 - the shape is the user's own
        texts = [text for get in parts if (text := as_text(get(record)))]
        return separator.join(texts) if texts else None

    return join
