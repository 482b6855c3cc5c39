"""The quick way to look at one chapter, and to test it."""

import notebooks
import one
import pytest
import test as tool
from test_book import ROOT


def test_a_chapter_goes_by_its_bare_name_or_by_its_file():
    assert notebooks.named("l2") == notebooks.named(str(ROOT / "book" / "l2.ipynb")) == ROOT / "book" / "l2.ipynb"
    assert notebooks.named("index") == ROOT / "index.ipynb"
    with pytest.raises(SystemExit, match="no such chapter: l3"):
        one.main(["l3"])


def test_what_is_wrong_with_the_page_is_told_and_what_is_elsewhere_is_not():
    log = "reading\n\x1b[91mbook/l2.ipynb:3: WARNING: Unknown source document 'book/l1' [myst.xref_missing]\x1b[39m\n"
    log += "book/l2.rst: WARNING: label 'l1-threshold' not found.\n"  # a statement of another chapter
    assert one.warnings(log) == []
    said = "book/l2.ipynb:3: WARNING: Unknown directive type: 'admonitoin'"
    assert one.warnings(f"{log}\x1b[91m{said}\x1b[39;49;00m") == [said]


def test_the_book_of_one_page_names_that_page(tmp_path):
    command = one.command("book/l2", tmp_path)
    assert (tmp_path / "_toc.yml").read_text(encoding="utf-8").splitlines()[1] == "root: book/l2"
    assert command[-2:] == [str(tmp_path), "--keep-going"]


def test_the_tests_of_one_chapter_leave_out_the_site_and_say_so(monkeypatch, capsys):
    ran, kept = [], []
    monkeypatch.setattr(tool.took, "remember", lambda what, seconds: kept.append(what))
    fine = tool.subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(tool.subprocess, "run", lambda command, **options: ran.append(command) or fine)
    tool.main(["--only", "l2"])
    assert ran[0][ran[0].index("-k") + 1] == "l2" and "--ignore=tests/browser" in ran[0]
    tool.main(["--only", "l2", "-x"])  # which may be fewer
    assert capsys.readouterr().out.count("Not run:") == 2
    for each in tool.OF_THE_SITE:
        assert (ROOT / each).exists(), each
    assert kept == ["the tests of one chapter"]
    tool.main([])
    assert kept == ["the tests of one chapter", "every test"]
    assert "-k" not in ran[2] and "Not run" not in capsys.readouterr().out
