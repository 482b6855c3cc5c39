"""Checks that a reader runs on an answer: `check("l2-shrink", my_function)` prints what is right or what is not yet.

Each check compares the answer with the package on a few cases. It never
raises because of a wrong answer: a stub that returns nothing is told so.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from copy import deepcopy
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reglesson import _checks, dropout, early_stopping, l1, l2, overfitting

Floats = NDArray[np.floating]
Problem = str | None  # what is not right yet, a sentence


def agree(
    answer: object, reference: Callable[..., ArrayLike], cases: list[tuple[Any, ...]], rtol: float = 1e-6, atol: float = 1e-9
) -> Problem:
    """Compare two functions on a list of arguments.

    Parameters
    ----------
    answer : object
        What a reader wrote; anything that is no function is told so.
    reference : callable
        The function that is right.
    cases : list of tuple
        Arguments for both, a tuple for each call.
    rtol, atol : float
        How far apart two numbers may be, as in `numpy.allclose`.

    Returns
    -------
    str or None
        One sentence that says where they differ, or None if they agree.

    Raises
    ------
    ValueError
        If `reference`, `cases` or a tolerance is not as described; a wrong answer raises nothing.

    Examples
    --------
    >>> agree(lambda x: 2 * x, lambda x: x**2, [(2.0,), (3.0,)])
    'for the arguments (3.0,) the result is 6 where 9 is right'
    """
    _checks.function(reference, "reference")
    if not isinstance(cases, list) or not all(isinstance(case, tuple) for case in cases):
        raise ValueError(f"cases must be a list of tuples of arguments, got {_brief(cases)}")
    if not callable(answer):
        return f"the answer must be a function, got {type(answer).__name__}"
    for case in cases:
        shown = f"for the arguments {_brief(case)}" if _short(case) else f"on an example with arguments of shapes {_shapes(case)}"
        try:
            given = answer(*deepcopy(case))
        except _Form as told:
            return f"{shown} {told}"
        except (Exception, SystemExit) as error:  # whatever a reader's code raises is told, not thrown
            return f"{shown} {_stopped(error)}"
        problem = same(given, reference(*case), rtol, atol)
        if problem:
            return f"{shown} {problem}"
    return None


def same(given: object, expected: ArrayLike, rtol: float = 1e-6, atol: float = 1e-9) -> Problem:
    """Compare two numbers or arrays.

    Parameters
    ----------
    given : object
        What a reader's function returned.
    expected : array_like
        What is right.
    rtol, atol : float
        How far apart two numbers may be, as in `numpy.allclose`.

    Returns
    -------
    str or None
        What differs, or None if they agree.

    Raises
    ------
    ValueError
        If `expected` or a tolerance is not as described.

    Examples
    --------
    >>> same([1.0, 2.0], [1.0, 2.0, 3.0])
    'the result must have shape (3,), got (2,)'
    """
    rtol, atol = _checks.number(rtol, "rtol", low=0), _checks.number(atol, "atol", low=0)
    expected = _checks.array(expected, "expected").astype(float)
    if given is None or given is ...:
        return "nothing is returned"
    try:
        given = _numbers(given)
    except Exception:  # an object of a reader's may raise anything as it is looked at
        return f"the result must be a number or an array of numbers, got {_brief(given)}"
    if given.shape != expected.shape:
        if expected.ndim == 0:
            return f"the result must be one number, got an array of shape {given.shape}"
        return f"the result must have shape {expected.shape}, got {given.shape}"
    if not np.allclose(given, expected, rtol=rtol, atol=atol):
        with np.errstate(all="ignore"):
            apart = np.abs(given - expected)
        far = tuple(map(int, np.unravel_index(np.argmax(np.where(np.isnan(apart), np.inf, apart)), given.shape)))
        where = f" at index {far if len(far) > 1 else far[0]}" if expected.size > 1 else ""
        digits = 6 if f"{given[far]:.6g}" != f"{expected[far]:.6g}" else 12  # the same six digits would tell nothing
        return f"the result{where} is {given[far]:.{digits}g} where {expected[far]:.{digits}g} is right"
    return None


def check(name: str, answer: object) -> None:
    """Print whether an answer solves an exercise.

    Parameters
    ----------
    name : str
        The exercise, such as "l2-alpha".
    answer : object
        What a reader wrote, most often a function.

    Raises
    ------
    ValueError
        If there is no exercise of that name.

    Examples
    --------
    >>> check("l2-alpha", lambda alpha, n: alpha)
    Not yet: for the arguments (10.0, 100) the result is 10 where 0.1 is right.
    >>> check("l2-alpha", lambda alpha, n: alpha / n)
    Right.
    """
    problem = CHECKS[_checks.option(name, "name", CHECKS)](answer)
    print(f"Not yet: {problem}." if problem else "Right.")


class _Form(Exception):
    """What is returned has not the form that was asked for."""


def _returned(given: Any, *names: str) -> Any:
    """What a function with several results returned, or a sentence that says what it should return; None as it is."""
    if given is None or given is ...:
        return None
    if not isinstance(given, (tuple, list)) or len(given) != len(names):
        raise _Form(f"{len(names)} things must be returned, {', '.join(names[:-1])} and {names[-1]}, got {_brief(given)}")
    return given


def _numbers(value: object) -> Floats:
    """`value` as floats, NaN and infinities among them; what would lose something on the way, as complex numbers do, is refused."""
    given = _checks.plain(value, "the result")
    if given.dtype.kind == "c" and np.allclose(given.imag, 0):  # as `eigvals` may leave it
        given = given.real
    if given.dtype.kind not in "fiubO":
        raise TypeError(f"no real numbers: {given.dtype}")
    with np.errstate(over="ignore"):
        return given.astype(float)


def _short(case: Sequence[Any]) -> bool:
    return all(np.size(a) <= 4 for a in case)


def _shapes(case: Sequence[Any]) -> str:
    return ", ".join(str(np.shape(a)) for a in case)


def _made_of(answer: Any, solve: Callable[..., Any], *names: str) -> Any:
    """A function that gives what `solve` makes of the several results of an answer; what `solve` cannot take is told."""

    def solved(*case: Any) -> Any:
        given = _returned(answer(*case), *names)
        if given is None:
            return None
        try:
            with np.errstate(all="ignore"):
                return solve(*given)
        except Exception as error:
            raise _Form(f"returns {', '.join(names[:-1])} and {names[-1]} with which {solve.__name__} cannot go on: "
                        f"{_brief(error, 500)}") from error  # fmt: skip

    return solved if callable(answer) else answer


def _brief(value: object, most: int = 80) -> str:
    try:
        return str(value).replace("\n", " ")[:most]
    except Exception:  # of a reader's own class
        return f"an object of the class {type(value).__name__}"


def _stopped(error: BaseException) -> str:
    ours = (str(Path(__file__).parent), *np.__path__)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(ours)]
    where = f" in line {lines[-1]}" if lines else ""
    return f"the answer stops{where} with {type(error).__name__}: {_brief(error, 500)}"


# One function a check, in the order of the chapters; each takes the reader's answer and returns None or a sentence.

CHECKS: dict[str, Callable[[Any], Problem]] = {}


def _centred(n: int, p: int, seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, p)), rng.normal(size=n)
    return X - X.mean(axis=0), y - y.mean()


# -- L2 --------------------------------------------------------------------------------------------------------


def l2_alpha(answer: Any) -> Problem:
    """Which penalty of this book is scikit-learn's alpha?"""
    return agree(answer, lambda alpha, n: alpha / n, [(10.0, 100), (0.5, 7), (0.0, 3)])


