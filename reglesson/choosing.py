"""Choosing a penalty from data, and saying it in another library's units.

Cross-validation deals the n samples into k folds. Each fold f is left out
once; a model is fitted to the others, and its mean squared error on the fold
left out is e_f(lam). For each penalty::

    mean(lam) = (1/k) sum_f e_f(lam),      se(lam) = sd_f e_f(lam) / sqrt(k),

where sd divides by k - 1. `best` has the least mean. The one-standard-error
rule takes the *largest* penalty whose mean is at most mean(best) + se(best):
a convention that buys a simpler model, at some price in error.

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
from reglesson.linear import LinearPath, _powers, mse

Floats = NDArray[np.floating]
Indices = NDArray[np.integer]
Folds = Callable[[int, int], Sequence[Any]]


@dataclass(frozen=True)
class CVResult:
    """What cross-validation found.

    Parameters
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

    Examples
    --------
    >>> found = CVResult(np.array([0.1, 1.0]), np.array([2.0, 2.5]), np.array([0.3, 0.3]), 0.1, 0.1)
    >>> found.edge
    'smallest'
    """

    lams: NDArray[np.floating]
    mean: NDArray[np.floating]
    se: NDArray[np.floating]
    best: float
    one_se: float

    @property
    def edge(self) -> str | None:
        """At which end of the grid the best penalty stands, where a better one may lie outside.

        Returns
        -------
        str or None
            "smallest" or "largest"; None if it stands within.
        """
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
        Sorted arrays of indices, k of them, which together hold each of 0 to n - 1 once.

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
        Sorted arrays of indices, k of them; no group is in two of them.

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
        Pairs of arrays of indices, k of them: those to train on, and those of the fold.

    Raises
    ------
    ValueError
        If n or k is out of these bounds.

    Notes
    -----
    The splits are those of scikit-learn's ``TimeSeriesSplit``.

    Examples
    --------
    >>> [(train.tolist(), test.tolist()) for train, test in time_folds(6, 2)]
    [([0, 1], [2, 3]), ([0, 1, 2, 3], [4, 5])]
    """
    n = check.integer(n, "n", low=3)
    k = check.integer(k, "k", low=2, high=n - 1)
    size = n // (k + 1)
    return [(np.arange(start), np.arange(start, start + size)) for start in range(n - k * size, n, size)]


def _groups(groups: ArrayLike, n: int | None = None) -> tuple[NDArray[Any], Indices, Indices]:
    """The names of the groups, each sample's place among them, and the groups' sizes."""
    given = check.plain(groups, "groups")
    if given.ndim != 1 or not given.size or (n is not None and len(given) != n):
        rows = "" if n is None else f" of the {n} rows of X"
        raise ValueError(f"groups must name the group of each sample{rows}, got shape {given.shape}")
    if given.dtype.kind not in "iubfSUOMm" or (given.dtype.kind in "fMm" and not np.isfinite(given).all()):
        raise ValueError(f"groups must be integers, text or days, one name per sample, got {check._brief(groups)}")
    try:
        named = given if given.dtype.kind == "O" else groups if isinstance(groups, (list, tuple)) else ()
        if any(name is None or name != name for name in named):  # of a missing one NumPy makes the text "nan", or sorts as it likes
            raise ValueError(f"groups must name the group of each sample, got {check._brief(groups)}, in which names are missing")
        return np.unique(given, return_inverse=True, return_counts=True)
    except TypeError as error:
        raise ValueError(f"groups must be names of one kind, such as integers or text, got {check._brief(groups)}") from error


def _splits(
    n: int, k: int, rng: np.random.Generator | None, groups: ArrayLike | None, folds: Folds | None
) -> list[tuple[Indices, Indices]]:
    """Pairs of indices, those to train on and those left out, k of them, by the one of three ways that is asked for."""
    if folds is None:
        dealt = kfold(n, k, check.generator(rng)) if groups is None else group_kfold(groups, k, check.generator(rng))
        return [(np.delete(np.arange(n), fold), fold) for fold in dealt]
    if groups is not None:
        raise ValueError("groups and folds exclude each other, got both")
    k, made = check.integer(k, "k", low=2), check.function(folds, "folds")(n, k)
    if not isinstance(made, (list, tuple)) or len(made) != k:
        raise ValueError(f"folds must make a list of k = {k} folds, got {check._brief(made)}")
    return [_split(fold, n) for fold in made]


