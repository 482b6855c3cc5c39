"""Renew constraints.txt: the newest versions that requirements.txt allows, for every platform and Python from 3.11 on."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# The exact versions of everything, made from requirements.txt by `make constraints`; not to be edited by hand.\n"


def main():
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"], check=True)
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = "\n".join(line.removeprefix("-e ") for line in lines if not line.startswith("-c"))
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--universal", "--python-version", "3.11", "--no-header",
               "--no-annotate", "--no-emit-index-url", "--no-emit-package", "reglesson", "--quiet"]  # fmt: skip
    done = subprocess.run(command, input=wanted, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        sys.exit(f"constraints.txt is left as it was: {done.stderr.strip()}")
    pins = [line for line in done.stdout.splitlines() if line and not line.startswith(("-e", ".", "#"))]
    (ROOT / "constraints.txt").write_text(HEADER + "\n".join(pins) + "\n", encoding="utf-8")
    print(f"constraints.txt: {len(pins)} packages.")


if __name__ == "__main__":
    main()
