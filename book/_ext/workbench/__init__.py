"""What this site computes from a reader's own numbers: the converter of λ.

The converter is a form and a script, without Python: `converter.js` holds a
factor a library, which `tests/browser/test_converter_page.py` compares with
`reglesson.choosing`. Both are on the page that has the directive, and on no
other. Without script the form stays hidden; the table beside it says the same.
"""

import shutil
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from reglesson.explore.page import plain_script

HERE = Path(__file__).parent

CONVERTER = """
<form class="converter" aria-label="Converter of λ" autocomplete="off" hidden>
<label>library <select name="library"></select></label>
<label>direction <select name="direction"><option value="to">from this book's λ to theirs</option>
<option value="from">from theirs to this book's λ</option></select></label>
<label><span data-label="value">λ</span> <input name="value" value="0.1" inputmode="decimal"></label>
<label><span data-label="n">n, training samples</span> <input name="n" value="100" inputmode="numeric"></label>
<label><span data-label="share">share of L1</span> <input name="share" value="0.5" inputmode="decimal"></label>
<label><span data-label="momentum">momentum</span> <input name="momentum" value="0.9" inputmode="decimal"></label>
<label><span data-label="deviation">standard deviation of y, with 1/n</span>
<input name="deviation" value="1" inputmode="decimal"></label>
<p><output name="answer"></output></p>
</form>
"""


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.add_directive("converter", Converter)
    app.connect("html-page-context", load_scripts)
    app.connect("build-finished", copy_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Converter(SphinxDirective):
    """The place of the converter on a page."""

    def run(self):
        """Return the form, hidden until its script is there."""
        self.env.metadata[self.env.docname]["workbench"] = "converter.js"
        return [nodes.raw("", CONVERTER, format="html")]


def load_scripts(app, pagename, templatename, context, doctree):
    """Give a page with one of the forms its script, and no other page."""
    script = app.env.metadata.get(pagename, {}).get("workbench")
    if doctree is not None and script:
        app.add_js_file(f"../workbench/{script}", loading_method="defer")
        app.add_css_file("../workbench/workbench.css")


def copy_files(app, error):
    """Lay the files beside `_static`: Jupyter Book would load every script in there on every page."""
    if error or app.builder.format != "html":
        return
    target = Path(app.outdir) / "workbench"
    target.mkdir(exist_ok=True)
    (target / "converter.js").write_text(plain_script(HERE / "converter.js"), encoding="utf-8")
    shutil.copy(HERE / "workbench.css", target)
