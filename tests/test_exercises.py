"""The readers' checks: right answers are right, and wrong but plausible ones are not."""

import sys
from math import comb

import numpy as np
import pytest

from reglesson import early_stopping, l2
from reglesson.data import Standardizer
from reglesson.dropout import all_masks, mask_probabilities
from reglesson.early_stopping import Patience, gradient_descent, gradient_descent_path
from reglesson.exercises import CHECKS, agree, check, same
from reglesson.l1 import lasso, lasso_knots
from reglesson.overfitting import least_norm_risk

# for each exercise of L2, answers that a reader may well give
WRONG = {
    "l2-alpha": [lambda alpha, n: alpha * n, lambda alpha, n: alpha, lambda alpha, n: alpha / (2 * n)],
    "l2-step": [
        lambda w, g, lam, rate: (1 - rate * lam) * w - rate * g,
        lambda w, g, lam, rate: w - rate * g,
        lambda w, g, lam, rate: (1 - 2 * lam) * w - rate * g,
    ],
    "l2-dof": [
        lambda X, lam: np.sum((s := np.linalg.svd(X - X.mean(0), compute_uv=False) ** 2) / (s + lam)),
        lambda X, lam: np.sum((s := np.linalg.svd(X, compute_uv=False) ** 2) / (s + len(X) * lam)),
        lambda X, lam: np.sum((s := np.linalg.svd(X - X.mean(0), compute_uv=False)) / (s + len(X) * lam)),
        lambda X, lam: 1 + np.sum((s := np.linalg.svd(X - X.mean(0), compute_uv=False) ** 2) / (s + len(X) * lam)),
    ],
    "l2-augmented": [
        lambda X, y, lam: (np.r_[X, np.sqrt(lam) * np.eye(X.shape[1])], np.r_[y, np.zeros(X.shape[1])]),
        lambda X, y, lam: (np.r_[X, len(X) * lam * np.eye(X.shape[1])], np.r_[y, np.zeros(X.shape[1])]),
        lambda X, y, lam: (X, y),
        lambda X, y, lam: 3,
    ],
    "l2-loo": [
        lambda X, y, lam: _loo(X, y, lam, 0),
        lambda X, y, lam: _loo(X, y, lam / len(X), 1 / len(X)),
        lambda X, y, lam: np.mean((y - y.mean()) ** 2),
    ],
    "early-stopping-matched": [lambda rate, steps: 1 / (rate * steps), lambda rate, steps: 2 * rate * steps],
    "early-stopping-gl": [
        lambda losses, alpha: _first(losses, lambda t: 100 * (losses[t] / np.min(losses) - 1) > alpha),
        lambda losses, alpha: _first(losses, lambda t: 100 * (losses[t] / np.min(losses[: t + 1]) - 1) >= alpha),
        lambda losses, alpha: _first(losses, lambda t: losses[t] / np.min(losses[: t + 1]) - 1 > alpha),
        lambda losses, alpha: len(losses),
    ],
    "early-stopping-patience": [
        lambda losses, patience, delta: Patience(patience).stop_epoch(losses),
        lambda losses, patience, delta: Patience(patience + 1, delta).stop_epoch(losses),
        lambda losses, patience, delta: (Patience(patience, delta).stop_epoch(losses) or 0) + 1,
        lambda losses, patience, delta: _patience_with_moving_best(losses, patience, delta),
    ],
    "early-stopping-half": [
        lambda s, n, rate: int(np.log(0.5) / np.log(1 - 2 * rate * s**2 / n)),
        lambda s, n, rate: int(np.ceil(np.log(0.5) / np.log(1 - rate * s**2 / n))),
        lambda s, n, rate: int(np.ceil(n * np.log(2) / (2 * rate * s**2))),
    ],
    "early-stopping-steps": [
        lambda X, y, X_val, y_val, rate, limit: 0,
        lambda X, y, X_val, y_val, rate, limit: limit,
        lambda X, y, X_val, y_val, rate, limit: _best_steps(X, y, X_val, y_val, rate / 2, limit),
        lambda X, y, X_val, y_val, rate, limit: _best_steps(X, y, X_val - X_val.mean(0) + X.mean(0), y_val, rate, limit),
        lambda X, y, X_val, y_val, rate, limit: _best_steps(X, y, X_val, y_val, rate, limit) + 1,
    ],
}

