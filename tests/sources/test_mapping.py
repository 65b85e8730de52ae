"""A mapping says in a line of TOML what a record's fields mean; what it gets wrong it is told at start."""

import json
import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.message import Message
from monitor.core.milestone import Milestone
from monitor.errors import REJECTED_REASONS, ConfigError, Rejected
from monitor.settings import SourceSettings
from monitor.sources import Source, compile_source

#: A law speaks of results; how fast a shared machine makes the examples is none of its business.
law = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

WHOLE = """
map.id = "id"
map.channel = { const = "support" }
map.at = "when"
map.text = "body"
map.author = "who"
"""
RECORD: dict[str, Any] = {"id": "1", "when": "2026-01-12T08:15:30Z", "body": "late", "who": "maria"}


def source_of(toml: str) -> Source:
    return compile_source(SourceSettings.model_validate({"topic": "things", **tomllib.loads(toml)}))


def read(source: Source, value: bytes, partition: int = 0, offset: int = 0) -> Message:
    message = source.decode(value, partition, offset)
    assert isinstance(message, Message)
    return message


def mapped(rule: str, **record: Any) -> Message:  # noqa: ANN401 - any JSON value
    """Decode a record with the whole mapping, one field's rule in it replaced."""
    field = rule.split("=", maxsplit=1)[0].strip()
    kept = "\n".join(line for line in WHOLE.splitlines() if not line.startswith(f"map.{field} "))
    source = source_of(f"{kept}\nmap.{rule}")
    return read(source, json.dumps(RECORD | record).encode(), 3, 42)


def refusal_of(toml: str) -> str:
    with pytest.raises(ConfigError) as caught:
        source_of(toml)
    return str(caught.value)


def rejection_of(rule: str, **record: Any) -> Rejected:  # noqa: ANN401 - any JSON value
    with pytest.raises(Rejected) as caught:
        mapped(rule, **record)
    return caught.value


@pytest.mark.parametrize(
    ("rule", "record", "field", "expected"),
    [
        ('product = "a.b.c"', {"a": {"b": {"c": "tent"}}}, "product", "tent"),
        ('product = "tags.1"', {"tags": ["x", "tent"]}, "product", "tent"),
        ('product = "tags.7"', {"tags": ["x"]}, "product", None),
        ('product = "a.b"', {"a": "no object"}, "product", None),
        ('product = "a"', {"a": None}, "product", None),
        ('product = "a"', {"a": "  "}, "product", None),
        (
            'product = { path = "users[id=me].name" }',
            {"me": 7, "users": [{"id": "7", "name": "x"}]},
            "product",
            "x",
        ),
        (
            "product = \"refs[type='b'].id\"",
            {"refs": [{"type": "a"}, {"type": "b", "id": 9}]},
            "product",
            "9",
        ),
        ("product = \"refs[type='c'].id\"", {"refs": [{"type": "a", "id": 9}]}, "product", None),
        ('product = { any = ["a", "b"] }', {"a": "", "b": "tent"}, "product", "tent"),
        ('product = { any = ["a", "b"], default = "none" }', {}, "product", "none"),
        ('text = { join = ["title", "body"], with = ". " }', {"title": "Bad"}, "text", "Bad. late"),
        ('text = { join = ["title", "body"] }', {"title": None}, "text", "late"),
        ('text = { path = "note", default = "" }', {}, "text", ""),
        ('brand = { const = "acme" }', {}, "brand", "acme"),
        ("id = { coordinates = true }", {}, "id", "things-3-42"),
        ('id = "n"', {"n": 5158}, "id", "5158"),
        ('rating = "stars"', {"stars": " 4 "}, "rating", 4.0),
        ('nps = "n"', {"n": "9"}, "nps", 9),
        (
            'permalink = { path = "id", prefix = "https://x.com/i/web/status/" }',
            {"id": 17},
            "permalink",
            "https://x.com/i/web/status/17",
        ),
        ('permalink = { path = "url", prefix = "https://x.com/" }', {}, "permalink", None),
        ('rating = { path = "stars", scale = [0, 10] }', {"stars": 7}, "rating", 3.8),
        ('rating = { path = "stars", scale = [0, 10] }', {"stars": "0"}, "rating", 1.0),
        ('rating = { path = "stars", scale = [1, 100.0] }', {"stars": 100}, "rating", 5.0),
        ('stage = { path = "s", values = { new = "prospect" } }', {"s": "new"}, "stage", "prospect"),
        (
            'stage = { path = "s", values = { new = "prospect" }, default = "former" }',
            {"s": "?"},
            "stage",
            "former",
        ),
        ('stage = { path = "s", values = { true = "former" } }', {"s": True}, "stage", "former"),
        ('stage = { path = "s", values = { 1 = "former" } }', {"s": 1}, "stage", "former"),
        ('language = "l"', {"l": "EN_us"}, "language", "en-us"),
    ],
)
def test_a_rule_gives_its_value(rule: str, record: dict[str, Any], field: str, expected: object) -> None:
    assert getattr(mapped(rule, **record), field) == expected


