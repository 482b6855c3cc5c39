"""Exercises on the page, without a browser: what each needs of its chapter, and what is said of whatever a reader writes."""

import ast
import json

import check_site
import pytest
from docutils import nodes
from practice import exercises, harness, read, setup_of, wrap_exercises

ROOT = check_site.ROOT
ALL = {e["name"]: e for path in sorted((ROOT / "book").glob("*.ipynb")) for e in exercises(path)}


def run(code, exercise):
    """The state, the sentence, and what is printed."""
    said = json.loads(harness.run(code, exercise["setup"], exercise["wanted"]))
    return said["state"], said["says"], said["output"]


@pytest.mark.parametrize("name", ALL)
def test_a_stub_alone_is_not_yet_right_and_the_solution_alone_is(name):
    exercise = ALL[name]
    state, says, _ = run(exercise["stub"], exercise)
    assert state == "not-yet" and says.startswith("Not yet: ")
    assert run(exercise["solution"], exercise)[:2] == ("right", "Right.")


@pytest.mark.parametrize(("name", "call"), [
    ("l2-loo", "round(leave_one_out(standard, y_sick, choose(standard, y_sick, [0.1, 1.0], np.random.default_rng(0))))"),
    ("choosing-nested", "len(nested_errors(Z, np.random.default_rng(12).permutation(y_known), grid, np.arange(100) % 5))"),
])  # fmt: skip
def test_what_a_task_has_readers_try_their_answer_on_is_there(name, call):
    state, _, printed = run(f"{ALL[name]['solution']}\nprint({call})", ALL[name])
    assert state == "right" and int(printed.split()[-1]) > 0


def test_a_setup_is_light_and_holds_only_what_the_answer_reads():
    cells = [
        "import numpy as np\nfrom sklearn.linear_model import Ridge\nfrom reglesson.explore import explore",
        "from reglesson import l2, figures",
        "def used(x):\n    return np.sum(x) * factor\ndef unused(x):\n    return Ridge()",
        "factor = 3\nslow = unused(1)",
        "factor = factor + 1",
    ]  # fmt: skip
    setup = setup_of(cells, ["def answer(slow): return used(slow)", "answer = used"])
    assert setup.splitlines() == [
        "import numpy as np", "def used(x):", "    return np.sum(x) * factor", "factor = 3", "factor = factor + 1",
    ]  # fmt: skip


def test_a_setup_leaves_out_what_is_bound_anew_before_it_is_read():
    cells = [
        "def f():\n    return late + g(0)\ndef g(x): return slow()",
        "late = slow()",
        "late = 2\ndef g(x): return x\nh = lambda: f()\nk = [h]",
        "for rng in slow():\n    kept = {rng: 1}",
        "kept, rng = {}, 3",
        "for rng in range(rng):\n    half = rng / 2\n    kept[rng] = half",
        "half = slow()",
        "for half in []:\n    print(half)",
    ]  # fmt: skip
    setup = setup_of(cells, ["for half in kept:\n    print(half)\nanswer = k[0]() + kept[2]"])
    assert setup.splitlines() == [
        "def f():", "    return late + g(0)", "late = 2", "def g(x):", "    return x", "h = lambda: f()", "k = [h]",
        "kept, rng = ({}, 3)", "for rng in range(rng):", "    half = rng / 2", "    kept[rng] = half",
    ]  # fmt: skip
    names = {}
    exec(f"{setup}\nanswer = k[0]() + kept[2]", names)
    assert names["answer"] == 3


@pytest.mark.parametrize("line", ["pairs.remove(2)", "pairs.pop()", "pairs.insert(0, 5)", "pairs.sort()", "pairs.clear()"])
def test_what_changes_a_list_in_its_place_is_part_of_the_setup(line):
    cells = ["pairs = [3, 1, 2]\nothers = [1]", f"others.append(2)\n{line}"]
    assert setup_of(cells, ["print(pairs)"]) == f"pairs = [3, 1, 2]\n{line}"


@pytest.mark.parametrize(("code", "names"), [
    ("def f(x, y=z):\n    a = x\n    return a + b", {"z", "b"}),
    ("c = [k for k in d]", {"d"}),
    ("def f():\n    def g():\n        return h\n    return g", {"h"}),
])  # fmt: skip
def test_what_is_local_to_a_function_is_not_read_of_the_notebook(code, names):
    [statement] = ast.parse(code).body
    assert read(statement) == names


FIRST = next(iter(ALL.values()))


@pytest.mark.parametrize(("code", "state", "words"), [
    ("x = 1\n\nboom", "failed", "Line 3: NameError: name 'boom' is not defined."),
    ("def f(:\n    pass", "failed", "Line 1: SyntaxError: invalid syntax."),
    ("import nowhere", "failed", "Line 1: there is no module 'nowhere' here; NumPy, reglesson and Python's own library are."),
    ("def f(n):\n    return f(n + 1)\nf(0)", "failed", "Line 2: a function calls itself without end (RecursionError)."),
    ("try:\n    while True: print('x' * 999)\nexcept Exception: pass", "failed", "Your code printed more than 20,000 characters"),
    ("check = print", "failed", "The name check now means something of yours"),
    ("print('Right.')", "not-yet", "Nothing was checked"),
    ("import sys\nsys.exit()", "failed", "Line 2: SystemExit."),
    ("check('no-such-exercise', 1)", "not-yet", "Nothing was checked"),
    ("", "not-yet", "Nothing was checked"),
])  # fmt: skip
def test_whatever_a_reader_writes_gets_a_sentence(code, state, words):
    got = run(code, FIRST)
    assert got[0] == state and got[1].startswith(words), got


def test_prints_are_shown_whole_and_runs_do_not_see_each_other():
    assert run("print('a')\nprint('b', end='')\nkept = 1", FIRST)[2] == "a\nb"
    assert "NameError" in run("kept", FIRST)[1]
    assert len(run("print('x' * 50_000)", FIRST)[2]) == 20_000


def test_a_warning_of_the_answer_is_shown():
    assert run("import warnings\nwarnings.warn('careful')", FIRST)[2] == "Line 2: UserWarning: careful\n"


def test_a_check_that_is_imported_anew_counts_and_the_books_own_is_put_back():
    from reglesson.exercises import check

    assert run("from reglesson.exercises import check\n" + FIRST["solution"], FIRST)[0] == "right"
    from reglesson import exercises

    assert exercises.check is check


def test_a_box_tells_where_its_heading_and_its_task_stand():
    name = "l2-alpha"
    path = ROOT / "book" / "l2.ipynb"
    sections = []
    for _ in exercises(path):
        stub = nodes.container(classes=["cell", "tag_stub"])
        sections.append(nodes.section("", nodes.title(text="Exercise"), nodes.paragraph(text="Do it."), stub))

    class App:
        class env:
            docname, metadata = "book/l2", {"book/l2": {}}

            @staticmethod
            def doc2path(docname):
                return str(path)

    document = nodes.section("", *sections)
    wrap_exercises(App, document)
    begin, _, end = sections[0].children[-3:]
    assert begin.astext() == f'<div class="exercise" data-exercise="{name}" data-state="idle">'
    data = json.loads(end.astext().split(">", 1)[1].split("</script>")[0])
    assert (data["wanted"], data["heading"], data["task"]) == ([name], f"heading-{name}", f"task-{name}-0")
    assert sections[0][1]["ids"] == [f"task-{name}-0"]
