"""What several test files share: the built site on a local port, and a browser that can reach nothing else."""

import gc
import inspect
import itertools
import os
import re
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import check_site
import contents
import numpy as np
import pytest
import statement_results
from browser import NoBrowser, Quiet, open_browser, serving

from reglesson.explore import explore

# two BLAS threads beside another process that has two can be four times slower than one; kernels and xdist's processes hear of it
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
# every page of the built site, those too that no menu names; before it is built, those that it must have
PAGES = [page.relative_to(SITE).as_posix() for page in check_site.page_files(SITE)]
PAGES = PAGES or [*(f"{entry}.html" for entry in contents.pages(ROOT)), *sorted(check_site.OF_SPHINX)]
SECONDS, SPENT = "reglesson/seconds", {}
# what a call of `explore` may name beside its sliders
NO_SLIDERS = {name for name, each in inspect.signature(explore).parameters.items() if each.kind is each.KEYWORD_ONLY}
# A third of a second after a window or its page has changed, the theme lets Tab stop at what scrolls and at nothing else: it has.
TAB_IS_SET = """() => [...document.querySelectorAll(
  "main :is(pre, .cell_output > .output, .pst-scrollable-table-container)")].every((e) =>
  !e.getClientRects().length || (e.tabIndex === 0) === (e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight))"""
MATH_IS_SET = "!window.MathJax?.startup?.promise || MathJax.startup.promise.then(() => true)"


def problem(kind, seed=0, widest=2):
    """A design and a response: more rows than columns, fewer, of low rank, with columns of scales from 0.01 to 10**widest."""
    rng = np.random.default_rng(seed)
    X = {
        "tall": lambda: rng.normal(size=(60, 8)),
        "wide": lambda: rng.normal(size=(15, 40)),
        "low rank": lambda: rng.normal(size=(50, 4)) @ rng.normal(size=(4, 9)),
        "scales": lambda: rng.normal(size=(60, 8)) * np.logspace(-2, widest, 8),
        "constant column": lambda: np.c_[np.full(30, 7.0), rng.normal(size=(30, 3))],
        "one column": lambda: rng.normal(size=(20, 1)),
        "two rows": lambda: rng.normal(size=(2, 3)),
    }[kind]()
    return X + 3, X @ rng.normal(size=X.shape[1]) + rng.normal(size=len(X)) + 5


KINDS = ["tall", "wide", "low rank", "scales", "constant column", "one column", "two rows"]


class Lowest(np.random.Generator):
    """A generator that draws the least number it can give, which others give once in some millions of draws."""

    def random(self, size=None, dtype=np.float64, out=None):
        """Zeros."""
        return np.zeros(size, dtype)


LOWEST = Lowest(np.random.PCG64(0))


# of two weights, one overflows; only the intercept does
ONE_OVERFLOWS = [([[1.0, 0], [-1, 0]], [1e150, -1e150]), ([[0.0], [0]], [1e150, 1e150])]


@contextmanager
def sphinx_app(source):
    """Sphinx's application for a folder, which takes back what it registers in docutils: the next one would warn of it."""
    from sphinx.testing.util import SphinxTestApp  # takes half a second, which the tests of the mathematics need not wait for

    app = SphinxTestApp("html", srcdir=source)
    try:
        yield app
    finally:
        app.cleanup()


# -- the built site, and a browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    if not (SITE / "index.html").is_file():
        pytest.fail("there is no built site: run `make book` first")
    return SITE


@pytest.fixture(scope="session")
def address(site):
    """The address of the built site on this machine."""
    with serving(site) as address:
        yield address


