"""Plots that several chapters draw. Each takes a matplotlib Axes and what to draw, and returns nothing."""

import numpy as np

from reglesson import _checks as check
from reglesson import style


def name(ax, x, y, text, color, dx=4, dy=0, ha="left", va="center"):
    """A curve's name at the point (x, y), in the curve's colour, moved by (dx, dy) printer's points."""
    check.able(ax, "ax", "annotate")
    x, y, dx, dy = (check.number(value, where) for where, value in (("x", x), ("y", y), ("dx", dx), ("dy", dy)))
    check.instance(text, "text", str)
    check.option(ha, "ha", ("left", "center", "right"))
    check.option(va, "va", ("top", "center", "bottom", "baseline"))
    ax.annotate(text, (x, y), xytext=(dx, dy), textcoords="offset points", ha=ha, va=va, color=color, fontsize=9.5,
                annotation_clip=False)  # fmt: skip


def coefficient_paths(ax, lams, coefs, names=None, at=None):
    """Weights (L, p) over penalties (L,) on a log axis, each labelled at its left end; a line at the penalty `at`."""
    check.able(ax, "ax", "plot")
    lams, coefs = check.penalties(lams), check.array(coefs, "coefs", 2)
    if len(coefs) != len(lams):
        raise ValueError(f"coefs must have one row per penalty in lams, got {len(coefs)} for {len(lams)}")
    if names is not None and (not isinstance(names, (list, tuple)) or len(names) != coefs.shape[1]):
        raise ValueError(f"names must list one name per column of coefs, {coefs.shape[1]}, got {names!r}")
    at = None if at is None else check.penalty(at, "at")
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


def learning_curves(ax, history, stop=None):
    """Training (blue, solid) and validation (orange, dashed) loss of a `network.History` over epochs; a line at epoch `stop`."""
    check.able(ax, "ax", "plot")
    if not hasattr(history, "train_loss") or not hasattr(history, "val_loss"):
        raise ValueError(f"history must be a History of `train`, got {history!r}")
    stop = None if stop is None else check.number(stop, "stop", low=0)
    epochs = np.arange(1, len(history.train_loss) + 1)
    ax.plot(epochs, history.train_loss, color=style.BLUE, label="training")
    if len(history.val_loss):
        ax.plot(epochs, history.val_loss, color=style.ORANGE, linestyle="--", label="validation")
    if stop is not None:
        ax.axvline(stop, color=style.MUTED, linestyle=":", linewidth=1.5)
    ax.set(xlabel="epoch", ylabel="loss")
