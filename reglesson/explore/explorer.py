"""The explorer: what `explore` returns, its frames and sentences, and the forms that a notebook shows."""

import base64
import hashlib
import inspect
import itertools
import os
import re
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

from reglesson.explore import checks, cut, live, page, pictures, settings
from reglesson.explore.grids import Slider


def explore(draw, *, figsize=(5.4, 3.2), **sliders):
    """A figure with sliders, from one draw function.

    Parameters
    ----------
    draw : function of (fig, **values)
        Draws on a fresh matplotlib figure and returns one sentence, whose
        numbers CI compares. The first paragraph of its docstring is the line
        below the figure, the others are folded as "How to read this figure",
        and all of it is the text alternative. Its name, with hyphens, is the
        explorer's address on the page (`#name?lam=10`).
    figsize : (width, height) in inches; 5.4 wide is legible on a phone.
    **sliders : a `log_slider`, `slider` or `choice` for each argument of draw.

    Raises
    ------
    ValueError if the docstring is missing or the sliders are not draw's arguments.
    """
    if not inspect.isfunction(draw):
        raise ValueError(f"draw must be a function, got {draw!r}")
    if not (draw.__doc__ or "").strip():
        raise ValueError(f"draw must have a docstring that says what one sees, got none on {draw.__name__}")
    if not isinstance(figsize, (list, tuple)) or len(figsize) != 2:
        raise ValueError(f"figsize must be a width and a height in inches, got {figsize!r}")
    figsize = [checks.number(size, "figsize", low=0, low_open=True, high=100) for size in figsize]
    wanted = list(inspect.signature(draw).parameters)[1:]
    if sorted(wanted) != sorted(sliders):
        raise ValueError(f"sliders must be the arguments of {draw.__name__} after fig, {wanted}, got {list(sliders)}")
    return Explorer(draw, tuple(figsize), {name: _labelled(name, s) for name, s in sliders.items()})


