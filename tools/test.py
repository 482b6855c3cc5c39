"""Run every test: the package, each notebook against its stored outputs, the site, and the site and JupyterLab in a browser.

usage: python tools/test.py [ARGUMENTS OF PYTEST ...]
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# tests/conftest.py says which tests stay together and which come first
AT_ONCE = ["-n", str(min(os.cpu_count() or 1, 8)), "--dist", "loadgroup", "--no-loadscope-reorder"]


def main(words):
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    env.pop("REGLESSON_BAKE", None)
    if subprocess.run([sys.executable, "-m", "pytest", "-q", *AT_ONCE, *words], cwd=ROOT, env=env).returncode:
        sys.exit("\nA test failed; what it saw stands above.")
    print("\nEvery test passed.")


if __name__ == "__main__":
    main(sys.argv[1:])
