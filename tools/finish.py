"""What the pages still need when Sphinx has made them: fewer icons and scripts, and files that hosts and search engines ask for.

The theme brings all two thousand icons of Font Awesome, as a script and as a font, over 700 kB on each page. Pages use
about twenty: the script goes, and the font and its rules keep those twenty. It also has each page load the index of the
search, to find words as they are typed, which is not turned on here: only the page of the search needs it. And Sphinx has
a page load MathJax for formulas of the pages that stand below it in the contents. Pygments marks each name and each
bracket of a line of code, and the theme gives most of these marks the colour that code has without one.
"""

import re
from pathlib import Path
from urllib.parse import quote, urlsplit
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
SCRIPT = re.compile(r'\n\s*(?:<!-- So that users can add custom icons -->|<script defer src="[^"]*fontawesome\.js[^"]*"></script>)')
SEARCH = re.compile(r'\n\s*<script src="[^"]*(?:_static/searchtools|_static/language_data|searchindex)\.js"></script>')
MATHJAX = re.compile(r'\n\s*<script[^>]* src="[^"]*/tex-chtml\.js"></script>')
FORMULA = re.compile(r'class="[^"]*\b(?:math|mathjax_process)\b')
CODE = re.compile(r'<div class="highlight"><pre>.*?</pre>', re.DOTALL)
COLOURS = re.compile(r'^html\[data-theme="(\w+)"\] \.highlight( \.\w+)? \{(?: background: #\w+;)? color: (#\w+) \}', re.MULTILINE)
FACE = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")
# an address that counts from the folder of its page
RELATIVE = re.compile(r'(?<=\s)((?:href|src|action|data-content_root)=")(?![#/]|[a-z]+:)(?:\./)?')
# On a host whose address was not known: a page that is shown in place of one in a folder looks for the folder that it is in.
FIND_HOME = """<script>
(async () => {
  if (location.pathname.endsWith("/404.html")) return;
  for (let up = new URL(".", location); ; up = new URL("..", up)) {
    const own = new URL("404.html", up);
    if ((await fetch(own)).ok) return location.replace(own);
    if (up.pathname === "/") return;
  }
})();
</script>
"""


def finish(site, url=None, say=print):
    """Finish the pages in a folder; `url` is the address that they will have, if it is known."""
    site = Path(site)
    slim_icons(site, slim_pages(site))
    draw_preview(site / "_static" / "preview.png")
    for leftover in (site / "_static").rglob("*.map"):
        leftover.unlink()
    (site / ".nojekyll").touch()  # GitHub Pages would leave out folders that begin with an underscore
    lead_home(site / "404.html", url)
    if url:
        pages = [p.relative_to(site).as_posix() for p in check_site.page_files(site) if p.name != "404.html"]
        places = "".join(f"<url><loc>{escape(url + quote(page))}</loc></url>\n" for page in pages)
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n'
        (site / "sitemap.xml").write_text(text, encoding="utf-8")
    else:
        say("No sitemap: the address of the site is not known (a checkout of GitHub, or SITE_URL=https://..., tells it).")


def lead_home(path, url=None):
    """Make the page for missing ones, which is shown in any folder, lead to the site's own pages and style sheets."""
    text = path.read_text(encoding="utf-8")
    text = RELATIVE.sub(rf"\g<1>{urlsplit(url).path}", text) if url else text.replace("</title>", f"</title>\n{FIND_HOME}", 1)
    path.write_text(text, encoding="utf-8")


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


def slim_pages(site):
    """Leave out of each page the scripts and the marks that it does not need; return the names of the icons that pages show."""
    shown, mark = set(), marks_without_colour(site)
    for path in check_site.page_files(site):
        text = path.read_text(encoding="utf-8")
        shown |= icons(text)
        slim = SCRIPT.sub("", text)
        if path.name != "search.html":
            slim = SEARCH.sub("", slim)
        if not FORMULA.search(slim):
            slim = MATHJAX.sub("", slim)
        if mark:
            slim = CODE.sub(lambda block: mark.sub(lambda marked: marked[1], block[0]), slim)
        if slim != text:
            path.write_text(slim, encoding="utf-8")
    return shown


def icons(text):
    """The names of Font Awesome's icons in a text."""
    return set(re.findall(r"fa-[\w-]+", text))


def marks_without_colour(site):
    """What finds the marks in code that change nothing: those of the colour that stands around them. None if there are none."""
    found = COLOURS.findall((site / "_static" / "pygments.css").read_text(encoding="utf-8"))
    around = {theme: colour for theme, kind, colour in found if not kind}
    coloured = {kind for theme, kind, colour in found if kind and colour != around[theme]}
    plain = "|".join(kind.strip(" .") for kind in sorted({kind for _, kind, _ in found} - coloured - {""}))
    return re.compile(rf'<span class="(?:{plain})">([^<]*)</span>') if plain else None


def slim_icons(site, shown):
    """Leave out Font Awesome's script, and all of its font and rules but the icons that a page or the theme shows."""
    static = site / "_static"
    for path in [*static.rglob("*.html"), *(static / "scripts").glob("*.js")]:
        if path.name != "fontawesome.js":
            text = path.read_text(encoding="utf-8")
            shown = shown | icons(text)
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
    font = TTFont(fonts / "fa-solid-900.ttf", recalcTimestamp=False)  # the same pages make the same font
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
