"""Predictions, quizzes, cards and memory, on a small page of their own with a real explorer."""

import os
import subprocess
import sys

import pytest
from conftest import open_page, serving, sphinx_app
from quick_axe import QUICK
from site_pages import palette_css
from test_learn import GLOSSARY, PAGE

EXPLORER = """
from reglesson.explore import explore, slider

def draw(fig, lam):
    "A line."
    fig.subplots().plot([0, 1], [0, lam])
    return f"At {lam} it is so."

print(explore(draw, lam=slider(1, 5, 1)).html())
"""
SECTIONS = "".join(f"\n## Section {k}\n\n" + "Words. " * 600 + "\n" for k in range(1, 6))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The address of a site with a page that asks, a glossary, and the page of guesses."""
    folder = tmp_path_factory.mktemp("learn")
    env = {key: value for key, value in os.environ.items() if key != "REGLESSON_BAKE"}
    figure = subprocess.run([sys.executable, "-c", EXPLORER], capture_output=True, text=True, check=True, env=env).stdout
    page = PAGE.replace("````{admonition} Predict first\n:class: predict\n\nWhat next?", f"```{{raw}} html\n{figure}```\n\n"
                        "````{admonition} Predict first\n:class: predict\n\nWhat next?", 1)  # fmt: skip
    theme = "html_theme = 'sphinx_book_theme'\nhtml_sidebars = {'**': []}\nhtml_context = {'default_mode': 'auto'}\n"
    theme += "source_suffix = {'.md': 'markdown'}\n"
    page += f"\n```{{raw}} html\n<style>{palette_css()}</style>\n```\n"
    (folder / "conf.py").write_text(
        f"extensions = ['myst_parser', 'sphinx_design', 'learn']\nmyst_enable_extensions = ['tasklist']\n{theme}", encoding="utf-8"
    )
    (folder / "index.md").write_text(page + SECTIONS + "\n```{toctree}\nglossary\nguesses\n```\n", encoding="utf-8")
    (folder / "glossary.md").write_text(GLOSSARY, encoding="utf-8")
    (folder / "guesses.md").write_text("# What I guessed\n\n```{guesses}\n```\n", encoding="utf-8")
    with sphinx_app(folder) as app:
        app.build()
        with serving(app.outdir) as address:
            yield address


@pytest.fixture
def seen(made, browser):
    """A window on that site."""
    page = open_page(browser, made, "index.html", wait=False)
    yield page
    assert [t for t in page.trouble if "cdn" not in t and "ERR_FAILED" not in t] == []
    page.context.close()


ANSWERED = "() => document.querySelector('.quiz-question').dataset.state !== 'open'"  # a fold tells that it opened a little later
BOX = ".prediction[data-prediction=index-draw]"


def move(page):
    page.locator("#draw input[type=range]").focus()
    page.keyboard.press("ArrowRight")


def go(page, name):
    page.goto(page.url.split("index.html")[0].split("guesses.html")[0] + name)


def test_a_guess_is_kept_and_stands_beside_the_truth_when_the_figure_has_moved(seen):
    box = seen.locator(BOX)
    box.get_by_role("button", name="it rises").focus()
    seen.keyboard.press("Enter")
    assert box.get_attribute("data-state") == "guessed" and "it falls" not in box.locator(".learn-says").inner_text()
    move(seen)
    seen.wait_for_function(f"() => document.querySelector('{BOX}').dataset.state === 'shown'")
    assert box.locator(".learn-says").inner_text() == "You said: it rises — it is: it falls ✗"
    seen.reload()
    assert box.get_attribute("data-state") == "shown" and box.locator("button").count() == 0


def test_a_figure_that_moves_before_a_guess_tells_nothing(seen):
    move(seen)
    box = seen.locator(BOX)
    assert box.get_attribute("data-state") == "asked"
    box.get_by_role("button", name="it falls").click()
    move(seen)
    seen.wait_for_function(f"() => document.querySelector('{BOX}').dataset.state === 'shown'")
    assert box.locator(".learn-says").inner_text() == "You said: it falls — and so it is. ✓"


def test_a_guess_in_ones_own_words_is_taken(seen):
    box = seen.locator(".prediction").nth(1)
    box.get_by_role("textbox", name="Your guess").fill("forty-two")
    seen.keyboard.press("Enter")
    assert box.get_attribute("data-state") == "guessed" and "You said: forty-two" in box.locator(".learn-says").inner_text()


def test_skip_shows_the_question_as_it_is_without_script_and_never_ask_is_for_all(seen):
    box = seen.locator(BOX)
    box.get_by_role("button", name="Skip").click()
    assert box.get_attribute("data-state") == "skipped" and box.locator("ul").is_visible()
    seen.reload()
    box.get_by_role("button", name="Never ask").click()
    assert seen.locator(".prediction").count() > 1 and seen.locator(".prediction button").count() == 0
    seen.reload()
    assert seen.locator(".prediction button").count() == 0 and box.locator("ul").is_visible()


def test_the_first_answer_to_a_question_counts_and_the_score_is_told(seen):
    question = seen.locator(".quiz-question")
    question.locator("summary", has_text="That").click()
    seen.wait_for_function(ANSWERED)
    assert question.get_attribute("data-state") == "wrong"
    question.locator("summary", has_text="This").click()
    seen.wait_for_function("() => document.querySelector('.quiz-question .answer-right')")
    assert question.get_attribute("data-state") == "wrong"
    assert seen.locator(".quiz-score").inner_text() == "0 of 1 at the first try."
    for answer, mark in (("This", "✓"), ("That", "✗")):  # before a summary itself the theme would lay them under it, unseen
        said = question.locator(".sd-summary-text", has_text=answer).evaluate("(e) => getComputedStyle(e, '::before').content")
        assert mark in said


SOON = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"


def test_a_fold_that_a_search_or_an_address_opens_is_no_answer(seen):
    seen.locator(".quiz-question details", has_text="That").evaluate("(e) => { e.open = true; }")
    seen.evaluate(SOON)  # a fold tells of it a little later
    assert seen.locator(".quiz-question").get_attribute("data-state") == "open"
    seen.locator(".quiz-question summary", has_text="This").focus()
    seen.keyboard.press("Enter")
    assert seen.locator(".quiz-question").get_attribute("data-state") == "right"


def test_words_that_are_written_again_are_no_move_of_the_figure(seen):
    box = seen.locator(BOX)
    box.get_by_role("button", name="it rises").click()
    seen.evaluate("() => { const says = document.querySelector('#draw .explorer-says'); says.textContent = says.textContent; }")
    seen.evaluate(SOON)
    assert box.get_attribute("data-state") == "guessed"


def test_what_was_guessed_is_gathered_asked_again_after_a_day_and_forgotten(seen):
    seen.locator(BOX).get_by_role("button", name="it rises").click()
    seen.locator(".quiz-question summary", has_text="That").click()
    seen.wait_for_function(ANSWERED)
    go(seen, "guesses.html")
    seen.locator(".guesses h2").first.wait_for()
    assert seen.locator(".guesses h2").first.inner_text().startswith("Where intuition failed")
    assert seen.locator(".guesses li").count() == 2 and seen.locator(".guesses .learn-row").count() == 0
    seen.evaluate("""() => Object.keys(localStorage).filter((k) => /guess:|quiz:/.test(k)).forEach((k) =>
        localStorage.setItem(k, JSON.stringify({ ...JSON.parse(localStorage.getItem(k)), when: Date.now() - 9e7 })))""")
    seen.reload()
    seen.locator(".guesses h2").first.wait_for()
    assert seen.locator(".guesses .learn-row").count() == 2
    seen.locator(".guesses").get_by_role("button", name="it falls").click()
    assert "Right this time. ✓" in seen.locator(".guesses").inner_text()
    seen.evaluate("localStorage.setItem('other', '1')")
    seen.get_by_role("button", name="Forget everything").click()
    assert seen.evaluate("() => Object.keys(localStorage).filter((k) => k.startsWith('reglesson:'))") == []
    assert seen.evaluate("localStorage.getItem('other')") == "1"


def test_another_wording_of_a_question_does_not_show_an_old_answer(seen):
    seen.locator(BOX).get_by_role("button", name="it rises").click()
    seen.evaluate("""() => Object.keys(localStorage).filter((k) => k.includes("guess:")).forEach((k) => {
        localStorage.setItem(k.replace(/:[^:]*$/, ":00000000"), localStorage.getItem(k)); localStorage.removeItem(k); })""")
    seen.reload()
    assert seen.locator(BOX).get_attribute("data-state") == "asked"


def test_all_of_it_works_where_the_browser_keeps_nothing(made, browser):
    page = open_page(browser, made, "404.html", wait=False)
    page.add_init_script("""for (const name of ["getItem", "setItem", "removeItem"])
        Storage.prototype[name] = () => { throw new DOMException("forbidden", "SecurityError"); }""")
    page.goto(made + "index.html")
    box = page.locator(BOX)
    box.get_by_role("button", name="it falls").click()
    move(page)
    page.wait_for_function(f"() => document.querySelector('{BOX}').dataset.state === 'shown'")
    page.context.close()


def test_sections_that_were_read_are_remembered(seen):
    for k in range(1, 4):
        seen.get_by_role("heading", name=f"Section {k}").first.scroll_into_view_if_needed()
        seen.mouse.wheel(0, 1500)
    seen.evaluate("document.querySelectorAll('h2')[2].scrollIntoView()")
    seen.wait_for_function("() => JSON.parse(localStorage.getItem('reglesson:read:index')).seen.length >= 1")
    kept = seen.evaluate("() => JSON.parse(localStorage.getItem('reglesson:read:index'))")
    assert kept["of"] == 5 and kept["next"].startswith("Section") and 1 <= len(kept["seen"]) < 5


def test_what_another_tab_has_read_is_kept_and_sections_that_are_gone_are_not(seen):
    there = seen.evaluate("[...document.querySelectorAll('article section > section[id]')].map((e) => e.id)")
    seen.evaluate("(id) => localStorage.setItem('reglesson:read:index', JSON.stringify({ seen: ['gone', id], of: 9 }))", there[-1])
    seen.reload()
    seen.wait_for_function("() => JSON.parse(localStorage.getItem('reglesson:read:index')).of === 5")
    kept = seen.evaluate("() => JSON.parse(localStorage.getItem('reglesson:read:index')).seen")
    assert there[-1] in kept and "gone" not in kept


def test_a_section_that_is_to_be_read_next_is_called_by_its_name_and_a_chapter_is_no_page_of_the_package(visit):
    page = visit("book/l2.html", wait=False)
    page.wait_for_function("() => localStorage.getItem('reglesson:read:book/l2')")
    assert page.evaluate("() => JSON.parse(localStorage.getItem('reglesson:read:book/l2')).next") == "The tax"
    page.goto(page.url.replace("book/l2", "index"))
    page.wait_for_function("() => document.querySelector('.learn-progress')")
    told = "() => [...document.querySelectorAll('.bd-sidebar-primary nav a[title*=section]')].map((e) => e.pathname)"
    assert [path.rpartition("book/")[2] for path in page.evaluate(told)] == ["l2.html"]


def test_a_card_opens_on_focus_and_under_the_mouse_and_closes_by_escape(seen):
    term = seen.locator("article a[href*='#term-guardrail']").first
    card = seen.locator("#glossary-card")
    assert not card.is_visible()
    seen.keyboard.press("Tab")
    term.focus()
    card.wait_for()
    assert card.inner_text() == "What keeps a model <on> the road."
    assert term.get_attribute("aria-describedby") == "glossary-card"
    seen.keyboard.press("Escape")
    assert not card.is_visible() and term.get_attribute("aria-describedby") is None
    seen.mouse.move(0, 0)
    term.hover()
    card.wait_for()
    card.hover()  # it stays while the mouse is on it
    seen.wait_for_timeout(400)
    assert card.is_visible()


def test_a_card_that_comes_late_is_not_shown_where_the_mouse_no_longer_is(seen):
    held = []
    seen.context.route("**/cards.js", lambda route: held.append(route))
    term = seen.locator("article a[href*='#term-guardrail']").first
    with seen.expect_request("**/cards.js"):
        term.hover()
    seen.mouse.move(0, 0)
    with seen.expect_response("**/cards.js"):
        held[0].continue_()
    seen.wait_for_function("() => window.showCard && document.querySelector('#glossary-card')")
    assert not seen.locator("#glossary-card").is_visible()
    term.hover()
    seen.locator("#glossary-card").wait_for()


def test_on_touch_the_first_tap_shows_the_card_and_the_second_follows(made, browser):
    page = open_page(browser, made, "index.html", wait=False, width=390, has_touch=True)
    term = page.locator("article a[href*='#term-guardrail']").first
    term.tap()
    page.locator("#glossary-card").wait_for()
    assert page.url.endswith("index.html")
    box = page.locator("#glossary-card").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    term.tap()
    page.wait_for_url("**/glossary.html**")
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_before_and_after_answers(made, browser, theme):
    page = open_page(browser, made, "index.html", wait=False, color_scheme=theme)
    for step in (lambda: None, lambda: page.locator(BOX).get_by_role("button", name="it rises").click(), lambda: move(page),
                 lambda: page.locator(".quiz-question summary", has_text="That").click()):  # fmt: skip
        step()
        for context in (".prediction", ".quiz-question"):
            assert QUICK.run(page, context=context).response["violations"] == []
    page.context.close()
