"""Make the files of a new chapter, and the lines that others need for it.

usage: python tools/chapter.py NAME [TITLE]      (noise "Noise that helps")

The chapter is whole, small, and passes every test of a chapter; what is to be replaced in it says FILL IN. It is made from the
files in `tools/chapter/`.
"""

import keyword
import re
import subprocess
import sys
from pathlib import Path

import check_site
import contents
import nbformat
import notebooks

ROOT = check_site.ROOT
TO_DO = """Made: {files};
with lines in _toc.yml, book/api.md, reglesson/exercises.py, and tests/test_ claims, exercises, hostile and properties.

To fill in:
- what says FILL IN in the notebook, the module and its tests, and the template's functions, figures, exercises and quiz;
- at least twelve claims; then take the name off NOT_YET in tests/test_claims.py;
- a card in index.ipynb; rows in book/start.md, book/summary.md and book/teaching.md;
- its figures in book/gallery.md, its words in book/glossary.md and book/_ext/search.yml.

To try it: make book ONLY={name}, make test ONLY={name}. At the end: make book, make test."""
TEMPLATE = Path(__file__).resolve().parent / "chapter"


def words(file, name, title):
    """The text of a template, with the chapter's name and title."""
    text = (TEMPLATE / f"{file}.txt").read_text(encoding="utf-8")
    return text.replace("New chapter", title).replace("new-chapter", name.replace("_", "-")).replace("newchapter", name)


def notebook(text):
    """A notebook from a text in which a line such as `%% code stub` begins a cell with these tags."""
    cells = []
    for head, body in re.findall(r"^%% (.+)\n((?:(?!%% ).*\n?)*)", text, re.MULTILINE):
        kind, *tags = head.split()
        new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        cells.append(new(body.strip("\n"), metadata={"tags": tags} if tags else {}))
    return nbformat.v4.new_notebook(cells=cells)


def lines(root, name, title):
    """What other files get: {file: [(pattern of a place, what stands there then), ...]}."""
    last = contents.numbered(root)[-1]
    module, written = last.removeprefix("book/"), title.replace("\\", r"\\")  # in a template a backslash begins a name
    return {
        "_toc.yml": [
            (rf"^( *)- file: {last}\n", rf"\g<0>\g<1>- file: book/{name}\n"),
            (rf"^( *)- file: book/api/{module}\n", rf"\g<0>\g<1>- file: book/api/{name}\n"),
        ],
        "book/api.md": [(rf"^\| \[`{module}`\].*\n", rf"\g<0>| [`{name}`](api/{name}.md) | {written} |\n")],
        "tests/test_hostile.py": [(r"^CALLS = {\n", rf'\g<0>    "{name}.shrunk_mean": {{"y": Y, "lam": 0.5}},\n')],
        "tests/test_properties.py": [
            (r"^from reglesson", rf"from reglesson import {name}\n\g<0>"),
            (r"^def mentioned", words("laws", name, written) + r"\g<0>"),
        ],
        "tests/test_exercises.py": [(r"^@pytest", words("answers", name, written) + r"\g<0>")],
        "reglesson/exercises.py": [(r"\Z", words("exercises", name, written))],
        "tests/test_claims.py": [
            (r"^NOT_YET = (set\(\)|{)", lambda old: f'NOT_YET = {{"{name}"{", " if old[1] == "{" else "}"}'),
        ],
    }


def make(root, name, title):
    """Write the files, and the lines in others; return the paths of the files."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise RuntimeError(f"NAME must be a name in Python of small letters, digits and underscores, such as noise; got {name!r}.")
    files = {f"reglesson/{name}.py": "module", f"tests/test_{name}.py": "tests", f"book/api/{name}.md": "api"}
    there = [file for file in (f"book/{name}.ipynb", *files) if (root / file).exists()]
    if there:
        raise RuntimeError(f"{there[0]} is there already; choose another NAME.")
    changed = {}
    for file, places in lines(root, name, title).items():
        changed[file] = (root / file).read_text(encoding="utf-8")
        for place, text in places:
            changed[file], found = re.subn(place, text, changed[file], count=1, flags=re.MULTILINE)
            if not found:
                raise RuntimeError(f"{file} has no place for the chapter: nothing in it fits {place!r}. Nothing was written.")
    changed |= {file: words(template, name, title) for file, template in files.items()}
    changed[f"book/{name}.ipynb"] = notebooks.canonical(notebook(words("notebook", name, title)))
    for file, text in changed.items():
        (root / file).write_text(text, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--quiet", "--select", "I", "--fix", "tests/test_properties.py"], cwd=root
    )
    return [f"book/{name}.ipynb", *files]


def main(arguments):
    if not 1 <= len(arguments) <= 2:
        sys.exit(__doc__)
    name, title = arguments[0], arguments[-1] if len(arguments) == 2 else arguments[0].replace("_", " ").capitalize()
    try:
        files = make(ROOT, name, title)
        print(notebooks.execute(ROOT / "book" / f"{name}.ipynb"))
    except RuntimeError as error:
        sys.exit(str(error))
    print(TO_DO.format(files=", ".join(files), name=name))


if __name__ == "__main__":
    main(sys.argv[1:])