# and of choosing
WRONG |= {
    "choosing-summary": [
        lambda errors: np.array([errors.mean(0), errors.std(0, ddof=1)]),
        lambda errors: np.array([errors.mean(0), errors.std(0) / np.sqrt(len(errors))]),
        lambda errors: np.array([errors.mean(1), errors.std(1, ddof=1)]),
    ],
    "choosing-one-se": [
        lambda lams, mean, se: lams[np.argmin(mean)],
        lambda lams, mean, se: lams[mean <= mean.min() + se[np.argmin(mean)]].min(),
        lambda lams, mean, se: lams[mean <= mean.min() + se][-1],
        lambda lams, mean, se: lams[mean <= mean.min() + se].max(),
    ],
    "choosing-alpha": [lambda decay, n: decay / 2, lambda decay, n: n * decay, lambda decay, n: decay / (2 * n)],
    "choosing-luck": [lambda m, n: 0.5, lambda m, n: 1 - 0.5**m, lambda m, n: 0.5 + np.sqrt(np.log(m) / (2 * n))],
    "choosing-nested": [
        lambda X, y, lams, folds: _tuned_on_all(X, y, lams, folds),
        lambda X, y, lams, folds: np.full(folds.max() + 1, 4.0),
    ],
}


def _tuned_on_all(X, y, lams, folds):
    errors = []
    for f in np.unique(folds):
        path = l2.ridge_path(X[folds != f], y[folds != f], lams)
        errors.append(np.mean((y[folds == f] - path.predict(X[folds == f])) ** 2, axis=1))
    return np.array(errors)[:, np.mean(errors, axis=0).argmin()]


def _loo(X, y, lam, ones):
    Xc = X - X.mean(0)
    H = ones + Xc @ np.linalg.solve(Xc.T @ Xc + len(X) * lam * np.eye(X.shape[1]), Xc.T)
    fitted = y.mean() + (H - ones) @ (y - y.mean())
    return np.mean(((y - fitted) / (1 - np.diag(H))) ** 2)


# the same for dropout
WRONG |= {
    "dropout-factor": [lambda p, inverted: 1 - p, lambda p, inverted: p, lambda p, inverted: 1.0 if inverted else p],
    "dropout-backward": [
        lambda g, mask, p: g * mask,
        lambda g, mask, p: g * mask * (1 - p),
        lambda g, mask, p: g / (1 - p),
        lambda g, mask, p: g * mask / p,
    ],
    "dropout-ridge": [
        lambda X, y, p: np.linalg.solve(X.T @ X + p * (1 - p) * np.diag((X**2).sum(0)), X.T @ y),
        lambda X, y, p: np.linalg.solve(X.T @ X + (1 - p) / p * np.diag((X**2).sum(0)), X.T @ y),
        lambda X, y, p: np.linalg.solve(X.T @ X + len(X) * p / (1 - p) * np.eye(X.shape[1]), X.T @ y),
        lambda X, y, p: np.linalg.solve(X.T @ X + p / (1 - p) * np.diag((X**2).mean(0)), X.T @ y),
        lambda X, y, p: np.linalg.solve(X.T @ X + p / (1 - p) * len(X) * np.diag(X.var(0)), X.T @ y),
    ],
    "dropout-geometric": [
        lambda x, W, b, p: _vote(x, W, b, p, lambda q, votes: q @ votes),
        lambda x, W, b, p: _vote(x, W, b, p, lambda q, votes: np.exp(q @ np.log(votes))),
        lambda x, W, b, p: _vote(x, W, b, 1 - p, lambda q, votes: q @ votes),
        lambda x, W, b, p: (e := np.exp((1 - p) * x @ W + b)) / e.sum(),
    ],
    "dropout-relu-gap": [
        lambda x, w, b, p: 0.0,
        lambda x, w, b, p: np.mean(np.maximum(all_masks(len(x)) @ (x * w) / (1 - p) + b, 0)) - max(x @ w + b, 0),
        lambda x, w, b, p: mask_probabilities(m := all_masks(len(x)), p) @ np.maximum(m @ (x * w) + b, 0) - max(x @ w + b, 0),
    ],
}


def _vote(x, W, b, p, mean):
    masks = all_masks(len(x))
    e = np.exp(masks * x / (1 - p) @ W + b)
    return mean(mask_probabilities(masks, p), e / e.sum(1, keepdims=True))


def _first(losses, stops):
    return next((t for t in range(len(losses)) if stops(t)), None)


def _patience_with_moving_best(losses, patience, delta):
    best, waited = np.inf, 0
    for t, loss in enumerate(losses):
        waited = 0 if loss + delta < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            return t
    return None


