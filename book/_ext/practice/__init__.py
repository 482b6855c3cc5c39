"""Exercises done on the page: what Sphinx adds to each stub, and the files that a press of its button asks for.

The stub of an exercise (a code cell with the tag `stub`) is put into a
`<div class="exercise">`, with what its answer needs to know as JSON: the names
of its checks, the set-up out of the chapter, and where its heading and its task
stand. `practice.js` adds a button; pressed, it loads `editor.mjs`, and with it
`python.mjs`, which starts `worker.mjs`, in which Pyodide executes `harness.py`. Without a press nothing of
this but the button reaches a reader.
"""

import ast
import functools
import hashlib
import html
import json
import os
import symtable
import sys
from pathlib import Path

import nbformat
from beside import lay_beside
from docutils import nodes

import reglesson

HERE = Path(__file__).parent
# what the page's Python has without another fetch; an answer may import more
LIGHT = {*sys.stdlib_module_names, "numpy", "reglesson"}
# what changes a list, a set or a dictionary where it is
FILL = set("append extend insert add update setdefault remove discard pop popitem clear sort reverse".split())
HEAVY = {"reglesson.explore", "reglesson.figures", "reglesson.style"}  # they need matplotlib


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("doctree-read", wrap_exercises)
    app.connect("html-page-context", load_script)
    app.connect("build-finished", lay_beside(HERE))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


# -- what an exercise needs of its chapter ------------------------------------------------------------------------


@functools.cache
def bound(statement):
    """The names that a statement of a cell's top level binds, or whose values it fills."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.split(".")[0] for alias in statement.names}
    calls = [n.func for n in ast.walk(statement) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    filled = [call.value for call in calls if call.attr in FILL]
    filled += [n.value for n in ast.walk(statement) if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)]
    names = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return names | {n.id for n in filled if isinstance(n, ast.Name)}


@functools.cache
def statements_of(cell):
    """The statements of a cell; the same ones each time, so that what was read of them is kept."""
    return ast.parse(cell).body


@functools.cache
def read(statement):
    """The names of the notebook that a statement reads, itself or in the functions that it defines; not what is local there."""
    names, waiting = set(), [symtable.symtable(ast.unparse(statement), "cell", "exec")]
    while waiting:
        table = waiting.pop()
        outermost = table.get_type() == "module"
        read_here = [symbol for symbol in table.get_symbols() if symbol.is_referenced()]
        names |= {symbol.get_name() for symbol in read_here if outermost or symbol.is_global()}
        waiting += table.get_children()
    return names


@functools.cache
def replaced(statement):
    """The names that a statement binds whatever they were before; a loop of a chapter runs at least once."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
        return bound(statement)
    if isinstance(statement, ast.For):
        return stored(statement.target).union(*map(replaced, statement.body))
    return set().union(*map(stored, statement.targets)) if isinstance(statement, ast.Assign) else set()


def stored(target):
    """The names that stand themselves on the left of an assignment, alone or in a row."""
    return {n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def needs(statements, known):
    """The names that some statements read which they have not bound themselves before, and which are not known."""
    names, known = set(), set(known)
    for statement in statements:
        if isinstance(statement, ast.For):  # what it runs over is read first, and its body knows where it is
            names |= read(statement.iter) - known | needs([*statement.body, *statement.orelse], known | stored(statement.target))
        else:
            names |= read(statement) - known
        known |= replaced(statement)
    return names


@functools.cache
def called(statement):
    """The names of the notebook that functions read which a statement defines: they are read when the functions are called."""
    inner = [n for n in ast.walk(statement) if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.Lambda))]
    return set().union(*map(read, inner)) & read(statement)


def later(names, statements, seen):
    """The names that functions read when they are called, of those functions that stand behind some names, near or far."""
    found = set()
    for name in names - seen:
        seen.add(name)
        for statement in statements:
            if name in bound(statement):
                found |= called(statement) | later(read(statement), statements, seen)
    return found


def light(statement):
    """Whether a statement imports only what the page's Python has already."""
    if isinstance(statement, ast.ImportFrom):
        modules = [statement.module, *(f"{statement.module}.{alias.name}" for alias in statement.names)]
    elif isinstance(statement, ast.Import):
        modules = [alias.name for alias in statement.names]
    else:
        return False
    return all(module.split(".")[0] in LIGHT and module not in HEAVY for module in modules)


