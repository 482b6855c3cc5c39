"""What the Workbench answers: it reads a table and chooses the penalty of ridge and lasso for it.

The page's Python calls `begin` with a file, `look` with the choice of columns,
and `pictures`, which is the only one that needs matplotlib. Each returns JSON
with a `state`; what cannot be answered is "refused", with a sentence.
"""

import json
import math
import re
import warnings

import numpy as np
import table

from reglesson import choosing
from reglesson.data import Standardizer
from reglesson.explore import number
from reglesson.l1 import lambda_max, lasso_path
from reglesson.l2 import ridge_path

METHODS = {"ridge": ridge_path, "lasso": lasso_path}
SEED = 0  # of the folds: the same table gets the same answer
SHOWN = 500  # features whose weights are shown: more make a table that nobody reads and that a page is slow with
last = {}  # the table that was read, and what was found for it


def answered(function):
    """Make of a function's dictionary, or of its refusal, JSON for the page."""

    def answer(*arguments):
        try:
            found = {"state": "done", **function(*arguments)}
        except table.Refused as error:
            found = {"state": "refused", "says": str(error)}
        except MemoryError:
            found = {"state": "refused", "says": "The table is too large for this page: take a random part of its rows."}
        except Exception as error:  # whatever a table brings about, the page goes on
            found = {"state": "failed", "says": f"This went wrong here: {type(error).__name__}: {error}"}
        return json.dumps(found)

    return answer


@answered
def begin(data):
    """Read a table; say what it holds and which columns can be the response."""
    last.clear()
    last["table"] = read = table.read(data if isinstance(data, str) else bytes(data))
    responses = [column.name for column in read.columns if column.kind == "number"]
    if not responses:
        why = "".join(f" Not readable: {column.why}." for column in read.columns if column.why)
        raise table.Refused(f"No column holds numbers, so there is none to predict.{why} Row 1 must hold the names of the columns; "
                            "cells are parted by commas, semicolons or tabs.")  # fmt: skip
    left = [f"Not readable: {column.why}." for column in read.columns if column.kind == "bad"]
    size = f"{len(read.rows):,} rows and {len(read.columns):,} columns are read."
    return {"says": size, "notes": read.notes + left, "names": [column.name for column in read.columns], "responses": responses}


def grids(X, y):
    """The penalties that are tried, on standardized features, as numbers of four digits."""
    top = 10.0 ** (math.ceil(math.log10(X.shape[1])) + 1)  # the largest eigenvalue of a correlation matrix is at most p
    depth = 3 if len(X) > X.shape[1] else 2
    # a response that leans on no feature leans on some in each fold, by chance, as far as this
    most = max(lambda_max(X, y), 2 * float(np.std(y)) / math.sqrt(len(y)))
    return {
        "ridge": rounded(np.geomspace(1e-5, top, 10 * round(math.log10(top / 1e-5)) + 1)),
        "lasso": rounded(np.geomspace(most / 10**depth, most, 20 * depth + 1)),
    }


def rounded(values):
    """Numbers as they are printed, so that what is printed is what was tried."""
    return np.array([float(f"{value:.4g}") for value in values])


def study(design):
    """Choose and fit both methods: {method: {path, found, fits}}."""
    ready = Standardizer.fit(design.X)
    Z = ready.transform(design.X)
    members = len(Z) if design.groups is None else len(set(design.groups))
    folds = min(10 if len(Z) >= 50 else 5, members)
    results = {}
    for method, lams in grids(Z, design.y).items():
        path = METHODS[method](Z, design.y, lams)
        rng = np.random.default_rng(SEED)
        found = choosing.cross_validate(METHODS[method], design.X, design.y, lams, folds, rng, groups=design.groups)
        best, one_se = (path[int(np.argmax(lams == lam))] for lam in (found.best, found.one_se))
        results[method] = {"path": path, "found": found, "folds": folds, "best": best, "one_se": one_se}
    return ready, results


def in_own_units(fit, ready):
    """Weights and intercept for features as they stand in the table."""
    coef = fit.coef / ready.scale
    return coef, fit.intercept - coef @ ready.mean


def elsewhere(lam, n, y, method):
    """What other libraries call this penalty, on standardized features: {name: text}."""
    share = 1.0 if method == "lasso" else 0.0
    return {
        "this book's λ": lam,
        "scikit-learn, Ridge(alpha=…)": choosing.sklearn_alpha(lam, n, "Ridge"),
        "scikit-learn, Lasso(alpha=…)": choosing.sklearn_alpha(lam, n, "Lasso"),
        f"R's glmnet, {method}, lambda": choosing.glmnet_lambda(lam, y, share)[0],
        **({"PyTorch's SGD or Adam, weight_decay": choosing.torch_weight_decay(lam)} if method == "ridge" else {}),
    }


def plain(x, digits=7):
    """A number as a program reads it, with so many digits at most."""
    return f"{float(x):.{digits}g}"


