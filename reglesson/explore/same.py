"""What is the same in many frames is drawn once: an axis, whose ticks, numbers and label take most of a frame's time.

Before an axis is drawn, all that its picture depends on is written down: its own state, and that of what it stands in. Where
the same was written down for a frame before, the picture has a mark in its place, for which `cut` puts in the pieces of that
frame. What was written is compared whole, and an axis of which not all can be written down is drawn each time.
"""

from __future__ import annotations

import contextlib
import functools
import io
import pickle
from collections.abc import Callable, Iterator
from typing import Any

KEPT = "explorer_kept_"  # begins the name of a group in a picture that stands for an axis which other frames may share
MOST = 8  # axes that are kept for pictures of pixels
# what an artist says of those that it belongs to, and what it has worked out of the rest
OF_NO_ACCOUNT = {"axes", "figure", "_parent_figure", "_stale", "stale_callback", "_callbacks", "callbacks", "_remove_method",
                 "_parents", "_invalid", "_inverted", "_axobservers", "_renderer",
                 "draw", "get_tightbbox", "kept", "drawn_before", "rc"}  # fmt: skip
OF_AXES = ("bbox", "transData", "transAxes", "spines", "patch", "_viewLim", "_gid")
DEFINED = ("_markers", "_clipd", "_glyph_map")  # what the renderer has defined so far, to be referred to
WORKED_OUT = {"_mtx", "_points", "_affine"}  # by a transformation, of what it is made of, when somebody asked last
GIVEN = ("Affine2D", "Bbox")  # but to these the same were given
LAZY = f"{__package__}.lazy"  # whose axes are matplotlib's
KNOWN = {"matplotlib", "numpy", "builtins", "collections", "functools", "itertools"}  # modules whose objects are what they are


class Kept:
    """An axis as it was drawn: its name in pictures, what its picture defines, and the boxes of what is seen of it."""

    def __init__(self, number: int) -> None:
        self.name = f"{KEPT}{number}"
        self.defines: dict[str, dict[Any, Any]] = {}
        self.boxes: dict[str, Any] = {}
        self.calls: list[Any] = []  # of a renderer of pixels


class Axes:
    """The axes that frames of one explorer have drawn so far."""

    def __init__(self) -> None:
        self.kept: dict[tuple[Any, ...], Kept] = {}  # by what was written down
        self.rc: dict[str, Any] | None = None  # the settings that all of them were drawn with

    def watch(self, fig: Any, vectors: Any = None) -> None:
        """Have the axes of a figure use what is kept of those before, which `vectors` will draw, or else one of pixels."""
        from matplotlib import axes, rcParams

        from reglesson.explore import lazy

        rc: Any = rcParams
        self.rc = self.rc or dict.copy(rc)
        for ax in fig.axes if dict.__eq__(rc, self.rc) else ():
            state = functools.cache(functools.partial(written, ax))  # before the first of both is drawn
            both: tuple[Any, ...] = (ax.xaxis, ax.yaxis) if type(ax) in (axes.Axes, lazy.Axes) else ()
            for axis in both:
                axis.draw = functools.partial(self._draw, axis, vectors, state) if vectors else (
                    functools.partial(self._draw_pixels, axis, state))  # fmt: skip
                for part in (axis, *(spine for spine in ax.spines.values() if spine.axis is axis)):
                    part.get_tightbbox = functools.partial(_box, part, axis)

    def _draw(self, axis: Any, vectors: Any, state: Callable[[], bytes | None], renderer: Any) -> None:
        vectorized = getattr(renderer, "_renderer", None) is vectors and not axis.get_rasterized()
        if not vectorized or not axis.get_visible() or state() is None:
            type(axis).draw(axis, renderer)
            return
        key = axis.axis_name, state(), tuple(vectors._markers.values()), tuple(vectors._glyph_map)
        axis.drawn_before = key in self.kept
        axis.kept = kept = self.kept.setdefault(key, Kept(len(self.kept)))
        before = {name: set(getattr(vectors, name)) for name in DEFINED}
        vectors.writer.start("g", id=kept.name)
        if axis.drawn_before:
            for name, added in kept.defines.items():
                getattr(vectors, name).update(added)
        else:
            type(axis).draw(axis, renderer)
            kept.defines = {n: {k: v for k, v in getattr(vectors, n).items() if k not in before[n]} for n in DEFINED}
        vectors.writer.end("g")


    def _draw_pixels(self, axis: Any, state: Callable[[], bytes | None], renderer: Any) -> None:
        if not hasattr(renderer, "buffer_rgba") or not axis.get_visible() or state() is None:
            type(axis).draw(axis, renderer)
            return
        key = axis.axis_name, state()
        axis.drawn_before = key in self.kept
        if axis.drawn_before:
            for name, words, more in self.kept[key].calls:
                getattr(renderer, name)(*words, **more)
            return
        while len(self.kept) >= MOST:  # what is kept of an axis holds its figure
            del self.kept[next(iter(self.kept))]
        self.kept[key] = kept = Kept(len(self.kept))
        with recorded(renderer, kept.calls):
            type(axis).draw(axis, renderer)


