"""What this site's pages get that others do without: colours, mathematics of their own, a preview, and where they come from."""

import functools
import html
import importlib.metadata
import platform
import re
import shutil
from pathlib import Path
from urllib.parse import quote

import home
from docutils import nodes

from reglesson import style

HERE = Path(__file__).parent


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("config-inited", serve_mathjax)
    app.connect("config-inited", leave_out_thebe)
    app.connect("html-page-context", add_preview)
    app.connect("html-page-context", add_provenance)
    app.connect("html-page-context", make_references_list_items)
    app.connect("html-page-context", make_parameters_lines)
    app.connect("html-page-context", name_generated_pages)
    app.connect("html-page-context", name_folds_of_the_menu, priority=900)  # when the theme has made its menu's maker
    app.connect("html-collect-pages", add_page_for_missing_ones)
    app.connect("build-finished", write_assets)
    app.add_css_file("reglesson.css")
    app.add_js_file("course.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}


# -- files of the site --------------------------------------------------------------------------------------------


def serve_mathjax(app, config):
    """Have pages load MathJax from the site. It lies beside `_static`, since Jupyter Book loads every script in there."""
    config.mathjax_path = "../mathjax/tex-chtml.js"


def leave_out_thebe(app, config):
    """Undo sphinx-thebe, which Jupyter Book always loads: its script names a CDN, and twice over, which is an error."""
    for listeners in app.events.listeners.values():
        listeners[:] = [each for each in listeners if each.handler.__module__ != "sphinx_thebe"]
    app.registry.css_files[:] = [file for file in app.registry.css_files if "thebe" not in file[0]]


def write_assets(app, error):
    """Copy the script, the style sheet with the palette in front, and the part of MathJax that pages use."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    (static / "reglesson.css").write_text(palette_css() + (HERE / "course.css").read_text(encoding="utf-8"), encoding="utf-8")
    shutil.copy(HERE / "course.js", static)
    source = Path(importlib.metadata.distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax"))
    target = Path(app.outdir) / "mathjax"
    for part in ("tex-chtml.js", "output/chtml/fonts/woff-v2"):
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (source / part).is_dir() else shutil.copy
        copy(source / part, target / part, **({"dirs_exist_ok": True} if copy is shutil.copytree else {}))


def palette_css():
    """The palette as CSS variables, for the theme's light and dark mode."""
    light, dark = ("".join(f"--reg-{name}: {pair[k]}; " for name, pair in style.PALETTE.items()) for k in (0, 1))
    return f':root {{ {light}}}\nhtml[data-theme="dark"] {{ {dark}}}\n@media print {{ html[data-theme] {{ {light}}} }}\n\n'


# -- heads and feet -----------------------------------------------------------------------------------------------


def add_preview(app, pagename, templatename, context, doctree):
    """Title, description and picture for those who are sent a link to the page."""
    if doctree is None:
        return
    first = next((p.astext() for p in doctree.findall(nodes.paragraph)), "")
    words = re.sub(r"\s+", " ", first)
    about = words if len(words) <= 200 else words[:200].rsplit(" ", 1)[0] + " …"
    title = html.unescape(re.sub("<[^>]+>", "", context.get("title", "")))
    tags = {"og:type": "article", "og:title": title, "og:description": about, "og:site_name": app.config.html_title}
    address = home.site_address(app.confdir)
    if address:
        tags |= {"og:url": f"{address}{quote(pagename)}.html", "og:image": f"{address}_static/preview.png"}
    lines = [f'<meta property="{key}" content="{html.escape(value)}" />' for key, value in tags.items()]
    lines.append(f'<meta name="description" content="{html.escape(about)}" />')
    context["metatags"] = context.get("metatags", "") + "\n    ".join(["", *lines])


def add_page_for_missing_ones(app):
    """What a host shows in place of a page that is not there, with the menu and the search of all others."""
    home = app.builder.get_relative_uri("404", app.config.root_doc)
    body = (
        '<section id="missing"><h1>There is no such page</h1><p>Perhaps it has moved. '
        f'<a href="{home}">The course begins here</a>, and the search box finds its pages by their words.</p></section>'
    )
    yield "404", {"title": "No such page", "body": body}, "page.html"


def add_provenance(app, pagename, templatename, context, doctree):
    """At the foot of each page: from which commit and with which versions it was made."""
    commit = home.git(app.confdir, "rev-parse", "--short", "HEAD") or "no commit"
    context["theme_extra_footer"] = (
        f"<p>Made from {commit} with Python {platform.python_version()}, {versions()}. "
        "Each notebook was executed for this page, and each printed number is compared with the stored one when the tests run.</p>"
    )


@functools.cache
def versions():
    """What computed and drew the notebooks, in words."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "matplotlib", "scikit-learn"))


def make_references_list_items(app, pagename, templatename, context, doctree):
    """Give the entries of a bibliography, a list, the role of list items; docutils gives them one that ARIA has dropped."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def make_parameters_lines(app, pagename, templatename, context, doctree):
    """Make a long signature, a parameter a line, of lines; Sphinx makes a list of definitions that has no terms."""
    if "sig-param" in context.get("body", ""):
        body = re.sub(r'<dd>(<em class="sig-param">.*?)</dd>', r'<span class="sig-line">\1</span>', context["body"])
        lines = r'<dl>(\s*(?:<span class="sig-line">.*</span>\s*)+)</dl>'
        context["body"] = re.sub(lines, r'<span class="sig-lines">\1</span>', body)


def name_generated_pages(app, pagename, templatename, context, doctree):
    """Give pages that no source stands behind the heading that is printed; the theme leaves theirs empty."""
    of_sphinx = {"genindex": "Index", "py-modindex": "Python Module Index", "search": "Search"}
    if not context.get("pagetitle"):
        context["pagetitle"] = context.get("title") or of_sphinx.get(pagename, "")


def name_folds_of_the_menu(app, pagename, templatename, context, doctree):
    """Give what opens a part of the menu a name; the theme gives it a picture only."""
    make = context.get("generate_toctree_html")
    if make:
        context["generate_toctree_html"] = lambda *words, **options: named(make(*words, **options))


def named(menu):
    """A menu whose folds have names."""
    return str(menu).replace("<summary>", '<summary aria-label="Pages below">')
