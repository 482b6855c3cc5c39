"""Every page of the built site in a browser: nothing is asked of another host, nothing is cut off, anyone can use it."""

import check_site
import pytest
from axe_playwright_python.sync_playwright import Axe

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
