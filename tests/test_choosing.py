"""Cross-validation, its standard error and rule, nesting, and the converters against the libraries themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import ElasticNet, Lasso, LassoLarsIC, LogisticRegression, Ridge, SGDRegressor
from sklearn.model_selection import GroupKFold, KFold, TimeSeriesSplit, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks import measure
from reglesson import choosing
from reglesson.choosing import (
    CVResult,
    cross_validate,
    glmnet_lambda,
    group_kfold,
    information_criteria,
    keras_penalty,
    kfold,
    l1_ratio_from_sklearn,
    lam_from_glmnet,
    lam_from_keras,
    lam_from_sklearn,
    lam_from_torch,
    nested_cross_validate,
    paired_difference,
    sklearn_alpha,
    sklearn_l1_ratio,
    time_folds,
    torch_weight_decay,
)
from reglesson.data import Standardizer, diabetes
from reglesson.l1 import elastic_net, lasso, lasso_knots, lasso_path
from reglesson.l2 import effective_dof, ridge, ridge_path
from reglesson.linear import LinearPath, penalized_loss
from reglesson.network import MLP, SGD

LAMS = np.logspace(-3, 2, 21)


def rng(seed=0):
    return np.random.default_rng(seed)


def problem(n=60, p=5, seed=0):
    r = rng(seed)
    X = r.normal(size=(n, p)) * np.arange(1, p + 1) + 3
    return X, X @ r.normal(size=p) / 3 + r.normal(size=n) + 2


# -- folds -----------------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 60), st.integers(2, 60), st.integers(0, 1000))
def test_folds_are_a_partition_of_nearly_equal_parts(n, k, seed):
    if k > n:
        return
    folds = kfold(n, k, rng(seed))
    assert sorted(np.concatenate(folds)) == list(range(n))
    assert len(folds) == k and np.ptp([len(f) for f in folds]) <= 1
    assert all((np.diff(fold) > 0).all() for fold in folds)


def test_folds_are_dealt_at_random():
    first = [kfold(30, 3, rng(s))[0].tolist() for s in range(5)]
    assert len({tuple(f) for f in first}) == 5 and first[0] != list(range(10))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 8), min_size=2, max_size=40), st.integers(2, 8), st.integers(0, 1000))
def test_folds_by_group_are_a_partition_that_splits_no_group(groups, k, seed):
    groups = np.array(groups)
    if k > len(np.unique(groups)):
        return
    folds = group_kfold(groups, k, rng(seed))
    assert len(folds) == k and sorted(np.concatenate(folds)) == list(range(len(groups)))
    homes = [set(groups[fold]) for fold in folds]
    assert all(homes) and sum(map(len, homes)) == len(np.unique(groups))
    # the largest fold exceeds the smallest by at most one group, whose rows came last
    assert np.ptp([len(f) for f in folds]) <= np.unique(groups, return_counts=True)[1].max()


def test_folds_by_group_are_as_even_as_scikit_learns():
    groups = np.repeat(np.arange(9), [9, 8, 7, 5, 4, 3, 2, 2, 1])
    ours = sorted(len(f) for f in group_kfold(groups, 3, rng()))
    assert ours == sorted(len(test) for _, test in GroupKFold(3).split(groups, groups=groups)) == [13, 14, 14]


def test_groups_of_equal_size_are_dealt_at_random_whatever_their_names():
    groups = np.repeat(np.arange(12), 3)
    dealt = [[f.tolist() for f in group_kfold(groups, 4, rng(s))] for s in range(5)]
    assert len({str(d) for d in dealt}) == 5
    for names in (groups + 100, [f"patient {g:02}" for g in groups], groups * 0.5):
        assert [f.tolist() for f in group_kfold(names, 4, rng(0))] == dealt[0]


def test_folds_in_time_are_scikit_learns_and_are_predicted_from_the_past():
    for n in range(3, 30):
        for k in range(2, n):
            ours = time_folds(n, k)
            theirs = TimeSeriesSplit(k).split(np.zeros(n))
            assert [(a.tolist(), b.tolist()) for a, b in ours] == [(a.tolist(), b.tolist()) for a, b in theirs]
            assert all(len(train) and train.max() < test.min() for train, test in ours)


# -- cross-validation ------------------------------------------------------------------------------------------


def grouped(seed, patients=40, rows=5, p=20, features=0.1, noise=0.1):
    """Patients whose rows resemble each other, with features that say nothing about the response."""
    r = rng(seed)
    patient = np.repeat(np.arange(patients), rows)
    X = r.normal(size=(patients, p))[patient] + features * r.normal(size=(len(patient), p))
    return X, r.normal(size=patients)[patient] + noise * r.normal(size=len(patient)), patient


@pytest.mark.parametrize("prepare", [Standardizer, None])
def test_the_folds_by_group_of_cross_validation_are_those_of_group_kfold(prepare):
    X, y, patient = grouped(0)
    found = cross_validate(ridge_path, X, y, LAMS, 5, rng(1), groups=patient, prepare=prepare)
    folds = group_kfold(patient, 5, rng(1))
    by_hand = cross_validate(ridge_path, X, y, LAMS, 5, None, folds=lambda n, k: folds, prepare=prepare)
    assert (found.mean == by_hand.mean).all() and (found.se == by_hand.se).all()
    pairs = [(np.delete(np.arange(len(X)), f), f) for f in folds]
    model = make_pipeline(StandardScaler(), Ridge(alpha=160 * LAMS[9])) if prepare else Ridge(alpha=160 * LAMS[9])
    assert found.mean[9] == pytest.approx(-cross_val_score(model, X, y, cv=pairs, scoring="neg_mean_squared_error").mean())


def test_folds_in_time_never_train_on_what_comes_later():
    X, y = problem(30)
    seen = []

    def path(X, y, lams):
        seen.append(len(y))
        return ridge_path(X, y, lams)

    found = cross_validate(path, X, y, [0.1], 4, None, folds=time_folds)
    assert seen == [6, 12, 18, 24]
    model = make_pipeline(StandardScaler(), Ridge())
    errors = [np.mean((y[b] - model.set_params(ridge__alpha=len(a) * 0.1).fit(X[a], y[a]).predict(X[b])) ** 2)
              for a, b in TimeSeriesSplit(4).split(X)]  # fmt: skip
    assert found.mean[0] == pytest.approx(np.mean(errors))


def test_groups_of_one_row_each_are_folds_at_random():
    """A sanity check of the two means, which differ by the deal alone."""
    X, y = problem(60)
    means = [[cross_validate(ridge_path, X, y, [0.1], 5, rng(s), groups=g).mean[0] for s in range(20)] for g in (None, range(60))]
    assert np.mean(means[0]) == pytest.approx(np.mean(means[1]), rel=0.02)


def test_rows_of_one_patient_in_training_and_test_promise_what_no_new_patient_gets():
    """Mistake 19: the features say nothing; dealt by row, patients are recognized, and a small penalty looks best."""
    by_row, by_patient = [], []
    for seed in range(5):
        X, y, patient = grouped(seed, p=60)
        lams = np.logspace(-4, 2, 25)
        split, together = (cross_validate(ridge_path, X, y, lams, 5, rng(seed), groups=g) for g in (None, patient))
        new, response, _ = grouped(seed + 100, 2000, 1, 60)
        ready = Standardizer.fit(X)
        errors = [np.mean((ridge(ready.transform(X), y, lam).predict(ready.transform(new)) - response) ** 2)
                  for lam in (split.best, together.best)]  # fmt: skip
        by_row.append((split.mean.min(), errors[0]))
        by_patient.append((together.mean.min(), errors[1]))
        assert split.best < 0.1 < together.best
    (said, got), (honest, honest_got) = np.mean(by_row, axis=0), np.mean(by_patient, axis=0)
    assert said < 0.1 and got > 2  # twenty times too good, and worse than the mean of y, whose error is 1
    assert abs(honest - honest_got) < 0.25 and honest_got < 1.3


def test_nested_folds_by_group_split_no_group_at_either_level():
    X, y, patient = grouped(3, 12, 3, 4)
    X[:, 0] = patient  # so that what a fit has seen can be told
    seen = []

    class Spy:
        @staticmethod
        def fit(train):
            seen.append(set(train[:, 0].astype(int)))
            assert all((train[:, 0] == g).sum() == 3 for g in seen[-1])  # all rows of a patient, or none
            return Standardizer.fit(train)

    nested_cross_validate(ridge_path, X, y, LAMS, 4, rng(), inner=3, groups=patient, prepare=Spy)
    assert [len(s) for s in seen] == 4 * [6, 6, 6, 9]
    for outer in range(4):
        *within, whole = seen[4 * outer : 4 * outer + 4]
        assert all(s < whole for s in within) and set.union(*within) == whole


def test_nested_folds_in_time_look_back_at_either_level():
    X, y = problem(40)
    X[:, 0] = np.arange(40)
    seen = []

    class Spy:
        @staticmethod
        def fit(train):
            seen.append(train[:, 0].astype(int).tolist())
            return Standardizer.fit(train)

    errors, _ = nested_cross_validate(ridge_path, X, y, LAMS, 3, None, inner=2, folds=time_folds, prepare=Spy)
    assert seen == [list(range(n)) for n in (4, 7, 10, 8, 14, 20, 10, 20, 30)] and len(errors) == 3


def test_unshuffled_blocks_of_sorted_data_are_an_extrapolation():
    """A deal at random promises about the error of new data from the same range; blocks of sorted data promise far worse."""
    r = rng()
    x = np.sort(r.uniform(-1, 1, 200))
    X, y = np.column_stack([x, x**2, x**3, x**4, x**5]), np.sin(4 * x) + 0.3 * r.normal(size=200)
    shuffled = cross_validate(ridge_path, X, y, [1e-5], 5, r).mean[0]
    blocks = cross_validate(ridge_path, X, y, [1e-5], 5, r, folds=lambda n, k: np.array_split(np.arange(n), k)).mean[0]
    assert blocks > 2 * shuffled and shuffled == pytest.approx(0.09, rel=0.3)


def test_the_means_are_scikit_learns_with_the_scaler_inside_the_folds():
    X, y = problem()
    folds = kfold(len(X), 5, rng(1))
    found = cross_validate(ridge_path, X, y, LAMS, 5, rng(1))
    splits = [(np.delete(np.arange(len(X)), f), f) for f in folds]
    for lam, mean, se in zip(LAMS, found.mean, found.se, strict=True):
        scores = []
        for train, test in splits:
            model = make_pipeline(StandardScaler(), Ridge(alpha=len(train) * lam))
            scores += list(-cross_val_score(model, X, y, cv=[(train, test)], scoring="neg_mean_squared_error"))
        assert mean == pytest.approx(np.mean(scores))
        assert se == pytest.approx(np.std(scores, ddof=1) / np.sqrt(5))


def test_the_standard_error_is_one_of_the_mean_and_not_a_deviation():
    """Over many dealings of new data the spread of the mean is what se says, within the precision of a simulation."""
    found = [cross_validate(ridge_path, *problem(40, 2, s), [0.1], 8, rng(s)) for s in range(300)]
    spread = np.std([f.mean[0] for f in found], ddof=1)
    said = np.mean([f.se[0] for f in found])
    assert 0.75 < said / spread < 1.25  # a standard deviation would be 2.8 times as large


def test_nothing_of_the_fold_left_out_is_seen_before_it_is_predicted():
    """Spoil one sample: only the folds that train on it, and its own error, may change; scales never come from it."""
    X, y = problem()
    seen = []

    class Spy:
        @staticmethod
        def fit(train):
            seen.append(train)
            return Standardizer.fit(train)

    cross_validate(ridge_path, X, y, LAMS, 5, rng(2), prepare=Spy)
    for train, fold in zip(seen, kfold(len(X), 5, rng(2)), strict=True):
        assert (train == np.delete(X, fold, axis=0)).all()


def test_a_leak_would_change_the_result():
    X, y = problem(20, 5)
    X[0] *= 50  # an outlier: a scale learned from all samples differs from one learned without it
    scaled_first = Standardizer.fit(X).transform(X)
    leaky = cross_validate(ridge_path, scaled_first, y, LAMS, 5, rng(), prepare=None)
    assert np.abs(leaky.mean / cross_validate(ridge_path, X, y, LAMS, 5, rng()).mean - 1).max() > 0.01


def test_without_preparation_features_are_used_as_they_are():
    X, y = problem()
    folds = kfold(len(X), 4, rng(3))
    found = cross_validate(ridge_path, X, y, [0.5], 4, rng(3), prepare=None)
    errors = [np.mean((y[f] - ridge(np.delete(X, f, 0), np.delete(y, f), 0.5).predict(X[f])) ** 2) for f in folds]
    assert found.mean[0] == pytest.approx(np.mean(errors))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8))
def test_one_se_never_regularizes_less_than_best_and_is_within_one_standard_error(seed, k):
    X, y = problem(30, 4, seed)
    lams = rng(seed).permutation(LAMS)
    found = cross_validate(ridge_path, X, y, lams, k, rng(seed))
    i, j = (int(np.flatnonzero(lams == v)[0]) for v in (found.best, found.one_se))
    assert found.mean[i] == found.mean.min()
    assert found.one_se >= found.best
    bound = found.mean[i] + found.se[i]
    assert found.mean[j] <= bound
    assert (found.mean[lams > found.one_se] > bound).all()


def test_the_order_of_the_penalties_does_not_matter():
    X, y = problem()
    found, turned = (cross_validate(ridge_path, X, y, lams, 5, rng()) for lams in (LAMS, LAMS[::-1]))
    assert (found.best, found.one_se) == (turned.best, turned.one_se)
    assert found.mean == pytest.approx(turned.mean[::-1], rel=1e-9)


def test_of_equal_means_the_most_regularized_is_best():
    def constant(X, y, lams):
        return LinearPath(lams, np.zeros((len(lams), X.shape[1])), np.full(len(lams), y.mean()))

    found = cross_validate(constant, *problem(), [1.0, 3.0, 2.0], 5, rng())
    assert found.best == found.one_se == 3.0


def constants(X, y, lams):
    """A path whose model at each penalty predicts that penalty, whatever the data."""
    return LinearPath(lams, np.zeros((len(lams), X.shape[1])), lams)


def test_the_rule_allows_a_mean_that_is_just_one_standard_error_above_the_least():
    """On responses (1, 1, 1, -1), each a fold, the constant b has mean b^2 - b + 1 and standard error b; in binary fractions."""
    X, y, b, c = np.zeros((4, 1)), np.array([1.0, 1.0, 1.0, -1.0]), 15 / 16, 25 / 16
    found = cross_validate(constants, X, y, [b, c, 2.0], 4, rng(), prepare=None)
    assert found.mean[:2].tolist() == [b**2 - b + 1, c**2 - c + 1] and found.se[0] == b
    assert found.best == b and found.mean[1] == found.mean[0] + found.se[0] and found.one_se == c


def test_of_equal_means_the_standard_error_of_the_most_regularized_counts():
    """The constants 0 and 1 have the mean 1 on those responses, with standard errors 0 and 1; 1.5 has the mean 1.75."""
    found = cross_validate(constants, np.zeros((4, 1)), [1.0, 1.0, 1.0, -1.0], [0.0, 1.0, 1.5], 4, rng(), prepare=None)
    assert found.mean.tolist() == [1, 1, 1.75] and found.se[:2].tolist() == [0, 1]
    assert found.best == 1 and found.one_se == 1.5


def test_the_edge_of_the_grid_is_told():
    X, y = problem()
    whole = cross_validate(ridge_path, X, y, LAMS, 5, rng())
    assert whole.edge is None
    assert cross_validate(ridge_path, X, y, LAMS[LAMS > 2 * whole.best], 5, rng()).edge == "smallest"
    assert cross_validate(ridge_path, X, y, whole.best * np.array([0.01, 0.1, 0.03]), 5, rng()).edge == "largest"
    assert cross_validate(ridge_path, X, y, [1.0], 5, rng()).edge is None
    two = [cross_validate(ridge_path, X, y, whole.best * np.array(pair), 5, rng()).edge for pair in ((1, 1e4), (1, 1e-4))]
    assert two == ["smallest", "largest"]


def test_aic_and_bic_are_those_of_scikit_learn_along_the_lasso():
    X, y, _ = diabetes()
    X = Standardizer.fit(X).transform(X)
    knots = lasso_knots(X, y)
    leaves = np.append(False, ((knots.coefs[:-1] != 0) & (knots.coefs[1:] == 0)).any(axis=1))
    assert leaves.sum() == 1
    for criterion, price in (("aic", 2), ("bic", np.log(len(y)))):
        theirs = LassoLarsIC(criterion=criterion).fit(X, y)
        dof = (knots.coefs != 0).sum(axis=1)
        ours = getattr(information_criteria(y, knots.predict(X), dof, theirs.noise_variance_), criterion)
        assert ours[~leaves] == pytest.approx(theirs.criterion_[~leaves], rel=1e-10)
        # where a weight arrives at 0, theirs may be 1e-16 by rounding, and then counts
        extra = theirs.criterion_[leaves] - ours[leaves]
        assert extra == pytest.approx(0, abs=1e-6) or extra == pytest.approx(price, abs=1e-6)
        assert knots.lams[ours.argmin()] == pytest.approx(2 * theirs.alpha_)


def test_without_a_variance_each_model_has_the_one_that_makes_it_most_likely():
    generator = rng()
    y, predictions, dof = generator.normal(size=30), generator.normal(size=(4, 30)), np.array([1, 2.5, 0, 7])
    found = information_criteria(y, predictions, dof)
    for i in range(4):
        rest = y - predictions[i]
        most = max(stats.norm.logpdf(rest, scale=s).sum() for s in np.sqrt(np.mean(rest**2)) * np.linspace(0.9, 1.1, 2001))
        assert found.aic[i] == pytest.approx(-2 * most + 2 * dof[i], rel=1e-9)
        assert found.bic[i] == pytest.approx(-2 * most + np.log(30) * dof[i], rel=1e-9)
    assert found.cp is None


def test_aic_and_bic_of_least_squares_are_those_of_statsmodels():
    models = pytest.importorskip("statsmodels.api")
    X, y, _ = diabetes()
    theirs = models.OLS(y, models.add_constant(X)).fit()
    ours = information_criteria(y, ridge(X, y, 0.0).predict(X), X.shape[1] + 1)
    assert (ours.aic[0], ours.bic[0]) == pytest.approx((theirs.aic, theirs.bic))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([0.0, 1.0], [0.0, 1.0], 1.0), "predictions must differ from y where noise_var is not given"),
        (([0.0, 1.0], [[0.0, 2.0]], [1.0, 2.0]), "dof must be a number or have one value per model, 1, got shape"),
        (([0.0, 1.0], [0.0, 2.0], -1.0), "dof must be at least 0, got -1"),
        (([0.0, 1.0], [0.0, 2.0], 1.0, 0.0), "noise_var must be a number in"),
        (([0.0, 1.0], [0.0, 2.0, 3.0], 1.0), "prediction"),
    ],
)
def test_criteria_that_mean_nothing_are_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        information_criteria(*arguments)


def test_cp_is_on_average_the_error_on_new_responses_for_ridge_and_the_lasso():
    generator = np.random.default_rng(0)
    X = Standardizer.fit(raw := generator.normal(size=(40, 10))).transform(raw)
    mean, sigma, lams = X @ np.r_[2.0, -1, 0.5, np.zeros(7)], 1.5, [0.05, 0.5, 2.0]
    difference = []
    for _ in range(1500):
        y = mean + sigma * generator.normal(size=40)
        for path, dof in ((ridge_path(X, y, lams), effective_dof(X, lams) + 1),
                          (fit := lasso_path(X, y, lams), (fit.coefs != 0).sum(axis=1) + 1)):  # fmt: skip
            predictions = path.predict(X)
            truth = np.mean((predictions - mean) ** 2, axis=1) + sigma**2
            difference.append(information_criteria(y, predictions, dof, sigma**2).cp - truth)
    difference = np.reshape(difference, (1500, 6))
    error = difference.std(axis=0, ddof=1) / np.sqrt(1500)
    assert (np.abs(difference.mean(axis=0)) < 3.5 * error).all() and (error < 0.03).all()


def test_it_works_for_the_lasso_too():
    X, y, _ = diabetes()
    found = cross_validate(lasso_path, X, y, np.logspace(-1, 2, 15), 5, rng())
    splits = [(np.delete(np.arange(len(X)), f), f) for f in kfold(len(X), 5, rng())]
    i = 7
    model = make_pipeline(StandardScaler(), Lasso(alpha=found.lams[i] / 2, tol=1e-10, max_iter=10**5))
    scores = -cross_val_score(model, X, y, cv=splits, scoring="neg_mean_squared_error")
    assert found.mean[i] == pytest.approx(scores.mean(), rel=1e-6)


@pytest.mark.parametrize("path", [ridge_path, lasso_path])
@pytest.mark.parametrize("prepare", [Standardizer, None])
def test_single_precision_far_from_zero_is_judged_as_double_precision_is(path, prepare):
    """Its errors are those of the same numbers in double precision, which a fold of 40,000 rows around 10,000 would not give."""
    r = rng()
    X = (1e4 + r.normal(size=(50_000, 3))).astype(np.float32)
    y = (1e4 + (X - 1e4) @ [1.0, -2.0, 0.5] + r.normal(size=len(X))).astype(np.float32)
    lams = [0.001, 0.1, 1.0]
    single, double = (
        cross_validate(path, X.astype(kind), y.astype(kind), lams, 5, rng(1), prepare=prepare) for kind in (np.float32, float)
    )
    assert single.mean == pytest.approx(double.mean, rel=1e-9) and single.se == pytest.approx(double.se, rel=1e-9)
    assert single.mean[0] == pytest.approx(1.0, rel=0.02) and single.best == double.best == 0.001


def test_cross_validation_holds_one_fold_at_a_time():
    X, y = rng().normal(size=(4000, 50)), rng().normal(size=4000)
    peaks = [measure.peak(lambda k=k: cross_validate(ridge_path, X, y, [0.1], k, rng()))[1] for k in (4, 16)]
    assert peaks[1] < 1.5 * peaks[0] < 1.5 * 8 * X.nbytes


# -- nesting ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prepare", [Standardizer, None])
@pytest.mark.parametrize("rule", ["best", "one_se"])
def test_nested_choices_are_made_without_the_fold_left_out(rule, prepare):
    X, y = problem(40)
    errors, chosen = nested_cross_validate(ridge_path, X, y, LAMS, 4, rng(5), inner=3, rule=rule, prepare=prepare)
    again = rng(5)
    for fold, error, lam in zip(kfold(40, 4, again), errors, chosen, strict=True):
        rest = np.delete(np.arange(40), fold)
        assert lam == getattr(cross_validate(ridge_path, X[rest], y[rest], LAMS, 3, again, prepare=prepare), rule)
        ready = prepare.fit(X[rest]).transform if prepare else np.asarray
        fit = ridge(ready(X[rest]), y[rest], lam)
        assert error == pytest.approx(np.mean((y[fold] - fit.predict(ready(X[fold]))) ** 2))


def test_five_folds_choose_within_the_others_unless_told_otherwise():
    seen = []

    def path(X, y, lams):
        seen.append(len(X))
        return ridge_path(X, y, lams)

    nested_cross_validate(path, *problem(40), [0.1, 1.0], 4, rng())
    assert seen == 4 * [24, 24, 24, 24, 24, 30]  # thirty samples, a fifth of them left out each time; then all thirty


@pytest.mark.statement("choosing-winner")
def test_the_least_of_many_estimates_is_too_low_in_expectation():
    """On pure noise no penalty is better than any other far out, yet the least mean lies below the true error of its penalty."""
    gaps = []
    for seed in range(200):
        r = rng(seed)
        X, y = r.normal(size=(30, 40)), r.normal(size=30)
        found = cross_validate(ridge_path, X, y, np.logspace(-2, 2, 20), 5, r)
        assert found.mean[found.lams == found.best] == found.mean.min()
        fit = ridge(Standardizer.fit(X).transform(X), y, found.best)
        true = 1 + np.sum((fit.coef / X.std(0)) ** 2) + (fit.intercept - np.sum(fit.coef * X.mean(0) / X.std(0))) ** 2
        gaps.append(true - found.mean.min())
    gaps = np.array(gaps)
    assert gaps.mean() > 3 * gaps.std(ddof=1) / np.sqrt(len(gaps))


@pytest.mark.statement("choosing-winner")
def test_the_expected_least_estimate_is_below_every_true_error_and_falls_with_the_number_of_candidates():
    """The true errors come from other data sets than the winners: the mean of the least lies below the least of the means."""
    lams = np.logspace(-2, 2, 20)
    curves = []
    for seed in range(2000):
        r = rng(seed)
        curves.append(cross_validate(ridge_path, r.normal(size=(30, 40)), r.normal(size=30), lams, 5, r).mean)
    other, seen = np.array(curves[:1000]), np.array(curves[1000:])
    true = other.mean(axis=0).argmin()
    few, many = seen[:, ::5].min(axis=1), seen.min(axis=1)
    assert (many <= few).all() and many.mean() < few.mean()
    assert other[:, true].mean() - many.mean() > 3 * np.hypot(many.std(), other[:, true].std()) / np.sqrt(1000)


# -- comparing methods -----------------------------------------------------------------------------------------


def test_a_paired_difference_is_that_of_a_paired_t_test():
    from scipy.stats import ttest_rel

    first, second = rng().normal(size=(2, 12))
    mean, se = paired_difference(first, second)
    assert mean / se == pytest.approx(ttest_rel(first, second).statistic)
    assert paired_difference(second, first) == pytest.approx((-mean, se))


def test_splits_of_one_data_set_count_for_less_than_new_data():
    """Over many data sets the mean over 15 splits scatters by what the corrected error says; the plain one says far less."""
    means, plain, corrected = [], [], []
    for seed in range(300):
        X, y = problem(60, 4, seed)
        r, losses = rng(seed), []
        for _ in range(15):
            order = r.permutation(60)
            train, test = order[:50], order[50:]
            losses.append([np.mean((y[test] - ridge(X[train], y[train], lam).predict(X[test])) ** 2) for lam in (0.0, 3.0)])
        first, second = np.array(losses).T
        scale = second.mean()  # the truths differ, and with them the size of a loss
        means.append(paired_difference(first / scale, second / scale)[0])
        plain.append(paired_difference(first / scale, second / scale)[1])
        corrected.append(paired_difference(first / scale, second / scale, n_train=50, n_test=10)[1])
    within = {k: np.mean(np.abs(means - np.mean(means)) < 2 * np.array(v)) for k, v in (("plain", plain), ("all", corrected))}
    assert within["plain"] < 0.85 < within["all"]


def test_numbers_whose_squares_are_zero_have_the_deviations_and_units_of_any_others():
    assert paired_difference([1e-170, 2e-170, 4e-170], [0.0] * 3) == pytest.approx(
        [1e-170 * v for v in paired_difference([1.0, 2.0, 4.0], [0.0] * 3)], rel=1e-12, abs=0)  # fmt: skip
    assert paired_difference([0.1, 0.1, 0.1], [0.0] * 3)[1] == 0
    assert glmnet_lambda(0.5, [0.0, 6e-170], 0.0) == pytest.approx((1.5e-170, 0.0), rel=1e-12, abs=0)
    assert lam_from_glmnet(1.5e-170, [0.0, 6e-170], 0.0) == pytest.approx((0.5, 0.0), rel=1e-12)


def test_sums_over_many_rows_in_single_precision_keep_its_digits():
    many = rng().normal(size=2 * 10**6).astype(np.float32) + np.float32(1e6)
    assert glmnet_lambda(1.0, many, 0.0)[0] == pytest.approx(many.astype(float).std(), rel=1e-6)


def test_groups_may_be_days():
    days = np.array(["2026-01-02", "2026-01-01", "2026-01-02", "2026-01-03"], "M8[D]")
    folds = group_kfold(days, 3, rng())
    assert sorted(sorted(np.unique(days[fold]).astype(str)) for fold in folds) == [["2026-01-01"], ["2026-01-02"], ["2026-01-03"]]


def test_the_corrected_standard_error_is_nadeau_and_bengios():
    first, second = rng().normal(size=(2, 10))
    sd = (first - second).std(ddof=1)
    assert paired_difference(first, second, n_train=90, n_test=10)[1] == pytest.approx(sd * np.sqrt(1 / 10 + 1 / 9))


def test_a_split_may_train_on_one_sample():
    assert paired_difference([3.0, 1.0], [0.0, 0.0], n_train=1, n_test=1) == pytest.approx((2.0, np.sqrt(2 * (1 / 2 + 1))))


@pytest.mark.statement("choosing-average")
def test_a_mean_over_folds_estimates_the_error_of_a_model_with_fewer_samples():
    """The expectation of the k-fold mean is the expected error of a fit to n - n/k samples, by simulation."""
    n, k, lam, sigma, p = 20, 4, 0.3, 1.0, 3
    truth = np.array([1.0, -0.5, 0.0])
    cv, direct, sizes = [], [], []

    def path(X, y, lams):
        sizes.append(len(X))
        return ridge_path(X, y, lams)

    for seed in range(1500):
        r = rng(seed)
        X = r.normal(size=(n, p))
        y = X @ truth + sigma * r.normal(size=n)
        cv.append(cross_validate(path, X, y, [lam], k, r, prepare=None).mean[0])
        X = r.normal(size=(n - n // k, p))
        fit = ridge(X, X @ truth + sigma * r.normal(size=len(X)), lam)
        direct.append(sigma**2 + np.sum((fit.coef - truth) ** 2) + fit.intercept**2)
    cv, direct = np.array(cv), np.array(direct)
    assert sizes == [n - n // k] * k * len(cv)
    se = np.hypot(cv.std(ddof=1), direct.std(ddof=1)) / np.sqrt(len(cv))
    assert abs(cv.mean() - direct.mean()) < 3 * se


# -- converters ------------------------------------------------------------------------------------------------


@pytest.mark.statement("choosing-converters")
@pytest.mark.parametrize("lam", [0.01, 0.3, 2.0])
def test_converted_penalties_give_scikit_learns_fits(lam):
    X, y = problem()
    n = len(X)
    assert Ridge(alpha=sklearn_alpha(lam, n, "Ridge")).fit(X, y).coef_ == pytest.approx(ridge(X, y, lam).coef, rel=1e-8)
    theirs = Lasso(alpha=sklearn_alpha(lam, n, "Lasso"), tol=1e-14, max_iter=10**6).fit(X, y)
    assert theirs.coef_ == pytest.approx(lasso(X, y, lam).coef, rel=1e-6, abs=1e-8)
    for r in (0.1, 0.5, 0.9):
        alpha = sklearn_alpha(lam, n, "ElasticNet", l1_ratio=r)
        theirs = ElasticNet(alpha=alpha, l1_ratio=sklearn_l1_ratio(r), tol=1e-14, max_iter=10**6)
        assert theirs.fit(X, y).coef_ == pytest.approx(elastic_net(X, y, lam, r).coef, rel=1e-5, abs=1e-7)


@pytest.mark.statement("choosing-converters")
def test_a_converted_penalty_gives_the_fit_of_sgd():
    X, y = problem()
    X = Standardizer.fit(X).transform(X)
    theirs = SGDRegressor(alpha=sklearn_alpha(0.3, len(X), "SGDRegressor"), eta0=0.01, learning_rate="invscaling", power_t=0.5,
                          tol=None, max_iter=5000, random_state=0).fit(X, y)  # fmt: skip
    ours = ridge(X, y, 0.3).coef
    assert np.abs(theirs.coef_ - ours).max() < 0.01 * np.abs(ours).max()
    assert np.abs(ridge(X, y, 0.15).coef - ours).max() > 0.05 * np.abs(ours).max()


@pytest.mark.statement("choosing-converters")
def test_a_converted_c_makes_the_gradient_of_our_logistic_loss_zero():
    X, y = problem()
    X, labels = Standardizer.fit(X).transform(X), (y > np.median(y)).astype(float)
    for lam in (0.003, 0.1):
        C = sklearn_alpha(lam, len(X), "LogisticRegression")
        theirs = LogisticRegression(C=C, tol=1e-12, max_iter=10**5).fit(X, labels)
        w = theirs.coef_[0]
        chance = 1 / (1 + np.exp(-(X @ w + theirs.intercept_)))
        gradient = X.T @ (chance - labels) / len(X) + 2 * lam * w  # of the mean log-loss plus lam w'w
        assert np.abs(gradient).max() < 1e-5


def classes(count):
    """Standardized features and classes of unequal size."""
    X, y = problem(90)
    X = Standardizer.fit(X).transform(X)
    return X, np.digitize(y, np.quantile(y, [0.7] if count == 2 else [0.3, 0.8]))


def rest(X, labels, coefs, intercepts, lam):
    """The largest entry of the gradient of the mean log-loss plus lam w'w: of one logistic output, or of a softmax."""
    network = MLP([X.shape[1], max(2, len(coefs))], rng(), task="classification")
    network.weights[0][:] = np.column_stack([0 * coefs[0], coefs[0]]) if len(coefs) == 1 else np.transpose(coefs)
    network.biases[0][:] = [0.0, intercepts[0]] if len(coefs) == 1 else intercepts
    _, [weight_grad], [bias_grad] = network.loss_and_grads(X, labels)  # by central differences right in test_network.py
    if len(coefs) == 1:
        weight_grad, bias_grad = weight_grad[:, 1:], bias_grad[1:]
    return max(np.abs(weight_grad + 2 * lam * np.transpose(coefs)).max(), np.abs(bias_grad).max())


