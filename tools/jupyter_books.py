"""Run Jupyter Book without what its libraries do again and again.

usage: python tools/jupyter_books.py build . [...]      (the words that jupyter-book takes)
"""

import functools
import gc
import importlib.metadata
import sys

import check_site  # noqa: F401  (leaves out what would be read at each import)

# a page's tree has very many objects, which all go at once: looking for some that have gone took most of the time of reading one
gc.set_threshold(100_000, 50, 100)
# what is installed is asked for with each citation
importlib.metadata.entry_points = functools.cache(importlib.metadata.entry_points)

if __name__ == "__main__":
    from jupyter_book.cli.main import main

    sys.exit(main())
