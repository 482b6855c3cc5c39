"""The course as one file: sheets, outline, links, whole figures; and that what is wrong is found."""

import io
import re
import unicodedata

import pdf
import pypdf
import pytest

HEAD = '<meta charset="utf-8"><style>.headerlink {{ display: none }}</style><div id="jb-print-docs-body"><h1>{}</h1></div>'
HERE = """<article><section id="one"><h2>One<a class="headerlink" href="#one">#</a></h2>
<a href="#wave?lam=1">move it</a> <a href="next.html#far">over there</a> <a href="next.html">next</a> <a href="more.html">more</a>
<figure class="explorer" id="wave"><p>above</p><svg width="50" height="50"></svg><p>below</p></figure>
<details><summary>A fold</summary><p id="folded">unseen</p></details><a href="#folded">the fold</a></section></article>"""
NEXT = """<article><section id="two"><h2>Two</h2><p>two</p><h3>Three</h3>
<p id="far" style="break-before: page">far away</p></section></article>"""


def bound(browser, folder, address=None, here=HERE):
    """A book of two small pages, and what is wrong with it."""
    for name, body in (("here", here), ("next", NEXT)):
        (folder / f"{name}.html").write_text(HEAD.format(name) + body, encoding="utf-8")
    front, chapters = pdf.print_site(browser, folder, ["here", "next"], address, say=lambda *words, **how: None)
    book, faults = pdf.bind(front, chapters)
    kept = io.BytesIO()
    book.write(kept)
    return pypdf.PdfReader(kept), faults


def links(book):
    """All links of a book: (sheet, the sheet that it leads to, or its address)."""
    found = []
    for number, sheet in enumerate(book.pages):
        for each in [each.get_object() for each in sheet.get("/Annots", ())]:
            to = book.get_page_number(each["/Dest"][0].get_object()) if "/Dest" in each else each["/A"]["/URI"]
            found.append((number, to))
    return found


def outline(items, level=0):
    """The outline: (level, title, item)."""
    for item in items:
        if isinstance(item, list):
            yield from outline(item, level + 1)
        else:
            yield level, item.title, item


@pytest.fixture(scope="module")
def small(browser, tmp_path_factory):
    """The book of two pages, and what is wrong with it."""
    return bound(browser, tmp_path_factory.mktemp("small"), "https://example.org/course/")


def test_links_lead_to_places_within_the_file_and_to_the_site_beyond_it(small):
    book, faults = small
    assert faults == [] and len(book.pages) == 4
    contents = [(0, 1), (0, 2)]
    of_here = [(1, 1), (1, 3), (1, 2), (1, "https://example.org/course/more.html"), (1, 1)]
    assert links(book) == [*contents, *of_here]
    assert "far away" in book.pages[3].extract_text() and "unseen" not in book.pages[1].extract_text()


def test_without_an_address_what_is_not_in_the_file_is_plain_text(browser, tmp_path):
    book, faults = bound(browser, tmp_path)
    assert faults == [] and "more" in book.pages[1].extract_text() and not [to for _, to in links(book) if isinstance(to, str)]


def test_sheets_are_numbered_through_and_the_contents_and_the_outline_say_so(small):
    book, _ = small
    assert [sheet.extract_text().split()[-1] for sheet in book.pages] == ["1", "2", "3", "4"]
    assert re.findall(r"(here|next)\s*(\d)", book.pages[0].extract_text()) == [("here", "2"), ("next", "3")]
    told = [(level, title, book.get_destination_page_number(item)) for level, title, item in outline(book.outline)]
    assert told == [(0, "here", 1), (1, "One", 1), (0, "next", 2), (1, "Two", 2), (2, "Three", 2)]


def test_a_figure_that_is_cut_is_found(browser, tmp_path):
    _, faults = bound(browser, tmp_path, here=HERE.replace("<p>below", '<p style="break-before: page">below'))
    assert faults == ["here: the figure wave is cut"]


def test_a_link_that_leads_nowhere_is_found(browser, tmp_path):
    _, faults = bound(browser, tmp_path, here=HERE.replace("#far", "#gone"))
    assert faults == ["sheet 2: a link leads to next#gone, which is no place of the file"]


@pytest.fixture(scope="module")
def course(browser, site):
    """A chapter and two pages of the reference, as they are printed into the book."""
    names = ["book/mistakes", "book/api", "book/api/figures"]
    front, chapters = pdf.print_site(browser, site, names, say=lambda *words, **how: None)
    book, faults = pdf.bind(front, chapters)
    pdf.finish(book)
    kept = io.BytesIO()
    book.write(kept)
    book = pypdf.PdfReader(kept)  # its ligatures are letters below
    return book, faults, chapters, [unicodedata.normalize("NFKC", sheet.extract_text()) for sheet in book.pages]


def test_of_the_course_no_figure_is_cut_no_link_is_lost_and_no_sheet_is_empty(course, site):
    book, faults, chapters, texts = course
    assert faults == []
    assert len(book.pages) == 1 + sum(len(sheets.pages) for _, _, sheets in chapters) > 10
    assert [k + 1 for k, text in enumerate(texts) if len(text.split()) < 5] == []
    page = (site / "book" / "mistakes.html").read_text(encoding="utf-8")
    assert len(chapters[0][1]["figures"]) == page.count('<figure class="explorer"') > 1


def test_the_outline_of_the_course_leads_to_the_headings(course):
    book, _, _, texts = course
    entries = list(outline(book.outline))
    assert [title for level, title, _ in entries if level == 0] == ["Common mistakes, collected", "The package"]
    assert len(entries) > 20
    for _, title, item in entries:
        words = re.sub(r"\W", "", title)
        assert words in re.sub(r"\W", "", texts[book.get_destination_page_number(item)]), title


def test_every_link_of_the_course_leads_into_it(course):
    book, _, chapters, _ = course
    found = links(book)
    apart = [to for _, to in found if isinstance(to, str)]
    assert len(found) > 15 and not [to for to in apart if to.startswith(pdf.INSIDE) or "127.0.0.1" in to]
    module = len(book.pages) - len(chapters[-1][2].pages)
    listed = range(module - len(chapters[1][2].pages), module)
    assert [to for number, to in found if number in listed and to == module], "from the list of modules to the page of one"
