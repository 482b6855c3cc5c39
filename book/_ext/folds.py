"""What is folded on a page, and what each fold is called: set-up, the code of a figure, long code, solutions, proofs.

Authors tag cells (`setup`, `hide-input`, `solution`); a fold's name comes from
the tag and from what is in it, so that it cannot grow stale.
"""

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx_proof.nodes import proof_node


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("doctree-read", name_folds)
    app.connect("doctree-read", fold_proofs)
    app.connect("doctree-resolved", put_code_below_its_figure)
    app.connect("doctree-resolved", show_me)
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


def let_folds_speak_for_themselves(app, pagename, templatename, context, doctree):
    """Take off the name that MyST-NB gives to all folds alike, which a screen reader would read in place of each fold's own."""
    if "body" in context:
        context["body"] = context["body"].replace('<summary aria-label="Toggle hidden content">', "<summary>")
