"""Read the sources of the book with mystmd, the parser of Jupyter Book 2, and count what it does not understand.

usage: python tools/myst.py

It is a step towards Jupyter Book 2, which reads the same sources: what it complains of now would have to be changed. Of
four kinds of complaint the reason is known, and their numbers grow with the book; of all others there may be no more than
is stated here. mystmd is installed from npm into _build/foreign/mystmd, and its own host is not asked for a theme.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import release

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "_build" / "foreign" / "mystmd"
FOLDER = ROOT / "_build" / "world-myst"
SETTINGS = "version: 1\nproject: {}\nsite:\n  template: ./theme\n"
THEME = "jtex: v1\ntitle: None\nkind: site\nversion: 1.0.0\nbuild:\n  start: none\n"  # one that says nothing
KNOWN = {
    "a word of the glossary, which Sphinx links by the role term": r"Cross reference target was not found: term-",
    "the glossary itself, a list in a directive of Sphinx": r"Unexpected node as a child of a glossary",
    "a position of a slider, which only the player understands": r'No target for internal reference "#[\w-]+\?',
    "a directive that an extension of this book or Sphinx brings": r"unknown directive: [\w-]+",
}
OTHERS = 30  # as many complaints of other kinds there may be


def complaints(said):
    """What mystmd complained of, a line each, by kind; "other" is what no kind fits."""
    lines = [line for line in re.sub(r"\x1b\[[\d;]*m", "", said).splitlines() if line.startswith(("⚠", "⛔"))]
    kinds = {kind: [line for line in lines if re.search(pattern, line)] for kind, pattern in KNOWN.items()}
    known = {line for found in kinds.values() for line in found}
    return kinds | {"other": [line for line in lines if line not in known]}


def main(words):
    if words:
        sys.exit(__doc__)
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        raise RuntimeError("mystmd needs Node and npm, and they are not installed")
    if not (KEPT / "node_modules").is_dir():
        KEPT.mkdir(parents=True, exist_ok=True)
        release.run([npm, "install", "--prefix", KEPT, "--no-audit", "--no-fund", "mystmd"], cwd=KEPT)
    shutil.rmtree(FOLDER, ignore_errors=True)
    release.export(ROOT, FOLDER)
    (FOLDER / "theme").mkdir()
    (FOLDER / "theme" / "template.yml").write_text(THEME, encoding="utf-8")
    (FOLDER / "myst.yml").write_text(SETTINGS, encoding="utf-8")
    command = [node, KEPT / "node_modules" / "mystmd" / "dist" / "myst.cjs", "build", "--site", "--ci"]
    done = subprocess.run(command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8")
    (FOLDER / "said.txt").write_text(done.stdout, encoding="utf-8")
    built = re.search(r"Built (\d+) pages", done.stdout)
    if done.returncode or not built:
        raise RuntimeError(f"mystmd did not read the book; all that it said is in {FOLDER / 'said.txt'}")
    found = complaints(done.stdout)
    print(*found["other"], f"mystmd read {built[1]} pages.", sep="\n")
    for kind, lines in found.items():
        print(f"  {len(lines):4d}  {kind}")
    if len(found["other"]) > OTHERS:
        raise RuntimeError(f"It has {len(found['other'])} complaints of other kinds, and {OTHERS} are stated in tools/myst.py.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (RuntimeError, OSError) as error:
        sys.exit(str(error))
