"""A figure that is changed on its page, by keys, by pointer, by touch and by its code; and what a reader meets without Python."""

import json
import re

import change
import contents
import pytest
from conftest import ROOT
from quick_axe import QUICK
from test_practice_page import copies, opened  # noqa: F401, fixtures

PAGE, NAME = "book/l2", "wild-curve"
ALL = {(page, name): about for page in contents.pages(ROOT) if (ROOT / f"{page}.ipynb").is_file()
       for name, about in change.figures(ROOT / f"{page}.ipynb").items()}  # fmt: skip
POINTS = "book/overfitting", "which-curve"
STATE = "([name, states]) => states.includes(document.getElementById(name).dataset.live)"
FORGET = "(name) => { document.getElementById(name).dataset.live = 'asked'; }"


def drawn(page, name=NAME):
    """What is drawn and said once something was changed."""
    page.wait_for_function(STATE, arg=[name, ["ready", "failed"]], timeout=180_000)
    figure = page.locator(f"#{name}")
    said = figure.locator("[role=status]").last.inner_text()
    assert figure.get_attribute("data-live") == "ready", said
    return figure.locator(".explorer-changed .explorer-picture svg").first.inner_html(), said


def after(page, act, name=NAME):
    """What is drawn and said once something that was done has had its effect."""
    page.evaluate(FORGET, name)
    act()
    return drawn(page, name)


def pressed(page, name=NAME):
    """A figure that is being changed, opened by the keyboard alone, with what is drawn and said at first."""
    figure = page.locator(f"#{name}")
    figure.get_by_role("button", name="Change this figure").focus()
    page.keyboard.press("Enter")
    return figure, *drawn(page, name)


def test_a_figure_is_changed_by_keyboard_and_goes_back(opened):  # noqa: F811
    page = opened(f"{PAGE}.html")
    book = page.locator(f"#{NAME} .explorer-says").inner_text()
    captions = json.loads(page.locator(f"#{NAME} script").first.text_content())["captions"]
    figure, first, said = pressed(page)
    assert said == book and said in captions
    assert page.evaluate("document.activeElement.type") == "range"
    assert figure.locator("[role=status]").count() == 1

    moved = first
    for press in ("PageUp", "End"):
        moved, other = after(page, lambda press=press: page.keyboard.press(press))
        assert moved != first and other != said, press
    assert after(page, lambda: figure.get_by_role("button", name="New draw").press("Enter"))[0] != moved
    assert after(page, lambda: figure.get_by_role("button", name="Reset").press("Enter")) == (first, said)

    assert page.trouble == []  # axe itself asks for files that there are not
    assert [v["id"] for v in QUICK.run(page, context=f"#{NAME}").response["violations"]] == []
    figure.get_by_role("button", name="Close").press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Change this figure"
    assert figure.locator(".explorer-changed").count() == 0
    assert figure.locator(".explorer-says").inner_text() == book and figure.locator(".explorer-picture").is_visible()


# -- points --------------------------------------------------------------------------------------------------------

HANDLES = "(name) => [...document.querySelectorAll(`#${name} .change-points circle`)].map((e) => e.getAttribute('aria-valuetext'))"
# where the marks of a live picture are on the screen
MARKS = """(name) => [...document.querySelectorAll(`#${name} .explorer-changed .explorer-picture :is(use, path[style*="marker:"])`)]
.filter((e) => !e.closest("defs")).flatMap((e) => {
  if (e.tagName === "use") {
    const box = e.getBoundingClientRect();
    return [[box.x + box.width / 2, box.y + box.height / 2]];
  }
  const places = [], steps = e.getAttribute("d").match(/-?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)/g).map(Number); // a point, then ways
  for (let k = 0, x = 0, y = 0; k < steps.length; k += 2) {
    const at = new DOMPoint(x += steps[k], y += steps[k + 1]).matrixTransform(e.getScreenCTM());
    places.push([at.x, at.y]);
  }
  return places;
})"""


def handles(page, name):
    """The points as a screen reader hears them."""
    return page.evaluate(HANDLES, name)


def nearest(page, name, at):
    """How far from a place on the screen the nearest mark of the picture is, in pixels."""
    return min(max(abs(x - at[0]), abs(y - at[1])) for x, y in page.evaluate(MARKS, name))


