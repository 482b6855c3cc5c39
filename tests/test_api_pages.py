"""The pages of the package: what stands on them, as far as it does not take a built site to see it."""

import inspect
from types import SimpleNamespace

import api_pages
import numpy as np
import pytest
from test_book import ROOT
from test_reference import MODULES, public

from reglesson import exercises


def test_each_module_has_a_page_and_no_other_page_is_there():
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "book" / "api").glob("*.md")}
    assert sorted(pages) == MODULES
    for module, text in pages.items():
        assert text.startswith("# ") and f".. api:: {module}\n" in text


@pytest.mark.parametrize("module", MODULES)
def test_a_page_offers_what_is_public(module):
    checks = {check.__name__ for check in exercises.CHECKS.values()} if module == "exercises" else set()
    functions = {name for name, item in public(module).items() if "." not in name and callable(item)}
    assert set(api_pages.members(module)) == functions - checks - {"setup"}  # which Sphinx calls, and nobody else


CODE = """
from __future__ import annotations

def fit(X: ArrayLike, *, lam: float | None = None) -> LinearFit: ...

class Model:
    def __init__(self, size: int) -> None: ...

    def predict(self, X: ArrayLike) -> NDArray[np.floating]: ...
"""


def signature(function, what="function"):
    return api_pages.as_in_the_code(None, what, function.__name__, function, None, "()", None)


def test_a_signature_stays_as_the_code_writes_it():
    space = {"__name__": "somewhere"}
    exec(CODE, space)
    assert signature(space["fit"]) == ("(X: ArrayLike, *, lam: float | None = None)", "LinearFit")
    assert signature(space["Model"].predict, "method") == ("(X: ArrayLike)", "NDArray[np.floating]")
    assert signature(space["Model"], "class") == ("(size: int)", None)


def test_the_short_names_of_a_module_are_spelled_out():
    assert api_pages.spelled_out(np.typing.NDArray[np.bool_], "Masks") == "NDArray[np.bool]"
    assert api_pages.spelled_out(str | None, "Problem") == "str | None"
    assert api_pages.spelled_out(inspect.Signature, "Signature") == "Signature"


def test_figures_stand_below_a_function_with_links_that_go_up_from_its_page():
    used = {"reglesson.l2.ridge": [("book/l2", "L2: `a` tax", ["one_figure", "two"]), ("index", "Home", ["first"])]}
    app = SimpleNamespace(env=SimpleNamespace(reglesson_uses=used, docname="book/api/l2"))
    lines = []
    api_pages.add_figures(app, "function", "reglesson.l2.ridge", None, None, lines)
    assert [line for line in lines if line.startswith("*")] == [
        "* L2: a tax: `one figure <../../book/l2.html#one-figure>`__, `two <../../book/l2.html#two>`__",
        "* Home: `first <../../index.html#first>`__",
    ]
    assert lines.count(".. rubric:: Figures that use it") == 1
    nothing = []
    api_pages.add_figures(app, "function", "reglesson.l2.ridge_path", None, None, nothing)
    assert "".join(nothing) == ""


def test_a_page_is_read_again_when_other_figures_use_its_module_and_only_then():
    used = {"reglesson.l2.ridge": [("book/l2", "L2", ["one"])], "reglesson.l1.lasso": [("book/l1", "L1", ["two"])]}
    env = SimpleNamespace(reglesson_uses=used, metadata={})
    for module in ("l2", "l1"):
        env.metadata[f"book/api/{module}"] = {"shows": api_pages.shown(env, module)}
    env.metadata["index"] = {}

    def outdated():
        return api_pages.with_other_figures(None, env, set(), set(), set())

    assert outdated() == []
    for change in ([("book/l2", "L2", ["one", "three"])], [("book/l2", "Ridge", ["one"])]):
        env.reglesson_uses = {**used, "reglesson.l2.ridge": change}
        assert outdated() == ["book/api/l2"]
    env.reglesson_uses = {**used, "reglesson.l1.lasso_path": [("book/l1", "L1", ["two"])]}
    assert outdated() == ["book/api/l1"]
    env.reglesson_uses = {"reglesson.l2.ridge": used["reglesson.l2.ridge"]}
    assert outdated() == ["book/api/l1"]
