"""What is folded on a page: each fold has a name of its own, figures stand before their code, asides are opened on demand."""

import re

import nbformat
import pytest
from conftest import sphinx_app
from docutils import nodes
from folds import fold_name, what_is_in
from sphinx.errors import ExtensionError

V4 = nbformat.v4
CONF = """
extensions = ["myst_nb", "sphinx_proof", "folds"]
source_suffix = {".ipynb": "myst-nb"}
html_theme = "basic"
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
"""
FIGURE = '<figure class="explorer" id="draw"></figure>'


def code(source, *tags, html=None):
    outputs = [V4.new_output("display_data", data={"text/html": html, "text/plain": "x"})] if html else []
    return V4.new_code_cell(source, metadata={"tags": list(tags)}, outputs=outputs)


def built(source, cells):
    """The page that is made of some cells."""
    nbformat.write(V4.new_notebook(cells=cells), source / "index.ipynb")
    (source / "conf.py").write_text(CONF, encoding="utf-8")
    with sphinx_app(source) as app:
        app.build()
        return (app.outdir / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page with one fold of each kind."""
    cells = [
        V4.new_markdown_cell("# A page\n\n```{prf:theorem} One\n:label: one\n$1 = 1$.\n```\n\n```{prf:proof}\nCount to one.\n```"),
        code("import a\nimport b", "setup", "hide-input"),
        code("explore(draw)", "hide-input", html=FIGURE),
        code("\n".join(f"x = {k}" for k in range(30)), "hide-input"),
        code("answer = 42", "solution", "hide-cell"),
    ]
    return built(tmp_path_factory.mktemp("folds"), cells)


def test_each_fold_is_called_by_what_is_in_it(page):
    for name in ("Set-up, 2 lines", "Code of this figure", "Code, 30 lines", "Solution"):
        assert page.count(f">{name}</p>") == 2, name  # for when it is closed, and for when it is open
    assert "Show code" not in page and "Toggle hidden content" not in page


def test_a_figure_stands_before_its_code(page):
    assert page.index(FIGURE) < page.index("Code of this figure")


def test_a_proof_is_folded_and_its_statement_is_not(page):
    before, after = page.split('<details class="fold-proof"><summary>Proof</summary>')
    assert 'id="one"' in before and "Count to one." in after.split("</details>")[0]


def test_a_solution_that_draws_is_still_called_a_solution():
    assert fold_name({"solution", "hide-cell"}, "explore(draw)") == "Solution"
    assert fold_name({"setup", "hide-input"}, "import a\n\nfrom reglesson.explore import explore\n") == "Set-up, 3 lines"
    assert fold_name({"hide-cell"}, "a = 1\nprint(a)\n") == "What is printed, and its code, 2 lines"


def test_a_section_on_demand_says_what_is_in_it_and_ends_with_the_section(tmp_path):
    page = built(tmp_path, [
        V4.new_markdown_cell("# A page\n\n## Before\n\nText."),
        V4.new_markdown_cell("## Aside\n\nFor **those** who ask.\n\nThree words more.", metadata={"tags": ["on-demand"]}),
        code("explore(draw)", "hide-input", html=FIGURE.replace("draw", "again")),
        V4.new_markdown_cell("### Deeper\n\n$x + y$\n\n```{prf:theorem} Two\n:label: two\nIt is so.\n```"),
        V4.new_markdown_cell("```python\nw = 0\n```"),
        code("x = 1\n\ny = 2"),
        V4.new_code_cell("print(x)", metadata={"tags": ["hide-input"]}, outputs=[V4.new_output("stream", text="1\n1\n")]),
        code("answer = ...", "stub"),
        V4.new_markdown_cell("## After\n\nAll again."),
    ])  # fmt: skip
    before, after = page.split('<details class="on-demand"><summary>')
    name, rest = after.split("</summary>")[0], after[: after.index('<section id="after">')]
    assert name == "Read on: 8 words, 1 statement, 1 figure, 1 printed result, 5 lines of code, 1 exercise"
    assert before.rstrip().endswith("<p>For <strong>those</strong> who ask.</p>")
    assert rest.count("</details>") == rest.count("<details") + 1
    assert re.search(r"</section>\s*</details>\s*</section>\s*$", rest)  # the fold ends with its section, after the section in it
    for part in ("Three words more.", 'id="again"', '<section id="deeper">', 'id="two"', "tag_stub"):
        assert part in rest
    assert '<a class="reference internal" href="#deeper">' in before + after  # it stands in the page's contents


def test_the_words_of_a_fold_are_those_that_are_read():
    formula = nodes.math("", "a + b = c")
    output = nodes.container("", nodes.literal_block("", "printed words are no text"), classes=["cell_output"])
    text = nodes.paragraph("", "", nodes.Text("It’s five words, without "), formula, nodes.Text(": no more."))
    assert what_is_in([text, output]) == "6 words"
    assert what_is_in([nodes.paragraph("", "one")]) == "1 word"


@pytest.mark.parametrize("source", ["No heading.", "## Only a heading", "## A heading\n\nand one paragraph."])
def test_a_tag_with_nothing_to_fold_is_an_error(tmp_path, source):
    cells = [V4.new_markdown_cell("# A page"), V4.new_markdown_cell(source, metadata={"tags": ["on-demand"]})]
    with pytest.raises(ExtensionError, match="cell 2: on-demand wants a heading, a paragraph, and what is to be folded"):
        built(tmp_path, cells)
