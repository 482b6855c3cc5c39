"""Docstrings on the page of the package."""

import re
import tomllib
from pathlib import Path

OLD = re.compile(r"^(?:[A-Za-z]\w*(?:, )?)+ : (?:\(|as in)|^ValueError if", re.MULTILINE)  # shapes in place of types, as it was


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", mark_up_docstring, priority=400)  # before napoleon, which would take prose for types
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def mark_up_docstring(app, what, name, obj, options, lines):
    """Give autodoc a docstring of a module that is not converted yet as reStructuredText, in place."""
    project = tomllib.loads((Path(app.confdir) / "pyproject.toml").read_text(encoding="utf-8"))
    done = [name for each in project["tool"]["mypy"]["overrides"] for name in each["module"]]
    module = name if what == "module" else getattr(obj, "__module__", "") or getattr(getattr(obj, "fget", None), "__module__", "")
    if module in done or ("Returns\n-------" in "\n".join(lines) and not OLD.search("\n".join(lines))):
        return
    lines[:] = [*restructured("\n".join(lines)).splitlines(), ""]


def restructured(docstring):
    """A docstring as reStructuredText: formulas and examples as they stand, sections as lists, and all else as plain words."""
    found = []
    for part in re.split(r"\n\s*\n", docstring.strip("\n")):
        heading = re.match(r"([A-Z]\w+)\n-{3,}\n", part)
        title, text = (f"*{heading[1]}.* ", part[heading.end() :]) if heading else ("", part)
        if text.startswith(">>>"):
            found += [title.strip(), text]
        elif text.startswith("    "):
            found.append(".. code-block:: text\n\n" + text)
        elif heading and heading[1] in ("Parameters", "Attributes"):
            entries = re.findall(r"^(\S.*?) : (.*(?:\n +.*)*)", text, re.MULTILINE)
            found += [title.strip(), *(f"- ``{name}``: {escaped(' '.join(said.split()))}" for name, said in entries)]
        else:
            found.append(title + escaped(re.sub(r"::$", ":", text)))  # what follows is set as code anyway
    return "\n\n".join(found)


def escaped(text):
    """Words in which only names in backquotes and *emphasized words* are marked up."""
    pieces = re.split(r"`+([^`]+)`+|(?<!\w)(\*\w[\w ]*\*)(?!\w)", text)
    for k in range(0, len(pieces), 3):
        pieces[k] = re.sub(r"([\\*|`]|_(?!\w))", r"\\\1", pieces[k])
    for k in range(1, len(pieces), 3):
        pieces[k], pieces[k + 1] = "\\ " + (f"``{pieces[k]}``" if pieces[k] else pieces[k + 1]) + "\\ ", ""
    return "".join(pieces)
