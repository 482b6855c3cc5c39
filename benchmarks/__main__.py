"""Run the comparisons and print their table.

usage: python -m benchmarks [WORD ...]      (only rows whose function or size contains a word)

Times are medians over four seeds and several repeats. A ratio, ours / theirs, is that of one seed's medians; the table
has the median over seeds and, in brackets, the least and the greatest. Errors, of ours and of theirs, are relative: of
ridge's weights against the closed form; of the lasso and the elastic net, the duality gap over the loss without
weights. The functions of each row stand in this folder. Below the table stands, for each goal that is missed, where the
time of ours goes.
"""

import os
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import linear, measure, networks, peers, startup

ROWS = [*linear.ROWS, *peers.ROWS, *networks.ROWS, *startup.ROWS]
HEAD = "| function in benchmarks/ | size | ours, ms | theirs, ms | ratio (seeds) | goal | met | errors |"


def machine():
    """What the figures depend on, in lines."""
    from threadpoolctl import threadpool_info

    blas = [f"{pool['internal_api']} {pool['version']}: {pool['num_threads']}" for pool in threadpool_info()]
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    names = [words.partition(":")[2].strip() for words in text.splitlines() if words.startswith("model name")]
    packages = []
    for name in ("numpy", "scikit-learn", "torch", *(install.partition("==")[0] for install, _, _ in peers.PEERS.values())):
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            packages.append(f"no {name}")
    return [
        f"{names[0] if names else platform.processor() or 'unknown processor'}, {os.cpu_count()} cores, {platform.system()}",
        f"Python {platform.python_version()}, {', '.join(packages)}",
        f"threads: {', '.join(sorted(set(blas)))}",
    ]


def load():
    """How busy the machine is."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def line(result):
    """A line of the table."""
    row = result.row
    figures = f"{result.ours * 1e3:.3g} | {result.theirs * 1e3:.3g}"
    ratio = f"{result.ratio:.2g} ({min(result.ratios):.2g} to {max(result.ratios):.2g})"
    goal, notes = f"{row.goal:g}", "{:.0e}, {:.0e}".format(*result.errors)
    if row.extra:
        ratio, goal, notes = f"{(result.ours - result.theirs) * 1e3:+.3g} ms", f"+{row.goal * 1e3:g} ms", "–"
    elif result.errors[1] > result.allowed:
        notes += f": theirs misses {result.allowed:.0e}"
    if result.peaks:
        notes += "; peak {:.0f} MB, {:.0f} MB".format(*(peak / 1e6 for peak in result.peaks))
        goal += f", {row.memory / 1e6:.0f} MB"
    return f"| {row.name} | {row.size} | {figures} | {ratio} | {goal} | {'yes' if result.met else 'NO'} | {notes} |"


def shares(profile):
    """A profile in one line."""
    return ", ".join(f"{place} {share:.0%}" for share, place in profile)


def main(words):
    rows = [row for row in ROWS if not words or any(word in f"{row.name} {row.size}" for word in words)]
    if not rows:
        sys.exit(f"No row has {' or '.join(words)} in it; the functions are {', '.join(sorted({row.name for row in ROWS}))}.")
    before, began, lines, missed, wrong = load(), time.perf_counter(), [], [], []
    for k, row in enumerate(rows, 1):
        print(f"[{k:2}/{len(rows)}] {row.name} {row.size} ...", end="", file=sys.stderr, flush=True)
        start = time.perf_counter()
        try:
            result = measure.run(row)
            lines.append(line(result))
            if not result.met and not row.extra:
                missed.append(f"{row.name} {row.size}: {shares(measure.profile(row))}")
        except measure.WrongResultError as error:
            wrong.append(str(error))
        print(f" {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
    print("\n".join([*machine(), f"load {before} before, {load()} after; {time.perf_counter() - began:.0f} s in all", ""]))
    print("\n".join([HEAD, "| --- | --- | --: | --: | --: | --: | --- | --- |", *lines]))
    if not any(row.make is networks.step_against_pytorch for row in ROWS):
        print(f"\n{networks.NOT_MEASURED}")
    for name in peers.MISSING:
        print(f"\n{peers.not_measured(name)}")
    if missed:
        print("\n".join(["", "Where the time goes where a goal is missed, in shares of the whole:", *missed]))
    if wrong:
        sys.exit("\nNot accurate, so not timed:\n" + "\n".join(wrong))


if __name__ == "__main__":
    main(sys.argv[1:])
