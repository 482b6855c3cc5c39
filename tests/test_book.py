"""The notebooks: canonical, honest, complete. That their outputs are right is nbval's to say; here it is seen to say no."""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import contents
import ipywidgets
import live_moves
import nbformat
import notebooks
import numpy as np
import pytest
import statements
from conftest import NO_SLIDERS

from reglesson.explore import explore, slider

ROOT = Path(__file__).resolve().parent.parent
BOOK = notebooks.book()
CHAPTERS = [ROOT / f"{page}.ipynb" for page in contents.numbered(ROOT)]
FENCE = re.compile(r"^(`{3,}|~{3,}|:{3,})(.*)$")
CLAIM = re.compile(r"\{prf:(\w+)\}")


def read(path):
    return nbformat.read(path, as_version=4)


def blocks(text):
    """The fenced blocks of Markdown, outer before inner: [(what the fence says, the lines within), ...]."""
    lines, found = text.splitlines(), []
    for start, line in enumerate(lines):
        fence = FENCE.match(line.strip())
        if not fence or not fence[2].strip():
            continue
        end = next((k for k in range(start + 1, len(lines)) if lines[k].strip() == fence[1]), len(lines))
        found.append((fence[2].strip(), lines[start + 1 : end]))
    return found


def prose(path):
    """All Markdown of a page."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    return "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")


def code_cells(path, tag=None):
    return [c for c in read(path).cells if c.cell_type == "code" and (tag is None or tag in c.metadata.get("tags", []))]


def printed(cell):
    return "".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in cell.outputs)


def explored(cell):
    """The calls of `explore` in a cell of code."""
    return [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Call) and ast.unparse(n.func) == "explore"]


def labels(path):
    """The labels of a page's theorem-like boxes."""
    found = []
    for says, lines in blocks(prose(path)):
        box = CLAIM.match(says)
        if box and box[1] in statements.CLAIMS:
            label = [line.split(":label:")[1].strip() for line in lines if line.startswith(":label:")]
            assert label, f"{path.name}: the {box[1]} {says!r} has no label"
            found += label
    return found


def name_of(path):
    return path.stem


# -- each notebook ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", BOOK, ids=name_of)
def test_a_notebook_is_stored_in_canonical_form(path):
    assert notebooks.canonical(read(path)) == path.read_text(encoding="utf-8"), "run `make notebooks`, or `make notebooks ONLY=...`"


@pytest.mark.parametrize("path", BOOK, ids=name_of)
def test_a_notebook_was_executed_and_nothing_in_it_escapes_comparison(path):
    for cell in code_cells(path):
        assert not re.search(r"nbval|raises-exception", " ".join(cell.metadata.get("tags", [])), re.IGNORECASE)
        assert "NBVAL" not in cell.source and "PYTEST_VALIDATE" not in cell.source
        assert not [o for o in cell.outputs if o.output_type == "error" or o.get("name") == "stderr"], cell.source
        tree = ast.parse(cell.source)
        last = tree.body[-1] if tree.body else None
        shows = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and ast.unparse(last.value.func) == "explore"
        if shows or re.search(r"^(print|check)\(", cell.source, re.MULTILINE):
            assert cell.outputs, f"this cell has no stored output:\n{cell.source}"


@pytest.mark.parametrize("path", BOOK, ids=name_of)
def test_what_a_notebook_prints_is_the_same_on_every_machine(path):
    for cell in code_cells(path):
        text = printed(cell)
        assert not re.search(r"\bat 0x[0-9a-f]+", text), f"an address of memory:\n{text}"
        assert not re.search(r"\de-(1[3-9]|[2-9]\d)\b", text), f"a rounding error as a number:\n{text}"


