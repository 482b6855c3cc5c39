"""Every explorer of the built site, moved in a browser that can reach nothing but the site."""

import html
import itertools
import json
import os
import re
import subprocess
import sys
import threading

import check_site
import numpy as np
import pytest
from browser import Quiet
from conftest import Lacking, open_page, serving, whole_frames

from reglesson.data import seed_line, wave
from reglesson.explore import choice, explore, log_slider, settings, slider
from reglesson.l2 import ridge, ridge_regression
from reglesson.linear import mse

# the sliders of an explorer, and the rows of radio buttons that stand for sliders of two or three options
CONTROLS = "[...figure.querySelectorAll('.explorer-controls [type=range], .explorer-controls fieldset')]"
# sets the sliders of an explorer to each of a list of positions in turn; tells what is then on the page
WALK = f"""
([id, walk]) => {{
  const figure = document.getElementById(id), inputs = {CONTROLS};
  const mould = document.createElement("template");
  return walk.map(([position, picture]) => {{
    inputs.forEach((input, k) => {{
      if (input.tagName === "FIELDSET") input.querySelectorAll("input")[position[k]].checked = true;
      else input.value = position[k];
    }});
    figure.querySelector("input").dispatchEvent(new Event("input", {{ bubbles: true }}));
    mould.innerHTML = `<svg>${{picture}}</svg>`;
    return {{
      right: figure.querySelector("svg").innerHTML === mould.content.firstChild.innerHTML,
      says: figure.querySelector(".explorer-says").textContent,
      outputs: inputs.map((e) => (e.querySelector("input:checked + span") ?? e.nextElementSibling).textContent),
      spoken: inputs.map((e) => (e.querySelector("input:checked + span")?.textContent ?? e.getAttribute("aria-valuetext"))),
    }};
  }});
}}
"""
# a promise that is kept when the page has followed the next link within it
ARRIVED = """
() => {
  history.replaceState(history.state, "", "#");
  window.arrived = new Promise((keep) => addEventListener("hashchange", () => setTimeout(() => keep(true)), { once: true }));
}
"""
SAYS = "([id]) => document.getElementById(id).querySelector('.explorer-says').textContent"


class Baked:
    """An explorer as the page carries it, read without the player's code."""

    def __init__(self, figure):
        data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', figure, re.DOTALL)[1])
        self.name = re.search(r'id="([^"]+)"', figure)[1]
        self.names = re.findall(r'<(?:input type="range"|fieldset) name="([^"]+)"', figure)
        self.texts = [s["texts"] for s in data["sliders"]]
        self.values = [[str(v) for v in s.get("values", s["texts"])] for s in data["sliders"]]  # as an address names them
        self.start = tuple(map(int, re.findall(r' value="(\d+)" (?:aria-label|checked)', figure)))
        self.positions = list(itertools.product(*(range(len(texts)) for texts in self.texts)))
        self.captions = dict(zip(self.positions, data["captions"], strict=True))
        picture = re.search(r"<svg[^>]*>(.*?)</svg>", figure, re.DOTALL)[1]
        frames = whole_frames(data, picture, self.positions.index(self.start))
        self.pictures = {position: "".join(frame) for position, frame in zip(self.positions, frames, strict=True)}

    def texts_at(self, position):
        return [texts[i] for texts, i in zip(self.texts, position, strict=True)]

    def values_at(self, position):
        return [values[i] for values, i in zip(self.values, position, strict=True)]

    def along(self, k):
        """The positions that slider k passes while the others stay where they start."""
        return [(*self.start[:k], i, *self.start[k + 1 :]) for i in range(len(self.texts[k]))]


def explorers(site, name):
    """The explorers with sliders of a page."""
    page = (site / name).read_text(encoding="utf-8")
    return [Baked(figure) for figure in re.findall(r'<figure class="explorer".*?</figure>', page, re.DOTALL) if "<input" in figure]


@pytest.fixture
def moved(site, page_name, page):
    """A page, its folds around figures and links to them open, for what is folded takes no keys; and its explorers with sliders."""
    around = "details:has(figure.explorer, a[href*='?'])"
    page.evaluate("(around) => document.querySelectorAll(around).forEach((fold) => { fold.open = true; })", around)
    return page, explorers(site, page_name)


