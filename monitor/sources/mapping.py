"""A `[[source]]` table, compiled: one topic's records in, canonical messages or milestones or `Rejected` out."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal, TypeGuard

from monitor.core.message import Message
from monitor.core.milestone import Milestone
from monitor.errors import ConfigError, Rejected
from monitor.settings import SourceSettings
from monitor.sources.paths import Getter
from monitor.sources.presets import load_preset
from monitor.sources.rules import compile_rule, rule_paths
from monitor.wire import MESSAGE, MILESTONE, Form, decode_json

#: `decode(value, partition, offset)`; raises `Rejected`.
Decode = Callable[[bytes | None, int, int], Message | Milestone]

#: What a rule must be given for, by the kind of source.
REQUIRED: Final = {"message": ("id", "channel", "at", "text"), "event": ("id", "at", "stage")}
FORMS: Final[dict[str, Form[Any]]] = {"message": MESSAGE, "event": MILESTONE}
SIDES: Final = ("inbound", "outbound")
COORDINATES: Final = {"coordinates": True}


@dataclass(frozen=True, slots=True)
class Source:
    """One topic of the user's and how its records become messages."""

    topic: str
    #: The preset's name, or "own" where `map` stands alone.
    preset: str
    decode: Decode


@dataclass(frozen=True, slots=True)
class _Mapping:
    """The compiled rules; a side's getters give what only that direction has."""

    inbound: tuple[tuple[str, Getter], ...]
    outbound: tuple[tuple[str, Getter], ...]
    id_from_coordinates: bool
    form: Form[Any]


def compile_source(settings: SourceSettings) -> Source:
    """Compile one `[[source]]` table.

    Raises:
        ConfigError: with every problem of the table, each naming its field.

    """
    preset = settings.preset or ("own" if settings.map else "canonical")
    form = FORMS[settings.kind]
    plain = not (settings.map or settings.brand_authors or settings.format == "csv")
    if preset == "canonical" and plain:
        return Source(settings.topic, preset, lambda value, _partition, _offset: form.decode(value))
    try:
        _check_kind(settings)
        table = {} if preset == "own" else load_preset(preset)
        shape, columns = _check_shape(settings, table)
        rules = _choose_rules(settings.map, table.get("map", {}), columns)
        mapping = _compile_rules(rules, columns, settings)
    except ConfigError as error:
        raise ConfigError(
            "\n  ".join(f"source `{settings.topic}`: {line}" for line in str(error).split("\n"))
        ) from None
    read = _csv_reader(columns) if shape == "csv" else _read_object
    brands = frozenset(_handle(author) for author in settings.brand_authors)
    return Source(settings.topic, preset, _compile_decode(settings.topic, read, mapping, brands))


def _check_kind(settings: SourceSettings) -> None:
    """Refuse what only messages have."""
    if settings.kind == "message":
        return
    if settings.preset is not None:
        raise ConfigError(f"preset: `{settings.preset}` reads messages; an event is mapped by `map` alone")
    if settings.brand_authors:
        raise ConfigError("brand_authors: an event has no author who could be the brand; leave it out")


def _check_shape(
    settings: SourceSettings, preset: Mapping[str, Any]
) -> tuple[Literal["json", "csv"], tuple[str, ...]]:
    shape: Literal["json", "csv"] = settings.format or preset.get("format", "json")
    if shape == "json":
        if settings.columns:
            raise ConfigError(
                'columns: only format = "csv" has columns; add the format or leave the columns out'
            )
        return shape, ()
    columns = settings.columns or tuple(preset.get("columns", ()))
    if not columns or len(set(columns)) < len(columns):
        raise ConfigError('columns: format = "csv" needs the name of each column in order, each once')
    if any(mark in column for column in columns for mark in ".[]"):
        raise ConfigError("columns: a name cannot have a dot or brackets, which mean something in a path")
    return shape, columns


def _choose_rules(
    own: Mapping[str, Any], preset: Mapping[str, Any], columns: tuple[str, ...]
) -> dict[str, Any]:
    """Lay the user's rules over the preset's, less those of the preset for columns that are not there."""
    rules = {
        field: rule
        for field, rule in preset.items()
        if not columns or not rule_paths(rule) or set(rule_paths(rule)) & set(columns)
    }
    return rules | dict(own)


