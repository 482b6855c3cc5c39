"""Every page of the built site in a browser: nothing is asked of another host, nothing is cut off, anyone can use it."""

import io
import re
import shutil
from pathlib import Path

import finish
import pypdf
import pytest
from browser import Quiet, serving
from conftest import open_page
from quick_axe import PLAIN, both_themes, objections, violations

# what cannot be scrolled into view: elements that end beyond the window and are not inside something that scrolls
STICKING_OUT = """
() => [...document.querySelectorAll("article :not(svg, svg *, mjx-container, mjx-container *)")].filter((e) => {
  const box = e.getBoundingClientRect();
  if (box.width === 0 || box.right <= innerWidth + 1 || e.closest(".visually-hidden")) return false;
  for (let up = e.parentElement; up; up = up.parentElement) {
    if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return false;
  }
  return true;
}).map((e) => e.outerHTML.slice(0, 120))
"""


def test_a_page_loads_with_its_mathematics_and_pictures_under_any_prefix_and_asks_nobody_else(page):
    raw = "() => [...document.querySelectorAll('.math')].filter(e => !e.querySelector('mjx-container')).map(e => e.textContent)"
    assert page.evaluate(raw) == []
    # MathJax shows what it cannot read as an error, and a command that it does not know in red
    errors = "() => [...document.querySelectorAll('mjx-merror, mjx-container [style*=red]')].map(e => e.textContent || e.outerHTML)"
    assert page.evaluate(errors) == []
    broken = "() => [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
    assert page.evaluate(broken) == []
    assert page.evaluate("() => [...document.querySelectorAll('figure.explorer svg')].every(s => s.getBBox().width > 100)")
    assert page.evaluate("() => [...document.querySelectorAll('.explorer-controls')].every(e => !e.hidden)")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).fontFamily") != ""
    assert page.trouble_of_loading == []


def test_a_request_to_another_host_is_noted_and_goes_nowhere(visit):
    page = visit("search.html", wait=False)
    ask = "(url) => new Promise((keep) => { const image = new Image(); image.onerror = () => keep(true); image.src = url; })"
    for url in ("http://example.org/dot.png", "http://192.0.2.1/dot.png"):
        assert page.evaluate(ask, url)
        assert f"asked for {url}" in page.trouble


def test_axe_finds_nothing_to_object_to_in_light_and_dark(page_for_tab):
    told = [f"{theme}: {v['id']}: {n['target']}: {n.get('failureSummary', '')}"
            for theme, v in objections(page_for_tab) for n in v["nodes"][:4]]  # fmt: skip
    assert not told, "\n".join(told)


# faults of a page, and a name that says where each stands; of tokens of one kind the second is pale, or stands on another ground
FAULTS = """
() => {
  const pale = "color: rgb(120 120 120 / 0.6) !important", article = document.querySelector("article");
  const put = (id, html) => article.insertAdjacentHTML("beforeend", html.replace("ID", `id="${id}"`));
  const token = '<span class="n">name</span>';
  put("paragraph", `<p ID style="${pale}">Pale words.</p>`);
  put("see-through", `<div style="opacity: 0.3"><p ID>Words through which one sees.</p></div>`);
  put("shade", `<p style="background: #777"><span ID style="color: #999">Grey on grey.</span></p>`);
  put("fold", `<details><summary>More</summary><p ID style="${pale}">Pale words.</p></details>`);
  put("code", `<pre>${token} ${token} <span ID class="n" style="${pale}">name</span></pre>`);
  const grey = '<span ID class="n" style="color: #666">name</span>';
  put("line", `<pre style="background: #fff">${grey.replace("ID", "")} <span style="background: #999">${grey}</span></pre>`);
  put("see-through-code", `<pre>${token} <span style="opacity: 0.2"><span ID class="n">name</span></span></pre>`);
  const words = 'style="position: absolute; top: 0"';
  put("moved", `<div style="position: relative; height: 3em"><p ${words}>Words on the page.</p></div>
    <div style="position: relative"><div style="background: #888; height: 3em"></div><p ID ${words}>Words on a box.</p></div>`);
  put("in-figure", `<figure class="explorer"><svg><a href="#" aria-label="A dot."></a><a ID href="#"></a></svg></figure>`);
  put("in-dark", `<style>[data-theme=dark] #in-dark { color: #222 !important }</style><p ID>Dark words.</p>`);
  put("button", `<button ID></button>`);
  const formula = article.querySelector("mjx-container:has(mjx-mi)").outerHTML;
  put("in-formula", formula.replace("<mjx-math ", "<mjx-math ID ").replace("<mjx-mi ", '<mjx-mi tabindex="0" '));
  put("picture-in-dark", `<style>[data-theme=light] #picture-in-dark { display: none }</style><img ID src="data:,">`);
}
"""


