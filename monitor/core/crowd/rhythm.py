"""The rhythm of a subject: how many complaints an hour are usual, at which hour of the week, and how sure that is.

A level that drifts, times a profile of the week: the hour of the day times the day of the week, and, where enough has
been seen, the hour of the week itself. What is not known yet counts as unsure, never as nought.
"""

from math import exp2, fsum, sqrt
from struct import Struct
from typing import Final

import msgspec

from monitor.core.crowd.bounds import SurgePolicy

DAY_HOURS: Final = 24
WEEK_HOURS: Final = 168
#: 1970 began on a Thursday; weeks are counted from a Monday.
_FIRST_WEEKDAY: Final = 3
HOUR_MINUTES: Final = 60
#: An hour of the day shares what it has seen with its neighbours: a quarter each.
_NEIGHBOUR: Final = 0.25
_SMOOTHING: Final = 0.375
#: The level before anything is known of it: half a complaint in an hour.
_PRIOR_EVENTS, _PRIOR_HOURS = 0.5, 1.0
#: Before it is known, noise is taken to be so many times what chance alone would make: worth a day of measurements.
_PRIOR_NOISE: Final = 2.5
#: Standard errors of a mean of squares that are taken off it.
_CERTAINTY: Final = 2.0
_CELLS: Final = Struct(f"<{2 * WEEK_HOURS}f")
_NOTHING: Final = bytes(_CELLS.size)


class Noise(msgspec.Struct, array_like=True):
    """How far counts lie from what was expected, as a multiple of what chance alone would do."""

    squares: float
    weight: float

    def take(self, square: float, over: float, weight: float = 1.0) -> None:
        """Take the squared deviation, relative to its expected variance; remember the last `over` of them."""
        fade = 1 - min(weight / over, 1.0)
        self.squares = self.squares * fade + square
        self.weight = self.weight * fade + weight

    def ratio(self) -> float:
        """Return the multiple that is certain, at least one: nothing is more regular than chance."""
        return max(1.0, self.squares / self.weight - _CERTAINTY * sqrt(2 / self.weight))


