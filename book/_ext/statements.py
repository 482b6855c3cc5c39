"""Statements and their tests: each labelled statement links to the test that checks it, and one page lists them all."""

import ast
import hashlib
import html
import json
import re
from pathlib import Path

import contents
from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

CLAIMS = ("theorem", "proposition", "lemma", "corollary")
MARK = "pytest.mark.statement"


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("builder-inited", read_tests)
    app.connect("doctree-read", link_statements)
    app.add_directive("statements", Statements)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def statement_tests(folder):
    """Tests marked `@pytest.mark.statement("label")` below a folder: {label: [(file name, function name, source), ...]}."""
    found = {}
    for path in sorted(Path(folder).glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        lines = text.split("\n")
        for function in ast.walk(ast.parse(text)) if MARK in text else []:
            if not isinstance(function, ast.FunctionDef):
                continue
            for mark in function.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == MARK:
                    source = code_of(function, lines)
                    found.setdefault(ast.literal_eval(mark.args[0]), []).append((path.name, function.name, source))
    return found


def code_of(function, lines):
    """The code of a function, as `ast.get_source_segment` gives it, which splits the whole text into lines each time."""
    *rest, last = lines[function.lineno - 1 : function.end_lineno]
    return "\n".join([*rest, last.encode()[: function.end_col_offset].decode()])


def read_tests(app):
    """Find the statements' tests once a build; in a course that leaves out the page that shows them, none is linked to."""
    root = Path(app.confdir)
    app.env.reglesson_tests = {} if "book/statements" in contents.left_out(root) else statement_tests(root / "tests")


def claims(doctree):
    """The theorem-like boxes of a page that carry a label of their own."""
    return [n for n in doctree.findall(nodes.Element) if n.get("realtype") in CLAIMS and not n.get("noindex")]


def link_statements(app, doctree):
    """Below each labelled statement, link to its test on the page that shows the code; the link is titled with its name."""
    for box in claims(doctree):
        tests = app.env.reglesson_tests.get(box["label"], [])
        if tests:
            here = app.env.docname.count("/") * "../"
            says = "Checked by a test ✓" if len(tests) == 1 else f"Checked by {len(tests)} tests ✓"
            link = nodes.reference("", says, refuri=f"{here}book/statements.html#test-{box['label']}", internal=True)
            link["reftitle"] = ", ".join(name for _, name, _ in tests)
            box += nodes.paragraph("", "", link, classes=["statement-test"])
    for content in doctree.findall(nodes.section):
        if content["ids"] == ["proof-content"]:  # sphinx-proof gives every box of a page this one id
            content["ids"] = [f"{content.parent['label']}-content"]
    for content in doctree.findall(nodes.admonition):
        if content["ids"] == ["proof"]:  # and every proof this one
            content["ids"] = []


def results_path(root):
    """Where the results of the statements' tests are kept, from a run of the tests to the next build."""
    return Path(root) / "_build" / "statements.json"


def tested_state(root):
    """A hash of the package and the tests: a result speaks of one state of them only."""
    files = [p for folder in ("reglesson", "tests") for p in sorted((Path(root) / folder).rglob("*.py"))]
    return hashlib.sha256(b"\0".join(p.read_bytes() for p in files)).hexdigest()


def results(root):
    """How the statements' tests ended on the state as it is now: {"file::test": {case: outcome}}; nothing of another state."""
    try:
        kept = json.loads(results_path(root).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept["tests"] if kept["state"] == tested_state(root) else {}


def keep_results(root, new):
    """Add what a run of tests found, {"file::test": {case: outcome}}, to what is kept, and to the built page, if there is one."""
    kept = results(root)
    for test, cases in new.items():
        kept.setdefault(test, {}).update(cases)
    path = results_path(root)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"state": tested_state(root), "tests": kept}, indent=1, sort_keys=True), encoding="utf-8")
    page = Path(root) / "_build" / "html" / "book" / "statements.html"
    if page.is_file():
        text = page.read_text(encoding="utf-8")
        page.write_text(STATUS.sub(lambda old: status(old[1], kept), text), encoding="utf-8")


STATUS = re.compile(r'<span class="test-status" data-test="([^"]+)">[^<]*</span>')


def status(test, kept):
    """Words for how a test ended last, as the page shows them; none where it was not run on the code as it is."""
    outcomes = list(kept.get(test, {}).values())
    bad = sum(outcome != "passed" for outcome in outcomes)
    checks = f"{len(outcomes)} {'check' if len(outcomes) == 1 else 'checks'}"
    words = "" if not outcomes else f"{bad} of {checks} did not pass" if bad else f"✓ {checks}"
    return f'<span class="test-status" data-test="{html.escape(test)}">{words}</span>'


BOX = re.compile(r"^[`:]{3,}\{prf:(\w+)\} *(.*)\n(?::.*\n)*?:label: *(\S+)", re.MULTILINE)


def statements(app):
    """The labelled statements of the book, page by page in its order: [(title of the page, [(label, title), ...]), ...]."""
    order, found = contents.place(Path(app.confdir)), []
    for name in sorted(app.env.found_docs, key=lambda name: (order.get(name, -1), name)):
        text = contents.words(Path(app.env.doc2path(name)))
        boxes = [(label, title.strip()) for kind, title, label in BOX.findall(text) if kind in CLAIMS]
        if boxes:
            found.append((contents.title(text), boxes))
    return found


class Statements(SphinxDirective):
    """A table for each page of the book: its statements, how their tests ended last, and, folded, the code of the tests."""

    def run(self):
        """The tables, chapter by chapter."""
        self.env.note_reread()  # it shows what other pages, the tests, and their last run say
        kept, chapters = results(self.env.app.confdir), []
        for chapter, boxes in statements(self.env.app):
            rows = [self.row(label, title, kept) for label, title in boxes]
            chapters.append(nodes.section("", nodes.title(text=chapter), table(rows), ids=[f"tests-{nodes.make_id(chapter)}"]))
        return chapters

    def row(self, label, title, kept):
        """One statement: a link to it with its folded tests below, and how they ended."""
        link = addnodes.pending_xref("", nodes.inline(text=title or label), refdomain="prf", reftype="ref", reftarget=label,
                                     refexplicit=True, refwarn=True)  # fmt: skip
        left, right = nodes.entry("", nodes.paragraph("", "", link, ids=[f"test-{label}"])), nodes.entry()
        for file, name, source in self.env.reglesson_tests.get(label, []):
            opening = f'<details class="test-code"><summary>{name} in tests/{file}</summary>'
            left += [nodes.raw("", opening, format="html"), nodes.literal_block(source, source, language="python"),
                     nodes.raw("", "</details>", format="html")]  # fmt: skip
            right += nodes.paragraph("", "", nodes.raw("", status(f"{file}::{name}", kept), format="html"))
        return nodes.row("", left, right)


def table(rows):
    """A table of statements."""
    head = nodes.row("", *(nodes.entry("", nodes.paragraph(text=words)) for words in ("Statement", "Checked")))
    columns = [nodes.colspec(colwidth=width) for width in (85, 15)]
    group = nodes.tgroup("", *columns, nodes.thead("", head), nodes.tbody("", *rows), cols=2)
    return nodes.table("", group, classes=["statements"])
