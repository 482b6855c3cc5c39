"""A headless Chromium or Chrome, wherever this machine keeps one."""

import contextlib
import os
import shutil

from playwright.sync_api import Error, sync_playwright

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
MISSING = "no Chromium or Chrome was found (CHROMIUM may name one), so nothing was looked at in a browser"


class NoBrowser(RuntimeError):
    """There is no browser to be had."""


@contextlib.contextmanager
def open_browser():
    """The browser that CHROMIUM names, else one on the path, else an installed Chrome, else Playwright's own.

    Raises NoBrowser where there is none.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
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