def test_every_grid_point_shows_its_own_frame_and_sentence(moved):
    page, found = moved
    for explorer in found:
        walk = list(reversed(explorer.positions)) + explorer.positions[:: max(1, len(explorer.positions) // 7)]
        seen = page.evaluate(WALK, [explorer.name, [(p, explorer.pictures[p]) for p in walk]])
        for position, now in zip(walk, seen, strict=True):
            values = explorer.texts_at(position)
            assert now["right"], f"{explorer.name} at {values}: the picture is not the one that was drawn"
            assert now["says"] == explorer.captions[position], f"{explorer.name} at {values}"
            assert now["outputs"] == values
            assert now["spoken"] == values
    assert page.trouble == []


def test_every_step_of_every_slider_changes_the_picture_and_the_sentence(site, page_name):
    for explorer in explorers(site, page_name):
        for k in range(len(explorer.texts)):
            for one, next_one in itertools.pairwise(explorer.along(k)):
                step = f"{explorer.name} from {explorer.texts_at(one)} to {explorer.texts_at(next_one)}"
                assert explorer.captions[one] != explorer.captions[next_one], f"{step}: the sentence stays"
                assert explorer.pictures[one] != explorer.pictures[next_one], f"{step}: the picture stays"


def put(page, explorer, position):
    """Set all sliders of an explorer."""
    page.evaluate(WALK, [explorer.name, [(position, "")]])


# keeps what an explorer says before each key, when the one before has done what it does
LISTEN = """
([id]) => {
  window.said = [];
  window.listens ??= addEventListener("keydown", () => window.said.push(window.says.textContent), true) ?? true;
  window.says = document.getElementById(id).querySelector(".explorer-says");
}
"""


def press(page, keys):
    """Press keys one after another; one that comes several times is held down, which takes half of the time."""
    for key, again in itertools.groupby(keys):
        for _ in again:
            page.keyboard.down(key)
        page.keyboard.up(key)


def test_the_keyboard_alone_moves_every_slider(moved):
    page, found = moved
    for explorer in found:
        for k, name in enumerate(explorer.names):
            path = explorer.along(k)
            put(page, explorer, explorer.start)
            control = page.locator(f"#{explorer.name} input[type=range][name={name}]")
            keys = [("Home", path[0]), *(("ArrowRight", p) for p in path[1:]), ("ArrowLeft", path[-2]),
                    ("ArrowUp", path[-1]), ("ArrowDown", path[-2]), ("End", path[-1])]  # fmt: skip
            if not control.count():
                control = page.locator(f"#{explorer.name} fieldset[name={name}] input:checked")
                keys = [("ArrowRight", path[(path.index(explorer.start) + step) % len(path)]) for step in range(1, len(path) + 1)]
            control.focus()
            page.evaluate(LISTEN, [explorer.name])
            press(page, [key for key, _ in keys])
            _, *said = page.evaluate("[...window.said, window.says.textContent]")
            for (key, expected), now in zip(keys, said, strict=True):
                assert now == explorer.captions[expected], f"{explorer.name}: {name} after {key}"
            if "Home" in keys[0]:
                page.keyboard.press("PageDown")
                assert int(control.input_value()) < path[-1][k]
    assert page.trouble == []


def alone(text, name):
    """A page of the site of whose text a heading and one figure are left: to load all the rest takes most of the time."""
    [figure] = re.findall(rf'<figure class="explorer" id="{name}".*?</figure>', text, re.DOTALL)
    start, end = text.index("</h1>", text.index("<article")), text.index("</article>")
    rest = re.sub(r'(<nav id="pst-page-toc-nav"[^>]*>).*?</nav>', r"\1</nav>", text[end:], flags=re.DOTALL)  # of headings
    return f"{text[:start]}</h1>{figure}</section>{rest}"


@pytest.fixture(scope="session")
def parted(site):
    """The address of the site without what sets formulas; of a page with `?alone=NAME` behind its name `alone` leaves a figure."""

    class Parted(Lacking):
        word = "mathjax"

        def do_GET(self):
            name, _, figure = self.path.partition("?alone=")
            if not figure:
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(alone((site / name.lstrip("/")).read_text(encoding="utf-8"), figure).encode())

    with serving(site, Parted) as address:
        yield address


def test_the_address_moves_sliders_and_keeps_what_they_show(site, page_name, visit, parted):
    """The last explorer of a page stands in the whole page, each of the others alone in it."""
    page, found = None, explorers(site, page_name)
    for explorer in found:
        first, last = explorer.positions[0], explorer.positions[-1]
        asked = {p: "&".join(f"{n}={t}" for n, t in zip(explorer.names, explorer.values_at(p), strict=True)) for p in (first, last)}
        page = page or visit("404.html", at=parted, wait=False)
        # with another query, so that the page is loaded with the address, for each explorer
        query = f"alone={explorer.name}" if explorer is not found[-1] else "whole"
        page.goto(f"{parted}{page_name}?{query}#{explorer.name}?{asked[first]}", wait_until="load")
        assert page.evaluate(SAYS, [explorer.name]) == explorer.captions[first], f"{explorer.name}?{asked[first]}"
        page.evaluate(ARRIVED)
        page.evaluate("(hash) => { location.hash = hash; }", f"{explorer.name}?{asked[last]}")
        page.evaluate("window.arrived")
        assert page.evaluate(SAYS, [explorer.name]) == explorer.captions[last], f"{explorer.name}?{asked[last]}"
        page.locator(f"#{explorer.name} :is([type=range], input:checked)").first.focus()
        page.keyboard.press("ArrowLeft")
        shown = page.evaluate(SAYS, [explorer.name])
        assert page.evaluate("location.hash").startswith(f"#{explorer.name}?{explorer.names[0]}=")
        with page.expect_navigation(wait_until="load"):
            page.evaluate("location.reload()")  # by the page, which knows of the new address before the browser does
        assert page.evaluate(SAYS, [explorer.name]) == shown == explorer.captions[(last[0] - 1, *last[1:])]
        assert page.trouble == []


def test_sliders_that_the_browser_kept_from_an_earlier_visit_are_shown(site, visit, lacking):
    [first, *_] = explorers(site, "index.html")
    page = visit("index.html", wait=False, at=lacking("player.js"))
    page.evaluate("document.querySelectorAll('figure.explorer [type=range]').forEach((e) => { e.value = e.max; })")
    page.add_script_tag(path=site / "_static" / "player.js")
    last = first.positions[-1]
    [seen] = page.evaluate(WALK, [first.name, [(last, first.pictures[last])]])
    assert seen["right"] and seen["says"] == first.captions[last]


def test_a_slider_moves_before_the_rest_of_its_page_has_come(site, browser):
    name, come = "book/l2.html", threading.Event()
    text = (site / name).read_bytes()
    first, second, *_ = [m for m in re.finditer(rb'<figure class="explorer".*?</figure>', text, re.DOTALL) if b"<input" in m[0]]
    middle = (second.start() + second.end()) // 2  # of the second one's frames

    class Slow(Quiet):
        def do_GET(self):
            if not self.path.endswith(name):
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text[:middle])
            self.wfile.flush()
            come.wait(20)
            self.wfile.write(text[middle:])

    with serving(site, Slow) as address:
        page = open_page(browser, address, name, wait=False, until="commit")
        try:
            explorer = Baked(first[0].decode())
            page.locator(f"#{explorer.name} .explorer-controls").wait_for(timeout=10_000)
            at = explorer.positions[0]
            [seen] = page.evaluate(WALK, [explorer.name, [(at, explorer.pictures[at])]])
            assert seen["right"] and seen["says"] == explorer.captions[at]
            assert page.locator("figure.explorer:has(input)").count() == 2 and page.evaluate("document.readyState") == "loading"
            come.set()
            page.wait_for_load_state("load")
            assert page.evaluate("[...document.querySelectorAll('.explorer-controls')].every((e) => !e.hidden)")
            assert page.trouble == []
        finally:
            come.set()
            page.context.close()


AT_ONCE = "* { scroll-behavior: auto !important; }"
# Clicks each link to a state of an explorer; tells where it leads, whether a pointer would meet it, what the address is then, how
# many steps the browser's history took, and where the sliders stand.
FOLLOW = f"""
([id]) => [...document.querySelectorAll(`a[href^="#${{id}}?"]`)].map((link) => {{
  for (let fold = link.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  link.scrollIntoView({{ block: "end" }}); // below a figure that stays in view
  const box = link.getClientRects()[0], steps = history.length;
  const free = link.contains(document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2));
  link.click();
  const figure = document.getElementById(id), at = (e) => +(e.querySelector?.("input:checked") ?? e).value;
  const controls = {CONTROLS};
  return [link.getAttribute("href"), free, decodeURIComponent(location.hash), history.length - steps,
    Object.fromEntries(controls.map((e) => [e.name, at(e)]))];
}})
"""


def test_links_in_the_text_move_sliders(moved):
    page, found = moved
    page.add_style_tag(content=AT_ONCE)
    for link in page.locator("article a[href^='#'][href*='?']").all()[:1]:
        link.click()  # one by hand, the others by a script
    for explorer in found:
        for address, free, hash, steps, at in page.evaluate(FOLLOW, [explorer.name]):
            wanted = dict(part.split("=") for part in address.split("?")[1].split("&"))
            assert free and hash == address and steps == 0, address
            for name, value in wanted.items():
                shown = explorer.values[explorer.names.index(name)][at[name]]
                try:
                    assert float(shown) == pytest.approx(float(value), rel=0.25, abs=1e-12), address
                except ValueError:
                    assert shown == value, address
    assert page.trouble == []


# -- what one can do with a figure, tried on one that has it -------------------------------------------------------


DRAWN = """
import numpy as np
from reglesson.explore import choice, explore, log_slider, page, slider


def decay(fig, lam, kind):
    "Look at the dot."
    left, right = fig.subplots(1, 2)
    x = np.logspace(-3, 1, 30)
    left.plot(x, x**0.3)
    left.plot([lam], [lam**0.3], "o")
    left.set(xscale="log", xlabel="penalty λ", ylim=(0, 3), xlim=(1e-3, 10))
    right.plot([0, 1], [0, lam if kind == "up" else -lam])
    right.set(ylim=(-10, 10), xlabel="x")
    return f"At λ = {lam:g} it goes {kind}."


def chance(fig, k):
    "Another draw, another cloud."
    fig.subplots().plot(np.random.default_rng(k).normal(size=9), "o")
    return f"This is draw {k}."


first = explore(decay, lam=log_slider(1e-3, 10, value=0.1, steps=13), kind=choice(["up", "down"]))
second = explore(chance, k=slider(1, 6, 1, label="draw"))
words = "<p>" + "Words. " * 400 + "</p>"
links = '<p><a href="#decay?lam=10">the end</a>, <a href="#decay?lam=0.001">the start</a></p>'
body = first.html() + links + words * 3 + links.replace("<a", "<a class='far'") + words + second.html(player=False) + words
open("index.html", "w", encoding="utf-8").write(page.document("Figures", body))
"""


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """The address of a page with two figures."""
    folder = tmp_path_factory.mktemp("figures")
    env = {key: value for key, value in os.environ.items() if key != "REGLESSON_BAKE"}
    subprocess.run([sys.executable, "-c", DRAWN], cwd=folder, check=True, env=env)
    with serving(folder) as address:
        yield address


@pytest.fixture
def touched(figures, browser):
    """The page with two figures, opened in a window of its own."""
    pages = []

    def open_it(**options):
        pages.append(open_page(browser, figures, "index.html", wait=False, **options))
        return pages[-1]

    yield open_it
    for page in pages:
        assert page.trouble == []
        page.context.close()


def says(page, name="decay"):
    return page.evaluate(SAYS, [name])


def test_play_runs_to_the_end_and_stops_and_space_does_the_same(touched):
    page = touched()
    page.locator("#decay .explorer-play").click()
    page.wait_for_function("() => document.querySelector('#decay .explorer-runs')")
    page.wait_for_function("() => !document.querySelector('#decay .explorer-runs')", timeout=20_000)
    assert says(page) == "At λ = 10 it goes up." and "lam=10" in page.evaluate("location.hash")
    page.locator("#decay [type=range]").focus()
    page.keyboard.press("Space")  # from the end it begins anew
    page.wait_for_function("() => document.querySelector('#decay .explorer-runs')")
    page.keyboard.press("Space")
    assert page.locator("#decay .explorer-runs").count() == 0 and says(page) != "At λ = 10 it goes up."
    assert page.evaluate("document.querySelector('#decay .explorer-says').ariaLive") == "polite"


def test_play_takes_one_step_where_motion_is_not_wanted(touched):
    page = touched(reduced_motion="reduce")
    page.locator("#decay .explorer-play").click()
    assert says(page) == "At λ = 0.215 it goes up." and page.locator("#decay .explorer-runs").count() == 0


def test_again_shows_one_draw_after_the_other_round_and_round(touched):
    page = touched()
    seen = []
    for _ in range(6):
        page.get_by_role("button", name="draw again").click()
        seen.append(says(page, "chance"))
    assert sorted(seen) == [f"This is draw {k}." for k in range(1, 7)]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pointer_sets_the_slider_in_the_panel_of_its_quantity_only(touched, width):
    page = touched(width=width)
    box = page.locator("#decay svg").bounding_box()
    scale = box["width"] / 388.8
    panel = page.evaluate("() => JSON.parse(document.querySelector('#decay script').textContent).drag[0]")
    left, top, right, bottom = (edge * scale for edge in panel[:4])
    y = box["y"] + (top + bottom) / 2
    page.mouse.move(box["x"] + left + 1, y)
    page.mouse.down()
    assert says(page) == "At λ = 0.001 it goes up."
    page.mouse.move(box["x"] + right + 40, y)  # beyond the panel the last value stays
    assert says(page) == "At λ = 10 it goes up."
    page.mouse.move(box["x"] + (left + right) / 2, y)
    page.mouse.up()
    assert says(page) == "At λ = 0.1 it goes up." and "lam=0.1" in page.evaluate("location.hash")
    page.mouse.click(box["x"] + (right + 70 * scale if width > 600 else left), y if width > 600 else y + 230.4 * scale)
    assert says(page) == "At λ = 0.1 it goes up."


# where on the screen a share of a figure's draggable panel lies, and so much below its middle
PLACE = """([id, share, down]) => {
  const figure = document.getElementById(id), svg = figure.querySelector("svg");
  svg.scrollIntoView({ block: "center" });
  const [[left, top, right, bottom]] = JSON.parse(figure.querySelector("script").textContent).drag.slice(-1);
  const stacked = innerWidth < 600, split = stacked ? +svg.dataset.split : 0, high = stacked ? svg.viewBox.baseVal.height : 0;
  const place = new DOMPoint(left + share * (right - left) - split, (top + bottom) / 2 + high).matrixTransform(svg.getScreenCTM());
  return [place.x, place.y + down];
}"""
AT = "(id) => +document.querySelector(`#${id} [type=range]`).value / document.querySelector(`#${id} [type=range]`).max"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["directions", "diabetes-path"])
def test_the_pointer_is_followed_in_a_right_panel_where_nothing_is_painted_and_when_it_drifts_out_below(visit, name, width):
    page = visit("book/l2.html", width=width)
    for share, down in ((0.2, -9), (0.8, 13), (0.5, 27)):
        page.mouse.click(*page.evaluate(PLACE, [name, share, down]))
        assert page.evaluate(AT, name) == pytest.approx(share, abs=0.15)
    page.mouse.move(*page.evaluate(PLACE, [name, 0.2, 0]))
    page.mouse.down()
    for down in (150, 300):  # below the picture
        x, y = page.evaluate(PLACE, [name, 0.5, 0])
        page.mouse.move(x, y + down)
        assert page.evaluate(AT, name) == pytest.approx(0.5, abs=0.15)
    page.mouse.up()
    assert page.evaluate("getSelection().toString()") == ""


