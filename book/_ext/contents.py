"""The table of contents: which pages `_toc.yml` names, in the order of the book."""

from sphinx_external_toc.api import FileItem, GlobItem
from sphinx_external_toc.parsing import parse_toc_yaml

ENDINGS = (".ipynb", ".md")


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
