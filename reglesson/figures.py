"""Plots that several chapters draw. Each takes a matplotlib Axes and what to draw, and returns nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from reglesson import _checks as check
from reglesson import style

if TYPE_CHECKING:  # what draws is passed in: the module itself needs no matplotlib
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from reglesson.network import History


def name(
    ax: Axes, x: float, y: float, text: str, color: str, dx: float = 4, dy: float = 0,
    ha: Literal["left", "center", "right"] = "left", va: Literal["top", "center", "bottom", "baseline"] = "center",
) -> None:  # fmt: skip
    """Write a curve's name at a point, in the curve's colour.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to write.
    x, y : float
        The point, in the units of the data.
    text : str
        The name.
    color : str
        Its colour, such as `style.BLUE`.
    dx, dy : float
        How far from the point the name begins, in printer's points.
    ha : {"left", "center", "right"}
        Which part of the name stands there, across.
    va : {"top", "center", "bottom", "baseline"}
        Which part of the name stands there, upwards.

    Raises
    ------
    ValueError
        If `ax` draws nothing, or another argument is not as described.

    Examples
    --------
    >>> import matplotlib.figure
    >>> ax = matplotlib.figure.Figure().subplots()
    >>> name(ax, 1.0, 0.5, "test error", style.ORANGE)
    >>> [text.get_text() for text in ax.texts]
    ['test error']
    """
    check.able(ax, "ax", "annotate")
    x, y, dx, dy = (check.number(value, where) for where, value in (("x", x), ("y", y), ("dx", dx), ("dy", dy)))
    check.instance(text, "text", str)
    check.option(ha, "ha", ("left", "center", "right"))
    check.option(va, "va", ("top", "center", "bottom", "baseline"))
    ax.annotate(text, (x, y), xytext=(dx, dy), textcoords="offset points", ha=ha, va=va, color=color, fontsize=9.5,
                annotation_clip=False)  # fmt: skip


def coefficient_paths(
    ax: Axes, lams: ArrayLike, coefs: ArrayLike, names: Sequence[str] | None = None, at: float | None = None
) -> None:
    """Draw the weights over the penalty, on a log axis, which has no place for a penalty of 0: its row is left out.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    lams : array_like of shape (L,)
        The penalties, in any order.
    coefs : array_like of shape (L, p)
        The weights, one row per penalty.
    names : list or tuple of p str, optional
        What each weight is called: written at the left end of its line.
    at : float, optional
        A penalty above 0 that a dotted line marks.

    Raises
    ------
    ValueError
        If shapes do not match, no penalty is above 0, or an argument is not as described.

    Examples
    --------
    >>> import matplotlib.figure
    >>> ax = matplotlib.figure.Figure().subplots()
    >>> coefficient_paths(ax, [0.1, 1.0], [[2.0, 0.5], [1.0, 0.0]], names=["age", "bmi"])
    >>> ax.get_xscale()
    'log'
    """
    check.able(ax, "ax", "plot")
    lams, coefs = check.penalties(lams), check.array(coefs, "coefs", 2)
    if len(coefs) != len(lams):
        raise ValueError(f"coefs must have one row per penalty in lams, got {len(coefs)} for {len(lams)}")
    if names is not None and (not isinstance(names, (list, tuple)) or len(names) != coefs.shape[1]):
        raise ValueError(f"names must list one name per column of coefs, {coefs.shape[1]}, got {names!r}")
    at = None if at is None else check.number(at, "at", low=0, low_open=True)
    if not lams.any():
        raise ValueError("lams must hold a penalty above 0, for a logarithmic axis to show, got zeros")
    coefs, lams = coefs[lams > 0], lams[lams > 0]
    lines = ["-", "--", "-.", ":"]
    colours = [style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.GOLD]
    order = np.argsort(lams)
    for j, weights in enumerate(coefs.T):
        ax.plot(lams[order], weights[order], color=colours[j % 5], linestyle=lines[(j // 5) % 4], linewidth=1.5)
        if names is not None:
            ax.annotate(names[j], (lams[order[0]], weights[order[0]]), xytext=(-3, 0), textcoords="offset points",
                        ha="right", va="center", fontsize=8.5, color=style.INK)  # fmt: skip
    ax.axhline(0, color=style.GRID, linewidth=1)
    if at is not None:
        ax.axvline(at, color=style.MUTED, linestyle=":", linewidth=1.5)
    ax.set_xscale("log")


def learning_curves(ax: Axes, history: History, stop: float | None = None) -> None:
    """Draw training (blue, solid) and validation (orange, dashed) loss over epochs.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    history : network.History
        What `network.train` returns.
    stop : float, optional
        An epoch that a dotted line marks.

    Raises
    ------
    ValueError
        If `history` holds no losses, or `stop` is below 0.

    Examples
    --------
    >>> import matplotlib.figure
    >>> from reglesson.network import MLP, SGD, train
    >>> rng = np.random.default_rng(0)
    >>> history = train(MLP([1, 3, 1], rng), [[0.0], [1.0]], [0.0, 1.0], SGD(0.1), epochs=5, rng=rng)
    >>> ax = matplotlib.figure.Figure().subplots()
    >>> learning_curves(ax, history)
    >>> len(ax.lines[0].get_xdata())
    5
    """
    check.able(ax, "ax", "plot")
    training, validation = (getattr(history, name, ()) for name in ("train_loss", "val_loss"))
    if not len(training) and not len(validation):
        raise ValueError(f"history must be a History of `train` that holds losses, got {history!r}")
    stop = None if stop is None else check.number(stop, "stop", low=0)
    epochs = np.arange(1, max(len(training), len(validation)) + 1)
    if len(training):  # `train_each` may leave them out
        ax.plot(epochs, training, color=style.BLUE, label="training")
    if len(validation):
        ax.plot(epochs, validation, color=style.ORANGE, linestyle="--", label="validation")
    if stop is not None:
        ax.axvline(stop, color=style.MUTED, linestyle=":", linewidth=1.5)
    ax.set(xlabel="epoch", ylabel="loss")
