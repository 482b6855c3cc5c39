"""The claims: what a chapter says of its figures and tables is asserted in a cell beside the words, and could have failed."""

import ast
import hashlib
import subprocess
import sys
from pathlib import Path

import claims
import nbformat
import numpy as np
import pytest
import sources
from test_book import CHAPTERS as COURSE
from test_book import ROOT, code_cells, name_of

CHAPTERS = [*COURSE, ROOT / "book" / "mistakes.ipynb"]  # the mistakes are nothing but numbers and what they say
# Chapters with fewer than twelve claims as yet. When yours has them, take it off this list.
NOT_YET = set()
DONE = [path for path in CHAPTERS if path.stem not in NOT_YET]


def test_the_list_of_chapters_that_are_not_done_is_not_too_long():
    ready = {path.stem for path in CHAPTERS if len(code_cells(path, "claim")) >= 12}
    assert not NOT_YET & ready, f"take {sorted(NOT_YET & ready)} off the list NOT_YET"
    assert NOT_YET <= {path.stem for path in CHAPTERS}


@pytest.mark.parametrize("path", CHAPTERS, ids=name_of)
def test_a_claim_is_a_cell_without_output_that_says_and_asserts_what_the_text_says(path):
    found = code_cells(path, "claim")
    assert path.stem in NOT_YET or len(found) >= 12
    for cell in found:
        assert "remove-cell" in cell.metadata["tags"] and not cell.outputs, cell.source
        assert cell.source.startswith("# Claim: "), cell.source
        nodes = claims.assertions(ast.parse(cell.source))
        assert nodes, cell.source
        for node in nodes:
            words = claims.sentence(cell.source, node)
            assert words != ast.unparse(node.test), f"say in words what this asserts:\n{words}"


def can_fall(path, kept):
    """Whether a claim of a chapter falls with other random numbers, unless the same chapter has passed it; and what was said."""
    same = sources.state(sources.ROOT, sources.where_kept()[2])  # the package, and what notebooks read
    key = hashlib.sha256(b"\0".join([same.encode(), path.read_bytes(), Path(claims.__file__).read_bytes()])).hexdigest()
    if kept.is_file() and kept.read_text(encoding="utf-8") == key:
        return True, "as before"
    done = subprocess.run([sys.executable, claims.__file__, "--other", str(path)], capture_output=True, text=True, encoding="utf-8")
    if done.returncode == 0:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(key, encoding="utf-8")
    return done.returncode == 0, done.stdout + done.stderr


# that each claim holds, and that each of its assertions could have failed, is seen in test_book.py, in the kernel of nbval


@pytest.mark.parametrize("lesson", DONE, ids=name_of)
def test_with_other_random_numbers_a_claim_of_the_chapter_falls(lesson):
    falls, said = can_fall(lesson, sources.ROOT / "_build" / "claims" / lesson.stem)
    assert falls, said


# -- the test of the claims, tested ------------------------------------------------------------------------------

CELLS = [
    ("import numpy as np\nfrom reglesson.explore import explore", ""),
    ("x = np.sort(np.random.default_rng(0).normal(size=5))\ny = np.arange(5.0)\ndef top(): return x.max()", ""),
    ("explore(lambda fig: 1 / 0)", ""),
    ("# Claim: x rises\nassert (np.diff(x) > 0).all()  # x rises", "claim"),
    ("# Claim: the square\n_s = x**2\nassert (_s >= 0).all()  # squares are never negative", "claim"),
    ("# Claim: the top\nassert abs(top() - TOP) < 1e-3  # the top is where it was", "claim"),
]


def chapter(folder, cells):
    """A notebook of some cells of code and their tags, the top of its data filled in."""
    top = float(np.random.default_rng(0).normal(size=5).max())
    notebook = nbformat.v4.new_notebook()
    for source, tag in cells:
        notebook.cells.append(nbformat.v4.new_code_cell(source.replace("TOP", repr(top)), metadata={"tags": [tag]} if tag else {}))
    nbformat.write(notebook, folder / "chapter.ipynb")
    return folder / "chapter.ipynb"