@pytest.mark.statement("choosing-converters")
@pytest.mark.parametrize(
    ("solver", "count"),
    [*((solver, count) for solver in ("lbfgs", "newton-cg", "sag", "saga") for count in (2, 3)), ("newton-cholesky", 2)],
)
def test_a_converted_c_is_right_for_each_solver_and_for_two_classes_and_three(solver, count):
    X, labels = classes(count)
    theirs = LogisticRegression(C=sklearn_alpha(0.02, len(X), "LogisticRegression"), solver=solver, tol=1e-8, max_iter=10**5,
                                random_state=0).fit(X, labels)  # fmt: skip
    assert rest(X, labels, theirs.coef_, theirs.intercept_, 0.02) < 1e-5
    assert rest(X, labels, theirs.coef_, theirs.intercept_, 0.01) > 1e-3


@pytest.mark.statement("choosing-converters")
def test_beside_a_softmax_network_of_two_outputs_c_is_twice_as_large():
    X, labels = classes(2)
    lam = 0.02
    network = MLP([X.shape[1], 2], rng(), task="classification")
    for _ in range(3000):
        SGD(1.0).step(network, *network.loss_and_grads(X, labels, l2=lam)[1:])
    assert max(np.abs(g).max() for g in network.loss_and_grads(X, labels, l2=lam)[1]) < 1e-8
    for outputs, right in ((2, True), (1, False)):
        C = sklearn_alpha(lam, len(X), "LogisticRegression", outputs=outputs)
        theirs = LogisticRegression(C=C, tol=1e-10, max_iter=10**5).fit(X, labels)
        same = np.abs(network.forward(X) - theirs.predict_proba(X)).max() < 1e-5
        assert same == right
    alpha = sklearn_alpha(lam, len(X), "MLPClassifier", outputs=2)
    theirs = MLPClassifier(hidden_layer_sizes=(), solver="lbfgs", alpha=alpha, tol=1e-12, max_iter=10**4, random_state=0)
    theirs.fit(X, labels)
    assert network.forward(X) == pytest.approx(theirs.predict_proba(X), abs=1e-5)
    assert lam_from_sklearn(alpha, len(X), "MLPClassifier", outputs=2) == pytest.approx(lam)


