"""Checks of what a caller passes in. Each error names the argument, the value and what is allowed.

What is huge. The formulas add squares of what they are given, and products of
two such arrays. So an array is taken if the sum of its squares is at most a
ten-thousandth of the largest float: about 1e152 for the root of that sum, 1e17
in float32. A single number may be 1e150 in size, an integer `MOST`. What is
larger is refused, so that no result overflows to infinity without a word.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

HUGE = 1e150
MOST = 10**9
Floats = NDArray[np.floating]
T = TypeVar("T")
A = TypeVar("A", bound=ArrayLike)
F = TypeVar("F", bound=Callable[..., Any])
_SQUARES = {np.dtype(kind): 1e-4 * float(np.finfo(kind).max) for kind in (np.float32, np.float64)}


def array(value: ArrayLike, name: str, *ndim: int) -> Floats:
    """`value` as a finite float array with one of `ndim` axes, or any: float32 stays float32, all else becomes float64."""
    most = _SQUARES.get(value.dtype) if type(value) is np.ndarray else None
    result = np.asarray(value) if most else _floats(value, name)
    if ndim and result.ndim not in ndim:
        raise ValueError(f"{name} must have {' or '.join(map(str, ndim))} axes, got shape {result.shape}")
    if not result.size:
        raise ValueError(f"{name} must not be empty, got shape {result.shape}")
    if not np.vdot(result, result) <= (most or _SQUARES[result.dtype]):
        _refuse(result, name)
    return result


def plain(value: object, name: str) -> NDArray[Any]:
    """`value` as an array of any kind; one with masked entries, or with rows of several lengths, is none."""
    _refuse_masked(value, name)
    try:
        return np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array, got {_brief(value)}") from error


def _floats(value: object, name: str) -> Floats:
    _refuse_masked(value, name)
    try:
        given = np.asarray(value)
        if given.dtype in _SQUARES:
            return given
        odd = _no_number(given) if given.dtype.kind == "O" else None
        if odd is None and given.dtype.kind in "fiubO":
            with np.errstate(over="ignore"):  # what is beyond float64 becomes infinite, and is refused as such
                return given.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} must be an array of real numbers, got {_brief(value)}") from error
    got = _brief(value)
    if odd is not None:
        got = f"{_brief(given[odd])} at index {odd}"
        if given.ndim == 2 and hasattr(value, "columns"):
            got += f", in column {_brief(list(value.columns)[odd[1]])}"
    raise ValueError(f"{name} must be an array of real numbers, got {got}")


def _no_number(given: NDArray[Any]) -> tuple[int, ...] | None:
    """Where an array of objects has its first entry that is no number; NumPy would make numbers of text and of times, too."""
    for at, entry in np.ndenumerate(given):
        try:
            if isinstance(entry, (str, bytes, np.datetime64, np.timedelta64)):
                return at
            if entry is not None:  # which NumPy takes for missing, as NaN
                float(entry)
        except (TypeError, ValueError):
            return at
        except OverflowError:
            pass
    return None


def _refuse_masked(value: object, name: str) -> None:
    parts = value if isinstance(value, (list, tuple)) else (value,)
    if any(isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part) for part in parts):  # np.asarray shows what the mask hides
        raise ValueError(f"{name} must not have masked entries, got {_brief(value)}")


def _refuse(given: Floats, name: str) -> None:
    bad = ~np.isfinite(given)
    at = np.unravel_index(np.argmax(bad if bad.any() else np.abs(given)), given.shape)
    allowed = "finite" if bad.any() else "small enough for its squares to be added up"
    raise ValueError(f"{name} must be {allowed}, got {given[at]} at index {tuple(map(int, at))}")


def design(X: ArrayLike, y: ArrayLike, *axes: int) -> tuple[Floats, Floats]:
    """Check a design matrix X (n, p) and a response y (n,), or with so many axes, together; return both as floats of one dtype."""
    X, y = array(X, "X", 2), array(y, "y", *(axes or (1,)))
    if len(X) != len(y):
        raise ValueError(f"y must have one value per row of X, got {len(y)} values for {len(X)} rows")
    if X.dtype != y.dtype:
        X, y = X.astype(np.float64), y.astype(np.float64)
    return X, y


def number(value: object, name: str, low: float = -np.inf, high: float = np.inf, low_open: bool = False,
           high_open: bool = False) -> float:  # fmt: skip
    """`value` as a finite float within the bounds."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    try:  # to ask whether it is Real takes longer than all the rest
        x = float(value) if type(value) is float or (isinstance(value, numbers.Real) and not isinstance(value, bool)) else np.nan
    except OverflowError:
        x = np.inf
    if not (low <= x <= high and math.isfinite(x)) or (low_open and x == low) or (high_open and x == high):
        allowed = f"{'(' if low_open or low == -np.inf else '['}{low:g}, {high:g}{')' if high_open or high == np.inf else ']'}"
        raise ValueError(f"{name} must be a number in {allowed}, got {_brief(value)}")
    if abs(x) > HUGE:
        raise ValueError(f"{name} must be at most {HUGE:g} in size, got {_brief(value)}")
    return x


def penalty(lam: object, name: str = "lam") -> float:
    """A penalty: one finite number that is at least 0."""
    return number(lam, name, low=0.0)