def _best_steps(X, y, X_val, y_val, rate, limit):
    path = gradient_descent_path(X, y, rate, np.arange(limit + 1))
    return int(np.argmin(np.mean((path.predict(X_val) - y_val) ** 2, axis=1)))


def _first_rise(errors):
    return next((t for t in range(len(errors) - 1) if errors[t + 1] > errors[t]), len(errors) - 1)


# of overfitting and L1, and what the cases of an older version did not tell from the right answer
MORE_WRONG = {
    "l2-augmented": [
        lambda X, y, lam: np.r_[X, np.sqrt(len(X) * lam) * np.eye(X.shape[1])],
        lambda X, y, lam: (np.r_[X, np.sqrt(2 * len(X) * lam) * np.eye(X.shape[1])], np.r_[y, np.zeros(X.shape[1])]),
    ],
    "overfitting-gap": [
        lambda y, fit, y_new, fit_new: np.mean((y - fit) ** 2) - np.mean((y_new - fit_new) ** 2),
        lambda y, fit, y_new, fit_new: np.sum((y_new - fit_new) ** 2) - np.sum((y - fit) ** 2),
        lambda y, fit, y_new, fit_new: np.sqrt(np.mean((y_new - fit_new) ** 2)) - np.sqrt(np.mean((y - fit) ** 2)),
    ],
    "overfitting-variance": [
        lambda H, noise_var: noise_var * np.trace(H) / len(H),
        lambda H, noise_var: noise_var * np.sum(H * H.T) / len(H) if len(H) == len(H.T) else noise_var * np.sum(H**2) / len(H),
        lambda H, noise_var: noise_var * np.sum(H**2) / len(H.T),
        lambda H, noise_var: noise_var * np.sum(H**2),
    ],
    "overfitting-corrected": [
        lambda y, H, noise_var: np.mean((y - H.T @ y) ** 2) + 2 * noise_var * np.trace(H) / len(y),
        lambda y, H, noise_var: np.mean((y - H @ y) ** 2) + noise_var * np.trace(H) / len(y),
        lambda y, H, noise_var: np.mean((y - H @ y) ** 2) + 2 * noise_var * np.sum(H**2) / len(y),
        lambda y, H, noise_var: np.mean((y - H @ y) ** 2) + 2 * noise_var * np.trace(H),
    ],
    "overfitting-scale": [
        lambda X_train, X_test: (X_test - X_test.mean(axis=0)) / (X_test.std(axis=0) + 1e-12),
        lambda X_train, X_test: (X_test - X_train.mean(axis=0)) / X_train.std(axis=0, ddof=1),
        lambda X_train, X_test: (X_test - X_train.mean()) / X_train.std(),
        lambda X_train, X_test: (X_test - np.r_[X_train, X_test].mean(axis=0)) / np.r_[X_train, X_test].std(axis=0),
    ],
    "overfitting-screening": [
        lambda X, y, keep, folds: _screened(X, y, keep, folds, leak=True),
        lambda X, y, keep, folds: np.full(len(y), y.mean()),
        lambda X, y, keep, folds: np.where(folds < 5, _screened(X, y, keep, folds), 0),  # a sixth fold is not reckoned with
        lambda X, y, keep, folds: _screened(X, y, 5, folds),
    ],
    "overfitting-curve": [
        lambda n, total, norm2, noise_var: _curve(n, total, norm2, noise_var, missed_in_noise=False),
        lambda n, total, norm2, noise_var: _curve(n, total, norm2, noise_var) - noise_var,
        lambda n, total, norm2, noise_var: _curve(n, total, norm2, noise_var)[1:],
    ],
    "l1-alpha": [lambda alpha: alpha, lambda alpha: alpha / 2, lambda alpha: 2 * alpha + (alpha == 0)],
    "l1-coordinate": [
        lambda x, rest, lam: _threshold(np.mean(x * rest), lam) / np.mean(x**2),
        lambda x, rest, lam: _threshold(np.mean(x * rest), lam / 2),
        lambda x, rest, lam: _threshold(np.sum(x * rest), lam / 2) / np.sum(x**2),
        lambda x, rest, lam: max(np.mean(x * rest) - lam / 2, 0) / np.mean(x**2),
    ],
    "l1-lambda-max": [
        lambda X, y: 2 * np.abs(X.T @ y).max() / len(y),
        lambda X, y: np.abs((X - X.mean(0)).T @ (y - y.mean())).max() / len(y),
        lambda X, y: 2 * ((X - X.mean(0)).T @ (y - y.mean())).max() / len(y),
        lambda X, y: 2 * np.abs((X - X.mean(0)).T @ (y - y.mean())).max(),
    ],
    "l1-refit": [
        lambda X, y, lam: np.r_[(fit := lasso(X, y, lam)).coef, fit.intercept],
        lambda X, y, lam: np.r_[(fit := l2.ridge(X, y, 0.0)).coef, fit.intercept],
        lambda X, y, lam: _refitted(X, y, lam)[:-1],
        lambda X, y, lam: _refitted(X - X.mean(0), y, lam),
    ],
    "l1-second-kink": [
        lambda X, y: np.sort(2 * np.abs(X.T @ y) / len(y))[-2],
        lambda X, y: 2 * np.abs(X.T @ y).max() / len(y),
        lambda X, y: lasso_knots(X, y).lams[1] / 2,
        lambda X, y: _meetings(X, y).max(),
    ],
    "l1-augmented": [
        lambda X, y, lam, r: (np.r_[X, np.sqrt(lam * (1 - r)) * np.eye(X.shape[1])], np.r_[y, 0 * X[0]], lam * r),
        lambda X, y, lam, r: (X, y, lam * r),
        lambda X, y, lam, r: _as_a_lasso(X, y, lam, r)[:2],
        lambda X, y, lam, r: (*_as_a_lasso(X, y, lam, r)[:2], lam * r),
    ],
    "choosing-one-se": [lambda lams, mean, se: lams[mean < mean.min() + se[np.argmin(mean)]].max()],
    "choosing-nested": [
        lambda X, y, lams, folds: _nested(X, y, lams, folds, pooled=True),
        lambda X, y, lams, folds: _nested(X, y, lams, folds, of=np.sqrt),
    ],
    "early-stopping-matched": [lambda rate, steps: 1 / (2 * rate * steps) / 2],
    "early-stopping-half": [
        lambda s, n, rate: int(np.floor(np.log(0.5) / np.log(1 - 2 * rate * s**2 / n))) + 1,
        lambda s, n, rate: next(t for t in range(5000) if 1 - (1 - 2 * rate * s**2 / n) ** t > 0.5),
    ],
    "early-stopping-steps": [
        lambda X, y, X_val, y_val, rate, limit: _best_steps(X, y, X_val, y_val, rate, limit - 1),
        lambda X, y, X_val, y_val, rate, limit: 1 + int(np.argmin(_val_errors(X, y, X_val, y_val, rate, limit)[1:])),
        lambda X, y, X_val, y_val, rate, limit: limit - int(np.argmin(_val_errors(X, y, X_val, y_val, rate, limit)[::-1])),
        lambda X, y, X_val, y_val, rate, limit: _first_rise(_val_errors(X, y, X_val, y_val, rate, limit)),
    ],
}

