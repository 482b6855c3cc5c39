"""The explorer: what `explore` returns, its frames and sentences, and the forms that a notebook shows."""

from __future__ import annotations

import base64
import contextlib
import gc
import hashlib
import inspect
import itertools
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reglesson.explore import checks, cut, live, page, pictures, same, settings
from reglesson.explore.frames import level
from reglesson.explore.grids import Slider


@contextlib.contextmanager
def _swept_by_hand() -> Iterator[None]:
    """Have Python not look for what frames leave behind, as it would many times in each; whoever draws them does."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def explore(
    draw: Callable[..., str],
    *,
    figsize: tuple[float, float] = (5.4, 3.2),
    live: dict[str, Slider | tuple[str, str]] | None = None,
    **sliders: Slider,
) -> Explorer:
    """Make a figure with sliders from one draw function.

    Parameters
    ----------
    draw : callable
        Called with a fresh matplotlib figure and a value of each slider, it
        draws on it and returns one sentence, whose numbers CI compares. A
        warning, and a text that the figure's edge cuts, counts as an error
        when a frame is drawn. The first
        paragraph of its docstring is the line below the figure, the others
        are folded as "How to read this figure", and all of it is the text
        alternative. Its name, with hyphens, is the explorer's address on the
        page (``#name?lam=10``), and of two figures of one name that of the
        first.
    figsize : tuple of float
        Width and height in inches; 5.4 wide is legible on a phone.
    live : dict of {str: Slider or (str, str)}, optional
        Marks a figure that a site with Python in the page may let its reader
        change: any value of the sliders, a new draw of random data, and a
        slider for each name here, a number of the notebook that the figure
        depends on. Where the figure shows points, ``"points": ("x", "y")``
        names two arrays of the notebook, their places across and upwards,
        and the reader moves, adds and removes points. It may be empty;
        without it nothing is marked.
    **sliders : Slider
        A `log_slider`, `slider` or `choice` for each argument of `draw`.

    Returns
    -------
    Explorer
        What a notebook displays.

    Raises
    ------
    ValueError
        If the docstring is missing, the sliders are not the arguments of
        `draw`, or `live` holds something else than sliders of numbers and
        the names of two arrays.

    Examples
    --------
    >>> from reglesson.explore import slider
    >>> def line(fig, slope):
    ...     "Look at how steep the line is."
    ...     fig.subplots().plot([0, 1], [0, slope])
    ...     return f"The slope is {slope}."
    >>> print(explore(line, slope=slider(0, 2, 1)).text())
    The slope is 1.
    The slope is 0.
    The slope is 2.
    """
    if not inspect.isfunction(draw):
        raise ValueError(f"draw must be a function, got {draw!r}")
    if not (draw.__doc__ or "").strip():
        raise ValueError(f"draw must have a docstring that says what one sees, got none on {draw.__name__}")
    if not isinstance(figsize, (list, tuple)) or len(figsize) != 2:
        raise ValueError(f"figsize must be a width and a height in inches, got {figsize!r}")
    width, height = (checks.number(size, "figsize", low=0, low_open=True, high=100) for size in figsize)
    wanted = list(inspect.signature(draw).parameters)[1:]
    if sorted(wanted) != sorted(sliders):
        raise ValueError(f"sliders must be the arguments of {draw.__name__} after fig, {wanted}, got {list(sliders)}")
    if live is not None and not isinstance(live, dict):
        raise ValueError(f"live must be a dict of names and sliders, got {checks.brief(live)}")
    changed = None if live is None else {name: _changeable(draw, name, s) for name, s in live.items()}
    for name, s in (changed or {}).items():
        if isinstance(s, Slider) and (s.kind == "choice" or name in sliders):
            raise ValueError(f"live must have sliders of numbers, for other names than those of the sliders, got {name!r}")
    return Explorer(draw, (width, height), {name: _labelled(name, s) for name, s in sliders.items()}, changed)


class Explorer:
    """What `explore` returns and a notebook displays.

    Parameters
    ----------
    draw : callable
        The draw function.
    figsize : tuple of float
        Width and height in inches.
    sliders : dict of {str: Slider}
        The sliders by the names of the arguments.
    live : dict of {str: Slider or (str, str)}, optional
        What a reader may change beside them, as in `explore`.

    Examples
    --------
    >>> def dot(fig):
    ...     "Look at the dot."
    ...     fig.subplots().plot([0], [0], "o")
    ...     return "There it is."
    >>> Explorer(dot, (5.4, 3.2), {}).text()
    'There it is.'
    """

    def __init__(
        self, draw: Callable[..., str], figsize: tuple[float, float], sliders: dict[str, Slider],
        live: dict[str, Slider | tuple[str, str]] | None = None,
    ) -> None:  # fmt: skip
        self.draw, self.figsize, self.sliders, self.live = draw, figsize, sliders, live
        self.name = draw.__name__.replace("_", "-")
        # one line that is seen, how to read the figure, and both together as the text alternative
        self.line, *self.more = (" ".join(part.split()) for part in re.split(r"\n\s*\n", (draw.__doc__ or "").strip()))
        self.about = " ".join([self.line, *self.more])
        self.start = tuple(s.start for s in sliders.values())
        self.lacks_letters = False  # whether a picture of pixels would have boxes in place of letters
        self._pictures: dict[tuple[tuple[int, ...], str], bytes] = {}
        self._axes = same.Axes()  # of pictures of pixels
        self._sentences: dict[tuple[int, ...], str] = {}
        self._layouts: dict[tuple[int, ...], tuple[tuple[float, float] | None, list[list[float]]]] = {}

    def values(self, position: tuple[int, ...]) -> dict[str, Any]:
        """Give the arguments of the draw function at a position.

        Parameters
        ----------
        position : tuple of int
            An index into the values of each slider.

        Returns
        -------
        dict
            The value of each slider.
        """
        return {name: s.values[i] for (name, s), i in zip(self.sliders.items(), position, strict=True)}

    def sentence(self, position: tuple[int, ...]) -> str:
        """Give the sentence at a position; no picture is made for it.

        Parameters
        ----------
        position : tuple of int
            An index into the values of each slider.

        Returns
        -------
        str
            What the draw function returns.
        """
        if position not in self._sentences:
            self._drawn(position)
        return self._sentences[position]

    def frame(self, position: tuple[int, ...], format: str) -> tuple[bytes, str]:
        """Draw one position, and keep it.

        Parameters
        ----------
        position : tuple of int
            An index into the values of each slider.
        format : {"png", "svg"}
            What the picture is made of.

        Returns
        -------
        picture : bytes
            The picture.
        sentence : str
            What the draw function returns.
        """
        if (position, format) not in self._pictures:
            how = (pictures.png, self._axes) if format == "png" else (pictures.svg,)
            self._pictures[position, format] = self._drawn(position, *how)
        return self._pictures[position, format], self._sentences[position]

    def _drawn(self, position: tuple[int, ...], picture: Callable[..., Any] | None = None, memory: Any = None) -> Any:
        matplotlib = checks.module("matplotlib")
        values = self.values(position)
        try:
            with settings.drawing(matplotlib), warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("error")
                # letters that matplotlib lacks are the browser's affair
                warnings.filterwarnings("always", r"Glyph \d+ .*missing|Matplotlib currently does not support \w+ natively")
                # what matplotlib itself uses of other libraries is not the drawing's fault
                warnings.filterwarnings("ignore", category=DeprecationWarning, module="matplotlib")
                fig = pictures.prepared(self.figsize)
                sentence = self.draw(fig, **values)
                if not isinstance(sentence, str) or not sentence.strip():
                    raise ValueError(f"draw must return a sentence, got {sentence!r}")
                if fig.get_children() == [fig.patch]:
                    raise ValueError("draw must draw on the figure that it is given, as with fig.subplots(), got an empty one")
                self._sentences[position] = " ".join(sentence.split())
                if picture is None:
                    return None
                if picture is pictures.svg:
                    pictures.name_right_panel(fig)
                result = picture(fig, memory) if memory else picture(fig)
                if picture is pictures.svg:
                    self._layouts[position] = pictures.columns(fig), pictures.draggable(fig, self.sliders.values())
                self.lacks_letters = self.lacks_letters or bool(told)
                self._refuse(fig)
                return result
        except Exception as error:
            raise RuntimeError(f"explorer {self.name} failed at {values}: {type(error).__name__}: {error}") from error

    def _refuse(self, fig: Any) -> None:
        """Raise ValueError for a drawing that is not fit for the book."""
        pictures.refuse_cut_text(fig)

    # -- the four surfaces -------------------------------------------------------------------------------------

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        where = os.environ.get("REGLESSON_BAKE")
        if where == "inline":  # for a page that nobody else gives the player: the first explorer brings it for all
            html, again = self.html(not settings.current.player_is_there), settings.current.player_is_there
            settings.current.player_is_there = True
            # an output may come to a page that stands already
            return {"text/html": html + "<script>window.playExplorers?.()</script>" * again, "text/plain": self.text()}
        if where:  # baked first, since it leaves the sentences that the text needs
            return {"text/html": self.baked(Path(where)), "text/plain": self.text()}
        bundle = {"text/plain": self.text(), "image/png": base64.b64encode(self.frame(self.start, "png")[0]).decode()}
        if self.sliders:
            bundle |= live.bundle(self)
        return bundle

    def text(self) -> str:
        """Give the sentences at the start and at the ends and the middle of each slider.

        Returns
        -------
        str
            A line for each.
        """
        positions = [self.start]
        for k, s in enumerate(self.sliders.values()):
            for i in (0, (len(s.values) - 1) // 2, len(s.values) - 1):
                positions.append((*self.start[:k], i, *self.start[k + 1 :]))
        return "\n".join(self.sentence(p) for p in dict.fromkeys(positions))

    def html(self, player: bool = True) -> str:
        """Give the figure for any page of HTML, with its style sheet and its player, or without.

        Parameters
        ----------
        player : bool
            Whether to bring the style sheet and the player along, which a page
            needs once. A figure that comes to a page later plays when the page
            calls ``window.playExplorers()``.

        Returns
        -------
        str
            What can stand anywhere within a page's body. Formulas between dollars
            are for MathJax, which the page must have.
        """
        checks.flag(player, "player")
        return page.with_player(self._baked()) if player else self._baked()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a page of HTML that holds this figure and needs no other file; formulas stand there as they were typed.

        Parameters
        ----------
        path : str or path-like
            The file, which is replaced if it exists.

        Raises
        ------
        ValueError
            If `path` names no file in a folder that exists.
        """
        checks.path(path, "path")
        if not Path(path).parent.is_dir() or Path(path).is_dir():  # said before all frames are drawn
            raise ValueError(f"path must name a file in a folder that exists, got {os.fspath(path)!r}")
        Path(path).write_bytes(page.document(self.name, self.html()).encode("utf-8"))  # made before the file is opened

    def baked(self, folder: Path) -> str:
        """Give the figure for a page without a kernel.

        Parameters
        ----------
        folder : pathlib.Path
            Where what was drawn is kept: what is there is not drawn again.

        Returns
        -------
        str
            HTML with all frames.
        """
        kept = folder / f"{self.name}-{self._key()}.html"
        if kept.exists():
            return kept.read_text(encoding="utf-8")
        text = self._baked()
        folder.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}.part")
        partial.write_text(text, encoding="utf-8")
        partial.replace(kept)
        return text

    @_swept_by_hand()
    def _baked(self) -> str:
        """The figure with all frames drawn."""
        began, limits = time.perf_counter(), settings.current
        positions = list(itertools.product(*(range(len(s.values)) for s in self.sliders.values())))
        if len(positions) > limits.most_frames:
            raise RuntimeError(
                f"explorer {self.name} has {len(positions):,} frames to draw, and the limit is {limits.most_frames:,}: "
                f"take fewer steps, or give reglesson.explore.configure most_frames={len(positions)} beside your palette and rc"
            )
        if len(positions) >= 50:
            _say(f"  explorer {self.name}: {len(positions)} frames to draw")
        memory, axes = same.Axes(), dict[str, list[str]]()
        frames: list[list[str]] = []
        known, size = set[str](), 0
        for k, position in enumerate(positions, 1):
            box, cut_up = cut.cut(self._drawn(position, pictures.svg, memory), self.name, axes)
            size += sum(len(piece.encode()) for piece in {*cut_up} - known)
            known |= {*cut_up}
            if size > limits.most_bytes:
                raise RuntimeError(
                    f"explorer {self.name} has {size:,} bytes of pictures after {k} of {len(positions)} frames, and the limit is "
                    f"{limits.most_bytes:,}: draw what has many parts with rasterized=True, take fewer steps, or "
                    f"give reglesson.explore.configure a larger most_bytes beside your palette and rc"
                )
            frames.append(cut_up)
            if k % 10 == 0:
                gc.collect(0)
            if k == len(positions) or k % 50 == 0:
                _say(f"  explorer {self.name}: {k} of {len(positions)} frames, {time.perf_counter() - began:.1f} s")
        sentences = [self._sentences[position] for position in positions]
        first = positions.index(self.start)
        pieces: dict[str, int] = {}
        numbered = [[pieces.setdefault(piece, len(pieces)) for piece in frame] for frame in level(frames)]
        html: str = page.figure_html(self, box, list(pieces), numbered, sentences, first, *self._layout())
        return html

    def _layout(self) -> tuple[tuple[float, float] | None, list[list[float]]]:
        """Of all frames drawn: where the left of two panels ends and the right one begins, or None; where a pointer can drag."""
        ends, panels = zip(*self._layouts.values(), strict=True)
        two = (max(pair[0] for pair in ends), min(pair[1] for pair in ends)) if all(ends) else None
        return two, [panel for panel in panels[0] if all(panel in others for others in panels)]

    def _key(self) -> str:
        """A hash of what the frames depend on and the folder's name does not know: this explorer, and every cell run so far."""
        shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
        cells = shell.user_ns["In"] if shell else [inspect.getsource(self.draw)]
        parts = [
            repr((self.name, self.line, self.more, self.figsize, self.sliders, settings.current.palette, settings.current.rc)),
            *cells,
        ]
        parts += [path.read_text(encoding="utf-8") for path in sources()]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def sources() -> list[Path]:
    """The files of this package that have a say in what a frame is: all but the one that speaks to Sphinx."""
    return [path for path in sorted(Path(__file__).parent.glob("*.py")) if path.name != "sphinx.py"]


