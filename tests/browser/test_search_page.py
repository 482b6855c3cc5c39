"""What learners type leads to the right page, and the words are marked there."""

import pytest
from conftest import open_page
from search import phrases

FIRST_HITS = "() => [...document.querySelectorAll('#search-results ul.search > li a')].slice(0, 3).map((a) => a.href)"

ASK = "(query) => { document.querySelector('#search-results').replaceChildren(); Search.performSearch(query); }"
ENDED = "() => /found|did not match/.test(document.querySelector('#search-results .search-summary')?.textContent)"


def hits(page, query, by_address=False):
    """The addresses of the first three results of a search, by the page's address or by what it then calls."""
    if by_address:
        page.goto(page.url.split("search.html")[0] + f"search.html?q={query.replace(' ', '+')}")
    else:
        page.evaluate(ASK, query)
    page.wait_for_function(ENDED)
    return page.evaluate(FIRST_HITS)


@pytest.fixture(scope="module")
def search(browser, lacking):
    """The page of the search, beside chapters that are empty: to fetch and to show what stands around the words takes longest."""
    page = open_page(browser, lacking("/book/"), "search.html", wait=False)
    yield page
    page.context.close()


@pytest.mark.parametrize(("where", "found"), phrases().items(), ids=list(phrases()))
def test_what_people_type_leads_to_the_right_page(search, where, found):
    for k, query in enumerate(found):
        got = hits(search, query, by_address=not k)
        assert any(f"/{where}.html" in address for address in got), f"{query}: {got}"
    assert search.trouble == []


def test_found_words_are_marked_and_the_first_is_in_view(visit):
    page = visit("search.html", wait=False)
    got = hits(page, "shrinkage", by_address=True)
    before = page.evaluate("() => document.querySelector('#search-results .context').textContent")
    assert "import" not in before
    page.goto(got[0])
    page.wait_for_function("() => document.querySelector('article .highlighted')")
    assert page.evaluate("() => document.querySelectorAll('svg .highlighted, pre .highlighted').length") == 0
    seen = """() => [...document.querySelectorAll('article .highlighted')].some((e) => {
        const box = e.getBoundingClientRect(); return box.height && box.top >= 0 && box.bottom <= innerHeight; })"""
    page.wait_for_function(seen)
    page.keyboard.press("Escape")
    page.reload()
    assert page.evaluate("() => document.querySelectorAll('article .highlighted').length") == 0


def test_what_a_search_shows_of_a_page_has_formulas_as_one_types_them_and_room_between_blocks(search):
    page = r"""<article><h2>Title</h2><p>At <span class="math">\\(\\lambda = 0\\)</span> and
        <span class="math">\\(\\lVert w \\rVert\\)</span>, not <span class="math">\\(\\frac{1}{n} \\lambda\\)</span>.</p>
        <ul><li>one</li><li>two</li></ul><div class="math">\\[x_1^\\top\\]</div></article>"""
    said = search.evaluate("(html) => Search.htmlToText(html)", page.replace("\\\\", "\\"))
    assert said.strip() == "Title At λ= 0 and ‖w ‖, not …. one two x_1ᵀ"
