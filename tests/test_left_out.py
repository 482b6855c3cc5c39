"""Fewer chapters, and another order: a course of other lines in `_toc.yml` builds, and speaks of the chapters that it has."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import check_site
import contents
import nbformat
import pytest
import yaml
from conftest import sphinx_app
from test_gallery import FIGURE

pytestmark = pytest.mark.filterwarnings("ignore:nodes.Node.traverse")  # of sphinx_external_toc
ROOT = Path(__file__).resolve().parent.parent
CONF = """extensions = ['myst_nb', 'sphinx_design', 'sphinx_proof', 'sphinx_external_toc', 'gallery', 'statements', 'left_out']
external_toc_path = '_toc.yml'
source_suffix = {'.md': 'myst-nb', '.ipynb': 'myst-nb'}
nb_execution_mode = 'off'
nitpicky = True
myst_heading_anchors = 3
myst_enable_extensions = ['colon_fence']
exclude_patterns = ['_build', *LEFT_OUT]
html_domain_indices = False
html_sidebars = {'**': ['localtoc.html']}
full_course = 'COURSE'
"""
CHAPTER = """# The {0} chapter

## A place of {0}

```{{prf:theorem}} What {0} says
:label: {0}-says
It says so.
```"""
HOME = """# Home

You can [start with chapter 1](book/a.md), which is no word of [chapter 4](book/d.md).

```{button-ref} book/a
:ref-type: doc
Start with chapter 1
```

````{grid} 2
CARDS
````

| chapter | tells |
| --- | --- |
ROWS