def l2_step(answer: Any) -> Problem:
    """One step of gradient descent on the L2 loss."""
    w, gradient = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.1, -4.0])
    return agree(answer, lambda w, g, lam, rate: w - rate * (g + 2 * lam * w), [(w, gradient, 0.3, 0.1), (w, 0 * w, 2.0, 0.05)])


def l2_dof(answer: Any) -> Problem:
    """Effective degrees of freedom of ridge regression."""
    rng = np.random.default_rng(0)
    cases = [(rng.normal(size=shape) + 5, lam) for shape, lam in (((20, 4), 0.5), ((6, 9), 0.1), ((30, 2), 10.0))]
    return agree(answer, lambda X, lam: l2.effective_dof(X, [lam])[0], cases)


def l2_augmented(answer: Any) -> Problem:
    """Ridge weights by least squares on more rows."""

    def lstsq(A: ArrayLike, t: ArrayLike) -> Any:
        return np.linalg.lstsq(_checks.array(A, "A", 2), np.ravel(_checks.array(t, "t")), rcond=None)[0]

    cases = [(*_centred(20, 3, 0), 0.5), (*_centred(6, 9, 1), 0.1), (*_centred(12, 2, 2), 10.0)]
    weights = _made_of(answer, lstsq, "A", "t")
    problem = agree(weights, lambda *case: l2.ridge(*case, fit_intercept=False).coef, cases)
    return problem and problem.replace("the result", "what lstsq makes of A and t")