def setup_of(cells, answers, also=()):
    """The part of a chapter that answers to an exercise need: its light imports, and what defines the names that they read.

    Parameters
    ----------
    cells : list of str
        The code cells before the exercise, without those of other exercises.
    answers : list of str
        The code of the stub and of the solution.
    also : iterable of str
        More names that a reader is to try an answer on.

    Returns
    -------
    str
        Python code, in the order of the chapter.
    """
    statements = [statement for cell in cells for statement in statements_of(cell)]
    wanted, kept = set(also), []
    for answer in answers:
        wanted |= needs(ast.parse(answer).body, ())
    wanted |= later(wanted, statements, set())
    for k, statement in reversed(list(enumerate(statements))):
        if not light(statement) and not bound(statement) & wanted:
            continue
        kept.append(k)
        asked = needs([statement], ())
        wanted = (wanted - replaced(statement)) | asked | later(asked, statements[:k], set())
    return "\n".join(ast.unparse(statements[k]) for k in sorted(kept))


def exercises(path):
    """The exercises of a notebook, in order: [{name, wanted, setup, hash, stub, solution}, ...]."""
    before, found = [], []
    for cell in nbformat.read(path, as_version=4).cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or "claim" in tags:
            continue
        if "stub" in tags:
            calls = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Call) and ast.unparse(n.func) == "check"]
            wanted = [ast.literal_eval(call.args[0]) for call in calls]
            found.append({"name": wanted[0], "wanted": wanted, "stub": cell.source, "before": list(before),
                          "hash": hashlib.sha256(cell.source.encode()).hexdigest()[:8],
                          "also": [tag.removeprefix("needs-") for tag in tags if tag.startswith("needs-")]})  # fmt: skip
        elif "solution" in tags:
            found[-1]["solution"] = cell.source
            answers, also = [found[-1]["stub"], cell.source], found[-1].pop("also")
            found[-1]["setup"] = setup_of(found[-1].pop("before"), answers, also)
        else:
            before.append(cell.source)
    return found


# -- pages --------------------------------------------------------------------------------------------------------


def wrap_exercises(app, doctree):
    """Put each stub of a page into a box that the page's script knows, with what its answer needs."""
    path = Path(app.env.doc2path(app.env.docname))
    stubs = [n for n in doctree.findall(nodes.container) if "tag_stub" in n.get("classes", [])]
    if path.suffix != ".ipynb" or not stubs:
        return
    found = exercises(path)
    for stub, exercise in zip(stubs, found, strict=True):
        name, section = exercise["name"], stub.parent
        task = section[1 : section.index(stub)]
        described = [p for n in task for p in n.findall(nodes.paragraph) if p.parent in (section, n)]
        for k, paragraph in enumerate(described):
            paragraph["ids"] = [*paragraph["ids"], f"task-{name}-{k}"]
        data = {key: exercise[key] for key in ("wanted", "setup", "hash")}
        data |= {"heading": f"heading-{name}", "task": " ".join(p["ids"][-1] for p in described)}
        title = section.next_node(nodes.title)
        title.insert(0, nodes.raw("", f'<span id="heading-{name}">', format="html"))
        title.append(nodes.raw("", "</span>", format="html"))
        text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/").replace("<!--", "<\\u0021--")
        begin = f'<div class="exercise" data-exercise="{html.escape(name)}" data-state="idle">'
        end = f'<script type="application/json">{text}</script></div>'
        at = section.index(stub)
        section.insert(at + 1, nodes.raw("", end, format="html"))
        section.insert(at, nodes.raw("", begin, format="html"))
    app.env.metadata[app.env.docname]["exercises"] = [each["name"] for each in found]


def pyodide_home(confdir):
    """Where the page's Python comes from, as seen from the script's folder: the same place as JupyterLite's."""
    sys.path.append(str(Path(confdir) / "tools"))
    try:
        import lite
    finally:
        sys.path.pop()
    return "../lite/static/pyodide/" if os.environ.get("PYODIDE_FOLDER") else lite.PYODIDE.rsplit("/", 1)[0] + "/"


def places(app):
    """Where Python and the package are, as attributes of a script that lies in a folder beside the pages' `_static`."""
    wheel = f"../lite/pypi/reglesson-{reglesson.__version__}-py3-none-any.whl"
    return {"data-pyodide": pyodide_home(app.confdir), "data-wheel": wheel}


def load_script(app, pagename, templatename, context, doctree):
    """On a page with exercises, the script that adds their buttons, and where Python and the package are."""
    if doctree is None or not app.env.metadata.get(pagename, {}).get("exercises"):
        return
    app.add_js_file("../practice/practice.js", loading_method="async", **places(app))
    app.add_css_file("../practice/practice.css")