def told(report):
    return [[report.sentences[n] for n in numbers] for numbers in (report.wrong, report.toothless, report.fallen)]


def test_a_claim_that_nothing_can_contradict_is_found_and_other_numbers_are_tried(tmp_path):
    report = claims.examine(chapter(tmp_path, CELLS))
    assert report.claims == len(report.sentences) == 3
    assert told(report) == [[], ["squares are never negative"], ["the top is where it was"]] and not claims.sound(report)
    honest = claims.examine(chapter(tmp_path, [cell for cell in CELLS if "square" not in cell[0]]))
    assert claims.sound(honest), claims.say(tmp_path, honest)


def test_a_chapter_that_passed_is_tried_again_when_it_or_the_package_changes_and_one_that_failed_each_time(tmp_path, monkeypatch):
    kept = tmp_path / "kept" / "chapter"
    path = chapter(tmp_path, CELLS)
    assert "falls with other random numbers: the top" in can_fall(path, kept)[1] and can_fall(path, kept) == (True, "as before")
    chapter(tmp_path, CELLS[:-1])
    for _ in range(2):
        falls, said = can_fall(path, kept)
        assert not falls and "nothing falls with other random numbers" in said
    chapter(tmp_path, CELLS)
    can_fall(path, kept)
    monkeypatch.setattr(sources, "state", lambda root, depends: "another package")
    assert can_fall(path, kept)[1] != "as before"


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("assert (np.diff(x) < 0).all()  # x falls", "x falls"),
        ("for _ in []:\n    assert x[0] > 9  # never reached", "never reached"),
        ("assert x[7] > 0  # no such entry", "no such entry (stops with IndexError)"),
    ],
)
def test_a_claim_that_is_wrong_or_never_put_is_found(tmp_path, source, wrong):
    report = claims.examine(chapter(tmp_path, [*CELLS[:2], ("# Claim: wrong\n" + source, "claim")]))
    assert told(report)[0] == [wrong] and not claims.sound(report)


def test_a_chapter_of_which_nothing_depends_on_its_random_numbers_is_found(tmp_path):
    report = claims.examine(chapter(tmp_path, [*CELLS[:2], ("# Claim: y\nassert y[1] == 1  # y begins with 0, 1", "claim")]))
    assert told(report) == [[], [], []] and not claims.sound(report)


@pytest.mark.parametrize("way", claims.WAYS)
def test_everything_that_holds_numbers_is_spoiled(way):
    class Fit:
        def __init__(self):
            self.coef = np.array([1.0, 2.0])

    fit = Fit()
    for value in (fit.coef, [1, 2], (1.0, 2.0), {"a": 1, "b": 2}, fit):
        new = claims.spoiled(value, way)
        shown = [repr(getattr(each, "coef", each)) for each in (value, new)]
        assert type(new) is type(value) and shown[0] != shown[1]
    assert claims.spoiled(lambda: [1, 2], way)() != [1, 2]
    assert claims.spoiled("a word", way) == "a word" and list(fit.coef) == [1, 2]


def test_each_way_is_tried_though_one_leaves_a_number_as_it_was():
    assert claims.put("assert n != 0  # only zero contradicts it, and 5 in reverse is 5", 0, {"n": 5})[1:] == ([], [])


def test_with_a_name_spoiled_only_what_reads_it_is_executed_again_unless_that_says_something_else():
    calls = []
    space = {"x": 1, "y": 2, "slow": lambda y: calls.append(y) or y}
    source = "_s = slow(y)\nassert _s == 2  # two\nassert x == 1  # one"
    assert claims.put(source, 0, space)[1:] == ([], [])
    assert calls == [2, 2, 2]  # by the claim, by what reads `slow` with nothing spoiled, and with its answer negated: enough
    aliased = "_m = [x]\n_n = _m\n_n.append(2)\nassert len(_m) == 2  # a list of another name has grown, whatever is in it"
    assert claims.put(aliased, 0, space)[1:] == ([], [0])
    assert claims.put("_m = []\n_m.append(x)\nassert len(_m) == 1  # whatever is in it", 0, space)[1:] == ([], [0])
