"""Runs a reader's answer to an exercise, in the page's Python or in any other, and says what came of it."""

import ast
import contextlib
import io
import json
import linecache
import traceback
import warnings

from reglesson import exercises

YOURS = "your code"  # how tracebacks name the reader's text
MOST = 20_000  # characters that an answer may print


class TooMuch(BaseException):
    """Raised into a program that prints without end; no `except Exception` of the reader's stops it."""


class Screen(io.TextIOBase):
    """Keeps what is printed, up to a limit; what is printed by halves is there too."""

    def __init__(self):
        self.parts, self.room = [], MOST

    def writable(self):
        """Say that it can be printed to."""
        return True

    def write(self, text):
        """Keep the text, or as much of it as there is room for."""
        self.parts.append(text[: self.room])
        self.room -= len(text)
        if self.room < 0:
            raise TooMuch
        return len(text)


def run(code, setup, wanted):
    """Execute an answer and return JSON: its state ("right", "not-yet" or "failed"), a sentence, and what it printed.

    `setup` is executed first, in names that are new each time; `wanted` lists the checks that the answer must pass.
    """
    screen, verdicts = Screen(), {}

    def check(name, answer):
        """Note what the check of the book finds, in place of printing it."""
        verdicts[name] = exercises.CHECKS[name](answer) if name in exercises.CHECKS else f"there is no exercise {name!r}"

    before, exercises.check = exercises.check, check  # who imports it anew gets this one too
    names = {"__name__": "__main__"}
    try:
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen), warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.showwarning = lambda said, kind, file, line, *_: print(f"Line {line}: {kind.__name__}: {said}")
            exec(compile(setup, "the chapter", "exec"), names)
            names["check"] = check
            linecache.cache[YOURS] = (len(code), None, code.splitlines(keepends=True), YOURS)
            exec(compile(ast.parse(code, YOURS), YOURS, "exec"), names)
        state, says = judged(names.get("check") is check, verdicts, wanted)
    except BaseException as error:  # an exit and an interrupt are errors of an answer as well
        state, says = "failed", told(error)
    finally:
        exercises.check = before
    return json.dumps({"state": state, "says": says, "output": "".join(screen.parts)})


def judged(untouched, verdicts, wanted):
    """The state and the sentence for a run that came to its end."""
    if not untouched:
        return "failed", "The name check now means something of yours, so nothing was checked: choose another name."
    missing = [name for name in wanted if name not in verdicts]
    if missing:
        return "not-yet", f'Nothing was checked: the last line must stay, check("{missing[0]}", ...).'
    problem = next((verdicts[name] for name in wanted if verdicts[name]), None)
    return ("not-yet", f"Not yet: {problem}.") if problem else ("right", "Right.")


def told(error):
    """An error in a sentence, with the reader's own line where there is one."""
    kind, text = type(error).__name__, str(error)
    if isinstance(error, TooMuch):
        return f"Your code printed more than {MOST:,} characters; it was ended there."
    if isinstance(error, SyntaxError) and error.filename == YOURS:
        return f"Line {error.lineno}: {kind}: {error.msg}."
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == YOURS]
    where = f"Line {lines[-1]}: " if lines else ""
    if isinstance(error, ModuleNotFoundError):
        return f"{where}there is no module {error.name!r} here; NumPy, reglesson and Python's own library are."
    if isinstance(error, RecursionError):
        return f"{where}a function calls itself without end ({kind})."
    return f"{where}{kind}{': ' if text else ''}{text}".rstrip(".") + "."
