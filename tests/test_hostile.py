"""Every public function against hostile arguments: each is right, or refused by a sentence that names the argument.

`CALLS` holds one good call of each function. In it, one argument after another is replaced by each of the values below,
which are made from the good one. What comes back must be finite and the same as for a clean copy of the value (float64, in
C order, contiguous), or else a ValueError or TypeError that names the argument; a warning is an error, and nothing that was
passed in may be changed. Numbers so large or small that squares leave the range of floats are among the values; where they
are accepted, `test_properties.py` checks by its laws of scaling that the result is right.
"""

import copy
import datetime
import decimal
import fractions
import importlib
import inspect
import re
import warnings

import numpy as np
import pytest
from test_reference import MODULES, public

from reglesson import data, dropout, early_stopping, exercises, explore, l2
from reglesson.linear import LinearFit, LinearPath
from reglesson.network import MLP, SGD, Adam, AdamW, History

MODULE = {name: importlib.import_module(f"reglesson.{name}") for name in MODULES}


def rng(seed=0):
    return np.random.default_rng(seed)


X, Y = rng().normal(size=(8, 3)) + 0.5, rng(1).normal(size=8) + 2
CLASSES = np.array([0, 1, 2, 0, 1, 2, 1, 0])
LAMS = np.array([0.3, 0.0, 2.0])
GROUPS = ["c", "a", "b", "c", "d", "a", "e", "b"]  # a list: the names of groups need not be numbers
CURVE = np.array([3.0, 2.0, 1.0, 1.5, 1.2, 1.4])
FIT = LinearFit(np.array([0.5, -1.0, 0.0]), 0.25)
PATH = LinearPath(LAMS, rng(2).normal(size=(3, 3)), np.array([1.0, 2.0, 3.0]))


def net(task="regression"):
    return MLP([3, 4, 3], rng(3), "tanh", task)


def gradients():
    return dict(zip(("weight_grads", "bias_grads"), net().loss_and_grads(X, np.c_[Y, Y, Y])[1:], strict=True))


class Axes:
    """What the figures do to axes, kept as numbers; a real one takes too long to make thousands of times."""

    def __init__(self):
        self.drawn = []

    def plot(self, *numbers, **look):
        self.drawn += numbers

    def annotate(self, text, at, **look):
        self.drawn += [text, *at]

    axhline = axvline = set_xscale = plot

    def set(self, **look):
        self.drawn += look.values()


def drawn(fig, lam):
    """Nothing but axes."""
    fig.subplots()
    return f"At {lam:g} nothing is seen."


XY = {"X": X, "y": Y}
FREE = {"fit_intercept": True}
SHARES = {"sample_weight": np.abs(Y) + 1, "penalty_factors": np.arange(X.shape[1]) * 0.75}
NETWORK = {"network": net, "X": X, "p": 0.25}
TRAINING = {"l1": 0.01, "l2": 0.02, "p": 0.25, "p_input": 0.125, "rng": rng}

