"""Exercises done on the page, by keyboard, with a Pyodide beside the site; and what a reader meets where there is none."""

import ast
import gzip
import os
from pathlib import Path

import check_site
import contents
import lite
import practice
import pytest
from conftest import open_page
from quick_axe import QUICK

ROOT = check_site.ROOT
CHAPTERS = [f"{e}.ipynb" for e in contents.pages(ROOT) if (ROOT / f"{e}.ipynb").is_file()]
EXERCISES = [(name.replace(".ipynb", ".html"), each) for name in CHAPTERS for each in practice.exercises(ROOT / name)]
CDN = lite.PYODIDE.rsplit("/", 1)[0] + "/"
# what the tests of the checks hold: wrong answers, and the functions that they call
CHECKED = (ROOT / "tests" / "test_exercises.py").read_text(encoding="utf-8")
DONE = """(name) => ["right", "not-yet", "failed", "stopped"].includes(
  document.querySelector(`.exercise[data-exercise="${name}"]`).dataset.state)"""


@pytest.fixture(scope="module")
def copies():
    """The files of a verified mirror of Pyodide: {name: path}."""
    folder = os.environ.get("REGLESSON_PYODIDE")
    if not folder:
        pytest.skip("no exercise was tried on its page: REGLESSON_PYODIDE names no mirror (tools/pyodide_mirror.py)")
    return lite.verified(Path(folder))


@pytest.fixture(scope="module")
def opened(browser, address_below, copies):
    """Open a page below a prefix, with the CDN's answers out of the mirror; all else from outside is refused and counted."""
    pages = []

    def open_it(name, **options):
        page = open_page(browser, address_below, name, **options)

        def answer(route):
            copy = copies.get(route.request.url.removeprefix(CDN))
            route.fulfill(path=copy, headers={"access-control-allow-origin": "*"}) if copy else route.abort()

        page.context.route(CDN + "**", answer)
        pages.append(page)
        return page

    yield open_it
    for page in pages:
        page.context.close()


@pytest.fixture(scope="module")
def page_of(opened):
    """One page for all exercises of a chapter: {name of the page: page}."""
    pages = {}
    return lambda name: pages.setdefault(name, None) or pages.__setitem__(name, opened(name)) or pages[name]


def press(page, name):
    """Open an exercise by the keyboard alone; return its box."""
    box = page.locator(f'.exercise[data-exercise="{name}"]')
    # what is beside a chapter's main line is folded, exercises too
    box.evaluate("(e) => { for (let f = e.closest('details'); f; f = f.parentElement.closest('details')) f.open = true; }")
    box.get_by_role("button", name="Try it here").focus()
    page.keyboard.press("Enter")
    box.get_by_role("textbox").wait_for()
    return box


def write(page, box, code):
    """Put a text in place of what the editor holds."""
    box.get_by_role("textbox").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def run(page, box, code=None):
    """Run a text with Ctrl+Enter; return the state and what is said."""
    if code is not None:
        write(page, box, code)
    name = box.get_attribute("data-exercise")
    page.evaluate("(name) => { document.querySelector(`[data-exercise='${name}']`).dataset.state = 'asked' }", name)
    box.get_by_role("textbox").focus()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(DONE, arg=name, timeout=120_000)
    return box.get_attribute("data-state"), box.locator(".exercise-says").inner_text()


def wrong_answers(name):
    """The wrong answers that the tests of the checks have for an exercise, as a reader would write them."""
    for statement in ast.parse(CHECKED).body:
        if isinstance(statement, (ast.Assign, ast.AugAssign)) and "WRONG" in ast.unparse(statement).split("=")[0]:
            for key, answers in zip(statement.value.keys, statement.value.values, strict=True):
                for answer in answers.elts if key.value == name else []:
                    text = ast.unparse(answer)
                    yield f"{practice.setup_of([CHECKED], [text])}\n\nanswer = {text}\ncheck({name!r}, answer)"


