"""Build JupyterLite beside the book: every chapter's notebook, runnable in the reader's browser.

The notebooks are the book's own, unchanged. The packages that the browser's Python does not bring are shipped as
wheels; Pyodide itself, with NumPy and matplotlib, comes from its CDN, and only after a click. Where
PYODIDE_FOLDER names an unpacked Pyodide, the part of it that is needed is put beside the pages, and nothing is asked
of another host at all. Nothing is fetched to build.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import check_site  # noqa: F401  # finds the modules of book/_ext
import contents
import nbformat

ROOT = Path(__file__).resolve().parent.parent

PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/pyodide.js"
VERSION = re.search(r"/v([\d.]+)/", PYODIDE)[1]
CORE = ["pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip"]
# what the kernel loads of the distribution before it listens
KERNEL = ["ssl", "sqlite3", "ipython", "jedi"]
# what every notebook imports and Pyodide 0.27 has in its distribution, loaded before the first cell runs
BUNDLED = ["micropip", "numpy", "matplotlib"]
# what some notebooks import to compare with, of the distribution too: the cell that imports it loads it
ON_IMPORT = ["scikit-learn"]
# pure Python that it lacks, or has too old; the versions are those of the book's environment
SHIPPED = ["ipywidgets", "comm", "jupyterlab-widgets", "tqdm"]
# labextensions of the book's environment that make sense in a browser: sliders, and the book's directives
EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "jupyterlab-myst", "@jupyterlite/pyodide-kernel-extension"]


def build(root=ROOT, site=None, work=None, say=print):
    """Build into `site`/lite (`_build/html/lite` unless told otherwise). Raises RuntimeError with one clear sentence."""
    site = Path(site or root / "_build" / "html")
    work = work or root / "_build" / ".lite"
    shutil.rmtree(work, ignore_errors=True)  # an incremental build loses settings
    shutil.rmtree(site / "lite", ignore_errors=True)
    wheels = collect_wheels(root, work / "wheels")
    notebooks = stage_notebooks(root, work / "contents")
    own = os.environ.get("PYODIDE_FOLDER")
    if own:
        copy_pyodide(Path(own), work / "static" / "pyodide")  # where JupyterLite looks for one of the site's own
    write_settings(work, wheels, release_of(notebooks, wheels))
    output = str(site.resolve() / "lite")
    run([sys.executable, "-m", "jupyter", "lite", "build", "--lite-dir", ".", "--output-dir", output], cwd=work)
    size = sum(p.stat().st_size for p in (site / "lite").rglob("*") if p.is_file())
    whence = "Pyodide from this site" if own else "Pyodide from its CDN after a click"
    say(f"JupyterLite: {len(notebooks)} notebooks, {len(wheels)} wheels, {size / 1e6:.0f} MB, {whence}")


def renew(root, site):
    """Put the notebooks as they are now into the JupyterLite in `site`, made of the same package and of as many notebooks."""
    lite = site / "lite"
    notebooks = stage_notebooks(root, lite / "files")
    for path in notebooks:
        listing = lite / "api" / "contents" / path.parent.relative_to(lite / "files") / "all.json"
        listed = json.loads(listing.read_text(encoding="utf-8"))
        next(each for each in listed["content"] if each["name"] == path.name)["size"] = path.stat().st_size
        listing.write_text(json.dumps(listed, indent=2, sort_keys=True), encoding="utf-8")
    release, settings = release_of(notebooks, sorted((lite / "pypi").glob("*.whl"))), lite / "jupyter-lite.json"
    text = re.sub(r'"reglesson-[0-9a-f]+"', f'"reglesson-{release}"', settings.read_text(encoding="utf-8"))
    settings.write_text(text, encoding="utf-8")


def release_of(notebooks, wheels):
    """What tells one state of the notebooks and the package from another."""
    return hashlib.sha256(b"".join(p.read_bytes() for p in [*notebooks, *wheels])).hexdigest()[:12]


def collect_wheels(root, folder):
    """The wheels that the browser's Python needs: the package, built, and pure Python packages of this environment."""
    source = folder.parent / "package"  # built in a copy: setuptools would leave its own folders beside the sources
    shutil.copytree(root / "reglesson", source / "reglesson", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, source)
    folder.mkdir(parents=True)
    run([sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "wheel", "--no-deps", "--no-build-isolation",
         "-w", str(folder), str(source)], cwd=folder)  # fmt: skip
    for name in SHIPPED:
        pack(distribution(name), folder)
    return sorted(folder.glob("*.whl"))


