"""The Workbench in a browser: three tables by keyboard, numbers as scikit-learn's, and nothing that leaves the page."""

import time
from pathlib import Path

import check_site
import numpy as np
import pytest
from sklearn.linear_model import Lasso, Ridge
from sklearn.preprocessing import StandardScaler
from test_practice_page import CDN, copies, opened  # noqa: F401, fixtures

from workbench import HERE, table  # isort: skip
from quick_axe import QUICK

PAGE = "book/workbench.html"
TABLES = check_site.ROOT / "tests" / "tables"
# name of the file, response, groups, method
DATA = [("longley", "totemp", "", "ridge"), ("grunfeld", "invest", "firm", "lasso"), ("cars", "Miles_per_Gallon", "", "lasso")]
STATE = "(names) => names.includes(document.querySelector('form.workbench').dataset.state)"
OVER = ["refused", "failed"]


def wait(page, *names):
    """Wait until the form is in one of some states; return which, and what is said."""
    page.wait_for_function(STATE, arg=[*names, *OVER], timeout=180_000)
    return page.locator("form.workbench").get_attribute("data-state"), page.locator(".workbench-says").inner_text()


def choose(page, file):
    """Give the form a file."""
    page.evaluate("document.querySelector('form.workbench').dataset.state = 'asked'")
    page.locator("input[name=table]").set_input_files(file)
    return wait(page, "ready")


def paste(page, text):
    """Give the form a text, as a paste does."""
    page.evaluate("document.querySelector('form.workbench').dataset.state = 'asked'")
    page.locator("textarea[name=table]").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    return wait(page, "ready")


def number(page, name):
    """One of the numbers among the results."""
    return float(page.locator(f'[data-result="{name}"]').inner_text())


@pytest.fixture(scope="module")
def page(opened):  # noqa: F811
    """One page for all tables, with a note of whatever it asks for."""
    page = opened(PAGE)
    page.asked = []
    page.on("request", lambda request: page.asked.append(request))
    yield page
    assert page.trouble == []
    # nothing is sent, and what is fetched is the site's own or Python's home
    home = page.url.split("book/")[0]
    assert all(r.method == "GET" and r.url.startswith((home, CDN, "blob:", "data:")) for r in page.asked)
    assert any(r.url.startswith(CDN) for r in page.asked)


@pytest.mark.parametrize(("name", "response", "group", "method"), DATA, ids=[each[0] for each in DATA])
def test_a_table_is_looked_at_by_keyboard_and_its_numbers_are_scikit_learns(page, name, response, group, method):
    state, said = choose(page, TABLES / f"{name}.csv")
    assert state == "ready" and "columns are read" in said
    page.get_by_label("response").select_option(response)
    page.get_by_label("groups").select_option(group)
    page.get_by_label("groups").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Look"
    page.keyboard.press("Enter")
    state, said = wait(page, "done")
    assert state == "done", said
    page.get_by_role("combobox", name="penalty").select_option(label="L2, ridge" if method == "ridge" else "L1, lasso")
    made = table.design(table.read((TABLES / f"{name}.csv").read_bytes()), response, group or None)
    n = len(made.y)
    best, one_se = number(page, "best-lambda"), number(page, "one-se-lambda")
    assert 0 < best <= one_se
    assert number(page, "ridge-alpha") == pytest.approx(n * best, rel=1e-6)
    assert number(page, "lasso-alpha") == pytest.approx(best / 2, rel=1e-6)
    scaler = StandardScaler().fit(made.X)
    theirs = (Ridge(alpha=number(page, "ridge-alpha")) if method == "ridge"
              else Lasso(alpha=number(page, "lasso-alpha"), tol=1e-12, max_iter=1_000_000))  # fmt: skip
    coef = theirs.fit(scaler.transform(made.X), made.y).coef_ / scaler.scale_
    rows = page.get_by_role("region", name="Weights in the units of the table").locator("tbody tr").all()
    shown = [row.locator("th, td").all_inner_texts() for row in rows]
    assert [row[0] for row in shown] == ["intercept", *made.names]
    weights = np.array([float(row[1]) for row in shown[1:]])
    assert weights * scaler.scale_ == pytest.approx(coef * scaler.scale_, abs=1e-5 * np.abs(coef * scaler.scale_).max())
    assert page.locator(".workbench-pictures figure.explorer svg").count() == 2


def test_a_hostile_paste_is_told_and_the_next_table_is_read(page):
    state, said = paste(page, "y,x\n1,2\n3,4,5\n")
    assert (state, "Row 3 has a value" in said) == ("refused", True)
    assert page.get_by_role("button", name="Look").is_disabled()
    state, said = paste(page, "y;<b>x</b>\n" + "\n".join(f"{k * k % 7},5;{k}" for k in range(20)))
    assert state == "ready"
    assert page.locator(".workbench-notes").inner_text() == "Numbers with a comma are read with a decimal comma."
    page.get_by_label("response").select_option("y")
    page.get_by_role("button", name="Look").click()
    assert wait(page, "done")[0] == "done"
    assert page.get_by_role("rowheader", name="<b>x</b>").count() == 1  # a name of the table is text and no markup


def test_a_table_that_comes_while_another_is_looked_at_is_read_and_can_be_looked_at(page):
    assert paste(page, "y,first\n" + "\n".join(f"{k * k % 7},{k}" for k in range(200)))[0] == "ready"
    page.get_by_role("button", name="Look").click()
    assert paste(page, "z,second\n" + "\n".join(f"{k * k % 5},{k}" for k in range(20)))[0] == "ready"
    assert page.get_by_label("response").locator("option").all_inner_texts() == ["z", "second"]
    page.get_by_label("response").select_option("z")
    page.get_by_role("button", name="Look").click()
    assert wait(page, "done")[0] == "done" and page.get_by_role("rowheader", name="second").count() == 1