def test_the_quick_axe_finds_what_axe_finds(visit):
    page = visit("book/summary.html", color_scheme="light")
    page.evaluate(FAULTS)
    quick = {(theme, v["id"], *n["target"]) for theme, v in objections(page) for n in v["nodes"]}
    page.evaluate(PLAIN)
    plain = {(theme, v["id"], *n["target"]) for theme in both_themes(page) for v in violations(page) for n in v["nodes"]}
    assert set(re.findall(r'put\("([\w-]+)"', FAULTS)) == {re.match(r"#([\w-]+)", target)[1] for _, _, target in plain}
    assert quick == plain


# names in tables that are broken over lines, and tables that scroll whose rows hide the shadow at their edge
TABLES = """
() => {
  const broken = [...document.querySelectorAll("article td code .pre")].filter((e) => e.getClientRects().length > 1);
  const wide = [...document.querySelectorAll(".pst-scrollable-table-container")].filter((e) => e.scrollWidth > e.clientWidth);
  const opaque = (e) => getComputedStyle(e).backgroundColor.startsWith("rgb(");
  const rows = wide.flatMap((e) => [...e.querySelectorAll("tbody :is(tr, td)")].filter(opaque));
  return [...broken.map((e) => e.textContent), ...rows.map((e) => `a row that hides the shadow: ${e.textContent}`)];
}
"""


def test_a_table_breaks_no_name_and_shows_where_it_goes_on(page):
    assert page.evaluate(TABLES) == []


@pytest.fixture(scope="session")
def without_scripts(browser, address):
    """A window in which no script runs."""
    page = open_page(browser, address, "404.html", java_script_enabled=False, wait=False)
    yield page
    page.context.close()


# of each figure its name, and whether its picture, a sentence and a control are shown
SHOWN = """
() => [...document.querySelectorAll("figure.explorer")].map((figure) => {
  const shown = (e) => !!e?.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  const [picture, says, control] = ["svg", ".explorer-says", ".explorer-controls input"].map((part) => figure.querySelector(part));
  return [figure.id, shown(picture), shown(says) && says.textContent.trim() !== "", shown(control)];
})
"""


def test_a_page_read_without_scripts_still_shows_its_figures(page_name, without_scripts, address):
    page = without_scripts
    page.goto(address + page_name, wait_until="domcontentloaded")
    page.evaluate("document.querySelectorAll('details.on-demand > summary').forEach((e) => e.checkVisibility() && e.click())")
    assert page.locator("details.on-demand:not([open])").count() == 0
    for name, *shown in page.evaluate(SHOWN):
        assert shown == [True, True, False], f"{name}: of picture, sentence and controls are shown: {shown}"
    assert page.locator("h1").first.inner_text().strip()


# every element that Tab should reach, and what it reaches, one press after another; of radio buttons that belong together Tab
# reaches the one that is chosen, and arrows the others
REACHABLE = """
() => {
  const wanted = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const another = (e) => e.type === 'radio' && !e.checked && [...document.getElementsByName(e.name)].some((r) => r.checked);
  window.reachable = [...document.querySelectorAll(wanted)].filter((e) => !another(e) &&
    e.tabIndex >= 0 && !e.disabled && !e.closest('[inert]') && e.getClientRects().length &&
    e.checkVisibility({ visibilityProperty: true }));
  return window.reachable.length;
}
"""
REACHED = """
() => {
  window.reached = [];
  window.note = () => {
    const e = document.activeElement, look = getComputedStyle(e), box = e.getBoundingClientRect();
    const shown = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0 || look.boxShadow !== 'none';
    const seen = box.bottom > 0 && box.top < innerHeight;
    window.reached.push([window.reachable.indexOf(e), shown && e.matches(':focus-visible'), seen, e.outerHTML.slice(0, 160)]);
  };
  // when the press before has done what it does
  addEventListener("keydown", (event) => { if (event.repeat) window.note(); }, true);
}
"""
AT_ONCE = "* { transition: none !important; animation: none !important; scroll-behavior: auto !important; }"
# the theme opens the branch of the contents that is read, some time after the page was scrolled to it: here all are open
BRANCHES_OPEN = ".bd-toc .nav .nav { display: block !important; }"