# for each exercise, two right answers that are written differently
RIGHT = {
    "l2-alpha": [lambda alpha, n: alpha / n, lambda alpha, n: np.float64(alpha) * n**-1],
    "l2-step": [
        lambda w, g, lam, rate: (1 - 2 * rate * lam) * w - rate * g,
        lambda w, g, lam, rate: [v - rate * (d + 2 * lam * v) for v, d in zip(w, g, strict=True)],
    ],
    "l2-dof": [
        lambda X, lam: np.trace(_hat(X - X.mean(0), lam)),
        lambda X, lam: np.sum((s := np.linalg.svd(X - X.mean(0), compute_uv=False) ** 2) / (s + len(X) * lam)),
        lambda X, lam: np.linalg.eigvals(_hat(X - X.mean(0), lam)).sum() + 0j,  # complex, as it may leave them
    ],
    "l2-augmented": [
        lambda X, y, lam: [np.r_[X, np.sqrt(len(X) * lam) * np.eye(X.shape[1])], np.r_[y, 0 * X[0]][:, None]],
        lambda X, y, lam: (np.r_[-np.sqrt(len(X) * lam) * np.eye(X.shape[1]), X], np.r_[np.zeros(X.shape[1]), y]),
    ],
    "l2-loo": [
        lambda X, y, lam: _loo(X, y, lam, 1 / len(X)),
        lambda X, y, lam: np.mean([(y[i] - l2.ridge(np.delete(X, i, 0), np.delete(y, i), lam * len(X) / (len(X) - 1))
                                    .predict(X[i : i + 1])[0]) ** 2 for i in range(len(X))]),
    ],
    "overfitting-gap": [
        lambda y, fit, y_new, fit_new: np.mean(np.square(y_new - fit_new)) - np.mean(np.square(y - fit)),
        lambda y, fit, y_new, fit_new: -np.linalg.norm(y - fit) ** 2 / len(y) + np.linalg.norm(y_new - fit_new) ** 2 / len(y_new),
    ],
    "overfitting-variance": [
        lambda H, noise_var: noise_var * np.trace(H @ H.T) / len(H),
        lambda H, noise_var: np.mean(np.diag(H @ (noise_var * np.eye(H.shape[1])) @ H.T)),
    ],
    "overfitting-corrected": [
        lambda y, H, noise_var: np.mean((y - H @ y) ** 2) + 2 * noise_var * np.trace(H) / len(y),
        lambda y, H, noise_var: (np.sum((y - H.dot(y)) ** 2) + 2 * noise_var * np.diag(H).sum()) / y.size,
    ],
    "overfitting-scale": [
        lambda X_train, X_test: (X_test - np.mean(X_train, 0)) / np.std(X_train, 0),
        lambda X_train, X_test: Standardizer.fit(X_train).transform(X_test),
    ],
    "overfitting-screening": [
        lambda X, y, keep, folds: _screened(X, y, keep, folds),
        lambda X, y, keep, folds: [float(v) for v in _screened(X, y, keep, folds)],
    ],
    "overfitting-curve": [
        lambda n, total, norm2, noise_var: _curve(n, total, norm2, noise_var),
        lambda n, total, norm2, noise_var: list(_curve(n, total, norm2, noise_var)),
    ],
    "l1-alpha": [lambda alpha: 2 * alpha, lambda alpha: alpha + alpha],
    "l1-coordinate": [
        lambda x, rest, lam: _threshold(np.mean(x * rest), lam / 2) / np.mean(x**2),
        lambda x, rest, lam: np.sign(z := x @ rest) * max(abs(z) - len(x) * lam / 2, 0) / (x @ x),
    ],
    "l1-lambda-max": [
        lambda X, y: 2 * np.abs(X.T @ (y - y.mean())).max() / len(y),
        lambda X, y: max(abs(2 * np.mean((x - x.mean()) * y)) for x in X.T),
    ],
    "l1-refit": [
        lambda X, y, lam: _refitted(X, y, lam),
        lambda X, y, lam: _refitted(X[:, ::-1], y, lam)[[*range(X.shape[1] - 1, -1, -1), -1]],
    ],
    "l1-second-kink": [lambda X, y: lasso_knots(X, y).lams[1], lambda X, y: lasso_knots(-X, 3 * y).lams[1] / 3],
    "l1-augmented": [
        lambda X, y, lam, r: _as_a_lasso(X, y, lam, r),
        lambda X, y, lam, r: [(A := _as_a_lasso(X, y, lam, r))[0][::-1], A[1][::-1], A[2]],
    ],
    "dropout-factor": [lambda p, inverted: 1 if inverted else 1 - p, lambda p, inverted: (1 - p) ** (not inverted)],
    "dropout-backward": [lambda g, mask, p: g * mask / (1 - p), lambda g, mask, p: np.where(mask, g, 0) / (1 - p)],
    "dropout-ridge": [
        lambda X, y, p: np.linalg.solve(X.T @ X + p / (1 - p) * np.diag((X**2).sum(0)), X.T @ y),
        lambda X, y, p: np.linalg.lstsq(np.r_[X, np.diag(np.sqrt(p / (1 - p) * (X**2).sum(0)))], np.r_[y, 0 * X[0]], rcond=None)[0],
    ],
    "dropout-geometric": [
        lambda x, W, b, p: (g := _vote(x, W, b, p, lambda q, votes: np.exp(q @ np.log(votes)))) / g.sum(),
        lambda x, W, b, p: np.exp(x @ W + b) / np.sum(np.exp(x @ W + b)),
    ],
    "dropout-relu-gap": [
        lambda x, w, b, p: mask_probabilities(m := all_masks(len(x)), p) @ np.maximum(m @ (x * w) / (1 - p) + b, 0)
        - max(x @ w + b, 0),
        lambda x, w, b, p: _relu_mean(list(x * w / (1 - p)), b, p) - max(x @ w + b, 0),
    ],
    "choosing-summary": [
        lambda errors: np.array([errors.mean(0), errors.std(0, ddof=1) / np.sqrt(len(errors))]),
        lambda errors: [list(np.mean(errors, 0)), list(np.sqrt(np.var(errors, 0, ddof=1) / len(errors)))],
    ],
    "choosing-one-se": [
        lambda lams, mean, se: lams[mean <= mean.min() + se[np.argmin(mean)]].max(),
        lambda lams, mean, se: max(lam for lam, m in zip(lams, mean, strict=True) if m - mean.min() <= se[mean == mean.min()][0]),
    ],
    "choosing-alpha": [lambda decay, n: n * decay / 2, lambda decay, n: 0.5 * decay * n],
    "choosing-luck": [
        lambda m, n: sum(1 - sum(comb(n, j) / 2**n for j in range(k)) ** m for k in range(1, n + 1)) / n,
        lambda m, n: np.arange(n + 1) @ np.diff(np.r_[0, np.cumsum([comb(n, j) / 2**n for j in range(n + 1)]) ** m]) / n,
    ],
    "choosing-nested": [
        lambda X, y, lams, folds: _nested(X, y, lams, folds),
        lambda X, y, lams, folds: list(_nested(X, y, lams[::-1], folds)),
    ],
    "early-stopping-matched": [lambda rate, steps: 1 / (2 * rate * steps), lambda rate, steps: 0.5 / (rate * steps)],
    "early-stopping-gl": [
        lambda losses, alpha: _first(losses, lambda t: losses[t] > (1 + alpha / 100) * min(losses[: t + 1])),
        lambda losses, alpha: _first(losses, lambda t: 100 * (losses[t] / np.min(losses[: t + 1]) - 1) > alpha),
    ],
    "early-stopping-patience": [
        lambda losses, patience, delta: Patience(patience, delta).stop_epoch(losses),
        lambda losses, patience, delta: _patience_by_hand(losses, patience, delta),
        lambda losses, patience, delta: (_patience_by_hand(losses, patience, delta), losses.sort())[0],  # its own list
        lambda losses, patience, delta: (_patience_by_hand(losses, patience, delta), losses.clear())[0],
    ],
    "early-stopping-half": [
        lambda s, n, rate: np.ceil(np.log(0.5) / np.log(1 - 2 * rate * s**2 / n)),
        lambda s, n, rate: next(t for t in range(5000) if 1 - (1 - 2 * rate * s**2 / n) ** t >= 0.5),
    ],
    "early-stopping-steps": [
        lambda X, y, X_val, y_val, rate, limit: _best_steps(X, y, X_val, y_val, rate, limit),
        lambda X, y, X_val, y_val, rate, limit: min(
            range(limit + 1), key=lambda t: np.mean((gradient_descent(X, y, rate, t).predict(X_val) - y_val) ** 2)),
    ],
}  # fmt: skip