@pytest.mark.parametrize(
    ("rule", "when"),
    [
        ('at = "when"', "2026-01-12T09:15:30+01:00"),
        ('at = "when"', "2026-01-12 08:15:30"),
        ('at = { path = "when", timezone = "Europe/Berlin" }', "2026-01-12 09:15:30"),
        ('at = { path = "when", time = "iso8601", timezone = "Europe/Berlin" }', "2026-01-12T08:15:30Z"),
        ('at = { path = "when", time = "unix_s" }', 1768205730),
        ('at = { path = "when", time = "unix_s" }', "1768205730"),
        ('at = { path = "when", time = "unix_ms" }', 1768205730000),
        (
            'at = { path = "when", time = "%d.%m.%Y %H:%M:%S", timezone = "Europe/Berlin" }',
            "12.01.2026 09:15:30",
        ),
        ('at = { path = "when", time = "%a %b %d %H:%M:%S %z %Y" }', "Mon Jan 12 08:15:30 +0000 2026"),
    ],
)
def test_one_moment_is_read_from_each_spelling(rule: str, when: object) -> None:
    assert mapped(rule, when=when).at == datetime(2026, 1, 12, 8, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "record", "reason", "detail"),
    [
        ('at = "when"', {"when": 1768205730}, "wrong_type", "`at`: expected a time spelled as iso8601"),
        ('at = "when"', {"when": None}, "missing_field", "`at` is missing"),
        ('at = { path = "when", time = "unix_s" }', {"when": 10**400}, "wrong_type", "`at`"),
        ('at = { path = "when", time = "unix_s" }', {"when": "nan"}, "wrong_type", "`at`"),
        ('at = "when"', {"when": "9999-12-31T23:59:59-05:00"}, "wrong_type", "`at`"),
        ('rating = { path = "s", scale = [0, 10] }', {"s": 11}, "wrong_type", "`rating`: expected a number"),
        ('rating = { path = "s", scale = [0, 10] }', {"s": True}, "wrong_type", "`rating`"),
        (
            'permalink = { path = "s", prefix = "https://x.com/" }',
            {"s": {}},
            "wrong_type",
            "`permalink`: expected an address",
        ),
        (
            'permalink = "url"',
            {"url": "javascript:alert(1)"},
            "wrong_type",
            "`permalink`: expected an address",
        ),
        (
            'rating = "s"',
            {"s": "great"},
            "wrong_type",
            "`rating`: expected a number from 1 to 5, got a string",
        ),
        ('stage = { path = "s", values = { a = "former" } }', {"s": "b"}, "unknown_value", "`stage`"),
        ('channel = "c"', {"c": "fax"}, "unknown_value", "`channel`: expected one of"),
        ('text = "note"', {}, "missing_field", "`text` is missing"),
        ('author = "who"', {"who": {"name": "x"}}, "wrong_type", "`author`: expected a string"),
        ('id = "id"', {"id": True}, "wrong_type", "`id`"),
    ],
)
def test_a_record_that_the_mapping_cannot_read_is_rejected(
    rule: str, record: dict[str, Any], reason: str, detail: str
) -> None:
    rejected = rejection_of(rule, **record)
    assert rejected.reason == reason
    assert detail in rejected.detail


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "null_value"),
        (b"nope", "not_json"),
        (b"[]", "wrong_type"),
        (b"[" * 100_000, "too_deep"),
        (b'{"body": "\\ud800"}', "invalid_unicode"),
        (b"\xff", "invalid_unicode"),
    ],
)
def test_what_is_no_record_at_all_is_rejected_with_its_reason(value: bytes | None, reason: str) -> None:
    with pytest.raises(Rejected) as caught:
        source_of(WHOLE).decode(value, 0, 0)
    assert caught.value.reason == reason