See [the place](book/b.ipynb#a-place-of-b), [](book/b.ipynb), {prf:ref}`b-says`, {prf:ref}`this<b-says>`,
<a href="book/b.html#figure-b">move *b*</a>, and {term}`word`.
"""
LISTS = """# Lists

## Figures of a

```{gallery} figure-a
```

## Figures of b

```{gallery} figure-b
```

## What they say

```{statements}
```
"""
CARD = """```{{grid-item-card}} {1}. Card {0}
:link: book/{0}
:link-type: doc

:::{{picture}} figure-{0}
:::
```"""


def build(root, order, course="", glossary=True):
    """A course of these of the chapters a, b, c, d, in this order: its pages, {name: HTML}, and nothing to complain of."""
    (root / "book").mkdir(exist_ok=True)
    (root / "tests").mkdir(exist_ok=True)
    for name in "abcd":
        figure = nbformat.v4.new_output("display_data", {"text/html": FIGURE.format(f"figure-{name}")})
        code = nbformat.v4.new_code_cell(f"def figure_{name}(fig):\n    pass\n\n\nexplore(figure_{name})", outputs=[figure])
        cells = [nbformat.v4.new_markdown_cell(CHAPTER.format(name)), code]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
        nbformat.write(notebook, root / "book" / f"{name}.ipynb")
    cards = "\n".join(CARD.format(name, k) for k, name in enumerate("abcd", 1))
    rows = "\n".join(f"| {k}. [Row {name}](book/{name}.ipynb#a-place-of-{name}) | {name} |" for k, name in enumerate("abcd", 1))
    text = HOME.replace(".md)", ".ipynb)").replace("CARDS", cards).replace("ROWS", rows)
    (root / "index.md").write_text(text, encoding="utf-8")
    (root / "book" / "lists.md").write_text(LISTS, encoding="utf-8")
    (root / "book" / "words.md").write_text("# Words\n\n```{glossary}\nword\n  Said.\n```\n", encoding="utf-8")
    chapters = "".join(f"      - file: book/{name}\n" for name in order)
    toc = "format: jb-book\nroot: index\nparts:\n  - numbered: true\n    chapters:\n"
    more = "{file: book/lists}, {file: book/words}" if glossary else "{file: book/lists}"
    (root / "_toc.yml").write_text(f"{toc}{chapters}  - chapters: [{more}]\n", encoding="utf-8")
    gone = [path.relative_to(root).as_posix() for path in contents.left_out(root).values()]
    (root / "conf.py").write_text(CONF.replace("*LEFT_OUT", f"*{gone}").replace("COURSE", course), encoding="utf-8")
    with sphinx_app(root) as app:
        app.build()
        told, out = app.warning.getvalue(), Path(app.outdir)
    assert told == ""
    assert check_site.problems(out, root) == []
    return {path.stem: path.read_text(encoding="utf-8") for path in check_site.page_files(out)}


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def told_of(pages):
    """What is shown of the chapters: cards, rows, and the headings of the page of lists."""
    page = pages["index"]
    cards = [words(card) for card in re.findall(r'<div class="sd-card-title.*?</div>', page, re.DOTALL)]
    rows = [words(row) for row in re.findall(r"<tr[^>]*>\s*<td[^>]*>(?:(?!</tr>).)*?Row.*?</tr>", page, re.DOTALL)]
    headings = [words(heading).strip(" ¶") for heading in re.findall(r"<h[23]>.*?</h[23]>", pages["lists"], re.DOTALL)]
    return cards, rows, headings


def test_all_chapters_stand_as_they_are_written(tmp_path):
    pages = build(tmp_path, "abcd")
    cards, rows, headings = told_of(pages)
    page = pages["index"]
    assert cards == ["1. Card a", "2. Card b", "3. Card c", "4. Card d"]
    assert rows == ["1. Row a a", "2. Row b b", "3. Row c c", "4. Row d d"]
    assert headings[:3] == ["Figures of a", "Figures of b", "What they say"]
    assert [heading for heading in headings if "chapter" in heading] == [f"The {name} chapter" for name in "abcd"]
    assert re.search(r'href="book/b.html#a-place-of-b">.*?the place', page) and re.search(r'href="book/d.html">.*?chapter 4', page)
    assert 'href="book/b.html#figure-b">move' in page
    assert contents.left_out(tmp_path) == {}


def test_of_a_chapter_that_is_left_out_the_words_stay_and_all_else_goes(tmp_path):
    pages = build(tmp_path, "acd")
    cards, rows, headings = told_of(pages)
    page, lists = pages["index"], pages["lists"]
    assert cards == ["1. Card a", "2. Card c", "3. Card d"] and page.count('<svg class="small"') == 3
    assert rows == ["1. Row a a", "2. Row c c", "3. Row d d"]
    assert "Figures of a" in headings and "Figures of b" not in headings and "#figures-of-b" not in lists
    for each in (page, lists):
        assert "b.html" not in each and "b-says" not in each and "figure-b" not in each
    assert "See the place , The b chapter , What b says , this , move b" in words(page)
    assert "no word of chapter 4 ." in words(page) and not re.search(r"<a [^>]*>[^<]*(<[^>]*>)*chapter 4", page)
    assert set(contents.left_out(tmp_path)) == {"book/b"}


def test_links_to_what_is_left_out_lead_to_the_full_course_where_its_address_is_said(tmp_path):
    pages = build(tmp_path, "acd", course="https://example.org/course/")
    page = pages["index"]
    whole = re.findall(r'href="https://example.org/course/([^"]+)"', page)
    assert whole == ["book/b.html#a-place-of-b", "book/b.html", "book/b.html#b-says", "book/b.html#b-says", "book/b.html#figure-b"]
    assert len(told_of(pages)[0]) == 3


def test_cards_and_rows_and_numbers_follow_another_order(tmp_path):
    pages = build(tmp_path, "ba")
    cards, rows, headings = told_of(pages)
    assert cards == ["1. Card b", "2. Card a"] and rows == ["1. Row b b", "2. Row a a"]
    assert [heading for heading in headings if "chapter" in heading] == ["The b chapter", "The a chapter"]
    first = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(?:<[^>]+>)*Start with chapter 1', pages["index"], re.IGNORECASE)
    assert first == ["book/b.html", "book/b.html"]


def test_a_glossary_that_is_left_out_leaves_its_words(tmp_path):
    page = build(tmp_path, "ab", glossary=False)["index"]
    assert "and word ." in words(page) and "words.html" not in page


# -- this book: once a week, since each of these builds is one of the whole --------------------------------------------


@pytest.mark.foreign
@pytest.mark.parametrize(
    ("chapters", "without"),
    [("overfitting l2 early_stopping", ""), ("l2 overfitting", "guesses teaching glossary statements api"), ("", "")],
    ids=["three", "two in reverse order", "all"],
)
def test_this_course_with_other_lines_builds_without_a_warning(tmp_path, chapters, without):
    quiet = shutil.ignore_patterns(".git", ".venv", "_build", "__pycache__", "tests", ".*_cache")
    shutil.copytree(ROOT, tmp_path, ignore=quiet, dirs_exist_ok=True)
    (tmp_path / "tests").mkdir()
    for path in ROOT.glob("tests/test_*.py"):
        shutil.copy(path, tmp_path / "tests")
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    for part in toc["parts"]:
        if part.get("numbered") and chapters:
            part["chapters"] = [{"file": f"book/{name}"} for name in chapters.split()]
        part["chapters"] = [entry for entry in part["chapters"] if entry["file"].removeprefix("book/") not in without.split()]
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    (tmp_path / "_build").mkdir()
    for kept in (".jupyter_cache", ".frames"):  # what was executed for the whole course
        if (ROOT / "_build" / kept).is_dir():
            shutil.copytree(ROOT / "_build" / kept, tmp_path / "_build" / kept)
    command = [sys.executable, str(tmp_path / "tools" / "build.py"), "--pages-only"]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    out = contents.left_out(tmp_path)
    assert [line for line in done.stdout.splitlines() if line.startswith("Left out")] == (
        [f"Left out, since _toc.yml does not name them: {', '.join(out)}. What other pages say of them is no link."] if out else []
    )
