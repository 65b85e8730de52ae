"""A series: counts by the minute, what was to be expected of each, and whether they have risen above it."""

from collections.abc import Sequence
from typing import Final

import msgspec

from monitor.core.crowd.bounds import Campaign, SurgePolicy
from monitor.core.crowd.rhythm import HOUR_MINUTES, Rhythm, begin_rhythm
from monitor.core.crowd.rise import Excess, Rise, begin_rise, weigh

#: While an alert is open, its end is looked for so often.
_CHECK_MINUTES: Final = 5


class Series(msgspec.Struct, array_like=True):
    """Counts of one subject; every minute before `done` (minutes since 1970) is decided."""

    done: int
    rhythm: Rhythm
    rise: Rise
    #: While something unusual goes on, nothing is learned of what is usual.
    is_usual: bool = True
    was_usual: bool = True
    #: Since the sums left nought, or since a pause began.
    since: int = 0
    events: float = 0.0
    expected: float = 0.0
    #: The squared deviation of the minute before `done`: no minute is judged by noise that is its own.
    unmeasured: float | None = None

    def pass_until(self, minute: int, campaigns: Sequence[Campaign], policy: SurgePolicy) -> float:
        """Take the silence before this minute, and return what was to be expected of it."""
        total = 0.0
        self._measure()
        while self.done < minute:
            end = min(minute, (self.rhythm.hour + 1) * HOUR_MINUTES)
            usual = _expect(self.rhythm, self.done, end, campaigns)
            if self.is_usual:
                self.rhythm.measure(usual, end - self.done)
            total += self._take(0.0, usual, end, campaigns, policy)
        return total

    def take(self, events: float, campaigns: Sequence[Campaign], policy: SurgePolicy) -> float:
        """Take what was counted in the next minute, and return what was to be expected of it."""
        self._measure()
        usual = _expect(self.rhythm, self.done, self.done + 1, campaigns)
        if self.is_usual and usual > 0:
            self.unmeasured = (events - usual) ** 2 / usual
        return self._take(events, usual, self.done + 1, campaigns, policy)

    def find_excess(self, policy: SurgePolicy) -> Excess | None:
        """Find what chance can no longer explain."""
        if max(self.rise.sums) < policy.evidence_at_least:
            return None
        rhythm = self.rhythm
        return self.rise.find_excess(rhythm.level * rhythm.find_caution(policy), rhythm.noise, policy)

    def pause(self) -> None:
        """Stop learning what is usual, and forget what was learned of it since the rise began."""
        self.is_usual = self.was_usual = False
        self.unmeasured = None
        rhythm = self.rhythm
        rhythm.forget(self.events - self.expected - (rhythm.hour_events - rhythm.hour_expected))

    def resume(self, policy: SurgePolicy) -> None:
        """Learn again, and look for the next rise."""
        self.is_usual = True
        self.rise = begin_rise(policy)
        self.events = self.expected = 0.0

    def accept(self) -> None:
        """Take what has come since the pause began as usual."""
        self.rhythm.accept(self.events / max(self.expected, 1.0))

    def weigh_calm(self, calm: float, events: float, expected: float, policy: SurgePolicy) -> float:
        """Weigh the evidence that counts are usual rather than at the least multiple that is looked for."""
        return max(0.0, calm - weigh(events, expected, policy.multiples[0]) / self.rhythm.noise)

    def _measure(self) -> None:
        if self.unmeasured is not None:
            self.rhythm.measure(self.unmeasured, 1)
            self.unmeasured = None

    def _take(
        self, events: float, usual: float, end: int, campaigns: Sequence[Campaign], policy: SurgePolicy
    ) -> float:
        rhythm = self.rhythm
        rhythm.count(events, usual)
        expected = usual * rhythm.find_caution(policy)
        if rhythm.age_hours >= policy.learn_for_hours:
            risen = self.rise.take(events, expected, rhythm.noise, policy)
            if risen or not self.is_usual:
                if self.expected == 0:
                    self.since = end - 1
                self.events += events
                self.expected += usual
            else:
                self.events = self.expected = 0.0
        self.done = end
        if end == (rhythm.hour + 1) * HOUR_MINUTES:
            in_campaign = any(_is_within(campaign, end - 1) for campaign in campaigns)
            rhythm.end_hour(policy, was_usual=self.was_usual, is_expected=in_campaign)
            self.was_usual = self.is_usual
        return expected


def begin_series(minute: int, policy: SurgePolicy) -> Series:
    """Begin with this minute."""
    return Series(minute, begin_rhythm(minute // HOUR_MINUTES), begin_rise(policy))


def find_check(series: Series) -> int:
    """Return the minute on the clock before which the end of an open alert is looked for."""
    return (series.done // _CHECK_MINUTES + 1) * _CHECK_MINUTES


def _expect(rhythm: Rhythm, first: int, end: int, campaigns: Sequence[Campaign]) -> float:
    expected = 0.0
    for minute in range(first, end):
        usual = rhythm.expect(minute)
        for campaign in campaigns:
            if _is_within(campaign, minute):
                usual *= campaign.factor
        expected += usual
    return expected


def _is_within(campaign: Campaign, minute: int) -> bool:
    return campaign.start.timestamp() <= minute * 60 < campaign.until.timestamp()
