"""What comes after Jupyter Book 1: the settings for Sphinx alone, and what the parser of Jupyter Book 2 complains of."""

import shutil
import sys
from types import SimpleNamespace

import myst
import pytest
import sphinx9

SAID = """\x1b[33m⚠️  book/l2.ipynb:5 Cross reference target was not found: term-ridge\x1b[39m
⛔️ book/glossary.md:5 Unexpected node as a child of a glossary, expected only `definitionList`
⚠️  book/l2.ipynb:7 No target for internal reference "#wild-curve?lam=0.1" was found
⛔️ book/gallery.md:7 unknown directive: gallery
⚠️  book/l2.ipynb:9 Cross reference target was not found: l2-closed-form
⚠️  book/l2.ipynb:9 No target for internal reference "#gone" was found
📚 Built 32 pages for project in 20 s.
"""


def test_complaints_are_told_apart_by_what_is_known_of_them():
    found = myst.complaints(SAID)
    assert [len(found[kind]) for kind in myst.KNOWN] == [1, 1, 1, 1]
    assert [line.split()[-1] for line in found["other"]] == ["l2-closed-form", "found"]


@pytest.mark.parametrize(("others", "accepted"), [(myst.OTHERS, True), (myst.OTHERS + 1, False)])
def test_more_complaints_of_other_kinds_than_stated_are_an_error(tmp_path, monkeypatch, others, accepted):
    said = "⚠️ book/l2.ipynb:9 Something new\n" * others + SAID.splitlines()[-1]
    monkeypatch.setattr(myst.subprocess, "run", lambda *words, **how: SimpleNamespace(returncode=0, stdout=said))
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(myst, "KEPT", tmp_path)
    (tmp_path / "node_modules").mkdir()
    monkeypatch.setattr(myst, "FOLDER", tmp_path / "book")
    monkeypatch.setattr(myst.release, "export", lambda root, folder: folder.mkdir())
    if accepted:
        myst.main([])
    else:
        with pytest.raises(RuntimeError, match=rf"{others} complaints of other kinds, and {myst.OTHERS} are stated"):
            myst.main([])


def test_the_settings_for_sphinx_alone_are_the_books_without_jupyter_books_extensions(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])  # the settings add to it
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(sphinx9.ROOT / name, tmp_path)
    found = {}
    exec(sphinx9.settings(tmp_path), found)
    assert not sphinx9.OF_JUPYTER_BOOK & set(found["extensions"])
    assert {"myst_nb", "sphinx_external_toc", "reglesson.explore", "statements", "sphinx_book_theme"} <= set(found["extensions"])
    assert found["html_title"] == "Regularization, live" and "use_jupyterbook_latex" not in found
