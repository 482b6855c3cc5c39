"""The small pictures of the explorers: each found, small, without words, and the gallery lacks none."""

import gzip
import re
from xml.etree import ElementTree

import gallery
import pytest
from conftest import sphinx_app
from test_book import BOOK, ROOT, code_cells, explored, name_of, read

FIGURE = (
    '<figure class="explorer" id="{0}" style="--reg-blue:light-dark(#0067b1,#5cb3f2)"><p class="explorer-says">Six.</p>'
    '<div class="explorer-picture"><svg viewBox="0 0 40 20" role="img" aria-labelledby="{0}-about" style="max-width:6in" '
    'fill="#000"><defs><clipPath id="{0}-p1"><rect x="1.26" y="0" width="9" height="9"/></clipPath></defs><g><g><text x="1">A word'
    '</text></g></g><g clip-path="url(#{0}-p1)"><path d="M1.26 2.04L3.21 4" transform="scale(0.015)"/></g></svg></div>'
    '<figcaption><p id="{0}-about">Where does <em>it</em> turn?</p></figcaption></figure>'
)


def test_a_small_picture_has_no_words_coarser_paths_and_ids_of_its_own():
    small = gallery.thumbnail(FIGURE.format("six"), "part/figures")
    root = ElementTree.fromstring(small)
    assert root.get("aria-hidden") == "true" and root.get("viewBox") == "0 0 40 20" and root.get("fill") == "#000"
    assert "text" not in small and "<g/>" not in small and "style" not in small
    assert 'd="M1.5 2l1.5 2"' in small and "scale(0.015)" in small
    assert 'id="small-figures-six-p1"' in small and "url(#small-figures-six-p1)" in small


@pytest.fixture
def build(tmp_path):
    """Build a site of a page with two explorers and a page that shows them; give the latter's HTML and the warnings."""

    def built(text):
        source = tmp_path / "source"
        (source / "part").mkdir(parents=True)
        (source / "conf.py").write_text("extensions = ['gallery']", encoding="utf-8")
        for page, names in (("figures", ("six", "seven")), ("more", ("six",))):
            raw = "\n\n".join(f".. raw:: html\n\n   {FIGURE.format(name)}" for name in names)
            (source / "part" / f"{page}.rst").write_text(f"Figures\n=======\n\n{raw}\n", encoding="utf-8")
        toc = ".. toctree::\n\n   part/figures\n   part/more\n"
        (source / "index.rst").write_text(f"Home\n====\n\n{text}\n\n{toc}", encoding="utf-8")
        with sphinx_app(source) as app:
            app.build()
            return (app.outdir / "index.html").read_text(encoding="utf-8"), app.warning.getvalue()

    return built


def test_a_gallery_links_each_explorer_with_its_line_and_takes_the_rest_where_none_is_named(build):
    page, told = build(".. gallery:: seven\n\n.. gallery::\n")
    first, rest = re.findall(r'<ul class="gallery">.*?</ul>', page, re.DOTALL)
    assert told == "" and re.findall('href="([^"]+)"', first) == ["part/figures.html#seven"]
    assert "<p>Where does it turn?</p>" in first and first.count("<svg") == 1
    assert re.findall('href="([^"]+)"', rest) == ["part/figures.html#six", "part/more.html#six"]


def test_a_picture_is_no_link_and_one_that_is_missing_is_a_warning(build):
    page, told = build(".. picture:: more:six\n\n.. picture:: eight\n")
    assert page.count('<svg class="small"') == 1 and "more.html#six" not in page
    assert "no explorer 'eight'" in told


def test_a_name_of_two_explorers_needs_its_page(build):
    _, told = build(".. picture:: six\n")
    assert "more than one explorer 'six'" in told


def test_every_explorer_of_the_book_has_its_place_in_the_gallery_and_no_other_is_named():
    text = (ROOT / "book" / "gallery.md").read_text(encoding="utf-8")
    named = [name for line in re.findall(r"^```\{gallery\} (.+)$", text, re.MULTILINE) for name in line.split()]
    calls = [(path, call) for path in BOOK for cell in code_cells(path) for call in explored(cell)]
    there = [(path.stem, call.args[0].id.replace("_", "-"), "") for path, call in calls]
    assert len(named) == len(set(named))
    assert not (gone := [name for name in named if not gallery.called(name, there)]), f"not in the book any more: {gone}"
    assert not (twice := [name for name in named if len(gallery.called(name, there)) > 1]), f"say of which page, page:name: {twice}"
    assert text.count("```{gallery}\n") == 1, "one for those that are named nowhere"


def test_the_pictures_on_the_site_are_small(site):
    for page in ("index.html", "book/gallery.html"):
        pictures = re.findall(r'<svg class="small".*?</svg>', (site / page).read_text(encoding="utf-8"), re.DOTALL)
        assert len(pictures) >= 6
        assert max(len(gzip.compress(picture.encode())) for picture in pictures) < 4096


def test_the_cards_name_the_minutes_that_the_chapters_take():
    words = "\n".join(cell.source for cell in read(ROOT / "index.ipynb").cells if cell.cell_type == "markdown")
    cards = dict(re.findall(r":link: book/(\w+)\n.*?\n(\d+) minutes", words, re.DOTALL))
    start = (ROOT / "book" / "start.md").read_text(encoding="utf-8")
    assert cards == dict(re.findall(r"\((\w+)\.ipynb\) \|.*\| (\d+) minutes \|", start)) and len(cards) == 6
    assert {name_of(path) for path in BOOK} >= set(cards)