@pytest.mark.statement("choosing-converters")
def test_liblinear_penalizes_the_intercept():
    X, labels = classes(2)
    labels = (labels | (rng().random(len(X)) < 0.8)).astype(int)  # nine in ten are ones
    C = sklearn_alpha(0.5, len(X), "LogisticRegression")
    free, bound = (LogisticRegression(C=C, solver=solver, tol=1e-12, max_iter=10**5) for solver in ("lbfgs", "liblinear"))
    free, bound = free.fit(X, labels), bound.fit(X, labels)
    assert rest(X, labels, free.coef_, free.intercept_, 0.5) < 1e-5 < 0.05 < rest(X, labels, bound.coef_, bound.intercept_, 0.5)
    ones = np.column_stack([X, np.ones(len(X))])  # its intercept is the weight of a column of ones
    assert rest(ones, labels, np.column_stack([bound.coef_, bound.intercept_]), [0.0], 0.5) > 0.05  # with one more beside it
    chance = 1 / (1 + np.exp(-bound.decision_function(X)))
    assert abs(np.mean(chance - labels) + 2 * 0.5 * bound.intercept_[0]) < 1e-4 and 0 < bound.intercept_[0] < free.intercept_[0] / 2


@pytest.mark.statement("choosing-converters")
def test_an_l1_penalty_of_a_logistic_regression_needs_twice_that_c():
    X, labels = classes(2)
    lam, n = 0.05, len(X)
    l1 = {"penalty": "l1"} if LogisticRegression().penalty == "l2" else {"l1_ratio": 1}  # newer versions
    theirs = LogisticRegression(C=1 / (n * lam), solver="saga", tol=1e-10, max_iter=10**5, random_state=0, **l1).fit(X, labels)
    w = theirs.coef_[0]
    slope = X.T @ (1 / (1 + np.exp(-(X @ w + theirs.intercept_))) - labels) / n
    assert 0 < (w != 0).sum() < len(w)
    assert slope[w != 0] == pytest.approx(-lam * np.sign(w[w != 0]), abs=1e-5) and (np.abs(slope[w == 0]) <= lam + 1e-9).all()


