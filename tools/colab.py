"""Copies of the notebooks for Google's Colab, which lacks the package: each installs it where it is missing, and is else the same.

usage: python tools/colab.py FOLDER OWNER/NAME COMMIT

The workflow that publishes the site puts the folder on a branch of its own, `colab`, to which the pages' buttons lead. Only the
standard library is needed.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = """# Notebooks for Colab

Copies of the notebooks of the branch main, made when the site was published. Each has a cell in front that installs the course's
package where it is missing. Do not edit them: the next publication overwrites this branch.
"""


def install_cell(package):
    """The cell that goes before all others: it does nothing where the package is there; else pip gets it from an address."""
    lines = [
        "# only where the course's package is missing, as in Colab",
        "import importlib.util",
        "",
        'if importlib.util.find_spec("reglesson") is None:',
        f'    %pip install --quiet "reglesson[explore,compare] @ {package}"',
    ]
    source = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
    return {
        "cell_type": "code",
        "id": "install-reglesson",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def copies(root, folder, package):
    """Write a copy of each notebook of the book, with that cell in front; return their paths."""
    made = []
    for source in [root / "index.ipynb", *sorted((root / "book").glob("*.ipynb"))]:
        notebook = json.loads(source.read_text(encoding="utf-8"))
        notebook["cells"].insert(0, install_cell(package))
        target = folder / source.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        made.append(target)
    (folder / "README.md").write_text(README, encoding="utf-8")
    return made


def main(words):
    if len(words) != 3:
        sys.exit(__doc__)
    folder, repository, commit = words
    made = copies(ROOT, Path(folder), f"https://github.com/{repository}/archive/{commit}.zip")
    print(f"{len(made)} notebooks for Colab in {folder}")


if __name__ == "__main__":
    main(sys.argv[1:])
