"""The mistakes that teaching material makes, put into this package one at a time: the tests and the notebook must notice.

Each bug is a replacement of text in one file of the package. It goes into a copy of the package, which stands before the
installed one on the path. `make test` tries a sample (test_bugs.py), `make mutants` all of them (tools/mutants).
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Bug:
    """A mistake: what it does, the chapter whose notebook shows it, if one does, the file, the text in it and what stands there
    instead, unit tests that must fail, and the number of the mistake on book/mistakes.ipynb, if it has one."""

    says: str
    chapter: str | None
    file: str
    right: str
    wrong: str
    tests: tuple
    number: int | None = None


BUGS = [
    Bug("the weights are multiplied by p at test time, where p is the probability to drop", None, "dropout.py",
        "            W *= 1 - p\n", "            W *= p\n",
        ("test_dropout.py::test_before_a_linear_output_the_arithmetic_mean_is_weight_scaling",), 1),
    Bug("a unit is kept with p instead of 1 - p", "dropout", "dropout.py",
        "generator(rng).random(x.shape) >= p\n", "generator(rng).random(x.shape) < p\n",
        ("test_dropout.py::test_a_simulation_agrees_and_p_is_the_probability_to_drop",), 1),
    Bug("p and 1 - p are swapped in what dropout costs a linear regression", "dropout", "dropout.py",
        "= p / (1 - p) * np.mean(", "= (1 - p) / p * np.mean(",
        ("test_dropout.py::test_the_penalty_is_not_symmetric_in_p",), 1),
    Bug("subgradient steps with sign(w) are called the lasso", "l1", "l1.py",
        "    return lasso_path(X, y, lams, fit_intercept=fit_intercept, sample_weight=sample_weight, "
        "penalty_factors=penalty_factors)[0]\n",
        "    return lasso_regression(X, y, lams[0], fit_intercept=fit_intercept)\n",
        ("test_l1.py::test_on_orthogonal_columns_every_solver_thresholds_least_squares_at_half_of_lam",), 2),
    Bug("the intercept is penalized", "l2", "l2.py",
        " + 2 * lam * b * penalize_intercept\n", " + 2 * lam * b\n",
        ("test_l2.py::test_gradient_descent_arrives_at_ridge_or_at_the_fit_with_a_penalized_intercept",), 4),
    Bug("features are standardized with statistics of the fold left out, too", "choosing", "choosing.py",
        "ready = prepare.fit(train)\n", "ready = prepare.fit(X)\n",
        ("test_choosing.py::test_nothing_of_the_fold_left_out_is_seen_before_it_is_predicted",), 5),
    Bug("the penalty is chosen with the samples that then test it", "choosing", "choosing.py",
        "cross_validate(path, X[rest], y[rest], lams, inner,", "cross_validate(path, X, y, lams, inner,",
        ("test_choosing.py::test_nested_choices_are_made_without_the_fold_left_out",), 6),
    Bug("AdamW adds its decay to the gradient, as an L2 penalty does", "mistakes", "network.py",
        "        for w in network.weights:\n            w *= 1 - self.learning_rate * self.weight_decay\n",
        "        weight_grads = [g + self.weight_decay * w for g, w in zip(weight_grads, network.weights, strict=True)]\n",
        ("test_network.py::test_an_optimizer_is_its_formula_and_biases_do_not_decay",
         "test_l2.py::test_adam_with_a_penalty_ends_at_ridge_and_adamw_at_the_best_fit_in_a_box"), 7),
    Bug("ridge forgets the factor n of the mean in the loss", "l2", "l2.py",
        "    n, shifts = len(X), len(X) * lams\n    weights, factors =", "    n, shifts = len(X), lams\n    weights, factors =",
        ("test_l2.py::test_ridge_is_scikit_learns_with_alpha_n_lam",), 8),
    Bug("the converter to scikit-learn's Ridge forgets the factor n", "choosing", "choosing.py",
        '    "Ridge": lambda n: n,', '    "Ridge": lambda n: 1,',
        ("test_choosing.py::test_converted_penalties_give_scikit_learns_fits",), 8),
    Bug("glmnet's division of y by its standard deviation is forgotten", "choosing", "choosing.py",
        "lam * (1 - r) * _deviation(y)\n", "lam * (1 - r)\n",
        ("test_choosing.py::test_glmnets_numbers_minimize_its_loss_where_ours_is_minimal",), 8),
    Bug("a standard deviation stands where a standard error should", "choosing", "choosing.py",
        "check.representable(errors.std(axis=0, ddof=1), \"y\") / np.sqrt(len(errors))\n", "errors.std(axis=0, ddof=1)\n",
        ("test_choosing.py::test_the_standard_error_is_one_of_the_mean_and_not_a_deviation",), 9),
    Bug("the one-standard-error rule takes the less regularized end", "choosing", "choosing.py",
        "float(lams[mean <= bound].max())", "float(lams[mean <= bound].min())",
        ("test_choosing.py::test_one_se_never_regularizes_less_than_best_and_is_within_one_standard_error",), 9),
    Bug("dropout's backward pass has the mask without its 1/(1 - p)", "dropout", "network.py",
        "            A *= slope\n            return slope\n", "            A *= slope\n            return np.sign(slope)\n",
        ("test_network.py::test_gradients_are_finite_differences_of_the_loss",), 12),
    Bug("the gradient of lam w^2 has lost its 2", "l2", "l2.py",
        " / len(X) + 2 * lam * w\n", " / len(X) + lam * w\n",
        ("test_l2.py::test_gradient_descent_arrives_at_ridge_or_at_the_fit_with_a_penalized_intercept",), 13),
    Bug("the network's penalty and its gradient differ by a factor of 2", "mistakes", "network.py",
        "                grad += 2 * l2 * W\n", "                grad += l2 * W\n",
        ("test_network.py::test_gradients_are_finite_differences_of_the_loss",), 13),
    Bug("the test-time network is called the mean of the ensemble", "dropout", "dropout.py",
        'network.task == "classification" and mean == "arithmetic"\n', "False\n",
        ("test_dropout.py::test_the_ensemble_is_the_mean_of_all_sub_networks",), 14),
    Bug("coordinate descent thresholds at lam instead of lam / 2", "l1", "l1.py",
        "@ residual / len(y), lam / 2) / squares[j]\n", "@ residual / len(y), lam) / squares[j]\n",
        ("test_l1.py::test_one_coordinate_step_is_the_best_value_of_one_weight",), 16),
    Bug("torch's weight_decay is taken for lam itself", "choosing", "choosing.py",
        "    return 2 * check.penalty(lam)\n", "    return check.penalty(lam)\n",
        ("test_choosing.py::test_sgd_with_the_converted_weight_decay_is_our_gradient_step",), 16),
    Bug("the network's biases decay as its weights do", None, "network.py",
        "if self.weight_decay and k < len(weight_grads):\n", "if self.weight_decay:\n",
        ("test_network.py::test_an_optimizer_is_its_formula_and_biases_do_not_decay",), 16),
    Bug("rows of one patient are dealt to training and test", "mistakes", "choosing.py",
        "        dealt = kfold(n, k, check.generator(rng)) if groups is None else group_kfold(groups, k, check.generator(rng))\n",
        "        dealt = kfold(n, k, check.generator(rng))\n",
        ("test_choosing.py::test_rows_of_one_patient_in_training_and_test_promise_what_no_new_patient_gets",), 19),
    Bug("a forecast is judged by models that know what comes later", "mistakes", "choosing.py",
        "[(np.arange(start), np.arange(start, start + size)) for",
        "[(np.delete(np.arange(n), np.arange(start, start + size)), np.arange(start, start + size)) for",
        ("test_choosing.py::test_folds_in_time_never_train_on_what_comes_later",), 21),
    Bug("an L2 penalty is passed to the training and never applied", "mistakes", "network.py",
        "    regularization = _regularization(l1, l2, p, p_input, rng)\n",
        "    regularization = _regularization(l1, 0.0, p, p_input, rng)\n",
        ("test_network.py::test_training_without_a_hidden_layer_ends_at_the_ridge_solution",)),
    Bug("an L2 penalty is passed to a training of several networks and never applied", "dropout", "_together.py",
        "        self.pull = (2 * l2).astype(dtype)[:, None, None] if l2.any() else None\n", "        self.pull = None\n",
        ("test_network.py::test_each_of_several_networks_becomes_what_it_becomes_alone",)),
    Bug("the best weights are not given back", "early_stopping", "network.py",
        "    if best is not None:\n", "    if False:\n",
        ("test_network.py::test_a_rule_ends_the_training_and_the_best_weights_come_back_bit_for_bit",)),
    Bug("patience waits one epoch too long", "early_stopping", "early_stopping.py",
        "if waited >= self.patience and self.start_epoch + t > 0:\n", "if waited > self.patience and self.start_epoch + t > 0:\n",
        ("test_early_stopping.py::test_a_rule_stops_a_worked_curve_where_it_should",)),
    Bug("patience counts every epoch without improvement, not those in a row", "early_stopping", "early_stopping.py",
        "                best, waited = loss, 0\n", "                best = loss\n",
        ("test_early_stopping.py::test_patience_begins_anew_with_each_improvement",)),
    Bug("a strip of epochs is looked at where it begins", "early_stopping", "early_stopping.py",
        "successive = _losses(val_losses)[self.start_epoch :][self.k - 1 :: self.k], 0\n",
        "successive = _losses(val_losses)[self.start_epoch :][:: self.k], 0\n",
        ("test_early_stopping.py::test_up_is_prechelts_recursion",)),
    Bug("the matched ridge penalty is 1/(eta t), without the 2", "early_stopping", "early_stopping.py",
        "        lams = 1 / (2 * rate * taken)\n", "        lams = 1 / (rate * taken)\n",
        ("test_early_stopping.py::test_few_steps_are_matched_ridge_and_twice_the_matched_penalty_is_not",)),
    Bug("the optimism is counted with the trace of the variance", "overfitting", "overfitting.py",
        "float(np.trace(smoother(X, lam, fit_intercept=fit_intercept)))",
        "float((smoother(X, lam, fit_intercept=fit_intercept) ** 2).sum())",
        ("test_overfitting.py::test_variance_and_half_the_optimism_agree_for_least_squares_only",)),
    Bug("the variance is counted with the trace of the optimism", "overfitting", "overfitting.py",
        "np.mean((H**2).sum(axis=1))", "np.mean((H * U if X_new is None else H**2).sum(axis=1))",
        ("test_overfitting.py::test_bias_and_variance_are_what_the_matrix_says",)),
    Bug("the free intercept is forgotten in bias and variance", "overfitting", "overfitting.py",
        "noise_var * (fit_intercept / n + ", "noise_var * (",
        ("test_overfitting.py::test_bias_and_variance_are_what_the_matrix_says",)),
    Bug("within a fold, rows that belong together are dealt apart", None, "choosing.py",
        "groups=together, folds=folds, prepare=prepare), rule)", "folds=folds, prepare=prepare), rule)",
        ("test_choosing.py::test_nested_folds_by_group_split_no_group_at_either_level",)),
]  # fmt: skip
SAMPLE = BUGS[3], BUGS[11]  # the lasso by subgradient steps and the standard deviation: their notebooks differ early


def copy_of_the_package(folder, bug=None):
    """Copy the package into a folder, with a bug or as it is."""
    shutil.copytree(ROOT / "reglesson", folder / "reglesson", ignore=shutil.ignore_patterns("__pycache__"))
    if bug:
        file = folder / "reglesson" / bug.file
        text = file.read_text(encoding="utf-8")
        assert text.count(bug.right) == 1, f"{bug.file} holds this {text.count(bug.right)} times, and it should once: {bug.right!r}"
        file.write_text(text.replace(bug.right, bug.wrong), encoding="utf-8")


def unit_tests_pass(tests, folder):
    """Whether unit tests pass with the package in a folder."""
    return _pytest(["--assert=plain", *(str(ROOT / "tests" / test) for test in tests)], folder)  # nobody reads why one fails


def verdict(bug):
    """Put a bug into a copy of the package: (the named tests that do not notice it, whether the notebook does)."""
    with tempfile.TemporaryDirectory() as folder:
        copy_of_the_package(Path(folder), bug)
        noticed = not bug.chapter or not notebook_passes(bug.chapter, folder)
        return [test for test in bug.tests if unit_tests_pass([test], folder)], noticed


def notebook_passes(chapter, folder):
    """Whether a chapter's notebook gives its stored outputs with the package in a folder; it ends at the first that differs."""
    return _pytest(["-p", "nbval.plugin", "-p", "no:doctest", "-o", "addopts=", "-o", "filterwarnings=", "--nbval",
                    "--nbval-cell-timeout=600", str(ROOT / "book" / f"{chapter}.ipynb")], folder)  # fmt: skip


def passes_as_it_is(chapter):
    """Whether the chapter's notebook, and the tests of its bugs, pass with a copy of the package that holds no bug."""
    with tempfile.TemporaryDirectory() as folder:
        copy_of_the_package(Path(folder))
        tests = {test for bug in BUGS if bug.chapter == chapter for test in bug.tests}
        return unit_tests_pass(sorted(tests), folder) and notebook_passes(chapter, folder)


def _pytest(words, folder):
    # the plugins of others, and what nbval takes along for nothing, take longer to import than most bugs to be seen
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no_parsers", "-p", "no:cacheprovider", *words]
    path = os.pathsep.join((str(folder), str(ROOT), str(ROOT / "tools")))  # the tests import benchmarks too
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": path}
    env |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    env.pop("REGLESSON_BAKE", None)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)
    if done.returncode not in (0, 1):  # 1: tests failed; all else is no answer
        raise RuntimeError(f"pytest could not run {words[-1]}:\n{done.stdout}{done.stderr}")
    return done.returncode == 0