def test_the_pointer_is_followed_in_a_lecture_whose_figures_are_as_high_as_the_screen(visit):
    page = visit("book/l2.html?lecture=directions")
    page.wait_for_function("() => document.querySelector('#directions[data-lecture-now]')")
    page.mouse.click(*page.evaluate(PLACE, ["directions", 0.3, 0]))
    assert page.evaluate(AT, "directions") == pytest.approx(0.3, abs=0.1)


def test_other_buttons_of_a_mouse_and_links_for_another_tab_move_nothing(touched):
    page = touched()
    before = says(page)
    page.mouse.click(*page.evaluate(PLACE, ["decay", 0.9, 0]), button="right")
    page.keyboard.press("Escape")  # the menu that a right button may open
    page.evaluate("""() => {
        const link = document.querySelector("a[href^='#decay?']");
        link.addEventListener("click", (event) => { link.dataset.followed = !event.defaultPrevented; });
        document.addEventListener("click", (event) => event.preventDefault()); // last of all: no tab is opened here
        for (const key of ["ctrlKey", "metaKey", "shiftKey"])
            link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, [key]: true }));
    }""")
    assert says(page) == before


def test_while_a_figure_runs_its_sentence_is_not_read_out_and_a_hand_on_the_slider_ends_it(touched):
    page = touched()
    page.locator("#decay [type=range]").press("Home")
    page.locator("#decay .explorer-play").click()
    page.wait_for_function("() => document.querySelector('#decay .explorer-runs')")
    assert page.evaluate("document.querySelector('#decay .explorer-says').ariaLive") == "off"
    page.locator("#decay [type=range]").press("End")
    assert page.locator("#decay .explorer-runs").count() == 0 and says(page) == "At λ = 10 it goes up."
    place = page.evaluate("scrollY")
    page.locator("#decay [type=range]").press("Space")  # which runs the figure, and else would scroll the page
    assert page.evaluate("scrollY") == place