@pytest.mark.parametrize("path", BOOK, ids=name_of)
def test_every_figure_is_an_explorer_with_words_for_what_one_sees(path):
    names = []
    for cell in code_cells(path):
        assert not re.search(r"pyplot|%matplotlib|pylab", cell.source)
        pictures = [o for o in cell.outputs if "image/png" in o.get("data", {})]
        calls = explored(cell)
        assert len(pictures) == len(calls), "a picture that `explore` did not make, or a call of it that shows nothing"
        for call, picture in zip(calls, pictures, strict=True):
            draw = next(f for c in code_cells(path) for f in ast.walk(ast.parse(c.source))
                        if isinstance(f, ast.FunctionDef) and f.name == call.args[0].id)  # fmt: skip
            caption = ast.get_docstring(draw) or ""
            assert len(caption.split()) >= 6, f"{draw.name}: say what one sees"
            assert not re.search(r"\b(black|white)\b", caption, re.IGNORECASE), f"{draw.name}: on a dark page it is the other"
            assert picture["data"]["text/plain"].strip()
            names.append(draw.name)
    assert len(names) == len(set(names)), "two figures of one name"
    for alt in re.findall(r"!\[([^\]]*)\]\(", prose(path)):
        assert alt.strip(), "a picture without alternative text"


def bound(tree):
    """The names that the top level of a cell binds; what a comprehension binds stays within it."""
    names = set()

    def visit(node):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
        elif not isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)):
            for child in ast.iter_child_nodes(node):
                visit(child)

    visit(tree)
    return names


def read_by(name, functions):
    """The global names that a function reads, and the functions that it calls, and so on."""
    found, waiting = set(), [name]
    while waiting:
        function = functions.get(waiting.pop())
        if function is None:
            continue
        own = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        own |= {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
        new = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)} - own - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("path", BOOK, ids=name_of)
