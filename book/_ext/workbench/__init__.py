"""What this site computes from a reader's own numbers: the converter of λ, and the Workbench for a table.

The converter is a form and a script, without Python: `converter.js` holds a
factor a library, which `tests/browser/test_converter_page.py` compares with
`reglesson.choosing`. Without script it stays hidden; the table beside it says
the same.

The Workbench is a form, too. When it is given a table, `workbench.js` has the
worker of the exercises read it with `table.py` and answer with `look.py`, which
are plain Python and tested as such.
"""

from pathlib import Path

import practice
from beside import lay_beside
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

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

WORKBENCH = """
<div>
<form class="workbench" aria-label="Workbench" autocomplete="off" data-state="empty" hidden>
<label>a file of text, such as CSV <input type="file" name="table" accept=".csv,.tsv,.txt,text/*"></label>
<label>or a table, pasted <textarea name="table" rows="5" spellcheck="false"></textarea></label>
<label>response, the column to predict <select name="response"></select></label>
<label>groups, if rows belong together <select name="group"><option value="">no groups</option></select></label>
<button type="submit">Look</button>
<p class="workbench-says" role="status"></p>
<ul class="workbench-notes"></ul>
</form>
<noscript><p>The Workbench needs JavaScript, which is switched off here.</p></noscript>
<div class="workbench-results"></div>
</div>
"""


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.add_directive("converter", Converter)
    app.add_directive("workbench", Workbench)
    app.connect("html-page-context", load_scripts)
    app.connect("build-finished", lay_beside(HERE))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Converter(SphinxDirective):
    """The place of the converter on a page."""

    def run(self):
        """Return the form, hidden until its script is there."""
        self.env.metadata[self.env.docname]["workbench"] = "converter.js"
        return [nodes.raw("", CONVERTER, format="html")]


class Workbench(SphinxDirective):
    """The place of the Workbench on a page."""

    def run(self):
        """Return the form, hidden until its script is there."""
        self.env.metadata[self.env.docname]["workbench"] = "workbench.js"
        return [nodes.raw("", WORKBENCH, format="html")]


def load_scripts(app, pagename, templatename, context, doctree):
    """Give a page with one of the forms its script, and no other page."""
    script = app.env.metadata.get(pagename, {}).get("workbench")
    if doctree is not None and script:
        places = practice.places(app) if script == "workbench.js" else {}
        app.add_js_file(f"../workbench/{script}", loading_method="defer", **places)
        app.add_css_file("../workbench/workbench.css")
