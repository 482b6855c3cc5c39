"""The commands: `make book` does again what changed, stops at what is wrong with one sentence, and loses nothing."""

import ctypes
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import build as tool
import execution
import nbformat
import notebooks
import pytest
import sources
import took
from test_book import nbval

from reglesson.l2 import ridge

ROOT = Path(__file__).resolve().parent.parent
LESSON = """# A lesson

```{prf:definition} One
:label: l2-one
$1$ is one.
```

See {prf:ref}`l2-one`."""
CODE = """from pathlib import Path
from reglesson.l2 import ridge
print(ridge.__doc__.splitlines()[0])
print(f"{ridge([[0.0], [2.0]], [1.0, 5.0], lam=1.0).coef[0]:.3f}")
print("The files say", *(Path(f"../data/{name}").read_text() for name in ("points.csv", "notes.txt")))"""
CHANGED = ("*.yml", "*.ipynb", "book/*", "tools/*.py")  # what tests change in a project


def write_notebook(path, text, code):
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell(code)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project with a book of two pages, so that a build takes seconds. Of the two files that one reads, one is declared."""
    root = tmp_path_factory.mktemp("project")
    quiet = shutil.ignore_patterns("__pycache__", "*.ipynb", "*.md")
    for folder in ("reglesson", "tools", "book"):
        shutil.copytree(ROOT / folder, root / folder, ignore=quiet)
    for file in ("_config.yml", "pyproject.toml", "constraints.txt", "Makefile", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, root)
    (root / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: book/l2\n", encoding="utf-8")
    config = (root / "_config.yml").read_text(encoding="utf-8")
    declared = config.replace("explore_depends: [", "explore_depends: ['data/*.csv', ")
    assert declared != config
    (root / "_config.yml").write_text(declared, encoding="utf-8")
    (root / "data").mkdir()
    for name in ("points.csv", "notes.txt"):
        (root / "data" / name).write_text("one", encoding="utf-8")
    (root / "book" / "references.bib").touch()
    (root / "book" / "new.md").write_text("# New", encoding="utf-8")  # which the table does not name
    write_notebook(root / "index.ipynb", "# Home\n\nSee [the lesson](book/l2.ipynb).", "1 + 1")
    write_notebook(root / "book" / "l2.ipynb", LESSON, CODE)
    mine = (root / "book" / "l2.ipynb").read_text(encoding="utf-8").replace('"outputs": []', '"outputs": [ ]') + "\n\n"
    (root / "book" / "l2.ipynb").write_text(mine, encoding="utf-8")  # in no canonical form
    return root


def build(root, *words, **options):
    """Run the build in a copy of the project, with the copy's package."""
    command = [sys.executable, str(root / "tools" / "build.py"), "--pages-only", *words]
    env = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, encoding="utf-8", **options)


def pages(root):
    """The website: {file: its text}, without the sources that Sphinx copies."""
    site = root / "_build" / "html"
    return {p.relative_to(site).as_posix(): p.read_text(encoding="utf-8") for p in site.rglob("*.html")}


def built(root, *words):
    """Build, and see that it succeeds."""
    done = build(root, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def log_of(root):
    """What Jupyter Book said in the last build."""
    return (root / "_build" / "build.log").read_text(encoding="utf-8")


def pages_read(root):
    """Which pages Sphinx read in the last build."""
    return set(re.findall(r"reading sources\.\.\. \[.*?\] (\S+)", log_of(root)))


def notebooks_of(root):
    """{a reader's notebook: its bytes, and when it was written last}."""
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in root.rglob("*.ipynb") if "_build" not in p.parts}


@pytest.fixture(scope="module")
def first(project):
    """The first build: what it said, Jupyter Book's log, the website, and the notebooks before and after it."""
    before = notebooks_of(project)
    return built(project), log_of(project), pages(project), before, notebooks_of(project)


