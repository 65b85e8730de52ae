"""Claims about the cues beside a complaint."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.cues import find_cues
from monitor.core.finding import Sentiment

CALM = Sentiment(0.0, 1.0, 0.0, 0.0)

SAID = [
    ("call_to_action", "Do not buy this, stay away from them."),
    ("call_to_action", "Boycott @shopwell"),
    ("call_to_action", "Everyone should know how they treat people"),
    ("call_to_action", "Don\u2019t waste your money"),
    ("call_to_action", "Please RT so that others see this"),
    ("call_to_action", "If you are reading this please don't go there."),
    ("call_to_action", "dont go here."),
    ("call_to_action", "I will never ever recommended this place to anyone!"),
    ("call_to_action", "PLEASE DON\u2019T GO"),
    ("threat_to_leave", "I will never go back to this place"),
    ("threat_to_leave", "WILL NEVER EVER GO BACK"),
    ("threat_to_leave", "We are never coming back."),
    ("threat_to_leave", "We won't be going back anytime soon"),
    ("threat_to_leave", "Can you please delete my account?"),
    ("threat_to_leave", "take my money elsewhere"),
    ("threat_to_leave", "I'm switching to another provider"),
    ("threat_to_leave", "cancelling my subscription today"),
    ("threat_to_leave", "We will not be back."),
    ("threat_to_leave", "You just lost a customer"),
    ("threat_to_leave", "I will never order from you again"),
    ("repeated", "This is the third time I call"),
    ("repeated", "I already told your colleague"),
    ("repeated", "I have emailed you three times"),
    ("repeated", "still no answer"),
    ("request_for_action", "Please refund my order"),
    ("request_for_action", "I want my money back"),
    ("request_for_action", "can someone please look into this?"),
    ("request_for_action", "@acme fix this now"),
    ("request_for_action", "Give me my money back!"),
    ("request_for_action", "I need you to call me back today"),
    ("law_or_press", "You will hear from my lawyer"),
    ("law_or_press", "I am reporting this to the ombudsman"),
    ("law_or_press", "See you in court"),
    ("law_or_press", "I'm going to the press with this"),
    ("law_or_press", "I will contact Trading Standards and the local news"),
    ("law_or_press", "I'm going to sue you"),
    ("no_answer", "Two weeks and no reply to my emails"),
    ("no_answer", "Nobody answers the phone"),
    ("no_answer", "I never heard back from you"),
    ("no_answer", "they haven\u2019t responded since Monday"),
    ("no_answer", "You keep ignoring me"),
    ("no_answer", "I have not received any response"),
    ("auto_reply", "We have received your message and will get back to you shortly."),
    ("auto_reply", "This is an automated reply, please do not reply to this email."),
    ("auto_reply", "Your ticket #4211 has been created."),
    ("settled", "Thanks, sorted now"),
    ("settled", "it works now, thank you"),
    ("settled", "The problem has been resolved, great service"),
    ("settled", "you fixed it, cheers"),
]
NOT_SAID = [
    ("call_to_action", "I could not avoid the traffic this morning"),
    ("call_to_action", "I want to buy two more of these"),
    ("call_to_action", "People love this shop"),
    ("threat_to_leave", "The train leaves at nine"),
    ("threat_to_leave", "Can I switch the language of the app?"),
    ("threat_to_leave", "I never had a problem"),
    ("call_to_action", "I would recommend this place to anyone"),
    ("call_to_action", "We never go there"),
    ("threat_to_leave", "They never come back to me with an answer"),
    ("threat_to_leave", "I will never go back on my word"),
    ("threat_to_leave", "Why did you delete my account?"),
    ("threat_to_leave", "They just take my money"),
    ("repeated", "2nd attempt at baking a cake"),
    ("repeated", "What time do you open?"),
    ("repeated", "Had a great time again"),
    ("request_for_action", "Thank you for the refund"),
    ("request_for_action", "I need a holiday"),
    ("request_for_action", "They fixed it within an hour"),
    ("request_for_action", "Can I pay by card?"),
    ("law_or_press", "Press the red button to start"),
    ("law_or_press", "Your social media team is lovely"),
    ("law_or_press", "Sue from support was great"),
    ("law_or_press", "The tennis court was clean"),
    ("law_or_press", "I am a lawyer and I like this app"),
    ("no_answer", "I never reply to surveys"),
    ("no_answer", "No reply needed, thanks"),
    ("no_answer", "Nobody else answers as fast as you"),
    ("no_answer", "I ignored the advert at first"),
    ("auto_reply", "Sorry to hear that Anna, I have ordered a replacement for you."),
    ("auto_reply", "I never received my parcel"),
    ("settled", "Please get this sorted"),
    ("settled", "still not fixed"),
    ("settled", "when will it be resolved?"),
    ("settled", "This is a mess"),
]


@pytest.mark.parametrize(("cue", "text"), SAID)
def test_a_cue_that_is_said_is_found(cue: str, text: str) -> None:
    assert getattr(find_cues(text, CALM), cue) is True


@pytest.mark.parametrize(("cue", "text"), NOT_SAID)
def test_a_cue_that_is_not_said_is_not_found(cue: str, text: str) -> None:
    assert getattr(find_cues(text, CALM), cue) is False


@pytest.mark.parametrize(
    "frame", ["({})", "so...{}", "{}\u2026", "\n{}\t", "\u201c{}\u201d", "x " * 400 + ". {}"]
)
@pytest.mark.parametrize(
    ("cue", "text"),
    [
        ("call_to_action", "boycott"),
        ("threat_to_leave", "uninstalling it, I'm switching"),
        ("repeated", "still waiting"),
        ("auto_reply", "automated reply"),
        ("settled", "never mind"),
    ],
)
def test_a_cue_is_found_whatever_stands_around_it(cue: str, text: str, frame: str) -> None:
    assert getattr(find_cues(frame.format(text), CALM), cue) is True


@given(st.lists(st.sampled_from([text for _, text in SAID + NOT_SAID])), st.randoms(use_true_random=False))
def test_what_was_read_before_never_changes_a_cue(texts: list[str], random: Random) -> None:
    once = {text: find_cues(text, CALM) for text in texts}
    random.shuffle(texts)
    assert {text: find_cues(text, CALM) for text in texts} == once


@pytest.mark.parametrize(
    ("text", "loud"), [("AB !!", 0), ("ABC", 1), ("abc A1. Xyz", 1), ("\u00c9T\u00c9 IN ROME", 2)]
)
def test_words_of_three_capitals_and_more_are_loud(text: str, loud: int) -> None:
    shouting = find_cues(text.replace("!", ""), CALM).arousal
    assert shouting == pytest.approx(0.25 * loud / 3)


def test_shouting_arouses_more_than_saying_the_same_calmly() -> None:
    calm = find_cues("this is a mess", CALM).arousal
    loud = find_cues("THIS IS A MESS!!!", CALM).arousal
    assert calm == 0.0
    assert loud > 0.4


def test_intense_words_arouse_whichever_way_they_point() -> None:
    for compound in (-0.9, 0.9):
        assert find_cues("so", Sentiment(0.0, 0.0, 0.0, compound)).arousal == pytest.approx(0.36)


@given(st.text(), st.floats(-1, 1))
def test_any_text_has_an_arousal_between_0_and_1(text: str, compound: float) -> None:
    assert 0.0 <= find_cues(text, Sentiment(0.0, 1.0, 0.0, compound)).arousal <= 1.0