def _split(fold: Any, n: int) -> tuple[Indices, Indices]:
    """A fold that a caller's function made, as a pair of indices: to train on and left out, at least one each, none in both."""
    parts = fold if isinstance(fold, tuple) and len(fold) == 2 else (fold,)
    arrays = [check.plain(part, "folds") for part in parts]
    for part in arrays:
        if part.ndim != 1 or part.dtype.kind not in "iu" or not part.size or part.min() < 0 or part.max() >= n:
            raise ValueError(f"folds must make arrays of indices from 0 to {n - 1}, at least one in each, got {check._brief(part)}")
    train, test = arrays if len(arrays) == 2 else (np.delete(np.arange(n), arrays[0]), arrays[0])
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
    Data in single precision are worked on in double precision, fold by fold.

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
    .. [1] Varma and Simon (2006).

    Examples
    --------
    >>> from reglesson.l2 import ridge_path
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(60, 2))
    >>> errors, chosen = nested_cross_validate(ridge_path, X, X[:, 0] + rng.normal(size=60), [0.1, 1.0, 10.0], 4, rng)
    >>> errors.shape, chosen.tolist()
    ((4,), [0.1, 0.1, 0.1, 0.1])
    """
    X, y = check.design(X, y)
    check.option(rule, "rule", ("best", "one_se"))
    check.integer(inner, "inner", low=2)
    member = None if groups is None else _groups(groups, len(X))[1]
    errors, chosen = [], []
    for rest, fold in _splits(len(X), k, rng, member, folds):
        together = None if member is None else member[rest]
        most = len(rest) if together is None else len(np.unique(together))
        if inner > most and folds is None:
            of = "samples" if together is None else "groups"
            raise ValueError(f"inner must be at most the number of {of} that train in a round, {most}, got {inner}")
        lam = getattr(cross_validate(path, X[rest], y[rest], lams, inner, rng, groups=together, folds=folds, prepare=prepare), rule)
        errors.append(_error(path, X, y, np.array([lam]), rest, fold, prepare)[0])
        chosen.append(lam)
    return np.array(errors), np.array(chosen)


def paired_difference(
    first: ArrayLike, second: ArrayLike, *, n_train: int | None = None, n_test: int | None = None
) -> tuple[float, float]:
    """The mean of first - second over J repetitions that both methods share, and its standard error.

    Repetitions on independent data give ``se = sd / sqrt(J)``. Random splits of
    one data set share samples, so J of them are worth less than J: given
    the sizes of each split, ``se = sd * sqrt(1/J + n_test/n_train)``.

    Parameters
    ----------
    first, second : array_like of shape (J,)
        Errors of two methods, entry j of both from the same data.
    n_train, n_test : int, optional
        Sizes of the training and the test part of each split, or None for independent data.

    Returns
    -------
    mean : float
        The mean difference.
    se : float
        Its standard error.

    Raises
    ------
    ValueError
        If the two differ in length or have one entry only, or just one size is given.

    References
    ----------
    .. [1] Nadeau and Bengio (2003), section 3: the corrected resampled t-test.

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
    difference = first.astype(np.float64) - second
    return float(difference.mean()), _deviation(difference, 1) * float(np.sqrt(1 / len(difference) + shared))


@dataclass(frozen=True)
class InformationCriteria:
    """What models promise, judged by their training error and their degrees of freedom; less is better.

    Parameters
    ----------
    aic : ndarray of shape (L,)
        Akaike's criterion.
    bic : ndarray of shape (L,)
        Schwarz's criterion.
    cp : ndarray of shape (L,) or None
        Mallows' criterion in the units of the mean squared error: an estimate of that of new responses at the same
        features. None where the variance of the noise was not given.

    Examples
    --------
    >>> InformationCriteria(np.array([3.0, 2.0]), np.array([3.5, 4.5]), None).aic.argmin().item()
    1
    """

    aic: Floats
    bic: Floats
    cp: Floats | None