def penalties(lams: ArrayLike, name: str = "lams") -> NDArray[np.float64]:
    """Penalties: a non-empty one-dimensional float64 array, each finite and at least 0, in the caller's order."""
    lams = array(lams, name, 1).astype(np.float64)  # a copy: results hold it, whatever the caller does with his own
    if (least := lams[lams.argmin()]) < 0:
        raise ValueError(f"{name} must be at least 0, got {least:g}")
    return lams


def sample_weight(weights: ArrayLike | None, n: int) -> NDArray[np.float64] | None:
    """Weights of n rows, each at least 0, scaled to the mean 1; None stays None."""
    if weights is None:
        return None
    found = _shares(weights, "sample_weight", n, "row")
    if not found.max() > 0:
        raise ValueError("sample_weight must be above 0 for at least one row, got none")
    found /= found.max()  # so that nothing overflows
    found /= found.mean()
    return found


def penalty_factors(factors: ArrayLike | None, p: int) -> NDArray[np.float64] | None:
    """What the penalty of each of p columns is multiplied with, at least 0; None stays None, and so does nothing but ones."""
    if factors is None:
        return None
    found = _shares(factors, "penalty_factors", p, "column")
    return None if (found == 1).all() else found


def _shares(values: ArrayLike, name: str, count: int, per: str) -> NDArray[np.float64]:
    found = array(values, name, 1).astype(np.float64)
    if len(found) != count:
        raise ValueError(f"{name} must have {count} values, one per {per} of X, got {len(found)}")
    if (found < 0).any():
        raise ValueError(f"{name} must be at least 0, got {found.min():g}")
    return found


def drop_probability(p: object, name: str = "p") -> float:
    """The probability to drop a unit: a number in [0, 1)."""
    return number(p, name, low=0.0, high=1.0, high_open=True)


def learning_rate(rate: object) -> float:
    """What each gradient is multiplied with: a number above 0."""
    return number(rate, "learning_rate", low=0.0, low_open=True)


def integer(value: Any, name: str, low: int | None = None, high: int | None = None) -> int:
    """`value` as an int within the closed bounds."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or (low is not None and value < low) or (high is not None and value > high):
        allowed = "an integer" + (f" from {low}" if low is not None else "") + (f" to {high}" if high is not None else "")
        raise ValueError(f"{name} must be {allowed}, got {_brief(value)}")
    if abs(value) > MOST:
        raise ValueError(f"{name} must be an integer of at most {MOST} in size, got {_brief(value)}")
    return int(value)


def option(value: object, name: str, allowed: Collection[str]) -> str:
    """`value`, which must be one of the strings `allowed`."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {_brief(value)}")
    return value


def flag(value: object, name: str) -> bool:
    """`value`, which must be True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, got {_brief(value)}")
    return bool(value)


def generator(rng: object, name: str = "rng") -> np.random.Generator:
    """`rng`, which must be a `numpy.random.Generator`."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"{name} must be a numpy.random.Generator such as np.random.default_rng(0), got {_brief(rng)}")
    return rng


def instance(value: T, name: str, *kinds: type) -> T:
    """`value`, which must be an object of one of the classes `kinds`."""
    if not isinstance(value, kinds):
        raise ValueError(f"{name} must be of the class {' or '.join(kind.__name__ for kind in kinds)}, got {_brief(value)}")
    return value


def able(value: T, name: str, *methods: str) -> T:
    """`value`, which must have the `methods`."""
    if not all(callable(getattr(value, method, None)) for method in methods):
        raise ValueError(f"{name} must have {' and '.join(f'{method}()' for method in methods)}, got {_brief(value)}")
    return value


def function(value: F, name: str) -> F:
    """`value`, which must be something to call."""
    if not callable(value):
        raise ValueError(f"{name} must be a function, got {_brief(value)}")
    return value


def fit(value: Any, X: Floats, name: str = "fit") -> tuple[Floats, float]:
    """The weights and the intercept of `value`, which must have a finite `coef`, one per column of X, and an `intercept`."""
    if not (hasattr(value, "coef") and hasattr(value, "intercept")):
        raise ValueError(f"{name} must be a LinearFit, got {_brief(value)}")
    coef = array(value.coef, f"{name}.coef", 1)
    intercept = number(value.intercept, f"{name}.intercept")
    if len(coef) != X.shape[1]:
        raise ValueError(f"X must have {len(coef)} columns, one per weight of {name}, got shape {X.shape}")
    return coef, intercept


def cast(given: Floats, dtype: np.dtype[Any], name: str) -> Floats:
    """`given` in the precision `dtype`, in which it must be as `array` wants it, and must not be all zeros if it was not."""
    if given.dtype == dtype:
        return given
    with np.errstate(over="ignore"):
        result: Floats = given.astype(dtype)
    if not np.vdot(result, result) <= _SQUARES[dtype] or (given.any() and not result.any()):
        far = np.abs(given).max()
        raise ValueError(f"{name} must be of a size that {dtype} can hold, got numbers up to {far:.3g}")
    return result


def representable(result: A, name: str) -> A:
    """`result`, which must be finite: where it is not, the argument `name` is too large or too small for floats."""
    if not np.isfinite(result).all():
        raise ValueError(f"{name} must be of a size for which the result is a number, got one at which it overflows")
    return result


def _brief(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python writes out no integer of more than 4300 digits
        text = "an integer too long to write"
    return text if len(text) <= 60 else text[:57] + "..."
