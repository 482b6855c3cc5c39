"""What several test files share: the built site on a local port, and a browser that can reach nothing else."""

import functools
import http.server
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from browser import NoBrowser, open_browser

from reglesson import sphinxext

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
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


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that says nothing."""

    def log_message(self, *words):
        """Keep quiet."""


# -- how the statements' tests ended, for the page that lists them ------------------------------------------------


def pytest_collection_modifyitems(items):
    """Let a report tell which test of a statement it speaks of; with xdist it comes from another process."""
    for item in items:
        if item.get_closest_marker("statement"):
            item.user_properties.append(("statement", f"{item.path.name}::{item.originalname}"))


RESULTS = {}  # {"file::test": {case: outcome}}; of all processes where xdist gathers them


def pytest_runtest_logreport(report):
    """Note how a statement's test ended; an error before or after the test counts as one of the test."""
    for test in (value for key, value in report.user_properties if key == "statement"):
        if report.when == "call" or not report.passed:
            RESULTS.setdefault(test, {})[report.nodeid.partition("[")[2].rstrip("]")] = report.outcome


def pytest_sessionfinish(session):
    """Keep the results, and write them on the built page."""
    if RESULTS and not hasattr(session.config, "workerinput"):
        sphinxext.keep_results(ROOT, RESULTS)


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
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium; without one the browser tests are skipped, or fail where CI is set."""
    try:
        with open_browser() as chromium:
            yield chromium
    except NoBrowser as missing:
        pytest.fail(str(missing)) if os.environ.get("CI") == "true" else pytest.skip(str(missing))


@pytest.fixture
def visit(browser, address):
    """Open a page of the site; whatever goes wrong there is collected in `page.trouble`."""
    contexts = []

    def open_page(name, width=1280, theme="light", wait=True, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, **options)
        contexts.append(context)
        page = context.new_page()
        page.trouble = []

        def local_only(route):
            if route.request.url.startswith((address, "data:", "blob:")):
                route.continue_()
            else:
                page.trouble.append(f"asked for {route.request.url}")
                route.abort()

        context.route("**/*", local_only)
        page.on("console", lambda m: page.trouble.append(f"console: {m.text}") if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: page.trouble.append(f"error: {error}"))
        page.on("response", lambda r: page.trouble.append(f"{r.status} for {r.url}") if r.status >= 400 else None)
        page.goto(address + name, wait_until="load")
        if wait:
            page.wait_for_function(MATH_IS_SET)
        return page

    yield open_page
    for context in contexts:
        context.close()