def test_a_link_and_the_pointer_end_a_figure_that_runs(touched):
    for move in (lambda page: page.evaluate("location.hash = '#decay?lam=0.1'"),
                 lambda page: page.mouse.click(*page.evaluate(PLACE, ["decay", 0.5, 0]))):  # fmt: skip
        page = touched()
        page.locator("#decay [type=range]").press("Home")
        page.locator("#decay .explorer-play").click()
        page.wait_for_function("() => document.querySelector('#decay .explorer-runs')")
        move(page)
        page.wait_for_function("() => !document.querySelector('#decay .explorer-runs')")
        assert says(page) == "At λ = 0.1 it goes up." and "lam=0.1" in page.evaluate("location.hash")


def test_a_figure_that_a_link_has_pinned_stands_on_paper_where_it_belongs(visit):
    page = visit("book/l2.html")
    page.evaluate("document.querySelectorAll('a[href*=\"wild-curve?\"]').forEach((e) => e.click())")
    page.evaluate("document.querySelector('#wild-curve').classList.add('explorer-pinned')")
    assert page.evaluate("getComputedStyle(document.querySelector('#wild-curve')).position") == "fixed"
    page.emulate_media(media="print")
    shown = "getComputedStyle(document.querySelector('#wild-curve figcaption')).display"
    assert page.evaluate("getComputedStyle(document.querySelector('#wild-curve')).position") == "static"
    assert page.evaluate(shown) == "block"