def l2_loo(answer: Any) -> Problem:
    """The mean squared leave-one-out residual, at the same n lam in front of the squared weights."""

    def the_long_way(X: Floats, y: Floats, lam: float) -> Any:
        n, errors = len(X), []
        for i in range(n):
            rest = np.arange(n) != i
            errors.append(y[i] - l2.ridge(X[rest], y[rest], lam * n / (n - 1)).predict(X[[i]])[0])
        return np.mean(np.square(errors))

    rng = np.random.default_rng(0)
    cases = [(rng.normal(size=(n, 3)) + 2, rng.normal(size=n) + 4, lam) for n, lam in ((10, 0.3), (15, 2.0))]
    return agree(answer, the_long_way, cases)


CHECKS |= {"l2-alpha": l2_alpha, "l2-step": l2_step, "l2-dof": l2_dof, "l2-augmented": l2_augmented, "l2-loo": l2_loo}


# -- overfitting -----------------------------------------------------------------------------------------------


def overfitting_gap(answer: Any) -> Problem:
    """The generalization gap from responses and predictions of a training and a test set."""
    rng = np.random.default_rng(0)
    cases = [(rng.normal(size=n), rng.normal(size=n), rng.normal(size=m), rng.normal(size=m)) for n, m in ((8, 5), (30, 70))]
    return agree(answer, lambda y, fit, y_new, fit_new: np.mean((y_new - fit_new) ** 2) - np.mean((y - fit) ** 2), cases)


def overfitting_variance(answer: Any) -> Problem:
    """The variance of a linear smoother, averaged over its rows."""
    cases = [(H, 0.3) for H in (*_smoothers(), np.random.default_rng(5).normal(size=(4, 9)))]  # the last predicts elsewhere
    return agree(answer, lambda H, noise_var: noise_var * np.sum(H**2) / len(H), cases)


def overfitting_corrected(answer: Any) -> Problem:
    """The training error plus the optimism."""
    rng = np.random.default_rng(1)
    cases = [(rng.normal(size=len(H)), H, 0.3) for H in _smoothers()]
    return agree(answer, lambda y, H, noise_var: np.mean((y - H @ y) ** 2) + 2 * noise_var * np.trace(H) / len(y), cases)


def overfitting_scale(answer: Any) -> Problem:
    """A test set in the units of its training set."""
    rng = np.random.default_rng(2)
    cases = [(3 + 2 * rng.normal(size=(n, 3)), rng.normal(size=(m, 3))) for n, m in ((10, 4), (25, 25), (12, 1))]
    return agree(answer, lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.std(axis=0), cases)


def overfitting_screening(answer: Any) -> Problem:
    """Predictions of left-out folds, where what is left out has no say in the screening."""

    def honest(X: Floats, y: Floats, keep: int, folds: NDArray[np.intp]) -> Any:
        predicted = np.zeros(len(y))
        for fold in np.unique(folds):
            out = folds == fold
            Xc, yc = X[~out] - X[~out].mean(axis=0), y[~out] - y[~out].mean()
            columns = np.argsort(-np.abs(Xc.T @ yc) / np.linalg.norm(Xc, axis=0))[:keep]
            apart = np.sum((X[out][:, None, columns] - X[~out][None][:, :, columns]) ** 2, axis=2)
            predicted[out] = y[~out][apart.argmin(axis=1)]
        return predicted

    rng = np.random.default_rng(3)
    deal = [rng.permutation(np.resize(names, n)) for n, names in ((20, range(4)), (24, range(6)), (32, (1, 2, 3, 7)))]
    cases = [(rng.normal(size=(len(folds), 60)), rng.permutation(np.arange(len(folds)) % 2), keep, folds)
             for folds, keep in zip(deal, (5, 5, 8), strict=True)]  # fmt: skip
    return agree(answer, honest, cases)


