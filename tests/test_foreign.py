"""Explorers in other people's projects, each made from nothing and driven in a browser: `make foreign`.

What is installed for them is kept in `_build/foreign`, and made anew when it is not there.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import MATH_IS_SET, open_page, serving

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "_build" / "foreign"
pytestmark = pytest.mark.foreign

SLIDER = '''
import numpy as np
from reglesson.explore import explore, log_slider

def weight_against_penalty(fig, lam):
    """See the weight shrink as λ grows.

    Blue: the weight $w$. Dot: where the slider stands.
    """
    ax = fig.subplots()
    lams = np.geomspace(1e-6, 10, 50)
    ax.semilogx(lams, 1 / (1 + lams), color="C0")
    ax.plot(lam, 1 / (1 + lam), "ko")
    ax.set(xlabel="λ", ylabel="w", title="A weight")
    return f"The weight is {1 / (1 + lam):.6f}."

explore(weight_against_penalty, lam=log_slider(1e-6, 10, value=0.1, label=r"$\\lambda$", steps=15))
'''
SECOND = SLIDER.replace("weight_against_penalty", "second_one")
PLAIN = "import ipywidgets\nipywidgets.interact(lambda x: x, x=(0, 10));"
BAR = "from tqdm.notebook import tqdm\nfor k in tqdm(range(3)):\n    pass"


def project(folder, *cells):
    """A folder with one notebook, and nothing of this book."""
    folder.mkdir(parents=True)
    parts = [nbformat.v4.new_markdown_cell("# A page with a slider"), *map(nbformat.v4.new_code_cell, cells)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=parts, metadata=kernel), folder / "page.ipynb")
    return folder


def run(*command, cwd, **environment):
    """Run a command outside of this project; it must succeed."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("REGLESSON")} | {"NO_COLOR": "1"} | environment
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def drive(browser, address, name, outside=(), math=True):
    """Move the slider of a page by keyboard and by address; the picture, the readout and the sentence must follow."""
    page = open_page(browser, address, name, wait=False)
    says, readout = page.locator(".explorer-says").first, page.locator("figure.explorer output").first
    assert (says.inner_text(), readout.inner_text()) == ("The weight is 0.909091.", "0.1")
    before = page.locator("figure.explorer svg").first.inner_html()
    page.locator("figure.explorer input").first.focus()
    page.keyboard.press("Home")
    assert (says.inner_text(), readout.inner_text()) == ("The weight is 0.999999.", "10⁻⁶")
    assert page.locator("figure.explorer svg").first.inner_html() != before
    page.evaluate("() => { location.hash = 'weight-against-penalty?lam=1e-05'; }")
    page.wait_for_function("document.querySelector('figure.explorer output').textContent !== '10⁻⁶'")
    assert says.inner_text() == f"The weight is {1 / (1 + 1e-5):.6f}."
    line = page.locator("figure.explorer path[style*='--reg-blue']").first
    assert line.evaluate("(e) => getComputedStyle(e).stroke") == "rgb(31, 119, 180)"
    if math:
        page.wait_for_function(MATH_IS_SET)
        assert page.locator("figure.explorer label mjx-container").count() >= 1
    assert [trouble for trouble in page.trouble if not any(word in trouble for word in outside)] == []
    return page


def below_a_prefix(browser, folder, tmp_path, name, **options):
    """The same page below a prefix with a space; the page that was driven."""
    host = tmp_path / "host"
    (host / "a course").mkdir(parents=True)
    shutil.copytree(folder, host / "a course" / "of mine")
    with serving(host) as address:
        drive(browser, f"{address}a%20course/of%20mine/", name, **options).context.close()


# what these projects ask of others, and what goes wrong there without us
OUTSIDE = ("cdn.jsdelivr.net", "fonts", "unpkg", "cdnjs", "mathjax", "ERR_FAILED", "THEBE_JS_URL", "to auto.")


