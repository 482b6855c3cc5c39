"""Choosing a penalty from data, and saying it in another library's units.

Cross-validation deals the n samples into k folds. Each fold f is left out
once; a model is fitted to the others, and its mean squared error on the fold
left out is e_f(lam). For each penalty

    mean(lam) = (1/k) sum_f e_f(lam),      se(lam) = sd_f e_f(lam) / sqrt(k),

where sd divides by k - 1. `best` has the least mean. The one-standard-error
rule takes the *largest* penalty whose mean is at most mean(best) + se(best):
the simplest model that cannot be told from the best.

Other libraries write the loss of `reglesson.linear`, J = (1/n) RSS + lam Omega,
with other factors. The converters below say which number gives the same fit.

References: Stone (1974); Breiman, Friedman, Olshen and Stone (1984), section
3.4.3, for the rule; Hastie, Tibshirani and Friedman (2009), The Elements of
Statistical Learning, section 7.10; Varma and Simon (2006) for nesting; Nadeau and Bengio (2003) for
the standard error of repeated splits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reglesson import _checks as check
from reglesson.data import Standardizer
from reglesson.linear import LinearPath, mse

Folds = Callable[[int, int], Sequence[Any]]


@dataclass(frozen=True)
class CVResult:
    """What cross-validation found.

    Attributes
    ----------
    lams : ndarray of shape (L,)
        The penalties, in the caller's order.
    mean : ndarray of shape (L,)
        The mean over the folds of the mean squared error.
    se : ndarray of shape (L,)
        The standard error of that mean.
    best : float
        The penalty with the least mean; of equals the largest.
    one_se : float
        The largest penalty within one standard error of the best.
    """

    lams: NDArray[np.floating]
    mean: NDArray[np.floating]
    se: NDArray[np.floating]
    best: float
    one_se: float

    @property
    def edge(self) -> str | None:
        """At which end of the grid the best penalty stands, "smallest" or "largest"; a better one may lie outside. Else None."""
        if len(self.lams) > 1 and self.best == self.lams.min():
            return "smallest"
        if len(self.lams) > 1 and self.best == self.lams.max():
            return "largest"
        return None


# -- folds -----------------------------------------------------------------------------------------------------


def kfold(n: int, k: int, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    """Deal samples at random into folds whose sizes differ by at most one.

    Parameters
    ----------
    n : int
        Number of samples, at least 2.
    k : int
        Number of folds, from 2 to n.
    rng : numpy.random.Generator
        Deals the samples.

    Returns
    -------
    list of ndarray
        k sorted arrays of indices, which together hold each of 0 to n - 1 once.

    Raises
    ------
    ValueError
        If n or k is out of these bounds.

    Examples
    --------
    >>> [len(fold) for fold in kfold(10, 3, np.random.default_rng(0))]
    [4, 3, 3]
    """
    n = check.integer(n, "n", low=2)
    k = check.integer(k, "k", low=2, high=n)
    order = check.generator(rng).permutation(n)
    return [np.sort(fold) for fold in np.array_split(order, k)]


def group_kfold(groups: ArrayLike, k: int, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    """Deal whole groups of samples at random into folds of about equal size.

    Rows of one patient, one day or one machine resemble each other. If some of
    them train and others test, the test is on patients that are known already.
    The groups are dealt in random order of their sizes' ties, the largest
    first, each into the fold that has the fewest samples so far.

    Parameters
    ----------
    groups : array_like of shape (n,)
        The group of each sample: integers, text, or whatever can be sorted.
    k : int
        Number of folds, from 2 to the number of groups.
    rng : numpy.random.Generator
        Deals the groups.

    Returns
    -------
    list of ndarray
        k sorted arrays of indices; no group is in two of them.

    Raises
    ------
    ValueError
        If there is no name for a sample's group, or k does not suit the number of groups.

    Examples
    --------
    >>> patients = ["a", "a", "b", "b", "b", "c"]
    >>> sorted(fold.tolist() for fold in group_kfold(patients, 2, np.random.default_rng(0)))
    [[0, 1, 5], [2, 3, 4]]
    """
    names, member, sizes = _groups(groups)
    if check.integer(k, "k", low=2) > len(names):
        raise ValueError(f"k must be at most the number of groups, {len(names)}, got {k}")
    order = check.generator(rng).permutation(len(names))
    filled, home = np.zeros(k, int), np.empty(len(names), int)
    for group in order[np.argsort(-sizes[order], kind="stable")]:
        home[group] = np.argmin(filled)
        filled[home[group]] += sizes[group]
    return [np.flatnonzero(home[member] == fold) for fold in range(k)]


def time_folds(n: int, k: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Let each fold be predicted from the samples before it alone, as a forecast is.

    The last k blocks of n // (k + 1) samples are the folds. The samples must
    stand in order of time. Those before the first block train only.

    Parameters
    ----------
    n : int
        Number of samples, at least 3.
    k : int
        Number of folds, from 2 to n - 1.

    Returns
    -------
    list of tuple
        k pairs of arrays of indices: those to train on, and those of the fold.

    Raises
    ------
    ValueError
        If n or k is out of these bounds.

    References
    ----------
    scikit-learn's `TimeSeriesSplit`, whose splits these are.

    Examples
    --------
    >>> [(train.tolist(), test.tolist()) for train, test in time_folds(6, 2)]
    [([0, 1], [2, 3]), ([0, 1, 2, 3], [4, 5])]
    """
    n = check.integer(n, "n", low=3)
    k = check.integer(k, "k", low=2, high=n - 1)
    size = n // (k + 1)
    return [(np.arange(start), np.arange(start, start + size)) for start in range(n - k * size, n, size)]


