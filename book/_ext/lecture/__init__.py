"""A page as a lecture: one step after the other on the whole screen, made of what stands on the page.

The way in is a button beside the one that prints, and the key F8, which is no letter and so in nobody's way. `course.js` fetches
the rest when it is asked for.
"""

import shutil
from pathlib import Path

from reglesson.explore.page import plain_script

HERE = Path(__file__).parent
STEPS = ('class="explorer"', 'data-prediction="', 'data-quiz="')  # what makes a page one that can be shown step by step


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("html-page-context", add_button, priority=900)  # when the theme has made its menus
    app.connect("build-finished", copy_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_button(app, pagename, templatename, context, doctree):
    """Put the button into the menu that prints."""
    if not any(step in context.get("body", "") for step in STEPS):
        return
    for menu in context.get("header_buttons", []):
        if menu.get("label") == "download-buttons":
            menu["buttons"].append({
                "type": "javascript", "javascript": "window.dispatchEvent(new Event('lecture'))", "text": "Lecture (F8)",
                "icon": "fas fa-person-chalkboard", "label": "lecture-button", "tooltip": "Show this page step by step",
            })  # fmt: skip


def copy_files(app, error):
    """Lay the files beside `_static`: Jupyter Book would load every script in there on each page."""
    if not error and app.builder.format == "html":
        target = Path(app.outdir) / "lecture"
        target.mkdir(exist_ok=True)
        shutil.copy(HERE / "lecture.css", target)
        (target / "lecture.js").write_text(plain_script(HERE / "lecture.js"), encoding="utf-8")
