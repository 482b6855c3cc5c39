"""A page as a lecture: one step after the other on the whole screen, made of what stands on the page.

The way in is a button beside the one that prints, and the key F8, which is no letter and so in nobody's way. `course.js` fetches
the rest when it is asked for.
"""

from pathlib import Path

from beside import lay_beside

HERE = Path(__file__).parent
STEPS = ('class="explorer"', 'data-prediction="', 'data-quiz="')  # what makes a page one that can be shown step by step


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("html-page-context", add_button, priority=900)  # when the theme has made its menus
    app.connect("build-finished", lay_beside(HERE))
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