def _groups(groups, n=None):
    """The names of the groups, each sample's place among them, and the groups' sizes."""
    given = check.plain(groups, "groups")
    if given.ndim != 1 or not given.size or (n is not None and len(given) != n):
        rows = "" if n is None else f" of the {n} rows of X"
        raise ValueError(f"groups must name the group of each sample{rows}, got shape {given.shape}")
    if given.dtype.kind not in "iubfSUO" or (given.dtype.kind == "f" and not np.isfinite(given).all()):
        raise ValueError(f"groups must be integers or text, one name per sample, got {check._brief(groups)}")
    try:
        return np.unique(given, return_inverse=True, return_counts=True)
    except TypeError as error:
        raise ValueError(f"groups must be names of one kind, such as integers or text, got {check._brief(groups)}") from error


def _splits(n, k, rng, groups, folds):
    """Pairs of indices, those to train on and those left out, k of them, by the one of three ways that is asked for."""
    if folds is None:
        dealt = kfold(n, k, rng) if groups is None else group_kfold(groups, k, rng)
        return [(np.delete(np.arange(n), fold), fold) for fold in dealt]
    if groups is not None:
        raise ValueError("groups and folds exclude each other, got both")
    k, dealt = check.integer(k, "k", low=2), check.function(folds, "folds")(n, k)
    if not isinstance(dealt, (list, tuple)) or len(dealt) != k:
        raise ValueError(f"folds must make a list of k = {k} folds, got {check._brief(dealt)}")
    return [_split(fold, n) for fold in dealt]


def _split(fold, n):
    """A fold that a caller's function made, as a pair of indices: to train on and left out, at least one each, none in both."""
    parts = fold if isinstance(fold, tuple) and len(fold) == 2 else (None, fold)
    test, train = (None if part is None else check.plain(part, "folds") for part in parts[::-1])
    for part in (test,) if train is None else (test, train):
        if part.ndim != 1 or part.dtype.kind not in "iu" or not part.size or part.min() < 0 or part.max() >= n:
            raise ValueError(f"folds must make arrays of indices from 0 to {n - 1}, at least one in each, got {check._brief(part)}")
    train = np.delete(np.arange(n), test) if train is None else train
    if not len(train) or len(np.unique(np.concatenate((train, test)))) < len(train) + len(test):
        raise ValueError(f"folds must leave samples to train on, and none of them in the fold or twice, got {check._brief(fold)}")
    return train, test


# -- cross-validation ------------------------------------------------------------------------------------------


