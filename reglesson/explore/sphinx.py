"""The explorer as an extension of Sphinx, for plain Sphinx with MyST-NB and for Jupyter Book 1.

Explorers are baked while notebooks execute, in a cache that knows what the notebooks depend on; the player and its
style sheet are served from the site itself.
"""

import fnmatch
import hashlib
import html
import importlib.metadata
import os
import shutil
from pathlib import Path
from urllib.parse import quote

from docutils import nodes

from reglesson.explore import explorer, page

PACKAGE = Path(__file__).parent
WIDGET = "application/vnd.jupyter.widget-view+json"
DRAWN_BY = ("numpy", "scipy", "pandas", "matplotlib", "scikit-learn")
DEPENDS = ["*.py", "*.csv", "*.tsv", "*.txt", "*.json", "*.npy", "*.npz", "*.parquet"]


def setup(app):
    """What Sphinx is told when the extension is loaded."""
    app.add_config_value("explore_folder", "", "env")  # where executed notebooks and frames are kept, below the source folder
    app.add_config_value("explore_depends", DEPENDS, "env")  # what notebooks read or import, as patterns of `files`
    app.connect("config-inited", prepare, priority=400)
    app.connect("doctree-read", ask_for_mathjax)
    app.connect("doctree-resolved", say_what_is_missing)
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


def ask_for_mathjax(app, doctree):
    """Have MathJax on a page whose only formulas are an explorer's."""
    if any("mathjax_process" in node.astext() for node in doctree.findall(nodes.raw)):
        app.env.get_domain("math").data["has_equations"][app.env.docname] = True


def say_what_is_missing(app, doctree, docname):
    """Put a box where a page would show nothing: other controls of Jupyter need a kernel, and their script is not loaded."""
    if app.config.nb_ipywidgets_js:
        return
    for node in [node for node in doctree.findall(nodes.raw) if WIDGET in node.astext()]:
        source = source_address(app, docname)
        notebook = f'<a href="{html.escape(source)}">the notebook</a>' if source else "the notebook of this page"
        box = (
            '<div class="explorer-missing" role="note"><p>Here are controls of Jupyter that need Python behind them, and this page '
            f"has none. To use them, open {notebook} in JupyterLab, Colab or VS Code and run its cells.</p></div>"
        )
        node.replace_self(nodes.raw("", box, format="html"))


def source_address(app, docname):
    """Where a page finds the notebook that it was made from, or None if the site does not carry it."""
    if not app.config.html_copy_source:
        return None
    source = Path(app.env.doc2path(docname))
    suffix = "" if source.suffix == app.config.html_sourcelink_suffix else app.config.html_sourcelink_suffix
    return f"{docname.count('/') * '../'}_sources/{quote(docname)}{source.suffix}{suffix}"


def write_assets(app, error):
    """Put the player and the style sheet beside the pages."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    shutil.copy(PACKAGE / "explorer.css", static)
    (static / "player.js").write_text(page.player(), encoding="utf-8")
