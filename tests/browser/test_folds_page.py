"""Sections that are folded on demand: what leads into one opens it, it opens without a script, and on paper it is open."""

import json

import pytest
from conftest import ROOT, open_page

NOTEBOOKS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "book").glob("*.ipynb"))}
CHAPTERS = [
    name for name, book in NOTEBOOKS.items() if any("on-demand" in cell["metadata"].get("tags", []) for cell in book["cells"])
]
CLOSE = "() => { document.querySelectorAll('details[open]').forEach((e) => { e.open = false; }); scrollTo(0, 0); }"
IN_VIEW = """(id) => {
    const place = document.getElementById(id), { top, bottom } = place.getBoundingClientRect();
    return place.checkVisibility() && bottom > 0 && top < innerHeight;
}"""
FOLDED = "details.on-demand > :not(summary, .cell, .sd-dropdown)"  # on paper the code of a figure and a hint are left out
HIDDEN = f"() => [...document.querySelectorAll('{FOLDED}')].filter((e) => !e.checkVisibility()).length"
CLICK = """(state) => {
    const link = document.querySelector("article p").appendChild(document.createElement("a"));
    link.href = state;
    link.textContent = "there"; // the figure stays in view as long as this does
    link.click();
}"""
MARKED = "() => [...document.querySelectorAll('#pst-page-toc-nav a.active')].map((link) => link.hash.slice(1))"


AT_ONCE = "* { scroll-behavior: auto !important; }"


@pytest.fixture(scope="module", params=CHAPTERS)
def loaded(request, browser, lacking):
    """A chapter that has such sections, all closed when it is loaded. Its formulas are not looked at."""
    page = open_page(browser, lacking("mathjax"), f"book/{request.param}.html", wait=False)
    assert page.evaluate(HIDDEN) > 0 and page.trouble == []
    yield page
    page.context.close()


@pytest.fixture
def chapter(loaded):
    """The same window for each test that leaves the page whole, with all sections closed."""
    loaded.emulate_media(media="screen")
    loaded.add_style_tag(content=AT_ONCE)
    loaded.evaluate(CLOSE)
    return loaded


def inside(page, what):
    """The names of what lies in the folds."""
    return page.evaluate("(what) => [...document.querySelectorAll(`details.on-demand ${what}[id]`)].map((e) => e.id)", what)


def test_an_address_in_a_fold_opens_it_and_comes_into_view(chapter):
    names = inside(chapter, ":is(section, figure.explorer, .proof, .exercise)")
    if not names:
        pytest.skip("nothing in the folds of this chapter has an address")
    for name in names:
        chapter.evaluate(CLOSE)
        chapter.evaluate("(name) => { location.hash = name; }", name)
        chapter.wait_for_function(IN_VIEW, arg=name)
    assert chapter.trouble == []


def test_a_link_to_the_state_of_a_figure_in_a_fold_opens_it_and_moves_the_figure(chapter):
    for name in inside(chapter, "figure.explorer:has([type=range])"):
        slider = chapter.locator(f"figure[id='{name}'] [type=range]").first
        for go in ("(state) => { location.hash = state; }", CLICK):
            chapter.evaluate(CLOSE)
            slider.evaluate("(e) => { e.value = 1; }")
            chapter.evaluate(go, f"#{name}?{slider.get_attribute('name')}=-1e9")
            chapter.wait_for_function(IN_VIEW, arg=name)
            assert slider.evaluate("(e) => +e.value === 0")  # the nearest is the first position
        sent = chapter.url
        chapter.goto("about:blank")
        chapter.goto(sent)
        chapter.wait_for_function(IN_VIEW, arg=name)
    assert chapter.trouble == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_fold_opens_without_a_script(name, visit):
    page = visit(f"book/{name}.html", java_script_enabled=False, wait=False)
    fold = page.locator("details.on-demand").first
    assert not fold.locator("xpath=summary/following-sibling::*[1]").is_visible()
    fold.locator("> summary").click()
    assert fold.locator("xpath=summary/following-sibling::*[1]").is_visible()


def test_folds_are_open_on_paper(chapter):
    chapter.emulate_media(media="print")
    assert chapter.evaluate(HIDDEN) == 0
    assert not chapter.locator("details.on-demand > summary").first.is_visible()


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_heading_in_a_closed_fold_is_not_marked_as_what_is_read(name, visit, lacking):
    chapter = visit(f"book/{name}.html", wait=False, at=lacking("mathjax"))
    chapter.add_style_tag(content=AT_ONCE)
    outer = chapter.evaluate("""() => {
        const outer = document.querySelector("article section section:has(> section > h3)");
        const fold = document.createElement("details");
        fold.append(...outer.querySelectorAll(":scope > section"));
        outer.append(fold);
        outer.style.paddingBottom = "100vh"; // nothing else comes up
        fold.scrollIntoView();
        return outer.id;
    }""")
    chapter.wait_for_function(f"() => ({MARKED})().length")
    assert chapter.evaluate(MARKED) == [outer]