@pytest.mark.statement("choosing-converters")
def test_a_network_of_scikit_learn_without_hidden_layers_is_ridge():
    X, y = problem()
    X = Standardizer.fit(X).transform(X)
    alpha = sklearn_alpha(0.3, len(X), "MLPRegressor")
    theirs = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=alpha, tol=1e-14, max_iter=10**4, random_state=0).fit(X, y)
    assert theirs.coefs_[0][:, 0] == pytest.approx(ridge(X, y, 0.3).coef, rel=1e-4)
    assert lam_from_sklearn(alpha, len(X), "MLPRegressor") == pytest.approx(0.3)


@pytest.mark.statement("choosing-converters")
@pytest.mark.parametrize("count", [2, 3])
def test_a_classifier_of_scikit_learn_without_hidden_layers_rests_where_our_gradient_is_zero(count):
    X, labels = classes(count)
    alpha = sklearn_alpha(0.02, len(X), "MLPClassifier")
    theirs = MLPClassifier(hidden_layer_sizes=(), solver="lbfgs", alpha=alpha, tol=1e-14, max_iter=10**4, random_state=0)
    theirs.fit(X, labels)
    assert rest(X, labels, theirs.coefs_[0].T, theirs.intercepts_[0], 0.02) < 1e-4
    assert rest(X, labels, theirs.coefs_[0].T, theirs.intercepts_[0], 0.04) > 1e-3


