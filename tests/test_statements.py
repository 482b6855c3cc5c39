"""Statements link to the tests that check them, and one page lists both."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import statement_results
import statements
from conftest import sphinx_app

EXT = Path(statements.__file__).parent

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
        "extensions = ['myst_parser', 'sphinx_proof', 'statements']\nsource_suffix = {'.md': 'markdown'}\n"
        "exclude_patterns = ['tests', '_build']\n",
        encoding="utf-8",
    )
    (source / "index.md").write_text(PAGE, encoding="utf-8")
    return source


@pytest.fixture
def built(project):
    with sphinx_app(project) as app:
        app.build()
        yield app.outdir


def test_statement_tests_are_found_by_their_mark(project):
    found = statements.statement_tests(project / "tests")
    assert list(found) == ["one-and-only"]
    [(file, name, source)] = found["one-and-only"]
    assert (file, name) == ("test_one.py", "test_one_is_one")
    assert source.startswith("def test_one_is_one") and source.endswith("assert n == 1")


def test_a_statement_links_to_its_test_and_one_without_a_test_does_not(built):
    page = (built / "index.html").read_text(encoding="utf-8")
    assert page.count("Checked by a test ✓") == 1
    [link] = re.findall(r'<a [^>]*href="book/statements.html#test-one-and-only"[^>]*>', page)
    assert 'title="test_one_is_one"' in link
    assert page.index(link) < page.index('id="another"')


def test_the_list_of_statements_shows_the_code_of_each_test(built):
    page = (built / "index.html").read_text(encoding="utf-8")
    assert 'id="test-one-and-only"' in page
    assert "One equals one." in page
    assert "test_without_a_statement" not in page


def shown(page):
    span = '<span class="test-status" data-test="test_one.py::test_one_is_one">([^<]*)</span>'
    return re.findall(span, page.read_text(encoding="utf-8"))


def test_the_list_of_statements_says_how_each_test_ended(project, built):
    assert shown(built / "index.html") == [""]
    page = project / "_build" / "html" / "book" / "statements.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(built / "index.html", page)
    statements.keep_results(project, {"test_one.py::test_one_is_one": {"1": "passed", "2": "passed"}})
    assert shown(page) == ["✓ 2 checks"]
    statements.keep_results(project, {"test_one.py::test_one_is_one": {"2": "failed"}, "test_one.py::gone": {"": "passed"}})
    assert shown(page) == ["1 of 2 checks did not pass"]


def test_how_a_test_ended_is_shown_by_the_next_build_and_forgotten_when_the_code_changes(project, built):
    test = "test_one.py::test_one_is_one"
    statements.keep_results(project, {test: {"1": "passed"}})
    assert ">✓ 1 check<" in statements.status(test, statements.results(project))
    with (project / "tests" / "test_one.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert "></span>" in statements.status(test, statements.results(project))


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
    environment = {**os.environ, "PYTHONPATH": str(EXT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    # another process runs them, as in `make test`; it needs no other plugin
    words = ["-q", "-p", "xdist", "-n", "1", "-W", "ignore", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *words, str(tmp_path / "tests")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    assert statements.results(tmp_path) == {
        "test_two.py::test_a": {"1": "passed", "2": "failed"},
        "test_two.py::test_b": {"": "failed"},
    }


def test_each_box_of_a_page_has_an_id_of_its_own(built):
    found = re.findall(r'\bid="([^"]+)"', (built / "index.html").read_text(encoding="utf-8"))
    assert sorted(found) == sorted(set(found))
    assert "one-and-only-content" in found and "proof" not in found
