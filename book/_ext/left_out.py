"""A course of fewer chapters, or in another order: pages follow `_toc.yml`.

The files of a chapter that the table of contents does not name stay where they are, and other pages go on to speak of it. Here
a link to such a page becomes its words, or leads to the full course where `full_course` in `_config.yml` says its address; the
chapter's card, its row in a table, and its pictures go. Cards and rows stand in the order of the course, with its numbers.
"""

import re
from pathlib import Path
from urllib.parse import quote

import contents
import uses
from docutils import nodes
from sphinx import addnodes
from sphinx.util import docname_join

PROOF_BOX = re.compile(r"^[`:]{3,}\{prf:\w+\} *(.*)\n(?::.*\n)*?:label: *(\S+)", re.MULTILINE)
MODULE = re.compile(r"^```\{api\} *(\S+)", re.MULTILINE)
RAW_LINK = re.compile(r'<a href="([^":#?]+)\.html([^"]*)"')
CHAPTER = re.compile(r"\bchapter (\d+)\b")


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.add_config_value("full_course", "", "env", str)
    app.connect("builder-inited", read_what_is_left_out)
    app.connect("doctree-read", mend, priority=400)  # before Sphinx takes the headings for the contents
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class LeftOut:
    """The pages that are not in the table, and what on other pages may speak of them."""

    def __init__(self, root):
        self.titles, self.labels, self.modules, self.figures, self.glossary = {}, {}, {}, set(), False
        for page, path in contents.left_out(root).items():
            text = contents.words(path)
            self.titles[page] = contents.title(text) or page
            self.labels |= {label: (page, title.strip()) for title, label in PROOF_BOX.findall(text)}
            self.modules |= {f"reglesson.{module}": page for module in MODULE.findall(text)}
            self.glossary = self.glossary or "{glossary}" in text
            if path.suffix == ".ipynb":
                drawn = {name.replace("_", "-") for name in uses.read(path)[1]}
                self.figures |= drawn | {f"{path.stem}:{name}" for name in drawn}
        self.course = contents.numbered(root)

    def target(self, link):
        """Where a reference leads that is not resolved yet: (page, place on it, words if it has none of its own)."""
        kind, domain, target = link.get("reftype"), link.get("refdomain"), link.get("reftarget", "")
        if kind == "doc" or domain == "doc":
            page = target if domain == "doc" else docname_join(link.get("refdoc", ""), target)
            return page, link.get("reftargetid") or "", self.titles.get(page, "")
        if domain == "prf" and target in self.labels:
            page, title = self.labels[target]
            return page, target, title or self.titles[page]
        if domain == "py":
            page = next((page for module, page in self.modules.items() if f"{target}.".startswith(f"{module}.")), "")
            return page, target, ""
        return "", "", ""


def read_what_is_left_out(app):
    """Read the pages that are not in the table, once a build."""
    app.env.reglesson_left_out = LeftOut(Path(app.confdir))


def mend(app, doctree):
    """Have a page speak of the chapters that there are, in their order."""
    out = app.env.reglesson_left_out
    lead_to_numbers(doctree, out)
    put_cards_in_order(doctree, out)
    put_rows_in_order(doctree, out)
    if out.titles:
        mend_links(app, doctree, out)
        mend_raw_links(app, doctree, out)
        drop_empty_sections(doctree)


def links(node):
    """The references below a node that are not resolved yet."""
    return list(node.findall(addnodes.pending_xref))


# -- the order of the course --------------------------------------------------------------------------------------------


def lead_to_numbers(doctree, out):
    """Have a link that says *chapter 1* lead to the first chapter; where there is none of that number, it is words."""
    for link in links(doctree):
        said = CHAPTER.search(link.astext())
        if said and out.target(link)[0] in {*out.course, *out.titles}:
            number = int(said[1])
            if number > len(out.course):
                link.replace_self(link.children)
            else:
                link["reftarget"] = f"/{out.course[number - 1]}" if link["reftype"] == "doc" else out.course[number - 1]


