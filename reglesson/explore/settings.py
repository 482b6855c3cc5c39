"""Colours and matplotlib settings: the caller's own, and plain ones where the caller has none.

A figure is drawn once, in the colours of a light page. On the page each colour
of the palette is a CSS variable with a value for light and one for dark. What
is drawn in a colour that is not in the palette looks the same on both.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Any

from reglesson.explore import checks

# matplotlib's own colours, and what they are on a dark page
PALETTE = {
    "ink": ("#000000", "#e8eaed"),
    "paper": ("#ffffff", "#14181e"),
    "grid": ("#b0b0b0", "#4d545c"),
    "blue": ("#1f77b4", "#5cb3f2"),
    "orange": ("#ff7f0e", "#ff9b52"),
    "green": ("#2ca02c", "#4cc38a"),
    "red": ("#d62728", "#ff7b72"),
    "purple": ("#9467bd", "#c4a1e8"),
    "brown": ("#8c564b", "#c9998d"),
    "pink": ("#e377c2", "#f0a3d8"),
    "gray": ("#7f7f7f", "#a4abb5"),
    "olive": ("#bcbd22", "#d0d150"),
    "cyan": ("#17becf", "#4fd8e6"),
}
# text stays text, the page shines through, and the same figure is the same file
RC = {"figure.facecolor": "none", "savefig.facecolor": "none", "svg.fonttype": "none", "svg.hashsalt": "explorer"}
# room for the labels of the axes in a figure as low as these; matplotlib's own margins are made for one half as high again
MARGINS = {"left": 0.13, "right": 0.97, "bottom": 0.17, "top": 0.9}


@dataclass
class Settings:
    """What `configure` was last told."""

    palette: dict
    rc: dict
    most_frames: int
    most_bytes: int
    player_is_there: bool = False  # whether an explorer of this kernel has brought the player along


_CHECKED: dict[str, Any] = {}  # what matplotlib's settings were and what ours, and what both together are
current = Settings(PALETTE, RC, 3000, 5_000_000)


def configure(
    palette: dict[str, tuple[str, str]] | None = None, rc: dict[str, Any] | None = None, most_frames: int = 3000,
    most_bytes: int = 5_000_000,
) -> None:  # fmt: skip
    """Set the colours, the matplotlib settings and the limits of all explorers that are drawn from now on.

    Parameters
    ----------
    palette : dict of {str: (str, str)}, optional
        For each name a colour on a light page and the same on a dark one, as
        "#rrggbb". Draw in the light ones. The names "ink" and "paper" stand
        for black and white too; where they are left out they are that, and
        nearly white and nearly black on a dark page.
    rc : dict, optional
        Settings as in `matplotlib.rcParams`, put on top of those that hold
        where the figure is drawn.
    most_frames : int, optional
        How many frames an explorer on a page may have. Beyond it a build
        stops before it draws.
    most_bytes : int, optional
        How many bytes the pieces of an explorer's frames may have, before the
        page is compressed.

    Raises
    ------
    ValueError
        If a colour or a name of the palette is not of that form, or a limit
        is not a number of frames or bytes.

    Examples
    --------
    >>> configure(palette={"blue": ("#0067b1", "#5cb3f2")})  # doctest: +SKIP
    """
    for argument, given in (("palette", palette), ("rc", rc)):
        if given is not None and not isinstance(given, dict):
            raise ValueError(f"{argument} must be a dict, got {checks.brief(given)}")
    for name, pair in (palette or {}).items():
        if not re.fullmatch(r"[a-z][a-z0-9-]*", checks.text(name, "palette")):
            raise ValueError(f"palette must have names of lower-case letters, digits and hyphens, got {name!r}")
        right = isinstance(pair, (tuple, list)) and len(pair) == 2 and all(isinstance(c, str) for c in pair)
        if not right or not all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in pair):
            raise ValueError(f'palette must have two colours like "#0067b1" for {name!r}, got {checks.brief(pair)}')
    limits = checks.integer(most_frames, "most_frames", 1, 10**9), checks.integer(most_bytes, "most_bytes", 1, 10**12)
    current.most_frames, current.most_bytes = limits  # nothing is changed before all is checked
    current.palette = {name: PALETTE[name] for name in ("ink", "paper")} | palette if palette is not None else dict(PALETTE)
    current.rc = {**RC, **(rc or {})}


@contextlib.contextmanager
def drawing(matplotlib):
    """Have matplotlib draw with these settings for a while; it checks them where they are not those of the last time."""
    rc = matplotlib.rcParams
    before = {name: value for name, value in dict.items(rc) if name != "backend"}
    if _CHECKED.get("of") != (before, current.rc):
        with matplotlib.rc_context(_with_margins(matplotlib)):
            _CHECKED.update(of=(before, dict(current.rc)), give={n: v for n, v in dict.items(rc) if n in before})
    dict.update(rc, _CHECKED["give"])
    try:
        yield
    finally:
        dict.update(rc, before)


def _with_margins(matplotlib):
    """The settings to draw with; margins that neither the caller nor anybody else has set leave room for labels."""
    margins = {f"figure.subplot.{side}": room for side, room in MARGINS.items()}
    untouched = {k: v for k, v in margins.items() if matplotlib.rcParams[k] == matplotlib.rcParamsDefault[k]}
    return {**untouched, **current.rc}


def variables():
    """{colour as it is drawn: name of its variable}, black and white included."""
    return {"#000000": "ink", "#ffffff": "paper"} | {light: name for name, (light, _) in current.palette.items()}


def black():
    """Black as the page writes it; matplotlib's SVG leaves it out."""
    return f"var(--reg-{variables()['#000000']})"
