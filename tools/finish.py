"""What the pages still need when Sphinx has made them: fewer icons, and the files that hosts and search engines ask for.

The theme brings all two thousand icons of Font Awesome, as a script and as a font, over 700 kB on each page. Pages use
about twenty: the script goes, and the font and its rules keep those twenty.
"""

import re
from pathlib import Path
from xml.sax.saxutils import escape

import check_site
import numpy as np
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from matplotlib import rc_context
from matplotlib.figure import Figure

from reglesson import style
from reglesson.data import wave, wave_signal
from reglesson.l2 import ridge_path

RULE = re.compile(r"((?:\.fa-[\w-]+:before,?)+)\{content:\"([^\"]+)\"\}")
SCRIPT = re.compile(r'\s*<!-- So that users can add custom icons -->|\s*<script defer src="[^"]*fontawesome\.js[^"]*"></script>')
FACE = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")
NOT_FOUND = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>No such page</title>
<style>
body {{ max-width: 36rem; margin: 4rem auto; padding: 0 1rem; font: 1.1rem/1.6 sans-serif; color-scheme: light dark }}
</style>
</head>
<body><main><h1>There is no such page</h1>
<p>Perhaps it has moved. <a href="{home}">The course begins here</a>, and each of its pages has a search box.</p></main></body>
</html>
"""


def finish(site, url=None, say=print):
    """Finish the pages in a folder; `url` is the address that they will have, if it is known."""
    site = Path(site)
    slim_icons(site)
    draw_preview(site / "_static" / "preview.png")
    for leftover in (site / "_static").rglob("*.map"):
        leftover.unlink()
    (site / ".nojekyll").touch()  # GitHub Pages would leave out folders that begin with an underscore
    (site / "404.html").write_text(NOT_FOUND.format(home=url or "/"), encoding="utf-8")
    if url:
        pages = [p.relative_to(site).as_posix() for p in check_site.page_files(site) if p.name != "404.html"]
        places = "".join(f"<url><loc>{escape(url + page)}</loc></url>\n" for page in pages)
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n'
        (site / "sitemap.xml").write_text(text, encoding="utf-8")
    else:
        say("No sitemap: the address of the site is not known (a checkout of GitHub, or SITE_URL=https://..., tells it).")


def draw_preview(path):
    """The picture beside a link to the course: one curve, too free, guarded, and held too tight; 1200 by 630 pixels."""
    x, y = wave(20, 0.35, np.random.default_rng(4))
    line = np.linspace(0, 1, 300)
    bends = [np.polynomial.legendre.legvander(2 * t - 1, 12)[:, 1:] for t in (x, line)]
    curves = ridge_path(bends[0], y, np.array([1e-5, 0.02, 5.0])).predict(bends[1])
    with rc_context({**style.RC, "font.size": 15, "axes.titlesize": 17}):
        fig = Figure(figsize=(12, 6.3), facecolor="white")
        axes = fig.subplots(
            1, 3, sharey=True, gridspec_kw={"left": 0.05, "right": 0.97, "top": 0.68, "bottom": 0.08, "wspace": 0.12}
        )
        for ax, curve, title in zip(axes, curves, ("λ too small", "λ about right", "λ too large"), strict=True):
            ax.plot(line, wave_signal(line), "--", color=style.GREEN)
            ax.plot(line, curve, color=style.BLUE, linewidth=3)
            ax.plot(x, y, "o", color=style.INK)
            ax.set(title=title, xlim=(0, 1), ylim=(-2.1, 2.1), xticks=(), yticks=())
        fig.text(0.05, 0.87, "Regularization, live", fontsize=38, fontweight="bold")
        fig.text(0.05, 0.79, "A course whose sliders move, and whose numbers are tested", fontsize=20, color=style.MUTED)
        fig.savefig(path, dpi=100)


def slim_icons(site):
    """Leave out Font Awesome's script, and all of its font and rules but the icons that a page or the theme shows."""
    static, shown = site / "_static", set()
    for path in [*site.rglob("*.html"), *(static / "scripts").glob("*.js")]:
        if "lite" in path.relative_to(site).parts or path.name == "fontawesome.js":
            continue
        text = path.read_text(encoding="utf-8")
        shown |= set(re.findall(r"\bfa-[\w-]+", text))
        if SCRIPT.search(text):
            path.write_text(SCRIPT.sub("", text), encoding="utf-8")
    for path in (static / "scripts").glob("fontawesome.js*"):
        path.unlink()
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    css = RULE.sub(
        lambda rule: rule[0] if set(re.findall(r"fa-[\w-]+", rule[1])) & shown else "", sheet.read_text(encoding="utf-8")
    )
    rest = css + "".join(p.read_text(encoding="utf-8") for p in static.rglob("*.css") if p != sheet)
    codes = {ord(c) for c in rest if "\ue000" <= c <= "\uf8ff"} | {int(c, 16) for c in re.findall(r"\\([ef][0-9a-f]{3})\b", rest)}
    fonts = static / "vendor" / "fontawesome" / "webfonts"
    font = TTFont(fonts / "fa-solid-900.ttf")
    subsetter = Subsetter(Options(notdef_outline=True))
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    for path in fonts.iterdir():
        path.unlink()
    font.flavor = "woff"
    font.save(fonts / "icons.woff")
    face = (
        "@font-face{font-family:Font Awesome\\ 6 Free;font-weight:900;font-display:block;"
        'src:url(../vendor/fontawesome/webfonts/icons.woff) format("woff")}'
    )
    sheet.write_text(FACE.sub("", css) + face, encoding="utf-8")