def place(page, name, k):
    """Where a point is on the screen."""
    box = page.locator(f"#{name} .change-points circle").nth(k).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def empty(page, name):
    """A place within the axes that is far from all points."""
    picture = page.locator(f"#{name} .change-points").bounding_box()
    marks = page.evaluate(MARKS, name)
    grid = [(picture["x"] + picture["width"] * i / 40, picture["y"] + picture["height"] * j / 40)
            for i in range(10, 35) for j in range(10, 30)]  # fmt: skip
    return max(grid, key=lambda at: min(abs(x - at[0]) + abs(y - at[1]) for x, y in marks))


@pytest.fixture
def dots(opened):  # noqa: F811
    """A page whose figure of points is being changed, with the points as they were."""
    page = opened(f"{POINTS[0]}.html")
    figure, first, said = pressed(page, POINTS[1])
    figure.locator(".change-points").scroll_into_view_if_needed()
    return page, figure, (first, said), handles(page, POINTS[1])


def test_a_changed_figure_is_left_behind_with_its_page_and_closes_when_a_link_moves_the_books_own(opened):  # noqa: F811
    page = opened("book/l2.html")
    told = "() => [...document.querySelectorAll('figure.explorer > .explorer-says')].map((e) => e.textContent)"
    before = page.evaluate(told)
    figure, *_ = pressed(page, "wild-curve")
    output = figure.locator(".explorer-changed output").first
    assert output.inner_text() == "10⁻⁶" and output.evaluate("(e) => parseFloat(getComputedStyle(e).minWidth)") > 30
    after(page, lambda: page.keyboard.press("End"), "wild-curve")
    page.goto(page.url.split("#")[0].replace("l2", "glossary"))
    page.go_back()
    page.wait_for_function("() => window.playExplorers && document.querySelector('#wild-curve').plays")
    assert page.evaluate(told) == before
    figure, *_ = pressed(page, "wild-curve")
    page.evaluate("location.hash = '#wild-curve?lam=0.01'")
    figure.locator(".explorer-changed").wait_for(state="detached")
    assert "0.01" in figure.locator(".explorer-says").first.inner_text()


def test_points_are_moved_added_and_removed_by_pointer(dots):
    page, figure, first, before = dots
    name, mouse = POINTS[1], page.mouse
    assert nearest(page, name, place(page, name, 5)) < 1
    target = empty(page, name)

    def drag():
        mouse.move(*place(page, name, 5))
        mouse.down()
        mouse.move(target[0] - 20, target[1], steps=3)
        mouse.move(*target, steps=3)
        mouse.up()

    moved = after(page, drag, name)
    page.wait_for_timeout(1500)  # frames between the first and the last are drawn, too
    moved = drawn(page, name)
    assert moved[0] != first[0] and moved[1] != first[1]
    now = handles(page, name)
    assert len(now) == len(before) and [k for k in range(len(now)) if now[k] != before[k]] == [5]
    assert nearest(page, name, target) < 1.5 and nearest(page, name, place(page, name, 5)) < 1

    there = empty(page, name)
    mouse.move(*there)  # a press that is drawn away means no point
    mouse.down()
    mouse.move(there[0] + 15, there[1], steps=3)
    mouse.up()
    assert handles(page, name) == now
    added = after(page, lambda: mouse.click(*there), name)
    assert len(handles(page, name)) == len(before) + 1 and nearest(page, name, there) < 1.5 and added[1] != moved[1]

    after(page, lambda: mouse.dblclick(*there), name)
    assert handles(page, name) == now and nearest(page, name, there) > 5
    assert drawn(page, name) == moved

    assert after(page, lambda: figure.get_by_role("button", name="Reset").click(), name) == first
    assert handles(page, name) == before and page.trouble == []