def pack(package, folder):
    """Write the wheel that an installed pure Python package came from, without its scripts and shared data."""
    about = next(file.parts[0] for file in package.files if file.name == "WHEEL")
    said = package.read_text("WHEEL")
    if "Tag: py3-none-any" not in said and "Tag: py2.py3-none-any" not in said:
        raise RuntimeError(f"{package.name} {package.version} is not pure Python, so the browser cannot use this copy")
    inside = [file for file in package.files if file.parts[0] != ".." and not file.is_absolute()]
    of_pip = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
    kept = [file for file in inside if file.suffix != ".pyc" and not (file.parts[0] == about and file.name in of_pip)]
    listed = [f"{file},{file.hash.mode}={file.hash.value},{file.size}" for file in kept]
    with zipfile.ZipFile(folder / f"{about.removesuffix('.dist-info')}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        for file in kept:  # an entry of a fixed date: the same package makes the same wheel
            wheel.writestr(zipfile.ZipInfo(file.as_posix()), file.locate().read_bytes(), zipfile.ZIP_DEFLATED)
        wheel.writestr(zipfile.ZipInfo(f"{about}/RECORD"), "\n".join([*listed, f"{about}/RECORD,,", ""]), zipfile.ZIP_DEFLATED)


def verified(folder):
    """The files of a Pyodide that are its core, or what its own list says: {name: path}."""
    listed = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"].values()
    sums = {package["file_name"]: package["sha256"] for package in listed}
    paths = {name: folder / name for name in [*CORE, *sums] if (folder / name).is_file()}
    return {n: p for n, p in paths.items() if n in CORE or hashlib.sha256(p.read_bytes()).hexdigest() == sums[n]}


def copy_pyodide(folder, target):
    """Copy what the notebooks need of an unpacked Pyodide."""
    if not (folder / "pyodide-lock.json").is_file():
        raise RuntimeError(f"PYODIDE_FOLDER={folder} is no unpacked Pyodide: it has no pyodide-lock.json")
    lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))
    if lock["info"]["version"] != VERSION:
        raise RuntimeError(f"PYODIDE_FOLDER={folder} holds Pyodide {lock['info']['version']}; JupyterLite here goes with {VERSION}")
    right, wanted = verified(folder), {*CORE, *needed(lock)}
    missing = sorted(wanted - set(right))
    if missing:
        raise RuntimeError(f"PYODIDE_FOLDER={folder} lacks {', '.join(missing)}, or their sums are not those in its list")
    target.mkdir(parents=True)
    for name in wanted:
        shutil.copy(right[name], target)


def needed(lock):
    """The files of packages, by the list of a Pyodide, that the notebooks need, and what those depend on."""
    names, waiting = {}, [*KERNEL, *BUNDLED, *ON_IMPORT]
    while waiting:
        name = waiting.pop().replace("_", "-").lower()  # as the list's keys are written
        if name not in names:
            names[name] = lock["packages"][name]["file_name"]
            waiting += lock["packages"][name]["depends"]
    return set(names.values())


def stage_notebooks(root, folder):
    """Copy the notebooks of the book to the paths that the pages' buttons name."""
    staged = []
    for source in sorted(path for path in (root / f"{page}.ipynb" for page in contents.pages(root)) if path.is_file()):
        target = folder / source.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        # the same notebook with each text in one piece: of lines in a list JupyterLite makes lines with commas
        notebook = nbformat.read(source, as_version=4)
        target.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")
        staged.append(target)
    return staged


def write_settings(work, wheels, release):
    """What JupyterLite is told: what to build, what the kernel loads, and keys that are not to swallow the sliders'."""
    (work / "jupyter_lite_config.json").write_text(json.dumps({
        "LiteBuildConfig": {
            "contents": ["contents"],
            "apps": ["tree", "notebooks", "lab"],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "ignore_sys_prefix": True,
            "federated_extensions": [str(p) for p in extension_folders()],
        },
        "PipliteAddon": {"piplite_urls": [str(w) for w in wheels]},
    }))  # fmt: skip
    (work / "jupyter-lite.json").write_text(json.dumps({
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Regularization, live",
            "exposeAppInBrowser": True,
            # a reader's saved copy would hide a new release's notebooks: each release keeps its own
            "contentsStorageName": f"reglesson-{release}",
            # a file of the site has no time of its own, and trust is not the reader's to give
            "disabledExtensions": [f"@jupyter-notebook/notebook-extension:{name}" for name in ("checkpoints", "trusted")],
            "litePluginSettings": {
                "@jupyterlite/pyodide-kernel-extension:kernel": {
                    "pyodideUrl": PYODIDE,
                    "disablePyPIFallback": True,
                    # addresses are relative to the kernel's worker script
                    "loadPyodideOptions": {"packages": [*BUNDLED, *(f"../../../../pypi/{w.name}" for w in wheels)]},
                }
            },
        },
    }))  # fmt: skip
    moves = {"Up": "up", "Down": "down", "Left": "heading-above-or-collapse", "Right": "heading-below-or-expand"}
    focus = ".jp-Notebook.jp-mod-commandMode:not(.jp-mod-readWrite) :focus"  # as JupyterLab's own shortcuts say it
    keys = [
        {"command": f"notebook:move-cursor-{way}", "keys": [f"Arrow{key}"], "selector": focus, "disabled": True}
        for key, way in moves.items()
    ]
    (work / "overrides.json").write_text(json.dumps({
        "@jupyterlab/shortcuts-extension:shortcuts": {"shortcuts": keys},
        # cells out of sight stay on the page, where the browser's search, links and the keyboard find them
        "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    }))  # fmt: skip


def extension_folders():
    """The labextensions of this environment that are named above."""
    base = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    return [base / name for name in EXTENSIONS if (base / name).is_dir()]


def run(command, cwd):
    """Run a command quietly; if it fails, say which and what it said last."""
    env = {**os.environ, "SOURCE_DATE_EPOCH": "315532800"}  # the dates inside a wheel, so that the same sources make the same wheel
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise RuntimeError(f"{' '.join(map(str, command[:5]))} ... ended with code {done.returncode}: {' '.join(last)}")


if __name__ == "__main__":
    try:
        build()
    except (RuntimeError, OSError) as error:
        sys.exit(f"JupyterLite was not built: {error}")