# Tab goes on from where the focus was last: here it begins at the top
FROM_THE_TOP = "() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); }"


def test_tab_reaches_every_control_in_order_and_shows_where_it_is(page_for_tab):
    page = page_for_tab
    page.evaluate("document.fonts.ready.then(() => true)")  # before that some boxes scroll, and Tab stops at what scrolls
    still = page.add_style_tag(content=AT_ONCE + BRANCHES_OPEN)  # what fades in or glides need not be waited for at each press
    page.evaluate(FROM_THE_TOP)
    count = page.evaluate(REACHABLE)
    page.evaluate(REACHED)
    for _ in range(count):
        page.keyboard.down("Tab")  # held down, which takes half of the time of pressing it as often
    page.evaluate("window.note()")
    page.keyboard.up("Tab")
    still.evaluate("(e) => e.remove()")
    reached = page.evaluate("window.reached")
    assert len(reached) == count
    order, trouble = [place for place, *_ in reached], []
    for n, (place, shown, seen, what) in enumerate(reached, 1):
        if place < 0 or not (shown and seen):
            why = "no control" if place < 0 else "no mark of the focus" if not shown else "out of sight"
            trouble.append(f"{why} after {n} of {count} presses: {what}")
    assert not trouble, "\n".join(trouble[:10])
    assert order == sorted(order), "the focus jumps"
    assert order == list(range(count)), f"out of reach: {sorted(set(range(count)) - set(order))}"


def letters(sheet):
    """The different glyphs that a sheet of a PDF itself shows, by their numbers in its fonts; reading words takes far longer."""
    shown = b"".join(re.findall(rb"<([0-9A-Fa-f]+)>", sheet.get_contents().get_data()))
    return {shown[k : k + 4] for k in range(0, len(shown), 4)}


def test_a_page_prints_without_controls_cut_figures_or_empty_sheets(page):
    page.emulate_media(media="print")
    assert page.evaluate("() => [...document.querySelectorAll('.explorer-controls')].every(e => !e.checkVisibility())")
    paper = page.evaluate("""() => [...document.querySelectorAll('figure.explorer')].map((e) => {
        const box = e.getBoundingClientRect();
        return [e.id, box.height, getComputedStyle(e).breakInside];
    })""")
    for name, height, break_inside in paper:
        assert break_inside == "avoid" and height < 900, f"{name}: {height:.0f} pixels high"
    closed = "[...document.querySelectorAll('article details:not([open], .on-demand)')]"
    printed = f"() => {closed}.every((e) => e.closest('.quiz, figure.explorer, .fold-proof') || !e.checkVisibility())"
    assert page.evaluate(printed), "a closed hint is printed"
    whole = "() => [...document.querySelectorAll('.cell_input *')].some((e) => getComputedStyle(e).breakInside === 'avoid')"
    assert not page.evaluate(whole), "code that may not go on to the next sheet leaves the rest of this one empty"
    sheets = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    empty = [k for k, sheet in enumerate(sheets, 1) if len(letters(sheet)) < 10 and not sheet.extract_text().strip()]
    assert len(sheets) and not empty, f"empty sheets: {empty}"


# the last of the shared window: what comes after a change of its size has to wait for the theme
def test_a_narrow_window_cuts_nothing_off_and_its_tables_show_where_they_go_on(page):
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate(TABLES) == []
    page.evaluate("document.querySelectorAll('main details').forEach(e => { e.open = true; })")
    for window, width in (("a phone", 390), ("a window zoomed to 200 %", 640)):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width, f"{window} must be scrolled sideways"
        assert page.evaluate(STICKING_OUT) == [], f"sticks out of {window}"
    assert page.trouble == []


def test_the_menus_of_the_bar_fit_in_the_window_of_a_phone(visit):
    page = visit("book/l2.html", width=390)
    menus = page.locator(".bd-header-article .dropdown").all()
    assert len(menus) == 2
    for menu in menus:
        menu.locator("> button").click()
        menu.locator(".dropdown-menu").wait_for(state="visible")
        assert menu.locator(".dropdown-item").count() > 0
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
        for entry in menu.locator(".dropdown-item").all():
            box = entry.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 390, entry.inner_text()
            assert box["height"] < 60 and entry.evaluate("(e) => e.scrollWidth <= e.clientWidth"), entry.inner_text()


