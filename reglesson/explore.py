"""Sliders that live everywhere: one draw function, shown live, baked, or printed.

    def draw(fig, lam):
        "What one sees, in words: the caption and the text alternative of the figure."
        ...                                  # ordinary matplotlib on fig
        return f"At λ = {lam:.3g} the test error is {e:.3f}."

    explore(draw, lam=log_slider(1e-4, 1e2, value=0.1, label="λ"))

In a live kernel the sliders are ipywidgets. While the website is built (the
environment variable REGLESSON_BAKE names a folder for what was drawn), every
point of the sliders' grid is drawn once, and the page carries the pictures;
`player.js` moves between them. In plain text, and so for nbval, an explorer is
the sentences that the draw function returns. Without sliders it is a figure
with a caption, drawn by the same rules.
"""

import base64
import hashlib
import html
import inspect
import io
import itertools
import json
import logging
import os
import re
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from reglesson import _checks as check
from reglesson import style

SVG = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}"

# a fresh machine, or a browser's Python, tells once that it builds its font cache; on a page that is a red box
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


MOST = 10_000  # values of one slider: nobody looks at more


@dataclass(frozen=True)
class Slider:
    """A grid of values: what the draw function is called with, and how each is shown."""

    kind: str  # "log", "linear" or "choice"
    label: str
    values: tuple
    texts: tuple
    start: int  # index of the value that is shown first

    def nearest(self, value):
        """Index of the grid value nearest to a number, in the slider's own scale."""
        value = check.number(value, "value", low=0 if self.kind == "log" else -np.inf, low_open=self.kind == "log")
        scale = np.log if self.kind == "log" else np.asarray
        return int(np.argmin(np.abs(scale(np.array(self.values, float)) - scale(float(value)))))


def log_slider(low, high, value=None, label="λ", steps=31):
    """A slider over `steps` values from low to high in equal ratios, rounded to three significant digits."""
    low, high = check.number(low, "low"), check.number(high, "high")
    if not 0 < low < high:
        raise ValueError(f"low and high must satisfy 0 < low < high, got low={low}, high={high}")
    if check.integer(steps, "steps", high=MOST) < 2:
        raise ValueError(f"steps must be at least 2, got {steps}")
    values = tuple(float(f"{v:.3g}") for v in np.geomspace(low, high, steps))
    return _slider("log", label, values, tuple(f"{v:g}" for v in values), value)


def slider(low, high, step, value=None, label=""):
    """A slider over low, low + step, ..., high; the values are integers where all three are."""
    for name, number in (("low", low), ("high", high), ("step", step)):
        check.number(number, name)
    if not low < high or step <= 0:
        raise ValueError(f"low < high and step > 0 are needed, got low={low}, high={high}, step={step}")
    if (high - low) / step >= MOST:
        raise ValueError(f"step must be larger than {(high - low) / MOST:g}, for at most {MOST} values, got {step}")
    count = round((high - low) / step) + 1
    if count < 2 or abs(low + step * (count - 1) - high) > 1e-9 * abs(step):
        raise ValueError(f"step must divide high - low, got low={low}, high={high}, step={step}")
    whole = all(isinstance(v, int) for v in (low, high, step))
    values = tuple(low + step * k if whole else round(float(low + step * k), 10) for k in range(count))
    return _slider("linear", label, values, tuple(f"{v:g}" for v in values), value)


def choice(options, value=None, label=""):
    """A slider over a few options, each a string."""
    if isinstance(options, str) or not np.iterable(options):
        raise ValueError(f"options must be a list of strings, got {options!r}")
    options = tuple(options)
    if len(options) < 2 or not all(isinstance(o, str) for o in options) or len(set(options)) < len(options):
        raise ValueError(f"options must be at least two different strings, got {options!r}")
    check.instance(label, "label", str)
    if value is not None and (not isinstance(value, str) or value not in options):
        raise ValueError(f"value must be one of {options!r}, got {value!r}")
    return Slider("choice", label, options, options, options.index(value) if value is not None else 0)


