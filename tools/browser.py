"""A headless Chromium or Chrome, wherever this machine keeps one, and a folder served to it."""

import contextlib
import functools
import http.server
import os
import shutil
import threading

from playwright.sync_api import Error, sync_playwright

FLAGS = [
    *"--no-sandbox --disable-gpu --disable-quic --no-first-run".split(),
    *"--disable-background-networking --disable-component-update --disable-sync".split(),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # there is no other host
]
MISSING = "no Chromium or Chrome was found (CHROMIUM may name one), so nothing was looked at in a browser"


class NoBrowser(RuntimeError):
    """There is no browser to be had."""


@contextlib.contextmanager
def open_browser():
    """The browser that CHROMIUM names, else one on the path, else an installed Chrome, else Playwright's own.

    First of those on the path is Chromium without its windows: a page opens in half of the time.

    Raises NoBrowser where there is none.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    ways = [{"executable_path": found}] if found else [{"channel": "chrome"}, {}]
    with sync_playwright() as play:
        browser = None
        for way in ways:
            with contextlib.suppress(Error):
                browser = play.chromium.launch(args=FLAGS, **way)
                break
        if browser is None:
            raise NoBrowser(f"{MISSING}; {found} does not start" if found else MISSING)
        try:
            yield browser
        finally:
            browser.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that says nothing."""

    def log_message(self, *words):
        """Keep quiet."""


@contextlib.contextmanager
def serving(folder, handler=Quiet):
    """The address of a folder on this machine, as long as it is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()  # which sees so often whether it is to end
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