def test_points_are_moved_added_and_removed_by_keys(dots):
    page, figure, first, before = dots
    name, press = POINTS[1], page.keyboard.press
    figure.get_by_role("button", name="Close").focus()
    press("Tab")
    spoken = "(what) => document.activeElement.getAttribute(what)"
    assert page.evaluate(spoken, "role") == "slider" and page.evaluate(spoken, "aria-label") == f"Point 1 of {len(before)}"
    hint = figure.get_by_role("group", name="Points").get_attribute("aria-describedby")
    assert "Delete removes it" in page.locator(f"#{hint}").inner_text()
    across, upwards = (float(part.replace("−", "-")) for part in before[0].split(", "))
    last = first
    for key, k, sign in (("ArrowUp", 1, 1), ("ArrowDown", 1, -1), ("ArrowRight", 0, 1), ("Shift+ArrowLeft", 0, -1)):
        value = float(page.evaluate(spoken, "aria-valuetext").split(", ")[k].replace("−", "-"))
        now = after(page, lambda key=key: press(key), name)
        text = page.evaluate(spoken, "aria-valuetext")
        assert (float(text.split(", ")[k].replace("−", "-")) - value) * sign > 0 and now != last, key
        assert nearest(page, name, place(page, name, 0)) < 1
        last = now
    assert abs(float(page.evaluate(spoken, "aria-valuetext").split(", ")[0]) - across) < 0.02 and upwards

    press("PageDown")
    assert page.evaluate(spoken, "aria-label") == f"Point 2 of {len(before)}"
    press("PageUp")
    press("End")
    assert page.evaluate(spoken, "aria-label") == f"Point {len(before)} of {len(before)}"
    after(page, lambda: press("Delete"), name)
    assert page.evaluate(spoken, "aria-label") == f"Point {len(before) - 1} of {len(before) - 1}"
    assert handles(page, name)[1:] == before[1:-1]
    press("PageUp")
    press("Tab")
    assert page.evaluate("document.activeElement.closest('.change-points') === null")  # one stop for all of them

    after(page, lambda: figure.get_by_role("button", name="Add a point").press("Enter"), name)
    assert page.evaluate(spoken, "aria-label") == f"Point {len(before)} of {len(before)}"
    after(page, lambda: figure.get_by_role("button", name="Remove a point").press("Enter"), name)
    assert len(handles(page, name)) == len(before) - 1 and page.trouble == []
    assert [v["id"] for v in QUICK.run(page, context=f"#{name}").response["violations"]] == []
    assert after(page, lambda: figure.get_by_role("button", name="Reset").press("Enter"), name) == first


def test_without_any_point_one_sentence_says_that_nothing_can_be_drawn_and_reset_helps(dots):
    page, figure, first, before = dots
    name = POINTS[1]
    page.locator(f"#{name} .change-points circle").first.focus()
    for _ in before:
        page.keyboard.press("Delete")
    page.wait_for_function(STATE, arg=[name, ["failed"]], timeout=60_000)
    assert handles(page, name) == [] and "This cannot be drawn." in figure.locator("[role=status]").inner_text()
    after(page, lambda: figure.get_by_role("button", name="Add a point").press("Enter"), name)
    assert len(handles(page, name)) == 1
    assert after(page, lambda: figure.get_by_role("button", name="Reset").press("Enter"), name) == first


def test_points_are_moved_added_and_removed_by_touch_and_the_page_still_scrolls(opened):  # noqa: F811
    page = opened(f"{POINTS[0]}.html", width=390, has_touch=True, is_mobile=True)
    name = POINTS[1]
    figure = pressed(page, name)[0]
    figure.locator(".change-points").scroll_into_view_if_needed()
    page.evaluate("(name) => document.querySelector(`#${name} .change-points`).scrollIntoView({ block: 'center' })", name)
    before, touch = handles(page, name), page.context.new_cdp_session(page)

    def finger(kind, *at):
        points = [{"x": x, "y": y} for x, y in at]
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    def drag(start, end):
        finger("Start", start)
        for k in range(1, 6):
            finger("Move", (start[0] + (end[0] - start[0]) * k / 5, start[1] + (end[1] - start[1]) * k / 5))
        finger("End")

    target, at = empty(page, name), page.evaluate("scrollY")
    after(page, lambda: drag(place(page, name, 5), target), name)
    page.wait_for_timeout(1500)
    assert page.evaluate("scrollY") == at and len(handles(page, name)) == len(before)
    assert handles(page, name)[5] != before[5] and nearest(page, name, target) < 2

    there = empty(page, name)
    after(page, lambda: page.touchscreen.tap(*there), name)
    assert len(handles(page, name)) == len(before) + 1 and nearest(page, name, there) < 2

    def twice():
        for _ in range(2):
            page.touchscreen.tap(*there)

    after(page, twice, name)
    assert len(handles(page, name)) == len(before) and page.evaluate("visualViewport.scale") == 1

    there = empty(page, name)
    drag(there, (there[0], there[1] - 200))  # a thumb on its way down the page
    page.wait_for_function("(at) => scrollY > at + 50", arg=at)
    assert len(handles(page, name)) == len(before)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.trouble == []


# -- the code of a figure ------------------------------------------------------------------------------------------


def code_of(page, name):
    """The fold with a figure's code, opened, and its editor, by the keyboard alone."""
    cell = page.locator(f".cell:has(#{name})")
    cell.evaluate("(cell) => { for (let e = cell; e; e = e.parentElement.closest('details')) e.open = true; }")
    if cell.locator("details.hide").count():
        cell.locator("details.hide > summary").press("Enter")
    cell.get_by_role("button", name="Change this code").focus()
    page.keyboard.press("Enter")
    cell.get_by_role("textbox").wait_for()
    return cell, cell.get_by_role("textbox", name="Code of this figure")


