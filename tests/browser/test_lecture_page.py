"""A page as a lecture, on a small page of its own with a real explorer: keys, address, slider, screen, and nothing unasked."""

import os
import subprocess
import sys

import pytest
from conftest import open_page, serving, sphinx_app
from quick_axe import QUICK
from test_learn_page import EXPLORER

PAGE = """# A page

Words that are no step.

## Beginning

````{{admonition}} Predict first
:class: predict

What next?

- [x] this
- [ ] that
````

```python
explore(draw, lam=slider(1, 5, 1))
```

```{{raw}} html
{figure}```

## Middle

WORDS

```{{prf:theorem}} One
:label: one
One is one.
```

```{{prf:proof}}
It is.
```

## End

````{{admonition}} Question 1
:class: quiz
```{{dropdown}} A
Yes. So it is.
```
```{{dropdown}} B
No. It is not.
```
````
"""
STEPS = ["", "index-draw", "draw", "one", "index-1"]
SHOWN = "() => document.querySelector('[data-lecture-now]')?.checkVisibility() && new URL(location).searchParams.get('lecture')"
IS_AT = f"(step) => ({SHOWN})() === step"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A site with one page that has steps, and one that has none."""
    source = tmp_path_factory.mktemp("lecture")
    env = {key: value for key, value in os.environ.items() if key != "REGLESSON_BAKE"}
    figure = subprocess.run([sys.executable, "-c", EXPLORER], capture_output=True, text=True, check=True, env=env).stdout
    (source / "conf.py").write_text(
        "extensions = ['myst_parser', 'sphinx_design', 'sphinx_proof', 'learn', 'site_pages', 'lecture']\n"
        "myst_enable_extensions = ['tasklist']\nhtml_theme = 'sphinx_book_theme'\nhtml_context = {'default_mode': 'auto'}\n"
        "source_suffix = {'.md': 'markdown'}\nhtml_theme_options = {'navbar_persistent': []}\n",
        encoding="utf-8",
    )
    text = PAGE.format(figure=figure).replace("WORDS", "Words. " * 1500)
    (source / "index.md").write_text(text + "\n```{toctree}\nplain\n```\n", encoding="utf-8")
    (source / "plain.md").write_text("# Plain\n\nNothing but words.\n", encoding="utf-8")
    with sphinx_app(source) as app:
        app.build()
        yield app.outdir


@pytest.fixture
def see(folder, browser):
    """Open a page of that site."""
    pages = []
    with serving(folder) as address:

        def look(name, **options):
            pages.append(open_page(browser, address, name, wait=False, **options))
            return pages[-1]

        yield look
        for page in pages:
            assert page.trouble == []
            page.context.close()


def fetched(page):
    return page.evaluate(
        "performance.getEntriesByType('resource').map((e) => e.name).filter((n) => n.includes('/lecture/')).length"
    )


def visible(page):
    """What of the text is seen."""
    return page.locator("article").inner_text().replace("#", "")


def test_a_page_is_walked_through_by_arrow_keys_and_the_address_holds_the_step(see):
    page = see("index.html")
    assert fetched(page) == 0
    page.keyboard.press("F8")
    page.wait_for_function(IS_AT, arg=STEPS[0])
    assert fetched(page) == 2 and page.locator(".lecture-says").inner_text() == f"1 of {len(STEPS)}"
    seen = []
    for step in STEPS[1:]:
        page.keyboard.press("ArrowRight")
        page.wait_for_function(IS_AT, arg=step)
        seen.append(visible(page))
    assert "What next?" in seen[0] and "Beginning" in seen[0] and "Words that are no step" not in seen[0]
    assert page.locator("#draw svg").count() == 1 and "At 3" in seen[1] and "What next?" not in seen[1]
    assert "One is one." in seen[2] and "Middle" in seen[2] and "It is." not in seen[2]
    assert "Question 1" in seen[3] and not page.locator(".bd-sidebar-primary").is_visible()
    page.keyboard.press("ArrowRight")  # there is nothing behind the last
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(IS_AT, arg=STEPS[-2])
    page.reload()
    page.wait_for_function(IS_AT, arg=STEPS[-2])
    page.keyboard.press("Escape")
    page.wait_for_function("!('lecture' in document.documentElement.dataset)")
    assert page.evaluate("location.search") == "" and "Words that are no step" in visible(page)
    assert page.locator(".lecture-bar").count() == 0
    page.keyboard.press("F8")  # it begins where the reader is
    page.wait_for_function(IS_AT, arg=STEPS[-2])


def test_in_a_slider_the_arrows_are_the_sliders_and_a_clicker_goes_on(see):
    page = see("index.html?lecture=draw")
    page.wait_for_function(IS_AT, arg="draw")
    slider = page.locator("#draw input[type=range]")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#draw .explorer-says').textContent.includes('At 4')")
    assert page.evaluate(SHOWN) == "draw" and page.evaluate("location.hash") == "#draw?lam=4"
    page.keyboard.press("PageDown")
    page.wait_for_function(IS_AT, arg="one")
    page.keyboard.press("PageUp")
    page.wait_for_function(IS_AT, arg="draw")
    assert "At 4" in visible(page)
    # so are they of a point that a reader moves
    page.evaluate("""() => {
      const point = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      point.setAttribute("role", "slider");
      point.setAttribute("tabindex", 0);
      document.querySelector("#draw svg").append(point);
      point.focus();
    }""")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.tagName") == "circle" and page.evaluate(SHOWN) == "draw"


def test_a_guess_can_be_made_in_it(see):
    page = see("index.html?lecture=index-draw")
    page.wait_for_function(IS_AT, arg="index-draw")
    page.get_by_role("button", name="this").click()
    page.wait_for_function("document.querySelector('.prediction').dataset.state === 'guessed'")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(IS_AT, arg="draw")


def test_the_whole_screen_is_taken_and_who_leaves_it_ends_the_lecture(see):
    page = see("index.html")
    page.keyboard.press("F8")
    page.wait_for_function("document.fullscreenElement === document.documentElement")
    page.wait_for_function(IS_AT, arg="")
    page.evaluate("document.exitFullscreen()")
    page.wait_for_function("!('lecture' in document.documentElement.dataset)")


def test_a_button_beside_print_leads_in_by_keyboard_and_its_own_buttons_walk(see):
    page = see("index.html")
    page.locator(".dropdown-download-buttons > button").focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Lecture (F8)")
    button.wait_for(state="visible")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(IS_AT, arg="")
    assert page.get_by_role("button", name="Back").is_disabled()
    page.get_by_role("button", name="Next").click()
    page.wait_for_function(IS_AT, arg=STEPS[1])
    page.get_by_role("button", name="End").click()
    page.wait_for_function("!('lecture' in document.documentElement.dataset)")
    assert see("plain.html").get_by_text("Lecture (F8)").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_at_any_step_and_a_phone_is_wide_enough(see, theme):
    page = see("index.html?lecture=", color_scheme=theme, width=390)
    for step in STEPS:
        page.wait_for_function(IS_AT, arg=step)
        found = QUICK.run(page).response["violations"]
        assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found] == [], step
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.keyboard.press("ArrowRight")
    page.trouble.clear()  # axe looks for sheets that sheets import, beside the page


def test_a_page_that_is_opened_from_disk_is_a_lecture_too(folder, browser):
    page = open_page(browser, f"{folder.as_uri()}/", "index.html", wait=False)
    page.keyboard.press("F8")
    page.wait_for_function("document.querySelector('[data-lecture-now]')?.checkVisibility()")
    page.context.close()
