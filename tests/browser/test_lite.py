"""Every chapter with Python in the browser: JupyterLite as it was built, its CDN answered by a verified mirror if there is one."""

import base64
import csv
import hashlib
import json
import os
import shutil
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import check_site
import contents
import lite
import nbformat
import pyodide_mirror
import pytest
from conftest import serving
from test_lab import BOX, CHANGED, DONE, SHOWS, SOURCES, sliders

ROOT = check_site.ROOT
NOTEBOOKS = [f"{entry}.ipynb" for entry in contents.pages(ROOT) if (ROOT / f"{entry}.ipynb").is_file()]
CDN = lite.PYODIDE.rsplit("/", 1)[0] + "/"
READY = "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
# every cell ran, or one failed, after which the rest is not run
ENDED = f"""
() => {{
  const all = [...window.jupyterapp.shell.currentWidget.content.model.cells].filter((c) => c.type === "code");
  return all.some((c) => c.outputs.toJSON().some((o) => o.output_type === "error")) || ({DONE.strip()})();
}}
"""
OUTPUTS = """
() => {
  const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
  return [...Array(cells.length).keys()].map((k) => cells.get(k)).filter((c) => c.type === "code")
    .map((c) => ({ source: c.sharedModel.source, outputs: c.outputs.toJSON() }));
}
"""


def printed(outputs):
    """What the outputs of a cell say in words: [(stream or kind of text, words), ...], with each stream in one piece."""
    said = []
    for output in outputs:
        texts = {output["name"]: output["text"]} if output["output_type"] == "stream" else output.get("data", {})
        texts = {"error": f"{output['ename']}: {output['evalue']}"} if output["output_type"] == "error" else texts
        for kind, text in texts.items():
            if kind in ("stdout", "stderr", "error") or kind.startswith("text/"):
                text = text if isinstance(text, str) else "".join(text)
                before = said.pop()[1] if said and said[-1][0] == kind and kind in ("stdout", "stderr") else ""
                said.append((kind, before + text))
    return said


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


def test_a_notebook_that_changed_is_put_into_the_jupyterlite_that_stands(built, tmp_path):
    """Where nothing changed, every file is to the last byte as JupyterLite wrote it; else it is three of them."""

    def files(folder):  # their sums: to show how megabytes differ takes pytest longer than anyone waits
        found = [p for p in folder.rglob("*") if p.is_file()]
        return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}

    before, root = files(built), tmp_path / "root"
    shutil.copytree(built, tmp_path / "lite")
    lite.renew(ROOT, tmp_path)
    assert files(tmp_path / "lite") == before
    for name in ["_toc.yml", *NOTEBOOKS]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    notebook = nbformat.read(root / "index.ipynb", as_version=4)
    notebook.cells[0].source += " And more."
    nbformat.write(notebook, root / "index.ipynb")
    lite.renew(root, tmp_path)
    now = files(tmp_path / "lite")
    assert now.keys() == before.keys()
    assert {n for n in now if now[n] != before[n]} == {"files/index.ipynb", "api/contents/all.json", "jupyter-lite.json"}
    listed = json.loads((tmp_path / "lite" / "api" / "contents" / "all.json").read_text(encoding="utf-8"))["content"]
    text = (tmp_path / "lite" / "files" / "index.ipynb").read_bytes()
    assert [each["size"] for each in listed if each["name"] == "index.ipynb"] == [len(text)] and b" And more." in text