def code(method, lam, design):
    """The same fit in three libraries, ready to copy: {library: code}."""
    n, y = len(design.y), design.y
    scaled = "Z = (X - X.mean(axis=0)) / X.std(axis=0)  # X: a column for each feature of the table below; y: the response\n"
    kind = "Ridge" if method == "ridge" else "Lasso"
    alpha = plain(choosing.sklearn_alpha(lam, n, kind))
    other, share = choosing.glmnet_lambda(lam, y, 0.0 if method == "ridge" else 1.0)
    # eigenvalues of a correlation matrix add up to p, so the loss curves by 2 (p + lam) at most, and such a rate is safe
    if method == "ridge":
        rate, decay = plain(1 / (2 * (design.X.shape[1] + lam))), plain(choosing.torch_weight_decay(lam))
        optimizer = (
            f'groups = [{{"params": [model.weight], "weight_decay": {decay}}}, {{"params": [model.bias], "weight_decay": 0}}]\n'
            f"optimizer = torch.optim.SGD(groups, lr={rate}, momentum=0.9, nesterov=True)\n"
        )
        shrink = ""
    else:
        rate = 1 / (2 * design.X.shape[1])
        optimizer = f"optimizer = torch.optim.SGD(model.parameters(), lr={plain(rate)})\n"
        shrink = (
            "    with torch.no_grad():  # the penalty: each weight goes rate times λ towards zero, and stays there if it arrives\n"
            f"        model.weight.copy_(torch.nn.functional.softshrink(model.weight, {plain(rate * lam)}))\n"
        )
    return {
        "scikit-learn": f"from sklearn.linear_model import {kind}\n\n{scaled}model = {kind}(alpha={alpha}).fit(Z, y)\n"
                        "weights = model.coef_ / X.std(axis=0)  # in the features' own units\n",
        "R's glmnet": "library(glmnet)\n\n# X: a matrix with a column for each feature of the table below; y: the response\n"
                      f"fit <- glmnet(X, y, alpha = {plain(share)}, lambda = {plain(other)}, thresh = 1e-12)\ncoef(fit)\n",
        "PyTorch": "import torch\n\n# X: an array with a column for each feature of the table below; y: the response\n"
                   "X, y = torch.tensor(X, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)\n"
                   "Z = (X - X.mean(dim=0)) / X.std(dim=0, correction=0)\n"
                   f"model = torch.nn.Linear(Z.shape[1], 1, dtype=Z.dtype)\n{optimizer}"
                   "for _ in range(20_000):  # more where columns nearly repeat each other\n"
                   "    optimizer.zero_grad()\n    torch.nn.functional.mse_loss(model(Z).squeeze(1), y).backward()\n"
                   f"    optimizer.step()\n{shrink}"
                   "weights = model.weight[0].detach() / X.std(dim=0, correction=0)  # in the features' own units\n",
    }  # fmt: skip


def with_names(message, names):
    """A word of the package about columns, which it counts from zero, with their names."""

    def named(found):
        return re.sub(r"\d+", lambda j: f"“{names[int(j[0])]}”", found[1])

    return re.sub(r"\bColumns? ([\d ,and]+) of X", named, message)


@answered
def look(response, group):
    """Fit ridge and lasso to the table that was read last."""
    made = table.design(last["table"], response, group or None)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        ready, results = study(made)
    last.update(design=made, results=results, response=response)
    n, p = made.X.shape
    notes = made.notes + list(dict.fromkeys(with_names(str(w.message), made.names) for w in told))
    # sums of weights times columns keep seven digits however far from zero a column is
    digits = min(17, 7 + int(np.log10(1 + np.abs(ready.mean / ready.scale).max())))
    if p > SHOWN:
        notes.append(f"Weights are shown of {SHOWN} of the {p:,} features, which have the largest, standardized, at the best λ.")
    answer = {"n": n, "p": p, "notes": notes, "methods": {}}
    for method, result in results.items():
        found, fits = result["found"], [result["best"], result["one_se"]]
        weights = [in_own_units(fit, ready) for fit in fits]
        largest = np.sort(np.argsort(-np.abs(fits[0].coef), kind="stable")[:SHOWN])
        rows = [elsewhere(lam, n, made.y, method) for lam in (found.best, found.one_se)]
        answer["methods"][method] = {
            "says": says(method, made, result, response),
            "penalties": [[name, plain(value), plain(rows[1][name])] for name, value in rows[0].items()],
            "weights": [["intercept", *(plain(intercept, digits) for _, intercept in weights)],
                        *([made.names[j], *(plain(coef[j], digits) for coef, _ in weights)] for j in largest)],
            "code": code(method, found.best, made),
        }  # fmt: skip
    return answer