def test_no_later_cell_changes_what_an_explorer_reads(path):
    """In a live kernel a slider is moved when all cells have run: a name used twice would spoil the earlier figure."""
    functions, reads = {}, {}
    for cell in code_cells(path):
        tree = ast.parse(cell.source)
        for name, needed in reads.items():
            changed = needed & bound(tree)
            assert not changed, f"{name} reads {sorted(changed)}, which this cell binds anew:\n{cell.source}"
        functions |= {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "explore":
                reads[call.args[0].id] = read_by(call.args[0].id, functions)


@pytest.mark.parametrize("path", BOOK, ids=name_of)
def test_a_stub_is_not_yet_right_and_a_solution_is(path):
    stubs, solutions = code_cells(path, "stub"), code_cells(path, "solution")
    assert len(stubs) == len(solutions) == len(re.findall(r"^### Exercise \d", prose(path), re.MULTILINE))
    for stub, solution in zip(stubs, solutions, strict=True):
        checked = [re.findall(r'check\(\s*"([^"]+)"', cell.source) for cell in (stub, solution)]
        assert checked[0] and checked[0] == checked[1], "a stub and its solution are checked by the same check"
        assert re.fullmatch(r"(Not yet: .+\n?)+", printed(stub)), f"{checked[0]}: {printed(stub)}"
        assert re.fullmatch(r"(Right\.\n?)+", printed(solution)), f"{checked[0]}: {printed(solution)}"


@pytest.mark.parametrize("path", BOOK, ids=name_of)
def test_every_answer_of_a_quiz_is_answered(path):
    for says, lines in blocks(prose(path)):
        if says.startswith("{admonition}") and ":class: quiz" in lines:
            options = [inner for inner in blocks("\n".join(lines)) if inner[0].startswith("{dropdown}")]
            verdicts = [re.match(r"(Yes|No)\. \S", "\n".join(inner).strip()) for _, inner in options]
            assert len(options) >= 2 and all(verdicts), f"{says}: feedback begins with Yes. or No. and says why"
            assert "Yes" in [v[1] for v in verdicts] and "No" in [v[1] for v in verdicts], f"{says}: right and wrong options"


@pytest.mark.parametrize("path", CHAPTERS, ids=name_of)
def test_a_chapter_has_what_a_chapter_has(path):
    text = prose(path)
    assert 4 <= len(re.findall(r"^### Exercise \d", text, re.MULTILINE)) <= 6
    assert 4 <= len(re.findall(r"^:class: quiz$", text, re.MULTILINE)) <= 6
    assert len(re.findall(r"^:class: predict$", text, re.MULTILINE)) >= 2
    moving = [c for c in code_cells(path) if re.search(r"^explore\(\s*\w+,", c.source, re.MULTILINE)]
    assert len(moving) >= 2
    assert torch_blocks(path)
    assert re.search(r"\{cite:[tp]\}", text)
    for heading in ("practice", "mistakes", "exercises", "quiz", "take"):
        assert re.search(rf"^## .*{heading}", text, re.MULTILINE | re.IGNORECASE), f"no section on {heading}"


@pytest.mark.parametrize("path", CHAPTERS, ids=name_of)
def test_a_guess_is_asked_for_before_each_explorer(path):
    asked = False
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            asked = asked or ":class: predict" in cell.source
        elif any(keyword.arg not in NO_SLIDERS for call in explored(cell) for keyword in call.keywords):
            assert asked, f"no question before this explorer:\n{cell.source[-200:]}"
            asked = False


# -- statements and their tests --------------------------------------------------------------------------------


def test_every_statement_has_a_test_and_every_such_test_a_statement():
    stated = {label: path.stem for path in [*BOOK, *sorted((ROOT / "book").glob("*.md"))] for label in labels(path)}
    tests = statements.statement_tests(ROOT / "tests")
    assert sorted(stated) == sorted(tests)
    for label, page in stated.items():
        assert label.startswith(page.replace("_", "-")), f"{label} stands in {page}"
        assert f"test_{page}.py" in [file for file, _, _ in tests[label]], f"{label} is tested in another file than test_{page}.py"


def test_no_two_statements_share_a_label():
    all_labels = [label for path in BOOK for label in labels(path)]
    assert len(all_labels) == len(set(all_labels))


# -- PyTorch, shown on the page and run where it is installed --------------------------------------------------


def torch_blocks(path):
    """The blocks of code that the page shows beside reglesson and scikit-learn."""
    shown = ["\n".join(lines) for says, lines in blocks(prose(path)) if says == "python"]
    return [block for block in shown if block.startswith("# PyTorch")]


@pytest.mark.parametrize("path", CHAPTERS, ids=name_of)
def test_the_pytorch_blocks_agree_with_reglesson(path, tmp_path):
    for block in torch_blocks(path):
        nodes = list(ast.walk(ast.parse(block)))
        assert any(isinstance(node, ast.Assert) for node in nodes), "a block ends in an assertion against reglesson"
        assert any(isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reglesson") for node in nodes)
    if importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed: its blocks were read, not run")
    for block in torch_blocks(path):
        subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", block], cwd=tmp_path, check=True, timeout=600)


# -- every notebook, cell by cell, against its stored outputs; and nbval is strict ---------------------------------------

PROBE = """
import numpy as np
from reglesson.l2 import ridge
rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 2)), rng.normal(size=20)
print("%.4f %.4f" % tuple(ridge(X, y, 0.5).coef))
"""


def nbval(path, *folders):
    """Whether strict nbval accepts a notebook, and what it says: every text output must be the stored one.

    Kernels find modules in the folders. No plugin is loaded but nbval: others take a second to import.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no_parsers", "-p", "nbval.plugin", "-p", "no:cacheprovider",
               "-p", "no:doctest", "-o", "addopts=", "-o", "filterwarnings=", "--nbval", "--nbval-cell-timeout=600",
               str(path)]  # fmt: skip
    found = os.pathsep.join([*map(str, folders), str(ROOT / "tools"), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = {**os.environ, "NO_COLOR": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": found}
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, encoding="utf-8", env=env)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode == 0, done.stdout


def sliders(path):
    """How many sliders each explorer of a notebook has that has some."""
    counts = [len({keyword.arg for keyword in call.keywords} - NO_SLIDERS) for cell in code_cells(path) for call in explored(cell)]
    return [count for count in counts if count]


def on_trial(path, folder):
    """A copy of a notebook in which each claim is put to the test where it stands, and every slider is moved in the last cell."""
    book = read(path)
    cells = [nbformat.v4.new_code_cell("import claims_live, live_moves\nlive_moves.watch()\nclaims_live.watch_order()")]
    for cell in book.cells:
        cells.append(cell)
        if "claim" in cell.metadata.get("tags", []):
            cells.append(nbformat.v4.new_code_cell(f"claims_live.put({cell.source!r})"))
    told = [nbformat.v4.new_output("stream", text=f"{sliders(path)}\n")]
    book.cells = [*cells, nbformat.v4.new_code_cell("print(live_moves.move())", outputs=told, execution_count=1)]
    nbformat.write(book, folder / path.name)
    return folder / path.name


def nbval_on_trial(path, folder):
    """What nbval says of such a copy."""
    return nbval(on_trial(path, folder), ROOT / "tests")


@pytest.mark.parametrize("lesson", BOOK, ids=name_of)
def test_every_cell_prints_what_is_stored_every_claim_holds_and_could_fail_and_every_slider_moves(lesson, tmp_path):
    same, said = nbval_on_trial(lesson, tmp_path)
    assert same, said


@pytest.fixture
def watched():
    """Figures that are shown in this process, watched as in a kernel."""
    live_moves.watch()
    yield
    ipywidgets.Widget.on_widget_constructed(None)


@pytest.mark.parametrize(
    ("picture", "sentence", "said"), [(1, 1, None), (0, 1, "more: the picture stays"), (1, 0, "more: the sentence stays: ")]
)
def test_a_slider_that_does_not_move_picture_and_sentence_is_found(watched, picture, sentence, said):
    def line(fig, slope, more):
        """Look at the line."""
        fig.subplots().plot([0, 1], [0, slope + picture * more])
        return f"It rises by {slope + sentence * more}."

    for _ in range(2):
        explore(line, slope=slider(0, 2, 1), more=slider(0, 2, 1))._repr_mimebundle_()
    if said is None:
        assert live_moves.move() == [2, 2]
    else:
        with pytest.raises(AssertionError, match=said):
            live_moves.move()


@pytest.mark.parametrize(
    ("claim", "said"), [("x > 1  # it is large", None), ("x < 1  # it is small", "does not hold: ['it is small']"),
                        ("abs(x) >= 0  # it is a number", "could not have failed: ['it is a number']")]
)  # fmt: skip
def test_a_claim_that_does_not_hold_or_could_not_fail_is_found_where_it_stands(tmp_path, claim, said):
    code = ["import numpy as np\nrng = np.random.default_rng(0)\nx = 2\ndef draw(): return rng.normal()",
            f"# Claim: x\nassert {claim}", "# Claim: a draw\nassert draw() < 9  # it is less than 9", "print(draw())"]  # fmt: skip
    cells = [nbformat.v4.new_code_cell(source, execution_count=k) for k, source in enumerate(code, 1)]
    for cell in cells[1:3]:
        cell.metadata["tags"] = ["claim"]
    # the draw that comes after that of the claim: spoiling takes none away
    second = np.random.default_rng(0).normal(size=2)[1]
    cells[-1].outputs = [nbformat.v4.new_output("stream", text=f"{second}\n")]
    path = tmp_path / "claims.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    (tmp_path / "copy").mkdir()
    same, told = nbval_on_trial(path, tmp_path / "copy")
    assert same == (said is None) and (said is None or said in told), told


@pytest.fixture
def probe(tmp_path):
    """A notebook that prints ridge weights, executed and stored as the book's are."""
    path = tmp_path / "probe.ipynb"
    cell = nbformat.v4.new_code_cell(PROBE)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    notebooks.execute(path)
    return path


def test_one_wrong_stored_number_turns_a_notebook_red(probe):
    assert nbval(probe)[0]
    text = probe.read_text(encoding="utf-8")
    [number] = re.findall(r'"(-?\d\.\d{4}) -?\d\.\d{4}\\n"', text)
    last = str((int(number[-1]) + 1) % 10)
    probe.write_text(text.replace(number, number[:-1] + last), encoding="utf-8")
    assert not nbval(probe)[0]


def test_a_wrong_number_in_the_stored_outputs_of_the_landing_page_is_seen(tmp_path):
    path = tmp_path / "index.ipynb"
    text = (ROOT / "index.ipynb").read_text(encoding="utf-8")
    number = re.search(r"error is (\d\.\d{3}) on", text)
    path.write_text(text[: number.start(1)] + "9.999" + text[number.end(1) :], encoding="utf-8")
    assert not nbval(path)[0]


def test_a_ridge_that_forgets_the_factor_n_turns_a_notebook_red(probe, tmp_path):
    shutil.copytree(ROOT / "reglesson", tmp_path / "reglesson", ignore=shutil.ignore_patterns("__pycache__"))
    module = tmp_path / "reglesson" / "l2.py"
    right = module.read_text(encoding="utf-8")
    wrong = right.replace("len(X) * lam", "lam")
    assert wrong != right
    module.write_text(wrong, encoding="utf-8")
    assert not nbval(probe, tmp_path)[0]


# -- the tool that executes and rewrites -----------------------------------------------------------------------


def test_what_is_volatile_does_not_reach_the_canonical_form():
    metadata = {"tags": ["hide-input"], "execution": {"iopub.status.idle": "now"}, "trusted": True}
    cell = nbformat.v4.new_code_cell("1 + 1\n", metadata=metadata)
    cell.execution_count = 7
    data = {"text/plain": "2", notebooks.WIDGET: {"model_id": "ab12"}, "image/png": "aGk=\n"}
    cell.outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="a\n"),
        nbformat.v4.new_output("stream", name="stdout", text="b\n"),
        nbformat.v4.new_output("execute_result", data=data, execution_count=7),
    ]
    one = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_code_cell("1 + 1\n")], metadata={"widgets": {"state": 1}})
    two = nbformat.from_dict(json.loads(json.dumps(one)))
    two.cells[0].id, two.cells[0].execution_count, two.cells[0].outputs[2].execution_count = "another", 8, 8
    two.cells[0].outputs[:2] = [nbformat.v4.new_output("stream", name="stdout", text="a\nb\n")]
    text = notebooks.canonical(one)
    assert text == notebooks.canonical(two) == notebooks.canonical(nbformat.reads(text, as_version=4))
    for word in ("ab12", "iopub", "widgets", "trusted"):
        assert word not in text
    nbformat.validate(nbformat.reads(text, as_version=4))
    ids = [c["id"] for c in json.loads(text)["cells"]]
    assert len(set(ids)) == 2


