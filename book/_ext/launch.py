"""From the page to a running notebook: the buttons that open it with Python in the browser, on Binder, and in Colab."""

import os
from urllib.parse import quote

import home


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("config-inited", say_where_the_package_is)
    app.connect("html-page-context", add_launch_buttons, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def say_where_the_package_is(app, config):
    """Let pages say where else a notebook opens, and what gets the package there, if the repository is known."""
    repository, words = home.repository(app.confdir), ""
    if repository:
        words = (
            "The same menu opens it on Binder, a free service that starts slowly, and in Google's Colab. Colab lacks our package: "
        )
        words += (
            "the first cell there installs it. "
            if has_copies_for_colab()
            else f"put `%pip install git+https://github.com/{repository}` into a cell of its own above the first. "
        )
    config.myst_substitutions = {**config.myst_substitutions, "elsewhere": words}


def add_launch_buttons(app, pagename, templatename, context, doctree):
    """On a notebook's page, buttons that open the notebook with Python in the browser, on Binder, and in Colab."""
    if not str(app.env.doc2path(pagename)).endswith(".ipynb") or "header_buttons" not in context or doctree is None:
        return
    here, file = pagename.count("/") * "../", quote(f"{pagename}.ipynb")
    lite = f"{here}lite/notebooks/index.html?path={file}"
    buttons = [launch("Run in this browser (loads Python, tens of MB)", lite, "fas fa-play")]
    repository = home.repository(app.confdir)
    if repository:
        binder = f"https://mybinder.org/v2/gh/{repository}/HEAD?urlpath={quote(f'lab/tree/{file}')}"  # an address within an address
        branch = "colab" if has_copies_for_colab() else "HEAD"
        colab = f"https://colab.research.google.com/github/{repository}/blob/{branch}/{file}"
        buttons += [launch("Run on Binder", binder, "fas fa-cloud"), launch("Open in Colab", colab, "fas fa-cloud")]
    group = {"type": "group", "tooltip": "Run this page", "icon": "fas fa-rocket", "buttons": buttons, "label": "launch-buttons"}
    context["header_buttons"].insert(0, group)


def has_copies_for_colab():
    """Whether the workflow builds the site, which puts copies that install the package on a branch when it publishes."""
    return bool(os.environ.get("GITHUB_REPOSITORY"))


def launch(text, url, icon):
    """One entry of the theme's menu of buttons."""
    return {"type": "link", "text": text, "url": url, "icon": icon, "tooltip": text}