def test_kept_curves_stay_as_ghosts_and_go(touched):
    page = touched()
    keep = page.locator("#decay .explorer-keep")
    keep.click()
    assert keep.get_attribute("aria-pressed") == "true"
    kept = page.evaluate("() => document.querySelector('#decay .explorer-kept').innerHTML")
    page.locator("#decay [type=range]").press("End")
    assert page.evaluate("() => document.querySelector('#decay .explorer-kept').innerHTML") == kept
    assert 1 <= page.locator("#decay .explorer-kept > *").count() <= 4  # the dot and the line, and not the axes
    keep.click()
    assert page.locator(".explorer-kept").count() == 0 and keep.get_attribute("aria-pressed") == "false"


def test_a_thumb_that_scrolls_the_page_leaves_the_slider_as_it_was(touched):
    page = touched()
    page.evaluate("""() => {
        const rail = document.querySelector("#decay [type=range]");
        rail.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
        rail.value = 0;
        rail.dispatchEvent(new Event("input", { bubbles: true }));
        rail.dispatchEvent(new PointerEvent("pointercancel", { bubbles: true }));
    }""")
    assert says(page) == "At λ = 0.1 it goes up."


def test_a_link_works_a_second_time_and_adds_no_step_to_the_history(touched):
    page = touched()
    steps = page.evaluate("history.length")
    for _ in range(2):
        page.get_by_role("link", name="the end").first.click()
        assert says(page) == "At λ = 10 it goes up."
        page.locator("#decay [type=range]").evaluate("e => { e.value = 0; e.dispatchEvent(new Event('input', {bubbles: true})) }")
        assert says(page) == "At λ = 0.001 it goes up."
    assert page.evaluate("history.length") == steps