@pytest.fixture
def standing(project, first):
    """The project with a website that stands; what a test changes in its sources is put back."""
    kept = {p: p.read_bytes() for name in CHANGED for p in project.glob(name) if p.is_file()}
    yield project
    for path in [p for name in CHANGED for p in project.glob(name) if p.is_file() and p not in kept]:
        path.unlink()
    for path, content in kept.items():
        if path.read_bytes() != content:  # Sphinx reads anew what was written since
            path.write_bytes(content)


@pytest.fixture
def here(standing, monkeypatch):
    """The same, with the build's own functions at work on it in this process."""
    for name in ("SITE", "STAMP", "NEXT", "READ", "LITE"):
        monkeypatch.setattr(tool, name, standing / getattr(tool, name).relative_to(ROOT))
    monkeypatch.setattr(sources, "ROOT", standing)
    monkeypatch.setattr(execution, "SECONDS", standing / "_build" / ".seconds.json")
    return standing


def refused(done, *said):
    """A build that failed told each of these words, that the website stands, and no traceback of ours."""
    assert done.returncode == 1, done.stdout + done.stderr
    for words in said:
        assert words in done.stdout + done.stderr, done.stdout + done.stderr
    assert "The website was not built; a website that stood before still does." in done.stderr
    assert "Traceback (most recent call last):\n  File" not in done.stderr


# -- what is done again, and what is not ---------------------------------------------------------------------------


def test_the_first_build_executes_each_notebook_once(first):
    said, log, made, *_ = first
    assert "2 to execute" in said
    assert "Using cached notebook" in log and "Executing notebook" not in log  # by Jupyter Book, once more
    assert f"{ridge.__doc__.split()[0]} that minimize" in made["book/l2.html"] and "The files say one one" in made["book/l2.html"]


def test_the_book_is_built_again_when_the_package_changes_and_only_then(standing):
    page = standing / "_build" / "html" / "book" / "l2.html"
    module, declared, unknown = (standing / name for name in ("reglesson/l2.py", "data/points.csv", "data/notes.txt"))
    text, old = module.read_text(encoding="utf-8"), ridge.__doc__.split()[0]
    assert text.count(f'"""{old} that minimize') >= 1
    module.write_text(text.replace(f'"""{old} that minimize', '"""Changed: what minimizes'), encoding="utf-8")
    assert "2 to execute" in built(standing)
    assert "Changed: what minimizes" in page.read_text(encoding="utf-8")
    declared.write_text("two", encoding="utf-8")  # it lies outside book/
    assert "2 to execute" in built(standing)
    assert "The files say two one" in page.read_text(encoding="utf-8")
    unknown.write_text("three", encoding="utf-8")
    assert "Nothing changed" in built(standing)  # it is not declared, and who reads it is not known
    assert "2 to execute" in built(standing, "--force")
    assert "The files say two three" in page.read_text(encoding="utf-8") and pages_read(standing) == {"book/l2", "index"}


def test_after_a_change_of_one_page_only_that_page_is_read_and_the_website_is_that_of_a_fresh_build(standing):
    text = LESSON
    for old, new in (("is one.", "is one and only one."), ("# A lesson", "# A lesson anew"), ("} One", "} The one")):
        text = text.replace(old, new)
    write_notebook(standing / "book" / "l2.ipynb", text, CODE)
    os.utime(standing / "book" / "l2.ipynb", (1, 1))  # a file that comes from a backup may be older than the last build
    built(standing)
    assert pages_read(standing) == {"book/l2"}, log_of(standing)
    quick = pages(standing)
    assert "one and only one" in quick["book/l2.html"] and "(The one)" in quick["book/l2.html"]
    assert "A lesson anew" in quick["index.html"] and "A lesson anew" in quick["search.html"], "the table of contents of each page"
    (standing / "constraints.txt").write_text("# what pages share has changed\n", encoding="utf-8")
    assert "all as executed before" in built(standing)
    assert pages_read(standing) == {"book/l2", "index"}
    assert pages(standing) == quick


