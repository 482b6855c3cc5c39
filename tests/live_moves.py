"""Moves every slider of a notebook's live figures, in the kernel that executed it: test_book.py has nbval do so in each notebook.

`watch` comes before the notebook's first cell, `move` after its last one, as in JupyterLab a reader moves what has run.
"""

import re

import ipywidgets

SEEN = []


def watch():
    """Take note of every figure that is shown from now on."""
    SEEN.clear()
    ipywidgets.Widget.on_widget_constructed(lambda widget: SEEN.append(widget) if isinstance(widget, ipywidgets.VBox) else None)


def move():
    """Move each slider by one step, to where there is more room; returns how many there are of each figure that has some.

    Raises AssertionError if picture or sentence stay as they were, or the picture has no words for it.
    """
    counts = []
    for box in SEEN:
        *controls, says, picture, _ = box.children
        for control in controls:
            before = picture.value, says.value
            control.index += 1 if control.index < len(control.options) - 1 - control.index else -1
            for words in (before[0], picture.value):
                assert re.match(r'<img alt="[^"]*\w[^"]*" [^>]*src="data:image/(png|svg\+xml);base64,\w', words), words[:200]
            assert picture.value != before[0], f"{control.description}: the picture stays"
            assert says.value != before[1], f"{control.description}: the sentence stays: {says.value}"
        counts += [len(controls)] if controls else []
    return counts
