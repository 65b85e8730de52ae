"""vaderSentiment 3.3.2's exact scores, several times faster; never a different number.

Stock looks at every word many times over. Here what a word is by itself is found once and kept
(`Vocabulary`), and the rules run only at the words that carry sentiment. The order of the float operations
is stock's own throughout, and so are its oddities: where a rule looks wrong, it is stock's.
"""

from math import sqrt
from typing import Any, Final

from monitor.core.finding import Sentiment
from monitor.core.lexicon import Lexicon
from monitor.core.rounding import round_to_3_digits, round_to_4_digits
from monitor.core.vocabulary import Token, Vocabulary

EXCLAMATION_INCREMENT: Final = 0.292
EXCLAMATIONS_MAX: Final = 4
QUESTION_INCREMENT: Final = 0.18
QUESTIONS_MAX: Final = 3
QUESTIONS_MAX_INCREMENT: Final = 0.96
NORMALIZATION_ALPHA: Final = 15.0
#: What is left of a booster one and two words farther off.
SECOND_WORD_FACTOR: Final = 0.95
THIRD_WORD_FACTOR: Final = 0.9
NEVER_SO_FACTOR: Final = 1.25
BEFORE_BUT_FACTOR: Final = 0.5
AFTER_BUT_FACTOR: Final = 1.5


#: Stand for what is before the first word and after the last, so that no rule has to ask where it is.
START: Final = Token("", is_upper=True, in_lexicon=True)
END: Final = Token("", is_upper=True)

NOTHING_SAID: Final = Sentiment(0.0, 0.0, 0.0, 0.0)
NOTHING_FELT: Final = Sentiment(0.0, 1.0, 0.0, 0.0)


class Analyzer:
    """Scores texts with one lexicon; safe to share between threads."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._idioms: dict[str, Any] = dict(lexicon.idioms)
        self._boosters = dict(lexicon.boosters)
        self._capitals = lexicon.capitals_increment
        self._negation = lexicon.negation_factor
        self.vocabulary: Final = Vocabulary(lexicon)
        self._token_of = self.vocabulary.__getitem__

    def score(self, text: str, words: list[str] | None = None) -> Sentiment:
        """Give the sentiment of one text; `words` is its split, where the caller has made it."""
        if words is None:
            words = text.split()
        return self.weigh(text, words, list(map(self._token_of, words)))

    def weigh(self, text: str, words: list[str], found: list[Token]) -> Sentiment:
        """Give the sentiment of a text of which every word's token has been found."""
        stops = [index for index, token in enumerate(found) if token.is_stop]
        count = len(words)
        if not stops:
            return NOTHING_FELT if count else NOTHING_SAID
        # From here on the three words before one stand at its own index and the two after that.
        tokens = [START, START, START, *found, END, END]
        values: list[float] = []
        before_but = -1
        is_mixed: bool | None = None
        for index in stops:
            token = found[index]
            valence = token.valence
            if valence is None:
                if token.has_emoji:
                    described = describe_emoji(words, tokens)
                    return self.score(" ".join(described), described)
                if before_but < 0:
                    before_but = len(values)
            elif (
                token.is_sensitive
                or tokens[index + 2].is_influential
                or tokens[index + 1].is_influential
                or tokens[index].is_influential
            ):
                if is_mixed is None:
                    is_mixed = has_other_than_upper(tokens)
                self._append_value(values, tokens, index, is_mixed=is_mixed)
            else:
                values.append(valence)
        if before_but >= 0:
            values = weigh_around_but(values, before_but)
        return summarize(values, count, text)

    def _append_value(self, values: list[float], tokens: list[Token], index: int, *, is_mixed: bool) -> None:
        """Append what the word counts for among its neighbours."""
        third, second, first, token, following = tokens[index : index + 5]
        if token.word == "kind" and following.word == "of":
            values.append(0.0)
            return
        valence = self._own_value(third, second, first, token, following)
        if token.is_upper and is_mixed:
            valence += self._capitals if valence > 0.0 else -self._capitals
        valence = self._modify(valence, third, second, first, is_mixed=is_mixed)
        idiom = ""
        # A phrase has no word that no rule asks about; most words are such.
        if not third.in_lexicon and (
            (token.opens_idiom and following.word)
            or (token.ends_phrase and first.word)
            or (first.ends_phrase and second.word)
            or (second.ends_phrase and third.word)
        ):
            idiom = self._find_idiom(tokens, index)
            if idiom:
                valence = self._idioms[idiom]
            for phrase in (f"{third.word} {second.word} {first.word}", f"{third.word} {second.word}"):
                valence += self._boosters.get(phrase, 0.0)
            valence += self._boosters.get(f"{second.word} {first.word}", 0.0)
        if first.word == "least" and not first.in_lexicon and second.word not in ("at", "very"):
            valence *= self._negation
        # An int must stay an int: from Python 3.12 on sum() adds ints and floats differently.
        values.append(self._idioms[idiom] if idiom and self._idioms[idiom] == valence else valence)

    def _modify(self, valence: float, third: Token, second: Token, first: Token, *, is_mixed: bool) -> float:
        """Apply the boosters and negations among the three words before."""
        if first.is_influential and not first.in_lexicon:
            valence += self._boost(first, valence, is_mixed=is_mixed)
            if first.negates:
                valence *= self._negation
        if second.is_influential and not second.in_lexicon:
            valence += self._boost(second, valence, is_mixed=is_mixed) * SECOND_WORD_FACTOR
            valence *= self._second_factor(second, first)
        if not third.in_lexicon:
            if third.is_influential:
                valence += self._boost(third, valence, is_mixed=is_mixed) * THIRD_WORD_FACTOR
            valence *= self._third_factor(third, second, first)
        return valence

    def _own_value(self, third: Token, second: Token, first: Token, token: Token, following: Token) -> float:
        """Give the word's valence; "no" either has one or negates the lexicon words after it."""
        valence = token.valence or 0.0
        if first.word == "no" or second.word == "no" or (third.word == "no" and first.word in ("or", "nor")):
            return valence * self._negation
        if token.word == "no" and following.in_lexicon:
            return 0.0
        return valence

    def _boost(self, booster: Token, valence: float, *, is_mixed: bool) -> float:
        boost = booster.boost
        if boost == 0.0:
            return 0.0
        if valence < 0.0:
            boost = -boost
        if booster.is_upper and is_mixed:
            boost += self._capitals if valence > 0.0 else -self._capitals
        return boost

    def _second_factor(self, second: Token, first: Token) -> float:
        if second.word == "never" and first.word in ("so", "this"):
            return NEVER_SO_FACTOR
        if second.negates and not (second.word == "without" and first.word == "doubt"):
            return self._negation
        return 1.0

    def _third_factor(self, third: Token, second: Token, first: Token) -> float:
        if first.word in ("so", "this") or (third.word == "never" and second.word in ("so", "this")):
            return NEVER_SO_FACTOR
        if third.negates and not (third.word == "without" and "doubt" in (first.word, second.word)):
            return self._negation
        return 1.0

    def _find_idiom(self, tokens: list[Token], index: int) -> str:
        """Find the idiom whose number replaces the word's; "" where there is none."""
        idioms = self._idioms
        third, second, first, word, following, last = [token.word for token in tokens[index : index + 6]]
        found = ""
        before = (f"{second} {first}", f"{third} {second} {first}", f"{third} {second}")
        for phrase in (f"{first} {word}", f"{second} {first} {word}", *before):
            if phrase in idioms:
                found = phrase
                break
        # The longer phrase comes last: it has the last word.
        for phrase in (f"{word} {following}", f"{word} {following} {last}"):
            if phrase in idioms:
                found = phrase
        return found