def overfitting_curve(answer: Any) -> Problem:
    """Expected test error of least norm with the first p of equally useful features, for each p."""

    def curve(n: int, total: int, norm2: float, noise_var: float) -> Any:
        errors = []
        for p in range(1, total + 1):
            missed = norm2 * (1 - p / total)
            errors.append(overfitting.least_norm_risk(n, p, norm2 * p / total, noise_var + missed) + missed + noise_var)
        return finite(errors)

    def finite(errors: Any) -> Any:
        try:
            return np.minimum(_numbers(errors), 1e9)
        except Exception:  # what it is, `same` will say
            return errors

    problem = agree((lambda *case: finite(answer(*case))) if callable(answer) else answer, curve,
                    [(20, 60, 1.0, 0.2), (10, 25, 2.0, 0.0), (30, 20, 1.0, 1.0)])  # fmt: skip
    return problem and problem.replace("1e+09 is right", "it is infinite")


def _smoothers() -> list[Floats]:
    """Three of ridge, which are symmetric, and one that looks to one side, which is not."""
    rng = np.random.default_rng(4)
    ridges = [(rng.normal(size=(12, 3)), 0.5), (rng.normal(size=(6, 9)), 0.1), (rng.normal(size=(20, 2)), 10.0)]
    return [*(overfitting.smoother(X, lam) for X, lam in ridges), np.eye(8) / 2 + np.eye(8, k=-1) / 3]


CHECKS |= {
    "overfitting-gap": overfitting_gap,
    "overfitting-variance": overfitting_variance,
    "overfitting-corrected": overfitting_corrected,
    "overfitting-scale": overfitting_scale,
    "overfitting-screening": overfitting_screening,
    "overfitting-curve": overfitting_curve,
}


# -- L1 --------------------------------------------------------------------------------------------------------


def l1_alpha(answer: Any) -> Problem:
    """Which penalty of this book is the alpha of scikit-learn's Lasso?"""
    return agree(answer, lambda alpha: 2 * alpha, [(1.0,), (0.05,), (0.0,)])


def l1_coordinate(answer: Any) -> Problem:
    """The best value of one weight: positive, negative, zero, and without a penalty."""

    def best(x: Floats, rest: Floats, lam: float) -> Any:
        return float(l1.soft_threshold(np.mean(x * rest), lam / 2) / np.mean(x**2))

    x = _centred(20, 1, 3)[0][:, 0]
    cases = [(3 * x, x + 0.1, 0.5), (x, -2 * x, 0.5), (2 * x, x, 0.0), (0.5 * x, 0.1 * x, 2.0)]
    return agree(answer, best, cases)


def l1_lambda_max(answer: Any) -> Problem:
    """The smallest penalty at which all weights are zero."""
    rng = np.random.default_rng(4)
    cases = [(rng.normal(size=(n, p)) + 3, rng.normal(size=n) - 5) for n, p in ((20, 3), (9, 12), (15, 1))]
    return agree(answer, l1.lambda_max, cases)


def l1_refit(answer: Any) -> Problem:
    """Least squares, with an intercept, on what the lasso keeps."""

    def refitted(X: Floats, y: Floats, lam: float) -> Any:
        kept = l1.lasso(X, y, lam).coef != 0
        fit = l2.ridge(X[:, kept], y, 0.0) if kept.any() else None
        weights = np.zeros(X.shape[1] + 1)
        weights[-1] = y.mean() if fit is None else fit.intercept
        weights[:-1][kept] = 0 if fit is None else fit.coef
        return weights

    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(25, 6)) + 1, rng.normal(size=25)
    top = l1.lambda_max(X, y)
    return agree(answer, refitted, [(X, y, share * top) for share in (0.6, 0.1, 1.5)])


def l1_second_kink(answer: Any) -> Problem:
    """The penalty at which the second feature enters."""
    cases = [_centred(20, 4, seed) for seed in range(6, 12)] + [_centred(6, 10, 12), _centred(30, 2, 13)]
    # columns of unlike length: the lines of two gradients meet above the top, too
    cases.append((np.array([[1, 1.5], [-1, -1.5], [0, 2], [0, -2]]), np.array([1, -1, -0.5, 0.5])))
    return agree(answer, lambda X, y: l1.lasso_knots(X, y).lams[1], cases)