def test_a_jupyter_book_of_somebody_else(browser, tmp_path):
    book = project(tmp_path / "book", SLIDER, SECOND, PLAIN, BAR)
    (book / "_config.yml").write_text("title: Mine\nsphinx:\n  extra_extensions: [reglesson.explore]\n", encoding="utf-8")
    (book / "_toc.yml").write_text("format: jb-book\nroot: page\n", encoding="utf-8")
    run(sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", ".", "-W", "--keep-going", cwd=book)
    pages = book / "_build" / "html"
    text = (pages / "page.html").read_text(encoding="utf-8")
    assert text.count('<figure class="explorer"') == 2 and len(re.findall(r'src="[^"]*player\.js', text)) == 1
    assert text.count('class="explorer-missing"') == 2, "the place of interact's controls, and of the bar"
    address = re.search(r'<div class="explorer-missing".*?href="([^"]+)"', text)[1]
    assert (pages / address).is_file()
    below_a_prefix(browser, pages, tmp_path, "page.html", outside=OUTSIDE, math=False)
    page = drive(browser, f"{pages.as_uri()}/", "page.html", outside=OUTSIDE, math=False)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dot = page.locator("figure.explorer svg").first
    assert dot.evaluate("(e) => getComputedStyle(e).fill") == "rgb(232, 234, 237)", "black is light on a dark page"
    page.context.close()


def test_the_starter_project_is_a_book_with_a_slider(browser, tmp_path):
    book = tmp_path / "book"
    shutil.copytree(ROOT / "starter", book)
    assert len(list(book.iterdir())) == 5
    run(sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", ".", "-W", "--keep-going", cwd=book)
    page = open_page(browser, (book / "_build" / "html").as_uri() + "/", "slider.html", wait=False)
    page.locator("figure.explorer input").focus()
    page.keyboard.press("End")
    assert page.locator(".explorer-says").inner_text() == "8 cycles a second: 16 times through zero a second."
    page.context.close()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The package as others install it."""
    copy = tmp_path_factory.mktemp("package")
    shutil.copytree(ROOT / "reglesson", copy / "reglesson", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", copy / "dist", copy, cwd=copy)
    return next((copy / "dist").glob("*.whl"))


@pytest.fixture(scope="session")
def sphinx_9(wheel):
    """A Python of its own with Sphinx 9, MyST-NB and the package's wheel, without scikit-learn."""
    place, uv = KEPT / "sphinx9", [sys.executable, "-m", "uv", "-q"]
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        run(*uv, "venv", "--python", sys.executable, place, cwd=ROOT)
    wanted = ["sphinx>=9,<10", "myst-nb", "furo", "ipykernel", "tqdm", "numpy", "matplotlib>=3.8,<4", "ipywidgets>=8.1,<9"]
    run(*uv, "pip", "install", "--python", python, *wanted, cwd=ROOT)
    run(*uv, "pip", "install", "--python", python, "--no-deps", "--reinstall", wheel, cwd=ROOT)
    return python


@pytest.mark.parametrize("theme", ["alabaster", "furo"])
def test_plain_sphinx_9_with_one_line(browser, sphinx_9, tmp_path, theme):
    docs = project(tmp_path / "docs", SLIDER, PLAIN)
    (docs / "conf.py").write_text(f"extensions = ['myst_nb', 'reglesson.explore']\nhtml_theme = {theme!r}\n", encoding="utf-8")
    (docs / "index.md").write_text("# Home\n\n```{toctree}\npage\n```\n", encoding="utf-8")
    said = run(sphinx_9, "-m", "sphinx", "-W", "-b", "html", ".", "out", cwd=docs)
    assert "build succeeded" in said
    text = (docs / "out" / "page.html").read_text(encoding="utf-8")
    assert text.count('class="explorer-missing"') == 1 and "mathjax" in text
    below_a_prefix(browser, docs / "out", tmp_path, "page.html", outside=OUTSIDE, math=False)
    drive(browser, f"{(docs / 'out').as_uri()}/", "page.html", outside=OUTSIDE, math=False).context.close()


def test_nbconvert_makes_a_page_that_works_as_a_file(browser, tmp_path):
    folder = project(tmp_path / "notes", SLIDER, SECOND)
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", "page.ipynb"]
    run(*command, cwd=folder, REGLESSON_BAKE="inline")
    text = (folder / "page.html").read_text(encoding="utf-8")
    assert text.count("window.playExplorers = begin") == 1 and text.count('<figure class="explorer"') == 2
    page = drive(browser, f"{folder.as_uri()}/", "page.html", outside=OUTSIDE, math=False)
    assert page.evaluate("[...document.querySelectorAll('.explorer-controls')].map((e) => e.hidden)") == [False, False]
    page.context.close()


def test_a_saved_explorer_works_as_a_file_and_two_on_one_page_with_two_players(browser, tmp_path):
    folder = project(tmp_path / "saved")
    last = SLIDER.rindex("explore(")
    (folder / "make.py").write_text(SLIDER[:last] + "made = " + SLIDER[last:] + 'made.save("page.html")\n', encoding="utf-8")
    run(sys.executable, "make.py", cwd=folder)
    drive(browser, f"{folder.as_uri()}/", "page.html", math=False).context.close()
    text = (folder / "page.html").read_text(encoding="utf-8")
    body = re.search(r"<body>(.*)</body>", text, re.DOTALL)[1]
    twice = text.replace("</body>", body.replace("weight-against-penalty", "second-one") + "</body>")
    (folder / "twice.html").write_text(twice, encoding="utf-8")
    page = drive(browser, f"{folder.as_uri()}/", "twice.html", math=False)
    page.locator("#second-one input").focus()
    page.keyboard.press("Home")
    assert page.locator("#second-one .explorer-says").inner_text() == "The weight is 0.999999."
    page.context.close()


def from_npm(name):
    """The folder of a package of npm."""
    npm = shutil.which("npm") or pytest.skip("there is no npm")
    place = KEPT / name
    if not (place / "node_modules").is_dir():
        place.mkdir(parents=True, exist_ok=True)
        run(npm, "install", "--prefix", place, "--no-audit", "--no-fund", "--ignore-scripts", name, cwd=place)
    return place / "node_modules" / name


def test_jupyter_book_2_reads_the_output_as_it_is(tmp_path):
    """The parser of Jupyter Book 2 alone: its theme comes from another host, so no page is rendered here."""
    package = from_npm("mystmd")
    folder = project(tmp_path / "book", SLIDER)
    notebook = folder / "page.ipynb"
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", notebook]
    run(*command, cwd=folder, REGLESSON_BAKE="inline")
    [output] = nbformat.read(notebook, as_version=4).cells[1].outputs
    figure = output["data"]["text/html"]
    (folder / "theme").mkdir()  # Jupyter Book 2 asks its own host for a theme, but takes one that says nothing from a folder
    (folder / "theme" / "template.yml").write_text(
        "jtex: v1\ntitle: None\nkind: site\nversion: 1.0.0\nbuild:\n  start: none\n", encoding="utf-8"
    )
    contents = "version: 1\nproject:\n  toc:\n    - file: page.ipynb\nsite:\n  template: ./theme\n"
    (folder / "myst.yml").write_text(contents, encoding="utf-8")
    run(shutil.which("node"), package / "dist" / "myst.cjs", "build", "--site", "--ci", cwd=folder)
    kept = [p.read_text(encoding="utf-8") for p in (folder / "_build" / "site" / "public").glob("*.html")]
    assert kept == [figure]


# what the theme of Jupyter Book 2 does with an output that is not plain text or a picture, with the library that it does it with
PASSIVE = """
<!DOCTYPE html><meta charset="utf-8"><div id="cell"></div><script src="thebe-core.min.js"></script><script>
fetch("output.json").then((answer) => answer.json()).then((output) => {
  const core = window.thebeCore.module, cell = new core.PassiveCellRenderer("cell", core.makeRenderMimeRegistry(), undefined);
  cell.attachToDOM(document.getElementById("cell"), true);
  cell.render(core.stripWidgets([output]));
});
</script>
"""


def test_what_jupyter_book_2_renders_outputs_with_shows_a_figure_that_moves(browser, tmp_path):
    library = tmp_path / "pages"
    shutil.copytree(from_npm("thebe-core") / "dist" / "lib", library)
    folder = project(tmp_path / "book", SLIDER)
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", folder / "page.ipynb"]
    run(*command, cwd=folder, REGLESSON_BAKE="inline")
    [output] = nbformat.read(folder / "page.ipynb", as_version=4).cells[1].outputs
    (library / "output.json").write_text(json.dumps(output), encoding="utf-8")
    (library / "page.html").write_text(PASSIVE, encoding="utf-8")
    with serving(library) as address:
        drive(browser, address, "page.html", outside=OUTSIDE, math=False).context.close()