@contextlib.contextmanager
def recorded(renderer: Any, calls: list[Any]) -> Iterator[None]:
    """Note each call by which something is drawn."""

    def noting(name: str, draw: Callable[..., Any], *words: Any, **more: Any) -> None:
        first = len(calls)
        draw(*words, **more)
        calls[first:] = [(name, words, more)]  # and none that it made itself

    own = {name: vars(renderer).get(name) for name in dir(renderer) if name.startswith("draw_")}
    for name in own:
        setattr(renderer, name, functools.partial(noting, name, getattr(renderer, name)))
    try:
        yield
    finally:
        for name, method in own.items():
            delattr(renderer, name) if method is None else setattr(renderer, name, method)


def _box(part: Any, axis: Any, renderer: Any = None, **how: Any) -> Any:
    """The box of all that is seen of an axis, or of its line, which is measured once."""
    boxes = axis.kept.boxes if hasattr(axis, "kept") and not how else {}
    name = getattr(part, "spine_type", "")
    if name not in boxes:
        boxes[name] = type(part).get_tightbbox(part, renderer, **how)
    return boxes[name]


def written(ax: Any) -> bytes | None:
    """All that the pictures of the axis across and the one upwards depend on, as bytes; None if that cannot be told."""
    out = io.BytesIO()
    try:
        if any(len(group.get_siblings(ax)) > 1 for group in ax.get_figure()._align_label_groups.values()):
            return None  # the place of its labels depends on other axes
        shared = ax.get_shared_x_axes(), ax.get_shared_y_axes()
        panels = [ax, *(other for other in ax.get_figure().axes if other is not ax and any(s.joined(ax, other) for s in shared))]
        Writer(out, panels).dump((ax.xaxis, ax.yaxis, *panels))
    except (pickle.PicklingError, AttributeError, TypeError):  # of what is not known, or cannot be written down
        return None
    return out.getvalue()


def again(kind: type, *words: Any) -> None:
    """What pickle would read a state with; it is only compared."""
    raise NotImplementedError(kind, words)


class Writer(pickle.Pickler):
    """Writes down axes, and refuses what may be another thing in the next frame, such as a function of a notebook."""

    def __init__(self, out: io.BytesIO, panels: list[Any]) -> None:
        super().__init__(out, protocol=5)
        self.panels = panels  # the axes that have a say

    def reducer_override(self, thing: Any) -> Any:
        """Take of an artist or a transformation what its picture depends on."""
        kind = type(thing)
        whose = _of_whom(thing.__module__ if hasattr(thing, "__qualname__") else kind.__module__)
        if whose == "others":
            raise pickle.PicklingError(f"{thing!r} is not known")
        if whose == "python" or hasattr(thing, "__qualname__"):
            return NotImplemented
        state = vars(thing)
        if "_axstack" in state:  # the figure
            return again, (kind, thing.dpi, tuple(thing.bbox.bounds))
        if "transData" in state:
            if thing not in self.panels:
                raise pickle.PicklingError("other axes have a say")
            return again, (kind,), {name: state[name] for name in OF_AXES}
        left_out = OF_NO_ACCOUNT if kind.__name__ in GIVEN else OF_NO_ACCOUNT | WORKED_OUT
        return again, (kind,), {name: value for name, value in state.items() if name not in left_out}


@functools.cache
def _of_whom(module: str | None) -> str:
    """Whose a module is, of which it depends how its objects are written down."""
    if module == __name__:
        return "python"
    if module == LAZY:
        return "matplotlib"
    family = (module or "builtins").partition(".")[0]
    return "others" if family not in KNOWN else "matplotlib" if family == "matplotlib" else "python"
