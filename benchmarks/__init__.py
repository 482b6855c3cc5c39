"""How fast `reglesson` is, next to what people would use instead: `make bench` runs everything and prints one table.

One BLAS thread, fixed here, before NumPy is imported.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[name] = "1"