def _compile_rules(rules: Mapping[str, Any], columns: tuple[str, ...], settings: SourceSettings) -> _Mapping:
    form = FORMS[settings.kind]
    needs_it = f"is missing; a {form.name} needs it"
    problems = [f"map.{field}: {needs_it}" for field in REQUIRED[settings.kind] if field not in rules]
    if not rules.keys() & {"author", "customer"}:
        problems.append(f"map.author: {needs_it}, or `customer`")
    if settings.kind == "event" and not rules.keys() & {"customer", "channel"}:
        problems.append(
            "map.channel: is missing; `author` is known by that name on one channel, and `customer` is not mapped"
        )
    author = rules.get("author")
    if settings.brand_authors and not (_has_sides(author) and "outbound" in author):
        problems.append(
            "map.author: with `brand_authors` it must be { inbound = …, outbound = … }, "
            "so that what the brand writes still names the customer"
        )
    inbound: list[tuple[str, Getter]] = []
    outbound: list[tuple[str, Getter]] = []
    for field, rule in rules.items():
        if field == "id" and rule == COORDINATES:
            continue
        try:
            _check_target(field, rule, columns, form)
            if not _has_sides(rule):
                inbound.append((field, compile_rule(field, rule, form)))
                continue
            for side, getters in zip(SIDES, (inbound, outbound), strict=True):
                getters.append((field, compile_rule(field, rule[side], form) if side in rule else _nothing))
        except ConfigError as error:
            problems.append(f"map.{field}: {error}")
    if problems:
        raise ConfigError("\n".join(problems))
    return _Mapping(
        tuple(inbound), tuple(outbound), id_from_coordinates=rules.get("id") == COORDINATES, form=form
    )


def _check_target(field: str, rule: object, columns: tuple[str, ...], form: Form[Any]) -> None:
    if field not in form.expected:
        near = get_close_matches(field, form.expected, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(form.expected)}"
        raise ConfigError(f"no {form.name} has this field; {hint}")
    unknown = [path for path in rule_paths(rule) if columns and path not in columns]
    if unknown:
        raise ConfigError(f"`{unknown[0]}` is none of the columns {', '.join(columns)}")
    if _has_sides(rule):
        if rule.keys() - set(SIDES):
            raise ConfigError("`inbound` and `outbound` stand alone; put the rest of the rule inside each")
        if field == "direction":
            raise ConfigError("`inbound` and `outbound` follow the direction and cannot set it")


def _has_sides(rule: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(rule, Mapping) and bool(rule.keys() & set(SIDES))


def _compile_decode(
    topic: str, read: Callable[[bytes | None], dict[str, Any]], mapping: _Mapping, brands: frozenset[str]
) -> Decode:
    def decode(value: bytes | None, partition: int, offset: int) -> Message | Milestone:
        record = read(value)
        fields = {field: found for field, get in mapping.inbound if (found := get(record)) is not None}
        if brands and _handle(fields.get("author", "")) in brands:
            fields["direction"] = "outbound"
        if fields.get("direction") == "outbound":
            for field, get in mapping.outbound:
                fields.pop(field, None)
                if (found := get(record)) is not None:
                    fields[field] = found
        if mapping.id_from_coordinates:
            fields["id"] = f"{topic}-{partition}-{offset}"
        built: Message | Milestone = mapping.form.build(fields)
        return built

    return decode


def _read_object(value: bytes | None) -> dict[str, Any]:
    record = decode_json(value)
    if not isinstance(record, dict):
        raise Rejected("wrong_type", "the record: expected a JSON object")
    return record


def _csv_reader(columns: tuple[str, ...]) -> Callable[[bytes | None], dict[str, Any]]:
    def read(value: bytes | None) -> dict[str, Any]:
        if value is None:
            return _read_object(value)
        try:
            rows = list(csv.reader([value.decode()], strict=True))
        except UnicodeDecodeError as error:
            raise Rejected("invalid_unicode", f"byte {error.start} of the record is not UTF-8") from None
        except csv.Error:
            rows = []
        if [len(row) for row in rows] != [len(columns)]:
            raise Rejected("wrong_type", f"the record: expected one CSV row of {len(columns)} cells")
        return dict(zip(columns, rows[0], strict=True))

    return read


def _handle(author: object) -> str:
    return str(author).strip().removeprefix("@").casefold()


def _nothing(_record: object) -> None:
    return None
