"""Draws the demo's background texts from the shared data, so that the sample can be redone.

`python -m tests.quality.sample_texts DATA_FOLDER` writes `monitor/stories/background.jsonl` anew, byte for
byte. It must never read a file whose licence does not allow its rows to be passed on (see `REDISTRIBUTABLE`).
"""

import csv
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from monitor.story import BACKGROUND_FILE, BackgroundText, Kind, Polarity, load_stories

#: The files that the data's README marks "may be redistributed"; nothing else is opened here.
REDISTRIBUTABLE: Final = ("banking77_train.csv", "uci_sentences.csv", "vader_tweets.csv")
SEED: Final = 20150
CHARACTERS: Final = range(20, 281)

#: How many of each: mostly neutral and positive, 13 in 100 labelled negative, as a brand's ordinary week is.
QUOTA: Final[dict[tuple[Kind, Polarity | None], int]] = {
    ("tweet", "positive"): 210,
    ("tweet", "neutral"): 160,
    ("tweet", "negative"): 50,
    ("product_review", "positive"): 250,
    ("product_review", "negative"): 70,
    ("restaurant_review", "positive"): 250,
    ("restaurant_review", "negative"): 70,
    ("support_question", None): 440,
}
#: Of the support questions, how many may be about something that went wrong: 5 in 100 of all texts.
PROBLEM_QUESTIONS: Final = 80
#: Intents in which a customer reports a failure or a charge, rather than asks how something works.
PROBLEM_INTENT: Final = re.compile(
    r"charged|not_recog|not_show|not_work|wrong|declined|failed|reverted|pending|not_updated|not_received"
    r"|blocked|swallowed|unable|extra_charge|request_refund|compromised|lost_or|terminate|not_allowed|cash_withdr"
)


def match_any(words: str) -> re.Pattern[str]:
    """Compile words and stems into one pattern: `_` at an end is a word's edge, `~` a space."""
    edged = (re.sub("^_|_$", r"\\b", word).replace("~", " ") for word in words.split())
    return re.compile("|".join(edged), re.IGNORECASE)


#: Stems of slurs, obscenity, sex, violence and drugs; a text with one is left out whatever it means by it.
OFFENSIVE: Final = match_any(
    r"""
    f+[uo]+c*k _f[*#@] fck phuck frick freak sh[i1*]t s[*]{2} _crap bitch b[*]tch _ass_ asshole jackass
    badass _damn _dang goddam _hell_ he'll~of _dick cock_ cunt pussy penis _tit boob _sex porn hentai
    nude naked whor slut _hoe _ho_ rape nigg _fag _gay lesbi retard tranny douche bastard wank piss suck
    screw bloody wtf lmf?ao stfu _fu_ moron idiot stupid dumb ugly _kill murder suicid _die[sd]?_ _dead
    death memorial _drown _dying shoot shot_ blow[n]?~up _gun bomb terror _war_ _blood drunk _weed_
    meth_ cocaine _high~as hangover _beer vodka booze cancer tumou?r funeral vomit puke diarr poop fart
    cripple pathetic
    """
)
#: Politics, religion, news and the naming of peoples: no matter for a brand's demo.
OFF_TOPIC: Final = match_any(
    r"""
    obama romney palin bush_ clinton bachmann osama _gop_ tea~?party _democrat republican senat congress
    president state~dep secdef supreme~court middle~class politic election _vot(e|ing) _tax liberal
    conservativ govern protest occupy #ows riot police arrest _jail crime military soldier veteran
    immigra _rac(e|ist|ism)_ wikileaks union_ _(white|black)~(people|guy|girl|man) muslim islam
    christian jesus _christ _god_ church bible satan devil _jew pray lord_ catholic religion abortion
    unemploy economy _brit(ish|s)_ french boer israel iraq _iran afghan libya syria middle~east news_
    _RT_ _MT_ https?: www\. \.com_
    """
)
#: Real companies: a fictional brand is meant here, and nobody real should be praised or blamed by a demo.
REAL_BRAND: Final = match_any(
    r"""
    verizon sprint t-?mobile cingul at&t _att_ amazon motorola _moto_ nokia samsung _lg_ jabra
    plantronic palm_ treo sony iphone ipod ipad ibooks apple_ microsoft windows google facebook netflix
    ebay walmart wal-mart starbucks mcdonald subway costco bose_ logitech razr blackberry _htc_ nexus
    virgin linksys siemens skype nano_ _imac _bmw jawbone tracfone ericsson droid metro~?pcs pet~?smart
    comcast _ups_ fedex hooters hut_ firefox dell_ _hp_ myspace mtv_ _nbc_ jetstar neiman nike_ _igo_
    iriver
    """
)
#: A name in mid-sentence, of a place or a person, in a review.
NAME_INSIDE: Final = re.compile(r"(?<=[a-z,;:] )(?!I\b|I'|BBQ|TV|OK|[A-Z]{2,}\b)[A-Z][a-z]+")