def information_criteria(
    y: ArrayLike, predictions: ArrayLike, dof: ArrayLike, noise_var: float | None = None
) -> InformationCriteria:
    """AIC, BIC and Cp along a path, from training errors and degrees of freedom.

    With RSS the sum of squared training errors of a model and df its degrees of freedom::

        Cp = RSS / n + 2 df s^2 / n,
        AIC = D + 2 df,    BIC = D + log(n) df,    D = n log(2 pi s^2) + RSS / s^2.

    D is minus twice the log-likelihood of normal noise of the variance s^2. Where that is not given, each model has its
    own, RSS / n, and D = n log(2 pi RSS / n) + n; there is no Cp then. For least squares df is the rank of the centred
    columns, for ridge the `reglesson.l2.effective_dof`; for the lasso the number of weights that are not zero estimates
    it, with normal noise without bias. An intercept is one more; as it adds the same to all models, leaving it out
    chooses the same one.

    Parameters
    ----------
    y : array_like of shape (n,)
        Training responses.
    predictions : array_like of shape (L, n) or (n,)
        What each model predicts for the training samples.
    dof : array_like of shape (L,) or float
        Degrees of freedom of each model, at least 0.
    noise_var : float, optional
        Variance of the noise, above 0; often that of least squares on all features, RSS / (n - p - 1).

    Returns
    -------
    InformationCriteria
        The three, one value for each model.

    Raises
    ------
    ValueError
        If an argument is not finite, shapes do not match, a number is not in its range, or noise_var is not given and a
        model has no training error: its likelihood has no bound.

    See Also
    --------
    cross_validate : It needs no degrees of freedom, and no normal noise.

    References
    ----------
    .. [1] Mallows (1973), Some comments on Cp, Technometrics 15.
    .. [2] Zou, Hastie and Tibshirani (2007), On the degrees of freedom of the lasso, section 4.
    .. [3] Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, equations 7.26 to 7.35.

    Examples
    --------
    >>> y, predictions = [0.0, 1.0, 2.0, 5.0], [[2.0, 2, 2, 2], [0.0, 1, 2, 4]]
    >>> information_criteria(y, predictions, dof=[1, 2], noise_var=1.0).cp.tolist()
    [4.0, 1.25]
    """
    y, predictions = check.array(y, "y", 1), check.array(predictions, "predictions", 1, 2)
    error, n = mse(y.astype(float), predictions.astype(float)), len(y)
    df = check.array(dof, "dof", 0, 1).astype(float)
    if df.ndim and df.shape != np.shape(error):
        raise ValueError(f"dof must be a number or have one value per model, {np.size(error)}, got shape {df.shape}")
    if (df < 0).any():
        raise ValueError(f"dof must be at least 0, got {df.min():g}")
    error, df = np.atleast_1d(error), np.atleast_1d(df)
    if noise_var is None:
        if not (error > 0).all():
            raise ValueError("predictions must differ from y where noise_var is not given: the likelihood has no bound then")
        deviance, cp = n * np.log(2 * np.pi * error) + n, None
    else:
        noise_var = check.number(noise_var, "noise_var", low=0, low_open=True)
        with np.errstate(over="ignore"):
            rss = check.representable(n * (error / noise_var), "noise_var")
        deviance = n * np.log(2 * np.pi * noise_var) + rss
        cp = error + 2 * df * noise_var / n
    return InformationCriteria(deviance + 2 * df, deviance + np.log(n) * df, cp)


def _error(
    path: Callable[..., LinearPath], X: Floats, y: Floats, lams: Floats, rest: Indices, fold: Indices, prepare: Any
) -> Floats:
    """The mean squared error on a fold of the path that is fitted to the samples `rest`: (L,)."""
    train, left_out = (X[rows].astype(np.float64, copy=False) for rows in (rest, fold))  # errors are small beside large numbers
    y = y.astype(np.float64, copy=False)
    if prepare is not None:
        ready = prepare.fit(train)
        train, left_out = ready.transform(train), ready.transform(left_out)
    found = check.able(path(train, y[rest], lams), "what path returns", "predict")
    predictions = np.asarray(found.predict(left_out))
    if predictions.shape != (len(lams), len(fold)):
        raise ValueError(f"path must return what predicts a row for each of the {len(lams)} penalties, got predictions of shape "
                         f"{predictions.shape} for {len(fold)} samples")  # fmt: skip
    errors: Floats = mse(y[fold], predictions)
    return errors


# -- the same fit in other libraries' units: J = (1/n) RSS + lam Omega in each of them -----------------------------