def _labelled(name: str, s: object) -> Slider:
    if not isinstance(s, Slider):
        raise ValueError(f"{name} must be a log_slider, a slider or a choice, got {s!r}")
    return s if s.label else replace(s, label=name)


def _changeable(draw: Callable[..., str], name: str, s: object) -> Slider | tuple[str, str]:
    """What `live` may have under a name: a slider, or for points the names of two arrays that the draw function can read."""
    if name != "points":
        return _labelled(name, s)
    if not isinstance(s, (tuple, list)) or len(s) != 2 or not all(isinstance(each, str) for each in s):
        raise ValueError(f'live must have the names of two arrays as "points", got {checks.brief(s)}')
    found = [draw.__globals__.get(each) for each in s]
    sizes = [each.size for each in found if isinstance(each, np.ndarray)]
    if len(sizes) != 2 or sizes[0] != sizes[1]:
        raise ValueError(f'live must name two arrays of the notebook as "points", one as long as the other, got {checks.brief(s)}')
    return s[0], s[1]


def _say(line: str) -> None:
    """Tell the terminal of the build. A kernel turns all that reaches stderr into output of the page, so go around it."""
    terminal = getattr(sys.stderr, "_original_stdstream_copy", None)  # ipykernel keeps the real one here
    if terminal is not None:
        os.write(terminal, f"{line}\n".encode())
