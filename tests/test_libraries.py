"""Where PyTorch, Keras, statsmodels and R's glmnet end, beside the numbers of `reglesson.choosing`, and the code to copy for them.

These libraries are no part of the course's environment: where one is missing its tests are skipped, and once a week all
are there. Each fit runs on all samples until it rests, so that what is compared is the minimum and not the way to it.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from reglesson.choosing import (
    glmnet_lambda,
    keras_penalty,
    lam_from_glmnet,
    lam_from_keras,
    lam_from_torch,
    sklearn_alpha,
    sklearn_l1_ratio,
    torch_weight_decay,
)
from reglesson.data import Standardizer
from reglesson.l1 import elastic_net, lasso
from reglesson.l2 import ridge

sys.path.append(str(Path(__file__).resolve().parent.parent / "book" / "_ext" / "workbench"))
import look

ROOT = Path(__file__).resolve().parent.parent

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.statement("choosing-converters")]
os.environ.setdefault("KERAS_BACKEND", "torch")
LAM = 0.3


def problem(n=60, p=4):
    """Standardized features, a centred response: no intercept is needed, so nothing can decay that should not."""
    r = np.random.default_rng(0)
    X = r.normal(size=(n, p)) + 0.7 * r.normal(size=(n, 1)) + 3
    X = Standardizer.fit(X).transform(X)
    y = X @ np.array([2.0, -1.0, 0.5, 0.0]) + r.normal(size=n)
    return X, y - y.mean()


X, Y = problem()
RIDGE = ridge(X, Y, LAM).coef


def apart(found, expected):
    """The distance in units of the expected weights' length."""
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


def in_a_box(decay):
    """Least squares with all weights at most 1 / decay in size."""
    return lsq_linear(X, Y, (-1 / decay, 1 / decay), tol=1e-14).x


# -- PyTorch ---------------------------------------------------------------------------------------------------


def torch_fit(make, rates):
    torch = pytest.importorskip("torch")
    A, b = torch.tensor(X), torch.tensor(Y)
    w = torch.zeros(X.shape[1], dtype=torch.float64, requires_grad=True)
    optimizer, loss = make(torch.optim, [w]), torch.nn.MSELoss()
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss(A @ w, b).backward()
        optimizer.step()
    return w.detach().numpy()


SLOWER = np.geomspace(0.05, 1e-5, 3000)  # Adam's steps do not shrink by themselves
SHORT = (0.9, 0.9)  # the size of a gradient forgotten in ten steps, not in a thousand: AdamW rests a hundred times sooner


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9},
                                     {"momentum": 0.9, "nesterov": True}, {"momentum": 0.5, "dampening": 0.5}])  # fmt: skip
def test_torchs_sgd_ends_at_ridge_at_any_momentum(options):
    found = torch_fit(lambda optim, w: optim.SGD(w, lr=0.1, weight_decay=torch_weight_decay(LAM), **options), np.full(2000, 0.05))
    assert apart(found, RIDGE) < 1e-9
    assert apart(ridge(X, Y, LAM / 10).coef, RIDGE) > 0.05  # what a factor of 1 - momentum would make


def test_torchs_adam_adds_its_decay_to_the_gradient_and_ends_at_ridge():
    found = torch_fit(lambda optim, w: optim.Adam(w, weight_decay=torch_weight_decay(LAM)), SLOWER)
    assert apart(found, RIDGE) < 1e-5
    assert lam_from_torch(torch_weight_decay(LAM)) == LAM


@pytest.mark.parametrize("decay", [0.01, 0.8, 2.0])
def test_torchs_adamw_ends_at_the_best_fit_in_a_box_which_may_be_least_squares(decay):
    found = torch_fit(lambda optim, w: optim.AdamW(w, weight_decay=decay, betas=SHORT), SLOWER)
    assert apart(found, in_a_box(decay)) < 0.01
    assert (decay == 0.01) == (apart(in_a_box(decay), ridge(X, Y, 0.0).coef) < 1e-6)  # a large box holds least squares
    nearest = min(apart(found, ridge(X, Y, lam).coef) for lam in (0, *np.logspace(-4, 2, 200)))
    assert nearest < 1e-5 if decay == 0.01 else nearest > 0.1


def test_torchs_adamw_decays_by_a_hundredth_where_nothing_is_said():
    torch = pytest.importorskip("torch")
    w = torch.ones(1, requires_grad=True)
    assert torch.optim.AdamW([w]).defaults["weight_decay"] == 0.01 and torch.optim.Adam([w]).defaults["weight_decay"] == 0
    assert torch.optim.SGD([w], lr=1).defaults["weight_decay"] == 0


# -- Keras -----------------------------------------------------------------------------------------------------


