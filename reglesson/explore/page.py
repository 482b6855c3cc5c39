"""The explorer on a page without a kernel."""

import html
import itertools
import json
import re

from reglesson.explore import cut, settings

# a formula between two dollars, as in Markdown: no space within, no digit behind; a dollar behind a backslash is a dollar
FORMULA = re.compile(r"(?<!\\)\$(?=\S)((?:[^$\\]|\\.)*?)(?<=\S)(?<!\\)\$(?!\d)")


def figure_html(explorer, positions, drawn):
    """The `<figure>` of a website: the first picture in place, the others as lists of shared pieces."""
    name, sliders = explorer.name, explorer.sliders
    number, frames, box = {}, [], ""
    for svg, _ in drawn:
        box, pieces = cut.cut(svg, name)
        frames.append([number.setdefault(piece, len(number)) for piece in pieces])
    first = positions.index(explorer.start)
    texts, sentences = list(number), [sentence for _, sentence in drawn]
    picture = "".join(texts[i] for i in frames[first])
    data = {
        "sliders": [{"label": s.label, "texts": s.texts} for s in sliders.values()],
        "pieces": texts,
        "frames": [frames[0], *(cut.changes(a, b) for a, b in itertools.pairwise(frames))],
        "captions": [with_formulas(sentence) for sentence in sentences],
    }
    script = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    says = element("p", sentences[first], f'class="explorer-says{process(*sentences)}" aria-live="polite"')
    width = f"max-width:{explorer.figsize[0] * 1.2:g}in"
    named = f"{name}-about {name}-more" if explorer.more else f"{name}-about"
    parts = [
        f'<figure class="explorer" id="{name}" style="{colours(texts)}">',
        f'<div class="explorer-controls" hidden>{"".join(control(k, s) for k, s in sliders.items())}</div>' if sliders else "",
        says,
        f'<svg viewBox="{box}" role="img" aria-labelledby="{named}" style="{width}" fill="{settings.black()}">{picture}</svg>',
        f"<figcaption>{caption(explorer)}</figcaption>",
        f'<script type="application/json">{script}</script>' if sliders else "",
        "</figure>",
    ]
    return "".join(parts)


def control(name, s):
    """One slider with its label and its readout, which is as wide as its widest text."""
    text = html.escape(s.texts[s.start])
    return (
        f"<label>{element('span', s.label)}"
        f'<input type="range" name="{name}" min="0" max="{len(s.values) - 1}" step="1" value="{s.start}" aria-valuetext="{text}">'
        f'<output aria-live="off" style="min-width:{max(map(len, s.texts))}ch">{text}</output></label>'
    )


def caption(explorer):
    """What stands below the picture: one line, and how to read the figure, folded."""
    line = element("p", explorer.line, f'id="{explorer.name}-about"')
    if not explorer.more:
        return line
    rest = "".join(element("p", paragraph) for paragraph in explorer.more)
    return f'{line}<details><summary>How to read this figure</summary><div id="{explorer.name}-more">{rest}</div></details>'


def element(tag, text, attributes=""):
    """An element of HTML with a text in which formulas will be set."""
    if process(text) and "class=" not in attributes:
        attributes = f'class="{process(text).strip()}" {attributes}'
    return f"<{tag} {attributes}".rstrip() + f">{html.escape(with_formulas(text), quote=False)}</{tag}>"


def process(*texts):
    """The class by which MathJax knows that there are formulas, if there are."""
    return " mathjax_process" if any(FORMULA.search(text) for text in texts) else ""


def with_formulas(text):
    """A text with its formulas as MathJax reads them, and its dollars plain."""
    return FORMULA.sub(r"\\(\1\\)", text).replace("\\$", "$")


def colours(pieces):
    """The variables of the colours that the pieces and the caption use: a colour for a light page and one for a dark one."""
    used = {name for piece in pieces for name in re.findall(r"var\(--reg-([\w-]+)\)", piece)}
    pairs = {name: pair for name, pair in settings.current.palette.items() if name in used or name == "ink"}
    return ";".join(f"--reg-{name}:light-dark({light},{dark})" for name, (light, dark) in pairs.items())
