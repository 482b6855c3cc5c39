"""The index of the search: words and phrases, and no code."""

import json

import check_site
import contents
import pytest
from conftest import sphinx_app
from search import phrases

ROOT = check_site.ROOT


def test_each_page_of_the_list_is_a_page_and_no_phrase_leads_to_two():
    listed = phrases()
    assert set(listed) <= set(contents.pages(ROOT))
    every = [phrase for found in listed.values() for phrase in found]
    assert len(every) == len(set(every))


@pytest.fixture
def index(tmp_path):
    """The index of a page with a phrase, a paragraph, and code."""
    (tmp_path / "conf.py").write_text("extensions = ['search']\n", encoding="utf-8")
    text = "A page\n======\n\nWords count.\n\n.. code-block:: python\n\n   import functools\n"
    (tmp_path / "index.rst").write_text(text, encoding="utf-8")
    with sphinx_app(tmp_path) as app:
        app.build()
        text = (app.outdir / "searchindex.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))


def test_words_are_found_and_code_is_not(index):
    assert "count" in index["terms"] and "functool" not in index["terms"] and "import" not in index["terms"]


def test_a_phrase_leads_to_its_page(index):
    assert [0, "", True] in index["indexentries"]["regularisation"]