def keras_fit(make, rates, regularizer=None):
    """Its own steps on its own loss, in double precision; the variable is a layer's kernel."""
    pytest.importorskip("torch")
    keras = pytest.importorskip("keras")
    keras.backend.set_floatx("float64")
    try:
        layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros",
                                   kernel_regularizer=regularizer and regularizer(keras.regularizers))  # fmt: skip
        model = keras.Sequential([keras.Input((X.shape[1],)), layer])
        optimizer = make(keras.optimizers)
        model.compile(optimizer, loss="mse")
        for rate in rates:
            optimizer.learning_rate = float(rate)
            model.train_on_batch(X, Y[:, None])
        return keras.ops.convert_to_numpy(layer.kernel)[:, 0].copy()
    finally:
        keras.backend.set_floatx("float32")


FEWER = np.geomspace(0.1, 1e-5, 800)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("nesterov", [False, True])
def test_kerass_sgd_decays_outside_of_momentum(momentum, nesterov):
    def fit(decay):
        return keras_fit(lambda o: o.SGD(0.05, momentum=momentum, nesterov=nesterov, weight_decay=decay), np.full(400, 0.05))

    assert apart(fit(keras_penalty(LAM, "weight_decay", momentum)), RIDGE) < 1e-6
    without = fit(keras_penalty(LAM, "weight_decay"))
    assert apart(without, ridge(X, Y, LAM * (1 - momentum)).coef) < 1e-6
    assert lam_from_keras(keras_penalty(LAM, "weight_decay"), "weight_decay", momentum) == pytest.approx(LAM * (1 - momentum))
    assert momentum < 0.9 or apart(without, RIDGE) > 0.05


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "RMSprop"])
def test_a_regularizer_of_keras_ends_at_ridge_with_whatever_optimizer(optimizer):
    rates = np.full(400, 0.05) if optimizer == "SGD" else FEWER
    found = keras_fit(lambda o: getattr(o, optimizer)(0.05), rates, lambda r: r.L2(keras_penalty(LAM, "L2")))
    assert apart(found, RIDGE) < (1e-6 if optimizer == "SGD" else 1e-3)


def test_the_l1_regularizer_of_keras_is_the_lasso():
    rates = np.r_[np.full(400, 0.05), np.geomspace(0.05, 1e-5, 400)]  # a weight at zero hops by the rate
    found = keras_fit(lambda o: o.SGD(0.05), rates, lambda r: r.L1(keras_penalty(LAM, "L1")))
    assert apart(found, lasso(X, Y, LAM).coef) < 1e-3


@pytest.mark.parametrize("optimizer", ["Adam", "AdamW"])
def test_kerass_adam_decays_beside_the_gradient_as_its_adamw_does(optimizer):
    found = keras_fit(lambda o: getattr(o, optimizer)(weight_decay=2.0, beta_2=0.9), FEWER)
    assert apart(found, in_a_box(2.0)) < 1e-3 < 0.1 < apart(found, ridge(X, Y, 1.0).coef)


def test_kerass_adamw_decays_where_nothing_is_said():
    pytest.importorskip("torch")
    optimizers = pytest.importorskip("keras").optimizers
    assert optimizers.AdamW().weight_decay == 0.004 and optimizers.Adam().weight_decay is None


# -- statsmodels -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("r", [0.0, 0.4, 1.0])
def test_statsmodels_has_the_units_of_scikit_learns_elastic_net(r):
    OLS = pytest.importorskip("statsmodels.api").OLS
    alpha = sklearn_alpha(LAM, len(X), "ElasticNet", l1_ratio=r)
    found = OLS(Y, X).fit_regularized(alpha=alpha, L1_wt=sklearn_l1_ratio(r), cnvrg_tol=1e-12, maxiter=10**4).params
    assert apart(found, RIDGE if r == 0 else elastic_net(X, Y, LAM, r).coef) < 1e-6


def test_statsmodels_penalizes_its_constant_unless_it_is_told_not_to():
    OLS = pytest.importorskip("statsmodels.api").OLS
    A, b, alpha = np.column_stack([np.ones(len(X)), X]), Y + 10, sklearn_alpha(LAM, len(X), "ElasticNet", l1_ratio=0.4)
    options = {"L1_wt": sklearn_l1_ratio(0.4), "cnvrg_tol": 1e-12, "maxiter": 10**4}
    free = OLS(b, A).fit_regularized(alpha=np.r_[0, np.full(X.shape[1], alpha)], **options).params
    fit = elastic_net(X, b, LAM, 0.4)
    assert apart(free, np.r_[fit.intercept, fit.coef]) < 1e-6
    assert OLS(b, A).fit_regularized(alpha=alpha, **options).params[0] < 9.9 < free[0]


# -- R's glmnet ------------------------------------------------------------------------------------------------


