"""A figure that is changed on its page, by keyboard: it begins as the book's, each control draws it anew, and it goes back."""

import json

import change
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from test_practice_page import copies, opened  # noqa: F401, fixtures

PAGE, NAME = "book/l2", "wild-curve"
STATE = "([name, states]) => states.includes(document.getElementById(name).dataset.live)"


def wait(page, *states):
    """Wait until the figure is in one of some states; return which, and what is said."""
    page.wait_for_function(STATE, arg=[NAME, [*states, "failed"]], timeout=180_000)
    box = page.locator(f"#{NAME} .explorer-changed")
    return page.locator(f"#{NAME}").get_attribute("data-live"), box.locator(".explorer-says").inner_text()


def drawn(page):
    """What is drawn and said once something was changed."""
    state, said = wait(page, "ready")
    assert state == "ready", said
    return page.locator(f"#{NAME} .explorer-changed svg").inner_html(), said


def test_a_figure_is_changed_by_keyboard_and_goes_back(opened):  # noqa: F811
    page = opened(f"{PAGE}.html")
    figure = page.locator(f"#{NAME}")
    book = figure.locator(".explorer-says").inner_text()
    captions = json.loads(figure.locator("script").first.text_content())["captions"]
    figure.get_by_role("button", name="Change this figure").focus()
    page.keyboard.press("Enter")
    first, said = drawn(page)
    assert said == book and said in captions
    assert page.evaluate("document.activeElement.type") == "range"
    assert figure.locator("[role=status]").count() == 1

    for press in ("PageUp", "End"):
        page.evaluate("(name) => { document.getElementById(name).dataset.live = 'asked'; }", NAME)
        page.keyboard.press(press)
        moved, other = drawn(page)
        assert moved != first and other != said, press
    page.evaluate("(name) => { document.getElementById(name).dataset.live = 'asked'; }", NAME)
    figure.get_by_role("button", name="New draw").press("Enter")
    assert drawn(page)[0] != moved

    assert [v["id"] for v in Axe().run(page, context=f"#{NAME}").response["violations"]] == []
    figure.get_by_role("button", name="As in the book").press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Change this figure"
    assert figure.locator(".explorer-changed").count() == 0
    assert figure.locator(".explorer-says").inner_text() == book and figure.locator(".explorer-picture").is_visible()


# -- without a mirror too ------------------------------------------------------------------------------------------


def test_before_a_press_a_page_has_a_button_for_each_figure_and_its_script(visit):
    page = visit(f"{PAGE}.html")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="load")
    names = page.locator("figure.explorer:has(.change-begin)").evaluate_all("all => all.map((e) => e.id)")
    assert names == list(change.live_figures(ROOT / f"{PAGE}.ipynb"))
    assert {url.rsplit("/", 1)[1] for url in asked if "/change/" in url} == {"change.js", "change.css"}
    assert not [url for url in asked if "pyodide" in url or url.endswith(".whl")]


def test_where_python_cannot_be_had_one_sentence_says_so_and_the_books_figure_stands(visit):
    page = visit(f"{PAGE}.html", width=390)
    page.locator(f"#{NAME}").get_by_role("button", name="Change this figure").press("Enter")
    state, said = wait(page)
    assert state == "failed" and "Python could not be had" in said
    assert page.locator(f"#{NAME} > .explorer-picture").is_visible()
