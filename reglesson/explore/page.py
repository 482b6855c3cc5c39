"""The explorer on a page without a kernel."""

import html
import itertools
import json
import re
from pathlib import Path

from reglesson.explore import cut, settings

# a formula between two dollars, as in Markdown: no space within, no digit behind; a dollar behind a backslash is a dollar
FORMULA = re.compile(r"(?<!\\)\$(?=\S)((?:[^$\\]|\\.)*?)(?<=\S)(?<!\\)\$(?!\d)")


def figure_html(explorer, box, pieces, frames, sentences, first):
    """The `<figure>` of a website: the first picture in place, the others as lists of shared pieces."""
    name, sliders = explorer.name, explorer.sliders
    picture = "".join(pieces[i] for i in frames[first])
    data = {
        "sliders": [about(s) for s in sliders.values()],
        "pieces": pieces,
        "frames": [frames[0], *(cut.changes(a, b) for a, b in itertools.pairwise(frames))],
        "captions": [with_formulas(sentence) for sentence in sentences],
    }
    script = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    script = re.sub("<(?=[!/]|script)", r"\\u003c", script, flags=re.IGNORECASE)  # what an HTML parser would take for itself
    says = element("p", sentences[first], f'class="explorer-says{process(*sentences)}" aria-live="polite"')
    width = f"max-width:{explorer.figsize[0] * 1.2:g}in"
    named = f"{name}-about {name}-more" if explorer.more else f"{name}-about"
    parts = [
        f'<figure class="explorer" id="{name}" style="{colours(pieces)}">',
        f'<div class="explorer-controls" hidden>{"".join(control(k, s) for k, s in sliders.items())}</div>' if sliders else "",
        says,
        f'<svg viewBox="{box}" role="img" aria-labelledby="{named}" style="{width}" fill="{settings.black()}">{picture}</svg>',
        f"<figcaption>{caption(explorer)}</figcaption>",
        f'<script type="application/json">{script}</script>' if sliders else "",
        "</figure>",
    ]
    return "".join(parts)


def with_player(figure):
    """A figure with the style sheet before it and the player behind it."""
    here = Path(__file__).parent
    style, script = ((here / name).read_text(encoding="utf-8") for name in ("explorer.css", "player.js"))
    return f"<style>{style}</style>{figure}<script>{script}</script>"


def document(title, body):
    """A whole page, light or dark as the reader's system is."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title>\n<style>:root {{ color-scheme: light dark }} body {{ font-family: sans-serif }} "
        "figure.explorer { color-scheme: inherit }</style></head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def about(s):
    """A slider as the player needs it: the readouts, and the numbers that an address may name where they are written otherwise."""
    numbers = s.kind != "choice" and s.texts != tuple(f"{v:g}" for v in s.values)
    return {"label": s.label, "texts": s.texts} | ({"values": s.values} if numbers else {})


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
