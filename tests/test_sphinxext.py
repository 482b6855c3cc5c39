"""What the website adds to Sphinx: links from statements to tests, assets, and a cache that knows the package."""

import os
import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
import statement_results
from docutils import nodes
from sphinx.testing.util import SphinxTestApp

from reglesson import sphinxext, style

PAGE = """# A page

```{prf:theorem} One
:label: one-and-only
$1 = 1$.
```

```{prf:lemma} Another
:label: another
$2 = 2$.
```

```{prf:proof}
Count.
```

```{statements}
```
"""

TESTS = '''import pytest


@pytest.mark.statement("one-and-only")
@pytest.mark.parametrize("n", [1])
def test_one_is_one(n):
    """One equals one."""
    assert n == 1


def test_without_a_statement():
    pass
'''


@pytest.fixture
def project(tmp_path):
    source = tmp_path / "source"
    (source / "tests").mkdir(parents=True)
    (source / "tests" / "test_one.py").write_text(TESTS, encoding="utf-8")
    (source / "conf.py").write_text(
        "extensions = ['myst_parser', 'sphinx_proof', 'reglesson.sphinxext']\nexclude_patterns = ['tests', '_build']\n",
        encoding="utf-8",
    )
    (source / "index.md").write_text(PAGE, encoding="utf-8")
    return source


@pytest.fixture
def built(project, monkeypatch):
    monkeypatch.setenv("REGLESSON_BAKE", "set-and-restored")
    app = SphinxTestApp("html", srcdir=project)
    app.add_config_value("nb_execution_cache_path", "", "")
    app.build()
    yield app.outdir
    app.cleanup()


def test_statement_tests_are_found_by_their_mark(project):
    found = sphinxext.statement_tests(project / "tests")
    assert list(found) == ["one-and-only"]
    [(file, name, source)] = found["one-and-only"]
    assert (file, name) == ("test_one.py", "test_one_is_one")
    assert source.startswith("def test_one_is_one") and source.endswith("assert n == 1")


def test_a_statement_links_to_its_test_and_one_without_a_test_does_not(built):
    page = (built / "index.html").read_text(encoding="utf-8")
    assert page.count("Checked numerically by") == 1
    link = '<a class="reference internal" href="book/statements.html#test-one-and-only">'
    assert page.index(link) < page.index('id="another"')
    assert "test_one_is_one" in page


def test_the_list_of_statements_shows_the_code_of_each_test(built):
    page = (built / "index.html").read_text(encoding="utf-8")
    assert 'id="test-one-and-only"' in page
    assert "One equals one." in page
    assert "test_without_a_statement" not in page


def shown(page):
    span = '<span class="test-status" data-test="test_one.py::test_one_is_one">([^<]*)</span>'
    return re.findall(span, page.read_text(encoding="utf-8"))


def test_the_list_of_statements_says_how_each_test_ended(project, built):
    assert shown(built / "index.html") == ["not run on this state"]
    page = project / "_build" / "html" / "book" / "statements.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(built / "index.html", page)
    sphinxext.keep_results(project, {"test_one.py::test_one_is_one": {"1": "passed", "2": "passed"}})
    assert shown(page) == ["passed, 2 checks"]
    sphinxext.keep_results(project, {"test_one.py::test_one_is_one": {"2": "failed"}, "test_one.py::gone": {"": "passed"}})
    assert shown(page) == ["1 of 2 checks did not pass"]