def explore(draw, *, figsize=(5.4, 3.2), **sliders):
    """A figure with sliders, from one draw function.

    Parameters
    ----------
    draw : function of (fig, **values)
        Draws on a fresh matplotlib figure and returns one sentence, whose
        numbers CI compares. Its docstring says what one sees: it is the
        caption and the text alternative. Its name, with hyphens, is the
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
    figsize = [check.number(size, "figsize", low=0, low_open=True, high=100) for size in figsize]
    wanted = list(inspect.signature(draw).parameters)[1:]
    if sorted(wanted) != sorted(sliders):
        raise ValueError(f"sliders must be the arguments of {draw.__name__} after fig, {wanted}, got {list(sliders)}")
    return Explorer(draw, tuple(figsize), {name: _labelled(name, s) for name, s in sliders.items()})


class Explorer:
    """What `explore` returns; the notebook displays it. `frame` draws one position and keeps it."""

    def __init__(self, draw, figsize, sliders):
        self.draw, self.figsize, self.sliders = draw, figsize, sliders
        self.name = draw.__name__.replace("_", "-")
        self.about = " ".join(draw.__doc__.split())
        self.start = tuple(s.start for s in sliders.values())
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
            self._pictures[position, format] = self._drawn(position, {"png": _png, "svg": _svg}[format])
        return self._pictures[position, format], self._sentences[position]

    def _drawn(self, position, picture=None):
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        values = self.values(position)
        try:
            with matplotlib.rc_context(style.RC), warnings.catch_warnings():
                warnings.simplefilter("error")
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
                refuse_cut_text(fig)
                return result
        except Exception as error:
            raise RuntimeError(f"explorer {self.name} failed at {values}: {type(error).__name__}: {error}") from error

    # -- the four surfaces -------------------------------------------------------------------------------------

    def _repr_mimebundle_(self, include=None, exclude=None):
        folder = os.environ.get("REGLESSON_BAKE")
        if folder:  # baked first, since it leaves the sentences that the text needs
            return {"text/html": self.baked(Path(folder)), "text/plain": self.text()}
        bundle = {"text/plain": self.text(), "image/png": base64.b64encode(self.frame(self.start, "png")[0]).decode()}
        if self.sliders:
            bundle |= self._live()
        return bundle

    def text(self):
        """The sentences at the start and at the ends and the middle of each slider, a line each."""
        positions = [self.start]
        for k, s in enumerate(self.sliders.values()):
            for i in (0, (len(s.values) - 1) // 2, len(s.values) - 1):
                positions.append((*self.start[:k], i, *self.start[k + 1 :]))
        return "\n".join(self.sentence(p) for p in dict.fromkeys(positions))

    def _live(self):
        """The widgets of a live kernel: sliders above a picture that is drawn when it is asked for."""
        import ipywidgets

        controls = [_widget(s) for s in self.sliders.values()]
        picture, caption = ipywidgets.HTML(), ipywidgets.HTML()

        def show(_=None):
            position = tuple(
                control.index if s.kind == "choice" else s.nearest(control.value)
                for s, control in zip(self.sliders.values(), controls, strict=True)
            )
            image, sentence = self.frame(position, "png")
            data = base64.b64encode(image).decode()
            look = f"width:100%;max-width:{self.figsize[0]:g}in;height:auto"
            picture.value = f'<img alt="{html.escape(self.about)}" style="{look}" src="data:image/png;base64,{data}">'
            caption.value = f'<p>{html.escape(self.about)}</p><p aria-live="polite"><b>{html.escape(sentence)}</b></p>'

        for control in controls:
            control.observe(show, "value")
        show()
        bundle = ipywidgets.VBox([*controls, picture, caption])._repr_mimebundle_()
        return {key: value for key, value in bundle.items() if key != "text/plain"}

    def baked(self, folder):
        """The figure for a page without a kernel: all frames drawn, or taken from `folder` if drawn before."""
        key = self._key()
        kept = folder / f"{self.name}-{key}.html"
        if kept.exists():
            return kept.read_text(encoding="utf-8")
        began = time.perf_counter()
        positions = list(itertools.product(*(range(len(s.values)) for s in self.sliders.values())))
        drawn = []
        for k, position in enumerate(positions, 1):
            drawn.append((self._drawn(position, _svg), self._sentences[position]))
            if k == len(positions) or k % 50 == 0:
                _say(f"  explorer {self.name}: {k} of {len(positions)} frames, {time.perf_counter() - began:.1f} s")
        page = figure_html(self, positions, drawn)
        folder.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}.part")
        partial.write_text(page, encoding="utf-8")
        partial.replace(kept)
        return page

    def _key(self):
        """A hash of all that the frames depend on: this explorer, every cell run so far, the package, what draws."""
        import matplotlib
        from IPython import get_ipython

        shell = get_ipython()
        cells = shell.user_ns["In"] if shell else [inspect.getsource(self.draw)]
        parts = [repr((self.name, self.about, self.figsize, self.sliders)), *cells, np.__version__, matplotlib.__version__]
        parts += [p.read_text(encoding="utf-8") for p in _sources(Path(__file__).parent)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def _sources(package):
    """What a notebook sees of the package in a folder: all its files but the one that makes pages of notebooks."""
    return [p for p in sorted(package.glob("*.py")) if p.name != "sphinxext.py"]


# -- the two kinds of picture -----------------------------------------------------------------------------------


# What reads formulas (the numbers of a logarithmic axis are some), and remembers them. Left alone, matplotlib has a new one
# read all of them again for each picture, which took a third of the time.
_READERS = {}


def _svg(fig):
    """A figure as the bytes of an SVG."""
    from matplotlib.backends.backend_svg import RendererSVG

    fig.dpi = 72
    out = io.StringIO()
    renderer = RendererSVG(*(fig.get_size_inches() * 72), out, image_dpi=72, metadata={"Date": None})
    renderer._text2path = _READERS.setdefault("svg", renderer._text2path)
    fig.draw(renderer)
    renderer.finalize()
    return out.getvalue().encode()


def _png(fig):
    """A figure as the bytes of a PNG on white."""
    fig.set_facecolor("white")
    fig.dpi = 144
    renderer, out = fig.canvas.get_renderer(), io.BytesIO()
    renderer.mathtext_parser = _READERS.setdefault("png", renderer.mathtext_parser)
    fig.canvas.print_png(out)
    return out.getvalue()


# -- vector frames, cut into pieces -----------------------------------------------------------------------------


def figure_html(explorer, positions, drawn):
    """The `<figure>` of a website: the first picture in place, the others as lists of shared pieces.

    An SVG is cut into its artists (an axis tick, a line, a label). Most of them
    are the same in all frames, so each distinct piece is stored once, and a
    frame is what changed since the frame before it.
    """
    name, sliders = explorer.name, explorer.sliders
    number, frames, box = {}, [], ""
    for svg, _ in drawn:
        box, pieces = cut(svg, name)
        frames.append([number.setdefault(piece, len(number)) for piece in pieces])
    first = positions.index(explorer.start)
    texts = list(number)
    picture = "".join(texts[i] for i in frames[first])
    controls = "".join(
        f'<label><span>{html.escape(s.label)}</span><input type="range" name="{k}" min="0" max="{len(s.values) - 1}" step="1" '
        f'value="{s.start}" aria-valuetext="{html.escape(f"{s.label} = {s.texts[s.start]}")}">'
        f"<output>{html.escape(s.texts[s.start])}</output></label>"
        for k, s in sliders.items()
    )
    about, sentence = html.escape(explorer.about), html.escape(drawn[first][1])
    data = {
        "sliders": [{"label": s.label, "texts": s.texts} for s in sliders.values()],
        "pieces": texts,
        "frames": [frames[0], *(changes(a, b) for a, b in itertools.pairwise(frames))],
        "captions": [s for _, s in drawn],
    }
    script = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    width = f"max-width:{explorer.figsize[0] * 1.2:g}in"
    parts = [
        f'<figure class="explorer" id="{name}">',
        f'<div class="explorer-controls" hidden>{controls}</div>' if sliders else "",
        f'<svg viewBox="{box}" role="img" aria-labelledby="{name}-about" style="{width}">{picture}</svg>',
        f'<figcaption><p id="{name}-about">{about}</p><p class="explorer-says" aria-live="polite">{sentence}</p></figcaption>',
        f'<script type="application/json">{script}</script>' if sliders else "",
        "</figure>",
    ]
    return "".join(parts)


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


def changes(before, after):
    """How to get from one frame to the next: [position, piece, ...] if they are of one length, else [-1, *after]."""
    if len(before) != len(after):
        return [-1, *after]
    return [x for k, (a, b) in enumerate(zip(before, after, strict=True)) if a != b for x in (k, b)]


def cut(svg, prefix):
    """The viewBox of matplotlib's SVG and its pieces, with ids made the page's own and colours made variables."""
    root = ElementTree.fromstring(svg)
    pieces = []

    def walk(element):
        for child in element:
            if child.tag == f"{{{SVG}}}metadata" or (child.tag == f"{{{SVG}}}defs" and child.find(f"{{{SVG}}}style") is not None):
                continue
            if re.match(r"(figure|axes|matplotlib\.axis|legend)_\d", child.get("id", "")) and set(child.attrib) == {"id"}:
                walk(child)
            else:
                pieces.append(_piece(child, prefix))

    walk(root)
    return root.get("viewBox"), [p for p in pieces if p]


def _piece(element, prefix):
    for child in element.iter():
        if child.tag == f"{{{SVG}}}g":
            child.attrib.pop("id", None)
        elif "id" in child.attrib:
            child.set("id", f"{prefix}-{child.get('id')}")
        if XLINK + "href" in child.attrib:
            target = child.attrib.pop(XLINK + "href")
            child.set("href", f"#{prefix}-{target[1:]}" if target.startswith("#") else target)
        if "clip-path" in child.attrib:
            child.set("clip-path", child.get("clip-path").replace("url(#", f"url(#{prefix}-"))
        if "style" in child.attrib:
            child.set("style", _restyled(child.get("style")))
        for name in ("d", "x", "y", "transform", "points"):
            if name in child.attrib:
                child.set(name, _shortened(child.get(name)))
        child.tail = None
        if not (child.text or "").strip():
            child.text = None
    if element.tag == f"{{{SVG}}}g" and not len(element):
        return ""
    text = ElementTree.tostring(element, encoding="unicode")
    return re.sub(r'<(/?)\w+:', r"<\1", re.sub(r'\sxmlns:\w+="[^"]*"', "", text))


_COLOUR = re.compile("|".join(light for light, _ in style.PALETTE.values()))
_VARIABLE = {light: f"var(--reg-{name})" for name, (light, _) in style.PALETTE.items()}


def _restyled(css):
    css = re.sub(r"font: (?:(italic|oblique) )?(?:(bold|\d+) )?([\d.]+px) [^;]*", r"font-size:\3;font-weight:\2;font-style:\1", css)
    css = re.sub(r"font-(weight|style):(;|$)|font-family: [^;]*(;|$)", "", css)
    css = _COLOUR.sub(lambda m: _VARIABLE[m[0]], css)
    return re.sub(r"\s*([:;])\s*", r"\1", css).strip("; ")


def _shortened(numbers_text):
    text = re.sub(r"-?\d+\.\d+", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), " ".join(numbers_text.split()))
    return re.sub(r"\s*rotate\(-?0 [^)]*\)", "", text)


def number(x, digits=3):
    """A number as people write it, rounded to `digits` significant ones: 0.0015, −26,000, 1.5·10⁻⁵.

    >>> number(0.000316), number(-26000.0), number(1.47e-05, 2), number(1e-5), number(0.0)
    ('0.000316', '−26,000', '1.5·10⁻⁵', '10⁻⁵', '0')
    """
    x, digits = check.number(x, "x"), check.integer(digits, "digits", low=1, high=17)
    mantissa, _, power = f"{x:.{digits - 1}e}".partition("e")
    if -4 <= int(power) < 6 or x == 0:
        rounded = float(f"{mantissa}e{power}")
        text = f"{rounded:,.{max(digits - 1 - int(power), 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(",", "" if abs(rounded) < 10_000 else ",").replace("-", "−" if rounded else "")
    raised = power.replace("+", "").lstrip("0") if power[0] == "+" else "-" + power[1:].lstrip("0")
    ten = "10" + raised.translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    front = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    text = ten if front == "1" else "-" + ten if front == "-1" else f"{front}·{ten}"
    return text.replace("-", "−")


# -- small helpers ----------------------------------------------------------------------------------------------


def _slider(kind, label, values, texts, value):
    result = Slider(kind, label, values, texts, (len(values) - 1) // 2)
    check.instance(label, "label", str)
    if value is None:
        return result
    if not values[0] <= check.number(value, "value") <= values[-1]:
        raise ValueError(f"value must lie between {values[0]:g} and {values[-1]:g}, got {value}")
    return Slider(kind, label, values, texts, result.nearest(value))


def _labelled(name, s):
    if not isinstance(s, Slider):
        raise ValueError(f"{name} must be a log_slider, a slider or a choice, got {s!r}")
    return s if s.label else Slider(s.kind, name, s.values, s.texts, s.start)


def _widget(s):
    import ipywidgets

    look = {"description": s.label, "style": {"description_width": "initial"}, "layout": {"width": "95%", "max_width": "36em"}}
    if s.kind == "log":
        low, high = np.log10([s.values[0], s.values[-1]])
        step = (high - low) / (len(s.values) - 1)
        return ipywidgets.FloatLogSlider(s.values[s.start], base=10, min=low, max=high, step=step, **look)
    if s.kind == "choice":
        return ipywidgets.SelectionSlider(options=s.values, index=s.start, **look)
    kind = ipywidgets.IntSlider if all(isinstance(v, int) for v in s.values) else ipywidgets.FloatSlider
    return kind(s.values[s.start], min=s.values[0], max=s.values[-1], step=s.values[1] - s.values[0], **look)


def _say(line):
    """Tell the terminal of the build. A kernel turns all that reaches stderr into output of the page, so go around it."""
    terminal = getattr(sys.stderr, "_original_stdstream_copy", None)  # ipykernel keeps the real one here
    if terminal is not None:
        os.write(terminal, f"{line}\n".encode())