def describe_emoji(words: list[str], tokens: list[Token]) -> list[str]:
    """Put the words that stand for emoji in their place."""
    described: list[str] = []
    for word, token in zip(words, tokens[3:-2], strict=True):
        if token.has_emoji:
            described += token.description
        else:
            described.append(word)
    return described


def has_other_than_upper(tokens: list[Token]) -> bool:
    """Tell whether a word in capitals stands out; START and END count as capitals."""
    for token in tokens:  # noqa: SIM110 (it ends after a word or two, where starting a generator is most of the cost)
        if not token.is_upper:
            return True
    return False


def weigh_around_but(values: list[float], before: int) -> list[float]:
    """Halve the first `before` values and raise the others by half, as stock does it.

    Stock looks each value up to learn where it stands, and so finds the first equal one: of two equal
    values one may be weighed twice and the other not at all.
    """
    weighed = [value * BEFORE_BUT_FACTOR for value in values[:before]]
    weighed += [value * AFTER_BUT_FACTOR for value in values[before:]]
    if set(weighed).isdisjoint(values):
        return weighed
    weighed = values.copy()
    for value in values:
        index = weighed.index(value)
        weighed[index] = value * (BEFORE_BUT_FACTOR if index < before else AFTER_BUT_FACTOR)
    return weighed


def summarize(values: list[float], count: int, text: str) -> Sentiment:
    """Add up what the words of a text of `count` words count for; all that are not in `values` count 0."""
    # The builtin: from Python 3.12 on it compensates for rounding, and stock's results with it.
    total = sum(values)
    positive = negative = 0.0
    neutral = float(count)
    for value in values:
        if value > 0.0:
            positive += value + 1.0
            neutral -= 1.0
        elif value < 0.0:
            negative += value - 1.0
            neutral -= 1.0
    if "!" in text or "?" in text:
        emphasis = emphasis_of(text)
        if total > 0.0:
            total += emphasis
        elif total < 0.0:
            total -= emphasis
        if positive > -negative:
            positive += emphasis
        elif positive < -negative:
            negative -= emphasis
    weight = positive - negative + neutral
    return Sentiment(
        round_to_3_digits(-negative / weight) if negative else 0.0,
        round_to_3_digits(neutral / weight),
        round_to_3_digits(positive / weight) if positive else 0.0,
        round_to_4_digits(total / sqrt(total * total + NORMALIZATION_ALPHA)),
    )


def emphasis_of(text: str) -> float:
    """Give what exclamation and question marks add to the stronger side."""
    emphasis = min(text.count("!"), EXCLAMATIONS_MAX) * EXCLAMATION_INCREMENT
    questions = text.count("?")
    if questions > QUESTIONS_MAX:
        emphasis += QUESTIONS_MAX_INCREMENT
    elif questions > 1:
        emphasis += questions * QUESTION_INCREMENT
    return emphasis
