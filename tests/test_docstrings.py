"""Every public docstring is what numpydoc and Sphinx read: sections in order, each parameter with its type, each result named."""

import importlib
import inspect
import sys
import tomllib
from pathlib import Path

import numpydoc.validate
import pytest

from reglesson import exercises

ROOT = Path(__file__).resolve().parent.parent

# Rules of numpydoc that are not ours: a second paragraph, and related functions, stand where they help; a summary may
# begin with a noun ("Weights that ...") as well as with a verb.
NOT_OURS = {"ES01", "SA01", "SS05"}


def modules():
    """The public modules and packages, by their full names."""
    folder = ROOT / "reglesson"
    found = {path.stem for path in folder.glob("[!_]*.py")} | {path.parent.name for path in folder.glob("[!_]*/__init__.py")}
    return sorted(f"reglesson.{name}" for name in found)


def public(module):
    """The functions and classes that a module defines for others, and their methods: {name: object}."""
    found = {}
    checks = exercises.CHECKS.values() if module == "reglesson.exercises" else ()  # `check` finds them, no reader calls them
    for name, item in vars(importlib.import_module(module)).items():
        if name.startswith("_") or not f"{getattr(item, '__module__', '')}.".startswith(f"{module}.") or item in checks:
            continue
        if name == "setup":  # which Sphinx calls, and nobody else
            continue
        if inspect.isclass(item):
            methods = (property, classmethod, staticmethod, type(public))
            found |= {f"{name}.{k}": v for k, v in vars(item).items() if k[0] != "_" and isinstance(v, methods)}
        if inspect.isclass(item) or inspect.isfunction(item):
            found[name] = item
    return found


def faults(name, item):
    """What numpydoc says against a docstring, and what this package asks for besides: [(code, sentence), ...]."""
    if inspect.ismodule(item):  # numpydoc's own check stops at a module without functions
        summary, *rest = item.__doc__.splitlines()
        return [] if summary.endswith(".") and (not rest or not rest[0]) else [("SS03", "No first line that is a sentence")]
    errors = [error for error in numpydoc.validate.validate(name)["errors"] if error[0] not in NOT_OURS]
    if inspect.isclass(item):
        return errors
    if not inspect.isfunction(item) or "." in item.__qualname__:  # a method's example is its class's
        return [error for error in errors if error[0] != "EX01"]
    doc = numpydoc.docscrape.FunctionDoc(item)
    if inspect.signature(item).parameters and not any(kind.type == "ValueError" for kind in doc["Raises"]):
        errors.append(("RS01", "No Raises section that says when a ValueError comes"))
    return errors


def test_all_modules_are_found():
    assert {"reglesson.data", "reglesson.explore", "reglesson.linear"} < set(modules())


def test_mypy_is_strict_to_every_public_module():
    mypy = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    assert mypy["disallow_untyped_defs"] and mypy["files"] == ["reglesson"]
    excused = [name for each in mypy["overrides"] if each.get("ignore_errors") for name in each["module"]]
    assert all(name.startswith("reglesson.explore.") for name in excused)


@pytest.mark.parametrize("module", modules())
def test_docstrings_are_strict_numpydoc(module):
    items = {module: importlib.import_module(module), **{f"{module}.{name}": item for name, item in public(module).items()}}
    assert not {name: found for name, item in items.items() if (found := faults(name, item))}


GOOD = '''
def double(x):
    """Twice a number.

    Parameters
    ----------
    x : float
        The number.

    Returns
    -------
    float
        Two times `x`.

    Raises
    ------
    ValueError
        If `x` is no number.

    Examples
    --------
    >>> double(2.0)
    4.0
    """
    return 2 * x
'''


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("", "", None),
        ("Twice a number.", "Twice a number", "SS03"),
        ("Twice a number.", "Twice a\n    number.", "SS06"),
        ("x : float\n        The number.", "y : float\n        The number.", "PR01"),
        ("x : float", "x", "PR04"),
        ("x : float\n        The number.", "x : float", "PR07"),
        ("    Returns\n    -------\n    float\n        Two times `x`.\n\n", "", "RT01"),
        ("        Two times `x`.\n", "", "RT03"),
        ("    Raises\n    ------\n    ValueError\n        If `x` is no number.\n\n", "", "RS01"),
        ("    Examples\n    --------\n    >>> double(2.0)\n    4.0\n", "", "EX01"),
    ],
)
def test_a_fault_of_a_docstring_is_found(tmp_path, monkeypatch, old, new, code):
    (tmp_path / "docstring_on_trial.py").write_text('"""A module."""\n' + GOOD.replace(old, new, 1), encoding="utf-8")
    assert old in GOOD
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "docstring_on_trial", raising=False)
    module = importlib.import_module("docstring_on_trial")
    found = {error[0] for error in faults("docstring_on_trial.double", module.double)}
    assert code in found if code else not found