def _hat(Xc, lam):
    return Xc @ np.linalg.solve(Xc.T @ Xc + len(Xc) * lam * np.eye(Xc.shape[1]), Xc.T)


def _threshold(z, t):
    return np.sign(z) * np.maximum(np.abs(z) - t, 0)


def _refitted(X, y, lam):
    kept = np.flatnonzero(lasso(X, y, lam).coef)
    weights = np.linalg.lstsq(np.c_[X[:, kept], np.ones(len(y))], y, rcond=None)[0]
    full = np.zeros(X.shape[1] + 1)
    full[[*kept, -1]] = weights
    return full


def _as_a_lasso(X, y, lam, r):
    n, p = X.shape
    return np.r_[X, np.sqrt(n * lam * (1 - r)) * np.eye(p)], np.r_[y, np.zeros(p)], lam * r * n / (n + p)


def _screened(X, y, keep, folds, leak=False):
    predicted = np.zeros(len(y))
    for f in np.unique(folds):
        out = folds == f
        seen = np.ones(len(y), bool) if leak else ~out
        best = np.argsort([-abs(np.corrcoef(x, y[seen])[0, 1]) for x in X[seen].T])[:keep]
        for i in np.flatnonzero(out):
            predicted[i] = y[~out][np.argmin(np.linalg.norm(X[~out][:, best] - X[i, best], axis=1))]
    return predicted