def l1_augmented(answer: Any) -> Problem:
    """Elastic-net weights by a lasso on more rows."""

    def lasso(A: ArrayLike, t: ArrayLike, penalty: Any) -> Any:
        penalty = _checks.penalty(np.ravel(penalty)[0] if np.size(penalty) == 1 else penalty, "penalty")
        return l1.lasso(A, np.ravel(_checks.array(t, "t")), penalty, fit_intercept=False).coef

    cases = [(*_centred(20, 3, 14), 0.5, 0.3), (*_centred(6, 9, 15), 0.1, 0.9), (*_centred(12, 2, 16), 0.2, 0.5)]
    weights = _made_of(answer, lasso, "A", "t", "penalty")
    problem = agree(weights, lambda *case: l1.elastic_net(*case, fit_intercept=False).coef, cases)
    return problem and problem.replace("the result", "what lasso makes of A, t and penalty")


CHECKS |= {
    "l1-alpha": l1_alpha,
    "l1-coordinate": l1_coordinate,
    "l1-lambda-max": l1_lambda_max,
    "l1-refit": l1_refit,
    "l1-second-kink": l1_second_kink,
    "l1-augmented": l1_augmented,
}


# -- dropout ---------------------------------------------------------------------------------------------------


def dropout_factor(answer: Any) -> Problem:
    """The factor at test time of plain and of inverted dropout."""
    return agree(answer, lambda p, inverted: 1.0 if inverted else 1 - p, [(0.1, False), (0.1, True), (0.5, True), (0.0, False)])


def dropout_backward(answer: Any) -> Problem:
    """The gradient before a layer of inverted dropout from the one behind it."""
    rng = np.random.default_rng(0)
    cases = [(rng.normal(size=(4, 5)), rng.random((4, 5)) >= p, p) for p in (0.1, 0.5, 0.8)]
    return agree(answer, lambda gradient, mask, p: np.where(mask, gradient / (1 - p), 0.0), cases)


def dropout_ridge(answer: Any) -> Problem:
    """The weights at the minimum of the mean over masks of the loss, no intercept."""

    def weights(X: Floats, y: Floats, p: float) -> Any:
        root = np.sqrt(dropout.dropout_penalty(X, p))
        return l2.ridge(X / root, y, 1.0, fit_intercept=False).coef / root

    rng = np.random.default_rng(1)
    cases = [(rng.normal(size=(n, 3)) * [1, 5, 0.2] + 1, rng.normal(size=n), p) for n, p in ((10, 0.1), (25, 0.5), (8, 0.8))]
    return agree(answer, weights, cases)


def dropout_geometric(answer: Any) -> Problem:
    """The normalized geometric mean over all masks of a softmax layer."""

    def one_pass(x: Floats, W: Floats, b: float, p: float) -> Any:
        return np.exp(x @ W + b) / np.exp(x @ W + b).sum()

    rng = np.random.default_rng(2)
    cases = [(rng.normal(size=n), rng.normal(size=(n, 3)), rng.normal(size=3), p) for n, p in ((4, 0.5), (6, 0.1), (1, 0.7))]
    return agree(answer, one_pass, cases)


def dropout_relu_gap(answer: Any) -> Problem:
    """The exact mean of a ReLU unit over all masks, minus its output without masks."""

    def gap(x: Floats, w: Floats, b: float, p: float) -> Any:
        masks = dropout.all_masks(len(x))
        outputs = np.maximum(masks @ (x * w) / (1 - p) + b, 0)
        return dropout.mask_probabilities(masks, p) @ outputs - max(float(x @ w) + b, 0.0)

    rng = np.random.default_rng(3)
    cases = [(rng.normal(size=n), rng.normal(size=n), rng.normal(), p) for n, p in ((5, 0.5), (8, 0.1), (3, 0.8), (1, 0.3))]
    return agree(answer, gap, [*cases, (np.ones(2), np.ones(2), 5.0, 0.5)])


CHECKS |= {
    "dropout-factor": dropout_factor,
    "dropout-backward": dropout_backward,
    "dropout-ridge": dropout_ridge,
    "dropout-geometric": dropout_geometric,
    "dropout-relu-gap": dropout_relu_gap,
}


# -- choosing --------------------------------------------------------------------------------------------------


def choosing_summary(answer: Any) -> Problem:
    """Mean over folds and its standard error, one row each."""
    rng = np.random.default_rng(0)
    cases = [(rng.normal(size=(k, size)) ** 2,) for k, size in ((5, 3), (10, 7), (2, 1))]
    return agree(answer, lambda e: np.array([e.mean(axis=0), e.std(axis=0, ddof=1) / np.sqrt(len(e))]), cases)


