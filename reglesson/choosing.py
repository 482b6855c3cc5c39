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

from dataclasses import dataclass

import numpy as np

from reglesson import _checks as check
from reglesson.data import Standardizer
from reglesson.linear import mse


@dataclass(frozen=True)
class CVResult:
    """What cross-validation found: lams, mean and se, (L,) each in the caller's order, and the penalties best and one_se."""

    lams: np.ndarray
    mean: np.ndarray
    se: np.ndarray
    best: float
    one_se: float

    @property
    def edge(self):
        """At which end of the grid the best penalty stands, "smallest" or "largest"; a better one may lie outside. Else None."""
        if len(self.lams) > 1 and self.best == self.lams.min():
            return "smallest"
        if len(self.lams) > 1 and self.best == self.lams.max():
            return "largest"
        return None


def kfold(n, k, rng):
    """Deal the indices 0 to n - 1 at random into k folds whose sizes differ by at most one: a list of k sorted arrays.

    >>> [len(fold) for fold in kfold(10, 3, np.random.default_rng(0))]
    [4, 3, 3]
    """
    n = check.integer(n, "n", low=2)
    k = check.integer(k, "k", low=2, high=n)
    order = check.generator(rng).permutation(n)
    return [np.sort(fold) for fold in np.array_split(order, k)]


def cross_validate(path, X, y, lams, k, rng, *, prepare=Standardizer):
    """Estimate the error of each penalty by k-fold cross-validation, and choose.

    Whatever is learned from data is learned inside each fold: `prepare` sees
    the training part only, so nothing of the fold left out can leak in.

    Parameters
    ----------
    path : function of (X, y, lams) that returns a LinearPath, such as `ridge_path` or `lasso_path`
    X : (n, p) raw features
    y : (n,) responses
    lams : (L,) penalties, in any order
    k : number of folds, from 2 to n
    rng : numpy.random.Generator that deals the folds
    prepare : what has `fit(X_train)` and then `transform(X)`; None leaves X as it is

    Returns
    -------
    CVResult

    Raises
    ------
    ValueError for bad data, penalties or a number of folds that does not fit n.
    """
    X, y = check.design(X, y)
    lams = check.penalties(lams)
    check.function(path, "path")
    if prepare is not None:
        check.able(prepare, "prepare", "fit")
    errors = np.array([_error(path, X, y, lams, fold, prepare) for fold in kfold(len(X), k, rng)])
    with np.errstate(over="ignore"):
        mean, se = errors.mean(axis=0), check.representable(errors.std(axis=0, ddof=1), "y") / np.sqrt(len(errors))
    least = mean == mean.min()
    best = lams[least].max()  # of equals the most regularized
    bound = mean.min() + se[least & (lams == best)][0]
    return CVResult(lams, mean, se, float(best), float(lams[mean <= bound].max()))


def nested_cross_validate(path, X, y, lams, k, rng, *, inner=5, rule="best", prepare=Standardizer):
    """Estimate the error of the whole procedure, the choice of the penalty included: k errors and the k penalties chosen.

    For each fold left out, the penalty is chosen by `inner`-fold
    cross-validation on the others, by the `rule` "best" or "one_se"; the error
    on the fold left out has then played no part in the choice.
    """
    X, y = check.design(X, y)
    check.option(rule, "rule", ("best", "one_se"))
    check.integer(inner, "inner", low=2)
    errors, chosen = [], []
    for fold in kfold(len(X), k, rng):
        rest = np.delete(np.arange(len(X)), fold)
        lam = getattr(cross_validate(path, X[rest], y[rest], lams, inner, rng, prepare=prepare), rule)
        errors.append(_error(path, X, y, np.array([lam]), fold, prepare)[0])
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


def _error(path, X, y, lams, fold, prepare):
    """The mean squared error on a fold of the path that is fitted to all other samples: (L,)."""
    rest = np.delete(np.arange(len(X)), fold)
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