WRONG = {
    "an unknown preset": ('preset = "zendsk"', "preset: `zendsk` is unknown; did you mean `zendesk`?"),
    "an unknown field": (
        WHOLE + 'map.athor = "x"',
        "map.athor: no message has this field; did you mean `author`?",
    ),
    "no text": ('map.id = "id"', "map.text: is missing"),
    "no customer": ('map.id = "id"', "map.author: is missing; a message needs it, or `customer`"),
    "an unknown key": (
        WHOLE + 'map.brand = { pth = "x" }',
        "map.brand: `pth` is no key of a rule; did you mean `path`?",
    ),
    "nothing to read": (WHOLE + 'map.brand = { default = "x" }', "map.brand: expected exactly one of"),
    "two readers": (WHOLE + 'map.brand = { path = "x", any = ["y"] }', "got path and any"),
    "two conversions": (
        WHOLE + 'map.rating = { path = "x", scale = [0, 1], values = { a = 1 } }',
        "map.rating: expected at most one of time, scale, values, prefix",
    ),
    "a const with more": (
        WHOLE + 'map.brand = { const = "x", default = "y" }',
        "map.brand: `const` stands alone",
    ),
    "a const that the field cannot take": (
        WHOLE.replace("support", "fax"),
        "map.channel: `const`: expected one of call",
    ),
    "a translation that the field cannot take": (
        WHOLE + 'map.stage = { path = "s", values = { a = "lead" } }',
        "map.stage: `values.a`: expected one of",
    ),
    "a default that the field cannot take": (
        WHOLE + 'map.nps = { path = "s", default = 11 }',
        "map.nps: `default`: expected a whole number from 0 to 10",
    ),
    "no translations": (
        WHOLE + 'map.stage = { path = "s", values = {} }',
        "map.stage: `values`: expected a table",
    ),
    "a prefix of a number": (
        WHOLE + 'map.rating = { path = "s", prefix = "1" }',
        "map.rating: `prefix` is for names",
    ),
    "a scale upside down": (
        WHOLE + 'map.rating = { path = "s", scale = [10, 0] }',
        "map.rating: `scale`: expected",
    ),
    "a scale of three": (
        WHOLE + 'map.rating = { path = "s", scale = [0, 5, 10] }',
        "map.rating: `scale`: expected",
    ),
    "a scale of words": (
        WHOLE + 'map.rating = { path = "s", scale = ["a", "b"] }',
        "map.rating: `scale`: expected",
    ),
    "a scale elsewhere": (
        WHOLE + 'map.nps = { path = "s", scale = [0, 5] }',
        "map.nps: `scale` is for the field",
    ),
    "a time that is none": (
        WHOLE.replace('"when"', '{ path = "when", time = "rfc822" }'),
        "map.at: time `rfc822` is none",
    ),
    "a time without a year": (
        WHOLE.replace('"when"', '{ path = "w", time = "%H:%M" }'),
        "map.at: time `%H:%M`",
    ),
    "a time elsewhere": (WHOLE + 'map.brand = { path = "x", time = "unix_s" }', "map.brand: `time` is for"),
    "a timezone that does not exist": (
        WHOLE.replace('"when"', '{ path = "w", time = "iso8601", timezone = "Mars/Base" }'),
        "map.at: timezone `Mars/Base` does not exist",
    ),
    "a companion without its owner": (
        WHOLE + 'map.brand = { path = "x", with = "y" }',
        "`with` goes with `join`",
    ),
    "a path with two dots": (WHOLE + 'map.brand = "a..b"', "map.brand: `a..b` is not a path"),
    "a path that ends in a dot": (WHOLE + 'map.brand = "a."', "map.brand: `a.` is not a path"),
    "an empty path": (WHOLE + 'map.brand = ""', "map.brand: `` is not a path"),
    "a path that is a number": (WHOLE + "map.brand = { path = 1 }", "map.brand: `path`: expected text"),
    "a rule that is a number": (WHOLE + "map.brand = 5", "map.brand: expected a path"),
    "any of no list": (WHOLE + 'map.brand = { any = "a" }', "map.brand: `any`: expected a list of paths"),
    "any of tables": (
        WHOLE + "map.brand = { any = [{ a = 1 }] }",
        "map.brand: `any`: expected a list of paths",
    ),
    "coordinates elsewhere": (
        WHOLE + "map.brand = { coordinates = true }",
        "map.brand: { coordinates = true }",
    ),
    "a direction that follows itself": (
        WHOLE + 'map.direction = { inbound = "a", outbound = "b" }',
        "map.direction: `inbound` and `outbound` follow the direction",
    ),
    "sides with more": (
        WHOLE + 'map.brand = { inbound = "a", path = "b" }',
        "`inbound` and `outbound` stand alone",
    ),
    "a wrong rule on one side": (WHOLE + "map.brand = { outbound = 5 }", "map.brand: expected a path"),
    "brand authors without the other side": (
        WHOLE + 'brand_authors = ["@acme"]',
        "map.author: with `brand_authors` it must be { inbound",
    ),
    "csv without columns": ('format = "csv"', 'columns: format = "csv" needs the name of each column'),
    "columns twice": ('preset = "csv"\ncolumns = ["a", "a"]', "columns: "),
    "a column with a dot": ('preset = "csv"\ncolumns = ["a.b", "user"]', "columns: a name cannot have a dot"),
    "columns of JSON": ('preset = "x"\ncolumns = ["a"]', "columns: only format"),
    "a column that is not there": (
        'preset = "csv"\nmap.brand = "label"',
        "map.brand: `label` is none of the columns",
    ),
    "a column that a message needs": ('preset = "csv"\ncolumns = ["date", "user"]', "map.text: is missing"),
}