@pytest.mark.parametrize(("where", "exercise"), EXERCISES, ids=[each["name"] for _, each in EXERCISES])
def test_on_the_page_a_stub_and_wrong_answers_are_not_yet_and_the_solution_is_right(page_of, where, exercise):
    page = page_of(where)
    box = press(page, exercise["name"])
    assert box.get_by_role("textbox").input_value().strip() == exercise["stub"].strip()
    state, said = run(page, box)
    assert state == "not-yet" and said.startswith("Not yet: ")
    wrong = list(wrong_answers(exercise["name"]))
    assert len(wrong) >= 2
    for answer in wrong:
        state, said = run(page, box, answer)
        assert state == "not-yet" and said.startswith("Not yet: "), (answer, state, said)
    assert run(page, box, exercise["solution"]) == ("right", "Right.")
    assert page.trouble == []


FIRST = EXERCISES[0]


@pytest.fixture
def box(opened):
    """The first exercise, opened in a page of its own."""
    page = opened(FIRST[0])
    return page, press(page, FIRST[1]["name"])


def test_whatever_is_written_gets_a_sentence_and_the_page_stays_usable(box):
    page, box = box
    right = FIRST[1]["solution"]
    for code, state, words in [
        ("x = 1\nprint(undefined)", "failed", "Line 2: NameError"),
        ("def f(:\n  pass", "failed", "Line 1: SyntaxError"),
        ("import nowhere", "failed", "no module 'nowhere'"),
        ("def f(n):\n    return f(n + 1)\nf(0)", "failed", "without end"),
        ("for _ in range(10**9): print('x' * 1000)", "failed", "more than 20,000 characters"),
        ("check = print\n" + right.split("check(")[0], "failed", "The name check"),
        ("print('Right.')", "not-yet", "Nothing was checked"),
        ("raise SystemExit", "failed", "SystemExit"),
    ]:
        got, said = run(page, box, code)
        assert got == state and words in said, (code, got, said)
    assert run(page, box, "print('half', end='')\n" + right) == ("right", "Right.")
    assert box.locator(".exercise-output").inner_text() == "half"
    assert page.trouble == []


def test_a_loop_without_end_is_stopped_with_the_text_kept_and_the_next_run_works(box):
    page, box = box
    state, said = run(page, box, "while True: pass")
    assert state == "stopped" and "10 seconds" in said
    assert box.get_by_role("textbox").input_value() == "while True: pass"
    assert run(page, box, FIRST[1]["solution"]) == ("right", "Right.")


def test_an_answer_that_waits_behind_a_loop_without_end_is_run_when_that_was_stopped(box):
    page, loop = box
    other = EXERCISES[1]
    waiting = press(page, other[1]["name"])
    for one, code in ((loop, "while True: pass"), (waiting, other[1]["solution"])):
        write(page, one, code)
        page.keyboard.press("Control+Enter")
    page.wait_for_function(DONE, arg=other[1]["name"], timeout=120_000)
    states = [(one.get_attribute("data-state"), one.locator(".exercise-says").inner_text()) for one in (loop, waiting)]
    assert states[0][0] == "stopped" and states[1] == ("right", "Right.")


def test_the_text_is_kept_under_the_stub_and_reset_brings_the_stub_back(box):
    page, box = box
    write(page, box, "# mine")
    page.reload()
    box = press(page, FIRST[1]["name"])
    assert box.get_by_role("textbox").input_value() == "# mine"
    # a stub of another version has another key
    page.evaluate("""() => { for (const key of Object.keys(localStorage)) if (key.startsWith("reglesson:exercise:")) {
        localStorage.setItem(key.replace(/:[^:]*$/, ":another0"), localStorage.getItem(key)); localStorage.removeItem(key); } }""")
    page.reload()
    box = press(page, FIRST[1]["name"])
    assert box.get_by_role("textbox").input_value().strip() == FIRST[1]["stub"].strip()
    write(page, box, "# mine again")
    box.get_by_role("button", name="Reset").click()
    assert box.get_by_role("textbox").input_value().strip() == FIRST[1]["stub"].strip()
    page.keyboard.press("Control+z")
    assert box.get_by_role("textbox").input_value() == "# mine again"


