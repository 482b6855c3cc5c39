"""The two kinds of picture that matplotlib makes of a figure, and what no picture may do."""

import io
import itertools
import logging

# a fresh machine, or a browser's Python, tells once that it builds its font cache; on a page that is a red box
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

# What reads formulas (the numbers of a logarithmic axis are some), and remembers them. Left alone, matplotlib has a new one
# read all of them again for each picture, which took a third of the time.
_READERS = {}


def svg(fig):
    """A figure as the bytes of an SVG."""
    from matplotlib.backends.backend_svg import RendererSVG

    fig.dpi = 72
    out = io.StringIO()
    renderer = RendererSVG(*(fig.get_size_inches() * 72), out, image_dpi=72, metadata={"Date": None})
    renderer._text2path = _READERS.setdefault("svg", renderer._text2path)
    fig.draw(renderer)
    renderer.finalize()
    return out.getvalue().encode()


def png(fig):
    """A figure as the bytes of a PNG on white."""
    fig.set_facecolor("white")
    fig.dpi = 144
    renderer, out = fig.canvas.get_renderer(), io.BytesIO()
    renderer.mathtext_parser = _READERS.setdefault("png", renderer.mathtext_parser)
    fig.canvas.print_png(out)
    return out.getvalue()


def refuse_cut_text(fig):
    """Raise ValueError for a title or label that the figure's edge cuts, or two panels' titles that run into each other."""
    edge = fig.bbox.padded(fig.dpi / 36)  # two points: the box of a letter is a little larger than the letter
    titles = []
    for ax in fig.axes:
        labels = [ax.title, ax._left_title, ax._right_title, ax.xaxis.label, ax.yaxis.label]
        for text in labels:
            box = text.get_window_extent()
            inside = edge.x0 <= box.x0 and box.x1 <= edge.x1 and edge.y0 <= box.y0 and box.y1 <= edge.y1
            if text.get_text() and not inside:
                raise ValueError(f"the figure's edge cuts the text {text.get_text()!r}: shorten it, or make room")
        titles += [(t.get_window_extent(), t.get_text()) for t in labels[:3] if t.get_text()]
    for (a, one), (b, other) in itertools.combinations(titles, 2):
        if a.overlaps(b):
            raise ValueError(f"the titles {one!r} and {other!r} run into each other: shorten one")
