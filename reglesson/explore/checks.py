"""Checks of what a caller passes in. Each error names the argument, the value and what is allowed."""

import importlib
import math
import numbers
import os

HUGE = 1e150  # beyond it, differences and ratios of two numbers may overflow


def number(value, name, low=-math.inf, high=math.inf, low_open=False):
    """`value` as a finite float within the bounds."""
    if getattr(value, "shape", None) == ():
        value = value[()]
    try:
        x = float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else math.nan
    except OverflowError:
        x = math.inf
    if not (low <= x <= high and math.isfinite(x)) or (low_open and x == low):
        allowed = f"{'(' if low_open or low == -math.inf else '['}{low:g}, {high:g}{')' if high == math.inf else ']'}"
        raise ValueError(f"{name} must be a number in {allowed}, got {brief(value)}")
    if abs(x) > HUGE:
        raise ValueError(f"{name} must be at most {HUGE:g} in size, got {brief(value)}")
    return x


def integer(value, name, low, high):
    """`value` as an int within the closed bounds."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{name} must be an integer from {low} to {high}, got {brief(value)}")
    return int(value)


def text(value, name):
    """`value`, if it is a string."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string, got {brief(value)}")
    return value


def flag(value, name):
    """`value`, if it is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, got {brief(value)}")
    return value


def path(value, name):
    """`value`, if it names a file."""
    if not isinstance(value, (str, os.PathLike)):
        raise ValueError(f"{name} must be the name of a file, got {brief(value)}")
    return value


def module(name):
    """The module of a name, or an error that says how to have it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ModuleNotFoundError(f"explorers need {name}: pip install 'reglesson[explore]'", name=name) from None


def brief(value):
    """A value in one short line, as an error shows it."""
    try:
        said = " ".join(repr(value).split())
    except ValueError:  # Python writes out no integer of more than 4300 digits
        said = "an integer too long to write"
    return said if len(said) <= 60 else said[:57] + "..."