@pytest.mark.statement("choosing-converters")
@pytest.mark.filterwarnings("ignore:.*the optimization hasn't converged")
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_for_the_steps_of_scikit_learns_networks_n_is_the_batch_size(solver):
    """With the same alpha a batch of a tenth makes ten times the penalty."""
    X, y = problem(200)
    X = Standardizer.fit(X).transform(X)
    y = y - y.mean()
    for size in (20, 200):
        alpha = sklearn_alpha(0.3, size, "MLPRegressor")
        rate = 1e-3 if size == 20 else 1e-2
        theirs = MLPRegressor(hidden_layer_sizes=(), solver=solver, alpha=alpha, batch_size=size, learning_rate_init=rate,
                              momentum=0.0, max_iter=600, tol=0, n_iter_no_change=600, random_state=0)  # fmt: skip
        theirs.fit(X, y)
        near, far = ridge(X, y, 0.3).coef, ridge(X, y, 0.03).coef
        found = theirs.coefs_[0][:, 0]
        assert np.linalg.norm(found - near) < 0.02 * np.linalg.norm(near) < np.linalg.norm(found - far) / 3


@pytest.mark.statement("choosing-converters")
@pytest.mark.parametrize("lam", [0.05, 0.5])
def test_the_units_of_the_old_normalize(lam):
    """Before version 1.2, normalize=True divided each centred column by its length, root n times its standard deviation."""
    X, y = problem()
    n, ready = len(X), Standardizer.fit(X)
    Z, unit = ready.transform(X), ready.transform(X) / np.sqrt(n)
    assert np.linalg.norm(unit, axis=0) == pytest.approx(1)
    assert Ridge(alpha=lam).fit(unit, y).coef_ / np.sqrt(n) == pytest.approx(ridge(Z, y, lam).coef)
    theirs = Lasso(alpha=lam / (2 * np.sqrt(n)), tol=1e-12, max_iter=10**5).fit(unit, y)
    assert theirs.coef_ / np.sqrt(n) == pytest.approx(lasso(Z, y, lam).coef, rel=1e-5, abs=1e-7)