# name: a good call, and for a method what it belongs to, under the key None; a function without arguments stands for what it makes
CALLS = {
    "linear.LinearFit.predict": {None: lambda: FIT, "X": X},
    "linear.LinearPath.predict": {None: lambda: PATH, "X": X},
    "linear.mse": {"y": Y, "prediction": np.stack([Y + 1, Y])},
    "linear.penalized_loss": {**XY, "fit": lambda: FIT, "lam": 0.5, "penalty": "l1"},
    "linear.center": {**XY, **FREE, "sample_weight": np.abs(Y)},
    "l2.ridge": {**XY, "lam": 0.5, **FREE, **SHARES},
    "l2.ridge_path": {**XY, "lams": LAMS, **FREE, **SHARES},
    "l2.loo_errors": {**XY, "lams": LAMS, **FREE},
    "l2.gcv": {**XY, "lams": LAMS, **FREE},
    "l2.shrinkage_factors": {"X": X, "lam": 0.5},
    "l2.effective_dof": {"X": X, "lams": LAMS},
    "l2.ridge_regression": {**XY, "lambda_val": 0.5, "epochs": 3, "learning_rate": 0.01, "penalize_intercept": True},
    "l1.soft_threshold": {"z": X, "t": 0.5},
    "l1.lambda_max": {**XY, **FREE, **SHARES},
    "l1.kkt_violation": {**XY, "fit": lambda: FIT, "lam": 0.5, **FREE, **SHARES},
    "l1.duality_gap": {**XY, "fit": lambda: FIT, "lam": 0.5, **FREE, **SHARES},
    "l1.lasso_regression": {**XY, "lambda_val": 0.5, "epochs": 3, "learning_rate": 0.01, **FREE},
    "l1.proximal_gradient": {**XY, "lam": 0.5, "steps": 3, "accelerate": True, **FREE},
    "l1.coordinate_descent": {**XY, "lam": 0.5, "sweeps": 3, **FREE},
    "l1.lasso_knots": {**XY, **FREE, **SHARES},
    "l1.lasso_path": {**XY, "lams": LAMS, "n_lams": 5, "eps": 0.01, **FREE, **SHARES},
    "l1.lasso": {**XY, "lam": 0.5, **FREE, **SHARES},
    "l1.elastic_net_path": {**XY, "lams": [0.5, 2.0], "l1_ratio": 0.25, **FREE, **SHARES},
    "l1.elastic_net": {**XY, "lam": 0.5, "l1_ratio": 0.25, **FREE, **SHARES},
    "overfitting.polynomial_features": {"x": Y, "degree": 3},
    "overfitting.min_norm_fit": {**XY, **FREE},
    "overfitting.smoother": {"X": X, "lam": 0.5, "X_new": X[:5], **FREE},
    "overfitting.bias_variance": {"X": X, "signal": Y, "noise_var": 0.5, "lams": LAMS, "X_new": X[:5], "signal_new": Y[:5], **FREE},
    "overfitting.optimism": {"X": X, "noise_var": 0.5, "lam": 0.5, **FREE},
    "overfitting.least_norm_risk": {"n": 8, "p": 3, "norm2": 1.5, "noise_var": 0.5},
    "overfitting.isotropic_risk": {"X": X, "norm2": 1.5, "noise_var": 0.5, "lams": LAMS},
    "dropout.dropout": {"x": X, "p": 0.25, "rng": rng},
    "dropout.all_masks": {"n": 3},
    "dropout.mask_probabilities": {"masks": dropout.all_masks(3), "p": 0.25},
    "dropout.sub_networks": {**NETWORK, "masks": dropout.all_masks(4), "where": "hidden", "inverted": True},
    "dropout.weight_scaled": {**NETWORK, "where": "hidden"},
    "dropout.mc_dropout": {**NETWORK, "n_samples": 3, "rng": rng},
    "dropout.dropout_penalty": {"X": X, "p": 0.25},
    "dropout.ensemble": {**NETWORK, "mean": "arithmetic", "where": "hidden", "inverted": True},
    "early_stopping.Patience": {"patience": 2, "min_delta": 0.25, "start_epoch": 1},
    "early_stopping.GeneralizationLoss": {"alpha": 20.0, "start_epoch": 1},
    "early_stopping.ProgressQuotient": {"alpha": 0.5, "k": 2, "start_epoch": 1},
    "early_stopping.Up": {"s": 1, "k": 2, "start_epoch": 1},
    "early_stopping.Patience.stop_epoch": {None: lambda: early_stopping.Patience(2, 0.25, start_epoch=1), "val_losses": CURVE},
    "early_stopping.GeneralizationLoss.stop_epoch": {None: lambda: early_stopping.GeneralizationLoss(20.0), "val_losses": CURVE},
    "early_stopping.ProgressQuotient.stop_epoch": {
        None: lambda: early_stopping.ProgressQuotient(0.5, 2), "val_losses": CURVE, "train_losses": CURVE[::-1].copy()},
    "early_stopping.Up.stop_epoch": {None: lambda: early_stopping.Up(1, 2), "val_losses": CURVE},
    "early_stopping.generalization_loss": {"val_losses": CURVE},
    "early_stopping.progress": {"train_losses": CURVE, "k": 2},
    "early_stopping.best_epoch": {"val_losses": CURVE},
    "early_stopping.gradient_descent": {**XY, "learning_rate": 0.1, "steps": 3, **FREE},
    "early_stopping.gradient_descent_path": {**XY, "learning_rate": 0.1, "steps": np.array([3, 1, 10]), **FREE},
    "early_stopping.filter_factors": {"singular_values": Y, "n": 8, "learning_rate": 0.1, "steps": np.array([3, 1, 10])},
    "early_stopping.flow_factors": {"singular_values": Y, "n": 8, "time": LAMS},
    "early_stopping.filter_risk": {"factors": X[:, :3], "singular_values": Y[:3], "weights": Y[3:6], "noise_var": 0.5},
    "choosing.kfold": {"n": 8, "k": 3, "rng": rng},
    "choosing.group_kfold": {"groups": GROUPS, "k": 3, "rng": rng},
    "choosing.time_folds": {"n": 8, "k": 3},
    "choosing.cross_validate": {
        "path": lambda: l2.ridge_path, **XY, "lams": LAMS, "k": 3, "rng": rng, "groups": GROUPS, "folds": None,
        "prepare": lambda: data.Standardizer},
    "choosing.nested_cross_validate": {
        "path": lambda: l2.ridge_path, **XY, "lams": LAMS, "k": 3, "rng": rng, "inner": 2, "rule": "best",
        "groups": GROUPS, "folds": None, "prepare": lambda: data.Standardizer},
    "choosing.information_criteria": {"y": Y, "predictions": np.stack([Y + 1, Y + 2]), "dof": [1.0, 0.5], "noise_var": 0.5},
    "choosing.paired_difference": {"first": Y, "second": Y[::-1].copy(), "n_train": 6, "n_test": 2},
    "choosing.sklearn_alpha": {"lam": 0.5, "n": 8, "model": "ElasticNet", "l1_ratio": 0.25, "outputs": 1},
    "choosing.lam_from_sklearn": {"alpha": 0.5, "n": 8, "model": "ElasticNet", "l1_ratio": 0.25, "outputs": 1},
    "choosing.sklearn_l1_ratio": {"l1_ratio": 0.25},
    "choosing.l1_ratio_from_sklearn": {"l1_ratio": 0.25},
    "choosing.torch_weight_decay": {"lam": 0.5},
    "choosing.lam_from_torch": {"weight_decay": 0.5},
    "choosing.keras_penalty": {"lam": 0.5, "what": "weight_decay", "momentum": 0.5},
    "choosing.lam_from_keras": {"value": 0.5, "what": "weight_decay", "momentum": 0.5},
    "choosing.glmnet_lambda": {"lam": 0.5, "y": Y, "l1_ratio": 0.25},
    "choosing.lam_from_glmnet": {"value": 0.5, "y": Y, "alpha": 0.25},
    "network.MLP": {"sizes": [3, 4, 3], "rng": rng, "activation": "relu", "task": "regression", "dtype": lambda: np.float64},
    "network.MLP.forward": {None: net, "X": X},
    "network.MLP.loss": {None: net, "X": X, "y": np.c_[Y, Y, Y]},
    "network.MLP.accuracy": {None: lambda: net("classification"), "X": X, "y": CLASSES},
    "network.MLP.loss_and_grads": {None: net, "X": X, "y": np.c_[Y, Y, Y], **TRAINING},
    "network.softmax": {"Z": X},
    "network.random_mask": {"shape": (4, 3), "p": 0.25, "rng": rng, "dtype": lambda: np.float64},
    "network.SGD": {"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.25},
    "network.Adam": {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.75, "eps": 1e-3},
    "network.AdamW": {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.75, "eps": 1e-3, "weight_decay": 0.25},
    "network.SGD.step": {None: lambda: SGD(0.1, 0.5), "network": net, **gradients()},
    "network.Adam.step": {None: Adam, "network": net, **gradients()},
    "network.AdamW.step": {None: AdamW, "network": net, **gradients()},
    "network.train": {
        "network": net, "X": X, "y": np.c_[Y, Y, Y], "optimizer": lambda: SGD(0.01), "epochs": 3, "rng": rng, "batch_size": 4,
        "X_val": X[:5], "y_val": np.c_[Y, Y, Y][:5], "l1": 0.01, "l2": 0.02, "p": 0.25, "p_input": 0.125,
        "stop": lambda: early_stopping.Patience(1), "progress": lambda: iter},
    "network.train_each": {
        "networks": lambda: [net(), net()], "X": X, "y": np.c_[Y, Y, Y], "optimizers": lambda: [Adam(0.01), Adam(0.01)],
        "epochs": 3, "rngs": lambda: [rng(), rng(1)], "batch_size": 4, "X_val": X[:5],
        "y_val": np.c_[Y, Y, Y][:5], "l2": 0.02, "p": 0.25, "watch": True},
    "data.wave_signal": {"x": Y},
    "data.wave": {"n": 8, "noise": 0.5, "rng": rng},
    "data.seed_line": {"rng": rng, "n": 8},
    "data.sparse_linear": {"n": 8, "p": 3, "nonzero": 2, "noise": 0.5, "rng": rng, "correlation": 0.25},
    "data.split": {**XY, "parts": [4, 2], "rng": rng},
    "data.Standardizer.fit": {"X": X},
    "data.Standardizer.transform": {None: lambda: data.Standardizer.fit(X), "X": X},
    "data.Standardizer.unscale": {None: lambda: data.Standardizer.fit(X), "fit": lambda: FIT},
    "exercises.same": {"given": Y, "expected": Y, "rtol": 1e-6, "atol": 1e-9},
    "exercises.agree": {"answer": lambda: np.sum, "reference": lambda: np.sum, "cases": [(Y,)], "rtol": 1e-6, "atol": 1e-9},
    "exercises.check": {"name": "l2-alpha", "answer": lambda: np.sum},
    "figures.coefficient_paths": {"ax": Axes, "lams": LAMS + 0.1, "coefs": X[:3], "names": ["a", "b", "c"], "at": 0.5},
    "figures.name": {"ax": Axes, "x": 2.0, "y": 3.0, "text": "fit", "color": "#0067b1",
                     "dx": 4.0, "dy": 0.0, "ha": "left", "va": "center"},
    "figures.learning_curves": {"ax": Axes, "history": lambda: History(CURVE, CURVE, 2, False), "stop": 3},
    "explore.number": {"x": 0.5, "digits": 3},
    "explore.log_slider": {"low": 0.1, "high": 10.0, "value": 1.0, "label": "λ", "steps": 5},
    "explore.slider": {"low": 0.0, "high": 1.0, "step": 0.25, "value": 0.5, "label": "x"},
    "explore.choice": {"options": ["a", "b"], "value": "b", "label": "x"},
    "explore.Slider.nearest": {None: lambda: explore.slider(0, 1, 0.25), "value": 0.3},
    "explore.explore": {"draw": lambda: drawn, "figsize": (5.4, 3.2), "live": lambda: {"n": explore.slider(0, 1, 1)},
                        "lam": lambda: explore.slider(0, 1, 0.25)},
}  # fmt: skip

# -- the values ------------------------------------------------------------------------------------------------


class Subclass(np.ndarray):
    """An array of another class."""


class ArrayLike:
    """What is no array and can be made one, as a data frame can."""

    def __init__(self, numbers):
        self.numbers = numbers

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numbers, dtype)