def choosing_one_se(answer: Any) -> Problem:
    """The penalty of the one-standard-error rule, for penalties in any order."""

    def rule(lams: Floats, mean: Floats, se: Floats) -> Any:
        best = np.argmin(mean)
        return lams[mean <= mean[best] + se[best]].max()

    lams, mean = np.array([1e-3, 0.01, 0.1, 1.0, 10.0]), np.array([52.0, 51.0, 50.0, 53.0, 56.0])
    cases = [(lams, mean, np.full(5, 4.0)), (lams[::-1], mean[::-1], np.array([9.0, 1, 2, 9, 9])), (lams, mean, np.full(5, 0.5))]
    cases.append((lams, np.array([9.0, 2.0, 1.5, 2.0, 9.0]), np.full(5, 0.5)))  # a mean just at the bound
    rng = np.random.default_rng(1)
    for _ in range(5):
        cases.append((rng.permutation(np.logspace(-3, 2, 12)), rng.uniform(1, 2, 12), rng.uniform(0.1, 0.5, 12)))
    return agree(answer, rule, cases)


def choosing_alpha(answer: Any) -> Problem:
    """PyTorch's weight decay in the units of scikit-learn's Ridge."""
    return agree(answer, lambda decay, n: n * decay / 2, [(0.1, 100), (2.0, 7), (0.0, 5)])


def choosing_luck(answer: Any) -> Problem:
    """The expected share of right answers of the best of m coins on n samples."""

    def expected(m: int, n: int) -> Any:
        below = np.cumsum([comb(n, j) / 2**n for j in range(n)])
        return np.sum(1 - below**m) / n

    return agree(answer, expected, [(1, 10), (2, 1), (20, 30), (1000, 100)])


def choosing_nested(answer: Any) -> Problem:
    """Errors on outer folds of ridge whose penalty the other folds have chosen."""

    def by_hand(X: Floats, y: Floats, lams: Floats, folds: NDArray[np.intp]) -> Any:
        def errors(fit: NDArray[np.bool_], out: NDArray[np.bool_], lams: Floats) -> Any:
            return np.mean((y[out] - l2.ridge_path(X[fit], y[fit], lams).predict(X[out])) ** 2, axis=1)

        result = []
        for outer in np.unique(folds):
            rest = folds != outer
            inner = [errors(rest & (folds != f), folds == f, lams) for f in np.unique(folds[rest])]
            result.append(errors(rest, ~rest, lams[[np.argmin(np.mean(inner, axis=0))]])[0])
        return np.array(result)

    rng = np.random.default_rng(2)
    cases = []
    for n, k in ((30, 5), (25, 3), (40, 4)):
        X = rng.normal(size=(n, 6)) + 1
        cases.append((X, X[:, 0] + 2 * rng.normal(size=n), np.logspace(-2, 1, 12), rng.permutation(np.arange(n) % k)))
    X, folds = rng.normal(size=(60, 6)), np.repeat([0, 1, 2, 3], [36, 15, 6, 3])  # of very unequal size
    cases.append((X, X[:, 0] + 2 * rng.normal(size=60), np.logspace(-2, 1, 30), folds))
    noise = np.array([1, 2, 4, 8])[folds] * rng.normal(size=60)  # and of unequal noise
    cases.append((X, X[:, 0] + noise, np.logspace(-2, 1, 30), folds))
    return agree(answer, by_hand, cases)


CHECKS |= {
    "choosing-summary": choosing_summary,
    "choosing-one-se": choosing_one_se,
    "choosing-alpha": choosing_alpha,
    "choosing-luck": choosing_luck,
    "choosing-nested": choosing_nested,
}


# -- early stopping --------------------------------------------------------------------------------------------


def early_stopping_matched(answer: Any) -> Problem:
    """The ridge penalty that a number of steps amounts to."""
    return agree(answer, lambda rate, steps: 1 / (2 * rate * steps), [(0.1, 5), (0.01, 1000), (2.0, 1)])


def early_stopping_gl(answer: Any) -> Problem:
    """The first epoch that is too far above the best so far, in per cent."""
    curve = np.array([8.0, 4.0, 5.0, 2.0, 2.5, 3.0, 1.0, 1.75])
    cases = [(curve.tolist(), alpha) for alpha in (10.0, 40.0, 60.0, 25.0, 200.0)]
    return _stops(answer, lambda losses, alpha: early_stopping.GeneralizationLoss(alpha).stop_epoch(losses), cases)


