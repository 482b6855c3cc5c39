"""What the website needs of Sphinx, and nothing else.

Explorers are baked while notebooks execute, in a cache that knows the package;
the player, the colours and the mathematics are served from the site itself;
and each labelled statement links to the test that checks it.
"""

import ast
import hashlib
import html
import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from reglesson import style
from reglesson.explore import _sources

PACKAGE = Path(__file__).parent


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("config-inited", prepare_execution)
    app.connect("config-inited", serve_mathjax)
    app.connect("config-inited", leave_out_thebe)
    app.connect("builder-inited", read_tests)
    app.connect("doctree-read", link_statements)
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", mark_up_docstring, priority=400)  # before napoleon, which would take prose for types
    app.connect("html-page-context", add_launch_buttons, priority=900)
    app.connect("html-page-context", add_preview)
    app.connect("html-page-context", add_provenance)
    app.connect("html-page-context", make_references_list_items)
    app.connect("build-finished", write_assets)
    app.add_css_file("reglesson.css")
    app.add_js_file("player.js", loading_method="async")
    app.add_directive("statements", Statements)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


# -- execution ----------------------------------------------------------------------------------------------------


def cache_path(root):
    """Where executed notebooks are kept: jupyter-cache knows cells only, so the folder's name knows all the rest."""
    parts = [p.read_bytes() for p in _sources(PACKAGE)]
    parts += [f"{name} {importlib.metadata.version(name)}".encode() for name in ("numpy", "matplotlib", "scikit-learn")]
    return Path(root) / "_build" / ".jupyter_cache" / hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def frames_path(root):
    """Where baked explorers are kept, each under a hash of all that it depends on."""
    return Path(root) / "_build" / ".frames"


def prepare_execution(app, config):
    """Have kernels bake explorers, in a cache that a change in the package makes anew; tell pages where the package is."""
    root = Path(app.confdir)
    config.nb_execution_cache_path = str(cache_path(root))
    address = f"https://github.com/{repository(root) or 'OWNER/NAME'}"
    config.myst_substitutions = {**config.myst_substitutions, "colab_install": f"`%pip install git+{address}`"}
    os.environ["REGLESSON_BAKE"] = str(frames_path(root).resolve())


# -- files of the site --------------------------------------------------------------------------------------------


def serve_mathjax(app, config):
    """Have pages load MathJax from the site. It lies beside `_static`, since Jupyter Book loads every script in there."""
    config.mathjax_path = "../mathjax/tex-chtml.js"


def leave_out_thebe(app, config):
    """Undo sphinx-thebe, which Jupyter Book always loads: its script names a CDN, and twice over, which is an error."""
    for listeners in app.events.listeners.values():
        listeners[:] = [each for each in listeners if each.handler.__module__ != "sphinx_thebe"]
    app.registry.css_files[:] = [file for file in app.registry.css_files if "thebe" not in file[0]]


def write_assets(app, error):
    """Copy the player, the style sheet with the palette in front, and the part of MathJax that pages use."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    shutil.copy(PACKAGE / "player.js", static)
    (static / "reglesson.css").write_text(palette_css() + (PACKAGE / "explorer.css").read_text(encoding="utf-8"), encoding="utf-8")
    source = Path(importlib.metadata.distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax"))
    target = Path(app.outdir) / "mathjax"
    for part in ("tex-chtml.js", "output/chtml/fonts/woff-v2"):
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (source / part).is_dir() else shutil.copy
        copy(source / part, target / part, **({"dirs_exist_ok": True} if copy is shutil.copytree else {}))


def palette_css():
    """The palette as CSS variables, for the theme's light and dark mode."""
    light, dark = ("".join(f"--reg-{name}: {pair[k]}; " for name, pair in style.PALETTE.items()) for k in (0, 1))
    return f':root {{ {light}}}\nhtml[data-theme="dark"] {{ {dark}}}\n@media print {{ html {{ {light}}} }}\n\n'


# -- from the page to a running notebook --------------------------------------------------------------------------


def repository(root):
    """OWNER/NAME on GitHub: of the workflow that builds, else of the checkout's origin, so that a fork's is its own; or None."""
    if os.environ.get("GITHUB_REPOSITORY"):
        return os.environ["GITHUB_REPOSITORY"]
    found = re.search(r"github\.com[:/]([^/]+/[^/]+?)(\.git)?$", git(root, "remote", "get-url", "origin"))
    return found[1] if found else None


def site_address(root):
    """Where the site will be, ending in a slash: SITE_URL, else GitHub Pages of the repository; None if neither is known."""
    if os.environ.get("SITE_URL"):
        return os.environ["SITE_URL"].rstrip("/") + "/"
    owner, _, name = (repository(root) or "").partition("/")
    return f"https://{owner.lower()}.github.io/{name}/" if name else None