MARKED = """
() => {
  const [link, other] = document.querySelectorAll("#pst-page-toc-nav a.active");
  const box = link?.getBoundingClientRect();
  return [link?.hash, !other, !box || (box.top >= 0 && box.bottom <= innerHeight && box.height > 0)];
}
"""


def test_the_contents_mark_the_section_that_is_read_and_keep_it_in_view(visit):
    page = visit("book/l2.html")
    page.set_viewport_size({"width": 1280, "height": 700})
    page.add_style_tag(content=AT_ONCE)
    page.evaluate("document.querySelectorAll('details.on-demand').forEach((e) => { e.open = true; })")
    links = page.evaluate("[...document.querySelectorAll('#pst-page-toc-nav a')].map((e) => e.hash)")
    place = "(id) => document.querySelector(id).getBoundingClientRect().top"
    reached = 0
    for link in [*links, *reversed(links)]:  # down the page, and up again
        page.evaluate("(up) => scrollBy(0, up)", page.evaluate(place, link) - 200)
        if page.evaluate(place, link) < 205:  # the last sections of a page do not come up so far
            reached += 1
            page.wait_for_function("([seen, link]) => eval(seen)()[0] === link", arg=[MARKED, link], timeout=3000)
            assert page.evaluate(MARKED) == [link, True, True]
    assert reached > 20


# colours of text on paper that are not dark enough to read on white; what is printed on a colour of its own is left out
PALE = """
() => addEventListener("beforeprint", () => {
  const light = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const contrast = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((v) => light(v / 255));
    return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05);
  };
  const texts = document.querySelectorAll("article :is(h1, h2, p, li, td, dt, figcaption, pre span), figure.explorer svg text");
  window.texts = texts.length;
  window.pale = [...texts].filter((e) => e.checkVisibility() && e.textContent.trim()).map((e) => {
    const look = getComputedStyle(e), colour = e.ownerSVGElement ? look.fill : look.color;
    return colour.startsWith("rgb(") && contrast(colour) < 3 ? `${e.tagName} ${colour} ${e.textContent.trim().slice(0, 40)}` : "";
  }).filter(Boolean);
});
"""


def test_what_is_dark_on_the_screen_is_dark_on_white_on_paper(visit):
    page = visit("book/l2.html", color_scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.evaluate(PALE)
    page.pdf(format="A4")
    assert page.evaluate("window.texts") > 300 and page.evaluate("window.pale") == []
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


class Host(Quiet):
    """A host of pages: for one that is missing it shows the site's own."""

    def send_error(self, code, message=None, explain=None):
        """Say that there is no such page, in the site's words."""
        text = (Path(self.directory) / "some" / "prefix" / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text)


@pytest.mark.parametrize("known", [False, True], ids=["address unknown", "address known"])
def test_a_missing_page_in_a_folder_shows_the_menu_the_search_and_the_way_home(site, browser, tmp_path, known):
    below = tmp_path / "some" / "prefix"
    below.mkdir(parents=True)
    for part in site.iterdir():
        if part.name != "404.html":
            (below / part.name).symlink_to(part, target_is_directory=part.is_dir())
    shutil.copy(site / "404.html", below)
    if known:
        text = (site / "404.html").read_text(encoding="utf-8").replace(finish.FIND_HOME, "")
        (below / "404.html").write_text(text, encoding="utf-8")
        finish.lead_home(below / "404.html", "https://example.org/some/prefix/")
    with serving(tmp_path, Host) as address:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"{address}some/prefix/book/gone/away.html")
        page.get_by_role("heading", name="There is no such page").wait_for()
        page.wait_for_function("() => getComputedStyle(document.querySelector('.bd-sidebar-primary')).display !== 'none'")
        page.wait_for_load_state("networkidle")
        assert page.locator(".bd-sidebar-primary a", has_text="Early stopping").first.is_visible()
        page.keyboard.press("Control+k")
        page.locator("input[type=search]:visible").first.fill("lasso")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}some/prefix/search.html?q=lasso*")
        page.go_back()
        page.get_by_role("link", name="The course begins here").click()
        page.wait_for_url(f"{address}some/prefix/index.html")
        page.context.close()