def test_what_the_lab_leaves_out_is_a_part_of_it(built):
    """The age of a file that has none, and trust; under another name they would be shown again."""
    data = json.loads((built / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]
    scripts = [path.read_text(encoding="utf-8") for path in (built / "build").glob("*.js")]
    assert len(data["disabledExtensions"]) == 2
    for name in data["disabledExtensions"]:
        assert any(f'"{name}"' in script for script in scripts), name


def test_the_kernel_is_told_to_ask_nobody_but_the_cdn_and_finds_its_wheels(built):
    data = json.loads((built / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]
    kernel = data["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert kernel["disablePyPIFallback"] is True
    own = "./static/pyodide/pyodide.js" if os.environ.get("PYODIDE_FOLDER") else None
    assert kernel["pyodideUrl"] == (own or lite.PYODIDE)
    wheels = [name for name in kernel["loadPyodideOptions"]["packages"] if name.endswith(".whl")]
    assert {w.split("/")[-1].split("-")[0] for w in wheels} >= {"reglesson", "ipywidgets", "comm", "jupyterlab_widgets"}
    for wheel in wheels:
        assert (built / "pypi" / wheel.split("/")[-1]).is_file()


def test_a_shipped_wheel_holds_what_its_record_says_and_is_the_same_each_time(built, tmp_path):
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        lite.pack(distribution("ipywidgets"), folder)
    [one], [two] = (list((tmp_path / name).glob("*.whl")) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes() == (built / "pypi" / one.name).read_bytes()
    for path in (built / "pypi").glob("*.whl"):
        with zipfile.ZipFile(path) as wheel:
            about = next(name for name in wheel.namelist() if name.endswith("dist-info/RECORD"))
            record = {name: rest for name, *rest in csv.reader(wheel.read(about).decode().splitlines())}
            assert record.keys() == set(wheel.namelist())
            for name in record.keys() - {about}:
                content = wheel.read(name)
                digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                assert record[name] == [f"sha256={digest}", str(len(content))], f"{path.name}: {name}"


@pytest.fixture
def pyodide(tmp_path):
    """A folder that looks like an unpacked Pyodide, and its list."""
    names = [*lite.KERNEL, *lite.BUNDLED, *lite.ON_IMPORT, "prompt-toolkit", "pandas"]
    packages = {n: {"file_name": f"{n}.whl", "sha256": hashlib.sha256(n.encode()).hexdigest(), "depends": []} for n in names}
    packages["ipython"]["depends"] = ["prompt_toolkit"]
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name in lite.CORE:
        (folder / name).touch()
    for name in names:
        (folder / f"{name}.whl").write_text(name, encoding="utf-8")
    lock = {"info": {"version": lite.VERSION}, "packages": packages}
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return folder, lock


def test_of_a_pyodide_what_the_notebooks_need_is_copied_and_no_more(pyodide, tmp_path):
    lite.copy_pyodide(pyodide[0], tmp_path / "to")
    copied = {path.name for path in (tmp_path / "to").iterdir()}
    needed = [*lite.KERNEL, *lite.BUNDLED, *lite.ON_IMPORT, "prompt-toolkit"]
    assert copied == {*lite.CORE, *(f"{name}.whl" for name in needed)}


def test_a_folder_that_is_not_the_right_pyodide_is_refused_in_words(pyodide, tmp_path):
    folder, lock = pyodide
    (folder / "numpy.whl").write_text("other bytes than the list's", encoding="utf-8")
    (folder / "jedi.whl").unlink()
    with pytest.raises(RuntimeError, match=r"lacks jedi\.whl, numpy\.whl, or their sums"):
        lite.copy_pyodide(folder, tmp_path / "to")
    lock["info"]["version"] = "0.1.0"
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    with pytest.raises(RuntimeError, match=r"holds Pyodide 0\.1\.0"):
        lite.copy_pyodide(folder, tmp_path / "to")
    (folder / "pyodide-lock.json").unlink()
    with pytest.raises(RuntimeError, match=r"has no pyodide-lock\.json"):
        lite.copy_pyodide(folder, tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_a_mirror_from_pyodides_own_host_holds_what_the_notebooks_need_with_the_right_sums(pyodide, tmp_path):
    folder, _ = pyodide
    needed = [*lite.KERNEL, *lite.BUNDLED, *lite.ON_IMPORT, "prompt-toolkit"]
    with serving(folder) as host:
        right = pyodide_mirror.fetch_from_host(tmp_path / "mirror", host)
        assert set(right) == {*lite.CORE, *(f"{name}.whl" for name in needed)}
        lite.copy_pyodide(tmp_path / "mirror", tmp_path / "to")
        (folder / "numpy.whl").write_text("other bytes than the list's", encoding="utf-8")
        with pytest.raises(RuntimeError, match=r"whose sums are not those in its list: numpy\.whl"):
            pyodide_mirror.fetch_from_host(tmp_path / "again", host)
    assert pyodide_mirror.HOST == CDN


@pytest.fixture(scope="module")
def mirror():
    """The folder of a verified mirror of the CDN."""
    folder = os.environ.get("REGLESSON_PYODIDE")
    if not folder:
        pytest.skip("no chapter was run with Python in the browser: REGLESSON_PYODIDE names no mirror (tools/pyodide_mirror.py)")
    return Path(folder)


def run_and_move(page, name):
    """Run a notebook that is open in JupyterLite from its first to its last cell, compare what it prints, move every slider."""
    page.wait_for_function(READY, timeout=600_000)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    page.wait_for_function(ENDED, timeout=1_200_000)
    stored = [cell for cell in nbformat.read(ROOT / name, as_version=4).cells if cell.cell_type == "code"]
    cells = page.evaluate(OUTPUTS)
    assert [cell["source"] for cell in cells] == [cell.source for cell in stored]
    pairs = [(printed(cell["outputs"]), printed(was.outputs), was.source) for cell, was in zip(cells, stored, strict=True)]
    differ = [f"{source.splitlines()[0]}\n  here:   {now}\n  stored: {then}" for now, then, source in pairs if now != then]
    assert not differ, "printed otherwise than in the stored notebook:\n" + "\n".join(differ)
    explorers = [len(names) for source in page.evaluate(SOURCES) for names in sliders(source) if names]
    boxes = page.locator(BOX)
    for k, count in enumerate(explorers):
        page.wait_for_function("([box, k]) => document.querySelectorAll(box).length > k", arg=[BOX, k], timeout=180_000)
        handles = boxes.nth(k).locator(".noUi-handle")
        assert handles.count() == count
        for j in range(count):
            before = page.evaluate(SHOWS, [BOX, k])
            low, now, high = (float(handles.nth(j).get_attribute(f"aria-value{w}")) for w in ("min", "now", "max"))
            handles.nth(j).focus()
            page.keyboard.press("ArrowRight" if now - low < high - now else "ArrowLeft")
            page.wait_for_function(CHANGED, arg=[BOX, k, before], timeout=180_000)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_prints_in_the_browser_what_is_stored_and_its_sliders_move(built, browser, address, mirror, name):
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    copies, asked = lite.verified(mirror), []

    def answer(route):
        url = route.request.url
        if url.startswith((address, "data:", "blob:")):
            route.continue_()
        elif url.startswith(CDN) and url.removeprefix(CDN) in copies:
            route.fulfill(path=copies[url.removeprefix(CDN)], headers={"access-control-allow-origin": "*"})
        else:
            asked.append(url)
            route.abort()

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{address}lite/notebooks/index.html?path={name}")
    run_and_move(page, name)
    assert asked == []
    context.close()


def test_a_site_with_a_pyodide_of_its_own_asks_nobody_else(browser, mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("PYODIDE_FOLDER", str(mirror))
    site = tmp_path / "some" / "prefix"
    site.mkdir(parents=True)
    lite.build(ROOT, site, work=tmp_path / "work")
    asked = []
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    with serving(tmp_path) as address:
        here = f"{address}some/prefix/"

        def answer(route):
            if route.request.url.startswith((here, "data:", "blob:")):
                route.continue_()
            else:
                asked.append(route.request.url)
                route.abort()

        context.route("**/*", answer)
        page = context.new_page()
        page.goto(f"{here}lite/notebooks/index.html?path={NOTEBOOKS[0]}")
        run_and_move(page, NOTEBOOKS[0])
        assert asked == []
        context.close()
