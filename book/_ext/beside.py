"""Files that pages ask for, laid beside `_static`: Jupyter Book would load every script in there on every page."""

import shutil
from pathlib import Path

from reglesson.explore.page import plain_script


def lay_beside(folder):
    """What copies the files of an extension's folder, but for its `__init__.py`, below the folder's name when the pages are built.

    Scripts go without their comments; other files go as they are.
    """

    def copy_files(app, error):
        if error or app.builder.format != "html":
            return
        target = Path(app.outdir) / folder.name
        target.mkdir(exist_ok=True)
        for file in folder.iterdir():
            if file.suffix in {".js", ".mjs"}:
                (target / file.name).write_text(plain_script(file), encoding="utf-8")
            elif file.suffix in {".css", ".py"} and file.name != "__init__.py":
                shutil.copy(file, target)

    return copy_files
