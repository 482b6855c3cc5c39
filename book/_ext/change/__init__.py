"""Figures that the reader can change: a button at each and at its code, and what Python needs to draw it anew.

An explorer whose call says `live=` has the attribute `data-live` on its page.
`change.js` gives it a button, and another to the code of every explorer. The
first loads `change.mjs`, which asks the worker of the exercises to draw the
figure with `figure.py`; where the figure is of points, `points.mjs` lets the
reader move them. The second loads `code.mjs`, which puts the editor of the
exercises in place of the code. What a figure's cell needs of its chapter is
found as for an exercise, and stands in one file a page, which is fetched after
a press.
"""

import ast
import hashlib
import json
from pathlib import Path

import nbformat
import practice
from beside import lay_beside

HERE = Path(__file__).parent


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("doctree-read", find_figures)
    app.connect("html-page-context", load_script)
    app.connect("build-finished", lay_beside(HERE))
    app.connect("build-finished", write_figures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def figures(path):
    """The figures of a notebook: {name: {setup, cell, hash, live}}, where live is whether a button changes it."""
    before, found = [], {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code" or {"claim", "stub", "solution"} & set(cell.metadata.get("tags", [])):
            continue
        last = ast.parse(cell.source).body[-1:]
        call = last[0].value if last and isinstance(last[0], ast.Expr) and isinstance(last[0].value, ast.Call) else None
        if call and ast.unparse(call.func) == "explore":
            drawn = call.args[0] if call.args else next((word.value for word in call.keywords if word.arg == "draw"), None)
            if not isinstance(drawn, ast.Name):
                raise ValueError(f"{path.name}: explore must be given a function by its name, got {ast.unparse(call)}")
            found[drawn.id.replace("_", "-")] = {
                "setup": practice.setup_of(before, [cell.source]),
                "cell": cell.source,
                "hash": hashlib.sha256(cell.source.encode()).hexdigest()[:8],
                "live": "live" in [keyword.arg for keyword in call.keywords],
            }
        before.append(cell.source)
    return found


def find_figures(app, doctree):
    """Remember the figures of a page."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix == ".ipynb" and (found := figures(path)):
        app.env.metadata[app.env.docname]["figures"] = found


def load_script(app, pagename, templatename, context, doctree):
    """On a page with figures, the script that adds their buttons."""
    if doctree is not None and app.env.metadata.get(pagename, {}).get("figures"):
        app.add_js_file("../change/change.js", loading_method="defer", **practice.places(app), **{"data-page": f"{pagename}.json"})
        app.add_css_file("../change/change.css")


def write_figures(app, error):
    """Lay what the figures of a page need of their chapter beside the script."""
    if error or app.builder.format != "html":
        return
    for name, about in app.env.metadata.items():
        if "figures" in about:
            file = Path(app.outdir) / "change" / f"{name}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(about["figures"], ensure_ascii=False), encoding="utf-8")
