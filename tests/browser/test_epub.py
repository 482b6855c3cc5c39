"""The course as an e-book: well-formed, with every formula and figure, and links that arrive; and that what is lost is found."""

import copy
import re
import zipfile
from xml.etree import ElementTree

import epub
import pytest

NAMES = ["book/mistakes", "book/start", "book/summary"]
XHTML, SVG, MATHML = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1998/Math/MathML}"


@pytest.fixture(scope="module")
def chapters(browser, site):
    """What three pages give to the book."""
    return epub.take(browser, site, NAMES, "https://example.org/course/", say=lambda *words, **how: None)


@pytest.fixture(scope="module")
def book(chapters, tmp_path_factory):
    """The book of three pages: {file: its tree}."""
    files, faults = epub.bind(chapters)
    assert faults == []
    target = tmp_path_factory.mktemp("book") / "course.epub"
    epub.write(target, chapters, files)
    with zipfile.ZipFile(target) as packed:
        first = packed.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        texts = {name: packed.read(name) for name in packed.namelist()}
    assert texts.pop("mimetype") == b"application/epub+zip" and texts.pop("book/style.css")
    return {name: ElementTree.fromstring(text) for name, text in texts.items()}


def test_every_formula_and_figure_of_the_pages_is_in_the_book(site, book):
    for name in NAMES:
        text = (site / f"{name}.html").read_text(encoding="utf-8")
        tree = book[f"book/{epub.file_of(name)}"]
        figures = [each for each in tree.iter(f"{XHTML}figure") if each.find(f".//{SVG}svg") is not None]
        assert len(figures) == text.count('<figure class="explorer"')
        formulas = len(list(tree.iter(f"{MATHML}math")))
        assert formulas > 10 or not text.count('class="math ')
        assert not [each for each in tree.iter(f"{MATHML}math") if not "".join(each.itertext()).strip()]
        words = "".join(tree.itertext())
        assert not re.search(r"\\\(|\\\[|\$\S", words), "a formula as it was written"
    assert formulas > 10 and name == "book/summary"


def test_nothing_in_the_book_needs_a_script_or_the_colours_of_the_site(book):
    for name, tree in book.items():
        text = ElementTree.tostring(tree, encoding="unicode")
        assert "var(--" not in text, name
        for part in tree.iter():
            assert part.tag.removeprefix(XHTML) not in ("script", "button", "input", "select", "details"), name
            assert not [key for key in part.attrib if key.startswith(("on", "data-"))], name


def test_every_link_of_the_book_arrives(book):
    places = {name: {part.get("id") for part in tree.iter()} for name, tree in book.items()}
    seen = 0
    for tree in book.values():
        for link in [part.get("href") for part in tree.iter(f"{XHTML}a") if part.get("href")]:
            if not link.startswith("https://"):
                file, _, place = link.partition("#")
                assert f"book/{file}" in places and (not place or place in places[f"book/{file}"]), link
                seen += 1
    assert seen > 10
    beyond = [part.get("href") for part in book["book/book-summary.xhtml"].iter(f"{XHTML}a")]
    assert "https://example.org/course/book/conventions.html" in beyond


def test_the_list_of_files_is_complete(book):
    package = book["book/package.opf"]
    listed = {f"book/{part.get('href')}": part.get("properties", "") for part in package.iter("{http://www.idpf.org/2007/opf}item")}
    assert set(book) == set(listed) - {"book/style.css"} | {"book/package.opf", "META-INF/container.xml"}
    assert listed["book/book-mistakes.xhtml"] == "mathml svg" and listed["book/book-summary.xhtml"] == "mathml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"<math.*?</math>", "x", "book/mistakes: of 15 formulas 14 are left"),
        (r"<svg.*?</svg>", "", "book/mistakes: of 2 figures 1 are left"),
        (r'href="inside:book/mistakes#[^"]*"', 'href="inside:book/mistakes#gone"', "leads to book/mistakes#gone"),
    ],
)
def test_what_is_lost_is_found(chapters, old, new, said):
    spoiled = copy.deepcopy(chapters)
    spoiled[0][1]["body"], count = re.subn(old, new, spoiled[0][1]["body"], count=1, flags=re.DOTALL)
    _, faults = epub.bind(spoiled)
    assert count == 1 and [fault for fault in faults if re.sub(r"\d+", "#", said) in re.sub(r"\d+", "#", fault)], faults