def test_a_change_of_source_or_output_changes_the_canonical_form():
    texts = []
    for source, shown in (("f(1)", "1"), ("f(2)", "1"), ("f(1)", "2")):
        cell = nbformat.v4.new_code_cell(source, outputs=[nbformat.v4.new_output("execute_result", data={"text/plain": shown})])
        texts.append(notebooks.canonical(nbformat.v4.new_notebook(cells=[cell])))
    assert len(set(texts)) == 3


@pytest.mark.parametrize(("source", "said"), [("x = 1\n1 / 0", "begins with 'x = 1' stops with ZeroDivisionError"),
                                              ("import sys\nprint(file=sys.stderr)", "writes to stderr: an empty line"),
                                              ("import sys\nprint(1, file=sys.stderr)", "writes to stderr")])  # fmt: skip
def test_a_notebook_that_fails_is_named_and_left_as_it_was(tmp_path, source, said):
    path = tmp_path / "broken.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), path)
    before = path.read_bytes()
    command = [sys.executable, str(ROOT / "tools" / "notebooks.py"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "broken.ipynb" in done.stderr and said in done.stderr
    assert path.read_bytes() == before


# -- all files -------------------------------------------------------------------------------------------------


def test_no_file_names_a_folder_of_one_machine():
    somewhere = re.compile(r"(?<![\w.<:/])/(?:home|Users|root|tmp|work|mnt)/\w|\b[A-Z]:\\\\?Users")
    kinds = {".py", ".ipynb", ".md", ".yml", ".toml", ".txt", ".js", ".css", ".cff", ""}
    for folder in ("book", "reglesson", "tests", "tools", "benchmarks", ".github", ".ci", "."):
        for path in (ROOT / folder).glob("*" if folder == "." else "**/*"):
            if path.is_file() and path.suffix in kinds and "__pycache__" not in path.parts and path != Path(__file__).resolve():
                text = re.sub(r'"image/png": "[^"]*"', "", path.read_text(encoding="utf-8"))
                assert not somewhere.search(text), f"{path.relative_to(ROOT)}: {somewhere.search(text)[0]}"
