"""A type checker reads the package: what is called wrongly is refused before it runs, and what is right is accepted."""

import os
import subprocess
import sys

import pytest
from test_book import ROOT

SCRIPT = """import numpy as np
from reglesson.choosing import cross_validate
from reglesson.explore import explore, log_slider
from reglesson.l1 import lasso_path
from reglesson.l2 import ridge, ridge_path

X, y, rng = np.ones((9, 2)), np.arange(9.0), np.random.default_rng(0)


def draw(fig: object, lam: float) -> str:
    return f"{lam}"


"""
# (module, right, wrong)
CALLS = [
    ("l2", "ridge(X, y, 0.1).coef", 'ridge(X, y, "0.1").coef'),
    ("l2", "ridge([[0.0], [2.0]], [1.0, 5.0], lam=1.0).predict(X)", "ridge([[0.0], [2.0]], [1.0, 5.0], lam=1.0).weights"),
    ("l2", "ridge(X, y, 0.1, fit_intercept=False)", "ridge(X, y, 0.1, intercept=False)"),
    ("l1", "lasso_path(X, y, np.logspace(-3, 0, 5)).coefs", "lasso_path(X, y, np.logspace(-3, 0, 5)).coef"),
    ("l1", "lasso_path(X, y, n_lams=20)", 'lasso_path(X, y, n_lams="20")'),
    ("l1", "len(lasso_path(X, y))", "lasso_path(X)"),
    ("choosing", "cross_validate(ridge_path, X, y, [0.1], 5, rng).best", "cross_validate(ridge_path, X, y, [0.1], 5.5, rng)"),
    ("choosing", "cross_validate(ridge_path, X, y, [0.1], k=5, rng=rng)", "cross_validate(ridge_path, X, y, [0.1], k=5, rng=0)"),
    ("choosing", "cross_validate(ridge_path, X, y, [0.1], 5, rng).one_se", "cross_validate(ridge, X, y, [0.1], 5, rng)"),
    ("explore", 'explore(draw, lam=log_slider(0.1, 10, label="λ"))', "explore(draw, lam=0.1)"),
    ("explore", "explore(draw, figsize=(4, 3), lam=log_slider(0.1, 10)).text()", 'explore("draw", lam=log_slider(0.1, 10))'),
    ("explore", "explore(draw, lam=log_slider(0.1, 10)).name", "explore(draw, figsize=5, lam=log_slider(0.1, 10))"),
]


def refused(folder, lines):
    """The lines of a script, without its head, that mypy refuses."""
    (folder / "script.py").write_text(SCRIPT + "\n".join(lines) + "\n", encoding="utf-8")
    cache = f"--cache-dir={ROOT / '_build' / 'mypy-script'}"
    quiet = "--no-error-summary", "--follow-imports=silent", "--ignore-missing-imports"
    command = [sys.executable, "-m", "mypy", "--config-file=", cache, *quiet, "script.py"]
    env = {**os.environ, "MYPYPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8")
    assert not done.stderr and done.returncode in (0, 1), done.stdout + done.stderr
    numbers = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
    return {lines[number - SCRIPT.count("\n") - 1] for number in numbers}


@pytest.mark.xdist_group("mypy")
def test_every_wrong_call_is_refused_and_every_right_one_accepted(tmp_path):
    right, wrong = [call for _, call, _ in CALLS], [call for _, _, call in CALLS]
    assert CALLS and refused(tmp_path, right + wrong) == set(wrong)