def test_how_a_test_ended_is_shown_by_the_next_build_and_forgotten_when_the_code_changes(project, built):
    test = "test_one.py::test_one_is_one"
    sphinxext.keep_results(project, {test: {"1": "passed"}})
    assert ">passed, 1 check<" in sphinxext.status(test, sphinxext.results(project))
    with (project / "tests" / "test_one.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert ">not run on this state<" in sphinxext.status(test, sphinxext.results(project))


def test_a_run_of_pytest_reports_each_case_of_a_statements_test(tmp_path):
    """The plugin in a run of its own: a test that passes, one that fails, one that fails before it begins."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "reglesson").mkdir()
    shutil.copy(statement_results.__file__, tmp_path / "tests")
    (tmp_path / "tests" / "conftest.py").write_text("from statement_results import *\n", encoding="utf-8")
    (tmp_path / "tests" / "test_two.py").write_text(
        "import pytest\n\n\n@pytest.fixture\ndef broken():\n    raise OSError\n\n\n"
        "@pytest.mark.statement('a')\n@pytest.mark.parametrize('n', [1, 2])\ndef test_a(n):\n    assert n == 1\n\n\n"
        "@pytest.mark.statement('b')\ndef test_b(broken):\n    pass\n\n\ndef test_c():\n    pass\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(sphinxext.PACKAGE.parent)}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-W", "ignore", "-p", "no:cacheprovider", str(tmp_path / "tests")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    assert sphinxext.results(tmp_path) == {
        "test_two.py::test_a": {"1": "passed", "2": "failed"},
        "test_two.py::test_b": {"": "failed"},
    }


def test_the_site_brings_its_own_player_colours_and_mathematics(built):
    page = (built / "index.html").read_text(encoding="utf-8")
    assert "https://cdn" not in page and "unpkg" not in page
    assert (built / "_static" / "player.js").read_bytes() == (sphinxext.PACKAGE / "player.js").read_bytes()
    assert (built / "mathjax" / "tex-chtml.js").exists()
    assert len(list((built / "mathjax" / "output" / "chtml" / "fonts" / "woff-v2").glob("*.woff"))) > 10
    css = (built / "_static" / "reglesson.css").read_text(encoding="utf-8")
    for name, (light, dark) in style.PALETTE.items():
        assert f"--reg-{name}: {light};" in css and f"--reg-{name}: {dark};" in css


def test_the_cache_of_executed_notebooks_changes_with_the_package_and_with_nothing_else(tmp_path, monkeypatch):
    copy = tmp_path / "reglesson"
    shutil.copytree(sphinxext.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(sphinxext, "PACKAGE", copy)
    before = sphinxext.cache_path(tmp_path)
    assert sphinxext.cache_path(tmp_path) == before
    (copy / "player.js").write_text("// the player draws nothing in a notebook", encoding="utf-8")
    assert sphinxext.cache_path(tmp_path) == before
    with (copy / "linear.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert sphinxext.cache_path(tmp_path) != before
    assert sphinxext.cache_path(tmp_path).parent == tmp_path / "_build" / ".jupyter_cache"


@pytest.mark.parametrize(
    ("origin", "name"),
    [("https://github.com/Some/course.git", "Some/course"), ("git@github.com:Some/course", "Some/course"),
     ("https://example.org/Some/course.git", None), (None, None)],
)  # fmt: skip
def test_the_repository_and_the_address_of_the_site_are_those_of_a_fork(tmp_path, monkeypatch, origin, name):
    for variable in ("GITHUB_REPOSITORY", "SITE_URL"):
        monkeypatch.delenv(variable, raising=False)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    if origin:
        subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", origin], check=True)
    assert sphinxext.repository(tmp_path) == name
    assert sphinxext.site_address(tmp_path) == (name and "https://some.github.io/course/")
    monkeypatch.setenv("GITHUB_REPOSITORY", "Fork/mine")
    assert sphinxext.repository(tmp_path) == "Fork/mine"
    assert sphinxext.site_address(tmp_path) == "https://fork.github.io/mine/"
    monkeypatch.setenv("SITE_URL", "https://example.org/here")
    assert sphinxext.site_address(tmp_path) == "https://example.org/here/"


def test_without_git_nothing_is_known_of_the_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sphinxext.git(tmp_path, "rev-parse", "HEAD") == ""


def test_each_box_of_a_page_has_an_id_of_its_own(built):
    found = re.findall(r'\bid="([^"]+)"', (built / "index.html").read_text(encoding="utf-8"))
    assert sorted(found) == sorted(set(found))
    assert "one-and-only-content" in found and "proof" not in found


@pytest.mark.parametrize("home", [None, "Some/course"])
def test_a_notebook_gets_buttons_for_its_own_address_and_another_page_none(tmp_path, monkeypatch, home):
    monkeypatch.setattr(sphinxext, "repository", lambda root: home)
    files = {"book/l2": "book/l2.ipynb", "book/start": "book/start.md"}
    app = SimpleNamespace(env=SimpleNamespace(doc2path=files.get), confdir=tmp_path)
    context = {"header_buttons": []}
    sphinxext.add_launch_buttons(app, "book/start", "", context, object())
    assert context["header_buttons"] == []
    sphinxext.add_launch_buttons(app, "book/l2", "", context, object())
    urls = [button["url"] for button in context["header_buttons"][0]["buttons"]]
    assert urls[0] == "../lite/notebooks/index.html?path=book/l2.ipynb"
    assert urls[1:] == ([
        "https://mybinder.org/v2/gh/Some/course/HEAD?urlpath=lab/tree/book/l2.ipynb",
        "https://colab.research.google.com/github/Some/course/blob/HEAD/book/l2.ipynb",
    ] if home else [])  # fmt: skip


def test_a_page_says_what_it_is_to_those_who_get_a_link(tmp_path, monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://example.org/here")
    page = nodes.document(None, None, "", nodes.paragraph(text="Short & sharp."))
    app = SimpleNamespace(config=SimpleNamespace(project="A course"), confdir=tmp_path)
    context = {"title": "L1 &amp; <em>L2</em>"}
    sphinxext.add_preview(app, "book/l2", "", context, page)
    found = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)" />', context["metatags"]))
    assert found["title"] == "L1 &amp; L2" and found["description"] == "Short &amp; sharp."
    assert found["url"] == "https://example.org/here/book/l2.html"
    assert found["image"] == "https://example.org/here/_static/preview.png"
    sphinxext.add_preview(app, "book/l2", "", context, nodes.document(None, None, "", nodes.paragraph(text="long " * 99)))
    assert context["metatags"].rsplit('content="', 1)[1] == "long " * 39 + 'long …" />'


DOCSTRING = """What it *does* to `x_` and x_y, 2 * 3.

    J(w) = |w|

Parameters
----------
X : (n, p) features,
    more of them
lam : a *penalty*

Raises
------
ValueError if X is empty.

Examples
--------
>>> 1 + 1
2
"""


def test_a_docstring_becomes_restructured_text_as_it_was_meant():
    parts = sphinxext.restructured(DOCSTRING).split("\n\n")
    assert parts == [
        r"What it \ *does*\  to \ ``x_``\  and x_y, 2 \* 3.",
        ".. code-block:: text", "    J(w) = |w|",
        "*Parameters.*", "- ``X``: (n, p) features, more of them", r"- ``lam``: a \ *penalty*\ ",
        "*Raises.* ValueError if X is empty.",
        "*Examples.*", ">>> 1 + 1\n2",
    ]  # fmt: skip
