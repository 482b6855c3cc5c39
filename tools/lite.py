"""Build JupyterLite beside the book: every chapter's notebook, runnable in the reader's browser.

The notebooks are the book's own, unchanged. The packages that the browser's Python does not bring are shipped as
wheels; Pyodide itself, with NumPy, matplotlib and scikit-learn, comes from its CDN, and only after a click.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent

PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/pyodide.js"
# what notebooks import and Pyodide 0.27 has in its distribution, loaded before the first cell runs
BUNDLED = ["micropip", "numpy", "matplotlib", "scikit-learn"]
# pure Python that it lacks, or has too old; the versions are those of the book's environment
SHIPPED = ["ipywidgets", "comm", "jupyterlab-widgets", "tqdm"]
# labextensions of the book's environment that make sense in a browser: sliders, and the book's directives
EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "jupyterlab-myst", "@jupyterlite/pyodide-kernel-extension"]


def build(root=ROOT, site=None, say=print):
    """Build into `site`/lite (`_build/html/lite` unless told otherwise). Raises RuntimeError with one clear sentence."""
    site = Path(site or root / "_build" / "html")
    work = root / "_build" / ".lite"
    shutil.rmtree(work, ignore_errors=True)  # an incremental build loses settings
    shutil.rmtree(site / "lite", ignore_errors=True)
    wheels = collect_wheels(root, work / "wheels")
    notebooks = stage_notebooks(root, work / "contents")
    release = hashlib.sha256(b"".join(p.read_bytes() for p in [*notebooks, *wheels])).hexdigest()[:12]
    write_settings(work, wheels, release)
    output = str(site.resolve() / "lite")
    run([sys.executable, "-m", "jupyter", "lite", "build", "--lite-dir", ".", "--output-dir", output], cwd=work)
    size = sum(p.stat().st_size for p in (site / "lite").rglob("*") if p.is_file())
    say(f"JupyterLite: {len(notebooks)} notebooks, {len(wheels)} wheels, {size / 1e6:.0f} MB")


def collect_wheels(root, folder):
    """The wheels that the browser's Python needs: the package, built, and pure Python packages of this environment's versions."""
    from importlib.metadata import version

    source = folder.parent / "package"  # built in a copy: setuptools would leave its own folders beside the sources
    shutil.copytree(root / "reglesson", source / "reglesson", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, source)
    folder.mkdir(parents=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    run([*pip, "wheel", "--no-deps", "-w", str(folder), str(source)], cwd=folder)
    wanted = [f"{name}=={version(name)}" for name in SHIPPED]
    run([*pip, "download", "--no-deps", "--only-binary", ":all:", "--platform", "any", "-d", str(folder), *wanted], cwd=folder)
    return sorted(folder.glob("*.whl"))


def stage_notebooks(root, folder):
    """Copy the notebooks of the book to the paths that the pages' buttons name."""
    staged = []
    for source in [root / "index.ipynb", *sorted((root / "book").glob("*.ipynb"))]:
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
    (work / "overrides.json").write_text(json.dumps({"@jupyterlab/shortcuts-extension:shortcuts": {"shortcuts": keys}}))


def extension_folders():
    """The labextensions of this environment that are named above."""
    base = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    return [base / name for name in EXTENSIONS if (base / name).is_dir()]


def run(command, cwd):
    """Run a command quietly; if it fails, say which and what it said last."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise RuntimeError(f"{' '.join(map(str, command[:5]))} ... ended with code {done.returncode}: {' '.join(last)}")


if __name__ == "__main__":
    build()