# model: factor f of alpha = f(n) * lam; for LogisticRegression, of 1 / C
_FACTORS: dict[str, Callable[[int], float]] = {
    "Ridge": lambda n: n,  # RSS + alpha ||w||^2
    "Lasso": lambda n: 1 / 2,  # RSS / 2n + alpha ||w||_1
    "SGDRegressor": lambda n: 1,  # RSS / 2n + alpha ||w||^2 / 2
    "LogisticRegression": lambda n: 2 * n,  # C (sum of log-losses) + ||w||^2 / 2, against their mean + lam ||w||^2
    "MLPRegressor": lambda n: n,  # RSS / 2n + alpha ||w||^2 / 2n, where n is the number of samples in a step
    "MLPClassifier": lambda n: 2 * n,  # mean log-loss + alpha ||w||^2 / 2n
}


def sklearn_alpha(lam: float, n: int, model: str, l1_ratio: float | None = None, outputs: int = 1) -> float:
    """The ``alpha`` of scikit-learn (or the ``C``) that gives the fit of this book's lam on n samples.

    For the two classifiers, this book's loss is the mean log-loss plus lam
    times the squared weights. For two classes theirs have one output. A softmax
    network may have two: then only the difference d of its two weight vectors
    matters, which costs least, lam d^2 / 2, if they are d / 2 and -d / 2. So
    beside such a network a classifier of one output needs half the penalty.

    Parameters
    ----------
    lam : float
        This book's penalty; above 0 for "LogisticRegression".
    n : int
        Number of training samples; for the two networks with ``solver`` "sgd" or "adam" the ``batch_size``, if it
        divides that number: a short last batch is penalized more.
    model : {"Ridge", "Lasso", "ElasticNet", "SGDRegressor", "LogisticRegression", "MLPRegressor", "MLPClassifier"}
        The class, with its L2 penalty if it has a choice.
    l1_ratio : float, optional
        This book's, for "ElasticNet" only.
    outputs : int
        For the two classifiers, the outputs of the network whose weights lam penalizes; 2 is the case that differs.

    Returns
    -------
    float
        Their ``alpha``, and for "LogisticRegression" their ``C``.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> sklearn_alpha(0.5, 100, "Ridge"), sklearn_alpha(0.5, 100, "Lasso"), sklearn_alpha(0.5, 100, "LogisticRegression")
    (50.0, 0.25, 0.01)
    """
    lam, factor = check.penalty(lam), _factor(n, model, l1_ratio, outputs)
    if model == "LogisticRegression":
        return 1 / (check.number(lam, "lam", low=0, low_open=True) * factor)
    return lam * factor


def lam_from_sklearn(alpha: float, n: int, model: str, l1_ratio: float | None = None, outputs: int = 1) -> float:
    """The way back from scikit-learn's ``alpha``, or ``C``, to this book's lam.

    Parameters
    ----------
    alpha : float
        Their ``alpha``, and for "LogisticRegression" their ``C``, above 0.
    n : int
        Number of training samples, or the batch size, as in `sklearn_alpha`.
    model : str
        The class, as in `sklearn_alpha`.
    l1_ratio : float, optional
        This book's, for "ElasticNet" only.
    outputs : int
        As in `sklearn_alpha`.

    Returns
    -------
    float
        This book's penalty.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> lam_from_sklearn(50.0, 100, "Ridge")
    0.5
    """
    factor = _factor(n, model, l1_ratio, outputs)
    if model == "LogisticRegression":
        return 1 / (check.number(alpha, "alpha", low=0, low_open=True) * factor)
    return check.number(alpha, "alpha", low=0) / factor


def sklearn_l1_ratio(l1_ratio: float) -> float:
    """The ``l1_ratio`` of scikit-learn's ElasticNet that weighs the two penalties as this book's l1_ratio does.

    Ours and theirs, next to half our loss::

        lam (r |w| + (1 - r) w^2),    alpha (r' |w| + (1 - r') w^2 / 2)

    so that alpha r' = lam r / 2 and alpha (1 - r') = lam (1 - r).

    Parameters
    ----------
    l1_ratio : float
        This book's, from 0 to 1.

    Returns
    -------
    float
        Theirs, r / (2 - r).

    Raises
    ------
    ValueError
        If l1_ratio is not from 0 to 1.

    Examples
    --------
    >>> sklearn_l1_ratio(0.5)
    0.3333333333333333
    """
    r = check.number(l1_ratio, "l1_ratio", low=0, high=1)
    return r / (2 - r)


