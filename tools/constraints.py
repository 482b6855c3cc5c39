"""Renew constraints.txt and requirements.lock: the newest versions that requirements.txt allows.

usage: python tools/constraints.py

Both hold the same versions, for every platform and Python from 3.11 on. `make` installs from requirements.lock, where
each version carries the SHA-256 of its files; pip refuses a file with another. constraints.txt is the same list without
sums, for installing from requirements.txt, since pip takes no sums together with an editable project.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# The exact versions of everything{}, made from requirements.txt by `make constraints`; not to be edited by hand.\n"


def requirements():
    """What requirements.txt asks for, the project among it, without the exact versions."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return "\n".join(line.removeprefix("-e ") for line in lines if not line.startswith("-c"))


def resolve(wanted, *options):
    """Have uv choose versions; returns its lines, a package each (with sums: a line for each sum as well)."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--no-header", "--no-annotate", "--no-emit-index-url",
               "--no-emit-package", "reglesson", "--quiet", *options]  # fmt: skip
    done = subprocess.run(command, input=wanted, capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"no versions fit together: {done.stderr.strip()}")
    return [line for line in done.stdout.splitlines() if line and not line.startswith("#")]


def without_sums(lines):
    """The lines of a lock file that name a package, as a constraints file has them."""
    return [re.sub(r"\s*\\$", "", line) for line in lines if line and not line.startswith((" ", "#"))]


def pins():
    """The lines of constraints.txt."""
    return without_sums((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())


def main():
    lock = resolve(requirements(), "--universal", "--python-version", "3.11", "--generate-hashes")
    versions = without_sums(lock)
    sums = HEADER.format(" and the sums of their files")
    (ROOT / "requirements.lock").write_text(sums + "\n".join(lock) + "\n", encoding="utf-8")
    (ROOT / "constraints.txt").write_text(HEADER.format("") + "\n".join(versions) + "\n", encoding="utf-8")
    print(f"constraints.txt and requirements.lock: {len(versions)} packages.")


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        sys.exit(f"constraints.txt and requirements.lock are left as they were: {error}")
