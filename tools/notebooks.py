"""Execute notebooks and write them back in one canonical form.

usage: python tools/notebooks.py [--check] [NOTEBOOK ...]      (book/l2.ipynb or l2; all of the book's without a name)

A diff of a canonical notebook shows what changed in the lesson and nothing else: no execution times, no random ids, no
widget states. With --check nothing is executed or written; a notebook that is not canonical is named, and the exit is 1.
"""

import hashlib
import json
import os
import re
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import no_parsers  # noqa: F401  (before nbformat)

# isort: split
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent
WIDGET = "application/vnd.jupyter.widget-view+json"
# what editors and kernels leave in the metadata of a cell or a notebook by themselves; all else an author put there
VOLATILE = {"execution", "ExecuteTime", "collapsed", "scrolled", "trusted", "vscode", "colab", "colab_type", "outputId", "id",
            "pycharm", "widgets", "kernelspec", "language_info", "signature", "orig_nbformat"}  # fmt: skip
# what JupyterLab writes when its panel of properties is opened, and what says nothing
USUAL = {"tags": [], "editable": True, "deletable": True, "slideshow": {"slide_type": ""}}


def canonical(notebook):
    """The text of a notebook with all that is volatile left out: a pure function of what an author wrote, and of outputs."""
    cells, seen, count = [], {}, 0
    for cell in notebook.cells:
        source = cell.source.rstrip("\n")
        name = hashlib.sha256(f"{cell.cell_type}\0{source}".encode()).hexdigest()[:10]
        seen[name] = seen.get(name, 0) + 1
        new = {
            "cell_type": cell.cell_type,
            "id": name if seen[name] == 1 else f"{name}-{seen[name]}",
            "metadata": _of_the_author(cell.metadata),
            "source": source.splitlines(keepends=True),
        }
        if cell.get("attachments"):  # pictures that were pasted into the text
            new["attachments"] = cell.attachments
        if cell.cell_type == "code":
            count += 1  # nbval takes a cell without a number as one that was never run
            new |= {"execution_count": count, "outputs": [_output(o, count) for o in _joined(cell.outputs)]}
        cells.append(new)
    metadata = _of_the_author(notebook.metadata) | {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _of_the_author(metadata):
    """Metadata without what is volatile, and without what says no more than its absence."""
    return {key: value for key, value in metadata.items() if key not in VOLATILE and (key not in USUAL or value != USUAL[key])}


def _joined(outputs):
    """Outputs with neighbouring pieces of one stream made one: where a stream is cut depends on timing."""
    result = []
    for output in outputs:
        if result and output.output_type == "stream" and result[-1].output_type == "stream" and result[-1].name == output.name:
            result[-1] = nbformat.from_dict({**result[-1], "text": result[-1].text + output.text})
        else:
            result.append(output)
    return result


def _output(output, count):
    new = {key: output[key] for key in ("output_type", "name", "ename", "evalue", "traceback") if key in output}
    if "text" in output:
        new["text"] = output.text.splitlines(keepends=True)
    if "data" in output:
        data = {key: value for key, value in output.data.items() if key != WIDGET}
        new["data"] = {k: v.splitlines(keepends=True) if isinstance(v, str) and k != "image/png" else v for k, v in data.items()}
        new["data"] = {k: v.strip() if k == "image/png" else v for k, v in new["data"].items()}
        new["metadata"] = {}
    if output.output_type == "execute_result":
        new["execution_count"] = count
    return new


def without_colours(text):
    """What a terminal was told, without the codes for colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def what_failed(notebook):
    """Which cell of an executed notebook failed, and with what."""
    cell, output = next((c, o) for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "error")
    # an output that cannot be shown has no name of its error, but its traceback ends in what is wrong
    last = without_colours("\n".join(output.traceback)).strip().splitlines()[-1]
    return f"the cell that begins with {cell.source.strip().splitlines()[0]!r} stops with {last}"


def read(path):
    """The text of a file, which may begin with a byte order mark, and the notebook in it, in today's form."""
    try:
        text = path.read_text(encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names of cells, which `canonical` gives anew
            notebook = nbformat.reads(text.removeprefix("\ufeff"), as_version=4)
            nbformat.validate(notebook)
        return text, notebook
    except Exception as error:  # of what is no text, no JSON, or JSON but no notebook
        said = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise RuntimeError(f"{path.name} is not a notebook: {said}") from None


def client(path, notebook):
    """What executes a notebook in place, in the folder of its file."""
    folder = {"metadata": {"path": str(path.parent)}}
    quiet = ["--Application.log_level=ERROR"]  # a kernel warns of its local connection
    # times in the cells would make it another notebook for jupyter-cache, and Jupyter Book would execute it once more
    options = {"kernel_name": "python3", "timeout": 600, "record_timing": False}
    return NotebookClient(notebook, resources=folder, extra_arguments=quiet, **options)


def execute(path):
    """Execute one notebook and rewrite it; return what to say. A notebook that fails is left as it was."""
    began = time.perf_counter()
    before, notebook = read(path)
    try:
        client(path, notebook).execute()
    except CellExecutionError:
        raise RuntimeError(f"{path.name}: {what_failed(notebook)}. The file is left as it was.") from None
    noise = "".join(o.text for c in notebook.cells for o in c.get("outputs", []) if o.get("name") == "stderr")
    if noise:
        told = repr(noise.strip().splitlines()[0]) if noise.strip() else "an empty line"
        raise RuntimeError(f"{path.name}: a cell writes to stderr: {told}. The file is left as it was.")
    after = canonical(notebook)
    if after != before:
        path.write_text(after, encoding="utf-8")
    return f"{path.name}: {'as it was' if after == before else 'rewritten'}, {time.perf_counter() - began:.1f} s"


def book():
    """The notebooks of the book."""
    return [ROOT / "index.ipynb", *sorted((ROOT / "book").glob("*.ipynb"))]


def named(word):
    """The notebook that a word names: a file, or a chapter by its bare name."""
    return next((p for p in book() if p.stem == word), Path(word).resolve())


def not_canonical(path):
    """Say so if a notebook is not in canonical form."""
    try:
        text, notebook = read(path)
        told = "" if canonical(notebook) == text else f"{path.name} is not in canonical form: run `make notebooks ONLY={path.stem}`"
    except RuntimeError as error:
        told = str(error)
    print(told, end="\n" if told else "")
    return bool(told)


def main(words):
    check = "--check" in words
    paths = [named(w) for w in words if w != "--check"] or book()
    missing = [p for p in paths if not p.is_file()]
    if missing:
        sys.exit(f"no such notebook: {missing[0]}")
    if check:
        sys.exit(bool(sum([not_canonical(path) for path in paths])))
    os.environ.pop("REGLESSON_BAKE", None)  # stored outputs are those of a live kernel
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    failed = False
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each notebook's kernel is a process of its own
        for future in [pool.submit(execute, path) for path in paths]:
            try:
                print(future.result(), flush=True)
            except RuntimeError as error:
                failed = True
                print(error, file=sys.stderr, flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1:])