class Explorer:
    """What `explore` returns; the notebook displays it. `frame` draws one position and keeps it."""

    def __init__(self, draw, figsize, sliders):
        self.draw, self.figsize, self.sliders = draw, figsize, sliders
        self.name = draw.__name__.replace("_", "-")
        # one line that is seen, how to read the figure, and both together as the text alternative
        self.line, *self.more = (" ".join(part.split()) for part in re.split(r"\n\s*\n", draw.__doc__.strip()))
        self.about = " ".join([self.line, *self.more])
        self.start = tuple(s.start for s in sliders.values())
        self.lacks_letters = False  # whether a picture of pixels would have boxes in place of letters
        self._pictures, self._sentences = {}, {}

    def values(self, position):
        """The arguments of draw at a position, a tuple of one grid index per slider."""
        return {name: s.values[i] for (name, s), i in zip(self.sliders.items(), position, strict=True)}

    def sentence(self, position):
        """The sentence that draw returns at a position; no picture is made for it."""
        if position not in self._sentences:
            self._drawn(position)
        return self._sentences[position]

    def frame(self, position, format):
        """The picture, as bytes of a "png" or "svg", and the sentence at a position."""
        if (position, format) not in self._pictures:
            self._pictures[position, format] = self._drawn(position, {"png": pictures.png, "svg": pictures.svg}[format])
        return self._pictures[position, format], self._sentences[position]

    def _drawn(self, position, picture=None):
        matplotlib = checks.module("matplotlib")
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        values = self.values(position)
        try:
            with matplotlib.rc_context(settings.rc(matplotlib)), warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("error")
                # letters that matplotlib lacks are the browser's affair
                warnings.filterwarnings("always", r"Glyph \d+ .*missing|Matplotlib currently does not support \w+ natively")
                # what matplotlib itself uses of other libraries is not the drawing's fault
                warnings.filterwarnings("ignore", category=DeprecationWarning, module="matplotlib")
                fig = Figure(figsize=self.figsize)
                FigureCanvasAgg(fig)
                sentence = self.draw(fig, **values)
                if not isinstance(sentence, str) or not sentence.strip():
                    raise ValueError(f"draw must return a sentence, got {sentence!r}")
                self._sentences[position] = " ".join(sentence.split())
                if picture is None:
                    return None
                result = picture(fig)
                self.lacks_letters = self.lacks_letters or bool(told)
                pictures.refuse_cut_text(fig)
                return result
        except Exception as error:
            raise RuntimeError(f"explorer {self.name} failed at {values}: {type(error).__name__}: {error}") from error

    # -- the four surfaces -------------------------------------------------------------------------------------

    def _repr_mimebundle_(self, include=None, exclude=None):
        where = os.environ.get("REGLESSON_BAKE")
        if where == "inline":  # for a page that nobody else gives the player: the first explorer brings it for all
            html, settings.current.player_is_there = self.html(not settings.current.player_is_there), True
            return {"text/html": html, "text/plain": self.text()}
        if where:  # baked first, since it leaves the sentences that the text needs
            return {"text/html": self.baked(Path(where)), "text/plain": self.text()}
        bundle = {"text/plain": self.text(), "image/png": base64.b64encode(self.frame(self.start, "png")[0]).decode()}
        if self.sliders:
            bundle |= live.bundle(self)
        return bundle

    def text(self):
        """The sentences at the start and at the ends and the middle of each slider, a line each."""
        positions = [self.start]
        for k, s in enumerate(self.sliders.values()):
            for i in (0, (len(s.values) - 1) // 2, len(s.values) - 1):
                positions.append((*self.start[:k], i, *self.start[k + 1 :]))
        return "\n".join(self.sentence(p) for p in dict.fromkeys(positions))

    def html(self, player=True):
        """The figure for any page of HTML, with its style sheet and its player, or without.

        Parameters
        ----------
        player : bool, optional
            Whether to bring the style sheet and the player along, which a page
            needs once.

        Returns
        -------
        str
            What can stand anywhere within a page's body.
        """
        checks.flag(player, "player")
        return page.with_player(self._baked()) if player else self._baked()

    def save(self, path):
        """Write a page of HTML that holds this figure and needs no other file.

        Parameters
        ----------
        path : str or path-like
            The file, which is replaced if it exists.
        """
        checks.path(path, "path")
        Path(path).write_text(page.document(self.name, self.html()), encoding="utf-8")

    def baked(self, folder):
        """The figure for a page without a kernel: all frames drawn, or taken from `folder` if drawn before."""
        kept = folder / f"{self.name}-{self._key()}.html"
        if kept.exists():
            return kept.read_text(encoding="utf-8")
        text = self._baked()
        folder.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}.part")
        partial.write_text(text, encoding="utf-8")
        partial.replace(kept)
        return text

    def _baked(self):
        """The figure with all frames drawn."""
        began, limits = time.perf_counter(), settings.current
        positions = list(itertools.product(*(range(len(s.values)) for s in self.sliders.values())))
        if len(positions) > limits.most_frames:
            raise RuntimeError(
                f"explorer {self.name} has {len(positions):,} frames to draw, and the limit is {limits.most_frames:,}: "
                f"take fewer steps, or explore.configure(most_frames={len(positions)})"
            )
        if len(positions) >= 50:
            _say(f"  explorer {self.name}: {len(positions)} frames to draw")
        frames, pieces, size = [], {}, 0
        for k, position in enumerate(positions, 1):
            box, cut_up = cut.cut(self._drawn(position, pictures.svg), self.name)
            size += sum(len(piece.encode()) for piece in {*cut_up} - pieces.keys())
            if size > limits.most_bytes:
                raise RuntimeError(
                    f"explorer {self.name} has {size:,} bytes of pictures after {k} of {len(positions)} frames, and the limit is "
                    f"{limits.most_bytes:,}: draw what has many parts with rasterized=True, take fewer steps, or "
                    f"explore.configure(most_bytes=...)"
                )
            frames.append([pieces.setdefault(piece, len(pieces)) for piece in cut_up])
            if k == len(positions) or k % 50 == 0:
                _say(f"  explorer {self.name}: {k} of {len(positions)} frames, {time.perf_counter() - began:.1f} s")
        sentences = [self._sentences[position] for position in positions]
        return page.figure_html(self, box, list(pieces), frames, sentences, positions.index(self.start))

    def _key(self):
        """A hash of what the frames depend on and the folder's name does not know: this explorer, and every cell run so far."""
        shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
        cells = shell.user_ns["In"] if shell else [inspect.getsource(self.draw)]
        parts = [
            repr((self.name, self.line, self.more, self.figsize, self.sliders, settings.current.palette, settings.current.rc)),
            *cells,
        ]
        parts += [path.read_text(encoding="utf-8") for path in sources()]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def sources():
    """The files of this package that have a say in what a frame is: all but the one that speaks to Sphinx."""
    return [path for path in sorted(Path(__file__).parent.glob("*.py")) if path.name != "sphinx.py"]


def _labelled(name, s):
    if not isinstance(s, Slider):
        raise ValueError(f"{name} must be a log_slider, a slider or a choice, got {s!r}")
    return s if s.label else replace(s, label=name)


def _say(line):
    """Tell the terminal of the build. A kernel turns all that reaches stderr into output of the page, so go around it."""
    terminal = getattr(sys.stderr, "_original_stdstream_copy", None)  # ipykernel keeps the real one here
    if terminal is not None:
        os.write(terminal, f"{line}\n".encode())