@pytest.mark.statement("choosing-converters")
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_keras_sgd_rests_where_the_converted_decay_says(momentum):
    """Keras's steps by hand; the library itself walks them in test_libraries.py."""
    X, y = problem()
    X = Standardizer.fit(X).transform(X)
    y, lam, rate = y - y.mean(), 0.3, 0.02
    decay = keras_penalty(lam, "weight_decay", momentum)
    w, v = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for _ in range(3000):
        gradient = 2 * X.T @ (X @ w - y) / len(X)
        w = w - rate * decay * w
        v = momentum * v - rate * gradient
        w = w + v
    assert w == pytest.approx(ridge(X, y, lam).coef, rel=1e-9)
    assert lam_from_keras(decay, "weight_decay", momentum) == pytest.approx(lam)


@pytest.mark.statement("choosing-converters")
@pytest.mark.parametrize("model", [*choosing._FACTORS, "ElasticNet"])
def test_there_and_back_again(model):
    ratio = 0.3 if model == "ElasticNet" else None
    for lam in (1e-6, 0.5, 40.0):
        assert lam_from_sklearn(sklearn_alpha(lam, 37, model, ratio), 37, model, ratio) == pytest.approx(lam)
    assert l1_ratio_from_sklearn(sklearn_l1_ratio(0.3)) == pytest.approx(0.3)
    assert lam_from_torch(torch_weight_decay(0.7)) == 0.7
    for what in ("L1", "L2", "weight_decay"):
        assert lam_from_keras(keras_penalty(0.7, what), what) == 0.7


@pytest.mark.statement("choosing-weight-decay")
def test_sgd_with_the_converted_weight_decay_is_our_gradient_step():
    """torch.optim.SGD steps by lr * (gradient + weight_decay * w); ours is the gradient of J."""
    X, y = problem()
    lam, h = 0.3, 1e-6
    w = rng().normal(size=X.shape[1])

    def J(w):
        return np.mean((y - X @ w) ** 2) + lam * w @ w

    loss_gradient = 2 * X.T @ (X @ w - y) / len(X)
    numeric = [(J(w + h * e) - J(w - h * e)) / (2 * h) for e in np.eye(len(w))]
    assert loss_gradient + torch_weight_decay(lam) * w == pytest.approx(numeric, rel=1e-5)