def early_stopping_patience(answer: Any) -> Problem:
    """Patience with min-delta."""
    slow = np.arange(9.0, 5.0, -0.25).tolist()
    cases = [([5.0, 4.0, 4.5, 4.0, 4.25], 2, 0.0), ([5.0, 4.0, 3.0, 2.5, 3.0], 1, 1.0), (slow, 3, 1.0), (slow, 5, 1.0),
             ([3.0, 2.0, 2.5, 1.0], 2, 0.0), ([3.0, 3.5, 2.0, 2.0, 2.0], 2, 0.5)]  # fmt: skip
    return _stops(answer, lambda losses, patience, delta: early_stopping.Patience(patience, delta).stop_epoch(losses), cases)


def early_stopping_half(answer: Any) -> Problem:
    """The least number of steps after which half of a direction is learned."""

    def steps(s: float, n: int, rate: float) -> int:
        factors = early_stopping.filter_factors([s], n, rate, np.arange(5000))[:, 0]
        return int(np.argmax(factors >= 0.5))

    just_half = (2.0, 16, 1.0)  # after one step
    return agree(answer, steps, [(2.0, 50, 0.1), (5.0, 100, 0.3), (1.0, 40, 0.05), (6.0, 100, 1.2), just_half])


def early_stopping_steps(answer: Any) -> Problem:
    """The number of steps of gradient descent that is best in validation."""

    def best(X: Floats, y: Floats, X_val: Floats, y_val: Floats, rate: float, limit: int) -> Any:
        path = early_stopping.gradient_descent_path(X, y, rate, np.arange(limit + 1))
        return int(np.argmin(np.mean((path.predict(X_val) - y_val) ** 2, axis=1)))

    cases = []
    for seed, n, p in ((0, 20, 5), (1, 15, 12), (2, 10, 20), (3, 30, 4)):
        rng = np.random.default_rng(seed)
        X, X_val, w = rng.normal(size=(n, p)) + 1, rng.normal(size=(40, p)) + 1, rng.normal(size=p) / 2
        y, y_val = X @ w + 2 * rng.normal(size=n) + 5, X_val @ w + 2 * rng.normal(size=40) + 5
        cases.append((X, y, X_val, y_val, 0.02, 400))
    cases.append((*cases[0][:5], 2))  # the error still falls where the steps end
    rng = np.random.default_rng(7)
    X, X_val = rng.normal(size=(20, 5)), rng.normal(size=(40, 5))
    cases.append((X, X @ np.ones(5), X_val, -X_val @ np.ones(5), 0.02, 50))  # whatever is learned is wrong: no step is best
    cases.append((X, np.full(20, 3.0), X_val, X_val @ np.ones(5), 0.05, 50))  # nothing to learn: all steps are equally good
    X = np.array([[2, 0.4], [2, -0.4], [-2, 0.4], [-2, -0.4]])
    cases.append((X, X @ [1.0, 2.0], X, X @ [0.8, 2.5], 0.05, 400))  # the error falls, rises, and falls to less than before
    return agree(answer, best, cases)


def _stops(answer: Any, rule: Callable[..., Any], cases: list[tuple[Any, ...]]) -> Problem:
    """Compare two stopping rules, which return the index of an epoch, or None where training goes on to the end."""
    if not callable(answer):
        return agree(answer, rule, cases)
    for case in sorted(cases, key=lambda case: rule(*case) is None):
        right, shown = rule(*case), f"for the arguments {_brief(case, 300)}"
        try:
            given = answer(*deepcopy(case))
        except (Exception, SystemExit) as error:  # whatever a reader's code raises is told, not thrown
            return f"{shown} {_stopped(error)}"
        if right is None and given is not None:
            return f"{shown} training goes on to the end, so None is right, got {_brief(given)}"
        if right is not None and given is None:
            return f"{shown} None is returned where {right} is right"
        problem = None if right is None else same(given, right)
        if problem:
            return f"{shown} {problem}"
    return None


CHECKS |= {
    "early-stopping-matched": early_stopping_matched,
    "early-stopping-gl": early_stopping_gl,
    "early-stopping-patience": early_stopping_patience,
    "early-stopping-half": early_stopping_half,
    "early-stopping-steps": early_stopping_steps,
}
