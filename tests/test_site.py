"""The built site as files: all pages, no dead link, small enough; and that the check of the site finds what is wrong."""

import gzip
import json
import re
import shutil

import check_site
import pytest

ROOT = check_site.ROOT
ENTRIES = check_site.toc_entries(ROOT)
FIGURE = re.compile(r'<figure class="explorer".*?</figure>', re.DOTALL)


def zipped(text):
    return len(gzip.compress(text.encode(), 9))


def test_the_site_has_no_problem(site):
    assert check_site.problems(site) == []


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_page_has_the_title_of_its_source(site, entry):
    source = next(p for p in (ROOT / f"{entry}.ipynb", ROOT / f"{entry}.md") if p.is_file())
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".ipynb":
        text = "\n\n".join("".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] == "markdown")
    [title] = re.findall(r"^# (.+)$", text, re.MULTILINE)[:1]
    plain = re.sub(r"\W+", "", re.sub(r"[`*]|\$[^$]*\$", "", title))
    page = check_site.read(site)[f"{entry}.html"]
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


def test_the_player_is_small_and_loaded_once_a_page(site):
    assert zipped((site / "_static" / "player.js").read_text(encoding="utf-8")) < 3000
    for entry in ENTRIES:
        loads = check_site.read(site)[f"{entry}.html"].loads
        assert sum("player.js" in address for address in loads) == 1


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
    (tmp_path / "_toc.yml").write_text("root: index\nchapters:\n  - file: other\n", encoding="utf-8")
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
