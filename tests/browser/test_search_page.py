"""What learners type leads to the right page, and the words are marked there."""

import pytest
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


@pytest.mark.parametrize(("where", "found"), phrases().items(), ids=list(phrases()))
def test_what_people_type_leads_to_the_right_page(visit, where, found):
    page = visit("search.html", wait=False)
    for k, query in enumerate(found):
        got = hits(page, query, by_address=not k)
        if not k:  # the excerpts of what is found take longest; those of one query are enough
            page.route("**/book/**/*.html", lambda route: route.fulfill(body=""))
        assert any(f"/{where}.html" in address for address in got), f"{query}: {got}"
    assert page.trouble == []


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