@pytest.mark.statement("choosing-weight-decay")
def test_keras_sgd_with_the_converted_weight_decay_is_our_gradient_step():
    """Keras takes the gradient first, then multiplies w by 1 - rate * weight_decay, then subtracts rate * gradient."""
    X, y = problem()
    lam, rate, w = 0.3, 0.01, rng().normal(size=X.shape[1])
    gradient = 2 * X.T @ (X @ w - y) / len(X)
    keras = w - w * keras_penalty(lam, "weight_decay") * rate - rate * gradient
    assert keras == pytest.approx(w - rate * (gradient + 2 * lam * w))


@pytest.mark.statement("choosing-weight-decay")
def test_our_sgd_with_the_converted_weight_decay_steps_as_on_the_penalized_loss():
    X, y = problem()
    lam, rate = 0.3, 1e-3
    decayed = MLP([X.shape[1], 1], rng())
    decayed.biases[0][:] = 0.7  # it must not decay
    penalized, w = decayed.copy(), decayed.weights[0].copy()
    g = decayed.loss_and_grads(X, y)[1][0]
    for steps in range(3):
        SGD(rate, weight_decay=torch_weight_decay(lam)).step(decayed, *decayed.loss_and_grads(X, y)[1:])
        SGD(rate).step(penalized, *penalized.loss_and_grads(X, y, l2=lam)[1:])
        if steps == 0:
            assert decayed.weights[0] == pytest.approx((1 - rate * keras_penalty(lam, "weight_decay")) * w - rate * g, rel=1e-12)
    assert decayed.weights[0] == pytest.approx(penalized.weights[0], rel=1e-12)
    assert decayed.biases[0] == pytest.approx(penalized.biases[0], rel=1e-12)
    assert lam_from_torch(torch_weight_decay(lam)) == lam_from_keras(keras_penalty(lam, "weight_decay"), "weight_decay") == lam


@pytest.mark.parametrize(("what", "order", "penalty"), [("L2", 2, "l2"), ("L1", 1, "l1")])
def test_keras_loss_with_the_converted_regularizer_is_ours(what, order, penalty):
    """Keras adds its number times the sum of |w|**order to the mean of the squared errors."""
    X, y = problem()
    fit = ridge(X, y, 0.7)
    keras = np.mean((y - fit.predict(X)) ** 2) + keras_penalty(0.4, what) * np.sum(np.abs(fit.coef) ** order)
    assert keras == pytest.approx(penalized_loss(X, y, fit, 0.4, penalty))


@pytest.mark.parametrize("r", [0.0, 0.4, 1.0])
def test_glmnets_numbers_minimize_its_loss_where_ours_is_minimal(r):
    """Its loss, as its source scales it, is minimized at our fit; where R is installed, test_libraries.py asks glmnet itself."""
    X, y = problem()
    X = Standardizer.fit(X).transform(X)
    lam = 0.4
    value, alpha = glmnet_lambda(lam, y, r)
    ours = ridge(X, y, lam).coef if r == 0 else lasso(X, y, lam).coef if r == 1 else elastic_net(X, y, lam, r).coef
    s = y.std()
    z = (y - y.mean()) / s

    def theirs(beta):
        return np.mean((z - X @ beta) ** 2) / 2 + value / s * (alpha * np.abs(beta).sum() + (1 - alpha) / 2 * beta @ beta)

    best = theirs(ours / s)
    for step in 1e-3 * rng().normal(size=(200, X.shape[1])):
        assert theirs(ours / s + step) > best
    assert glmnet_lambda(0.0, y, r)[0] == 0
    assert lam_from_glmnet(value, y, alpha) == pytest.approx((lam, r))


@pytest.mark.parametrize("r", [0.0, 1.0])
def test_columns_that_glmnet_standardizes_are_raw_columns_with_penalty_factors(r):
    """Its weights in own units are ours of standardized features over the deviations, and minimize what Conventions says."""
    X, y = problem()
    X = X * np.geomspace(0.1, 10, X.shape[1]) + 7
    lam, d, s, fit = 0.4, X.std(axis=0), y.std(), ridge if r == 0 else lasso
    value, _ = glmnet_lambda(lam, y, r)
    own = fit(Standardizer.fit(X).transform(X), y, lam).coef / d
    assert fit(X, y, lam, penalty_factors=d**2 if r == 0 else d).coef == pytest.approx(own, abs=1e-9)
    assert np.abs(fit(X, y, lam).coef - own).max() > 0.01  # with standardize = FALSE it is another fit

    def theirs(w):
        price = np.sum(d**2 * w**2) / (2 * s) if r == 0 else np.sum(d * np.abs(w))
        return np.mean((y - y.mean() - (X - X.mean(axis=0)) @ w) ** 2) / 2 + value * price

    best = theirs(own)
    for step in 1e-3 * rng().normal(size=(200, X.shape[1])) / d:
        assert theirs(own + step) > best


def test_glmnets_share_does_not_depend_on_the_penalty():
    _, y = problem()
    share = glmnet_lambda(1.0, y, 0.4)[1]
    assert 0 < share < 0.4
    for lam in (1e-6, 1e-3, 1e3):
        assert glmnet_lambda(lam, y, 0.4)[1] == pytest.approx(share)
        assert lam_from_glmnet(lam, y, share)[1] == pytest.approx(0.4)
    assert glmnet_lambda(0.0, y, 0.4) == (0.0, 0.4) and lam_from_glmnet(0.0, y, 0.4) == (0.0, 0.4)  # no penalty: any share is right


def test_the_lasso_is_converted_from_glmnet_without_regard_to_the_responses():
    assert lam_from_glmnet(0.25, [2.0, 2.0], 1.0) == lam_from_glmnet(0.25, [2.0, 9.0], 1.0) == (0.5, 1.0)


# -- what is refused -------------------------------------------------------------------------------------------