@pytest.mark.parametrize("width", [1280, 390])
def test_a_figure_out_of_sight_comes_to_the_link_and_goes_with_its_paragraph(touched, width):
    page = touched(width=width)
    link = page.locator("a.far").first
    link.click()
    seen = "(e) => { const b = e.getBoundingClientRect(); return b.top >= -1 && b.top < innerHeight - 40; }"
    assert says(page) == "At λ = 10 it goes up."
    assert page.locator("#decay").evaluate(seen) and link.evaluate(seen)
    figure, at = page.locator("#decay").bounding_box(), link.bounding_box()
    assert figure["y"] + figure["height"] <= at["y"] + 1, "the figure hides its link"
    page.locator("a.far").nth(1).click()
    assert says(page) == "At λ = 0.001 it goes up."
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function("() => !document.querySelector('.explorer-pinned')")


def test_panels_stand_below_one_another_on_a_phone_and_text_is_large_enough(touched):
    page = touched(width=390)
    low, high = page.evaluate("""() => [...document.querySelectorAll("#decay svg text")].reduce(([low, high], e) => {
        const size = parseFloat(getComputedStyle(e).fontSize) * document.querySelector("#decay svg").getScreenCTM().a;
        return [Math.min(low, size), Math.max(high, e.getBoundingClientRect().right)]; }, [99, 0])""")
    assert low >= 11 and high <= 390
    tops = page.evaluate("""() => ["svg > :not(.explorer-right)", "svg > .explorer-right"].map((panel) =>
        [...document.querySelectorAll(`#decay ${panel}`)].map((e) => e.getBoundingClientRect()).filter((b) => b.height > 0)
        .reduce(([top, bottom], b) => [Math.min(top, b.top), Math.max(bottom, b.bottom)], [1e9, 0]))""")
    assert tops[1][0] >= tops[0][1] - 2
    assert page.evaluate("""() => document.querySelector("#decay figcaption").getBoundingClientRect().top""") >= tops[1][1] - 2