def strided(a):
    wide = np.zeros([2 * n for n in a.shape], a.dtype)
    view = wide[tuple(slice(None, None, 2) for _ in a.shape)]
    view[...] = a
    return view


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


def with_entry(a, value, dtype=None):
    a = a.astype(dtype or a.dtype)
    a.flat[a.size // 2] = value
    return a


def masked(a):
    mask = np.zeros(a.shape, bool)
    mask.flat[a.size // 2] = True
    return np.ma.array(a, mask=mask)


def data_frame(a):
    pandas = pytest.importorskip("pandas")
    return (pandas.DataFrame if a.ndim == 2 else pandas.Series)(a)


# the same numbers in another form: right or refused
FORMS = {
    "list": lambda a: a.tolist(),
    "tuple": lambda a: tuple(a.tolist()),
    "Fortran order": lambda a: np.asfortranarray(a),
    "read-only": read_only,
    "non-contiguous": strided,
    "backwards in memory": lambda a: a[::-1].copy()[::-1],
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "subclass": lambda a: a.view(Subclass),
    "matrix": lambda a: np.asmatrix(a),
    "masked array without a mask": lambda a: np.ma.array(a),
    "with __array__": ArrayLike,
    "objects": lambda a: a.astype(object),
    "fractions": lambda a: np.array([fractions.Fraction(float(v)) for v in a.flat], object).reshape(a.shape),
    "longdouble": lambda a: a.astype(np.longdouble),
    "float32": lambda a: a.astype(np.float32),
    "float16": lambda a: a.astype(np.float16),
    "integers": lambda a: np.rint(a).astype(np.int64),
    "small integers": lambda a: np.rint(np.abs(a)).astype(np.uint8),
    "bool": lambda a: a > np.median(a),
}

# other numbers or another shape: right or refused
OTHERS = {
    "huge": lambda a: a * 1e300,
    "one huge": lambda a: with_entry(a, 1e300, float),
    "large array": lambda a: a * 1e150,
    "small array": lambda a: a * 1e-150,
    "tiny": lambda a: a * 1e-300,
    "one tiny": lambda a: with_entry(a, 1e-300, float),
    "huge float32": lambda a: a.astype(np.float32) * np.float32(1e37),
    "tiny float32": lambda a: a.astype(np.float32) * np.float32(1e-37),
    "too large for int64": lambda a: np.full(a.shape, 2**63 + 5, np.uint64),
    "negative": lambda a: a * -1,
    "zeros": lambda a: 0 * a,
    "transposed": lambda a: a.T.copy(),
    "a row less": lambda a: a[:-1],
    "a row": lambda a: a[:1],
    "a column less": lambda a: a[..., :-1],
    "an axis more": lambda a: a[None],
    "a column": lambda a: a.reshape(-1, 1),
    "flat": lambda a: a.ravel(),
}

# what is no array of numbers: always refused
NEVER = {
    "NaN": lambda a: with_entry(a, np.nan, float),
    "inf": lambda a: with_entry(a, np.inf, float),
    "-inf": lambda a: with_entry(a, -np.inf, float),
    "longdouble beyond float64": lambda a: with_entry(a, np.longdouble("1e4000"), np.longdouble),
    "complex": lambda a: a + 0j,
    "strings": lambda a: a.astype(str),
    "strings among objects": lambda a: with_entry(a, "1", object),
    "None among objects": lambda a: with_entry(a, None, object),
    "complex among objects": lambda a: with_entry(a, 1j, object),
    "10**400 among objects": lambda a: with_entry(a, 10**400, object),
    "dates": lambda a: np.full(a.shape, "2020-01-01", "M8[D]"),
    "records": lambda a: np.zeros(a.shape, [("a", float)]),
    "a masked entry": masked,
    "ragged": lambda a: [[1.0, 2.0], [3.0]],
    "no rows": lambda a: a[:0],
    "no columns": lambda a: a[..., :0],
    "dict of columns": lambda a: {"a": a.ravel().tolist()},
}

# one thing for any argument
THINGS = {
    "None": None, "text": "text", "empty text": "", "bytes": b"1", "numeral": "1", "[]": [], "()": (), "[[]]": [[]], "{}": {},
    "set": {1.0}, "object": object(), "function": lambda *words: None, "type": int, "generator": (x for x in [1.0]),
    "slice": slice(3), "date": datetime.date(2020, 1, 1), "datetime64": np.datetime64("2020-01-01"), "1j": 1j,
    "Decimal": decimal.Decimal("0.5"), "Fraction": fractions.Fraction(1, 2), "True": True, "False": False, "np.True_": np.True_,
    "NaN number": np.nan, "inf number": np.inf, "-inf number": -np.inf, "NaT": np.datetime64("NaT"), "np.ma.masked": np.ma.masked,
    "-1": -1, "0": 0, "1": 1, "2": 2, "3": 3, "2**63": 2**63, "10**30": 10**30, "10**400": 10**400, "-10**400": -(10**400),
    "-1.0": -1.0, "-0.0": -0.0, "0.5": 0.5, "1.0": 1.0, "1.5": 1.5, "huge number": 1e300, "tiny number": 1e-300,
    "subnormal": 5e-324, "large": 1e150, "small": 1e-150, "-1e300": -1e300, "largest": np.finfo(float).max,
    "float32": np.float32(0.5), "float16": np.float16(0.5),
    "longdouble": np.longdouble(0.5), "longdouble 1e4000": np.longdouble("1e4000"), "int8": np.int8(1), "uint64": np.uint64(2),
    "0-d array": np.array(0.5), "0-d integer": np.array(2), "0-d NaN": np.array(np.nan), "0-d text": np.array("a"),
    "[0.5]": [0.5], "array([2])": np.array([2]), "[True]": [True], "['a', 'b']": ["a", "b"], "[nan]": [np.nan], "[inf]": [np.inf],
    "[[1.0], [2.0]]": [[1.0], [2.0]], "ones": np.ones((8, 3)), "empty array": np.array([]), "(0, 3)": np.zeros((0, 3)),
    "ragged list": [[1.0], [2.0, 3.0]], "3 axes": np.ones((2, 2, 2)), "32 axes": np.ones([1] * 32),
    "RandomState": np.random.RandomState(0), "LinearFit": FIT, "LinearPath": PATH,
    "fit of lists": LinearFit([1.0, 2.0, 3.0], 0.0), "fit with NaN": LinearFit(X[0] * np.nan, 0.0),
    "fit of 2": LinearFit(np.ones(2), 0.0), "fit with axes": LinearFit(np.ones((3, 1)), 0.0), "fit of text": LinearFit("abc", "d"),
    "fit with intercept None": LinearFit(X[0], None), "fit with huge weights": LinearFit(X[0] * 1e300, 0.0),
    "other network": MLP([2, 3, 1], rng()), "shallow network": MLP([3, 3], rng()), "classifier": net("classification"),
    "type MLP": MLP, "SGD": SGD(0.5), "Patience": early_stopping.Patience(1), "Standardizer": data.Standardizer.fit(X),
}  # fmt: skip
# of these, what no argument that wants a number or an array of numbers may take
NO_NUMBERS = {"text", "empty text", "bytes", "numeral", "[]", "()", "[[]]", "{}", "set", "object", "function", "type", "generator",
              "slice", "date", "datetime64", "1j", "NaN number", "inf number", "-inf number", "NaT", "np.ma.masked",
              "10**400", "-10**400", "longdouble 1e4000", "0-d NaN", "0-d text", "['a', 'b']", "[nan]", "[inf]", "empty array",
              "(0, 3)", "ragged list",
              "RandomState", "LinearFit", "LinearPath", "type MLP", "SGD", "Patience", "Standardizer"}  # fmt: skip


def hostile(good):
    """Pairs of a label and a value that takes the place of a good one."""
    if isinstance(good, np.ndarray):
        for label, make in (FORMS | OTHERS | NEVER).items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what these make, nothing is of interest but the value
                yield label, make(good)
    yield from THINGS.items()


# -- what comes of them ----------------------------------------------------------------------------------------


def function(name):
    module, *path = name.split(".")
    found = MODULE[module]
    for part in path:
        found = getattr(found, part)
    return found


def good(name, kind=np.float64):
    """A fresh good call: what a method belongs to, or None, and the arguments, their floats of one kind."""
    made = {k: v() if callable(v) else copy.deepcopy(v) for k, v in CALLS[name].items()}
    made = {k: v.astype(kind) if isinstance(v, np.ndarray) and v.dtype == float else v for k, v in made.items()}
    return made.pop(None, None), made


def call(name, arguments, owner):
    """What a call returns, and what it leaves of a network or of axes that it is to change, as a flat list."""
    method = function(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=PendingDeprecationWarning)  # np.matrix, which only this test makes
        result = getattr(owner, name.split(".")[-1])(**arguments) if owner is not None else method(**arguments)
    changed = [arguments["network"]] if name.endswith((".step", ".train")) else arguments.get("networks", [])
    return flat([result, *changed])


def flat(result):
    """Numbers, arrays and words of a result in one list."""
    if isinstance(result, (list, tuple)):
        return [leaf for part in result for leaf in flat(part)]
    if isinstance(result, float):
        return [np.float64(result)]
    if isinstance(result, (str, bytes, np.ndarray, np.generic, int, float, np.dtype)) or result is None or callable(result):
        return [result]
    if not hasattr(result, "__dict__"):
        return [repr(result)]
    return [leaf for key, part in sorted(vars(result).items()) if not key.startswith("_kept") for leaf in flat(part)]


def same(one, other, rtol, atol):
    if len(one) != len(other):
        return False
    for a, b in zip(one, other, strict=True):
        if not isinstance(a, (np.ndarray, np.generic, int)) or getattr(a, 'dtype', np.dtype(int)).kind not in 'fiub':
            if repr(a) != repr(b):
                return False
            continue
        a, b = (np.asarray(v, np.longdouble) for v in (a, b))
        size = np.abs(b[np.isfinite(b)]).max(initial=0)
        if a.shape != b.shape or not np.allclose(a, b, rtol=rtol, atol=atol + rtol * min(size, 1e300), equal_nan=True):
            return False
    return True


def finite(result):
    return all(np.isfinite(a).all() for a in result if isinstance(a, (np.ndarray, np.generic)) and a.dtype.kind in "fiub")


def clean(value, good):
    """The value as float64 in C order (integers and masks of the same kind as the good one), or itself if it is no array."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value[()]
    if isinstance(good, np.ndarray) and (isinstance(value, (list, tuple, np.ndarray, ArrayLike)) or hasattr(value, "__array__")):
        return np.array(np.asarray(value), good.dtype if good.dtype.kind in "ib" else np.float64, order="C")
    return value


def copied(value):
    """A network is changed by training: each call gets its own."""
    return value.copy() if isinstance(value, MLP) else value


def bits(value):
    """What must not change, for comparison: the bytes of arrays, a list's text."""
    if isinstance(value, np.ndarray):
        return np.asarray(value).tobytes()
    return repr(value) if isinstance(value, (list, tuple, dict)) else None


def trouble(name, argument, label, value, kind=np.float64):
    """None, or a sentence that says what is wrong with the call that has `value` in the place of an argument."""
    owner, arguments = good(name, kind)
    fine, original = arguments[argument], value
    arguments[argument] = value = copied(value)
    before = {k: bits(v) for k, v in arguments.items()}
    try:
        result = call(name, arguments, owner)
    except (ValueError, TypeError) as error:
        names = arguments if label in SANE else [argument]
        said = str(error)
        if any(re.search(rf"(?<!\w){name}(?!\w)", said) for name in names):
            return None
        return f"{type(error).__name__} does not name {argument}: {said}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if [k for k, v in arguments.items() if before[k] != bits(v)]:
        return "an argument was changed"
    if (name, argument) in ANSWERS:
        return None if result[0] is None or isinstance(result[0], str) else f"returned {result!r}"
    if name == "data.split" and argument in "Xy":
        return None  # rows of anything can be dealt out
    if must_be_refused(name, argument, label, fine):
        return f"accepted: {str(result)[:100]}"
    if not finite(result) and (name, argument) not in INFINITE:
        return f"not finite: {str(result)[:100]}"
    try:
        owner, arguments = good(name, kind)
        arguments[argument] = clean(copied(original), fine)
        right = call(name, arguments, owner)
    except Exception as error:
        return f"accepted, and a clean copy is not: {type(error).__name__}: {error}"
    rtol, atol = (1e-3, 1e-37) if "float32" in label else (1e-9, 0.0)
    return None if same(result, right, rtol, atol) else f"not what a clean copy gives: {str(result)[:100]}, {str(right)[:100]}"


# what is wrong only beside the other arguments: its length, or that it is the smaller one; then any of them may be named
SANE = {*OTHERS, "0", "1", "2", "3", "int8", "uint64", "0-d integer", "0-d array", "2**63", "10**30", "1.0", "1.5", "0.5",
        "Fraction", "float32", "float16", "longdouble", "large", "small", "tiny number", "subnormal", "ones", "[0.5]", "array([2])",
        "[True]", "[[1.0], [2.0]]", "other network", "shallow network", "classifier", "fit of 2"}  # fmt: skip
ANSWERS = {("exercises.same", "given"), ("exercises.agree", "answer"), ("exercises.check", "answer")}  # any answer is looked at
# where infinity is an answer: the peak of a risk, no step at all, a loss of zero, and losses that overflowed
INFINITE = {("overfitting.least_norm_risk", a) for a in ("n", "p", "norm2", "noise_var")} | {
    ("early_stopping.gradient_descent_path", "steps"), ("early_stopping.gradient_descent_path", "learning_rate"),
    ("early_stopping.generalization_loss", "val_losses"), ("early_stopping.progress", "train_losses")}  # fmt: skip
ALLOWED = {"NaN", "inf", "longdouble beyond float64", "[nan]", "[inf]"}  # in validation losses: training that overflows is stopped
FUNCTIONS = {"path", "progress", "reference"}  # what a function does that is passed in, and is one, is its own affair


def must_be_refused(name, argument, label, fine):
    """Whether a value is no number at all where numbers are wanted."""
    if argument == "val_losses" and label in ALLOWED:
        return False
    return isinstance(fine, (np.ndarray, int, float)) and not isinstance(fine, bool) and label in NEVER.keys() | NO_NUMBERS


WANTED = [(name, argument) for name, arguments in CALLS.items() for argument in arguments if argument is not None]


@pytest.mark.parametrize(("name", "argument"), WANTED)
def test_a_hostile_argument_is_taken_rightly_or_refused_by_name(name, argument):
    fine = good(name)[1][argument]
    found = []
    for label, value in hostile(fine):
        if argument in FUNCTIONS and callable(value):
            continue
        problem = trouble(name, argument, label, value)
        if problem:
            found.append(f"{name}({argument} = {label}): {problem}")
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(("name", "argument"), [pair for pair in WANTED if isinstance(good(pair[0])[1][pair[1]], (int, float))])
def test_a_hostile_number_beside_single_precision_is_taken_rightly_or_refused_by_name(name, argument):
    found = [(label, trouble(name, argument, label, value, np.float32)) for label, value in THINGS.items()]
    assert not [f"{name}({argument} = {label}): {problem}" for label, problem in found if problem]


@pytest.mark.parametrize(("name", "argument"), [pair for pair in WANTED if pair[1] in ("lams", "time")])
def test_penalties_and_times_beyond_single_precision_are_taken_as_in_double_precision(name, argument):
    single, double = (good(name, kind) for kind in (np.float32, np.float64))
    for _, arguments in (single, double):
        arguments[argument] = np.array([1e150, 2.0, 1.0])
    assert same(call(name, single[1], single[0]), call(name, double[1], double[0]), 1e-3, 1e-6)


# what is not called by readers, or only on what the package made
OTHERWISE = {
    "linear": {"LinearFit", "LinearPath", "PrecisionWarning"},  # results; hostile fits are among the values
    "choosing": {"CVResult", "CVResult.edge", "InformationCriteria"},
    "network": {"History", "MLP.copy"},
    "data": {"diabetes", "digits", "Standardizer"},  # two have no arguments, the third is made by its `fit`
    "exercises": {check.__name__ for check in exercises.CHECKS.values()},  # test_exercises.py gives them hostile answers
    # the explorer's own work on what `explore` has checked, and what is set for all explorers: test_explore.py
    "explore": {"Slider", "Explorer", "Explorer.values", "Explorer.sentence", "Explorer.frame", "Explorer.text", "Explorer.baked",
                "Explorer.html", "Explorer.save",
                "setup", "configure"},
}  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_every_public_function_is_called_here_with_every_argument(module):
    names = {name: thing for name, thing in public(module).items() if name not in OTHERWISE.get(module, ())}
    assert set(names) == {name.removeprefix(f"{module}.") for name in CALLS if name.startswith(f"{module}.")}
    for name, thing in names.items():
        arguments = set(inspect.signature(thing).parameters) - {"self", "cls"}
        if name == "explore":
            arguments = arguments - {"sliders"} | {"lam"}
        ignored = {"train_losses"} if name.endswith("stop_epoch") and not name.startswith("Progress") else set()
        assert CALLS[f"{module}.{name}"].keys() - {None} == arguments - ignored, name
