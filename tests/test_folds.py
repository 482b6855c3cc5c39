"""What is folded on a page: each fold has a name of its own, figures stand before their code, proofs open on paper."""

import nbformat
import pytest
from folds import fold_name
from sphinx.testing.util import SphinxTestApp

V4 = nbformat.v4
FIGURE = '<figure class="explorer" id="draw"></figure>'


def code(source, *tags, html=None):
    outputs = [V4.new_output("display_data", data={"text/html": html, "text/plain": "x"})] if html else []
    return V4.new_code_cell(source, metadata={"tags": list(tags)}, outputs=outputs)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page with one fold of each kind."""
    source = tmp_path_factory.mktemp("folds")
    cells = [
        V4.new_markdown_cell("# A page\n\n```{prf:theorem} One\n:label: one\n$1 = 1$.\n```\n\n```{prf:proof}\nCount to one.\n```"),
        code("import a\nimport b", "setup", "hide-input"),
        code("explore(draw)", "hide-input", html=FIGURE),
        code("\n".join(f"x = {k}" for k in range(30)), "hide-input"),
        code("answer = 42", "solution", "hide-cell"),
    ]
    nbformat.write(V4.new_notebook(cells=cells), source / "index.ipynb")
    (source / "conf.py").write_text("extensions = ['myst_nb', 'sphinx_proof', 'folds']\nnb_execution_mode = 'off'\n"
                                    "myst_enable_extensions = ['dollarmath']\n", encoding="utf-8")  # fmt: skip
    app = SphinxTestApp("html", srcdir=source)
    app.build()
    yield (app.outdir / "index.html").read_text(encoding="utf-8")
    app.cleanup()


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
