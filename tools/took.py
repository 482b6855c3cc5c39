"""How long the last build of each kind took, and the last run of every test: `make measure` prints it beside the goals."""

import contextlib
import json
from pathlib import Path

KEPT = Path(__file__).resolve().parent.parent / "_build" / ".took.json"
# in seconds
GOALS = {"a build from nothing": 60, "a build after a change of one page": 15, "a build with nothing changed": 3,
         "every test": 300, "the tests of one chapter": 60}  # fmt: skip


def kept(path):
    """What a file of JSON holds; nothing if it was never made, or was cut off by a full disk."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def known():
    """{what: seconds} of what was done since the folder was made."""
    return kept(KEPT)


def remember(what, seconds):
    """Keep how long something took."""
    with contextlib.suppress(OSError):  # it was done all the same
        KEPT.write_text(json.dumps({**known(), what: round(seconds, 1)}), encoding="utf-8")


def beside_goals():
    """{what: (goal, seconds)} of what was done."""
    took = known()
    return {f"{what}, s": (goal, took[what]) for what, goal in GOALS.items() if what in took}
