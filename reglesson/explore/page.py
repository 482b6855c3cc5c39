"""The explorer on a page without a kernel."""

import html
import json
import re
from pathlib import Path

from reglesson.explore import settings
from reglesson.explore.frames import changes

# a formula between two dollars, as in Markdown: no space within, no digit behind; a dollar behind a backslash is a dollar
FORMULA = re.compile(r"(?<!\\)\$(?=\S)((?:[^$\\]|\\.)*?)(?<=\S)(?<!\\)\$(?!\d)")


# a phone shows a figure 358 pixels wide; text of 9.5 points, the smallest of most figures, is too small there from this width on
SMALLEST, PHONE_WIDTH = 11.1, 358
PHONE = 9.5 * PHONE_WIDTH / SMALLEST
# sliders of this name count what chance gave: the next one is another, not a larger one
AGAIN = ("draw", "deal", "run", "seed")


def figure_html(explorer, box, pieces, frames, sentences, first, columns=None, drag=()):
    """The `<figure>` of a website: the first picture in place, the others as lists of shared pieces.

    `columns` is where the left of two panels ends and the right one begins, in points, and `drag` the panels in which a
    pointer sets a slider.
    """
    name, sliders = explorer.name, explorer.sliders
    picture, there = "".join(pieces[i] for i in frames[first]), set(frames[first])
    data = {
        "sliders": [about(s) for s in sliders.values()],
        "pieces": [0 if i in there else piece for i, piece in enumerate(pieces)],  # the player takes those from the picture
        "frames": changes(frames),
        "captions": [with_formulas(sentence) for sentence in sentences],
    }
    if drag:
        data["drag"] = drag
    script = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    script = re.sub("<(?=[!/]|script)", r"\\u003c", script, flags=re.IGNORECASE)  # what an HTML parser would take for itself
    says = element("p", sentences[first], f'class="explorer-says{process(*sentences)}" aria-live="polite"')
    width, classes, parted = f"max-width:{explorer.figsize[0] * 1.2:g}in", ["explorer-drag"] * bool(drag), ""
    _, _, wide, high = (float(number) for number in box.split())
    panel = wide
    if columns:  # on a phone the right panel lies below the left one, and each is as wide as the screen
        shift = max(columns[1] - 2, 0)
        panel = max(columns[0] + 2, wide - shift)
        width += f";--wide:{wide / panel:.4g};--high:{high / panel:.4g};--right:{-shift:.4g}px;--down:{high:g}px"
        classes, parted = [*classes, "explorer-panels"], f' data-split="{shift:.4g}"'
    if panel > PHONE:  # there, text that would be smaller than eleven pixels grows
        width += f";--size:{SMALLEST * panel / PHONE_WIDTH:.4g}px"
        classes = [*classes, "explorer-small"]
    look = f' class="{" ".join(classes)}"' if classes else ""
    named = f"{name}-about {name}-more" if explorer.more else f"{name}-about"
    parts = [
        f'<figure class="explorer" id="{name}" style="{colours(pieces)}"{"" if explorer.live is None else " data-live"}>',
        f'<div class="explorer-controls" hidden>{"".join(control(name, k, s) for k, s in sliders.items())}{buttons(sliders)}</div>'
        if sliders else "",
        says,
        f'<div class="explorer-picture"><svg viewBox="{box}" role="img" aria-labelledby="{named}"{look}{parted} style="{width}" '
        f'fill="{settings.black()}">{picture}</svg></div>',
        f"<figcaption>{caption(explorer)}</figcaption>",
        f'<script type="application/json">{script}</script>' if sliders else "",
        "</figure>",
    ]
    return "".join(parts)


def with_player(figure):
    """A figure with the style sheet before it and the player behind it."""
    here = Path(__file__).parent
    style = (here / "explorer.css").read_text(encoding="utf-8")
    return f"<style>{style}</style>{figure}<script>{player()}</script>"


def player() -> str:
    """The player's script as a page loads it."""
    return plain_script(Path(__file__).parent / "player.js")


def plain_script(path: Path) -> str:
    """A script without its comments and indentation, which are for those who read it, not for those who load it."""
    return re.sub(r"^\s*(//.*)?\n|^\s+|\s+// .*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


def document(title, body):
    """A whole page, light or dark as the reader's system is."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title>\n<style>:root {{ color-scheme: light dark }} body {{ font-family: sans-serif }} "
        "body figure.explorer { color-scheme: inherit }</style></head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def about(s):
    """A slider as the player needs it: the readouts, and the numbers that an address may name where they are written otherwise."""
    numbers = s.kind != "choice" and s.texts != tuple(f"{v:g}" for v in s.values)
    return {"label": s.label, "texts": s.texts} | ({"values": s.values} if numbers else {})


def control(figure, name, s):
    """One slider with its label and its readout, which has room for its widest text; a choice of two or three as radio buttons."""
    text, label = html.escape(s.texts[s.start]), html.escape(s.label)
    if s.kind == "choice" and len(s.texts) <= 3:
        radio = f'<label><input type="radio" name="{figure}.{name}"'
        marks = [" checked" * (k == s.start) for k in range(len(s.texts))]
        options = "".join(f'{radio} value="{k}"{marks[k]}>{element("span", text)}</label>' for k, text in enumerate(s.texts))
        return f'<fieldset name="{name}">{element("legend", s.label)}{options}</fieldset>'
    return (
        f"<label>{element('span', s.label)}"
        f'<input type="range" name="{name}" min="0" max="{len(s.values) - 1}" step="1" value="{s.start}" aria-label="{label}" '
        f'aria-describedby="{figure}-about" aria-valuetext="{text}">'
        f'<output aria-live="off" style="min-width:min({max(map(len, s.texts))}ch,30vw)">{text}</output></label>'
    )


def buttons(sliders):
    """The buttons below the sliders: one runs the first slider, or draws again; one keeps the curves to compare with."""
    first = next((s for s in sliders.values() if s.kind != "choice" or len(s.texts) > 3), None)
    run = ""
    if first and first.label in AGAIN:
        run = f'<button type="button" class="explorer-again" title="Space">{html.escape(first.label)} again</button>'
    elif first:
        run = f'<button type="button" class="explorer-play" title="Space" aria-label="Play {html.escape(first.label)}"></button>'
    keep = '<button type="button" class="explorer-keep" aria-pressed="false">Keep</button>'
    return f'<div class="explorer-buttons">{run}{keep}</div>'


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
    used.add(settings.variables()["#000000"])
    pairs = {name: pair for name, pair in settings.current.palette.items() if name in used}
    return ";".join(f"--reg-{name}:light-dark({light},{dark})" for name, (light, dark) in pairs.items())
