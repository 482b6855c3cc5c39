"""A real JupyterLab, driven in the browser: run all cells, move each slider, see the figure change.

It opens the pages that compute little, and one notebook of every kind of figure. In the chapters each slider is moved in a
kernel, by test_book.py.
"""

import ast
import json
import os
import subprocess
import sys
import time
import urllib.request

import check_site
import contents
import nbformat
import pytest
from conftest import NO_SLIDERS

ROOT = check_site.ROOT
BOX = ".jupyter-widgets.widget-vbox:has(.noUi-handle)"
SHOWS = """
([box, k]) => {
  const shown = document.querySelectorAll(box)[k], picture = shown.querySelector("img");
  return { picture: picture.src, says: shown.querySelector("[aria-live]").textContent, alt: picture.alt };
}
"""
CHANGED = """
([box, k, before]) => {
  const shown = document.querySelectorAll(box)[k];
  return shown.querySelector("img").src !== before.picture && shown.querySelector("[aria-live]").textContent !== before.says;
}
"""
OPEN = """
async (path) => {
  const { commands, serviceManager, shell } = window.jupyterapp;
  await serviceManager.sessions.shutdownAll(); // a kernel keeps hundreds of megabytes
  [...shell.widgets("main")].forEach((widget) => widget.dispose());
  await commands.execute("docmanager:open", { path });
}
"""
READY = """
(path) => {
  const { context, sessionContext } = window.jupyterapp.shell.currentWidget ?? {};
  return context?.path === path && sessionContext.session?.kernel?.status === "idle";
}
"""
SOURCES = """
() => {
  const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
  return [...Array(cells.length).keys()].map((k) => cells.get(k)).filter((c) => c.type === "code").map((c) => c.sharedModel.source);
}
"""
# the prompts of code cells that ran show a number; a cell that waits or runs shows a star
DONE = """
() => {
  const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
  const code = [...Array(cells.length).keys()].map((k) => cells.get(k)).filter((c) => c.type === 'code');
  return code.every((c) => c.executionCount > 0 && c.executionState !== 'running');
}
"""


# a figure of each kind that the book has: sliders of each kind, alone and together, figures without any, formulas, a live button
KINDS = r"""
import numpy as np
from reglesson.explore import choice, explore, log_slider, slider

xs = np.arange(3.0)


def alone(fig, lam):
    "Look at the dot. It stands at $x = \\lambda$."
    fig.subplots().plot([lam], [lam**2], "o")
    return f"At $\\lambda = {lam:g}$ the square is {lam**2:g} < {lam**2 + 1:g}."


def together(fig, n, kind, deal):
    "Look at the line."
    left, right = fig.subplots(1, 2)
    left.plot(xs, n * xs, "--" if kind == "dashed" else "-")
    right.plot(xs, deal + n * xs)
    return f"Slope {n}, {kind}, deal {deal}."


def still(fig):
    "Look at the points."
    fig.subplots().plot(xs, xs, "o")
    return f"{len(xs)} points."


many = choice(["solid", "dashed"], label="kind")
explore(alone, lam=log_slider(1e-3, 10, steps=9))
# ---
explore(together, n=slider(1, 3, 1), kind=many, deal=slider(1, 9, 1, value=4, label="deal"), figsize=(5.4, 2.5), live={})
# ---
explore(still, figsize=(6.0, 2.8), live={"points": ("xs", "xs")})
"""
BOOK = [path for path in (ROOT / f"{entry}.ipynb" for entry in contents.pages(ROOT)) if path.is_file()]
LESSONS = ["index", "sliders", "kinds"]