PAGE = """# Page {k}

```{{prf:theorem}} The number {k}
:label: p{k}-number
${k}$ is a number.
```

```{{index}} single: number {k}
```

Before {{prf:ref}}`p{next}-number` comes {k}, see {{cite:p}}`one`, {{doc}}`p{next}` and {{eq}}`eq-{next}`.

## Below {k}

```{{math}}
:label: eq-{k}
x = {k}
```
"""
# each is found by another part: the reading of a page, the resolving of its references, its writing
WARNS = {2: ("```{nothing}\n```", "Unknown directive type: 'nothing'"), 3: ("{prf:ref}`nowhere`", "target not found: nowhere"),
         7: ("```unheard\nx\n```", "lexer name 'unheard' is not known")}  # fmt: skip


def test_many_processes_make_the_website_of_one_and_tell_the_same_warnings(tmp_path):
    shutil.copytree(ROOT / "book" / "_ext", tmp_path / "book" / "_ext", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("book/_static", "book/_templates", "reglesson", "tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("_config.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "book" / "references.bib").write_text("@misc{one, author={A. One}, title={One}, year={2001}}", encoding="utf-8")
    bibliography = "```{bibliography}\n```"
    for k in range(8):
        more = [WARNS[k][0]] if k in WARNS else [bibliography] if k == 6 else []
        text = "\n\n".join([PAGE.format(k=k, next=(k + 1) % 8), *more])
        (tmp_path / "book" / f"p{k}.md").write_text(text, encoding="utf-8")
    rest = "".join(f"    - file: book/p{k}\n" for k in range(1, 8))
    toc = f"format: jb-book\nroot: book/p0\nparts:\n- caption: All\n  numbered: true\n  chapters:\n{rest}"
    (tmp_path / "_toc.yml").write_text(toc, encoding="utf-8")
    made = {}
    for cores in (0, 2):
        out = tmp_path / f"out{cores}"
        words = ["build", str(tmp_path), "--path-output", str(out), "-n", "-W", "--keep-going"]
        program = f"import os; os.cpu_count = lambda: {cores}; import jupyter_books; from jupyter_book.cli.main import main; main()"
        env = {**os.environ, "PYTHONPATH": str(ROOT / "tools"), "NO_COLOR": "1"}
        done = subprocess.run([sys.executable, "-c", program, *words], env=env, capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == 1, done.stdout + done.stderr
        told = sorted(line for line in done.stderr.splitlines() if "WARNING" in line)
        for _, said in WARNS.values():
            assert len([line for line in told if said in line]) == 1, done.stderr
        html = out / "_build" / "html"
        made[cores] = told, {p.relative_to(html): p.read_bytes() for p in html.rglob("*") if p.is_file()}
    assert made[0] == made[2]
    assert "Theorem 3.1" in made[2][1][Path("book/p2.html")].decode()


def test_a_build_begins_without_what_makes_parsers_of_addresses():
    for first in ("build", "jupyter_books"):
        command = [sys.executable, "-c", f"import sys, {first}, jsonschema; print('lark' in sys.modules)"]
        env = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
        told = subprocess.run(command, env=env, capture_output=True, text=True, check=True, encoding="utf-8").stdout
        assert told == "False\n", first


def test_jupyterlite_is_built_again_only_when_it_would_be_another(tmp_path, monkeypatch):
    for name, text in (("index.ipynb", "{}"), ("_toc.yml", "format: jb-book\nroot: index\n"), ("LICENSE", "as you like")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "LITE", tmp_path / "lite")
    monkeypatch.setattr(tool.lite, "build", lambda root, site, say: say("made"))
    renewed = []
    monkeypatch.setattr(tool.lite, "renew", lambda root, site: renewed.append(site))
    as_before, anew = "JupyterLite: as built before.", "JupyterLite: as built before, with the notebooks as they are now."
    assert [tool.build_lite(), tool.build_lite()] == ["made", as_before]
    (tmp_path / "index.ipynb").write_text("{ }", encoding="utf-8")
    assert [tool.build_lite(), tool.build_lite()] == [anew, as_before]
    assert renewed == [tmp_path / "lite"]
    (tmp_path / "LICENSE").write_text("ask me", encoding="utf-8")
    assert [tool.build_lite(), tool.build_lite()] == ["made", as_before]
    (tmp_path / "other.ipynb").write_text("{}", encoding="utf-8")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters: [{file: other}]\n", encoding="utf-8")
    assert [tool.build_lite(), tool.build_lite()] == ["made", as_before] and len(renewed) == 1


def test_what_a_build_and_the_tests_took_is_kept_by_its_kind_and_stands_beside_its_goal(tmp_path, monkeypatch):
    assert [tool.kind_of(*how) for how in ((True, 33), (False, 1), (False, 2))] == [*list(took.GOALS)[:2], None]
    monkeypatch.setattr(took, "KEPT", tmp_path / "_build" / took.KEPT.name)
    assert took.beside_goals() == {}
    took.remember("every test", 70)  # there is no folder, and so nothing is kept
    took.KEPT.parent.mkdir()
    took.KEPT.write_text("", encoding="utf-8")  # cut off by a full disk
    assert took.beside_goals() == {}
    for what, seconds in (("every test", 70), ("a build with nothing changed", 1.26), ("every test", 350.04)):
        took.remember(what, seconds)
    assert took.beside_goals() == {"a build with nothing changed, s": (3, 1.3), "every test, s": (300, 350.0)}


def test_the_longest_notebooks_are_executed_first(tmp_path, monkeypatch):
    begun = []
    names = ["index", "book/one", "book/two", "book/three"]
    (tmp_path / "book").mkdir()
    for name in names:
        write_notebook(tmp_path / f"{name}.ipynb", "# A page", f"# {name}")
    chapters = "".join(f"  - file: {name}\n" for name in names[1:])
    (tmp_path / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{chapters}", encoding="utf-8")
    (tmp_path / "_config.yml").write_text("sphinx: {config: {explore_folder: _build, explore_depends: []}}", encoding="utf-8")
    (tmp_path / "seconds").write_text('{"index.ipynb": 2, "one.ipynb": 1, "three.ipynb": 3}', encoding="utf-8")
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    monkeypatch.setattr(execution, "SECONDS", tmp_path / "seconds")
    monkeypatch.setattr(execution, "execute", lambda path, notebook: begun.append(path.stem) or 1.0)
    monkeypatch.setenv("REGLESSON_BAKE", "")
    with tool.ThreadPoolExecutor(1) as pool:
        execution.execute_notebooks(pool)
    assert begun == ["two", "three", "index", "one"]  # first the one of which nothing is known


# -- what is wrong in the book ------------------------------------------------------------------------------------

# text and code, who refuses it, and what is told of the lesson: by a kernel, by the check of the pages, or by Sphinx, of which
# the check would see only the missing page
BROKEN = {
    "a cell that fails": (LESSON, "x = 1\n1 / 0", "", ["begins with 'x = 1' stops with ZeroDivisionError: division by zero"]),
    "a link to a slider that is not there": (
        LESSON + ' <a href="#wave?lam=1">Move λ</a>.', CODE, "The site has 1 problems", ["#wave?lam=1 leads to no place"],
    ),
    "a reference to nothing, a missing page, a source that is not in references.bib, a cell that warns": (
        LESSON + " See {prf:ref}`nowhere`, [it](gone.md) and {cite:p}`nobody2020`.",
        "import warnings\nwarnings.warn('careful', stacklevel=1)",
        "Jupyter Book did not accept the book",
        ["nowhere", "gone.md", "nobody2020", "stderr was found"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_stops_the_build_and_leaves_the_website(standing, what):
    text, code, by, wrong = BROKEN[what]
    before = pages(standing)
    write_notebook(standing / "book" / "l2.ipynb", text, code)
    for _ in range(min(len(wrong), 2)):  # Sphinx alone would tell once what it warns of
        done = build(standing)
        refused(done, by)
        for said in wrong:
            assert [line for line in (done.stdout + done.stderr).splitlines() if "l2" in line and said in line], done.stdout
        assert pages(standing) == before


def test_a_page_that_the_table_does_not_name_is_left_out_and_one_line_says_so(first):
    said, _, made, *_ = first
    [line] = [line for line in said.splitlines() if "not name" in line]
    assert line.startswith("Left out, since _toc.yml does not name them: book/new.")
    assert not [name for name in made if "new" in name]


OLD = """{"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [
 {"cell_type": "heading", "level": 1, "metadata": {}, "source": "A lesson"},
 {"cell_type": "code", "collapsed": false, "input": "1 + 1", "language": "python", "metadata": {}, "outputs": []}]}]}"""

TOC = "format: jb-book\nroot: index\n"
MARKED = "\ufeff" + nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]))

# file, what is written to it, the sentence
WRONG = {
    "a notebook that is no JSON": ("book/l2.ipynb", '{"cells": [', "is not a notebook: Notebook does not appear to be JSON"),
    "a notebook with the marks of a merge": ("book/l2.ipynb", "<<<<<<< HEAD\n{}", "book/l2.ipynb is not a notebook"),
    "a JSON file that is no notebook": ("book/l2.ipynb", "[]", "book/l2.ipynb is not a notebook"),
    "an entry of _toc.yml without a page": ("_toc.yml", TOC + "chapters: [{file: book/l2}, {file: book/gone}]",
                                            "_toc.yml names book/gone, but there is no such notebook or Markdown file."),
    "a _toc.yml that is no YAML": ("_toc.yml", "root: [index", "_toc.yml is not valid YAML"),
    "a _toc.yml that is none": ("_toc.yml", TOC + "chapters: [{file: book/l2, url: x}]",
                                "_toc.yml is no table of contents: entry contains incompatible keys"),
    "a notebook with a byte order mark": ("book/l2.ipynb", MARKED,
                                          "book/l2.ipynb begins with a byte order mark: `make notebooks ONLY=l2` mends that."),
    "a notebook of format 3": ("book/l2.ipynb", OLD, "book/l2.ipynb is of an old format: `make notebooks ONLY=l2` mends that."),
    "a notebook without a format": ("book/l2.ipynb", '{"cells": []}', "book/l2.ipynb is of an old format"),
    "a _config.yml that is no YAML": ("_config.yml", "title: [", "_config.yml is not valid YAML"),
    "a _config.yml that says nothing": ("_config.yml", "title", "_config.yml is not a mapping of names to values."),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_book_that_cannot_become_a_website_is_refused_at_once(here, what, capsys):
    name, content, said = WRONG[what]
    before = pages(here)
    (here / name).write_text(content, encoding="utf-8")
    with pytest.raises(RuntimeError, match=re.escape(said)) as refusal:
        tool.main(["--pages-only"])
    assert len(str(refusal.value).splitlines()) == 1 and capsys.readouterr().out == "", "one sentence, and nothing begun"
    assert pages(here) == before


# -- what is wrong around it -------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such signals")
def test_an_interrupted_build_ends_at_once_and_the_next_one_goes_on_from_there(standing, tmp_path):
    """Interrupted as a notebook runs, then the next one as Jupyter Book does."""
    before, script = pages(standing), standing / "tools" / "jupyter_books.py"
    ear = functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may have closed it
    command = [sys.executable, "-u", str(standing / "tools" / "build.py"), "--pages-only"]

    def interrupted(number, began):
        process = subprocess.Popen(command, cwd=standing, env={**os.environ, "PYTHONPATH": str(standing)}, preexec_fn=ear,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
        while not began.exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(number)
        _, said = process.communicate(timeout=45)
        assert process.returncode == 1
        assert said.strip() == "Interrupted. The website was not built; what was executed is kept for the next time."
        assert pages(standing) == before

    held = "import pathlib, time; pathlib.Path({!r}).touch(); time.sleep(60)"
    write_notebook(standing / "book" / "l2.ipynb", LESSON, held.format(str(tmp_path / "a notebook")))
    interrupted(signal.SIGINT, tmp_path / "a notebook")
    write_notebook(standing / "book" / "l2.ipynb", LESSON, "2 + 2")
    whole = script.read_bytes()
    script.write_text(held.format(str(tmp_path / "Jupyter Book")), encoding="utf-8")
    interrupted(signal.SIGTERM, tmp_path / "Jupyter Book")
    script.write_bytes(whole)
    assert "all as executed before" in built(standing)


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no groups of processes")
def test_what_jupyter_book_has_begun_ends_with_it():
    began = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); import time; time.sleep(60)'])"
    process = subprocess.Popen([sys.executable, "-c", began], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout.read(1) == b"1"
    tool.end(process)
    process.communicate(timeout=20)  # it comes back when nobody can write any more


def test_a_website_that_was_being_replaced_is_put_back(tmp_path, monkeypatch):
    site, following = tmp_path / "html", tmp_path / "next"
    for name, path in (("SITE", site), ("NEXT", following)):
        monkeypatch.setattr(tool, name, path)
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    site.mkdir()
    (site / "index.html").write_text("before", encoding="utf-8")
    following.mkdir()
    with pytest.raises(FileNotFoundError):
        tool.put_in_place(following / "pages")  # they are gone, as they may be when a disk is full
    assert (site / "index.html").read_text(encoding="utf-8") == "before"
    site.rename(following / "old")  # a build that was killed between two steps
    tool.put_back()
    assert (site / "index.html").read_text(encoding="utf-8") == "before"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of a file")
def test_a_full_disk_stops_the_build_and_leaves_the_website(standing):
    """No file may grow beyond a limit: for what writes, that is a disk that is full."""
    import resource

    before = pages(standing)
    write_notebook(standing / "book" / "l2.ipynb", LESSON, "1000 + 1")  # to be executed, and to be kept
    for limit in (1_000, 300_000):
        done = build(standing, preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        refused(done)
        assert re.search("too large|No space|full|disk I/O", done.stdout + done.stderr), done.stdout + done.stderr
        assert pages(standing) == before
    assert "all as executed before" in built(standing)


def without_the_rights_of_root():
    """Take from this process, and what it becomes, the right to write where permissions forbid it."""
    if os.geteuid() == 0 and ctypes.CDLL(None).prctl(24, 1):  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
        os._exit(77)


def test_a_second_build_of_a_folder_says_that_another_is_at_work(standing):
    fcntl = pytest.importorskip("fcntl")
    before = pages(standing)
    with (standing / "_build" / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused(build(standing), "Another build of this folder is at work")
    assert pages(standing) == before
    built(standing)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes rights away as Linux does")
def test_a_folder_that_may_not_be_written_stops_the_build(standing):
    folder, before = standing / "_build", pages(standing)
    write_notebook(standing / "book" / "l2.ipynb", LESSON, "3 + 3")
    folder.chmod(0o555)
    try:
        done = build(standing, preexec_fn=without_the_rights_of_root)
    finally:
        folder.chmod(0o755)
    if done.returncode == 77:
        pytest.skip("root's rights cannot be taken away here, so no folder is read-only")
    refused(done, "Permission denied", "_build")
    assert pages(standing) == before


def test_a_file_in_the_place_of_the_build_folder_stops_the_build(tmp_path):
    for folder in ("tools", "book/_ext"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "_build").write_text("not mine", encoding="utf-8")
    done = subprocess.run([sys.executable, str(tmp_path / "tools" / "build.py")], capture_output=True, text=True)
    refused(done, "_build is a file, and the build needs a folder of that name")
    assert (tmp_path / "_build").read_text(encoding="utf-8") == "not mine"


def test_without_jupyterlite_the_pages_are_built_and_one_line_says_what_is_missing(here, tmp_path, monkeypatch, capsys):
    """As where it cannot be built: without its packages, or without a network where it needs one."""

    def fails(root, site, say):
        raise RuntimeError("pip download ... ended with code 1: no network")

    monkeypatch.setattr(tool, "make_pages", lambda: (shutil.copytree(tool.SITE, tool.NEXT / "html"), 2))
    monkeypatch.setattr(tool, "keep_what_was_read", lambda: None)
    monkeypatch.setattr("finish.finish", lambda pages, address: None)
    monkeypatch.setattr(tool.check_site, "problems", lambda pages: [])
    monkeypatch.setattr(execution, "execute_notebooks", lambda pool: None)
    monkeypatch.setattr(tool.lite, "build", fails)
    monkeypatch.setattr(tool, "STAMP", tmp_path / "stamp")
    tool.STAMP.touch()
    before = pages(here)
    tool.build([], "mark")
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if "JupyterLite" in line] == [
        "JupyterLite could not be built, so the buttons that run a page lead nowhere, and exercises do not run; the rest stands. "
        "pip download ... ended with code 1: no network"
    ]
    assert pages(here) == before and not tool.STAMP.exists(), "the next build tries again"


def test_without_a_browser_its_tests_say_so_and_fail_where_ci_is_set():
    test = "tests/browser/test_pages.py::test_a_page_read_without_scripts_still_shows_its_figures[index.html]"
    asked = ["-q", "-rs", "-p", "no:cacheprovider", test]
    twice = f"import os, pytest; print(*(pytest.main({asked}) for os.environ['CI'] in ('', 'true')))"
    env = {**os.environ, "CHROMIUM": os.devnull, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run([sys.executable, "-c", twice], cwd=ROOT, env=env, capture_output=True, text=True)
    without, with_ci, codes = re.fullmatch(r"(.*1 skipped.*?\n)(.*1 error.*?\n)(.*)\n", done.stdout, re.DOTALL).groups()
    assert codes == "0 1"
    for said in (without, with_ci):
        assert "no Chromium or Chrome was found" in said and f"{os.devnull} does not start" in said


STUB = """#!/bin/sh
echo "python $*" >> "{log}"
case "$*" in
  *venv*) mkdir -p .venv/bin; cp "{stub}" .venv/bin/python; touch .venv/whole;;
  *pip*) test -e .venv/whole -a ! -e "{offline}" || {{ echo "no pip, or no network" >&2; exit 1; }};;
esac
"""


@pytest.mark.skipif(os.name == "nt" or shutil.which("make") is None, reason="needs make and a shell")
def test_make_finishes_an_environment_that_was_left_half_made(tmp_path):
    """With a Python that only writes down what it is asked."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for path in ROOT.glob("requirements*"):
        shutil.copy(path, tmp_path)
    shutil.copy(ROOT / "constraints.txt", tmp_path)
    log, stub, offline = tmp_path / "log", tmp_path / "stub", tmp_path / "offline"
    stub.write_text(STUB.format(log=log, stub=stub, offline=offline), encoding="utf-8")
    stub.chmod(0o755)

    def make():
        log.write_text("", encoding="utf-8")
        command = ["make", "-C", str(tmp_path), "book", f"PYTHON={stub}"]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "MAKEFLAGS": ""})
        asked = log.read_text(encoding="utf-8")
        return done.returncode, "-m venv" in asked, "pip install" in asked, "build.py" in asked

    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(stub, tmp_path / ".venv" / "bin" / "python")  # it was ended before pip was in it
    assert make() == (0, True, True, True)
    assert make() == (0, False, False, True)
    (tmp_path / ".venv" / ".ready").unlink()
    offline.touch()
    code, _, _, went_on = make()
    assert code != 0 and not went_on
    offline.unlink()
    assert make()[0] == 0  # the next one finishes it


# -- a reader's own notebooks ----------------------------------------------------------------------------------------


def test_neither_the_build_nor_the_tests_write_to_a_notebook(standing, first):
    """A reader's edit, in no canonical form, never executed before, stays as it is to the last byte."""
    *_, before, after = first
    assert after == before
    path, now = standing / "book" / "l2.ipynb", notebooks_of(standing)
    assert path.read_text(encoding="utf-8").endswith("\n\n")
    _, said = nbval(path, standing)
    assert "1 passed" in said, said
    assert notebooks_of(standing) == now


def stored(tmp_path, *texts):
    """Have `make notebooks` execute files; returns what became of them."""
    paths = [tmp_path / f"page{k}.ipynb" for k in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    command = [sys.executable, str(ROOT / "tools" / "notebooks.py"), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]  # which a byte order mark would not be


def test_make_notebooks_keeps_what_an_author_put_in_and_leaves_out_what_editors_do(tmp_path):
    dot = {"dot.png": {"image/png": "iVBORw0KGgo="}}
    slide, hidden = {"slideshow": {"slide_type": "fragment"}}, {"mystnb": {"code_prompt_show": "Show it"}}
    text = nbformat.v4.new_markdown_cell("![A dot](attachment:dot.png)", metadata={**slide, "editable": True}, attachments=dot)
    code = nbformat.v4.new_code_cell("1 + 1", metadata={**hidden, "tags": [], "scrolled": True, "slideshow": {"slide_type": ""}})
    raw = nbformat.v4.new_raw_cell("<b>", metadata={"raw_mimetype": "text/html", "editable": False})
    shared = {"mystnb": {"render_markdown_format": "myst"}}
    whole = nbformat.v4.new_notebook(cells=[text, code, raw], metadata={**shared, "widgets": {}})
    [after] = stored(tmp_path, nbformat.writes(whole))
    assert [cell["metadata"] for cell in after["cells"]] == [slide, hidden, raw.metadata]
    assert after["cells"][0]["attachments"] == dot
    assert after["metadata"]["mystnb"] == shared["mystnb"] and "widgets" not in after["metadata"]
    nbformat.validate(nbformat.from_dict(after))


def test_make_notebooks_brings_a_file_from_elsewhere_to_todays_form(tmp_path):
    for after in stored(tmp_path, OLD, MARKED):
        assert after["nbformat"] == 4 and after["cells"][-1]["outputs"][0]["data"]["text/plain"] == ["2"]


@pytest.mark.parametrize("text", ["no notebook", "{}", "", "[]"])
def test_make_notebooks_says_in_one_sentence_what_it_cannot_read(tmp_path, text, capsys):
    path = tmp_path / "page.ipynb"
    path.write_text(text, encoding="utf-8")
    for words in ([], ["--check"]):
        with pytest.raises(SystemExit) as ended:
            notebooks.main([*words, str(path)])
        [said] = "".join(capsys.readouterr()).strip().splitlines()
        assert ended.value.code == 1 and said.startswith("page.ipynb is not a notebook: ")
        assert path.read_text(encoding="utf-8") == text


def test_make_notebooks_writes_only_the_one_it_is_asked_for(standing):
    one, other = standing / "book" / "l2.ipynb", standing / "index.ipynb"
    before = one.read_bytes(), other.read_bytes()
    command = [sys.executable, str(standing / "tools" / "notebooks.py"), str(one)]
    done = subprocess.run(command, cwd=standing, env={**os.environ, "PYTHONPATH": str(standing)}, capture_output=True, text=True)
    assert done.returncode == 0 and "rewritten" in done.stdout, done.stderr
    assert one.read_bytes() != before[0] and other.read_bytes() == before[1]


# -- serving it ------------------------------------------------------------------------------------------------------


def serve(root, *words):
    shutil.copytree(ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    return subprocess.run([sys.executable, str(root / "tools" / "serve.py"), *words], capture_output=True, text=True, timeout=30)


def test_serve_says_what_is_wrong(tmp_path):
    assert "run `make book` first" in serve(tmp_path).stderr
    (tmp_path / "_build" / "html").mkdir(parents=True)
    (tmp_path / "_build" / "html" / "index.html").write_text("<h1>Home</h1>", encoding="utf-8")
    for word in ("0", "70000", "-1", "web"):
        done = serve(tmp_path, word)
        assert done.returncode == 1 and done.stderr.startswith("PORT must be a number from 1 to 65535, got")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = serve(tmp_path, str(port))
        assert done.returncode == 1 and done.stderr.startswith(f"Port {port} is in use")
