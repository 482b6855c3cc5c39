"""What an import costs."""

import os
import subprocess
import sys
import tempfile

from benchmarks.measure import Row, Trial

PACKAGE = "import reglesson"
CHAPTERS = "from reglesson import choosing, dropout, early_stopping, l1, l2, overfitting"


def imports_against_numpy(statement, seed):
    """A fresh Python that imports NumPy and then what the statement says, and one that imports NumPy."""
    return Trial(
        lambda: _python(f"import numpy; {statement}"),
        lambda: _python("import numpy"),
        lambda ours, theirs: (float(ours), float(theirs)),
        allowed=0,
    )


COMPILED = tempfile.TemporaryDirectory()  # the first run compiles modules into it, as an installation does; it vanishes at the end


def _python(program):
    env = {**os.environ, "PYTHONPYCACHEPREFIX": COMPILED.name}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run([sys.executable, "-c", program], check=True, env=env).returncode


ROWS = [
    Row(imports_against_numpy, "reglesson", 0.015, (PACKAGE,), extra=True),
    Row(imports_against_numpy, "its 6 chapters", 0.015, (CHAPTERS,), extra=True),
]
