"""Checks of what a caller passes in. Each error names the argument, the value and what is allowed."""

import math
import numbers

import numpy as np


def array(value, name, ndim):
    """`value` as a finite float array with `ndim` axes: float32 stays float32, all else becomes float64."""
    try:
        given = np.asarray(value)
        if given.dtype.kind not in "fiub":
            given = given.astype(float) if given.dtype.kind == "O" else _refuse_kind(given, name)
        result = given if given.dtype in (np.float32, np.float64) else given.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of real numbers, got {_brief(value)}") from error
    if result.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} axes, got shape {result.shape}")
    if 0 in result.shape:
        raise ValueError(f"{name} must not be empty, got shape {result.shape}")
    if not np.isfinite(result).all():
        bad = np.argwhere(~np.isfinite(result))[0]
        raise ValueError(f"{name} must be finite, got {result[tuple(bad)]} at index {tuple(map(int, bad))}")
    return result


def _refuse_kind(given, name):
    raise TypeError(f"{name} holds {given.dtype}")


def design(X, y):
    """Check a design matrix X (n, p) and a response y (n,) together; return both as float arrays of one dtype."""
    X, y = array(X, "X", 2), array(y, "y", 1)
    if len(X) != len(y):
        raise ValueError(f"y must have one value per row of X, got {len(y)} values for {len(X)} rows")
    dtype = np.result_type(X, y)
    return X.astype(dtype, copy=False), y.astype(dtype, copy=False)


def number(value, name, low=-np.inf, high=np.inf, low_open=False, high_open=False):
    """`value` as a finite float within the bounds."""
    given = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
    x = float(given) if isinstance(given, numbers.Real) and not isinstance(given, bool) else math.nan
    if not (math.isfinite(x) and (low < x if low_open else low <= x) and (x < high if high_open else x <= high)):
        allowed = f"{'(' if low_open or low == -np.inf else '['}{low:g}, {high:g}{')' if high_open or high == np.inf else ']'}"
        raise ValueError(f"{name} must be a number in {allowed}, got {_brief(value)}")
    return x


def penalty(lam, name="lam"):
    """A penalty: one finite number that is at least 0."""
    return number(lam, name, low=0.0)


def penalties(lams, name="lams"):
    """Penalties: a non-empty one-dimensional float64 array, each finite and at least 0, in the caller's order."""
    lams = array(lams, name, 1).astype(np.float64, copy=False)
    if (lams < 0).any():
        raise ValueError(f"{name} must be at least 0, got {lams.min():g}")
    return lams


def drop_probability(p, name="p"):
    """The probability to drop a unit: a number in [0, 1)."""
    return number(p, name, low=0.0, high=1.0, high_open=True)


def integer(value, name, low=None, high=None):
    """`value` as an int within the closed bounds."""
    if (not isinstance(value, numbers.Integral) or isinstance(value, bool)
            or (low is not None and value < low) or (high is not None and value > high)):
        allowed = "an integer" + (f" from {low}" if low is not None else "") + (f" to {high}" if high is not None else "")
        raise ValueError(f"{name} must be {allowed}, got {_brief(value)}")
    return int(value)


def option(value, name, allowed):
    """`value`, which must be one of the strings `allowed`."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {_brief(value)}")
    return value


def flag(value, name):
    """`value`, which must be True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, got {_brief(value)}")
    return bool(value)


def generator(rng, name="rng"):
    """`rng`, which must be a `numpy.random.Generator`."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"{name} must be a numpy.random.Generator such as np.random.default_rng(0), got {_brief(rng)}")
    return rng


def _brief(value):
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
