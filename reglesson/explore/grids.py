"""The grids that sliders run over, and how a number is written for people."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reglesson.explore import checks

MOST = 10_000  # values of one slider: nobody looks at more


@dataclass(frozen=True)
class Slider:
    """A grid of values: what the draw function is called with, and how each is shown.

    `log_slider`, `slider` and `choice` make one.

    Parameters
    ----------
    kind : {"log", "linear", "choice"}
        The scale.
    label : str
        What stands before the slider.
    values : tuple
        What the draw function is called with, a value for each position.
    texts : tuple of str
        How each value is written.
    start : int
        The position that is shown first.

    Examples
    --------
    >>> slider(0, 10, 5).texts
    ('0', '5', '10')
    """

    kind: str
    label: str
    values: tuple[Any, ...]
    texts: tuple[str, ...]
    start: int

    def nearest(self, value: float) -> int:
        """Find the position whose value is nearest to a number, in the slider's own scale.

        Parameters
        ----------
        value : float
            The number; above 0 on a logarithmic scale.

        Returns
        -------
        int
            The position.
        """
        value = checks.number(value, "value", low=0 if self.kind == "log" else -np.inf, low_open=self.kind == "log")
        scale = np.log if self.kind == "log" else np.asarray
        return int(np.argmin(np.abs(scale(np.array(self.values, float)) - scale(float(value)))))


def log_slider(low: float, high: float, value: float | None = None, label: str = "λ", steps: int = 31) -> Slider:
    """Make a slider over values in equal ratios.

    Parameters
    ----------
    low, high : float
        The ends, both above 0.
    value : float, optional
        Where it starts; the middle if nothing is said.
    label : str
        What stands before it.
    steps : int
        How many values, rounded to three significant digits, or to more if
        two would be the same.

    Returns
    -------
    Slider
        What `explore` takes.

    Raises
    ------
    ValueError
        If the ends, the value or the steps do not fit together.

    Examples
    --------
    >>> log_slider(0.01, 1, steps=3).values
    (0.01, 0.1, 1.0)
    """
    low, high = checks.number(low, "low"), checks.number(high, "high")
    if not 0 < low < high:
        raise ValueError(f"low and high must satisfy 0 < low < high, got low={low}, high={high}")
    checks.integer(steps, "steps", 2, MOST)
    exact = np.geomspace(low, high, steps)
    for digits in range(3, 17):
        values = tuple(float(f"{v:.{digits}g}") for v in exact)
        if len(set(values)) == steps:
            return _slider("log", label, values, value, low, high)
    raise ValueError(f"steps must be few enough for different values between {low} and {high}, got {steps}")


def slider(low: float, high: float, step: float, value: float | None = None, label: str = "") -> Slider:
    """Make a slider over values in equal steps.

    Parameters
    ----------
    low, high : float
        The ends.
    step : float
        From one value to the next; it divides high - low. The values are
        integers where low, high and step are.
    value : float, optional
        Where it starts; the middle if nothing is said.
    label : str
        What stands before it; the argument's name if nothing is said.

    Returns
    -------
    Slider
        What `explore` takes.

    Raises
    ------
    ValueError
        If the ends, the value or the step do not fit together.

    Examples
    --------
    >>> slider(0, 1, 0.25).values
    (0.0, 0.25, 0.5, 0.75, 1.0)
    """
    whole = all(isinstance(v, numbers.Integral) for v in (low, high, step))
    bounds = [checks.number(v, name) for v, name in ((low, "low"), (high, "high"), (step, "step"))]
    if not low < high or step <= 0:
        raise ValueError(f"low < high and step > 0 are needed, got low={low}, high={high}, step={step}")
    low, high, step = (int(low), int(high), int(step)) if whole else bounds
    if (high - low) / step >= MOST:
        raise ValueError(f"step must be larger than {(high - low) / MOST:g}, for at most {MOST} values, got {step}")
    count = round((high - low) / step) + 1
    if count < 2 or abs(low + step * (count - 1) - high) > 1e-9 * abs(step):
        raise ValueError(f"step must divide high - low, got low={low}, high={high}, step={step}")
    places = 14 - math.floor(math.log10(max(abs(low), abs(high))))  # what is beyond is the rounding of floats
    values = tuple(low + step * k if whole else round(low + step * k, places) + 0.0 for k in range(count))
    if len(set(values)) < count:
        raise ValueError(f"step must be large enough to tell numbers near {high:g} apart, got {step}")
    return _slider("linear", label, values, value, low, high)


def choice(options: Iterable[str], value: str | None = None, label: str = "") -> Slider:
    """Make a slider over a few words.

    Parameters
    ----------
    options : iterable of str
        At least two different ones.
    value : str, optional
        Where it starts; the first if nothing is said.
    label : str
        What stands before it; the argument's name if nothing is said.

    Returns
    -------
    Slider
        What `explore` takes.

    Raises
    ------
    ValueError
        If the options are not different words, or `value` is none of them.

    Examples
    --------
    >>> choice(["ridge", "lasso"], value="lasso").start
    1
    """
    if isinstance(options, str) or not np.iterable(options):
        raise ValueError(f"options must be a list of strings, got {options!r}")
    options = tuple(options)
    if len(options) < 2 or not all(isinstance(o, str) for o in options) or len(set(options)) < len(options):
        raise ValueError(f"options must be at least two different strings, got {options!r}")
    checks.text(label, "label")
    if value is not None and (not isinstance(value, str) or value not in options):
        raise ValueError(f"value must be one of {options!r}, got {value!r}")
    return Slider("choice", label, options, options, options.index(value) if value is not None else 0)


def number(x: float, digits: int = 3) -> str:
    """Write a number as people do: 0.0015, −26,000, 1.5·10⁻⁵.

    Parameters
    ----------
    x : float
        The number.
    digits : int
        How many significant digits it is rounded to, from 1 to 17.

    Returns
    -------
    str
        The number in words for a sentence, with a true minus sign.

    Raises
    ------
    ValueError
        If `x` is not finite, or `digits` is out of its bounds.

    Examples
    --------
    >>> number(0.000316), number(-26000.0), number(1.47e-05, 2), number(1e-5), number(0.0)
    ('0.000316', '−26,000', '1.5·10⁻⁵', '10⁻⁵', '0')
    """
    x, digits = checks.number(x, "x"), checks.integer(digits, "digits", low=1, high=17)
    mantissa, _, power = f"{x:.{digits - 1}e}".partition("e")
    if -4 <= int(power) < 6 or x == 0:
        rounded = float(f"{mantissa}e{power}")
        text = f"{rounded:,.{max(digits - 1 - int(power), 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(",", "" if abs(rounded) < 10_000 else ",").replace("-", "−" if rounded else "")
    raised = power.replace("+", "").lstrip("0") if power[0] == "+" else "-" + power[1:].lstrip("0")
    ten = "10" + raised.translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    front = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    text = ten if front == "1" else "-" + ten if front == "-1" else f"{front}·{ten}"
    return text.replace("-", "−")


def readouts(values: Sequence[float]) -> tuple[str, ...]:
    """The values as people write them: with as few digits as say each of them exactly, else as few as tell them apart."""

    def apart(digits: int) -> bool:
        return len({f"{v:.{digits - 1}e}" for v in values}) == len(values)

    def exact(digits: int) -> bool:
        return all(math.isclose(float(f"{v:.{digits - 1}e}"), v, rel_tol=1e-12) for v in values)

    fewest = next((digits for digits in range(3, 18) if apart(digits)), 17)
    digits = next((digits for digits in range(fewest, max(fewest, 10) + 1) if exact(digits)), fewest)
    texts = tuple(number(v, digits) for v in values)
    if any(len(text.partition("·")[0]) > 5 for text in texts if "·" in text) and 1e6 <= max(map(abs, values)) < 1e15:
        places = next((k for k in range(18) if len({f"{v:.{k}f}" for v in values}) == len(values)), 17)
        return tuple(f"{v:,.{places}f}".replace("-", "−") for v in values)  # 1,000,001 and not 1.000001·10⁶
    return texts


def _slider(kind: str, label: str, values: tuple[Any, ...], value: float | None, low: float, high: float) -> Slider:
    checks.text(label, "label")
    result = Slider(kind, label, values, readouts(values), (len(values) - 1) // 2)
    if value is None:
        return result
    if not min(low, values[0]) <= checks.number(value, "value") <= max(high, values[-1]):
        raise ValueError(f"value must lie between {low:.15g} and {high:.15g}, got {value}")
    return replace(result, start=result.nearest(value))
