"""The explorer on a page without a kernel."""

import html
import itertools
import json
import re

from reglesson.explore import cut, settings


def figure_html(explorer, positions, drawn):
    """The `<figure>` of a website: the first picture in place, the others as lists of shared pieces."""
    name, sliders = explorer.name, explorer.sliders
    number, frames, box = {}, [], ""
    for svg, _ in drawn:
        box, pieces = cut.cut(svg, name)
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
        "frames": [frames[0], *(cut.changes(a, b) for a, b in itertools.pairwise(frames))],
        "captions": [s for _, s in drawn],
    }
    script = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    width = f"max-width:{explorer.figsize[0] * 1.2:g}in"
    parts = [
        f'<figure class="explorer" id="{name}" style="{colours(texts)}">',
        f'<div class="explorer-controls" hidden>{controls}</div>' if sliders else "",
        f'<svg viewBox="{box}" role="img" aria-labelledby="{name}-about" style="{width}" fill="{settings.black()}">{picture}</svg>',
        f'<figcaption><p id="{name}-about">{about}</p><p class="explorer-says" aria-live="polite">{sentence}</p></figcaption>',
        f'<script type="application/json">{script}</script>' if sliders else "",
        "</figure>",
    ]
    return "".join(parts)


def colours(pieces):
    """The variables of the colours that the pieces and the caption use: a colour for a light page and one for a dark one."""
    used = {name for piece in pieces for name in re.findall(r"var\(--reg-([\w-]+)\)", piece)}
    pairs = {name: pair for name, pair in settings.current.palette.items() if name in used or name == "ink"}
    return ";".join(f"--reg-{name}:light-dark({light},{dark})" for name, (light, dark) in pairs.items())
