"""Each preset turns the documented shape of its API into the canonical message beside it."""

from importlib.resources import files
from pathlib import Path

import pytest

from monitor.core.message import Message, check_message
from monitor.errors import Rejected
from monitor.settings import SourceSettings
from monitor.sources import PRESETS, Source, compile_source
from monitor.wire import decode_message

EXAMPLES = Path(__file__).resolve().parents[2] / "schemas" / "examples" / "sources"
RECORDS = sorted(
    path
    for path in EXAMPLES.iterdir()
    if not path.name.endswith(".message.json") and "internal_note" not in path.name
)


def decode(record: Path) -> Message:
    preset = record.name.split(".")[0]
    brands = ("@Acme",) if preset == "x" else ()
    source = compile_source(SourceSettings(topic="things.csv", preset=preset, brand_authors=brands))
    return read(source, record.read_bytes(), 7)


def read(source: Source, value: bytes, offset: int = 0) -> Message:
    message = source.decode(value, 0, offset)
    assert isinstance(message, Message)
    return message


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_record_becomes_the_message_beside_it(record: Path) -> None:
    expected = decode_message(record.with_suffix(".message.json").read_bytes())
    message = decode(record)
    check_message(message, received_at_seconds=message.at.timestamp(), future_tolerance_seconds=0)
    assert message == expected


def test_every_preset_that_ships_is_listed_and_has_an_example() -> None:
    shipped = {Path(file.name).stem for file in (files("monitor") / "presets").iterdir()}
    assert set(PRESETS) == shipped == {record.name.split(".")[0] for record in RECORDS}


def test_an_internal_note_of_a_helpdesk_is_not_taken_for_an_answer_to_the_customer() -> None:
    with pytest.raises(Rejected) as caught:
        decode(EXAMPLES / "zendesk.internal_note.json")
    assert caught.value.reason == "unknown_value"
    assert "`direction`" in caught.value.detail


def test_the_brands_reply_on_x_names_the_customer_whom_it_answers() -> None:
    inbound, outbound = decode(EXAMPLES / "x.inbound.json"), decode(EXAMPLES / "x.outbound.json")
    assert (inbound.direction, outbound.direction) == ("inbound", "outbound")
    assert inbound.author == outbound.author == "maria_k"
    assert outbound.reply_to == inbound.id


def test_a_post_on_x_without_expansions_is_known_by_its_author_id() -> None:
    source = compile_source(SourceSettings(topic="posts", preset="x"))
    post = (
        b'{"data": {"id": "1", "text": "late", "created_at": "2026-01-12T08:15:30.000Z", "author_id": "22"}}'
    )
    message = read(source, post)
    assert (message.author, message.followers) == ("22", None)


def test_a_post_of_the_brand_that_answers_nobody_stands_under_its_own_handle() -> None:
    source = compile_source(SourceSettings(topic="posts", preset="x", brand_authors=("22",)))
    post = (
        b'{"data": {"id": "1", "text": "new!", "created_at": "2026-01-12T08:15:30.000Z", "author_id": "22"}}'
    )
    message = read(source, post)
    assert (message.direction, message.author) == ("outbound", "22")


def test_an_edited_review_of_google_play_is_a_message_of_its_own_in_the_same_thread() -> None:
    record = EXAMPLES / "google_play.review.json"
    source = compile_source(SourceSettings(topic="reviews", preset="google_play"))
    first = read(source, record.read_bytes())
    edited = read(source, record.read_bytes().replace(b"1768205730", b"1768305730"), 1)
    assert first.id != edited.id
    assert first.thread == edited.thread