@pytest.mark.parametrize(("toml", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_mapping_is_refused_at_start_with_its_topic_and_field(toml: str, said: str) -> None:
    refusal = refusal_of(toml)
    assert said in refusal
    assert "source `things`: " in refusal


def test_every_problem_of_a_mapping_is_told_at_once() -> None:
    refusal = refusal_of('map.athor = "x"\nmap.rating = { path = "s", scale = [5, 1] }')
    for field in ("id", "channel", "at", "text", "author", "athor", "rating"):
        assert f"map.{field}: " in refusal


def test_a_plain_canonical_topic_needs_no_mapping() -> None:
    source = source_of("")
    record = b'{"id":"1","channel":"chat","at":"2026-01-01T00:00:00Z","text":"slow","author":"a"}'
    assert (source.preset, read(source, record).text) == ("canonical", "slow")


def test_one_rule_over_the_canonical_preset_leaves_the_other_fields_as_they_are() -> None:
    source = source_of('preset = "canonical"\nmap.brand = { const = "acme" }')
    record = b'{"id":"1","channel":"chat","at":"2026-01-01T00:00:00Z","text":"slow","author":"a","nps":3}'
    message = read(source, record)
    assert (message.brand, message.nps, message.channel) == ("acme", 3, "chat")


SIDED = WHOLE + 'map.author = { inbound = "who", outbound = "to" }\nbrand_authors = ["@Acme"]'


@pytest.mark.parametrize("writer", ["acme", "@acme", "ACME"])
def test_what_a_brand_author_writes_is_outbound_and_names_the_customer(writer: str) -> None:
    source = source_of(SIDED.replace('map.author = "who"', ""))
    message = read(source, json.dumps(RECORD | {"who": writer, "to": "maria"}).encode())
    assert (message.direction, message.author) == ("outbound", "maria")


def test_what_anyone_else_writes_is_inbound_and_names_its_writer() -> None:
    source = source_of(SIDED.replace('map.author = "who"', ""))
    message = read(source, json.dumps(RECORD | {"to": "acme"}).encode())
    assert (message.direction, message.author) == ("inbound", "maria")


def test_a_side_that_is_not_given_is_absent_in_that_direction() -> None:
    rules = WHOLE + 'map.direction = "d"\nmap.followers = { inbound = "f" }'
    value = json.dumps(RECORD | {"d": "outbound", "f": 5}).encode()
    assert read(source_of(rules), value).followers is None


CSV = 'preset = "csv"\ncolumns = ["date", "user", "text"]\nmap.channel = { const = "review" }'


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (b"2026-01-12,maria,late\n", "late"),
        (b"2026-01-12,maria,late\r\n", "late"),
        (b'2026-01-12,maria,"late, ""very""\nlate"', 'late, "very"\nlate'),
        (b"2026-01-12,maria,", ""),
    ],
)
def test_a_csv_row_is_read_as_rfc_4180_has_it(row: bytes, text: str) -> None:
    assert read(source_of(CSV), row).text == text


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (None, "null_value"),
        (b"", "wrong_type"),
        (b"2026-01-12,maria", "wrong_type"),
        (b"2026-01-12,maria,late,more", "wrong_type"),
        (b"2026-01-12,maria,a\n2026-01-12,maria,b", "wrong_type"),
        (b'2026-01-12,maria,"open', "wrong_type"),
        (b"2026-01-12,maria," + b"x" * 2_000_000, "wrong_type"),
        (b"date,user,text", "wrong_type"),
        (b"\xff,maria,late", "invalid_unicode"),
    ],
)
def test_what_is_no_row_of_the_columns_is_rejected(row: bytes | None, reason: str) -> None:
    with pytest.raises(Rejected) as caught:
        source_of(CSV).decode(row, 0, 0)
    assert caught.value.reason == reason