def test_the_page_answers_while_a_large_table_is_read(page):
    text = "y,x\n" + "1,2\n3,-4\n" * 100_000
    page.evaluate("document.querySelector('form.workbench').dataset.state = 'asked'")
    page.locator("input[name=table]").set_input_files({"name": "large.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.wait_for_function(STATE, arg=["loading"])
    page.get_by_label("groups").focus()
    assert page.evaluate("document.activeElement.name") == "group"
    assert wait(page, "ready") == ("ready", "200,000 rows and 2 columns are read. Choose the response and press Look.")


WATCH = """() => {
  window.longest = 0;
  let last = performance.now();
  clearInterval(window.beat);
  window.beat = setInterval(() => {
    const now = performance.now();
    window.longest = Math.max(window.longest, now - last);
    last = now;
  }, 20);
}"""


def answers_while(page, act, state):
    """Do something that takes long; return what came of it, and what is wrong if the page did not answer to keys meanwhile."""
    page.evaluate(WATCH)
    began = time.monotonic()
    act()
    page.get_by_label("groups").focus()
    page.keyboard.press("Shift+Tab")
    focused = page.evaluate("document.activeElement.name")
    working = page.locator("form.workbench").get_attribute("data-state") not in (state, *OVER)
    end = wait(page, state)
    longest, took = page.evaluate("window.longest") / 1000, time.monotonic() - began
    told = f"at work {working}, focus on {focused}, {longest:.1f} s without an answer of {took:.1f} s"
    return end, "" if working and focused == "response" and longest < took / 2 else told


def hostile(rows, columns):
    """A table of numbers that repeat, as the bytes of a file."""
    names = ",".join(["y", *(f"x{j}" for j in range(1, columns))])
    some = [",".join(str(k * j * j % 7) for j in range(1, columns + 1)) for k in range(min(rows, 20))]
    return "\n".join([names, *(some * (rows // len(some) + 1))[:rows]]).encode()


@pytest.mark.parametrize(("rows", "columns", "words"), [
    (1_000_000, 2, None),
    (1_000_001, 2, "With row 1,000,002 and 2 columns the table has more than 2,000,000 values, which is more than this page can "
                   "hold: take a random part of its rows."),
    (12, 10_000, None),
    (400, 10_000, "With row 202 and 10,000 columns the table has more than 2,000,000 values, which is more than this page can "
                  "hold: take fewer columns."),
])  # fmt: skip
def test_a_hostile_table_is_read_or_refused_and_the_page_answers_meanwhile(opened, rows, columns, words):  # noqa: F811
    page = opened(PAGE)  # of its own: what a large table took of memory stays with its Python
    assert choose(page, TABLES / "longley.csv")[0] == "ready"  # so that Python is there
    file = {"name": "large.csv", "mimeType": "text/csv", "buffer": hostile(rows, columns)}
    page.evaluate("document.querySelector('form.workbench').dataset.state = 'asked'")
    end, trouble = answers_while(page, lambda: page.locator("input[name=table]").set_input_files(file), "ready")
    assert trouble == ""
    if words:
        assert end == ("refused", words) and page.get_by_role("button", name="Look").is_disabled()
    else:
        assert end == ("ready", f"{rows:,} rows and {columns:,} columns are read. Choose the response and press Look.")
        end, trouble = answers_while(page, page.get_by_role("button", name="Look").click, "done")
        assert end == ("done", "Done: the results stand below.") and trouble == ""
        assert 0 < number(page, "best-lambda") <= number(page, "one-se-lambda")
        shown = page.get_by_role("region", name="Weights in the units of the table").locator("tbody tr").count()
        assert shown == min(columns, 501)
        assert page.locator(".workbench-pictures figure.explorer svg").count() == 2
    assert choose(page, TABLES / "longley.csv")[0] == "ready"  # and the next table is read
    assert page.trouble == []
    page.close()  # its Python holds on to a large table's memory


def test_axe_finds_nothing_in_the_results_and_a_phone_is_wide_enough(page):
    choose(page, TABLES / "longley.csv")
    page.get_by_role("button", name="Look").click()
    assert wait(page, "done")[0] == "done"
    page.set_viewport_size({"width": 390, "height": 844})
    trouble = list(page.trouble)
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        assert [v["id"] for v in QUICK.run(page, context="article").response["violations"]] == []
    page.trouble[:] = trouble  # axe itself asks for style sheets, in places where they are not
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("form.workbench [role=status]").count() == 1


# -- without a mirror too ------------------------------------------------------------------------------------------


def test_nothing_is_loaded_before_there_is_a_table(visit):
    page = visit(PAGE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="load")
    page.locator("form.workbench").wait_for()
    ours = {url.rsplit("/", 1)[1] for url in asked if "/workbench/" in url or "/practice/" in url}
    assert ours == {"workbench.css", "workbench.js"}
    assert not [url for url in asked if "pyodide" in url or url.endswith(".whl")]


def test_where_python_cannot_be_had_one_sentence_says_so(visit):
    page = visit(PAGE)  # everything from outside is refused
    state, said = paste(page, "y,x\n1,2\n")
    assert state == "failed" and said.startswith("Python could not be had")


def test_the_page_says_that_the_table_stays_and_the_files_are_those_of_the_sources(site):
    assert "Your table never leaves this browser" in (site / PAGE).read_text(encoding="utf-8")
    for name in ("table.py", "look.py"):
        assert (site / "workbench" / name).read_bytes() == (Path(HERE) / name).read_bytes()