def test_the_sentences_are_those_that_the_notebook_stores(site, page_name):
    """nbval compares the stored sentences with what reglesson computes; the page must say the same."""
    path = check_site.ROOT / page_name.replace(".html", ".ipynb")
    if not path.is_file():
        return
    stored = ["".join(output.get("data", {}).get("text/plain", "")).splitlines()
              for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"
              for output in cell["outputs"] if "image/png" in output.get("data", {})]  # fmt: skip
    for explorer in explorers(site, page_name):
        points = [explorer.start]
        for k, texts in enumerate(explorer.texts):
            points += [explorer.along(k)[i] for i in (0, (len(texts) - 1) // 2, len(texts) - 1)]
        sentences = [explorer.captions[p] for p in dict.fromkeys(points)]
        assert sentences in stored, f"{explorer.name}: the page and the notebook say different things"


def test_the_first_sentence_of_the_site_is_what_reglesson_computes(site):
    """The landing page's errors, computed here again from the data, by one fit for each λ."""
    [explorer] = [e for e in explorers(site, "index.html") if e.name == "first-look"]
    rng = np.random.default_rng(4)
    x, y = wave(20, 0.35, rng)
    x_new, y_new = wave(1000, 0.35, rng)
    powers = [np.column_stack([np.polynomial.Legendre.basis(k)(2 * z - 1) for k in range(1, 13)]) for z in (x, x_new)]
    for i, lam in enumerate(log_slider(1e-5, 10, steps=len(explorer.texts[0])).values):
        fit = ridge(powers[0], y, lam)
        said = [float(number) for number in re.findall(r"\d+\.\d{3}(?= on)", explorer.captions[(i,)])]
        assert said == pytest.approx([mse(y, fit.predict(powers[0])), mse(y_new, fit.predict(powers[1]))], abs=6e-4)


def test_the_sentences_of_a_chapter_are_what_reglesson_computes(site):
    """The tutorial's line at every λ: the exact one by its own closed form, the one with a taxed intercept by the package."""
    [explorer] = [e for e in explorers(site, "book/l2.html") if e.name == "tutorial-line"]
    X, y = seed_line(np.random.default_rng(0))
    x = X[:, 0]
    for i, lam in enumerate(map(float, explorer.values[0])):
        slope = np.sum((x - x.mean()) * (y - y.mean())) / (np.sum((x - x.mean()) ** 2) + len(x) * lam)
        taxed = ridge_regression(X, y, lam, penalize_intercept=True)
        wanted = [y.mean() - slope * x.mean(), slope, taxed.intercept, taxed.coef[0]]
        told = re.findall(r"[−-]?\d[\d,]*(?:\.\d+)?", explorer.captions[(i,)].split(":", 1)[1])
        said = [float(number.replace("−", "-").replace(",", "")) for number in told]
        assert said == pytest.approx(wanted, rel=6e-3), explorer.captions[(i,)]


# -- explorers on pages of other people ----------------------------------------------------------------------------


def named_draw(title):
    """A draw function called draw, as many are."""

    def draw(fig, k, kind):
        """See the title.

        It says which figure this is.
        """
        ax = fig.subplots()
        ax.plot([1, 2, 3], [k, k, k], "o" if kind == "dots" else "-")
        ax.set(title=title, xlabel="k", xlim=(0.5, 3.5))
        return f"{title}: k is {k}, {kind}."

    return draw


def made(title, kind="line", label="k"):
    return explore(named_draw(title), k=slider(1, 3, 1, label=label), kind=choice(["line", "dots"], value=kind))


@pytest.fixture
def own_page(browser, tmp_path):
    """Write a page of HTML and open it."""
    with serving(tmp_path) as address:

        def write(body, head="", **options):
            text = f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>A page</title>{head}<body>{body}</body></html>'
            (tmp_path / "own.html").write_text(text, encoding="utf-8")
            pages.append(open_page(browser, address, "own.html", **options))
            return pages[-1]

        pages = []
        yield write
        for page in pages:
            page.context.close()


SAID = "[...document.querySelectorAll('figure.explorer')].map((e) => e.querySelector('.explorer-says').textContent)"


@pytest.mark.parametrize("player_last", [False, True])
def test_two_figures_of_one_name_move_each_on_its_own(own_page, player_last):
    first, second = made("First").html(player=not player_last), made("Second", "dots").html(player=player_last)
    page = own_page(first + second)
    assert page.evaluate("[...document.querySelectorAll('.explorer-controls')].map((e) => e.hidden)") == [False, False]
    assert page.evaluate(SAID) == ["First: k is 2, line.", "Second: k is 2, dots."]
    one, other = page.locator("figure.explorer").all()
    one.locator("[type=range]").press("End")
    assert page.evaluate(SAID) == ["First: k is 3, line.", "Second: k is 2, dots."]
    assert page.url.endswith("own.html#draw?k=3&kind=line")
    other.get_by_label("line").check()
    other.locator("[type=range]").press("Home")
    one.get_by_label("dots").check()
    assert page.evaluate(SAID) == ["First: k is 3, dots.", "Second: k is 1, line."]
    assert page.evaluate("document.querySelectorAll(':checked').length") == 2
    ids = page.evaluate("[...document.querySelectorAll('figure.explorer, figcaption [id]')].map((e) => e.id)")
    assert ids == ["draw", "draw-about", "draw-more", "draw-2", "draw-2-about", "draw-2-more"]
    assert other.locator("svg").get_attribute("aria-labelledby") == "draw-2-about draw-2-more"
    assert other.locator("[type=range]").get_attribute("aria-describedby") == "draw-2-about"
    assert page.trouble == []


def test_a_figure_that_comes_later_or_anew_plays_when_it_is_asked_to(own_page, monkeypatch):
    page = own_page("<main></main>" + made("First").html())
    put = "(html) => { document.querySelector('main').innerHTML = html; playExplorers(); }"
    page.evaluate(put, made("Later").html(player=False))
    page.locator("main [type=range]").press("End")
    assert page.evaluate(SAID) == ["Later: k is 3, line.", "First: k is 2, line."]
    page.evaluate(put, made("Again").html(player=False))
    assert page.evaluate("[...document.querySelectorAll('.explorer-controls')].map((e) => e.hidden)") == [False, False]
    page.locator("main [type=range]").press("Home")
    assert page.evaluate(SAID) == ["Again: k is 1, line.", "First: k is 2, line."]
    # outputs that a notebook's page renders one after the other, with their scripts
    monkeypatch.setenv("REGLESSON_BAKE", "inline")
    monkeypatch.setattr(settings.current, "player_is_there", False)
    outputs = [made(title)._repr_mimebundle_()["text/html"] for title in ("One", "Two")]
    page = own_page("<main></main>")
    for output in (*outputs, outputs[0]):
        page.evaluate("""(html) => {
            const place = document.querySelector("main");
            place.append(document.createRange().createContextualFragment(html));
        }""", output)  # fmt: skip
    assert page.evaluate("[...document.querySelectorAll('.explorer-controls')].map((e) => e.hidden)") == [False] * 3


def test_the_address_that_a_figure_keeps_is_that_of_its_page_or_none(own_page):
    page = own_page(made("First").html(), head='<base href="/elsewhere/">')
    page.locator("[type=range]").press("End")
    assert page.url.endswith("/own.html#draw?k=3&kind=line")
    inner = f"<!DOCTYPE html><meta charset=utf-8><body>{made('Inside').html()}"
    page = own_page(f'<iframe width="700" height="700" srcdoc="{html.escape(inner)}"></iframe>')
    frame = page.frame_locator("iframe")
    frame.locator("[type=range]").press("End")
    assert frame.locator(".explorer-says").text_content() == "Inside: k is 3, line."
    box = frame.locator("svg").bounding_box()
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, height)
    page.mouse.down()
    page.mouse.up()
    here = frame.locator(".explorer-says").text_content()
    page.mouse.move(box["x"] + box["width"] * 0.9, height)  # nothing is held any more
    assert frame.locator(".explorer-says").text_content() == here
    assert page.trouble == []


@pytest.mark.parametrize("width", [320, 375, 700])
def test_however_long_its_words_a_slider_can_be_moved(own_page, width):
    ways = ["no regularization", "ridge (L2 penalty)", "lasso (L1 penalty)", "dropout with a half, early stopping"]

    def draw(fig, k, kind):
        """See it."""
        fig.subplots().plot([0, 1], [0, k])
        return f"k is {k}, {kind}."

    label = "share of the training examples that each round leaves out"
    page = own_page(explore(draw, k=slider(100, 300, 100, label=label), kind=choice(ways, label="method")).html(), width=width)
    assert min(page.evaluate("[...document.querySelectorAll('[type=range]')].map((e) => e.getBoundingClientRect().width)")) >= 60
    page.locator("[name=kind]").press("End")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
