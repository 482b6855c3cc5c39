"""Every chapter with Python in the browser: JupyterLite as it was built, its CDN answered by a verified mirror if there is one."""

import json
import os
from pathlib import Path

import check_site
import lite
import nbformat
import pyodide_mirror
import pytest
from test_lab import BOX, CHANGED, DONE, SHOWS, SOURCES, sliders

ROOT = check_site.ROOT
NOTEBOOKS = [f"{entry}.ipynb" for entry in check_site.toc_entries(ROOT) if (ROOT / f"{entry}.ipynb").is_file()]
CDN = lite.PYODIDE.rsplit("/", 1)[0] + "/"
READY = "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
ERRORS = """
() => {
  const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
  return [...Array(cells.length).keys()].map((k) => cells.get(k)).filter((c) => c.type === "code")
    .flatMap((c) => c.outputs.toJSON()).filter((o) => o.output_type === "error" || o.name === "stderr")
    .map((o) => o.evalue || o.text);
}
"""


@pytest.fixture(scope="module")
def built(site):
    """The folder of the built JupyterLite."""
    if not (site / "lite" / "jupyter-lite.json").is_file():
        pytest.fail("JupyterLite was not built; `make book` says why")
    return site / "lite"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_jupyterlite_holds_the_books_own_notebook_where_the_button_points(built, site, name):
    assert nbformat.read(built / "files" / name, as_version=4) == nbformat.read(ROOT / name, as_version=4)
    assert '"text": [' not in (built / "files" / name).read_text(encoding="utf-8"), "JupyterLite would put commas between the lines"
    page = (site / name.replace(".ipynb", ".html")).read_text(encoding="utf-8")
    assert f"{name.count('/') * '../'}lite/notebooks/index.html?path={name}" in page
    assert (built / "notebooks" / "index.html").is_file()


def test_the_kernel_is_told_to_ask_nobody_but_the_cdn_and_finds_its_wheels(built):
    data = json.loads((built / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]
    kernel = data["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert kernel["disablePyPIFallback"] is True and kernel["pyodideUrl"] == lite.PYODIDE
    wheels = [name for name in kernel["loadPyodideOptions"]["packages"] if name.endswith(".whl")]
    assert {w.split("/")[-1].split("-")[0] for w in wheels} >= {"reglesson", "ipywidgets", "comm", "jupyterlab_widgets"}
    for wheel in wheels:
        assert (built / "pypi" / wheel.split("/")[-1]).is_file()


@pytest.fixture(scope="module")
def mirror():
    """Verified copies of the CDN's files: {name: path}."""
    folder = os.environ.get("REGLESSON_PYODIDE")
    if not folder:
        pytest.skip("no chapter was run with Python in the browser: REGLESSON_PYODIDE names no mirror (tools/pyodide_mirror.py)")
    return pyodide_mirror.verified(Path(folder))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_in_the_browser_and_its_sliders_move(built, browser, address, mirror, name):
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    asked = []

    def answer(route):
        url = route.request.url
        if url.startswith((address, "data:", "blob:")):
            route.continue_()
        elif url.startswith(CDN) and url.removeprefix(CDN) in mirror:
            route.fulfill(path=mirror[url.removeprefix(CDN)], headers={"access-control-allow-origin": "*"})
        else:
            asked.append(url)
            route.abort()

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{address}lite/notebooks/index.html?path={name}")
    page.wait_for_function(READY, timeout=180_000)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    page.wait_for_function(DONE, timeout=900_000)
    assert page.evaluate(ERRORS) == []
    explorers = [len(names) for source in page.evaluate(SOURCES) for names in sliders(source) if names]
    boxes = page.locator(BOX)
    for k, count in enumerate(explorers):
        page.wait_for_function("([box, k]) => document.querySelectorAll(box).length > k", arg=[BOX, k], timeout=60_000)
        handles = boxes.nth(k).locator(".noUi-handle")
        assert handles.count() == count
        for j in range(count):
            before = page.evaluate(SHOWS, [BOX, k])
            low, now, high = (float(handles.nth(j).get_attribute(f"aria-value{w}")) for w in ("min", "now", "max"))
            handles.nth(j).focus()
            page.keyboard.press("ArrowRight" if now - low < high - now else "ArrowLeft")
            page.wait_for_function(CHANGED, arg=[BOX, k, before], timeout=60_000)
    assert asked == []
    context.close()
