"""What is folded on a page, and what each fold is called: set-up, the code of a figure, long code, solutions, proofs, asides.

Authors tag cells (`setup`, `hide-input`, `solution`, `on-demand`); a fold's
name comes from the tag and from what is in it, so that it cannot grow stale.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx_proof.nodes import proof_node

NOT_WORDS = (nodes.raw, nodes.literal_block, nodes.math, nodes.math_block)


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("doctree-read", name_folds)
    app.connect("doctree-read", fold_proofs)
    app.connect("doctree-resolved", put_code_below_its_figure)
    app.connect("doctree-resolved", show_me)
    app.connect("doctree-resolved", fold_on_demand)
    app.connect("html-page-context", let_folds_speak_for_themselves)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def fold_name(tags, source):
    """What the fold of a code cell is called, from the cell's tags and its code."""
    lines = len(source.strip().splitlines())
    if "solution" in tags:
        return "Solution"
    if "show-me" in tags:
        return "Show me"
    if "setup" in tags:
        return f"Set-up, {lines} lines"
    if "hide-cell" in tags:
        return f"What is printed, and its code, {lines} lines"
    return "Code of this figure" if "explore(" in source else f"Code, {lines} lines"


def name_folds(app, doctree):
    """Give each fold of a page its name, for when it is closed and for when it is open."""
    for cell in doctree.findall(nodes.container):
        if cell.get("hide_mode") and len(cell):
            tags = {name.removeprefix("tag_") for name in cell["classes"]}
            cell["prompt_show"] = cell["prompt_hide"] = fold_name(tags, cell.next_node(nodes.literal_block).astext())


def fold_proofs(app, doctree):
    """Fold each proof: the statement is for all, the proof for those who want it. On paper it stands open."""
    for proof in list(doctree.findall(proof_node)):
        at = proof.parent.index(proof)
        opening = nodes.raw("", '<details class="fold-proof"><summary>Proof</summary>', format="html")
        proof.parent[at : at + 1] = [opening, proof, nodes.raw("", "</details>", format="html")]


def put_code_below_its_figure(app, doctree, docname):
    """Move the folded code of an explorer below the explorer: who opens a page wants to see the figure first."""
    for cell in list(doctree.findall(nodes.container)):
        if len(cell) > 1 and isinstance(cell[0], HideCodeCellNode) and shows_explorer(cell[1:]):
            cell.append(cell.pop(0))


def shows_explorer(parts):
    """Whether the outputs of a cell hold an explorer."""
    return any('class="explorer"' in raw.astext() for part in parts for raw in part.findall(nodes.raw))


def show_me(app, doctree, docname):
    """Of a cell tagged `show-me`, let the first line that it prints stand bold, and its code and the rest below what is right."""
    for cell in list(doctree.findall(nodes.container)):
        if "tag_show-me" in cell["classes"] and len(cell) > 1 and isinstance(cell[0], HideCodeCellNode):
            fold, output = cell.pop(0), next(iter(cell.findall(nodes.literal_block)))
            headline, _, rest = output.astext().partition("\n")
            output.replace_self(nodes.paragraph("", "", nodes.strong(text=headline), classes=["headline"]))
            if rest.strip():
                fold += nodes.literal_block(rest.rstrip(), rest.rstrip(), language="none")
            after = cell.parent[cell.parent.index(cell) + 1 :]
            place = next((node for node in after if node.astext().startswith("Right:")), cell)
            place.parent.insert(place.parent.index(place) + 1, nodes.container("", fold, classes=["cell"]))


def fold_on_demand(app, doctree, docname):
    """Fold each section whose heading is the first in a cell tagged `on-demand`, from below its first paragraph to its end.

    MyST-NB keeps no tags of text, but it counts the lines of a cell from ten thousand times the cell's number.
    """
    path = Path(app.env.doc2path(docname))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.suffix == ".ipynb" else []
    sections = [section for section in doctree.findall(nodes.section) if isinstance(section[0], nodes.title)]
    for number, cell in enumerate(cells, 1):
        if "on-demand" in cell["metadata"].get("tags", []):
            section = next((section for section in sections if section.line // 10_000 == number), [])
            first = next((k for k, part in enumerate(section, 1) if isinstance(part, nodes.paragraph)), len(section))
            if not section[first:]:
                raise ValueError(f"{docname}, cell {number}: on-demand wants a heading, a paragraph, and what is to be folded")
            opening = f'<details class="on-demand"><summary>Read on: {what_is_in(section[first:])}</summary>'
            section.insert(first, nodes.raw("", opening, format="html"))
            section.append(nodes.raw("", "</details>", format="html"))


def what_is_in(parts):
    """What somebody who opens a fold will find, in words and numbers."""
    found = [node for part in parts for node in part.findall()]
    texts = [node for node in found if isinstance(node, nodes.Text) and not isinstance(node.parent, NOT_WORDS)]
    elements = [node for node in found if isinstance(node, nodes.Element)]
    cells = [node for node in elements if "cell" in node.get("classes", [])]
    figures = [cell for cell in cells if shows_explorer([cell])] + [node for node in elements if isinstance(node, nodes.image)]
    printed = [cell for cell in cells if not shows_explorer([cell]) and not {"tag_stub", "tag_solution"} & {*cell["classes"]}
               and any("cell_output" in part.get("classes", []) for part in cell)]  # fmt: skip
    code = [node for node in elements if isinstance(node, nodes.literal_block) and not any(map(hides_code, ancestors(node)))]
    counts = {
        ("word", "words"): sum(len(re.findall(r"\w[\w’'-]*", text)) for text in texts),
        ("statement", "statements"): sum("realtype" in node for node in elements),
        ("figure", "figures"): len(figures),
        ("printed result", "printed results"): len(printed),
        ("line of code", "lines of code"): sum(len(block.astext().strip().splitlines()) for block in code),
        ("exercise", "exercises"): sum("tag_stub" in cell["classes"] for cell in cells),
    }
    return ", ".join(f"{count} {one if count == 1 else many}" for (one, many), count in counts.items() if count)


def ancestors(node):
    """What a node lies in, from the inside out."""
    while node := node.parent:
        yield node


def hides_code(node):
    """Whether what lies in a node is no code that the page shows: it has a fold of its own, or was printed."""
    return isinstance(node, HideCodeCellNode) or "cell_output" in node.get("classes", [])


def let_folds_speak_for_themselves(app, pagename, templatename, context, doctree):
    """Take off the name that MyST-NB gives to all folds alike, which a screen reader would read in place of each fold's own."""
    if "body" in context:
        context["body"] = context["body"].replace('<summary aria-label="Toggle hidden content">', "<summary>")