def begin(page, cell, text, code):
    """Put a text in place of the code and run it; return the box that has a state."""
    text.focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    box = cell.locator(".change-code")
    box.evaluate("(box) => { box.dataset.state = 'asked'; }")
    page.keyboard.press("Control+Enter")
    return box


def run(page, cell, text, code):
    """Run a text and wait for what comes of it; return the state and what is said."""
    box = begin(page, cell, text, code).element_handle()
    page.wait_for_function("(box) => ['done', 'failed'].includes(box.dataset.state)", arg=box, timeout=660_000)
    return box.get_attribute("data-state"), cell.locator(".change-says").inner_text()


# what of a figure's code can be changed so that one sees it: its title, or in the captions the colours
def coloured(code):
    """A figure's code with a change that its picture shows, and the change."""
    title = re.search(r'(?:title=|set_title\()"([^"]+)"', code)
    if title:
        return code.replace(title[1], "Mine now"), "Mine now"
    return re.sub(r"style\.(?:BLUE|ORANGE|GREEN|PURPLE)\b", '"#00ff7f"', code), "#00ff7f"


@pytest.mark.parametrize("where", sorted({page for page, _ in ALL} - {"index"}))  # the landing page shows no code
def test_the_code_of_every_figure_of_a_page_runs_is_changed_and_is_put_back(opened, where):  # noqa: F811
    page, wrong = opened(f"{where}.html"), []
    figures = {name: about["cell"] for (each, name), about in ALL.items() if each == where}
    for name, book in figures.items():
        figure = page.locator(f"#{name}")
        cell, text = code_of(page, name)
        sentence = figure.locator(".explorer-says").inner_text()
        mine, mark = coloured(book)
        state, told = run(page, cell, text, mine)
        if (state, told) != ("done", "The figure is drawn by this code."):
            wrong.append((name, told))
            continue
        shown, said = drawn(page, name)
        assert mark in shown and said == sentence, name
        assert cell.get_by_role("button", name="Stop").count() == 0, name
        assert "print(" in book or cell.locator(".exercise-output").is_hidden(), name  # what the chapter prints is not the figure's
        cell.locator(".change-code").get_by_role("button", name="Reset").press("Enter")
        assert text.input_value() == book + "\n" and figure.locator(".explorer-changed").count() == 0
        assert figure.locator(".explorer-says").inner_text() == sentence and figure.locator(".explorer-picture").is_visible()
    assert wrong == [] and page.trouble == []


@pytest.mark.parametrize(("where", "name"), [(PAGE, NAME), (PAGE, "circle-and-ellipse"), ("book/sliders", "hidden-units")])
def test_the_code_of_a_figure_is_changed_and_its_sliders_live_again(opened, where, name):  # noqa: F811
    page = opened(f"{where}.html")
    figure, about = page.locator(f"#{name}"), change.figures(ROOT / f"{where}.ipynb")[name]
    book = figure.locator(".explorer-says").inner_text()
    cell, text = code_of(page, name)
    assert text.input_value() == about["cell"] + "\n" and page.evaluate("document.activeElement.tagName") == "TEXTAREA"

    title = re.search(r'title="([^"]+)"', about["cell"])[1]
    mine = "print('half', end='')\n" + about["cell"].replace(title, "Mine now")
    assert run(page, cell, text, mine) == ("done", "The figure is drawn by this code.")
    assert cell.locator(".exercise-output").inner_text() == "half" and page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    first, said = drawn(page, name)
    assert said == book and "Mine now" in first and title not in first
    rail = figure.locator(".explorer-changed input").first
    moved, other = after(page, lambda: rail.press("End"), name)
    assert moved != first and other != said and "Mine now" in moved

    # an error leaves the figure as it is, and names the reader's own line
    state, told = run(page, cell, text, mine.replace("    ax" if "    ax" in mine else "    left", "    undefined()\n    ax", 1))
    lines = [k for k, line in enumerate(text.input_value().splitlines(), 1) if "undefined()" in line]
    assert state == "failed" and told == f"Line {lines[0]}: NameError: name 'undefined' is not defined."
    assert drawn(page, name) == (moved, other)

    # what was written is kept, and Reset brings the book's code and its figure back
    page.reload()
    cell, text = code_of(page, name)
    assert "undefined()" in text.input_value()
    assert run(page, cell, text, mine)[0] == "done"
    cell.locator(".change-code").get_by_role("button", name="Reset").press("Enter")
    assert text.input_value() == about["cell"] + "\n"
    assert figure.locator(".explorer-changed").count() == 0 and figure.locator(".explorer-says").inner_text() == book
    page.keyboard.press("Control+z")
    assert text.input_value() == mine

    assert page.trouble == []
    assert [v["id"] for v in QUICK.run(page, context=f".cell:has(#{name})").response["violations"]] == []


