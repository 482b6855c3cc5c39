"""Every page of the built site in a browser: nothing is asked of another host, nothing is cut off, anyone can use it."""

import functools
import http.server
import io
import threading

import check_site
import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import MATH_IS_SET, Quiet

PAGES = [f"{entry}.html" for entry in check_site.toc_entries(check_site.ROOT)]

# what cannot be scrolled into view: elements that end beyond the window and are not inside something that scrolls
STICKING_OUT = """
() => [...document.querySelectorAll("article *")].filter((e) => {
  const box = e.getBoundingClientRect();
  if (box.width === 0 || box.right <= innerWidth + 1 || e.closest("svg, mjx-container, .visually-hidden")) return false;
  for (let up = e.parentElement; up; up = up.parentElement) {
    if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return false;
  }
  return true;
}).map((e) => e.outerHTML.slice(0, 120))
"""


@pytest.fixture(params=PAGES)
def page_name(request):
    return request.param


def test_a_page_loads_with_its_mathematics_and_pictures_and_asks_nobody_else(page_name, visit):
    page = visit(page_name)
    raw = "() => [...document.querySelectorAll('.math')].filter(e => !e.querySelector('mjx-container')).map(e => e.textContent)"
    assert page.evaluate(raw) == []
    # MathJax shows what it cannot read as an error, and a command that it does not know in red
    errors = "() => [...document.querySelectorAll('mjx-merror, mjx-container [style*=red]')].map(e => e.textContent || e.outerHTML)"
    assert page.evaluate(errors) == []
    broken = "() => [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
    assert page.evaluate(broken) == []
    assert page.evaluate("() => [...document.querySelectorAll('figure.explorer svg')].every(s => s.getBBox().width > 100)")
    assert page.trouble == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_to_object_to(page_name, theme, visit):
    page = visit(page_name, theme=theme)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    page.evaluate("() => new Promise(requestAnimationFrame)")  # what was opened fades in
    page.evaluate("() => Promise.allSettled(document.getAnimations().map((a) => a.finished)).then(() => true)")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    told = [f"{v['id']}: {node['target']}: {node.get('failureSummary', '')}" for v in found for node in v["nodes"][:4]]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("width", [390, 640], ids=["phone", "zoomed to 200 %"])
def test_a_narrow_window_cuts_nothing_off(page_name, width, visit):
    page = visit(page_name, width=width)
    page.evaluate("document.querySelectorAll('main details').forEach(e => { e.open = true; })")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert page.evaluate(STICKING_OUT) == []


def test_a_page_read_without_scripts_still_shows_its_figures(page_name, visit, site):
    page = visit(page_name, java_script_enabled=False, wait=False)
    figures = page.locator("figure.explorer")
    for k in range(figures.count()):
        assert figures.nth(k).locator("svg").is_visible()
        assert figures.nth(k).locator(".explorer-says").inner_text().strip()
        assert not figures.nth(k).locator(".explorer-controls input").first.is_visible()
    assert page.locator("h1").first.inner_text().strip()


@pytest.fixture(scope="module")
def under_a_prefix(site, tmp_path_factory):
    """The address of the same site as part of a larger one."""
    root = tmp_path_factory.mktemp("host")
    (root / "some").mkdir()
    (root / "some" / "prefix").symlink_to(site, target_is_directory=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/some/prefix/"
    server.shutdown()
    server.server_close()


def test_a_page_works_under_any_prefix(page_name, browser, under_a_prefix):
    page = browser.new_page()
    trouble = []
    page.route("**/*", lambda r: r.continue_() if r.request.url.startswith((under_a_prefix, "data:", "blob:")) else r.abort())
    page.on("requestfailed", lambda request: trouble.append(f"asked for {request.url}"))
    page.on("response", lambda answer: trouble.append(f"{answer.status} for {answer.url}") if answer.status >= 400 else None)
    page.on("console", lambda m: trouble.append(m.text) if m.type == "error" else None)
    page.goto(under_a_prefix + page_name, wait_until="load")
    page.wait_for_function(MATH_IS_SET)
    assert page.evaluate("() => [...document.querySelectorAll('.explorer-controls')].every(e => !e.hidden)")
    assert page.evaluate("getComputedStyle(document.querySelector('article')).fontFamily") != ""
    assert trouble == []
    page.close()


# every element that Tab should reach, and what it reaches, one press after another
REACHABLE = """
() => {
  const wanted = 'a[href], button, input, select, textarea, summary, [tabindex]';
  window.reachable = [...document.querySelectorAll(wanted)].filter((e) =>
    e.tabIndex >= 0 && !e.disabled && !e.closest('[inert]') && e.getClientRects().length &&
    e.checkVisibility({ visibilityProperty: true }));
  return window.reachable.length;
}
"""
REACHED = """
async () => {
  await Promise.allSettled(document.getAnimations().map((a) => a.finished));
  const e = document.activeElement, look = getComputedStyle(e), box = e.getBoundingClientRect();
  const shown = look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0 || look.boxShadow !== 'none';
  const seen = box.bottom > 0 && box.top < innerHeight;
  return [window.reachable.indexOf(e), shown && e.matches(':focus-visible'), seen, e.outerHTML.slice(0, 160)];
}
"""


def test_tab_reaches_every_control_in_order_and_shows_where_it_is(page_name, visit):
    page = visit(page_name)
    count = page.evaluate(REACHABLE)
    order, trouble = [], []
    for _ in range(count):
        page.keyboard.press("Tab")
        place, shown, seen, what = page.evaluate(REACHED)
        order.append(place)
        if not (shown and seen):
            trouble.append(f"{'no mark of the focus' if not shown else 'out of sight'}: {what}")
    assert not trouble, "\n".join(trouble[:10])
    assert order == sorted(order), "the focus jumps"
    assert order == list(range(count)), f"out of reach: {sorted(set(range(count)) - set(order))}"


def test_a_page_prints_without_controls_cut_figures_or_empty_sheets(page_name, visit):
    page = visit(page_name)
    page.emulate_media(media="print")
    assert page.evaluate("() => [...document.querySelectorAll('.explorer-controls')].every(e => !e.checkVisibility())")
    paper = page.evaluate("""() => [...document.querySelectorAll('figure.explorer')].map((e) => {
        const box = e.getBoundingClientRect();
        return [e.id, box.height, getComputedStyle(e).breakInside];
    })""")
    for name, height, break_inside in paper:
        assert break_inside == "avoid" and height < 900, f"{name}: {height:.0f} pixels high"
    sheets = [sheet.extract_text().strip() for sheet in pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages]
    assert sheets and all(sheets), f"empty sheets: {[k + 1 for k, words in enumerate(sheets) if not words]}"
