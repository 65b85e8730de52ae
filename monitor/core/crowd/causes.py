"""Why a crowd complains: the phrases that set its texts apart from those of its own past.

Strength is log-odds in standard errors, with a prior (Monroe, Colaresi and Quinn 2008). Counts are of texts, not of
words, and bounded: the past is a sketch of hashed phrases that fades by halving.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from math import log, sqrt
from struct import Struct
from typing import Final

import msgspec

#: Phrases of the past share so many counters.
_BUCKETS: Final = 1024
#: At so many texts the past is halved: what was said months ago matters less.
_TEXTS_MAX: Final = 4000
_COUNTER_MAX: Final = 65_535
_COUNTER: Final = Struct("<H")
_COUNTERS: Final = Struct(f"<{_BUCKETS}H")
_NOTHING: Final = bytes(_COUNTERS.size)
_PHRASES_MAX: Final = 4
#: A phrase that two people share may be chance; it must also be in this part of the texts.
_TEXTS_MIN, _SHARE_MIN = 3, 0.12
#: Words that stand together in half of the texts are said together.
_COMPANY_SHARE: Final = 0.5
#: One-sided 99 %: many phrases are looked at.
_Z_MIN: Final = 2.3
#: Before anything is known of the past, a phrase is in one text of fifty.
_PRIOR, _PRIOR_ABSENT = 0.5, 25.0
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?|[.!?;:,•]")
_BREAKS: Final = frozenset(".!?;:,•")
#: Words that say nothing of a cause when they stand alone or at the edge of a phrase.
_PLAIN: Final = frozenset(
    """
    a about after again all am an and any are as at be because been before being but by can can't cannot
    could did didn't do does doesn't doing don't for from get getting got had has have haven't having he her
    here hers him his how i i'd i'll i'm i've if in into is isn't it it's its just me more my never no not
    now of off on one or other our out over please rt she so some such than thank thanks that that's the their
    them then there they they're this those to too u ur us very via was wasn't we we're were what when where
    which who why will with won't would yet you you're your
    """.split()  # noqa: SIM905 - two hundred quotes would be harder to read
)


class Causes(msgspec.Struct, array_like=True):
    """How often each phrase was said in the subject's past."""

    texts: int = 0
    counters: bytes = _NOTHING

    def learn(self, texts: Iterable[str]) -> None:
        """Take texts into the past."""
        counters = bytearray(self.counters)
        for text in texts:
            for phrase in list_phrases(text):
                place = _bucket(phrase) * _COUNTER.size
                (count,) = _COUNTER.unpack_from(counters, place)
                _COUNTER.pack_into(counters, place, min(count + 1, _COUNTER_MAX))
            self.texts += 1
            if self.texts >= _TEXTS_MAX:
                counters = bytearray(_COUNTERS.pack(*[count // 2 for count in _COUNTERS.unpack(counters)]))
                self.texts //= 2
        self.counters = bytes(counters)

    def distinguish(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Find the phrases that these texts have and the past has not, the strongest first."""
        said = Counter(phrase for text in texts for phrase in list_phrases(text))
        counters = _COUNTERS.unpack(self.counters)
        strengths = [
            (_compare(times, len(texts), counters[_bucket(phrase)], self.texts), phrase)
            for phrase, times in said.items()
            if times >= max(_TEXTS_MIN, _SHARE_MIN * len(texts))
        ]
        # Of equally strong ones the longer says more.
        ranked = sorted(strengths, key=lambda entry: (-entry[0], -len(entry[1]), entry[1]))
        chosen: list[str] = []
        for strength, phrase in ranked:
            known = {word for other in chosen for word in other.split()}
            if strength >= _Z_MIN and not known.intersection(phrase.split()):
                longer = _extend(phrase, said)
                chosen.append(phrase if known.intersection(longer.split()) else longer)
        return tuple(chosen[:_PHRASES_MAX])


def _extend(phrase: str, said: Counter[str]) -> str:
    """Say a word in its usual company: "charged twice" rather than "charged"."""
    longer = [
        other
        for other, times in said.items()
        if f" {phrase} " in f" {other} " and times >= _COMPANY_SHARE * said[phrase]
    ]
    return max(longer, key=lambda other: (len(other.split()), said[other], other))


def list_phrases(text: str) -> set[str]:
    """List the words of a text, and the pairs and triples of neighbours, that begin and end with a telling word."""
    words: list[str] = _WORD.findall(text.casefold())
    # A break is no telling word: it can only stand in the middle of three.
    telling = [place for place, word in enumerate(words) if len(word) > 1 and word not in _PLAIN]
    found = {words[place] for place in telling}
    known = set(telling)
    for place in telling:
        if place + 1 in known:
            found.add(f"{words[place]} {words[place + 1]}")
        if place + 2 in known and words[place + 1] not in _BREAKS:
            found.add(f"{words[place]} {words[place + 1]} {words[place + 2]}")
    return found


def _compare(times: int, texts: int, past_times: int, past_texts: int) -> float:
    """Return the log-odds of the phrase now against the past, in standard errors."""
    now = log((times + _PRIOR) / (texts - times + _PRIOR))
    # Phrases share counters: there may be more of them than texts.
    past = log((past_times + _PRIOR) / (max(past_texts - past_times, 0) + _PRIOR_ABSENT))
    return (now - past) / sqrt(1 / (times + _PRIOR) + 1 / (past_times + _PRIOR))


def _bucket(phrase: str) -> int:
    return int.from_bytes(blake2b(phrase.encode(), digest_size=2).digest(), "big") % _BUCKETS
