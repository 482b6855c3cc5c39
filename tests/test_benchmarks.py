"""The benchmarks: they time what they say, notice what is slow, and refuse what is wrong."""

import dataclasses
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as table
from benchmarks import linear, measure, networks, peers, startup
from reglesson import l1
from reglesson.linear import LinearFit, LinearPath

ROOT = Path(__file__).resolve().parent.parent
QUICK = {"seeds": (0, 1), "repeats": 2, "seconds": 0.05}


def ridge_row(goal=0.5):
    return measure.Row(linear.ridge_path_against_fits, "(40, 5)", goal, (40, 5))


SHAPES = [(make, shape) for make, goals in linear.GOALS.items() for shape in [(60, 5), (20, 30)][: len(goals) - 3]]


@pytest.mark.parametrize(("make", "shape"), SHAPES)
def test_each_linear_comparison_runs_and_is_accurate(make, shape):
    result = measure.run(measure.Row(make, "tiny", 1.0, shape), seeds=(0, 1), repeats=1, seconds=0.01)
    assert result.ours > 0 < result.theirs and len(result.ratios) == 2
    assert max(result.errors) <= result.allowed


@pytest.mark.parametrize("make", [linear.ridge_in_single_precision, linear.lasso_in_single_precision])
@pytest.mark.parametrize("shape", [(60, 5), (20, 30)])
def test_the_comparisons_in_single_precision_run_and_ours_has_its_digits(make, shape):
    X, y = linear.single(*shape, 0)
    assert X.dtype == y.dtype == np.float32
    result = measure.run(measure.Row(make, "tiny", 1.0, shape, memory=1e6), seeds=(0, 1), repeats=1, seconds=0.01)
    assert result.ours > 0 < result.theirs and result.errors[0] <= result.allowed and 0 < result.peaks[0] < 1e6


def test_the_network_comparisons_run_and_are_accurate():
    for row in (measure.Row(networks.train_against_mlpclassifier, "", 1.0),
                measure.Row(networks.ensemble_against_blocks, "", 1.0, (11,), memory=1e9)):  # fmt: skip
        result = measure.run(row, seeds=(0,), repeats=1, seconds=0.01)
        assert max(result.errors) <= result.allowed
    assert result.peaks[0] > 1000


def test_the_step_of_pytorch_is_the_same_step():
    pytest.importorskip("torch", exc_type=ImportError)
    for make, most in ((networks.step_against_pytorch, 1e-5), (networks.calls_of_step_against_pytorch, 0.0)):
        result = measure.run(measure.Row(make, "", 1.0), seeds=(0,), repeats=1, seconds=0.01)
        assert result.errors[0] <= most


@pytest.mark.parametrize("name", peers.PEERS)
def test_the_paths_of_other_packages_are_the_same_paths(name):
    pytest.importorskip(name, exc_type=ImportError)
    result = measure.run(measure.Row(peers.PEERS[name][1], "", 1.0, (60, 5)), seeds=(0,), repeats=1, seconds=0.01)
    assert result.errors[0] < 1e-10 and result.errors[1] < 1e-5


def test_the_calls_alone_are_timed_beside_a_path_of_spams_that_is_right():
    pytest.importorskip("spams", exc_type=ImportError)
    row = measure.Row(peers.calls_of_lasso_path_against_spams, "", 1.0, (60, 5))
    result = measure.run(row, seeds=(0,), repeats=1, seconds=0.01)
    assert result.ours > 0 < result.theirs and result.errors[1] < 1e-5


@pytest.mark.parametrize("name", peers.PEERS)
def test_a_package_that_is_not_there_has_a_line_in_the_place_of_its_rows(name, monkeypatch, capsys):
    monkeypatch.setattr(peers, "MISSING", [name])
    monkeypatch.setattr(table, "ROWS", [measure.Row(lambda seed: measure.Trial(int, int, lambda *_: (0.0, 0.0), 1.0), "", 1.0)])
    table.main([])
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith(f"Not measured: {name}. "))
    assert f"pip install {peers.PEERS[name][0]}" in line and ("NumPy below 2" in line) == (name == "adelie")


def test_a_slow_ridge_path_shows_up_in_the_ratio(monkeypatch):
    honest = measure.run(ridge_row(), **QUICK)
    quick = linear.ridge_path

    def slow(*arguments):
        time.sleep(30 * honest.ours)
        return quick(*arguments)

    monkeypatch.setattr(linear, "ridge_path", slow)
    slowed = measure.run(ridge_row(), **QUICK)
    assert slowed.ratio > 10 * honest.ratio
    (share, place), *_ = measure.profile(ridge_row(), seconds=0.1)
    assert place == "time.sleep" and share > 0.5
    assert "time.sleep" not in str(measure.profile(dataclasses.replace(ridge_row(), make=linear.elastic_net_against_enet_path)))
    between = (slowed.ratio * honest.ratio) ** 0.5
    assert dataclasses.replace(honest, row=ridge_row(between)).met
    assert not dataclasses.replace(slowed, row=ridge_row(between)).met