X0, Y0 = problem(12, 2)
GROUPS0 = np.arange(12) // 2


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: kfold(3, 4, rng()), "k must be an integer from 2 to 3, got 4"),
        (lambda: kfold(1, 2, rng()), "n must be an integer from 2"),
        (lambda: kfold(5, 2, 0), "rng must be a numpy.random.Generator"),
        (lambda: group_kfold([1, 1, 2], 3, rng()), "k must be at most the number of groups, 2, got 3"),
        (lambda: group_kfold([1, 2], 1, rng()), "k must be an integer from 2, got 1"),
        (lambda: group_kfold([[1, 2]], 2, rng()), "groups must name the group of each sample, got shape"),
        (lambda: group_kfold([], 2, rng()), r"groups must name the group of each sample, got shape \(0,\)"),
        (lambda: group_kfold([1j, 2j, 3j], 2, rng()), "groups must be integers, text or days"),
        (lambda: group_kfold(np.array(["2026-01-01", "NaT"], "M8[D]"), 2, rng()), "groups must be integers, text or days"),
        (lambda: group_kfold([1.0, np.nan], 2, rng()), "groups must be integers, text or days"),
        (lambda: group_kfold(np.array([1, "a", 2], object), 2, rng()), "groups must be names of one kind"),
        (lambda: group_kfold(np.array([1, "a", None], object), 2, rng()), "groups must name .* in which names are missing"),
        (lambda: group_kfold(np.array([1.0, np.nan, 2.0] * 2, object), 2, rng()), "groups must name .* in which names are missing"),
        (lambda: group_kfold(["a", "b", np.nan, "c"], 2, rng()), "groups must name .* in which names are missing"),
        (lambda: cross_validate(lambda X, y, lams: ridge_path(X, y, lams)[0], X0, Y0, [0.1, 1.0], 3, rng()),
         r"path must return .* each of the 2 penalties, got predictions of shape \(4,\) for 4 samples"),
        (lambda: time_folds(2, 2), "n must be an integer from 3"),
        (lambda: time_folds(5, 5), "k must be an integer from 2 to 4, got 5"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 3, rng(), groups=[1, 2, 3]), "groups must .* of the 12 rows of X"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 3, rng(), groups=range(12), folds=time_folds), "exclude each other"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 3, None), "rng must be"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 3, rng(), folds=[[1], [2], [3]]), "folds must be a function"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 3, rng(), folds=lambda n, k: [[1], [2]]), "a list of k = 3 folds"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 2, rng(), folds=lambda n, k: [[1], [12]]), "indices from 0 to 11"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 2, rng(), folds=lambda n, k: [[1], [-1]]), "indices from 0 to 11"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 2, rng(), folds=lambda n, k: [[1], []]), "at least one in each"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 2, rng(), folds=lambda n, k: [[1, 1], [2]]), "in the fold or twice"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 2, rng(), folds=lambda n, k: [([0, 1], [1]), [2]]), "in the fold or"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 2, rng(), folds=lambda n, k: [range(12), [2]]), "samples to train on"),
        (lambda: nested_cross_validate(ridge_path, X0, Y0, [1.0], 3, rng(), groups=[1]), "groups must name"),
        (lambda: cross_validate(ridge_path, X0, Y0, [], 3, rng()), "lams must not be empty"),
        (lambda: cross_validate(ridge_path, X0, Y0, [-1.0], 3, rng()), "lams must be at least 0"),
        (lambda: cross_validate(ridge_path, X0, Y0[:5], [1.0], 3, rng()), "y must have one value per row"),
        (lambda: cross_validate(ridge_path, X0, Y0, [1.0], 1, rng()), "k must be an integer from 2 to 12, got 1"),
        (lambda: nested_cross_validate(ridge_path, X0, Y0, [1.0], 3, rng(), rule="least"), "rule must be .* got 'least'"),
        (lambda: sklearn_alpha(-1, 10, "Ridge"), "lam must be a number"),
        (lambda: sklearn_alpha(1, 10, "SVR"), "model must be one of .*got 'SVR'"),
        (lambda: sklearn_alpha(1, 0, "Ridge"), "n must be an integer from 1, got 0"),
        (lambda: sklearn_alpha(0, 10, "LogisticRegression"), "lam must be a number in \\(0, inf\\)"),
        (lambda: sklearn_alpha(1, 10, "ElasticNet"), "l1_ratio must be given"),
        (lambda: sklearn_alpha(1, 10, "Lasso", 0.5), "l1_ratio must be None for Lasso, got 0.5"),
        (lambda: sklearn_alpha(1, 10, "Ridge", outputs=2), "outputs must be 1 for Ridge, got 2"),
        (lambda: sklearn_alpha(1, 10, "LogisticRegression", outputs=0), "outputs must be an integer from 1, got 0"),
        (lambda: keras_penalty(1.0, "L2", 0.9), "momentum must be 0 for a regularizer"),
        (lambda: lam_from_keras(1.0, "weight_decay", 1.0), "momentum must be a number"),
        (lambda: lam_from_sklearn(-1, 10, "Ridge"), "alpha must be a number"),
        (lambda: lam_from_sklearn(0, 10, "LogisticRegression"), "alpha must be a number"),
        (lambda: sklearn_l1_ratio(1.5), "l1_ratio must be a number"),
        (lambda: l1_ratio_from_sklearn(-0.5), "l1_ratio must be a number"),
        (lambda: l1_ratio_from_sklearn(1.5), "l1_ratio must be a number"),
        (lambda: glmnet_lambda(1.0, [1.0, 2.0], 1.5), "l1_ratio must be a number"),
        (lambda: sklearn_alpha(1, 10, "ElasticNet", 1.5), "l1_ratio must be a number"),
        (lambda: lam_from_keras(1.0, "l2"), "what must be one of 'L2', 'L1', 'weight_decay', got 'l2'"),
        (lambda: nested_cross_validate(ridge_path, X0, Y0, [1.0], 3, rng(), inner=1), "inner must be an integer from 2, got 1"),
        (lambda: nested_cross_validate(ridge_path, X0[:6], Y0[:6], [1.0], 3, rng()), "inner must be .* samples .*, 4, got 5"),
        (lambda: nested_cross_validate(ridge_path, X0, Y0, [1.0], 3, rng(), groups=GROUPS0), "inner must be .* groups .*, 4, got"),
        (lambda: lam_from_glmnet(1e150, [0.0, 1e-160], 0.5), "y must be of a size for which the result is a number"),
        (lambda: nested_cross_validate(ridge_path, X0, Y0[:5], [1.0], 3, rng()), "y must have one value per row"),
        (lambda: paired_difference([1.0, 2.0], [1.0, 2.0], n_train=0, n_test=5), "n_train must be an integer from 1"),
        (lambda: torch_weight_decay(np.nan), "lam must be a number"),
        (lambda: lam_from_torch(-1), "weight_decay must be a number"),
        (lambda: glmnet_lambda(1.0, [], 0.5), "y must not be empty"),
        (lambda: lam_from_glmnet(1.0, [2.0, 2.0], 0.5), "y must vary"),
        (lambda: lam_from_glmnet(1.0, [0.1, 0.1, 0.1], 0.5), "y must vary"),  # their mean is rounded, and differs from them
        (lambda: lam_from_glmnet(1.0, [1.0, 2.0], 1.5), "alpha must be a number"),
        (lambda: keras_penalty(1.0, "l2"), "what must be one of 'L2', 'L1', 'weight_decay', got 'l2'"),
        (lambda: lam_from_keras(-1.0, "L2"), "value must be a number"),
        (lambda: paired_difference([1.0], [1.0]), "at least 2, got 1 and 1"),
        (lambda: paired_difference([1.0, 2.0], [1.0, 2.0, 3.0]), "one entry per repetition.* got 2 and 3"),
        (lambda: paired_difference([1.0, 2.0], [1.0, 2.0], n_test=5), "n_train and n_test must be given together"),
        (lambda: paired_difference([1.0, 2.0], [1.0, 2.0], n_train=5, n_test=0), "n_test must be an integer from 1"),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_results_cannot_be_changed():
    found = cross_validate(ridge_path, X0, Y0, [1.0], 3, rng())
    assert isinstance(found, CVResult)
    with pytest.raises(AttributeError):
        found.best = 0.0


def test_the_folds_of_scikit_learn_have_the_same_sizes():
    ours = sorted(len(f) for f in kfold(23, 5, rng()))
    assert ours == sorted(len(test) for _, test in KFold(5).split(np.zeros(23)))
    assert choosing.__doc__
