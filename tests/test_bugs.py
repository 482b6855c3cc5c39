"""The mistakes of bugs.py: each stands where the list says, and a sample of them is caught twice. `make mutants` tries all."""

import ast
import re

import bugs
import pytest
from test_book import ROOT, prose

IDS = [bug.says for bug in bugs.BUGS]


@pytest.mark.parametrize("bug", bugs.BUGS, ids=IDS)
def test_a_bug_can_be_put_in_and_its_tests_and_its_notebook_exist(bug, tmp_path):
    bugs.copy_of_the_package(tmp_path, bug)
    ast.parse((tmp_path / "reglesson" / bug.file).read_text(encoding="utf-8"))
    for test in bug.tests:
        file, name = test.split("::")
        assert f"\ndef {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")
    if bug.chapter:  # a notebook that does not take the module cannot notice; behind those with "_" stand others
        text = (ROOT / "book" / f"{bug.chapter}.ipynb").read_text(encoding="utf-8")
        module = {"_together.py": "network"}.get(bug.file, bug.file.removesuffix(".py"))
        assert f"from reglesson.{module} import" in text or f"from reglesson import {module}" in text


def test_every_mistake_of_the_books_list_that_code_can_make_is_in_the_list_of_bugs():
    named = {int(n) for n in re.findall(r"^### (\d+)\. ", prose(ROOT / "book" / "mistakes.ipynb"), re.MULTILINE)}
    said_only = {3, 10, 11, 15, 17, 18, 20}  # statements about results: there is no line of the package to get wrong
    assert {bug.number for bug in bugs.BUGS if bug.number} == named - said_only


@pytest.mark.parametrize("bug", bugs.SAMPLE, ids=lambda bug: bug.says)
def test_a_bug_is_caught_by_a_unit_test_and_by_the_notebook_of_its_chapter(bug):
    assert bugs.verdict(bug) == ([], True)


def test_the_package_as_it_is_passes_the_same_tests(tmp_path):
    bugs.copy_of_the_package(tmp_path)
    assert bugs.unit_tests_pass(sorted({test for bug in bugs.BUGS for test in bug.tests}), tmp_path)