def cross_validate(
    path: Callable[..., LinearPath],
    X: ArrayLike,
    y: ArrayLike,
    lams: ArrayLike,
    k: int,
    rng: np.random.Generator | None,
    *,
    groups: ArrayLike | None = None,
    folds: Folds | None = None,
    prepare: Any = Standardizer,
) -> CVResult:
    """Estimate the error of each penalty by k-fold cross-validation, and choose.

    Whatever is learned from data is learned inside each fold: `prepare` sees
    the training part only, so nothing of the fold left out can leak in.

    Parameters
    ----------
    path : callable
        A function of (X, y, lams) that returns a `LinearPath`, such as `ridge_path` or `lasso_path`.
    X : array_like of shape (n, p)
        Raw features.
    y : array_like of shape (n,)
        Responses.
    lams : array_like of shape (L,)
        Penalties, in any order.
    k : int
        Number of folds, from 2 to n, or to the number of groups.
    rng : numpy.random.Generator
        Deals the folds; may be None beside `folds`, which are not dealt.
    groups : array_like of shape (n,), optional
        The patient, day or machine of each row. Its rows then stay together in one fold, as in `group_kfold`.
    folds : callable, optional
        A function of (n, k) in place of random folds, such as `time_folds`. It returns k folds,
        each an array of the indices left out, or a pair: indices to train on, and indices left out.
    prepare : object, optional
        What has `fit(X_train)` and then `transform(X)`; None leaves X as it is.

    Returns
    -------
    CVResult
        The mean error of each penalty, its standard error, and the penalties chosen.

    Raises
    ------
    ValueError
        For bad data, penalties or folds, or a number of folds that does not fit n.

    Examples
    --------
    >>> from reglesson.l2 import ridge_path
    >>> rng = np.random.default_rng(0)
    >>> X, patient = rng.normal(size=(60, 2)), np.repeat(np.arange(20), 3)
    >>> y = X[:, 0] + rng.normal(size=20)[patient]
    >>> cross_validate(ridge_path, X, y, [0.01, 0.1, 1.0], 5, rng, groups=patient).best
    0.1
    """
    X, y = check.design(X, y)
    lams = check.penalties(lams)
    check.function(path, "path")
    if prepare is not None:
        check.able(prepare, "prepare", "fit")
    if groups is not None:
        _groups(groups, len(X))
    splits = _splits(len(X), k, rng, groups, folds)
    errors = np.array([_error(path, X, y, lams, rest, fold, prepare) for rest, fold in splits])
    with np.errstate(over="ignore"):
        mean, se = errors.mean(axis=0), check.representable(errors.std(axis=0, ddof=1), "y") / np.sqrt(len(errors))
    least = mean == mean.min()
    best = lams[least].max()  # of equals the most regularized
    bound = mean.min() + se[least & (lams == best)][0]
    return CVResult(lams, mean, se, float(best), float(lams[mean <= bound].max()))