def add_launch_buttons(app, pagename, templatename, context, doctree):
    """On a notebook's page, buttons that open the notebook with Python in the browser, on Binder, and in Colab."""
    if not str(app.env.doc2path(pagename)).endswith(".ipynb") or "header_buttons" not in context or doctree is None:
        return
    here = pagename.count("/") * "../"
    buttons = [launch("Run in this browser", f"{here}lite/notebooks/index.html?path={pagename}.ipynb", "fas fa-play")]
    home = repository(app.confdir)
    if home:
        binder = f"https://mybinder.org/v2/gh/{home}/HEAD?urlpath=lab/tree/{pagename}.ipynb"
        colab = f"https://colab.research.google.com/github/{home}/blob/HEAD/{pagename}.ipynb"
        buttons += [launch("Run on Binder", binder, "fas fa-cloud"), launch("Open in Colab", colab, "fas fa-cloud")]
    group = {"type": "group", "tooltip": "Run this page", "icon": "fas fa-rocket", "buttons": buttons, "label": "launch-buttons"}
    context["header_buttons"].insert(0, group)


def launch(text, url, icon):
    """One entry of the theme's menu of buttons."""
    return {"type": "link", "text": text, "url": url, "icon": icon, "tooltip": text}


def add_preview(app, pagename, templatename, context, doctree):
    """Title, description and picture for those who are sent a link to the page."""
    if doctree is None:
        return
    first = next((p.astext() for p in doctree.findall(nodes.paragraph)), "")
    words = re.sub(r"\s+", " ", first)
    about = words if len(words) <= 200 else words[:200].rsplit(" ", 1)[0] + " …"
    title = html.unescape(re.sub("<[^>]+>", "", context.get("title", "")))
    tags = {"og:type": "article", "og:title": title, "og:description": about, "og:site_name": app.config.project}
    home = site_address(app.confdir)
    if home:
        tags |= {"og:url": f"{home}{pagename}.html", "og:image": f"{home}_static/preview.png"}
    lines = [f'<meta property="{key}" content="{html.escape(value)}" />' for key, value in tags.items()]
    lines.append(f'<meta name="description" content="{html.escape(about)}" />')
    context["metatags"] = context.get("metatags", "") + "\n    ".join(["", *lines])


def add_provenance(app, pagename, templatename, context, doctree):
    """At the foot of each page: from which commit and with which versions it was made."""
    commit = git(app.confdir, "rev-parse", "--short", "HEAD") or "no commit"
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "matplotlib", "scikit-learn"))
    context["theme_extra_footer"] = (
        f"<p>Made from {commit} with Python {platform.python_version()}, {versions}. "
        "Each notebook was executed for this page, and each printed number is compared with the stored one when the tests run.</p>"
    )


def make_references_list_items(app, pagename, templatename, context, doctree):
    """Give the entries of a bibliography, a list, the role of list items; docutils gives them one that ARIA has dropped."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def git(root, *words):
    """What git says, or nothing where there is no git or no repository."""
    try:
        return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


# -- statements and their tests -----------------------------------------------------------------------------------

CLAIMS = ("theorem", "proposition", "lemma", "corollary")


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


# -- docstrings on the page of the package --------------------------------------------------------------------------


def mark_up_docstring(app, what, name, obj, options, lines):
    """Give autodoc a docstring of this package as reStructuredText, in place."""
    lines[:] = restructured("\n".join(lines)).splitlines()


def restructured(docstring):
    """A docstring as reStructuredText: formulas and examples as they stand, sections as lists, and all else as plain words."""
    found = []
    for part in re.split(r"\n\s*\n", docstring.strip("\n")):
        heading = re.match(r"([A-Z]\w+)\n-{3,}\n", part)
        title, text = (f"*{heading[1]}.* ", part[heading.end() :]) if heading else ("", part)
        if text.startswith(">>>"):
            found += [title.strip(), text]
        elif text.startswith("    "):
            found.append(".. code-block:: text\n\n" + text)
        elif heading and heading[1] in ("Parameters", "Attributes"):
            entries = re.findall(r"^(\S.*?) : (.*(?:\n +.*)*)", text, re.MULTILINE)
            found += [title.strip(), *(f"- ``{name}``: {escaped(' '.join(said.split()))}" for name, said in entries)]
        else:
            found.append(title + escaped(text))
    return "\n\n".join(found)


def escaped(text):
    """Words in which only names in backquotes and *emphasized words* are marked up."""
    pieces = re.split(r"`+([^`]+)`+|(?<!\w)(\*\w[\w ]*\*)(?!\w)", text)
    for k in range(0, len(pieces), 3):
        pieces[k] = re.sub(r"([\\*|`]|_(?!\w))", r"\\\1", pieces[k])
    for k in range(1, len(pieces), 3):
        pieces[k], pieces[k + 1] = "\\ " + (f"``{pieces[k]}``" if pieces[k] else pieces[k + 1]) + "\\ ", ""
    return "".join(pieces)
