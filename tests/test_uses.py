"""Which functions a figure uses is read from the code of its notebook."""

import uses

IMPORTS = "from reglesson.l2 import ridge, ridge_path\nfrom reglesson.linear import mse\nfrom reglesson import l1\nimport math"
DRAW = "def picture(fig, lam):\n    ax = fig.subplots()\n    return told(lam)\nexplore(picture, lam=1)"


def found(*cells):
    return {name.removeprefix("reglesson.") for name in uses.figures([IMPORTS, *cells, DRAW])["picture"]}


def test_a_figure_uses_what_the_functions_that_it_calls_name():
    assert found("def told(lam):\n    return ridge(X, y, lam)", "def other():\n    return mse(1, 2)") == {"l2.ridge"}


def test_a_figure_uses_what_made_the_values_that_it_reads():
    cells = "path = ridge_path(X, y, lams)", "errors = mse(y, path.predict(X))", "def told(lam):\n    return errors[0]"
    assert found(*cells) == {"l2.ridge_path", "linear.mse"}


def test_a_module_may_be_named_as_a_whole():
    assert found("told = lambda lam: l1.lasso(X, y, lam)") == {"l1", "l1.lasso"}


def test_what_is_collected_in_a_loop_belongs_to_the_list():
    cells = "rows = []", "for lam in lams:\n    rows.append(ridge(X, y, lam).coef)", "def told(lam):\n    return rows[0]"
    assert found(*cells) == {"l2.ridge"}
    assert found("rows = {}", "rows['a'] = mse(y, z)", "def told(lam):\n    return rows") == {"linear.mse"}


def test_an_object_that_a_function_changed_carries_what_changed_it():
    assert found("net = object()", "ridge(net, 1)", "def told(lam):\n    return net") == {"l2.ridge"}


def test_a_name_bound_anew_forgets_what_it_was():
    assert found("x = ridge(X, y, 1)", "x = mse(y, z)", "def told(lam):\n    return x") == {"linear.mse"}
    assert found("x = ridge(X, y, 1)", "for x in [1]:\n    z = mse(x, x)", "def told(lam):\n    return z") == {"linear.mse"}
    assert found("x = ridge(X, y, 1)", "z = [x for x in range(3)]", "def told(lam):\n    return z") == set()
    assert found("x = ridge(X, y, 1)", "if z:\n    x = mse(y, z)", "def told(lam):\n    return x") == {"l2.ridge", "linear.mse"}


def test_what_comes_later_is_not_used():
    assert uses.figures([IMPORTS, "def told(lam):\n    return x", "x = 1", DRAW, "x = ridge(X, y, 1)"]) == {"picture": set()}


def test_two_figures_are_told_apart():
    second = DRAW.replace("picture", "second").replace("told", "said")
    both = uses.figures([IMPORTS, "def told(lam):\n    return ridge(X, y, lam)", DRAW, "said = mse", second])
    assert both == {"picture": {"reglesson.l2.ridge"}, "second": {"reglesson.linear.mse"}}
