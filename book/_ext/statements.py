"""Statements and their tests: each labelled statement links to the test that checks it, and one page lists them all."""

import ast
import hashlib
import html
import json
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

CLAIMS = ("theorem", "proposition", "lemma", "corollary")


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
        for function in ast.walk(ast.parse(text)):
            if not isinstance(function, ast.FunctionDef):
                continue
            for mark in function.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.statement":
                    source = ast.get_source_segment(text, function)
                    found.setdefault(ast.literal_eval(mark.args[0]), []).append((path.name, function.name, source))
    return found


def read_tests(app):
    """Find the statements' tests once a build."""
    app.env.reglesson_tests = statement_tests(Path(app.confdir) / "tests")


def claims(doctree):
    """The theorem-like boxes of a page that carry a label of their own."""
    return [n for n in doctree.findall(nodes.Element) if n.get("realtype") in CLAIMS and not n.get("noindex")]


def link_statements(app, doctree):
    """Below each labelled statement, name its test and link to the page that shows the test's code."""
    for box in claims(doctree):
        tests = app.env.reglesson_tests.get(box["label"], [])
        line = nodes.paragraph(classes=["statement-test"])
        line += nodes.Text("Checked numerically by ")
        for k, (_, name, _) in enumerate(tests):
            line += [nodes.Text(", ")] * bool(k)
            here = app.env.docname.count("/") * "../"
            link = nodes.reference("", "", refuri=f"{here}book/statements.html#test-{box['label']}", internal=True)
            line += link
            link += nodes.literal(text=name)
        if tests:
            box += line
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
    """Words for how a test ended last, as the page shows them."""
    outcomes = list(kept.get(test, {}).values())
    bad = sum(outcome != "passed" for outcome in outcomes)
    checks = f"{len(outcomes)} {'check' if len(outcomes) == 1 else 'checks'}"
    words = "not run on this state" if not outcomes else f"{bad} of {checks} did not pass" if bad else f"passed, {checks}"
    return f'<span class="test-status" data-test="{html.escape(test)}">{words}</span>'


BOX = re.compile(r"^[`:]{3,}\{prf:(\w+)\} *(.*)\n(?::.*\n)*?:label: *(\S+)", re.MULTILINE)


def statements(app):
    """The labelled statements of the book, page by page in its order: [(title of the page, [(label, title), ...]), ...]."""
    toc = Path(app.confdir) / "_toc.yml"
    order = toc.read_text(encoding="utf-8") if toc.is_file() else ""
    found = []
    for name in sorted(app.env.found_docs, key=lambda name: (order.find(name), name)):
        text = Path(app.env.doc2path(name)).read_text(encoding="utf-8")
        if text.startswith("{"):
            text = "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")
        boxes = [(label, title.strip()) for kind, title, label in BOX.findall(text) if kind in CLAIMS]
        if boxes:
            found.append((re.search(r"^# (.+)$", text, re.MULTILINE)[1], boxes))
    return found


class Statements(SphinxDirective):
    """A section for each statement of the book: a link to it, its tests, how they ended last, and, folded, their code."""

    def run(self):
        """The sections, chapter by chapter."""
        self.env.note_reread()  # it shows what other pages, the tests, and their last run say
        kept, chapters = results(self.env.app.confdir), []
        for chapter, boxes in statements(self.env.app):
            chapters.append(nodes.section("", nodes.title(text=chapter), ids=[f"tests-{nodes.make_id(chapter)}"]))
            for label, title in boxes:
                section = nodes.section("", nodes.title(text=title), ids=[f"test-{label}"])
                link = addnodes.pending_xref("", nodes.literal(label, label), refdomain="prf", reftype="ref", reftarget=label,
                                             refexplicit=False, refwarn=True)  # fmt: skip
                section += nodes.paragraph("", "", link)
                for file, name, source in self.env.reglesson_tests.get(label, []):
                    line = nodes.paragraph("", "", nodes.literal(text=name), nodes.Text(f" in tests/{file}: "))
                    line += nodes.raw("", status(f"{file}::{name}", kept), format="html")
                    opening = f'<details class="test-code"><summary>The code of {name}</summary>'
                    section += [line, nodes.raw("", opening, format="html")]
                    section += [nodes.literal_block(source, source, language="python"), nodes.raw("", "</details>", format="html")]
                chapters[-1] += section
        return chapters
