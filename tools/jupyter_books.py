"""Run Jupyter Book on all cores, and without what its libraries do again and again.

usage: python tools/jupyter_books.py build . [...]      (the words that jupyter-book takes)

Where processes can be forked, pages are read and written by as many as there are cores. What each process found of its pages is
taken in page by page, in one order, so that the website is to the last byte that of one process; warnings are told as ever.
"""

import functools
import gc
import importlib.metadata
import multiprocessing
import os
import pickle
import sys

import check_site  # noqa: F401  (leaves out what would be read at each import)
import jupyter_book.sphinx
import numpydoc.docscrape_sphinx
import sphinx_proof.domain
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.util.build_phase import BuildPhase
from sphinx.util.display import status_iterator
from sphinx.util.parallel import ParallelTasks, SerialTasks

# a page's tree has very many objects, which all go at once: looking for some that have gone took most of the time of reading one
gc.set_threshold(100_000, 50, 100)
# what is installed is asked for with each citation
importlib.metadata.entry_points = functools.cache(importlib.metadata.entry_points)

# they say nothing of processes: one changes how sections are numbered when all is read, the other what LaTeX gets
LOOKED_AT = {"sphinx_multitoc_numbering", "sphinx_jupyterbook_latex"}
AT_ONCE = 3  # pages that one process writes before it ends


def one_template(load):
    """Numpydoc reads and compiles its template for each docstring anew."""

    def load_config(self, config, kept={}):  # noqa: B006  (kept from call to call)
        load(self, {**kept, **config})
        kept["template"] = self.template

    return load_config


def may_be_shared(app, kind):
    """Whether all extensions say that processes may share the reading, or the writing; Sphinx warns of one that says nothing."""
    return all(name in LOOKED_AT or getattr(each, f"parallel_{kind}_safe") for name, each in app.extensions.items())


def read_in_processes(builder, names, processes):
    """Have each process read the next page that nobody has begun, and take in what they found in the order of the pages."""
    for name in names:
        builder.events.emit("env-purge-doc", builder.env, name)
        builder.env.clear_doc(name)
    begun, found = multiprocessing.get_context("fork").Value("i", 0), {}

    def read(_):
        mine = []
        while True:
            with begun.get_lock():
                begun.value += 1
                here = names[begun.value - 1 : begun.value]
            if not here:
                return mine, pickle.dumps(builder.env, pickle.HIGHEST_PROTOCOL)
            builder.read_doc(*here, _cache=False)
            mine += here

    def keep(_, told):
        mine, env = told[0], pickle.loads(told[1])
        found.update(dict.fromkeys(mine, env))

    tasks = ParallelTasks(processes)
    for _ in range(processes):
        tasks.add_task(read, True, keep)
    tasks.join()
    for name in status_iterator(names, "reading sources... ", "purple", len(names), builder.app.verbosity):
        builder.env.merge_info_from([name], found[name], builder.app)


def write_in_processes(builder, names, nproc):
    """Have processes write pages, a few each; here their references are resolved, and their words go into the index.

    They are waited for when the pages that have no source are written, too.
    """
    told = status_iterator(names, "writing output... ", "darkgreen", len(names), builder.app.verbosity)

    def write(pages):
        builder.app.phase = BuildPhase.WRITING
        for page in pages:
            builder.write_doc(*page)

    def tell(pages, _):
        for _ in pages:
            next(told)

    tasks = ParallelTasks(nproc)
    for k in range(0, len(names), AT_ONCE):
        pages = []
        for name in names[k : k + AT_ONCE]:
            builder.app.phase = BuildPhase.RESOLVING
            tree = builder.env.get_and_resolve_doctree(name, builder)
            builder.app.phase = BuildPhase.WRITING
            builder.write_doc_serialized(name, tree)
            pages.append((name, tree))
        if k:
            tasks.add_task(write, pages, tell)
        else:  # templates are compiled once, before there are other processes
            write(pages)
            tell(pages, None)
    builder.finish_tasks = Last(tasks, told)


class Last(SerialTasks):
    """What Sphinx has to do when the pages are written, as if they were; and then the end of the processes that write them."""

    def __init__(self, tasks, told):
        self.tasks, self.told = tasks, told

    def join(self):
        """Wait for the last page."""
        self.tasks.join()
        next(self.told, None)


numpydoc.docscrape_sphinx.SphinxDocString.load_config = one_template(numpydoc.docscrape_sphinx.SphinxDocString.load_config)
# it keeps all in `env.proof_list`, and merges that
sphinx_proof.domain.ProofDomain.merge_domaindata = lambda self, names, other: None
jupyter_book.sphinx.build_sphinx = functools.partial(jupyter_book.sphinx.build_sphinx, jobs=1 + os.cpu_count())
Sphinx.is_parallel_allowed = may_be_shared
Builder._read_parallel = lambda builder, names, nproc: read_in_processes(builder, names, nproc - 1)
Builder._write_parallel = write_in_processes

if __name__ == "__main__":
    from jupyter_book.cli.main import main

    try:
        main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            raise
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code or 0)  # what was read would be taken apart object by object, which takes longer than a second
