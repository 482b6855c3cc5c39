"""Test the package and the notebooks with other versions than those of constraints.txt, in an environment of their own.

usage: python tools/world.py oldest|newest

oldest: of NumPy, matplotlib, ipywidgets and scikit-learn the lowest versions that pyproject.toml allows, with what they
needed in their day, and all else as in constraints.txt where it goes with them. newest: the newest versions of everything
that requirements.txt allows. Every stored output must be printed again. The environment is in _build/world-oldest or
_build/world-newest; the versions that differ are printed, and in a workflow of GitHub they stand on the run's page as well.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import constraints

ROOT = Path(__file__).resolve().parent.parent
THEIR_DAY = "2024-12-01"  # when the lowest versions were still in use: what they need is no younger
NEED_A_SITE = ["tests/browser", "tests/test_site.py", "tests/test_build.py"]


def versions(world):
    """The versions of a world for this machine and this Python, `name==version` each."""
    python = ["--python", sys.executable]
    if world == "newest":
        return constraints.without_sums(constraints.resolve(constraints.requirements(), *python))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    # ipywidgets without what it needs: an old IPython would drag old tools along
    widgets = [each for each in direct if each.startswith("ipywidgets")]
    lowest = constraints.resolve("\n".join(widgets), *python, "--resolution", "lowest", "--no-deps")
    of_their_day = (*python, "--resolution", "lowest-direct", "--exclude-newer", THEIR_DAY)
    lowest += constraints.resolve("\n".join(each for each in direct if each not in widgets), *of_their_day)
    folder = ROOT / "_build" / "world-oldest"
    (folder / "lowest.txt").write_text("\n".join(lowest), encoding="utf-8")
    shutil.copy(ROOT / "constraints.txt", folder / "chosen.txt")  # uv keeps what a file that it writes held, if it can
    constraints.resolve(constraints.requirements(), *python, "-c", str(folder / "lowest.txt"), "-o", str(folder / "chosen.txt"))
    return constraints.without_sums((folder / "chosen.txt").read_text(encoding="utf-8").splitlines())


def table(pins, locked):
    """Which versions differ from the exact ones of the book, as a table in Markdown; `locked` may hold two for two Pythons."""
    ours, theirs = {}, {}
    for pin in locked:
        name, version = re.match(r"([\w.-]+)==([^\s;]+)", pin).groups()
        ours.setdefault(name, []).append(version)
    theirs = dict(re.match(r"([\w.-]+)==([^\s;]+)", pin).groups() for pin in pins)
    rows = [f"| {n} | {' or '.join(ours.get(n, ['none']))} | {v} |" for n, v in theirs.items() if v not in ours.get(n, [])]
    return "\n".join(["| package | in constraints.txt | here |", "| --- | --- | --- |", *rows]) if rows else "No version differs."


def main(words):
    if words not in (["oldest"], ["newest"]):
        sys.exit(__doc__)
    folder = ROOT / "_build" / f"world-{words[0]}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pins = versions(words[0])
    told = f"### The {words[0]} versions, Python {sys.version.split()[0]}\n\n{table(pins, constraints.pins())}\n"
    print(told, flush=True)
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(os.environ["GITHUB_STEP_SUMMARY"], "a", encoding="utf-8") as page:
            page.write(told)
    print(f"Installing them into {folder}.", flush=True)
    python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    (folder / "pins.txt").write_text("\n".join(pins), encoding="utf-8")
    uv = [sys.executable, "-m", "uv", "--quiet"]
    for command in (
        [*uv, "venv", "--python", sys.executable, "--allow-existing", str(folder)],
        [*uv, "pip", "install", "--python", python, "--no-deps", "-r", str(folder / "pins.txt")],
        [*uv, "pip", "install", "--python", python, "--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    ):
        if subprocess.run(command).returncode:
            sys.exit(f"These versions could not be installed: {' '.join(command)}")
    left_out = [f"--ignore={path}" for path in NEED_A_SITE]
    done = subprocess.run([python, str(ROOT / "tools" / "test.py"), *left_out]).returncode
    sys.exit(f"With the {words[0]} versions, in {folder}, tests fail; they stand above." if done else 0)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except RuntimeError as error:
        sys.exit(str(error))