def kinds():
    """The notebook of every kind of figure."""
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}  # else JupyterLab asks for one
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in KINDS.split("# ---\n")], metadata=kernel)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """JupyterLab on copies of the notebooks; the address of its folder."""
    root = tmp_path_factory.mktemp("lab")
    nbformat.write(kinds(), root / "kinds.ipynb")
    for lesson in [path for path in BOOK if path.stem in LESSONS]:
        notebook = json.loads(lesson.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:  # what is seen later must have been computed here
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        (root / lesson.name).write_text(json.dumps(notebook), encoding="utf-8")
    settings = root / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}', encoding="utf-8")
    log = (root / "lab.log").open("w", encoding="utf-8")
    options = ["--no-browser", "--ip=127.0.0.1", "--port=0", "--IdentityProvider.token=here", "--expose-app-in-browser",
               "--allow-root", f"--ServerApp.root_dir={root}", f"--LabApp.user_settings_dir={root / 'settings'}",
               f"--LabApp.workspaces_dir={root / 'workspaces'}"]  # fmt: skip
    env = {**os.environ, "JUPYTER_RUNTIME_DIR": str(root / "runtime"), "JUPYTER_CONFIG_DIR": str(root / "config")}
    server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *options], cwd=root, stdout=log, stderr=log, env=env)
    try:
        yield _address(root / "runtime", server)
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def _address(runtime, server):
    """Where the server listens, once it does."""
    for _ in range(300):
        assert server.poll() is None, "JupyterLab ended before it had begun"
        for file in runtime.glob("jpserver-*.json"):
            try:
                url = json.loads(file.read_text(encoding="utf-8"))["url"]
                with urllib.request.urlopen(f"{url}api?token=here", timeout=5):
                    return url
            except (OSError, ValueError):
                pass
        time.sleep(0.2)
    raise TimeoutError("JupyterLab did not start within a minute")


def calls(source):
    """The calls of `explore` in a cell."""
    return [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call) and ast.unparse(n.func) == "explore"]


def sliders(source):
    """The names of the sliders of each call of `explore` in a cell."""
    return [{keyword.arg for keyword in call.keywords} - NO_SLIDERS for call in calls(source)]


def kinds_in(book):
    """What figures have: how many sliders, none, one or more, of which kinds, and what else `explore` is told."""
    found, names = set(), {"slider", "log_slider", "choice"}
    cells = [cell.source for cell in book.cells if cell.cell_type == "code"]
    for tree in map(ast.parse, cells):
        found |= {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)} & names
    for call in (call for source in cells for call in calls(source)):
        told = {keyword.arg: keyword.value for keyword in call.keywords}
        found |= {min(len(told.keys() - NO_SLIDERS), 2), *(told.keys() & NO_SLIDERS)}
        found |= {f"live {key.value}" for key in getattr(told.get("live"), "keys", []) if key.value == "points"}
    return found


def test_the_notebook_of_every_kind_has_each_kind_that_the_book_has():
    assert set().union(*(kinds_in(nbformat.read(path, as_version=4)) for path in BOOK)) <= kinds_in(kinds())


@pytest.fixture(scope="module")
def jupyterlab(browser, lab):
    """JupyterLab in a window, ready to open notebooks."""
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.goto(f"{lab}lab?token=here&reset")
    page.wait_for_function("() => window.jupyterapp", timeout=60_000)
    page.evaluate("window.jupyterapp.restored.then(() => true)")
    yield page
    page.context.close()


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_slider_moves_in_jupyterlab(jupyterlab, lesson):
    page = jupyterlab
    page.evaluate(OPEN, f"{lesson}.ipynb")
    page.wait_for_function(READY, arg=f"{lesson}.ipynb", timeout=60_000)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    page.wait_for_function(DONE, timeout=180_000)
    explorers = [len(names) for source in page.evaluate(SOURCES) for names in sliders(source) if names]
    shown = "([box, count]) => document.querySelectorAll(box).length === count"
    page.wait_for_function(shown, arg=[BOX, len(explorers)], timeout=60_000)
    for k, count in enumerate(explorers):
        handles = page.locator(BOX).nth(k).locator(".noUi-handle")
        assert handles.count() == count
        for j in range(count):
            before = page.evaluate(SHOWS, [BOX, k])
            assert before["picture"].startswith("data:image/png") and before["alt"].strip()
            low, now, high = (float(handles.nth(j).get_attribute(f"aria-value{w}")) for w in ("min", "now", "max"))
            handles.nth(j).focus()
            page.keyboard.press("ArrowRight" if now - low < high - now else "ArrowLeft")
            page.wait_for_function(CHANGED, arg=[BOX, k, before], timeout=30_000)