class Rhythm(msgspec.Struct, array_like=True, kw_only=True):
    """What is usual; everything before the hour `hour` (hours since 1970) has been learned."""

    hour: int
    first_hour: int
    events: float = 0.0
    hours: float = 0.0
    #: Per hour of the week what was counted and what the level alone would have given, both fading.
    cells: bytes = _NOTHING
    #: One bit per hour of the week: whether it was unusual when it was last seen.
    unusual: bytes = bytes(WEEK_HOURS // 8)
    #: Of the hour before, this hour and the next: multiples of the level.
    factors: tuple[float, float, float] = (1.0, 1.0, 1.0)
    #: Whether this hour of the week has been seen before.
    seen: bool = False
    #: The relative standard error of level and profile together, for this hour.
    error: float = 1.0
    hour_events: float = 0.0
    hour_expected: float = 0.0
    minutes: Noise
    hourly: Noise

    @property
    def level(self) -> float:
        """Complaints an hour, averaged over a week."""
        return (self.events + _PRIOR_EVENTS) / (self.hours + _PRIOR_HOURS)

    @property
    def age_hours(self) -> int:
        """Hours for which this subject has been watched."""
        return self.hour - self.first_hour

    @property
    def noise(self) -> float:
        """How much noisier than chance alone this subject is."""
        return max(self.minutes.ratio(), self.hourly.ratio())

    def expect(self, minute: int) -> float:
        """Return the complaints that are usual in a minute of this hour."""
        place = (minute % HOUR_MINUTES + 0.5) / HOUR_MINUTES
        before, now, after = self.factors
        factor = before * (0.5 - place) + now * (0.5 + place)
        if place >= 0.5:  # noqa: PLR2004 - the middle of the hour
            factor = now * (1.5 - place) + after * (place - 0.5)
        return self.level * factor / HOUR_MINUTES

    def find_caution(self, policy: SurgePolicy) -> float:
        """Return how many times the usual is taken for it, because it is not exactly known."""
        return (1.0 if self.seen else policy.unseen_hour_multiple) + policy.caution * self.error

    def count(self, events: float, expected: float) -> None:
        """Take what was counted, and what was expected of it, into this hour."""
        self.hour_events += events
        self.hour_expected += expected

    def measure(self, square: float, minutes: int) -> None:
        """Measure the noise of so many minutes by their squared deviations, relative to their variance."""
        if self.age_hours >= DAY_HOURS:
            self.minutes.take(square, HOUR_MINUTES * 2 * WEEK_HOURS, minutes)

    def end_hour(self, policy: SurgePolicy, *, was_usual: bool, is_expected: bool) -> None:
        """End this hour and begin the next.

        Of an unusual hour nothing is learned, unless the same hour of the week before was unusual, too: what comes
        every week is usual. In its first two weeks a subject learns from everything; from a campaign never.
        """
        if not is_expected:
            comes_again = self._comes_again(was_usual=was_usual)
            if was_usual or self.age_hours < 2 * WEEK_HOURS:
                self._learn_level(policy)
                self._learn_profile(policy)
            elif comes_again:
                self._learn_profile(policy)
        self.hour += 1
        self.hour_events = self.hour_expected = 0.0
        self._shape(policy)

    def accept(self, ratio: float) -> None:
        """Take a lasting change of the level as the new level."""
        self.events *= ratio

    def forget(self, excess: float) -> None:
        """Take back what turned out to be unusual; the level stays above nought."""
        self.events -= min(max(excess, 0.0), self.events / 2)

    def _comes_again(self, *, was_usual: bool) -> bool:
        """Note whether this hour was unusual, and tell whether it was so the week before."""
        byte, bit = divmod(_place(self.hour), 8)
        marks = bytearray(self.unusual)
        before = bool(marks[byte] & (1 << bit))
        marks[byte] = marks[byte] & ~(1 << bit) if was_usual else marks[byte] | (1 << bit)
        self.unusual = bytes(marks)
        return before

    def _learn_level(self, policy: SurgePolicy) -> None:
        if self.age_hours > WEEK_HOURS and self.hour_expected > 0:
            usual = self.hour_expected + (policy.rate_error * self.hour_expected) ** 2
            self.hourly.take((self.hour_events - self.hour_expected) ** 2 / usual, 2 * WEEK_HOURS)
        before, now, after = self.factors
        memory_hours = min(
            max(policy.level_memory_complaints / self.level, policy.level_memory_hours_min),
            policy.level_memory_hours_max,
        )
        fade = 1 - 1 / memory_hours
        self.events = self.events * fade + self.hour_events
        self.hours = self.hours * fade + (before + 6 * now + after) / 8

    def _learn_profile(self, policy: SurgePolicy) -> None:
        cells, place = list(_CELLS.unpack(self.cells)), _place(self.hour)
        fade = exp2(-1 / policy.profile_half_life_weeks)
        cells[place] = cells[place] * fade + self.hour_events
        cells[WEEK_HOURS + place] = cells[WEEK_HOURS + place] * fade + self.level
        if self.age_hours < WEEK_HOURS:
            # The level is a guess in the first days, by which the first hours must not be measured for weeks.
            level = self.level
            cells[WEEK_HOURS:] = [level if exposure else 0.0 for exposure in cells[WEEK_HOURS:]]
        self.cells = _CELLS.pack(*cells)

    def _shape(self, policy: SurgePolicy) -> None:
        """Work out the profile around this hour, and how sure it is."""
        cells = _CELLS.unpack(self.cells)
        counted, exposed = cells[:WEEK_HOURS], cells[WEEK_HOURS:]
        prior, own = policy.profile_prior, policy.week_hour_prior
        day_counts, day_factors = _smooth_hours(counted, exposed, prior)
        week_counts, week_factors = _compare_days(counted, exposed, prior)

        def find_usual(hour: int) -> float:
            place = _place(hour)
            return day_factors[place % DAY_HOURS] * week_factors[place // DAY_HOURS]

        def find_factor(hour: int) -> float:
            # Neighbours deviate together: a weekend is quieter for hours.
            count = expected = own
            for near, weight in ((hour - 1, _NEIGHBOUR), (hour, 1 - 2 * _NEIGHBOUR), (hour + 1, _NEIGHBOUR)):
                place = _place(near)
                count += weight * counted[place]
                expected += weight * exposed[place] * find_usual(near)
            return find_usual(hour) * count / expected

        self.factors = (find_factor(self.hour - 1), find_factor(self.hour), find_factor(self.hour + 1))
        place = _place(self.hour)
        self.seen = exposed[place] > 0
        self.error = sqrt(
            1 / (day_counts[place % DAY_HOURS] / _SMOOTHING + prior)
            + 1 / (week_counts[place // DAY_HOURS] + prior)
            + 1 / (self.events + _PRIOR_EVENTS)
        )


def begin_rhythm(hour: int) -> Rhythm:
    """Begin with this hour, of which nothing is known."""
    return Rhythm(
        hour=hour,
        first_hour=hour,
        minutes=_guess_noise(DAY_HOURS * HOUR_MINUTES),
        hourly=_guess_noise(DAY_HOURS),
    )


def _guess_noise(weight: float) -> Noise:
    return Noise(_PRIOR_NOISE * weight, float(weight))


def _place(hour: int) -> int:
    """Return the hour of the week, which begins on a Monday."""
    return (hour + _FIRST_WEEKDAY * DAY_HOURS) % WEEK_HOURS


def _smooth_hours(
    counted: tuple[float, ...], exposed: tuple[float, ...], prior: float
) -> tuple[list[float], list[float]]:
    """Return, per hour of the day, the smoothed counts and the factors, whose mean is one."""
    counts = [fsum(counted[hour::DAY_HOURS]) for hour in range(DAY_HOURS)]
    exposures = [fsum(exposed[hour::DAY_HOURS]) for hour in range(DAY_HOURS)]
    smooth, factors = [], []
    for hour in range(DAY_HOURS):
        before, after = hour - 1, (hour + 1) % DAY_HOURS
        count = counts[hour] / 2 + _NEIGHBOUR * (counts[before] + counts[after])
        exposure = exposures[hour] / 2 + _NEIGHBOUR * (exposures[before] + exposures[after])
        smooth.append(count)
        factors.append((count + prior) / (exposure + prior))
    return smooth, _normalise(factors)


def _compare_days(
    counted: tuple[float, ...], exposed: tuple[float, ...], prior: float
) -> tuple[list[float], list[float]]:
    """Return, per day of the week, the counts and the factors, whose mean is one."""
    days = range(0, WEEK_HOURS, DAY_HOURS)
    counts = [fsum(counted[day : day + DAY_HOURS]) for day in days]
    exposures = [fsum(exposed[day : day + DAY_HOURS]) for day in days]
    factors = [
        (count + prior) / (exposure + prior) for count, exposure in zip(counts, exposures, strict=True)
    ]
    return counts, _normalise(factors)


def _normalise(factors: list[float]) -> list[float]:
    mean = fsum(factors) / len(factors)
    return [factor / mean for factor in factors]