def test_a_wrong_ridge_path_is_not_timed(monkeypatch, capsys):
    right = linear.ridge_path

    def wrong(*arguments):
        path = right(*arguments)
        return LinearPath(path.lams, path.coefs * (1 + 1e-9), path.intercepts)

    monkeypatch.setattr(linear, "ridge_path", wrong)
    monkeypatch.setattr(table, "ROWS", [ridge_row()])
    with pytest.raises(SystemExit, match=r"ridge_path_against_fits \(40, 5\), seed 0: ours is off by 1.0e-09"):
        table.main([])
    assert "| linear.ridge" not in capsys.readouterr().out


def test_a_result_that_is_not_a_number_is_wrong():
    row = measure.Row(lambda seed: measure.Trial(int, int, lambda *_: (np.nan, 0.0), 1.0), "", 1.0)
    with pytest.raises(measure.WrongResultError):
        measure.run(row, **QUICK)


def test_ours_and_theirs_follow_each_other_in_an_order_that_alternates():
    called = []
    calls = [lambda name=name: (called.append(name), time.sleep(0.003)) for name in ("ours", "theirs")]
    row = measure.Row(lambda seed: measure.Trial(*calls, lambda *_: (0.0, 0.0), 1.0), "", 1.0)
    measure.run(row, seeds=(0,), repeats=3, seconds=1)
    assert called == ["ours", "theirs"] * 2 + ["theirs", "ours"] + ["ours", "theirs"]


def test_times_are_of_one_step():
    row = measure.Row(lambda seed: measure.Trial(lambda: time.sleep(0.02), int, lambda *_: (0.0, 0.0), 1.0, per=10), "", 1.0)
    whole = measure.Row(lambda seed: measure.Trial(lambda: time.sleep(0.02), int, lambda *_: (0.0, 0.0), 1.0), "", 1.0)
    assert 3 < measure.run(whole, **QUICK).ours / measure.run(row, **QUICK).ours < 30


@pytest.mark.parametrize("seed", range(3))
def test_the_duality_gap_is_that_of_the_chapter(seed):
    X, y = linear.problem(30, 6, seed)
    w, lam, square = np.random.default_rng(seed).normal(size=6), 0.3, 0.2
    loss = np.mean(y**2)
    expected = l1.duality_gap(X, y, LinearFit(w, 0.0), lam, fit_intercept=False) / loss
    assert linear.duality_gap(X, y, w[None], [lam]) == pytest.approx(expected, rel=1e-10)
    # the squares are more rows; n stays what it was, so that all of the loss is scaled
    more = np.vstack([X, np.sqrt(30 * square) * np.eye(6)]), np.append(y, np.zeros(6))
    expected = l1.duality_gap(*more, LinearFit(w, 0.0), lam * 30 / 36, fit_intercept=False) * 36 / 30 / loss
    assert linear.duality_gap(X, y, w[None], [lam], square) == pytest.approx(expected, rel=1e-10)


def test_the_table_shows_goals_misses_of_the_peer_and_memory():
    row = measure.Row(networks.ensemble_against_blocks, "small", 0.5, memory=300e6)
    result = measure.Result(row, 0.001, 0.004, [0.2, 0.25, 0.3], (1e-12, 1e-3), 1e-6, (20e6, 50e6))
    assert table.line(result) == (
        "| networks.ensemble_against_blocks | small | 1 | 4 | 0.25 (0.2 to 0.3) | 0.5, 300 MB | yes "
        "| 1e-12, 1e-03: theirs misses 1e-06; peak 20 MB, 50 MB |"
    )
    assert "| NO |" in table.line(dataclasses.replace(result, peaks=(301e6, 0)))
    assert "| NO |" in table.line(dataclasses.replace(result, ratios=[0.6]))


def test_an_import_is_held_against_the_time_beyond_numpy():
    row = startup.ROWS[0]
    result = measure.Result(row, 0.110, 0.100, [1.1], (0.0, 0.0), 0, None)
    assert "| +10 ms | +15 ms | yes |" in table.line(result)
    assert not dataclasses.replace(result, ours=0.116).met


def test_one_thread_is_fixed_before_numpy_is_imported():
    program = "import benchmarks, sys; assert 'numpy' not in sys.modules; import numpy, threadpoolctl as t; \
               print(*{pool['num_threads'] for pool in t.threadpool_info()})"
    env = {**os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]


def test_words_choose_rows(monkeypatch, capsys):
    monkeypatch.setattr(table, "ROWS", [ridge_row(), measure.Row(linear.lasso_path_against_lasso_path, "(40, 5)", 1.0, (40, 5))])
    table.main(["ridge"])
    shown = capsys.readouterr()
    assert "linear.ridge_path_against_fits | (40, 5)" in shown.out and "lasso" not in shown.out
    assert "[ 1/1] linear.ridge_path_against_fits (40, 5) ..." in shown.err
    with pytest.raises(SystemExit, match="No row has nothing"):
        table.main(["nothing"])
