"""The built site as files: all pages, no dead link, small enough; and that the check of the site finds what is wrong."""

import gzip
import json
import re
import shutil
from pathlib import Path

import check_site
import contents
import finish
import pydata_sphinx_theme
import pytest
from fontTools.ttLib import TTFont
from sphinx.highlighting import PygmentsBridge

ROOT = check_site.ROOT
ENTRIES = contents.pages(ROOT)
FIGURE = re.compile(r'<figure class="explorer".*?</figure>', re.DOTALL)


def zipped(text):
    return len(gzip.compress(text.encode(), 9))


def test_the_site_has_no_problem(site):
    assert check_site.problems(site) == []


@pytest.fixture(scope="module")
def read(site):
    """All pages of the site, read once."""
    return check_site.read(site)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_page_has_the_title_of_its_source(read, entry):
    source = next(p for p in (ROOT / f"{entry}.ipynb", ROOT / f"{entry}.md") if p.is_file())
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".ipynb":
        text = "\n\n".join("".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] == "markdown")
    [title] = re.findall(r"^# (.+)$", text, re.MULTILINE)[:1]
    plain = re.sub(r"\W+", "", re.sub(r"[`*]|\$[^$]*\$", "", title))
    page = read[f"{entry}.html"]
    assert plain in re.sub(r"\W+", "", page.title)


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_explorer_of_a_notebook_is_on_its_page_and_small(site, entry):
    path = ROOT / f"{entry}.ipynb"
    page = (site / f"{entry}.html").read_text(encoding="utf-8")
    figures = FIGURE.findall(page)
    pictures = 0
    if path.is_file():
        outputs = [o for c in json.loads(path.read_text(encoding="utf-8"))["cells"] for o in c.get("outputs", [])]
        pictures = sum("image/png" in o.get("data", {}) for o in outputs)
    assert len(figures) == pictures
    for figure in figures:
        if figure.count("<input") == 1:
            assert zipped(figure) < 40_000, re.search('id="([^"]+)"', figure)[1]
    assert zipped(page) < 500_000


def test_the_player_is_small_and_loaded_once_a_page(site, read):
    assert zipped((site / "_static" / "player.js").read_text(encoding="utf-8")) < 4000
    for entry in ENTRIES:
        loads = read[f"{entry}.html"].loads
        assert sum("player.js" in address for address in loads) == 1


def test_pages_load_mathjax_and_the_search_only_where_they_use_them(site, read):
    formulas = re.compile(r'class="[^"]*\b(?:math|mathjax_process)\b[^"]*"')
    for name, page in read.items():
        loads = [address.split("?")[0].rsplit("/", 1)[-1] for address in page.loads]
        body = (site / name).read_text(encoding="utf-8").split("<body", 1)[1]
        assert loads.count("tex-chtml.js") == bool(formulas.search(body)), name
        for script in ("searchtools.js", "language_data.js", "searchindex.js"):
            assert loads.count(script) == (name == "search.html"), f"{name}: {script}"


# -- the check itself: each kind of problem, put into a site that has none -----------------------------------------

GOOD = """<html><head><link rel="stylesheet" href="a.css"><script src="a.js"></script></head><body><h1>Home</h1>
<p>Costs 5 and \\(x\\)</p><span class="math">$x$</span><pre>```{raw}</pre>
<figure class="explorer" id="wave"><input type="range" name="lam"></figure>
<a href="#wave?lam=1">link</a> <a href="other.html#there">link</a> <a href="https://example.org/">elsewhere</a></body></html>"""
OTHER = '<html><body><h1 id="there">Other</h1><a href="index.html">home</a></body></html>'


@pytest.fixture
def small(tmp_path):
    site = tmp_path / "html"
    site.mkdir()
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: other\n", encoding="utf-8")
    (site / "index.html").write_text(GOOD, encoding="utf-8")
    (site / "other.html").write_text(OTHER, encoding="utf-8")
    (site / "a.css").write_text("p { color: red; background: url(data:x) }", encoding="utf-8")
    (site / "a.js").write_text("", encoding="utf-8")
    return site


def test_a_site_without_problems_has_none(small):
    assert check_site.problems(small, small.parent) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('href="other.html#there"', 'href="gone.html"', "leads to no file"),
        ('href="other.html#there"', 'href="other.html#gone"', "leads to no place on the page"),
        ('href="#wave?lam=1"', 'href="#gone?lam=1"', "leads to no place on the page"),
        ('href="#wave?lam=1"', 'href="#wave?p=1"', "moves a slider that is not there: p"),
        ('src="a.js"', 'src="https://cdn.example/a.js"', "from outside"),
        ('src="a.js"', 'src="//cdn.example/a.js"', "from outside"),
        ('href="a.css"', 'href="https://cdn.example/a.css"', "from outside"),
        ("<p>Costs", '<img src="a.js"><p>Costs', "no text alternative"),
        ("<p>Costs", '<p id="wave">Costs', "stands twice"),
        ("<p>Costs", '<p id="the-same-λ">Costs', "is not ASCII"),
        ("<h1>Home</h1>", "<h2>Home</h2>", "has no title"),
        ("Costs 5", "Costs {prf:ref}`one`", "raw markup"),
        ("Costs 5", "Costs $x_1$", "raw markup"),
        ("Costs 5", r"Costs \frac{1}{2}", "raw markup"),
        ("Costs 5", "Costs ```{note}", "raw markup"),
        ("Costs 5", "[text](l1.ipynb)", "raw markup"),
        ("Costs 5", "see [text](l1.ipynb)", "raw markup"),
    ],
)
def test_a_problem_is_found(small, old, new, said):
    page = GOOD.replace(old, new)
    assert page != GOOD
    (small / "index.html").write_text(page, encoding="utf-8")
    found = check_site.problems(small, small.parent)
    assert [problem for problem in found if said in problem and problem.startswith("index.html")], found