@functools.cache
def glmnet_is_missing():
    """Why its tests are skipped, or nothing."""
    if not shutil.which("Rscript"):
        return "R is not installed"
    found = subprocess.run(["Rscript", "--vanilla", "-e", "library(glmnet)"], capture_output=True, check=False)
    return "R's package glmnet is not installed" if found.returncode else ""


def glmnet_fit(folder, A, b, code):
    """The intercept and the weights that R prints for `code`, which leaves them in `fit`."""
    if glmnet_is_missing():
        pytest.skip(glmnet_is_missing())
    np.savetxt(folder / "X.csv", A, fmt="%.17g")
    np.savetxt(folder / "y.csv", b, fmt="%.17g")
    whole = f'X <- as.matrix(read.table("X.csv"))\ny <- scan("y.csv", quiet = TRUE)\n{code}\n'
    whole += 'cat(format(as.vector(as.matrix(coef(fit))), digits = 17), file = "found.txt")\n'
    (folder / "fit.R").write_text(whole)
    subprocess.run(["Rscript", "--vanilla", "fit.R"], cwd=folder, check=True, capture_output=True)
    return np.loadtxt(folder / "found.txt")


def glmnet_code(value, alpha, more=""):
    return f"library(glmnet)\nfit <- glmnet(X, y, alpha = {alpha!r}, lambda = {value!r}, thresh = 1e-16{more})"


@pytest.mark.parametrize("r", [0.0, 0.4, 1.0])
def test_glmnet_ends_at_our_fit_for_the_converted_numbers(tmp_path, r):
    b = 3 * Y + 10  # its standard deviation counts
    fit = ridge(X, b, LAM) if r == 0 else elastic_net(X, b, LAM, r)
    value, alpha = map(float, glmnet_lambda(LAM, b, r))
    found = glmnet_fit(tmp_path, X, b, glmnet_code(value, alpha))
    assert apart(found, np.r_[fit.intercept, fit.coef]) < 1e-6
    assert lam_from_glmnet(value, b, alpha) == pytest.approx((LAM, r))
    if r < 1:  # without the standard deviation of y it ends elsewhere
        other = glmnet_fit(tmp_path, X, b, glmnet_code(value / float(b.std()), alpha))
        assert apart(other, np.r_[fit.intercept, fit.coef]) > 0.01


@pytest.mark.parametrize("r", [0.0, 1.0])
def test_glmnet_standardizes_unless_it_is_told_not_to_and_gives_weights_in_own_units(tmp_path, r):
    units = np.array([1.0, 10.0, 0.1, 3.0])
    A = X * units + 7
    value, alpha = map(float, glmnet_lambda(LAM, Y, r))
    fit = (ridge if r == 0 else lasso)(X, Y, LAM)
    found = glmnet_fit(tmp_path, A, Y, glmnet_code(value, alpha))
    assert apart(found[1:] * units, fit.coef) < 1e-6
    raw = (ridge if r == 0 else lasso)(A, Y, LAM)
    found = glmnet_fit(tmp_path, A, Y, glmnet_code(value, alpha, ", standardize = FALSE"))
    assert apart(found[1:] * units, raw.coef * units) < 1e-6 < 0.01 < apart(raw.coef * units, fit.coef)


# -- the Workbench's code to copy ------------------------------------------------------------------------------

TABLES = {"longley": ("totemp", ""), "grunfeld": ("invest", "firm"), "cars": ("Miles_per_Gallon", "")}


@functools.cache
def looked(name):
    """The design that the Workbench makes of a table, and what it answers."""
    look.begin((ROOT / "tests" / "tables" / f"{name}.csv").read_bytes())
    answer = json.loads(look.look(*TABLES[name]))
    return look.last["design"], answer["methods"]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("method", ["ridge", "lasso"])
def test_the_code_for_glmnet_gives_the_weights_that_are_shown(tmp_path, name, method):
    made, methods = looked(name)
    found = glmnet_fit(tmp_path, made.X, made.y, methods[method]["code"]["R's glmnet"])
    shown = np.array([float(row[1]) for row in methods[method]["weights"]])
    deviation = made.X.std(axis=0)
    assert apart(found[1:] * deviation, shown[1:] * deviation) < 1e-3  # its steps end where they become small


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("method", ["ridge", "lasso"])
def test_the_code_for_pytorch_comes_to_the_weights_that_are_shown(name, method):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    made, methods = looked(name)
    names = {"X": made.X, "y": made.y}
    exec(methods[method]["code"]["PyTorch"], names)
    shown = np.array([float(row[1]) for row in methods[method]["weights"]])[1:]
    deviation = made.X.std(axis=0)
    assert apart(names["weights"].numpy() * deviation, shown * deviation) < 1e-3
    assert method == "ridge" or ((names["weights"].numpy() == 0) == (shown == 0)).all()