def test_an_exercise_is_done_where_the_browser_keeps_nothing(opened):
    page = opened(FIRST[0])
    page.evaluate("""() => { for (const name of ["getItem", "setItem", "removeItem"])
        Storage.prototype[name] = () => { throw new DOMException("forbidden", "SecurityError"); } }""")
    box = press(page, FIRST[1]["name"])
    assert run(page, box, FIRST[1]["solution"]) == ("right", "Right.")
    assert page.trouble == []


def test_tab_leaves_the_editor_and_a_screen_reader_hears_its_names_once(box):
    page, box = box
    text = box.get_by_role("textbox")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Run"
    heading = page.evaluate("(id) => document.getElementById(id).textContent", text.get_attribute("aria-labelledby"))
    assert heading.startswith("Exercise 1")
    for part in text.get_attribute("aria-describedby").split():
        assert page.evaluate("(id) => document.getElementById(id).textContent.trim()", part)
    assert box.locator("[role=status], [aria-live], output").count() == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_any_state(opened, theme, width):
    page = opened(FIRST[0], width=width, color_scheme=theme)
    box = press(page, FIRST[1]["name"])
    for code in (FIRST[1]["solution"], "x", "print(1)"):
        run(page, box, code)
        found = QUICK.run(page, context=f'.exercise[data-exercise="{FIRST[1]["name"]}"]').response["violations"]
        assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# -- without a mirror too ------------------------------------------------------------------------------------------


def test_nothing_is_loaded_before_a_press_but_the_buttons_script(visit):
    asked = []
    page = visit(FIRST[0])
    page.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="load")
    assert {url.rsplit("/", 1)[1] for url in asked if "/practice/" in url} == {"practice.js", "practice.css"}
    assert not [url for url in asked if "pyodide" in url or url.endswith(".whl")]


def test_scripts_are_light_before_a_press_and_all_together(site, visit, lacking):
    def weight(files):
        return sum(len(gzip.compress((site / name).read_bytes(), 9)) for name in files)

    every = {f"{folder}/{file.name}" for folder in ("learn", "practice") for file in (site / folder).iterdir()
             if file.suffix in (".js", ".mjs", ".py")}  # fmt: skip
    assert weight(every) <= 12_000
    for chapter in dict(EXERCISES):
        asked = set()
        page = visit("404.html", wait=False, at=lacking("mathjax"))
        page.on("request", lambda request, asked=asked: asked.add("/".join(request.url.split("?")[0].split("/")[-2:])))
        page.goto(page.url.replace("404.html", chapter), wait_until="load")
        before = asked & every
        assert before == {"learn/learn.js", "practice/practice.js"} and weight(before) <= 4000, chapter


def test_where_python_cannot_be_had_one_sentence_says_so(visit):
    page = visit(FIRST[0])  # everything from outside is refused
    name = FIRST[1]["name"]
    box = press(page, name)
    page.wait_for_function("(name) => document.querySelector(`[data-exercise='${name}']`).dataset.state === 'failed'", arg=name)
    assert "Python could not be had" in box.locator(".exercise-says").inner_text()
    assert box.get_by_role("textbox").is_editable()


def test_from_disk_one_sentence_says_what_to_do(browser, site):
    page = browser.new_context().new_page()
    page.goto((site / FIRST[0]).as_uri())
    box = page.locator(f'.exercise[data-exercise="{FIRST[1]["name"]}"]')
    box.get_by_role("button", name="Try it here").click()
    assert "make serve" in box.locator(".exercise-says").inner_text()
    page.context.close()


def test_a_reader_without_script_sees_the_page_without_a_button(browser, address):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(address + FIRST[0])
    box = page.locator(f'.exercise[data-exercise="{FIRST[1]["name"]}"]')
    assert box.locator("button").count() == 0 and box.locator("pre").first.is_visible()
    page.context.close()


def test_a_site_with_a_pyodide_of_its_own_sends_exercises_there(monkeypatch):
    monkeypatch.setenv("PYODIDE_FOLDER", "somewhere")
    assert practice.pyodide_home(ROOT) == "../lite/static/pyodide/"
    monkeypatch.delenv("PYODIDE_FOLDER")
    assert practice.pyodide_home(ROOT) == CDN