def test_a_missing_page_and_one_too_many_are_found(small):
    shutil.move(small / "other.html", small / "another.html")
    found = check_site.problems(small, small.parent)
    assert any(p.startswith("other.html") and "no such page" in p for p in found)
    assert any(p.startswith("another.html") and "does not name" in p for p in found)


def test_a_style_sheet_that_loads_from_outside_is_found(small):
    (small / "a.css").write_text("@import 'https://cdn.example/font.css';", encoding="utf-8")
    assert any("cdn.example" in problem for problem in check_site.problems(small, small.parent))


# -- what is done to the pages when Sphinx has made them -------------------------------------------------------


def test_every_icon_of_a_page_is_in_the_font_and_the_script_of_all_icons_is_gone(site):
    styles = site / "_static" / "styles" / "pydata-sphinx-theme.css"
    rules = styles.read_text(encoding="utf-8")
    glyphs = TTFont(site / "_static" / "vendor" / "fontawesome" / "webfonts" / "icons.woff").getBestCmap()
    kinds = {"fa-solid", "fa-regular", "fa-brands", "fa-lg", "fa-fw"}
    for path in [site / "index.html", *(site / "book").glob("*.html")]:
        page = path.read_text(encoding="utf-8")
        assert "fontawesome.js" not in page
        shown = set(re.findall(r'class="[^"]*\b(fa-[\w-]+)"', page)) - kinds
        assert shown
        for icon in shown:
            code = re.search(rf'\.{icon}:before[^{{}}]*\{{content:"\\?([^"]+)"\}}', rules)
            assert code, f"{path.name}: {icon} has no rule"
            assert (ord(code[1]) if len(code[1]) == 1 else int(code[1], 16)) in glyphs, f"{path.name}: {icon} has no glyph"
    assert not list((site / "_static").rglob("fontawesome.js*")) and not list((site / "_static").rglob("*.map"))


def coloured(block, rules):
    """Each character of a block of code with the rule of its mark, or of the block where there is none."""
    parts = re.findall(r'<span class="(\w+)">([^<]*)</span>|([^<]+)|<[^>]*>', block)
    return [(letter, rules.get(kind, rules[""])) for kind, marked, plain in parts for letter in marked + plain]


def test_code_loses_marks_and_no_colour(site, tmp_path):
    (tmp_path / "_static").mkdir()
    css = Path(shutil.copy(site / "_static" / "pygments.css", tmp_path / "_static")).read_text(encoding="utf-8")
    code = 'def f(x, y=1.5):\n    """Sum."""\n    return x[0] + -y  # why\n\n\nprint(f"{f([2]):.1f} and", *map(str, (3, None)))\n'
    block = PygmentsBridge("html").highlight_block(code, "python")
    aside = '<p><span class="n">no code</span></p>'
    (tmp_path / "page.html").write_text(f"<body>{aside}{block}</body>", encoding="utf-8")
    finish.slim_pages(tmp_path)
    slim = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert aside in slim
    after = finish.CODE.search(slim)[0]
    for theme in ("light", "dark"):
        rules = {kind.strip(" ."): rule for kind, rule in re.findall(rf'"{theme}"\] \.highlight( \.\w+)? {{(.*?)}}', css)}
        rules = {kind: re.sub("background: #.*?; ", "", rule).strip() for kind, rule in rules.items()}
        before = coloured(finish.CODE.search(block)[0], rules)
        assert coloured(after, rules) == before and len({rule for _, rule in before}) > 4
    assert all(rules[kind] != rules[""] for kind in re.findall(r'<span class="(\w+)">', after))


def test_the_site_has_what_hosts_and_previews_ask_for(site):
    assert (site / ".nojekyll").is_file()
    picture = (site / "_static" / "preview.png").read_bytes()
    assert [int.from_bytes(picture[k : k + 4], "big") for k in (16, 20)] == [1200, 630]
    for name in [f"{entry}.html" for entry in contents.pages(check_site.ROOT)]:
        page = (site / name).read_text(encoding="utf-8")
        for key in ('property="og:title"', 'property="og:description"', 'name="description"'):
            assert re.search(rf'<meta {key} content="[^"]+"', page), f"{name}: {key}"


@pytest.mark.parametrize("url", [None, "https://someone.github.io/course/"])
def test_a_sitemap_is_written_where_the_address_is_known(site, tmp_path, url, capsys):
    small = tmp_path / "site"
    shutil.copytree(site / "_static", small / "_static")
    for folder in (small, small / "book"):
        folder.mkdir(exist_ok=True)
        (folder / "page & more.html").write_text("<html></html>", encoding="utf-8")
    missing = '<head><title>No</title></head><a href="#a"> <a href="index.html"> <a href="https://a.org/"> <script src="./b/c.js">'
    (small / "404.html").write_text(missing, encoding="utf-8")
    shutil.copy(next(Path(pydata_sphinx_theme.__file__).parent.rglob("fa-solid-900.ttf")),
                small / "_static" / "vendor" / "fontawesome" / "webfonts")  # fmt: skip
    finish.finish(small, url)
    if url:
        places = re.findall("<loc>(.*?)</loc>", (small / "sitemap.xml").read_text(encoding="utf-8"))
        assert places == [f"{url}book/page%20%26%20more.html", f"{url}page%20%26%20more.html"]
        led = '<a href="#a"> <a href="/course/index.html"> <a href="https://a.org/"> <script src="/course/b/c.js">'
        assert (small / "404.html").read_text(encoding="utf-8") == f"<head><title>No</title></head>{led}"
    else:
        assert not (small / "sitemap.xml").exists() and "SITE_URL" in capsys.readouterr().out