def _curve(n, total, norm2, noise_var, missed_in_noise=True):
    p = np.arange(1, total + 1)
    missed = norm2 * (1 - p / total)
    noise = noise_var + missed if missed_in_noise else noise_var + 0 * missed
    risks = [least_norm_risk(n, k, norm2 * k / total, s) for k, s in zip(p.tolist(), noise, strict=True)]
    return np.array(risks) + missed + noise_var


def _relu_mean(parts, b, p):
    if not parts:
        return max(b, 0.0)
    return p * _relu_mean(parts[1:], b, p) + (1 - p) * _relu_mean(parts[1:], b + parts[0], p)


def _meetings(X, y):
    """Where the gradient of another feature meets that of the first, below the largest penalty or above it."""
    corr = 2 * X.T @ y / len(y)
    first = np.argmax(np.abs(corr))
    sign = np.sign(corr[first])
    lean = X.T @ X[:, first] / (X[:, first] @ X[:, first]) * sign
    with np.errstate(divide="ignore", invalid="ignore"):
        meets = np.concatenate([(s * corr - s * lean * np.abs(corr[first])) / (1 - s * lean) for s in (1, -1)])
    rest = np.r_[np.arange(X.shape[1]), np.arange(X.shape[1])] != first
    return meets[rest & np.isfinite(meets)]


