"""The files that the website is made of: which they are, whether they have changed, and whether they can become a website."""

import hashlib
import json
import os
import sysconfig
from pathlib import Path

import contents
import notebooks
import yaml
from sphinx_external_toc.parsing import MalformedError

from reglesson.explore.sphinx import state

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("index.ipynb", "index.md", "book/**/*.ipynb", "book/**/*.md")
INPUTS = (
    *PAGES, "_config.yml", "_toc.yml", "CHANGELOG.md", "constraints.txt", "pyproject.toml",
    "book/**/*", "reglesson/**/*.*", "tests/test_*.py", "tools/*.py", "starter/*",
)  # fmt: skip
OF_LITE = ("reglesson/**/*.*", "pyproject.toml", "README.md", "LICENSE", "tools/lite.py")


def files(patterns):
    """The files below the root that fit one of the patterns, sorted."""
    found = {p for pattern in patterns for p in ROOT.glob(pattern) if p.is_file()}
    return sorted(p for p in found if not {".ipynb_checkpoints", "__pycache__"} & {*p.parts})


def fingerprint(paths, *words):
    """A hash of files, of their names, and of some words."""
    parts = [part for p in paths for part in (p.relative_to(ROOT).as_posix().encode(), p.read_bytes())]
    return hashlib.sha256(b"\0".join([*(str(word).encode() for word in words), *parts])).hexdigest()


def where_kept():
    """Where executed notebooks and frames are kept, below which folder the files lie that they depend on, and which those are."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    return ROOT / config["explore_folder"], ROOT, config["explore_depends"]


def installed():
    """The names and versions of what is installed."""
    return sorted(p.name for p in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))


def what_pages_share():
    """A hash of what is no page but may change one: the rest of the project, what notebooks read, and what is installed."""
    return fingerprint(sorted({*files(INPUTS)} - {*files(PAGES)}), state(*where_kept()[1:]), *installed())


def what_lite_is_made_of():
    """Two hashes: of the package, of what is installed, and of which notebooks there are; and of what is in these."""
    notebooks = [path for path in (ROOT / f"{page}.ipynb" for page in contents.pages(ROOT)) if path.is_file()]
    names = [path.relative_to(ROOT) for path in notebooks]
    return [fingerprint(files(OF_LITE), *names, *installed(), os.environ.get("PYODIDE_FOLDER")), fingerprint(notebooks)]


def page_hashes():
    """{page as Sphinx names it: hash of its file}."""
    return {p.relative_to(ROOT).with_suffix("").as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files(PAGES)}


def check_settings():
    """Refuse settings that say nothing. Raises RuntimeError, a sentence a problem."""
    found = []
    for name in ("_config.yml", "_toc.yml"):
        try:
            if not isinstance(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")), dict):
                found.append(f"{name} is not a mapping of names to values.")
        except yaml.YAMLError as error:
            found.append(f"{name} is not valid YAML: {' '.join(str(error).split())}")
        except FileNotFoundError:
            found.append(f"{name} is missing.")
    if found:
        raise RuntimeError("\n".join(found))


def check_sources():
    """Refuse a book that cannot become a website, before anything is executed. Raises RuntimeError, a sentence a problem."""
    found = []
    for path in [p for p in files(PAGES) if p.suffix == ".ipynb"]:
        try:
            text, _ = notebooks.read(path)
            old = not text.startswith("\ufeff") and json.loads(text).get("nbformat", 0) < 4
            what = "begins with a byte order mark" if text.startswith("\ufeff") else "is of an old format" if old else ""
            found += [f"{path.relative_to(ROOT)} {what}: `make notebooks ONLY={path.stem}` mends that."] * bool(what)
        except RuntimeError as error:
            found.append(f"{path.relative_to(ROOT).parent.as_posix()}/{error}".removeprefix("./"))
    if not found:
        try:
            entries = contents.pages(ROOT)
        except MalformedError as error:
            raise RuntimeError(f"_toc.yml is no table of contents: {' '.join(str(error).split())}") from None
        there = {p.relative_to(ROOT).with_suffix("").as_posix(): p for p in files(PAGES)}
        found += [f"_toc.yml names {e}, but there is no such notebook or Markdown file." for e in entries if e not in there]
    if found:
        raise RuntimeError("\n".join(found))