SOURCES = [
    source_of(WHOLE),
    source_of(CSV),
    *(source_of(f'preset = "{name}"') for name in ("x", "zendesk", "csv")),
]


@law
@given(st.sampled_from(SOURCES), st.binary())
def test_any_bytes_become_a_message_or_a_reason_of_the_closed_list(source: Source, value: bytes) -> None:
    try:
        source.decode(value, 0, 0)
    except Rejected as rejected:
        assert rejected.reason in REJECTED_REASONS  # noqa: PT017 - a third outcome is what fails


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


@law
@given(
    st.dictionaries(
        st.sampled_from(["id", "when", "body", "who", "s", "l", "n"]), scalars | st.lists(scalars, max_size=2)
    )
)
def test_any_json_in_the_mapped_fields_becomes_a_message_or_a_reason(record: dict[str, Any]) -> None:
    source = source_of(
        WHOLE
        + 'map.rating = { path = "s", scale = [0, 10] }\nmap.language = "l"\nmap.nps = "n"\nmap.value = "n"'
    )
    try:
        source.decode(json.dumps(RECORD | record).encode(), 0, 0)
    except Rejected as rejected:
        assert rejected.reason in REJECTED_REASONS  # noqa: PT017 - a third outcome is what fails


@law
@given(
    st.dictionaries(
        st.sampled_from(
            ["path", "any", "join", "const", "time", "scale", "values", "default", "inbound", "x"]
        ),
        scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=3), scalars, max_size=2),
        max_size=3,
    ),
    st.sampled_from(["id", "at", "text", "author", "rating", "stage", "direction", "language"]),
)
def test_any_rule_compiles_or_is_refused_with_its_field(rule: dict[str, Any], field: str) -> None:
    whole = tomllib.loads(WHOLE)["map"] | {field: rule}
    try:
        compile_source(SourceSettings(topic="things", map=whole))
    except ConfigError as error:
        assert f"map.{field}: " in str(error)  # noqa: PT017 - a third outcome is what fails


EVENTS = """
kind = "event"
map.id = "order.id"
map.at = "at"
map.customer = "order.customer"
map.name = "type"
map.stage = { path = "type", values = { order_placed = "purchase", cancelled = "former" }, default = "none" }
"""


@pytest.mark.parametrize(
    ("happened", "stage"), [("order_placed", "purchase"), ("cancelled", "former"), ("order_packed", "none")]
)
def test_a_record_of_an_event_source_becomes_a_milestone(happened: str, stage: str) -> None:
    record = {"type": happened, "at": "2026-01-12T08:15:30Z", "order": {"id": 17, "customer": "C-1"}}
    milestone = source_of(EVENTS).decode(json.dumps(record).encode(), 0, 0)
    assert isinstance(milestone, Milestone)
    assert (milestone.id, milestone.customer, milestone.name) == ("17", "C-1", happened)
    assert milestone.stage == stage


def test_a_plain_topic_of_milestones_needs_no_mapping() -> None:
    value = b'{"id":"1","at":"2026-01-01T00:00:00Z","stage":"former","customer":"C-1"}'
    assert isinstance(source_of('kind = "event"').decode(value, 0, 0), Milestone)


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        (EVENTS + 'map.text = "body"', "map.text: no milestone has this field"),
        (EVENTS + 'preset = "zendesk"', "preset: `zendesk` reads messages"),
        (EVENTS + 'brand_authors = ["@acme"]', "brand_authors: an event has no author"),
        (
            EVENTS.replace("map.stage", "map.stge"),
            "map.stge: no milestone has this field; did you mean `stage`?",
        ),
        ('kind = "event"\nmap.id = "id"', "map.stage: is missing; a milestone needs it"),
        (EVENTS.replace("map.customer", "map.author"), "map.channel: is missing; `author` is known"),
        (EVENTS.replace('"former"', '"lead"'), "map.stage: `values.cancelled`: expected one of"),
    ],
)
def test_a_wrong_event_source_is_refused_with_the_field(toml: str, problem: str) -> None:
    assert problem in refusal_of(toml)
