"""The converter on *Conventions*: its numbers are those of `reglesson.choosing`, both ways, and what it cannot take it says."""

import re

import pytest
from conftest import load, open_page
from quick_axe import QUICK

from reglesson import choosing

PAGE = "book/conventions.html"
# two responses, with the standard deviations 0.25 and 3
RESPONSES = {0.25: [0.0, 0.5], 3.0: [1.0, 7.0]}
LAMS, SAMPLES, SHARES, MOMENTA = (0.003, 1, 250), (1, 20, 4321), (0, 0.3, 1), (0, 0.5, 0.9)


def of_sklearn(model, outputs=1):
    """Both ways between our λ and a model's number, which may depend on n."""
    return (lambda lam, n=1: choosing.sklearn_alpha(lam, n, model, outputs=outputs),
            lambda value, n=1: choosing.lam_from_sklearn(value, n, model, outputs=outputs))  # fmt: skip


def elastic(lam, share):
    return choosing.sklearn_alpha(lam, 1, "ElasticNet", share), choosing.sklearn_l1_ratio(share)


def from_elastic(alpha, share):
    r = choosing.l1_ratio_from_sklearn(share)
    return choosing.lam_from_sklearn(alpha, 1, "ElasticNet", r), r


def keras(what):
    return (lambda lam, momentum=0: choosing.keras_penalty(lam, what, momentum),
            lambda value, momentum=0: choosing.lam_from_keras(value, what, momentum))  # fmt: skip


def glmnet(lam, share, deviation):
    return choosing.glmnet_lambda(lam, RESPONSES[deviation], share)


def from_glmnet(value, share, deviation):
    return choosing.lam_from_glmnet(value, RESPONSES[deviation], share)


N, SHARE = {"n": SAMPLES}, {"share": SHARES}
LIBRARIES = {
    "Ridge": (N, *of_sklearn("Ridge")),
    "Lasso": ({}, *of_sklearn("Lasso")),
    "ElasticNet": (SHARE, elastic, from_elastic),
    "SGDRegressor": ({}, *of_sklearn("SGDRegressor")),
    "LogisticRegression": (N, *of_sklearn("LogisticRegression")),
    "LogisticRegression-2": (N, *of_sklearn("LogisticRegression", 2)),
    "MLPRegressor": (N, *of_sklearn("MLPRegressor")),
    "MLPClassifier": (N, *of_sklearn("MLPClassifier")),
    "statsmodels": (SHARE, elastic, from_elastic),
    "torch": ({}, choosing.torch_weight_decay, choosing.lam_from_torch),
    "keras-L2": ({}, *keras("L2")),
    "keras-L1": ({}, *keras("L1")),
    "keras-decay": ({"momentum": MOMENTA}, *keras("weight_decay")),
    "glmnet": ({"share": SHARES, "deviation": RESPONSES}, glmnet, from_glmnet),
}
# sets the fields as typing does, all cases at once: a round trip each would take minutes
ASK = """(cases) => cases.map((fields) => {
  const form = document.querySelector("form.converter");
  for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
  form.querySelector("select").dispatchEvent(new Event("input", { bubbles: true }));
  const shown = [...form.querySelectorAll("label:not([hidden]) input")].map((e) => e.name);
  return [form.elements.answer.value, shown];
})"""


@pytest.fixture(scope="module")
def one_window(browser, lacking):
    """A window for all tests of the form, in which there is no formula."""
    page = open_page(browser, lacking("mathjax"), PAGE, wait=False)
    yield page
    page.context.close()


@pytest.fixture
def form(one_window, lacking):
    """The form's page, loaded anew, with a function that sets fields and gives back what is said."""
    load(one_window, lacking("mathjax") + PAGE, wait=False)
    one_window.locator("form.converter").wait_for()
    one_window.ask = lambda **fields: one_window.evaluate(ASK, [fields])[0][0]
    yield one_window
    assert one_window.trouble == []


def cases(needs):
    """The grid of the arguments of one library."""
    grid = [{"value": lam} for lam in LAMS]
    for name, values in needs.items():
        grid = [{**case, name: value} for case in grid for value in values]
    return grid