def in_order(parents, page_of, out):
    """Of some children of a node, drop those of chapters left out, and put those of the course in its order, with its numbers."""
    places = [(node, page_of(node)) for node in parents]
    for node, page in places:
        if page in out.titles:
            node.parent.remove(node)
    kept = [(node, page) for node, page in places if page in out.course]
    where = [(node.parent, node.parent.index(node)) for node, _ in kept]
    for (parent, at), (node, page) in zip(where, sorted(kept, key=lambda each: out.course.index(each[1])), strict=True):
        parent[at] = node
        number(node, out.course.index(page) + 1)


def number(node, k):
    """Give the first words of a node, if they begin with a number and a dot, the number `k`."""
    text = next((text for text in node.findall(nodes.Text) if text.strip()), "")
    if re.match(r"\d+\. ?", text):
        text.parent.replace(text, nodes.Text(re.sub(r"^\d+", str(k), text)))


def put_cards_in_order(doctree, out):
    """Cards that lead to a chapter: those of chapters left out go, the others follow the course."""
    grids = [n for n in doctree.findall(nodes.container) if n.get("design_component") == "grid-row"]
    for grid in grids:
        in_order(list(grid.children), lambda card: next((out.target(link)[0] for link in links(card)), ""), out)


def put_rows_in_order(doctree, out):
    """Tables whose rows each begin with a link to a chapter follow the course; a table without rows goes."""
    for body in list(doctree.findall(nodes.tbody)):
        rows = {row: first_page(row[0], out) for row in body}
        if rows and all(page in out.titles or page in out.course for page in rows.values()):
            in_order(list(rows), rows.get, out)
            if not len(body):
                table = body.parent.parent
                table.parent.remove(table)


def first_page(cell, out):
    """The page that the first link of a cell leads to."""
    return next((out.target(link)[0] for link in links(cell)), "")


# -- what is not there ---------------------------------------------------------------------------------------------------


def address(app, page, place):
    """Where a page stands in the full course, if that is known."""
    return app.config.full_course and f"{app.config.full_course.rstrip('/')}/{quote(page)}.html{place}"


def mend_links(app, doctree, out):
    """A link to a page that is left out: its words, or a link to the full course."""
    for link in links(doctree):
        if link.get("reftype") == "term" and out.glossary:
            link.replace_self(nodes.inline("", link.astext()))
            continue
        page, place, title = out.target(link)
        if page not in out.titles:
            continue
        words = link[0].deepcopy() if link.get("refexplicit") and link.astext() else nodes.inline("", title or link.astext())
        whole = address(app, page, f"#{place}" if place else "")
        link.replace_self(nodes.reference("", "", words, refuri=whole, internal=False) if whole else words)


def mend_raw_links(app, doctree, out):
    """The same for links that are written as HTML, as those are that move a slider: the tags go, the words between them stay."""
    here = app.env.docname
    for tag in list(doctree.findall(nodes.raw)):
        found = RAW_LINK.match(tag.astext())
        page = docname_join(here, found[1]) if found else ""
        if page not in out.titles:
            continue
        whole = address(app, page, found[2])
        if whole:
            text = RAW_LINK.sub(lambda _, whole=whole: f'<a href="{whole}"', tag.astext())
            tag.replace_self(nodes.raw(text, text, format="html"))
        else:
            after = tag.parent[tag.parent.index(tag) + 1 :]
            tag.parent.remove(next(node for node in after if isinstance(node, nodes.raw) and node.astext() == "</a>"))
            tag.parent.remove(tag)


def drop_empty_sections(doctree):
    """A section whose pictures are all gone, so that nothing but its heading is left, goes too."""
    for section in list(doctree.findall(nodes.section)):
        if len(section) == 1 and isinstance(section[0], nodes.title) and isinstance(section.parent, nodes.section):
            section.parent.remove(section)
