"""`monitor score`: a Unix filter that says of each message, on its own, how it sounds and who will hear of it."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec
import typer

from monitor.cli import EXIT_INPUT, app
from monitor.cli.options import PolicyOption

if TYPE_CHECKING:
    from monitor.core.message import Message

_LINE_MAX_BYTES: Final = 4 * 1024 * 1024

#: What a line leaves out; only `text` it must give.
_DEFAULTS: Final[dict[str, Any]] = {
    "id": "-",
    "channel": "social",
    "author": "-",
    "at": datetime(1970, 1, 1, tzinfo=UTC).isoformat(),
}


@app.command("score")
def score(policy: PolicyOption = None) -> None:
    """Read messages as JSON lines on stdin, at least {"text": …}; write a finding for each on stdout.

    A bad line yields {"error": …} in its place and a message on stderr; the rest is scored, and the exit code is 1.
    Fields that are not of a message are ignored.

    Example: echo '{"text": "my order never arrived"}' | monitor score
    """
    from monitor.resources import load_instruments, load_policy

    faults = _filter(sys.stdin.buffer, sys.stdout.buffer, load_instruments(), load_policy(policy))
    if faults:
        raise typer.Exit(EXIT_INPUT)


def _filter(lines: IO[bytes], findings: IO[bytes], instruments: Any, policy: Any) -> int:  # noqa: ANN401 - lazy imports
    from monitor.core.pipeline import hear, judge
    from monitor.errors import Rejected

    faults = 0
    encode = msgspec.json.Encoder().encode
    for number, line in enumerate(_read_lines(lines), start=1):
        if not line.strip():
            continue
        try:
            message = read_message(line)
            heard, unsupported = hear(message, instruments, message.text.split())
            sentiment, polarity, complaint, listeners = judge(heard, instruments, policy)
        except Rejected as error:
            faults += 1
            print(f"monitor: line {number}: {error}", file=sys.stderr)
            finding: dict[str, Any] = {"error": str(error)}
        else:
            finding = {
                "sentiment": sentiment,
                "polarity": polarity,
                "complaint": complaint,
                "listeners": listeners,
            }
            if unsupported is not None:
                finding = {"unsupported_language": unsupported, **finding}
        findings.write(encode(finding) + b"\n")
        if findings.isatty():
            findings.flush()
    findings.flush()
    return faults


def _read_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield each line, of one that is too long only its beginning: an endless line must not fill the memory."""
    while line := stream.readline(_LINE_MAX_BYTES + 1):
        rest = line
        while len(rest) > _LINE_MAX_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(_LINE_MAX_BYTES + 1)
        yield line


def read_message(line: bytes) -> "Message":
    """Read one message of which little more than the text may be given.

    Raises:
        Rejected: it is none; the reason says why.

    """
    from monitor.core.message import Message
    from monitor.errors import Rejected
    from monitor.wire import decode_json, message_of

    if len(line) > _LINE_MAX_BYTES:
        raise Rejected("text_too_long", f"a line has at most {_LINE_MAX_BYTES} bytes")
    document = decode_json(line)
    if not isinstance(document, dict):
        raise Rejected("wrong_type", 'expected an object like {"text": "…"}')
    known = {name: value for name, value in document.items() if name in Message.__struct_fields__}
    return message_of(_DEFAULTS | known)
