"""The two kinds of picture that matplotlib makes of a figure, and what no picture may do."""

import functools
import io
import itertools
import logging
import math
import re
from pathlib import Path

from reglesson.explore import cut

# a fresh machine, or a browser's Python, tells once that it builds its font cache; on a page that is a red box
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

DPI = 144  # of pictures made of pixels, and of what is rasterized within a vector picture
POWER = re.compile(r"\$\\mathdefault\{([-−]?)([\d.]+\\times)?10\^\{([-−]?\d+)\}\}\$")
TIMES = "\\times"
RAISED = str.maketrans("-−0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# what a browser has letters for, or comes as near to as to any other text
PLAIN_FONTS = {"DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique"}

# What reads formulas (the numbers of a logarithmic axis are some), and remembers them, how wide and high a text is, and what
# measures and draws pictures of pixels, one for each size. Left alone, matplotlib makes and reads all of them for each picture.
_READERS, _SIZES, _OF_PIXELS = {}, {}, {}


def prepared(figsize):
    """An empty figure, whose texts are measured by what measured those of the figures before it."""
    import matplotlib.figure

    kind = matplotlib.figure.Figure
    if matplotlib.__version_info__ >= (3, 11):  # before it an axis is drawn each time (`same`), and needs its ticks
        from reglesson.explore import lazy

        kind = lazy.Figure
    fig = kind(figsize=figsize)
    _canvas()(fig)
    return fig


@functools.cache
def _canvas():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    class Canvas(FigureCanvasAgg):
        def get_renderer(self):
            size = *self.get_width_height(physical=True), self.figure.dpi
            self.renderer = _OF_PIXELS[size] = _OF_PIXELS.get(size) or super().get_renderer()
            return self.renderer

    return Canvas


def svg(fig, memory=None):
    """A figure as the bytes of an SVG; what is to be rasterized is a picture within it, and what `memory` keeps, its name."""
    from matplotlib.backends.backend_mixed import MixedModeRenderer

    fig.dpi = 72
    out = io.StringIO()
    width, height = fig.get_size_inches()
    vectors = _vector_renderer()(width * 72, height * 72, out, image_dpi=DPI, metadata={"Date": None})
    vectors._text2path = _READERS.setdefault("svg", vectors._text2path)
    renderer = MixedModeRenderer(fig, width, height, DPI, vectors)
    if memory:
        memory.watch(fig, vectors)
    fig.draw(renderer)
    renderer.finalize()
    return out.getvalue().encode()


@functools.cache
def _vector_renderer():
    """matplotlib's renderer, but for formulas with letters or brackets that a page's fonts lack: those are drawn as shapes."""
    from matplotlib.backends.backend_svg import RendererSVG

    class Renderer(RendererSVG):
        def get_text_width_height_descent(self, s, prop, ismath):
            text = s, prop, ismath  # matplotlib hands over properties that nobody changes any more
            if text not in _SIZES:
                _SIZES[text] = super().get_text_width_height_descent(s, prop, ismath)
            return _SIZES[text]

        def _draw_text_as_text(self, gc, x, y, s, prop, angle, ismath, mtext=None):
            power = POWER.fullmatch(s) if ismath is True else None
            if power:  # a power of ten on an axis is plain text, whose raised digits are as large as a phone needs them
                sign, factor, exponent = power.groups()
                s = f"{sign.replace('-', '−')}{(factor or '').replace(TIMES, '·')}10{exponent.translate(RAISED)}"
                return super()._draw_text_as_text(gc, x, y, s, prop, angle, False, mtext)
            glyphs = self._text2path.mathtext_parser.parse(s, 72, prop)[3] if ismath is True else []
            fonts = {Path(font.fname).stem for font, *_ in glyphs}
            private = any(0xE000 <= code <= 0xF8FF for _, _, code, *_ in glyphs)
            draw = self._draw_text_as_path if private or fonts - PLAIN_FONTS else super()._draw_text_as_text
            draw(gc, x, y, s, prop, angle, ismath, mtext)

    return Renderer


def png(fig, memory=None):
    """A figure as the bytes of a PNG on white; `memory` knows how axes that were drawn before were drawn."""
    fig.set_facecolor("white")
    fig.dpi = DPI
    if memory:
        memory.watch(fig)
    out = io.BytesIO()
    fig.canvas.print_png(out)
    return out.getvalue()


def name_right_panel(fig):
    """If the axes stand in two columns, mark those on the right, so that a phone can show them below the others."""
    places = sorted((ax.get_position() for ax in fig.axes), key=lambda place: place.x0)
    if fig.texts or fig.legends or fig.get_suptitle():
        return  # what belongs to both panels has no place in one of them
    gaps = [(max(place.x1 for place in places[:k]), places[k].x0) for k in range(1, len(places))]
    gaps = [(left, right) for left, right in gaps if left < right and 0.3 < (left + right) / 2 < 0.75]
    for k, ax in enumerate(fig.axes):
        if len(gaps) == 1 and ax.get_position().x0 >= gaps[0][1]:
            ax.set_gid(f"axes_{k}{cut.RIGHT}")


def columns(fig):
    """Where the left panel of a drawn figure of two columns ends and where the right one begins, in points; None without two."""
    right = [ax for ax in fig.axes if (ax.get_gid() or "").endswith(cut.RIGHT)]
    if not right:
        return None
    for text in (text for ax in fig.axes for text in ax.texts):  # what the edge cuts is looked for in the same layouts
        text._get_layout = functools.cache(text._get_layout)
    boxes = [[_tight(ax) for ax in fig.axes if ax.get_visible() and (ax in right) is side] for side in (False, True)]
    if not all(boxes):
        return None
    point = 72 / fig.dpi
    return max(box.x1 for box in boxes[0]) * point, min(box.x0 for box in boxes[1]) * point


def _tight(ax):
    """The box of all that axes show; matplotlib takes a line without points for one in the figure's corner."""
    shown = [each for each in ax.get_default_bbox_extra_artists() if not hasattr(each, "get_xdata") or len(each.get_xdata())]
    return ax.get_tightbbox(bbox_extra_artists=shown)


def draggable(fig, sliders):
    """The panels in which a pointer can set a slider, because the x axis is the slider's quantity.

    Returns a list of [left, top, right, bottom, number of the slider, 1 for a logarithmic axis, its value at the left, at the
    right], in points; on a logarithmic axis the values are logarithms.
    """
    found, point, height = [], 72 / fig.dpi, fig.bbox.height
    for ax in fig.axes:
        for k, s in enumerate(sliders):
            named = re.search(rf"(?<!\w){re.escape(s.label)}(?!\w)", ax.get_xlabel())
            scale = {"linear": float, "log": math.log10}.get(ax.get_xscale())
            if not named or s.kind == "choice" or scale is None or not ax.get_visible():
                continue
            low, high = ax.get_xlim()
            inside = sum(min(low, high) <= v <= max(low, high) for v in s.values)
            if 2 * inside >= len(s.values):
                box = ax.bbox
                edges = [box.x0, height - box.y1, box.x1, height - box.y0]
                ends = [float(f"{scale(v):.6g}") for v in (low, high)]
                found.append([*(round(e * point, 1) for e in edges), k, int(ax.get_xscale() == "log"), *ends])
                break
    return found


def refuse_cut_text(fig):
    """Raise ValueError for a text that the figure's edge cuts, or two panels' titles that run into each other."""
    point, cut = fig.dpi / 72, []
    for kind, text in _texts(fig):
        # the box of a letter is a little larger than the letter; a page, unlike a picture of pixels, shows a number that is
        # half a digit beyond the edge of its figure
        edge, box = fig.bbox.padded((5 if kind == "tick label" else 2) * point), _box(text)
        inside = edge.x0 <= box.x0 and box.x1 <= edge.x1 and edge.y0 <= box.y0 and box.y1 <= edge.y1
        cut += [] if inside else [f"the {kind} {text.get_text()!r}"]
    if cut:
        raise ValueError(f"the figure's edge cuts {', '.join(cut[:4])}: shorten, or make room")
    titles = [(_box(t), t.get_text()) for ax in fig.axes for t in (ax.title, ax._left_title, ax._right_title) if t.get_text()]
    for (a, one), (b, other) in itertools.combinations(titles, 2):
        if a.overlaps(b):
            raise ValueError(f"the titles {one!r} and {other!r} run into each other: shorten one")


def _box(text):
    from matplotlib.text import Text

    return Text.get_window_extent(text)  # of an annotation the words, without the arrow


def _is_whole(text):
    """Whether a text is drawn, and not cut on purpose at its axes' edge; a note on a point outside the axes may not be."""
    clipped = text.get_clip_on() and (text.get_clip_path() is not None or text.get_clip_box() is not None)
    return not clipped and (not hasattr(text, "_check_xy") or text._check_xy(None))


def _texts(fig):
    """The texts that a drawn figure shows, each with what it is."""
    found = [("text", text) for text in fig.texts]
    for ax in [ax for ax in fig.axes if ax.get_visible()]:
        found += [("title", text) for text in (ax.title, ax._left_title, ax._right_title)]
        found += [("note", text) for text in ax.texts if _is_whole(text)]
        # what was drawn before was looked at then
        for axis in [axis for axis in (ax.xaxis, ax.yaxis) if ax.axison and not getattr(axis, "drawn_before", False)]:
            found.append(("label", axis.label))
            at = axis.get_transform().transform  # on a logarithmic axis a billionth of its length is more than some of its ticks
            low, high = sorted(at(axis.get_view_interval()))
            slack = 1e-9 * (high - low)
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            ticks = [tick for tick in ticks if low - slack <= at(tick.get_loc()) <= high + slack]
            found += [("tick label", text) for tick in ticks if tick.get_visible() for text in (tick.label1, tick.label2)]
    legends = [each for ax in fig.axes if ax.get_visible() for each in [ax.get_legend()] if each] + fig.legends
    found += [("legend's", text) for legend in legends for text in [*legend.get_texts(), legend.get_title()]]
    return [(kind, text) for kind, text in found if text.get_visible() and text.get_text().strip()]
