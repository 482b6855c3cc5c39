"""The table of contents, in each form that Jupyter Book takes."""

from pathlib import Path

import contents
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
# what is written below `root: index`, the pages in their order, the numbered ones
FORMS = {
    "a list": ("format: jb-book\nchapters: [{file: b/two}, {file: b/one.md}]", "b/two b/one", ""),
    "parts": (
        "format: jb-book\nparts:\n- {caption: A, numbered: true, chapters: [{file: b/two}]}\n- {chapters: [{file: b/one}]}",
        "b/two b/one", "b/two",
    ),
    "sections within sections": (
        "format: jb-book\noptions: {numbered: true}\nchapters:\n"
        "- {file: b/two, sections: [{file: b/one, sections: [{file: c/a}]}]}\n- file: c/b",
        "b/two b/one c/a c/b", "b/two c/b",
    ),
    "addresses elsewhere": ("format: jb-book\nchapters: [{url: 'https://example.org', title: X}, {file: b/one}]", "b/one", ""),
    "a pattern": ("format: jb-book\nchapters: [{file: b/one}, {glob: 'b/*'}, {glob: 'c/*'}]", "b/one b/two c/a c/b", ""),
    "backwards": ("format: jb-book\noptions: {reversed: true}\nchapters: [{file: b/one}, {glob: 'c/*'}]", "c/b c/a b/one", ""),
    "an article": ("format: jb-article\nsections: [{file: c/a, sections: [{glob: 'b/*'}]}]", "c/a b/one b/two", ""),
    "no format": ("subtrees: [{numbered: true, entries: [{file: c/b}]}]", "c/b", "c/b"),
    "one page": ("format: jb-book", "", ""),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_table_gives_its_pages_in_order(tmp_path, form):
    text, pages, numbered = FORMS[form]
    for name in ("index.md", "b/one.md", "b/two.ipynb", "c/a.md", "c/b.md", "c/.ipynb_checkpoints/a.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "_toc.yml").write_text(f"root: index\n{text}\n", encoding="utf-8")
    assert contents.pages(tmp_path) == ["index", *pages.split()]
    assert contents.numbered(tmp_path) == numbered.split()
    assert contents.place(tmp_path) == {name: k for k, name in enumerate(["index", *pages.split()])}


def test_the_chapters_of_the_course_are_its_numbered_part():
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    [course] = [part for part in parts if part.get("caption") == "The course"]
    assert contents.numbered(ROOT) == [entry["file"] for entry in course["chapters"]]
    assert contents.place(ROOT / "book") == {}
