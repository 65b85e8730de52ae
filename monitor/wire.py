"""Bytes to core records and back; every way a record can be bad ends in one `Rejected` reason, never a crash.

A detail names fields of our own type and never quotes the record: details are logged.
"""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final, Generic, NoReturn, TypeVar, cast, get_type_hints

import msgspec
from msgspec import inspect

from monitor.core.message import Message
from monitor.core.milestone import Milestone
from monitor.core.outcome import Outcome
from monitor.errors import Rejected

#: A canonical message is flat and a post with its expansions nests below ten. The bound is ours because
#: Python's recursion limit depends on the caller's stack: a replay could judge the same record differently.
NESTING_MAX: Final = 64

_GOT: Final = {
    "str": "a string",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
# A string may lack its closing quote, so that no input makes this backtrack.
_STRING_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_FIELD_AT_END: Final = re.compile(r" - at `\$\.(\w+)`$")
_GOT_TYPE: Final = re.compile(r", got `(\w+)`")

_json_decoder: Final = msgspec.json.Decoder()
_encoder: Final = msgspec.json.Encoder()


Record = TypeVar("Record", bound=msgspec.Struct)


class Form(Generic[Record]):
    """One canonical form: what each of its fields takes, and its records read from bytes or from mapped values."""

    def __init__(self, record: type[Record]) -> None:
        self._record = record
        self.name: Final = record.__name__.lower()
        self._decoder = msgspec.json.Decoder(record)
        self.types: Final[Mapping[str, Any]] = get_type_hints(record, include_extras=True)
        #: What each field takes, in words; the keys are all the fields there are.
        self.expected: Final[Mapping[str, str]] = {
            field.name: _expectation(field.type)
            for field in cast("inspect.StructType", inspect.type_info(record)).fields
        }

    def decode(self, value: bytes | None) -> Record:
        """Decode a record that is in canonical form.

        Raises:
            Rejected: with the reason and the field.

        """
        if value is None:
            _reject_null()
        try:
            return self._decoder.decode(value)
        except msgspec.ValidationError as error:
            _check_nesting(value)
            raise self.to_rejected(error) from None
        except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
            _reject_unreadable(value)

    def build(self, fields: Mapping[str, Any]) -> Record:
        """Build the record from mapped values; numbers may be given as strings.

        Raises:
            Rejected: with the reason and the field.

        """
        try:
            return msgspec.convert(fields, self._record, strict=False)
        except msgspec.ValidationError as error:
            raise self.to_rejected(error) from None

    def to_rejected(self, error: msgspec.ValidationError) -> Rejected:
        """Say in the design's words, without the record's, what msgspec found wrong with a record."""
        text = str(error)
        if text.startswith("Object contains unknown field"):
            unknown = text.split("`")[1]
            near = get_close_matches(unknown, self.expected, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(self.expected)}"
            return Rejected("unknown_value", f"the record has a field that no {self.name} has; {hint}")
        if text.startswith("Object missing required field"):
            field = text.split("`")[1]
            return Rejected("missing_field", f"`{field}` is missing: expected {self.expected[field]}")
        place = _FIELD_AT_END.search(text)
        if place is None or place[1] not in self.expected:
            got_type = _GOT_TYPE.search(text)
            return Rejected(
                "wrong_type",
                f"the record: expected an object, got {_GOT[got_type[1]] if got_type else 'another'}",
            )
        field = place[1]
        if text.startswith("Invalid enum value"):
            return Rejected("unknown_value", f"`{field}`: expected {self.expected[field]}")
        return Rejected("wrong_type", f"`{field}`: expected {self.expected[field]}, got {_got(text)}")


def decode_json(value: bytes | None) -> Any:  # noqa: ANN401 - the shape is the user's own
    """Decode a record of any shape, for a source's mapping.

    Raises:
        Rejected: when it is not JSON, nests too deeply, or holds what is no Unicode text.

    """
    if value is None:
        _reject_null()
    _check_nesting(value)
    try:
        return _json_decoder.decode(value)
    except (UnicodeDecodeError, msgspec.DecodeError):
        _reject_unreadable(value)


def encode_message(message: Message) -> bytes:
    return _encoder.encode(message)


def _got(text: str) -> str:
    got_type = _GOT_TYPE.search(text)
    if got_type:
        return _GOT[got_type[1]]
    if "timezone component" in text:
        return "one without an offset (add Z where it is UTC)"
    if "RFC3339" in text or "matching" in text:
        return "a string of another form"
    return "one out of bounds"


def _reject_null() -> NoReturn:
    raise Rejected("null_value", "the record has no value (a tombstone); a message is never deleted that way")


def _reject_unreadable(value: bytes) -> NoReturn:
    """Say why the bytes cannot be read; slow, which only bad records pay for."""
    _check_nesting(value)
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise Rejected("invalid_unicode", f"byte {error.start} of the record is not UTF-8") from None
    try:
        # The standard library takes lone surrogates, msgspec does not: that is how they are told apart.
        parsed = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Rejected("not_json", "the record is not one JSON document (RFC 8259)") from None
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Rejected("invalid_unicode", "a \\u escape is half of a surrogate pair") from None
    raise Rejected("not_json", "a number in the record is too large to be read")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_nesting(value: bytes) -> None:
    if value.count(b"[") + value.count(b"{") <= NESTING_MAX:
        return
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(value):
        first = token[0][:1]
        if first in b"[{":
            depth += 1
            if depth > NESTING_MAX:
                raise Rejected("too_deep", f"the record nests more than {NESTING_MAX} levels")
        elif first in b"]}":
            depth -= 1


def _expectation(kind: inspect.Type) -> str:  # noqa: PLR0911 - one return for each type there is
    """Say in words what a field of the message takes."""
    match kind:
        case inspect.Metadata(type=inner):
            return _expectation(inner)
        case inspect.UnionType(types=types):
            return _expectation(next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.LiteralType(values=values):
            return f"one of {', '.join(str(value) for value in values)}"
        case inspect.DateTimeType():
            return "a time with an offset, like 2026-01-31T12:00:00Z"
        case inspect.IntType(ge=low, le=high):
            return f"a whole number from {low} to {high}"
        case inspect.FloatType(ge=low, le=high):
            return f"a number from {low} to {high:g}"
        case inspect.StrType(pattern=str(pattern)):
            is_link = pattern.startswith("^http")
            return (
                "an address like https://example.org/posts/7"
                if is_link
                else "a language tag like en or pt-BR"
            )
        case inspect.StrType(max_length=int(longest)):
            return f"a string of 1 to {longest} characters"
    return "a string"


MESSAGE: Final = Form(Message)
MILESTONE: Final = Form(Milestone)
OUTCOME: Final = Form(Outcome)
decode_message: Final = MESSAGE.decode
message_of: Final = MESSAGE.build