def nested_cross_validate(
    path: Callable[..., LinearPath],
    X: ArrayLike,
    y: ArrayLike,
    lams: ArrayLike,
    k: int,
    rng: np.random.Generator | None,
    *,
    inner: int = 5,
    rule: str = "best",
    groups: ArrayLike | None = None,
    folds: Folds | None = None,
    prepare: Any = Standardizer,
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Estimate the error of the whole procedure, the choice of the penalty included.

    For each fold left out, the penalty is chosen by `inner`-fold
    cross-validation on the samples that train; the error on the fold left out
    has then played no part in the choice.

    Parameters
    ----------
    path : callable
        A function of (X, y, lams) that returns a `LinearPath`, such as `ridge_path` or `lasso_path`.
    X : array_like of shape (n, p)
        Raw features.
    y : array_like of shape (n,)
        Responses.
    lams : array_like of shape (L,)
        Penalties, in any order.
    k : int
        Number of outer folds.
    rng : numpy.random.Generator
        Deals the folds; may be None beside `folds`.
    inner : int, default 5
        Number of inner folds.
    rule : {"best", "one_se"}
        Which of the two penalties of a `CVResult` is taken.
    groups : array_like of shape (n,), optional
        The patient, day or machine of each row, kept together in the outer folds and in the inner ones.
    folds : callable, optional
        A function of (n, k) as in `cross_validate`, asked for the outer folds and, with the number
        of samples that train, for the inner ones.
    prepare : object, optional
        What has `fit(X_train)` and then `transform(X)`; None leaves X as it is.

    Returns
    -------
    errors : ndarray of shape (k,)
        The mean squared error on each outer fold.
    chosen : ndarray of shape (k,)
        The penalty that was chosen for it.

    Raises
    ------
    ValueError
        For bad data, penalties, folds or rule.

    References
    ----------
    Varma and Simon (2006).
    """
    X, y = check.design(X, y)
    check.option(rule, "rule", ("best", "one_se"))
    check.integer(inner, "inner", low=2)
    if groups is not None:
        groups = _groups(groups, len(X))[1]
    errors, chosen = [], []
    for rest, fold in _splits(len(X), k, rng, groups, folds):
        together = None if groups is None else groups[rest]
        lam = getattr(cross_validate(path, X[rest], y[rest], lams, inner, rng, groups=together, folds=folds, prepare=prepare), rule)
        errors.append(_error(path, X, y, np.array([lam]), rest, fold, prepare)[0])
        chosen.append(lam)
    return np.array(errors), np.array(chosen)


def paired_difference(first, second, *, n_train=None, n_test=None):
    """The mean of first - second over J repetitions that both methods share, and its standard error.

    Repetitions on independent data give se = sd / sqrt(J). Random splits of
    *one* data set share samples, so J of them are worth less than J: given
    n_train and n_test, the sizes of each split, se = sd * sqrt(1/J + n_test/n_train).

    Parameters
    ----------
    first, second : (J,) errors of two methods, entry j of both from the same data
    n_train, n_test : sizes of the training and the test part of each split, or None for independent data

    Returns
    -------
    (mean, standard error), two floats

    References
    ----------
    Nadeau and Bengio (2003), section 3: the corrected resampled t-test.

    Examples
    --------
    >>> mean, se = paired_difference([3.0, 5.0, 4.0], [2.0, 2.0, 2.0])
    >>> round(mean, 3), round(se, 3)
    (2.0, 0.577)
    """
    first, second = check.array(first, "first", 1), check.array(second, "second", 1)
    if len(first) != len(second) or len(first) < 2:
        raise ValueError(f"first and second must have one entry per repetition, at least 2, got {len(first)} and {len(second)}")
    if (n_train is None) != (n_test is None):
        raise ValueError(f"n_train and n_test must be given together, got {n_train!r} and {n_test!r}")
    shared = 0.0 if n_test is None else check.integer(n_test, "n_test", low=1) / check.integer(n_train, "n_train", low=1)
    difference = first - second
    return float(difference.mean()), float(difference.std(ddof=1) * np.sqrt(1 / len(difference) + shared))


def _error(path, X, y, lams, rest, fold, prepare):
    """The mean squared error on a fold of the path that is fitted to the samples `rest`: (L,)."""
    train, left_out = X[rest], X[fold]
    if prepare is not None:
        ready = prepare.fit(train)
        train, left_out = ready.transform(train), ready.transform(left_out)
    return mse(y[fold], check.able(path(train, y[rest], lams), "what path returns", "predict").predict(left_out))


# -- the same fit in other libraries' units: J = (1/n) RSS + lam Omega in each of them -----------------------------

# model: factor f of alpha = f(n) * lam; for LogisticRegression, of 1 / C
_FACTORS = {
    "Ridge": lambda n: n,  # RSS + alpha ||w||^2
    "Lasso": lambda n: 1 / 2,  # RSS / 2n + alpha ||w||_1
    "SGDRegressor": lambda n: 1,  # RSS / 2n + alpha ||w||^2 / 2
    "LogisticRegression": lambda n: 2 * n,  # C (sum of log-losses) + ||w||^2 / 2, against their mean + lam ||w||^2
}


def sklearn_alpha(lam, n, model, l1_ratio=None):
    """scikit-learn's `alpha` (for LogisticRegression, its `C`) that gives the fit of this book's `lam` on n samples.

    model is "Ridge", "Lasso", "ElasticNet" (with this book's l1_ratio),
    "SGDRegressor" (penalty="l2") or "LogisticRegression" (lam > 0; the mean
    log-loss plus lam times the squared weights).

    >>> sklearn_alpha(0.5, 100, "Ridge"), sklearn_alpha(0.5, 100, "Lasso"), sklearn_alpha(0.5, 100, "LogisticRegression")
    (50.0, 0.25, 0.01)
    """
    lam, factor = check.penalty(lam), _factor(n, model, l1_ratio)
    if model == "LogisticRegression":
        return 1 / (check.number(lam, "lam", low=0, low_open=True) * factor)
    return lam * factor


def lam_from_sklearn(alpha, n, model, l1_ratio=None):
    """The way back: this book's lam for scikit-learn's alpha (or C). l1_ratio is this book's, as in `sklearn_alpha`."""
    factor = _factor(n, model, l1_ratio)
    if model == "LogisticRegression":
        return 1 / (check.number(alpha, "alpha", low=0, low_open=True) * factor)
    return check.number(alpha, "alpha", low=0) / factor


def sklearn_l1_ratio(l1_ratio):
    """scikit-learn's `l1_ratio` of an ElasticNet that weighs the two penalties as this book's l1_ratio does.

    Ours is lam (r |w| + (1 - r) w^2), theirs alpha (r' |w| + (1 - r') w^2 / 2)
    next to half our loss: alpha r' = lam r / 2 and alpha (1 - r') = lam (1 - r).
    """
    r = check.number(l1_ratio, "l1_ratio", low=0, high=1)
    return r / (2 - r)


def l1_ratio_from_sklearn(l1_ratio):
    """The way back from scikit-learn's l1_ratio to this book's."""
    r = check.number(l1_ratio, "l1_ratio", low=0, high=1)
    return 2 * r / (1 + r)


def torch_weight_decay(lam):
    """`weight_decay` of torch.optim.SGD for this book's L2 penalty: 2 lam, since it is added to the gradient as it stands."""
    return 2 * check.penalty(lam)


def lam_from_torch(weight_decay):
    """The way back from torch.optim.SGD's weight_decay to lam."""
    return check.number(weight_decay, "weight_decay", low=0) / 2


# what Keras is told: factor of lam
_KERAS = {
    "L2": 1,  # kernel_regularizer=L2(l2): the loss "mse" is a mean, and l2 * sum w^2 has no 1/2
    "L1": 1,  # kernel_regularizer=L1(l1)
    "weight_decay": 2,  # optimizers.SGD(weight_decay=): w is multiplied by 1 - learning_rate * weight_decay
}


def keras_penalty(lam, what):
    """The number that Keras wants for this book's lam, one output: for the regularizer "L2" or "L1", or SGD's "weight_decay".

    >>> keras_penalty(0.5, "L2"), keras_penalty(0.5, "weight_decay")
    (0.5, 1.0)
    """
    check.option(what, "what", tuple(_KERAS))
    return check.penalty(lam) * _KERAS[what]


def lam_from_keras(value, what):
    """The way back from Keras's number to lam."""
    check.option(what, "what", tuple(_KERAS))
    return check.number(value, "value", low=0) / _KERAS[what]


def glmnet_lambda(lam, y, l1_ratio):
    """R's glmnet(family = "gaussian"): its `lambda` and `alpha` for this book's lam and l1_ratio, features standardized.

    glmnet divides y by its standard deviation s (with 1/n) before it fits, so
    that in units of y it minimizes RSS / 2n + lambda (alpha |w| + (1 - alpha) w^2 / (2 s)).
    With l1_ratio = 0, ridge, that makes lambda = s lam; with 1, the lasso, lam / 2.
    """
    lam, y = check.penalty(lam), check.array(y, "y", 1)
    r = check.number(l1_ratio, "l1_ratio", low=0, high=1)
    l1, l2 = lam * r / 2, lam * (1 - r) * _deviation(y)
    return l1 + l2, (l1 / (l1 + l2) if l1 + l2 > 0 else r)


def lam_from_glmnet(value, y, alpha):
    """The way back from glmnet's `lambda` and `alpha` to this book's (lam, l1_ratio), given the responses y of that fit.

    >>> lam_from_glmnet(0.25, [0.0, 2.0], 1.0)
    (0.5, 1.0)
    """
    value, y = check.number(value, "value", low=0), check.array(y, "y", 1)
    a = check.number(alpha, "alpha", low=0, high=1)
    s = _deviation(y)
    if a < 1 and s == 0:
        raise ValueError("y must vary for a ridge part to be converted, got a constant")
    l1, l2 = 2 * value * a, (value * (1 - a) / s if a < 1 else 0.0)
    return float(l1 + l2), float(l1 / (l1 + l2) if l1 + l2 > 0 else a)


def _deviation(y):
    """The standard deviation, which is zero for a constant even where the mean of equal numbers is rounded."""
    return float(y.std()) if y.min() < y.max() else 0.0


def _factor(n, model, l1_ratio):
    n = check.integer(n, "n", low=1)
    check.option(model, "model", (*_FACTORS, "ElasticNet"))
    if model == "ElasticNet":
        if l1_ratio is None:
            raise ValueError("l1_ratio must be given for an ElasticNet, got None")
        return 1 - check.number(l1_ratio, "l1_ratio", low=0, high=1) / 2
    if l1_ratio is not None:
        raise ValueError(f"l1_ratio must be None for {model}, got {l1_ratio!r}")
    return _FACTORS[model](n)
