"""The table of contents: which pages `_toc.yml` names, in the order of the book, and which it leaves out."""

import json
import re

from sphinx_external_toc.api import FileItem, GlobItem
from sphinx_external_toc.parsing import parse_toc_yaml

ENDINGS = (".ipynb", ".md")
HIDDEN = re.compile(r"(^|/)[._]")  # checkpoints, and what was built


def pages(root):
    """The pages without endings, the root first: nested ones, and those that a `glob` fits, too; a `url` is none."""
    toc = parse_toc_yaml(root / "_toc.yml")
    return list(dict.fromkeys([_bare(toc.root.docname), *_below(root, toc, toc.root)]))


def numbered(root):
    """The pages in those parts of the table that are numbered: the chapters of the course."""
    toc = parse_toc_yaml(root / "_toc.yml")
    trees = [tree for document in toc.values() for tree in document.subtrees if tree.numbered]
    return [name for tree in trees for name in _items(root, tree)]


def place(root):
    """What sorts pages into the order of the book: {page: its number}; of a book without `_toc.yml` nothing is known."""
    return {name: k for k, name in enumerate(pages(root))} if (root / "_toc.yml").is_file() else {}


def left_out(root):
    """The files of pages that the table does not name, which stay beside the others: {page: path}, sorted."""
    if not (root / "_toc.yml").is_file():
        return {}
    paths = [path for folder in (root.glob("index.*"), (root / "book").rglob("*.*")) for path in folder]
    found = {path.relative_to(root).with_suffix("").as_posix(): path for path in sorted(paths)
             if path.suffix in ENDINGS and not HIDDEN.search(path.relative_to(root).as_posix())}  # fmt: skip
    named = {*pages(root)}
    return {page: path for page, path in found.items() if page not in named}


def words(path):
    """The Markdown of a page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    return "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")


def title(text):
    """The title of a page's Markdown, or nothing."""
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def _below(root, toc, document):
    for tree in document.subtrees:
        known = {_bare(item): item for item in tree.items if isinstance(item, FileItem)}
        for name in _items(root, tree):
            yield name
            if name in known:
                yield from _below(root, toc, toc[known[name]])


def _items(root, tree):
    """The pages of one list of the table, in its order."""
    found = []
    for item in tree.items:
        if isinstance(item, FileItem):
            found.append(_bare(item))
        elif isinstance(item, GlobItem):
            paths = [path.relative_to(root).with_suffix("") for ending in ENDINGS for path in root.glob(f"{item}{ending}")]
            names = {path.as_posix() for path in paths if not any(part.startswith((".", "_build")) for part in path.parts)}
            found += sorted(names - {*found})
    return found[::-1] if tree.reversed else found


def _bare(name):
    """A page without its ending, which `_toc.yml` may name or not."""
    return next((name.removesuffix(ending) for ending in ENDINGS if name.endswith(ending)), str(name))