def says(method, made, result, response):
    """What cross-validation found, in sentences."""
    found = result["found"]
    at = int(np.argmax(found.lams == found.best))
    by = f", dealt by whole groups, of which there are {len(set(made.groups)):,}" if made.groups is not None else ""
    edge = "" if found.edge is None else f" It is the {found.edge} λ that was tried, so a better one may lie beyond."
    first, second = (np.count_nonzero(result[which].coef) for which in ("best", "one_se"))
    if edge and method == "lasso" and found.edge == "largest" and not first:
        edge = " No feature is used there, and none at a larger λ."
    used = "" if method == "ridge" else f" The lasso keeps {first:,} features at the first λ and {second:,} at the second."
    error, give, all_of_it = number(found.mean[at], 4), number(found.se[at], 2), number(np.var(made.y), 4)
    return (
        f"{len(made.y):,} rows, {made.X.shape[1]:,} features, {result['folds']} folds{by}. The least error of {method} is at "
        f"λ = {number(found.best, 4)}: a mean squared error of {error}, give or take {give}, beside a variance of {response} of "
        f"{all_of_it}. By the one-standard-error rule λ is {number(found.one_se, 4)}.{edge}{used}"
    )


# -- pictures: only here is matplotlib needed ---------------------------------------------------------------------


@answered
def pictures(_):
    """Draw the paths and the errors of what was looked at last."""
    from reglesson import style
    from reglesson.explore import explore

    results, names = last["results"], last["design"].names
    lines, colours = ["-", "--", "-.", ":"], [style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.GOLD]

    def paths(fig):
        """Each line: the weight of one feature, standardized. Dotted: the best λ.

        Left ridge, right lasso, over λ on a logarithmic scale. The legends name the features with the largest weights;
        the others are grey. Right of the dotted line the penalty is larger than is best, left of it smaller.
        """
        axes = fig.subplots(1, 2)
        fig.subplots_adjust(left=0.11, right=0.98, bottom=0.38, top=0.88, wspace=0.3)
        size = np.abs(np.concatenate([result["path"].coefs for result in results.values()])).max(axis=0)
        largest = list(np.argsort(-size, kind="stable")[:8])
        for ax, (method, result) in zip(axes, results.items(), strict=True):
            path = result["path"]
            for j in range(len(names)) if len(names) <= 200 else largest:
                look = {"color": style.GRID, "linewidth": 1}
                if j in largest:
                    k = largest.index(j)
                    look = {"color": colours[k % 5], "linestyle": lines[k // 5], "linewidth": 1.6, "label": short(names[j])}
                ax.plot(path.lams, path.coefs[:, j], **look)
            ax.axvline(result["found"].best, color=style.MUTED, linestyle=":", linewidth=1.5)
            ax.set(xscale="log", xlabel="λ")
            ax.set_title(f"{method}: weights", loc="right")  # a factor of the axis stands on the left
            ax.ticklabel_format(axis="y", scilimits=(-3, 5))
            # a legend below each panel, which on a phone is as wide as the screen
            ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.26), ncols=2, fontsize=7.5, handlelength=1.6, columnspacing=0.8)
        ridge, lasso = (number(result["found"].best, 4) for result in results.values())
        return f"The best λ is {ridge} for ridge and {lasso} for the lasso."

    def errors(fig):
        """Line: the error of cross-validation. Dot: the least. Square: one standard error.

        The band is the mean error of the folds, give or take its standard error. The square is the largest λ whose error
        is at most that of the dot and one standard error more.
        """
        axes = fig.subplots(1, 2, sharey=True)
        fig.subplots_adjust(left=0.13, right=0.97, bottom=0.18, top=0.86, wspace=0.36)
        for ax, (method, result) in zip(axes, results.items(), strict=True):
            found = result["found"]
            ax.fill_between(found.lams, found.mean - found.se, found.mean + found.se, color=style.GRID)
            ax.plot(found.lams, found.mean, color=style.ORANGE)
            for lam, mark in ((found.best, "o"), (found.one_se, "s")):
                ax.plot(lam, found.mean[np.argmax(found.lams == lam)], mark, color=style.GREEN)
            ax.set(xscale="log", xlabel="λ")
            ax.set_title(f"{method}: error", loc="right")
            ax.tick_params(labelleft=True)
            ax.ticklabel_format(axis="y", scilimits=(-3, 5))
        least = {method: result["found"].mean.min() for method, result in results.items()}
        better = min(least, key=least.get)
        smaller, larger = (number(error, 4) for error in sorted(least.values()))
        return f"The least error is that of {better}: {smaller}; of the other it is {larger}."

    return {"figures": [explore(draw, figsize=(5.4, height)).html(player=False) for draw, height in ((paths, 3.8), (errors, 3.0))]}


def short(name):
    """A name for a legend, in which a dollar begins no formula, and a name that begins with _ is not left out."""
    return (name if len(name) <= 12 else name[:11] + "…").replace("$", r"\$").replace("_", " _", name.startswith("_"))