#: Rows that pass every filter above and were left out after reading the sample.
LEFT_OUT_BY_HAND: Final = frozenset(
    {
        # Blames a real person, or is about someone's body or another person's harm.
        *(
            f"vader_tweets.csv:{row}"
            for row in (951, 1056, 1631, 1783, 1786, 2254, 2338, 3647, 3986, 3392, 3663)
        ),
        # Plainly labelled wrong, or half a sentence.
        *(f"uci_sentences.csv:{row}" for row in (336, 365, 929, 935, 2820, 2493, 2778)),
        # Not a question of a bank's customer.
        *(f"banking77_train.csv:{row}" for row in (4236, 7940, 9184)),
    }
)


def polarity_of_rating(mean_rating: float) -> Polarity:
    """Raters judged from -4 to 4; within one point of 0 a text counts as neutral here."""
    if mean_rating >= 1:
        return "positive"
    return "negative" if mean_rating <= -1 else "neutral"


def read_candidates(folder: Path) -> Iterator[BackgroundText]:
    for name in REDISTRIBUTABLE:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 1):
                source = f"{name}:{number}"
                text, intent = row["text"], row.get("intent")
                if intent is not None:
                    yield BackgroundText(source=source, kind="support_question", text=text, intent=intent)
                elif name == "vader_tweets.csv":
                    polarity = polarity_of_rating(float(row["mean_rating"]))
                    yield BackgroundText(source=source, kind="tweet", text=text, polarity=polarity)
                elif row["source"] != "imdb":
                    kind: Kind = "product_review" if row["source"] == "amazon_cells" else "restaurant_review"
                    label: Polarity = "positive" if row["label"] == "positive" else "negative"
                    yield BackgroundText(source=source, kind=kind, text=text, polarity=label)


def is_fit(candidate: BackgroundText) -> bool:
    text = candidate.text
    if len(text) not in CHARACTERS or "\n" in text or text != text.strip() or not text.isascii():
        return False
    if OFFENSIVE.search(text) or OFF_TOPIC.search(text) or REAL_BRAND.search(text) or "&amp;" in text:
        return False
    if "hear back from us" in text or "hear from us" in text or "Hearing" in text:  # answers, not questions
        return False
    return candidate.kind not in {"product_review", "restaurant_review"} or not NAME_INSIDE.search(text)


def words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z']+", text.lower().replace("@anonymous", "")))


def draw(candidates: list[BackgroundText], told: frozenset[str]) -> list[BackgroundText]:
    """Fill the quota at random, no text twice, and none that differs from another in a word or two only."""
    left = dict(QUOTA)
    problems_left = PROBLEM_QUESTIONS
    chosen: list[BackgroundText] = []
    seen: dict[Kind, list[frozenset[str]]] = {}
    for candidate in candidates:
        if not any(left.values()):
            break
        key = (candidate.kind, candidate.polarity)
        if not left.get(key) or candidate.source in told | LEFT_OUT_BY_HAND or not is_fit(candidate):
            continue
        is_problem = PROBLEM_INTENT.search(candidate.intent or "") is not None
        if is_problem and not problems_left:
            continue
        words = words_of(candidate.text)
        earlier = seen.setdefault(candidate.kind, [])
        if len(words) < 3 or any(len(words & other) > 0.6 * len(words | other) for other in earlier):
            continue
        earlier.append(words)
        left[key] -= 1
        problems_left -= is_problem
        chosen.append(candidate)
    return chosen


def sample(folder: Path) -> bytes:
    """Draw the whole file anew from the folder of labelled texts, without the rows that a story tells."""
    candidates = list(read_candidates(folder))
    random.Random(SEED).shuffle(candidates)
    told = frozenset(step.source for story in load_stories() for step in story.steps if step.source)
    return msgspec.json.Encoder().encode_lines(draw(candidates, told))


if __name__ == "__main__":
    target = Path(__file__).parents[2] / "monitor" / "stories" / BACKGROUND_FILE
    target.write_bytes(sample(Path(sys.argv[1])))
    print(f"{target.name}: {target.stat().st_size} bytes")