def _nested(X, y, lams, folds, pooled=False, of=np.asarray):
    def squares(train, out, lams):
        return (l2.ridge_path(X[train], y[train], lams).predict(X[out]) - y[out]) ** 2

    found = []
    for outer in np.unique(folds):
        rest = folds != outer
        inner = [squares(rest & (folds != f), folds == f, lams) for f in np.unique(folds[rest])]
        mean = np.concatenate(inner, axis=1).mean(axis=1) if pooled else np.mean([of(e.mean(axis=1)) for e in inner], axis=0)
        found.append(squares(rest, ~rest, lams[[mean.argmin()]]).mean())
    return np.array(found)


def _patience_by_hand(losses, patience, delta):
    best, last = losses[0], 0
    for t in range(1, len(losses)):
        if best - losses[t] > delta:
            best, last = losses[t], t
        elif t - last == patience:
            return t
    return None


def _val_errors(X, y, X_val, y_val, rate, limit):
    path = gradient_descent_path(X, y, rate, np.arange(limit + 1))
    return np.mean((path.predict(X_val) - y_val) ** 2, axis=1)


@pytest.mark.parametrize(("name", "answer"), [(name, answer) for name, answers in RIGHT.items() for answer in answers])
def test_a_right_answer_is_right_however_it_is_written(name, answer, capsys):
    check(name, answer)
    assert capsys.readouterr().out == "Right.\n"


def test_each_exercise_has_two_right_answers_and_two_wrong_ones():
    assert RIGHT.keys() == CHECKS.keys() and all(len(answers) >= 2 for answers in RIGHT.values())
    wrong = [name for each in (WRONG, MORE_WRONG) for name, answers in each.items() for _ in answers]
    assert {name for name in CHECKS if wrong.count(name) < 2} == set()


def test_a_result_that_lacks_a_part_is_told_what_is_asked_for(capsys):
    check("l2-augmented", MORE_WRONG["l2-augmented"][0])
    assert "2 things must be returned, A and t, got" in capsys.readouterr().out
    check("l1-augmented", MORE_WRONG["l1-augmented"][2])
    assert "3 things must be returned, A, t and penalty, got" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for each in (WRONG, MORE_WRONG) for name, answers in each.items() for answer in answers]
)
def test_a_plausible_wrong_answer_is_not_yet_right(name, answer, capsys):
    check(name, answer)
    assert capsys.readouterr().out.startswith("Not yet: ")


class Unwilling(Exception):
    """What is no array and has no name: a tensor that knows its gradient is such an array."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("not as an array")

    def __repr__(self):
        raise RuntimeError("no name")

    __str__ = __repr__

    @classmethod
    def raised(cls, *arguments):
        raise cls


def loss_without_end(losses, alpha):
    """Prechelt's rule by somebody who counts on it to stop."""
    t = 0
    while 100 * (losses[t] / min(losses[: t + 1]) - 1) <= alpha:
        t += 1
    return t


@pytest.mark.parametrize("name", ["early-stopping-gl", "early-stopping-patience"])
def test_a_rule_that_fails_where_none_should_stop_is_told_so(name, capsys):
    right = {"early-stopping-gl": early_stopping.GeneralizationLoss, "early-stopping-patience": early_stopping.Patience}[name]

    def fails(losses, *settings):
        stop = right(*settings).stop_epoch(losses)
        return losses[len(losses)] if stop is None else stop

    check(name, fails)
    assert "with IndexError" in capsys.readouterr().out


def test_a_loop_that_counts_on_a_rule_to_stop_is_told_so(capsys):
    check("early-stopping-gl", loss_without_end)
    assert "with IndexError" in capsys.readouterr().out


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize(
    "answer", [None, ..., 3, lambda *a: None, lambda *a: ..., lambda: 1, lambda *a: "x", lambda *a: 1 / 0, lambda *a: np.nan,
               Unwilling(), lambda *a: Unwilling(), Unwilling.raised, lambda *a: sys.exit()]
)
def test_what_is_no_answer_is_told_so_and_raises_nothing(name, answer, capsys):
    check(name, answer)
    said = capsys.readouterr().out
    assert said.startswith("Not yet: ") and said.count("\n") == 1