@pytest.fixture(scope="session")
def address_below(site, tmp_path_factory):
    """The address of the same site as part of a larger one."""
    root = tmp_path_factory.mktemp("host")
    (root / "some").mkdir()
    (root / "some" / "prefix").symlink_to(site, target_is_directory=True)
    with serving(root) as address:
        yield f"{address}some/prefix/"


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium; without one the browser tests are skipped, or fail where CI is set."""
    try:
        with open_browser() as chromium:
            yield chromium
    except NoBrowser as missing:
        pytest.fail(str(missing)) if os.environ.get("CI") == "true" else pytest.skip(str(missing))


class Lacking(Quiet):
    """A file server whose files with `word` in their addresses are empty."""

    word = ""

    def do_GET(self):
        """Send a file."""
        if self.word not in self.path:
            return super().do_GET()
        self.send_response(200)
        self.end_headers()


@pytest.fixture(scope="session")
def lacking(site):
    """A function of a word that gives the address of the same site with nothing in the files whose addresses hold the word.

    A browser that asks this process about each request, as for Playwright's routes, takes twice as long to load a page.
    """
    with ExitStack() as servers:
        yield cache(lambda word: servers.enter_context(serving(site, type("Lacks", (Lacking,), {"word": word}))))


def open_page(browser, address, name, width=1280, wait=True, until="load", **options):
    """Open a page in a window of its own that reaches nothing but `address`; what goes wrong there is kept in `page.trouble`."""
    page = browser.new_context(viewport={"width": width, "height": 900}, **options).new_page()

    def refused(request):  # the browser is told to find no other host, which takes less than being asked about each request
        if not request.url.startswith((address, "data:", "blob:")):
            page.trouble.append(f"asked for {request.url}")

    page.on("requestfailed", refused)
    page.on("console", lambda m: page.trouble.append(f"console: {m.text}") if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.trouble.append(f"error: {error}"))
    page.on("response", lambda r: page.trouble.append(f"{r.status} for {r.url}") if r.status >= 400 else None)
    load(page, address + name, wait, until)
    return page


def load(page, address, wait=True, until="load"):
    """Load another page in a window, and wait until its formulas are set."""
    page.trouble = []
    page.goto(address, wait_until=until)
    if wait:
        page.wait_for_function(MATH_IS_SET)


@pytest.fixture
def visit(browser, address):
    """Open pages, each in a window of its own: of the site, or of what is served at another address."""
    pages = []

    def visit_page(name, at=address, **options):
        pages.append(open_page(browser, at, name, **options))
        return pages[-1]

    yield visit_page
    for page in pages:
        page.context.close()


# -- one window for the tests of a page: setting its formulas takes longer than most of what is then looked at ---------


@pytest.fixture(scope="session", params=PAGES)
def page_name(request):
    """Each page of the book in turn."""
    return request.param


@pytest.fixture(scope="session")
def light_window(browser, address_below):
    """The window in which pages without sliders are loaded one after the other: to open it takes longer than to load one."""
    page = open_page(browser, address_below, "404.html", color_scheme="light")
    yield page
    page.context.close()


@pytest.fixture(scope="session")
def window(page_name, site, browser, address_below, light_window):
    """A page of the book in a wide window. Its address has a prefix, so that nothing may count on being at the top of a host."""
    if "explorer-controls" in (site / page_name).read_text(encoding="utf-8"):
        page = open_page(browser, address_below, page_name, color_scheme="light")
    else:
        page = light_window
        page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        page.goto("about:blank")  # what the page before still had to say is not said of this one
        page.emulate_media(media="screen", color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 900})
        load(page, address_below + page_name)
    page.evaluate("window.first = [...document.querySelectorAll('details')].map((e) => e.open)")
    page.trouble_of_loading, page.trouble = page.trouble, []
    yield page
    if page is not light_window:
        page.context.close()


@pytest.fixture
def page(window):
    """The same window for each test of a page, put back to how the page is first seen.

    Only its sliders may have moved, and its questions have been answered.
    """
    another_look, under_the_mouse = window.evaluate("""() => {
        document.querySelectorAll("details").forEach((e, k) => { e.open = window.first[k]; });
        document.activeElement.blur();
        scrollTo(0, 0);
        return [matchMedia("print, (prefers-color-scheme: dark)").matches, !!document.querySelector("main:hover")];
    }""")
    if another_look:
        window.emulate_media(media="screen", color_scheme="light")
    if under_the_mouse:  # a link there looks different; to move the mouse takes a sixtieth of a second
        window.mouse.move(0, 0)
    window.set_viewport_size({"width": 1280, "height": 900})
    window.trouble.clear()
    return window


@pytest.fixture
def page_for_tab(page):
    """The same, when the theme has seen to it that Tab stops at what scrolls."""
    if not page.evaluate(TAB_IS_SET):
        page.evaluate("() => { dispatchEvent(new Event('resize')); }")  # on paper the theme heard of no change
        page.wait_for_function(TAB_IS_SET)
    return page


def shows(frame, drawn):
    """Whether a frame shows what a picture shows, both lists of pieces: the same marks in their order, and no shape twice."""
    marks, same = ([p for p in pieces if not p.startswith("<defs")] for pieces in (frame, drawn))
    shapes = [piece for piece in frame if piece.startswith("<defs")]
    return [p for p in marks if not re.fullmatch(r"<\w+ />", p)] == same and len({*shapes}) == len(shapes) and {*drawn} <= {*frame}


def whole_frames(data, picture, start):
    """Every frame of a baked explorer as a list of pieces: from its JSON, its first picture, and where that stands."""
    whole, new = [], itertools.count()
    for change in data["frames"]:
        if change[:1] == [-1]:
            whole.append([next(new) if piece < 0 else piece for piece in change[1:]])
        else:
            whole.append(list(whole[-1]))
            for place, piece in zip(change[::2], change[1::2], strict=True):
                whole[-1][place] = next(new) if piece < 0 else piece
    shown = [ElementTree.tostring(each, encoding="unicode") for each in ElementTree.fromstring(f"<svg>{picture}</svg>")]
    pieces = dict(enumerate(data["pieces"])) | dict(zip(whole[start], shown, strict=True))
    return [[pieces[i] for i in frame] for frame in whole]


# -- which test runs when ------------------------------------------------------------------------------------------

# tests that take long for each notebook, and share nothing
BY_NOTEBOOK = re.compile(r"tests/test_(?:book|claims)\.py::test_(?:every_cell|with_other)_\w+\[(\w+)\]")


def group_of(nodeid):
    """What a test belongs to: tests of a group run in one process, and share what is costly. A page, a notebook, or a file."""
    file, _, rest = nodeid.partition("::")
    words = rest.partition("[")[2].removesuffix("]")
    return words if words in PAGES else nodeid if BY_NOTEBOOK.match(nodeid) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Send each group to one process; with pytest 9.2, of which xdist 3.8 knows too little, its own groups do nothing."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group_of(nodeid)

    return Groups(config, log)


def pytest_configure(config):
    """Keep how the tests of statements end."""
    config.pluginmanager.register(statement_results)


def pytest_collection_modifyitems(config, items):
    """The longest groups first, by the times of the last run; what was never timed before all, and of that large pages first."""
    if not config.pluginmanager.has_plugin("xdist"):
        return
    seconds = config.cache.get(SECONDS, {}) if hasattr(config, "cache") else {}
    sizes = {name: (SITE / name).stat().st_size for name in PAGES if (SITE / name).is_file()}
    groups = {item: group_of(item.nodeid) for item in items}
    # the name keeps a group together
    items.sort(key=lambda item: (-seconds.get(groups[item], 1e9 + sizes.get(groups[item], 1e9)), groups[item]))


def pytest_collection_finish():
    """Look for garbage less often, and not among thousands of tests that stay: it took a tenth of the time of many of them."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_runtest_logreport(report):
    """Add up the time of each group."""
    group = group_of(report.nodeid)
    SPENT[group] = SPENT.get(group, 0.0) + report.duration


def pytest_sessionfinish(session):
    """Keep the times for the next run."""
    if not hasattr(session.config, "workerinput") and hasattr(session.config, "cache"):
        session.config.cache.set(SECONDS, session.config.cache.get(SECONDS, {}) | SPENT)