@pytest.mark.parametrize("way", ["to", "from"])
def test_every_number_is_that_of_the_package(form, way):
    assert {o.get_attribute("value") for o in form.locator("[name=library] option").all()} == set(LIBRARIES)
    for library, (needs, to, back) in LIBRARIES.items():
        grid = cases(needs)
        answers = form.evaluate(ASK, [{"library": library, "direction": way, **case} for case in grid])
        for case, (answer, shown) in zip(grid, answers, strict=True):
            given = dict(case)
            wanted = (to if way == "to" else back)(given.pop("value"), **given)
            wanted = list(wanted) if isinstance(wanted, tuple) else [wanted]
            sides = answer.split(" is the same as ")
            got = [float(number) for number in re.findall(r"= (\S+?)(?:,|$)", sides[0])]
            assert got == pytest.approx(wanted, rel=1e-11), (library, case, answer)
            assert ("λ" in sides[0]) == (way == "from") and ("λ" in sides[1]) == (way == "to")
            assert set(shown) == {"value", *needs}, library


@pytest.mark.parametrize(
    ("fields", "wrong", "said"),
    [
        ({"value": "-1"}, ["value"], "λ must be a number at least 0, got “-1”."),
        ({"value": ""}, ["value"], "λ must be a number at least 0, got “”."),
        ({"value": "much"}, ["value"], "got “much”."),
        ({"value": "1,000"}, ["value"], "got “1,000”."),
        ({"n": "2.5"}, ["n"], "n must be a whole number at least 1, got “2.5”."),
        ({"n": "0"}, ["n"], "n must be a whole number at least 1, got “0”."),
        ({"library": "ElasticNet", "share": "1.1"}, ["share"], "r must be a number at least 0 and at most 1, got “1.1”."),
        ({"library": "keras-decay", "momentum": "1"}, ["momentum"], "momentum must be a number at least 0 and below 1, got “1”."),
        ({"library": "LogisticRegression", "value": "0"}, ["value"], "λ must be a number above 0, got “0”."),
        ({"library": "LogisticRegression", "direction": "from", "value": "0"}, ["value"], "C must be a number above 0, got “0”."),
        (
            {"library": "glmnet", "direction": "from", "deviation": "0"},
            ["deviation"],
            "the standard deviation must be a number above 0, got “0”.",
        ),
        ({"value": "1e308", "n": "100"}, [], "The result is larger than a computer can write."),
    ],
)
def test_what_is_no_penalty_is_told_with_what_is_allowed(form, fields, wrong, said):
    assert form.ask(**fields).endswith(said)
    assert form.locator("form.converter [aria-invalid=true]").evaluate_all("all => all.map((e) => e.name)") == wrong


def test_it_is_read_with_a_decimal_comma_and_used_by_keyboard(form):
    assert form.ask(value="0,5", n="100") == "alpha = 50 is the same as λ = 0.5"
    field = form.get_by_label("n, training samples")
    field.focus()
    form.keyboard.press("Control+a")
    form.keyboard.type("30")
    assert form.locator("form.converter output").inner_text() == "alpha = 15 is the same as λ = 0.5"
    form.keyboard.press("Enter")  # sends nothing anywhere
    assert form.url.endswith(PAGE)
    form.get_by_label("library").select_option(label="PyTorch SGD or Adam")
    assert not field.is_visible()
    assert form.locator("form.converter output").inner_text() == "weight_decay = 1 is the same as λ = 0.5"


def test_it_is_on_that_page_only_and_hidden_without_script(site, browser, address):
    with_it = [p.name for p in site.glob("book/*.html") if "converter.js" in p.read_text(encoding="utf-8")]
    assert with_it == ["conventions.html"]
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(address + PAGE)
    assert not page.locator("form.converter").is_visible()
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_is_wide_enough(visit, theme):
    page = visit(PAGE, width=390, color_scheme=theme)
    page.locator("form.converter").wait_for()
    for fields in ({"library": "glmnet"}, {"value": "x"}):
        page.evaluate(ASK, [fields])
        assert QUICK.run(page, context="form.converter").response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