def l1_ratio_from_sklearn(l1_ratio: float) -> float:
    """The way back from scikit-learn's l1_ratio to this book's.

    Parameters
    ----------
    l1_ratio : float
        Theirs, from 0 to 1.

    Returns
    -------
    float
        This book's.

    Raises
    ------
    ValueError
        If l1_ratio is not from 0 to 1.

    Examples
    --------
    >>> l1_ratio_from_sklearn(1 / 3)
    0.5
    """
    r = check.number(l1_ratio, "l1_ratio", low=0, high=1)
    return 2 * r / (1 + r)


def torch_weight_decay(lam: float) -> float:
    """The ``weight_decay`` of PyTorch's SGD or Adam for this book's L2 penalty.

    Both add ``weight_decay * w`` to the gradient, as the gradient 2 lam w of
    the penalty would be, before momentum or anything else is made of it. So
    they end where the penalized loss ends, at any momentum. AdamW decays beside
    the gradient: no lam is a number for it.

    Parameters
    ----------
    lam : float
        This book's penalty.

    Returns
    -------
    float
        ``2 * lam``.

    Raises
    ------
    ValueError
        If lam is not at least 0.

    Examples
    --------
    >>> torch_weight_decay(0.5)
    1.0
    """
    return 2 * check.penalty(lam)


def lam_from_torch(weight_decay: float) -> float:
    """The way back from the ``weight_decay`` of PyTorch's SGD or Adam to lam.

    Parameters
    ----------
    weight_decay : float
        Theirs, at least 0.

    Returns
    -------
    float
        This book's penalty.

    Raises
    ------
    ValueError
        If weight_decay is not at least 0.

    Examples
    --------
    >>> lam_from_torch(1.0)
    0.5
    """
    return check.number(weight_decay, "weight_decay", low=0) / 2


# what Keras is told: factor of lam
_KERAS = {
    "L2": 1,  # kernel_regularizer=L2(l2): the loss "mse" is a mean, and l2 * sum w^2 has no 1/2
    "L1": 1,  # kernel_regularizer=L1(l1)
    "weight_decay": 2,  # optimizers.SGD(weight_decay=): w is multiplied by 1 - learning_rate * weight_decay
}


def keras_penalty(lam: float, what: str, momentum: float = 0.0) -> float:
    """The number that Keras wants for this book's lam, for a layer of one output.

    Keras's SGD first multiplies w by 1 - rate * decay, outside of momentum, and
    then steps by v, where v is momentum * v - rate * g. At rest v is
    -rate * g / (1 - momentum), which must undo the decay: so
    g = -(1 - momentum) * decay * w, where the penalty would have g = -2 lam w.

    Parameters
    ----------
    lam : float
        This book's penalty.
    what : {"L2", "L1", "weight_decay"}
        A layer's regularizer, with whatever optimizer, or the decay of Keras's SGD.
    momentum : float
        That of SGD, in [0, 1), for "weight_decay" only.

    Returns
    -------
    float
        ``lam``, or ``2 * lam / (1 - momentum)`` for "weight_decay".

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> keras_penalty(0.5, "L2"), keras_penalty(0.5, "weight_decay"), round(keras_penalty(0.5, "weight_decay", 0.9), 9)
    (0.5, 1.0, 10.0)
    """
    return check.penalty(lam) * _keras_factor(what, momentum)


def lam_from_keras(value: float, what: str, momentum: float = 0.0) -> float:
    """The way back from Keras's number to lam.

    Parameters
    ----------
    value : float
        Keras's number, at least 0.
    what : {"L2", "L1", "weight_decay"}
        A layer's regularizer, or the decay of Keras's SGD.
    momentum : float
        That of SGD, in [0, 1), for "weight_decay" only.

    Returns
    -------
    float
        This book's penalty.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> lam_from_keras(1.0, "weight_decay"), round(lam_from_keras(1.0, "weight_decay", 0.9), 9)
    (0.5, 0.05)
    """
    return check.number(value, "value", low=0) / _keras_factor(what, momentum)


def _keras_factor(what: str, momentum: float) -> float:
    check.option(what, "what", tuple(_KERAS))
    momentum = check.number(momentum, "momentum", low=0, high=1, high_open=True)
    if momentum and what != "weight_decay":
        raise ValueError(f"momentum must be 0 for a regularizer, which does not depend on it, got {momentum:g}")
    return _KERAS[what] / (1 - momentum)