def test_an_unknown_exercise_is_refused():
    with pytest.raises(ValueError, match=r"name must be one of .*'l2-step'.*got 'l9-x'"):
        check("l9-x", None)


def test_answers_are_compared_by_shape_and_value():
    assert same([1.0, 2.0], [1.0, 2.0 + 1e-9]) is None
    assert "shape (2,), got (3,)" in same([1, 2, 3], [1, 2])
    assert "3 where 2 is right" in same([1, 3], [1, 2])
    assert "nothing is returned" in same(None, 1)
    assert "nan" in same(np.nan, 1.0)
    assert same([1.0, np.nan], [1.0, 2.0]) == "the result at index 1 is nan where 2 is right"  # not the first, which is right
    assert same([1.0, np.inf, 9.0], [1.0, 2.0, 3.0]) == "the result at index 1 is inf where 2 is right"
    for odd in (np.array([1 + 5j]), ["1"], np.array(["1"]), [10**400], np.ma.array([1.0], mask=[True])):
        assert "a number or an array of numbers" in same(odd, [1.0])
    assert "a number or an array of numbers" in same({"a": 1}, 1)


@pytest.mark.parametrize("cases", [None, (np.ones(2),), [np.ones(2)]])
def test_cases_are_tuples_of_arguments(cases):
    with pytest.raises(ValueError, match="cases must be a list of tuples"):
        agree(np.sum, np.sum, cases)


def test_an_answer_cannot_change_the_arguments_of_the_reference():
    def spoils(x):
        x[:] = 0
        return x

    assert agree(spoils, lambda x: x, [(np.ones(3),)]) is not None


def test_a_wrong_answer_is_told_where_it_is_wrong_and_with_as_many_digits_as_it_takes():
    assert same([[1, 2], [3, 5]], [[1, 2], [3, 4]]) == "the result at index (1, 1) is 5 where 4 is right"
    assert same(1 + 2e-6, 1.0) == "the result is 1.000002 where 1 is right"
    assert same([2.0], 2.0) == "the result must be one number, got an array of shape (1,)"
    assert same(2 + 1j, 2.0).startswith("the result must be a number or an array of numbers")


def test_an_answer_that_stops_is_told_in_which_of_its_lines():
    def stops(x):
        return np.linalg.inv(x)  # in NumPy, but called here

    line = stops.__code__.co_firstlineno + 1
    assert f"the answer stops in line {line} with LinAlgError" in agree(stops, lambda x: x, [(np.zeros((2, 2)),)])


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("l2-augmented", lambda X, y, lam: (X, y[:-1]), "returns A and t with which lstsq cannot go on"),
        ("l2-augmented", lambda X, y, lam: (X * np.nan, y), "returns A and t with which lstsq cannot go on: A must be finite"),
        ("l2-augmented", lambda X, y, lam: (X, y), "what lstsq makes of A and t at index"),
        ("l1-augmented", lambda X, y, lam, r: (X, y, -1), "cannot go on: penalty must be a number in"),
        ("overfitting-curve", lambda *case: (v for v in (1, 2)), "must be a number or an array of numbers, got <generator"),
        ("overfitting-curve", lambda *case: np.minimum(_curve(*case), 50), "where it is infinite"),
        ("early-stopping-patience", lambda *case: None, "([5.0, 4.0, 4.5, 4.0, 4.25], 2, 0.0) None is returned where 3 is right"),
    ],
)
def test_what_is_made_of_an_answer_is_not_taken_for_the_answer(name, answer, said, capsys):
    check(name, answer)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("column", [lambda t: t[:, None], lambda t: t.tolist()])
def test_what_is_returned_beside_rows_may_have_any_form(column, capsys):
    def augmented(X, y, lam, r):
        A, t, penalty = _as_a_lasso(X, y, lam, r)
        return A, column(t), np.array([penalty])

    check("l1-augmented", augmented)
    assert capsys.readouterr().out == "Right.\n"


def test_a_wrong_answer_is_told_for_which_arguments():
    assert agree(lambda a: a + 1, lambda a: a, [(1.0,)]) == "for the arguments (1.0,) the result is 2 where 1 is right"
    assert "shapes (9,)" in agree(lambda a: a + 1, lambda a: a, [(np.zeros(9),)])
