"""How a comparison is made: equal accuracy first, then ours and theirs in turn, in one process.

Every comparison is a function that is given a seed, after the arguments of its
rows, and returns a `Trial`. The machine's mood changes within seconds, so that
ours and theirs follow each other at once, in an order that alternates, and the
table shows medians over all repeats and seeds.
"""

import cProfile
import math
import pstats
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SEEDS = (0, 1, 2, 3)
REPEATS = 7
SECONDS = 0.6  # for the repeats of one seed; a pair that takes longer is run once a seed
SHORTEST = 0.002  # what takes less is called several times in a row, for clocks to see it


@dataclass(frozen=True)
class Trial:
    """Two calls that do the same work, and how far each result is from the truth.

    errors is a function of both results that returns the errors of ours and of theirs; above `allowed`, ours is an
    error in the package, and theirs is marked in the table. Times are divided by `per`, the steps in one call.
    """

    ours: Callable
    theirs: Callable
    errors: Callable
    allowed: float
    per: int = 1


@dataclass(frozen=True)
class Row:
    """A line of the table: a function that makes a `Trial`, its arguments before the seed, and the goal.

    goal is a ratio; where extra is true it is in seconds, by which ours may take longer than theirs.
    memory, if given, is the most that ours may hold at once, in bytes.
    """

    make: Callable
    size: str
    goal: float
    arguments: tuple = ()
    extra: bool = False
    memory: float | None = None

    @property
    def name(self):
        """The function that the figures come from."""
        return f"{self.make.__module__.rpartition('.')[2]}.{self.make.__name__}"


@dataclass(frozen=True)
class Result:
    """What was measured: median seconds of ours and theirs, the ratio of each seed's medians, the worst errors, peaks in bytes."""

    row: Row
    ours: float
    theirs: float
    ratios: list
    errors: tuple
    allowed: float
    peaks: tuple | None

    @property
    def ratio(self):
        """Ours / theirs, the median over seeds: below 1 is faster."""
        return statistics.median(self.ratios)

    @property
    def met(self):
        """Whether the goal is met."""
        figure = self.ours - self.theirs if self.row.extra else self.ratio
        return figure <= self.row.goal and (self.peaks is None or self.peaks[0] <= self.row.memory)


class WrongResultError(ArithmeticError):
    """What the package computed is not accurate, so that its time means nothing."""


def run(row, seeds=SEEDS, repeats=REPEATS, seconds=SECONDS):
    """Measure one row of the table."""
    pairs, errors, peaks = [], [], None
    for seed in seeds:
        trial = row.make(*row.arguments, seed)
        first = [_timed(call) for call in (trial.ours, trial.theirs)]
        errors.append(trial.errors(*(result for _, result in first)))
        if not errors[-1][0] <= trial.allowed:
            raise WrongResultError(f"{row.name} {row.size}, seed {seed}: ours is off by {errors[-1][0]:.1e}")
        pairs.append([[took / trial.per for took in _pair(trial, first, turn)] for turn in _turns(first, repeats, seconds)])
        if row.memory and peaks is None:
            peaks = peak(trial.ours)[1], peak(trial.theirs)[1]
    ours, theirs = (statistics.median(pair[k] for one in pairs for pair in one) for k in (0, 1))
    ratios = [statistics.median(a for a, _ in one) / statistics.median(b for _, b in one) for one in pairs]
    return Result(row, ours, theirs, ratios, tuple(map(max, zip(*errors, strict=True))), trial.allowed, peaks)


def profile(row, seed=SEEDS[0], seconds=SECONDS, most=6):
    """Where the time of ours goes: [(share, function), ...], the `most` largest shares of functions' own time.

    Arithmetic with operators belongs to the function in which it stands. The profiler's own work is in the shares, too,
    so that functions which are called often look somewhat slower than they are.
    """
    call = row.make(*row.arguments, seed).ours
    call()
    watch, end = cProfile.Profile(), time.perf_counter() + seconds
    while time.perf_counter() < end:
        watch.runcall(call)
    spent = [(own, _place(function)) for function, (_, _, own, _, _) in pstats.Stats(watch).stats.items()]
    total = sum(own for own, _ in spent)
    return [(own / total, place) for own, place in sorted(spent, reverse=True)[:most]]


def _place(function):
    file, _, name = function
    return name.strip("<>").removeprefix("built-in method ") if file == "~" else f"{Path(file).stem}.{name}"


def _turns(first, repeats, seconds):
    """0, 1, ... while there is time; one turn that takes longer than that is done already."""
    if sum(took for took, _ in first) > seconds:
        yield None
        return
    end = time.perf_counter() + seconds
    for turn in range(repeats):
        if turn > 2 and time.perf_counter() > end:
            return
        yield turn


def _pair(trial, first, turn):
    """Seconds that one call of each takes."""
    if turn is None:
        return [took for took, _ in first]
    took = [0.0, 0.0]
    for k in (0, 1) if turn % 2 == 0 else (1, 0):
        calls = math.ceil(SHORTEST / max(first[k][0], 1e-6))
        took[k] = _timed((trial.ours, trial.theirs)[k], calls)[0]
    return took


def _timed(call, calls=1):
    began = time.perf_counter()
    for _ in range(calls):
        result = call()
    return (time.perf_counter() - began) / calls, result


def peak(call):
    """What a call returns, and the most bytes that it holds at once, NumPy's arrays included."""
    tracemalloc.start()
    try:
        return call(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