def glmnet_lambda(lam: float, y: ArrayLike, l1_ratio: float) -> tuple[float, float]:
    """R's ``glmnet(family = "gaussian")``: its ``lambda`` and ``alpha`` for this book's penalty, features standardized.

    With s the standard deviation of y (with 1/n), glmnet fits z = y/s with the
    penalty lambda/s, and multiplies the weights v that it finds by s::

        (1/2n) |z - X v|^2 + (lambda/s) (alpha |v| + (1 - alpha) v^2 / 2)

    Put w = s v and multiply by s^2: that is what is minimized in units of y::

        (1/2n) |y - X w|^2 + lambda alpha |w| + (lambda/s) (1 - alpha) w^2 / 2

    The lasso part has lost its s, the ridge part keeps one. Half of this book's
    loss has lam r/2 and lam (1 - r)/2 in those places. So lambda is lam / 2 for
    the lasso (r = 1), and s lam for ridge (r = 0).

    Parameters
    ----------
    lam : float
        This book's penalty.
    y : array_like of shape (n,)
        The responses of the fit.
    l1_ratio : float
        This book's, from 0 to 1.

    Returns
    -------
    lambda_ : float
        Their ``lambda``.
    alpha : float
        Their ``alpha``.

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    .. [1] Friedman, Hastie and Tibshirani (2010); the division of lambda by s stands in the Fortran code of glmnet, routine elnetu.

    Examples
    --------
    >>> glmnet_lambda(0.5, [0.0, 6.0], 1.0), glmnet_lambda(0.5, [0.0, 6.0], 0.0)
    ((0.25, 1.0), (1.5, 0.0))
    """
    lam, y = check.penalty(lam), check.array(y, "y", 1)
    r = check.number(l1_ratio, "l1_ratio", low=0, high=1)
    l1, l2 = lam * r / 2, lam * (1 - r) * _deviation(y)
    return l1 + l2, (l1 / (l1 + l2) if l1 + l2 > 0 else r)


def lam_from_glmnet(value: float, y: ArrayLike, alpha: float) -> tuple[float, float]:
    """The way back from glmnet's ``lambda`` and ``alpha`` to this book's lam and l1_ratio.

    Parameters
    ----------
    value : float
        Their ``lambda``, at least 0.
    y : array_like of shape (n,)
        The responses of that fit.
    alpha : float
        Their ``alpha``, from 0 to 1.

    Returns
    -------
    lam : float
        This book's penalty.
    l1_ratio : float
        This book's share of L1.

    Raises
    ------
    ValueError
        If an argument is not as described, or y is constant beside a ridge part.

    Examples
    --------
    >>> lam_from_glmnet(0.25, [0.0, 2.0], 1.0)
    (0.5, 1.0)
    """
    value, y = check.number(value, "value", low=0), check.array(y, "y", 1)
    a = check.number(alpha, "alpha", low=0, high=1)
    s = _deviation(y)
    if a < 1 and s == 0:
        raise ValueError("y must vary for a ridge part to be converted, got a constant")
    l1, l2 = 2 * value * a, (value * (1 - a) / s if a < 1 else 0.0)
    lam = float(check.representable(l1 + l2, "y"))
    return lam, float(l1 / lam if lam > 0 else a)


def _deviation(y: Floats, ddof: int = 0) -> float:
    """The standard deviation, which is zero for a constant even where the mean of equal numbers is rounded, and for no others."""
    if y.min() == y.max():
        return 0.0
    unit = float(_powers(np.abs(y).max()))
    return float((y / unit).std(ddof=ddof, dtype=np.float64)) * unit


def _factor(n: int, model: str, l1_ratio: float | None, outputs: int) -> float:
    n, outputs = check.integer(n, "n", low=1), check.integer(outputs, "outputs", low=1)
    check.option(model, "model", (*_FACTORS, "ElasticNet"))
    if outputs > 1 and model not in ("LogisticRegression", "MLPClassifier"):
        raise ValueError(f"outputs must be 1 for {model}, got {outputs}")
    if model == "ElasticNet":
        if l1_ratio is None:
            raise ValueError("l1_ratio must be given for an ElasticNet, got None")
        return 1 - check.number(l1_ratio, "l1_ratio", low=0, high=1) / 2
    if l1_ratio is not None:
        raise ValueError(f"l1_ratio must be None for {model}, got {l1_ratio!r}")
    return _FACTORS[model](n) / (2 if outputs == 2 else 1)
