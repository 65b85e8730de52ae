"""`monitor explain`: a text or a message in, a readable account of every point of every score out."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import EXIT_INPUT, app
from monitor.cli.options import PolicyOption

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from monitor.account import Account, ComplaintAccount, Point
    from monitor.core.finding import Cues
    from monitor.core.message import Message
    from monitor.core.telling import Listeners

_BAR_CHARACTERS = 24


@app.command("explain")
def explain(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What was said; - reads one message as JSON from stdin.")
    ],
    policy: PolicyOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of the page.")] = False,
) -> None:
    """Explain what is found in a text, point by point: sentiment, complaint, cues, listeners.

    Example: monitor explain "my order never arrived"

    Example: echo '{"text": "meh", "rating": 1}' | monitor explain -
    """
    from monitor.account import account_for
    from monitor.errors import Rejected
    from monitor.resources import load_instruments, load_policy

    try:
        account = account_for(_take_message(text), load_instruments(), load_policy(policy))
    except Rejected as error:
        print(f"monitor: {error}", file=sys.stderr)
        raise typer.Exit(EXIT_INPUT) from None
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(account) + b"\n")
        return
    from rich.console import Console

    print_account(Console(highlight=False, soft_wrap=True), account)


def _take_message(text: str) -> "Message":
    from monitor.cli.score import read_message

    if text == "-":
        return read_message(sys.stdin.buffer.read())
    import msgspec

    return read_message(msgspec.json.encode({"text": text}))


def print_account(console: "Console", account: "Account") -> None:
    """Print the account for a person."""
    from rich.text import Text

    console.print(Text(account.text.strip() or "(no text)", "bold"))
    if account.unsupported_language is not None:
        console.print(
            f"\n[bold]Language[/] {account.unsupported_language}: it is not read; rating and emoji alone are scored"
        )
    tone = account.sentiment
    console.print(
        f"\n[bold]Sentiment[/] {tone.result.compound:+.4f}   "
        f"(negative {tone.result.neg:.3f}, neutral {tone.result.neu:.3f}, positive {tone.result.pos:.3f};"
        " by vaderSentiment)"
    )
    _print_points(console, tone.points, bad=-1)
    console.print(f"  [dim]{tone.total:+.3f} in all; compound = s / √(s² + 15)[/]")
    polarity = account.polarity
    console.print(
        f"\n[bold]Polarity[/] negative {polarity.negative:.1%}, neutral {polarity.neutral:.1%},"
        f" positive {polarity.positive:.1%}   (what a reader would call it)"
    )
    if account.complaint is None or account.listeners is None:
        silent = account.unsupported_language is not None
        reason = "there is nothing else to go by" if silent else "the brand itself says this"
        console.print(f"\n[bold]Complaint[/] none: {reason}")
        return
    _print_complaint(console, account.complaint)
    _print_cues(console, account.cues)
    _print_listeners(console, account.listeners)
    fires = account.complaint.result.is_complaint and account.listeners.expected >= account.fires_at_expected
    console.print(
        f"  [dim]e to the sum of these; the detractor alert fires at {account.fires_at_expected:g}:"
        f" it {'fires' if fires else 'stays silent'}[/]"
    )


def _print_complaint(console: "Console", complaint: "ComplaintAccount") -> None:
    found = complaint.result
    verdict = "yes" if found.is_complaint else "no"
    console.print(
        f"\n[bold]Complaint[/] {found.probability:.1%}   {verdict}: from {complaint.threshold:.0%} on"
        + (
            f", about {' and '.join(map(_say, found.categories or (found.category,)))}, {_say(found.severity)}"
            if found.is_complaint
            else ""
        )
    )
    _print_points(console, complaint.points)
    console.print(f"  [dim]{complaint.logit:+.3f} in all; probability = 1 / (1 + e^-x)[/]")
    console.print("  of which the words:")
    _print_points(console, sorted(complaint.words, key=lambda point: -abs(point.value)), indent=4)
    if complaint.phrases:
        said = ", ".join(f"{_say(point.name)} {point.value:g}" for point in complaint.phrases)
        console.print(f"  phrases speak for {said}")


def _print_cues(console: "Console", cues: "Cues") -> None:
    found_cues = [
        _say(name)
        for name in (
            "call_to_action",
            "threat_to_leave",
            "repeated",
            "request_for_action",
            "law_or_press",
            "no_answer",
            "auto_reply",
            "settled",
        )
        if getattr(cues, name)
    ]
    console.print(
        f"\n[bold]Cues[/] arousal {cues.arousal:.2f} of 1" + "".join(f", {one}" for one in found_cues)
    )


def _print_listeners(console: "Console", listeners: "Listeners") -> None:
    console.print(
        f"\n[bold]Listeners[/] {listeners.expected:.1f}   (if unhappy: 80 % between {listeners.low:.0f} and "
        f"{listeners.high:.0f}); more than 20 with {listeners.p_over_20:.0%}"
    )
    for one in listeners.contributions:
        console.print(_line(one.name, one.value, 2), f"[dim]{one.basis}: {one.detail}[/]")
    if listeners.p_reshared_over_20 is not None:
        console.print(
            f"  [dim]of more than 20, reshared so often: {listeners.p_reshared_over_20:.1%}"
            " (estimated from the followers)[/]"
        )


def _print_points(console: "Console", points: "Iterable[Point]", indent: int = 2, bad: int = 1) -> None:
    for point in points:
        console.print(_line(point.name, point.value, indent, bad))


def _line(name: str, value: float, indent: int, bad: int = 1) -> str:
    """Write one part of a sum; `bad` is the sign that speaks against the brand."""
    from rich.markup import escape

    color = "red" if value * bad > 0 else "green"
    bar = "█" * min(_BAR_CHARACTERS, round(abs(value) * 4))
    return f"{' ' * indent}{escape(_say(name)):{36 - indent}} {value:+8.3f} [{color}]{bar}[/]"


def _say(name: str) -> str:
    return name.replace("_", " ")
