"""The explorer as an extension of Sphinx, for plain Sphinx with MyST-NB and for Jupyter Book 1.

Explorers are baked while notebooks execute, in a cache that knows what the notebooks depend on; the player and its
style sheet are served from the site itself.
"""

import fnmatch
import hashlib
import importlib.metadata
import os
import shutil
from pathlib import Path

from reglesson.explore import explorer

PACKAGE = Path(__file__).parent
DRAWN_BY = ("numpy", "scipy", "pandas", "matplotlib", "scikit-learn")
DEPENDS = ["*.py", "*.csv", "*.tsv", "*.txt", "*.json", "*.npy", "*.npz", "*.parquet"]


def setup(app):
    """What Sphinx is told when the extension is loaded."""
    app.add_config_value("explore_folder", "", "env")  # where executed notebooks and frames are kept, below the source folder
    app.add_config_value("explore_depends", DEPENDS, "env")  # what notebooks read or import, as patterns of `files`
    app.connect("config-inited", prepare, priority=400)
    app.connect("build-finished", write_assets)
    app.add_css_file("explorer.css")
    app.add_js_file("player.js", loading_method="async")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def prepare(app, config):
    """Have kernels bake explorers, in a cache that a change in what they depend on makes anew."""
    folder = Path(app.confdir) / config.explore_folder if config.explore_folder else Path(app.doctreedir) / "explore"
    given = getattr(config, "_raw_config", {})
    config.nb_execution_cache_path = str(cache_path(folder, app.confdir, config.explore_depends))
    if "nb_execution_mode" not in given:
        config.nb_execution_mode = "cache"
    # a page without a kernel takes what is made for pages, and no script for widgets that could do nothing
    config.nb_mime_priority_overrides = [*given.get("nb_mime_priority_overrides", []), ["html", "text/html", 0]]
    if "nb_ipywidgets_js" not in given:
        config.nb_ipywidgets_js = {}
    os.environ["REGLESSON_BAKE"] = str(frames_path(folder, app.confdir, config.explore_depends))


def state(root, depends):
    """A hash of what notebooks below a folder depend on beside their own cells."""
    parts = [part for p in files(root, depends) for part in (p.relative_to(root).as_posix().encode(), p.read_bytes())]
    parts += [p.read_bytes() for p in explorer.sources()]
    for name in DRAWN_BY:
        try:
            parts.append(f"{name} {importlib.metadata.version(name)}".encode())
        except importlib.metadata.PackageNotFoundError:
            continue
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def files(root, patterns):
    """The files below a folder whose path fits a pattern, in which * stands for any letters, but none of hidden folders or this."""
    found = []
    for folder, below, names in os.walk(root, followlinks=True):
        below[:] = sorted(name for name in below if not name.startswith((".", "_")) and name != "node_modules")
        paths = [Path(folder) / name for name in sorted(names)]
        found += [p for p in paths if any(fnmatch.fnmatchcase(p.relative_to(root).as_posix(), pattern) for pattern in patterns)]
    return [p for p in found if p.resolve() != Path(__file__).resolve()]


def cache_path(folder, root, depends=DEPENDS):
    """Where executed notebooks are kept: jupyter-cache knows cells only, so the folder's name knows all the rest."""
    return Path(folder) / ".jupyter_cache" / state(root, depends)


def frames_path(folder, root, depends=DEPENDS):
    """Where baked explorers are kept, each under a hash of the rest that it depends on."""
    return (Path(folder) / ".frames" / state(root, depends)).resolve()


def write_assets(app, error):
    """Put the player and the style sheet beside the pages."""
    if error or app.builder.format != "html":
        return
    for name in ("player.js", "explorer.css"):
        shutil.copy(PACKAGE / name, Path(app.outdir) / "_static")