def test_code_without_an_end_is_stopped_and_the_figure_goes_on(opened):  # noqa: F811
    page = opened(f"{PAGE}.html")
    figure, *first = pressed(page)
    cell, text = code_of(page, NAME)
    begin(page, cell, text, "while True: pass")
    stop = cell.get_by_role("button", name="Stop")
    stop.wait_for()
    page.wait_for_function("(says) => says.textContent.startsWith('Running for 10 seconds')", arg=says(cell), timeout=60_000)
    assert "Stop ends it" in cell.locator(".change-says").inner_text()
    stop.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("(says) => /^Stopped after \\d+ seconds\\.$/.test(says.textContent)", arg=says(cell))
    assert cell.locator(".change-code").get_attribute("data-state") == "failed"
    assert stop.count() == 0 and page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    assert text.input_value() == "while True: pass"
    again = after(page, lambda: figure.locator(".explorer-changed input").first.press("End"))
    assert again[0] != first[0]
    assert after(page, lambda: figure.get_by_role("button", name="Reset").press("Enter")) == tuple(first)
    assert cell.locator(".change-says").inner_text().startswith("Stopped")  # the clock is stopped, too


def says(cell):
    """Where it is said what came of a run."""
    return cell.locator(".change-says").element_handle()


def test_code_that_takes_longer_than_the_limit_is_stopped_and_the_next_run_works(opened):  # noqa: F811
    page = opened(f"{PAGE}.html")
    script = (ROOT / "book" / "_ext" / "change" / "change.mjs").read_text(encoding="utf-8")
    short = re.sub(r"const SECONDS = \d+", "const SECONDS = 20", script)
    assert short != script
    page.context.route("**/change/change.mjs", lambda route: route.fulfill(body=short, content_type="text/javascript"))
    cell, text = code_of(page, NAME)
    assert run(page, cell, text, "while True: pass") == ("failed", "Stopped after 20 seconds.")
    assert run(page, cell, text, ALL[PAGE, NAME]["cell"])[0] == "done"  # Python begins anew


# -- without a mirror too ------------------------------------------------------------------------------------------


def test_before_a_press_a_page_has_a_button_for_each_figure_and_its_code_and_their_script(visit):
    page = visit(f"{PAGE}.html")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="load")
    names = page.locator("figure.explorer:has(.change-begin)").evaluate_all("all => all.map((e) => e.id)")
    figures = change.figures(ROOT / f"{PAGE}.ipynb")
    assert names == [name for name, about in figures.items() if about["live"]]
    assert page.get_by_role("button", name="Change this code", include_hidden=True).count() == len(figures)
    assert {url.rsplit("/", 1)[1] for url in asked if "/change/" in url} == {"change.js", "change.css"}
    assert not [url for url in asked if "pyodide" in url or url.endswith(".whl")]


def test_where_python_cannot_be_had_one_sentence_says_so_and_the_books_figure_stands(visit):
    page = visit(f"{PAGE}.html", width=390)
    figure = page.locator(f"#{NAME}")
    figure.get_by_role("button", name="Change this figure").press("Enter")
    page.wait_for_function(STATE, arg=[NAME, ["failed"]])
    assert "Python could not be had" in figure.locator("[role=status]").inner_text()
    assert page.locator(f"#{NAME} > .explorer-picture").is_visible()
    assert figure.get_by_role("button", name="Change this figure").is_enabled()


@pytest.mark.parametrize("name", ["Change this figure", "Change this code"])
def test_from_disk_one_sentence_says_what_to_do(browser, site, name):
    page = browser.new_context().new_page()
    page.goto((site / f"{PAGE}.html").as_uri())
    cell = page.locator(f".cell:has(#{NAME})")
    cell.locator("details.hide > summary").click()
    cell.get_by_role("button", name=name).click()
    said = cell.locator(".change-says").inner_text()
    assert "make serve" in said and "from disk" in said
    assert page.locator(f"#{NAME} > .explorer-picture").is_visible() and cell.get_by_role("button", name=name).is_enabled()
    page.context.close()
