"""At each section, and at the end of a page, a link that reports a mistake: it opens an issue with the place filled in.

It is a plain link, and there only where the repository on GitHub is known. `.github/ISSUE_TEMPLATE/mistake.yml` is the
form that it opens.
"""

import html
import re
from urllib.parse import urlencode

import home

import reglesson

FORM = "mistake.yml"
FIELDS = ("page", "section", "version")
HEADING = re.compile(r"<h([1-3])>(.*?)(<a class=\"headerlink\"[^>]*>[^<]*</a>)</h\1>", re.DOTALL)


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.connect("html-page-context", add_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_links(app, pagename, templatename, context, doctree):
    """Put a link behind each heading of a page that has a source."""
    repository = home.repository(app.confdir)
    if repository and doctree is not None:
        commit = home.git(app.confdir, "rev-parse", "--short", "HEAD")
        version = f"{reglesson.__version__} ({commit})" if commit else reglesson.__version__
        body = HEADING.sub(lambda found: with_link(found, repository, pagename, version), context["body"])
        link = f'<a class="report" href="{form(repository, pagename, "", version)}">Report a mistake on this page</a>'
        context["body"] = f'{body}\n<p class="report">{link}</p>\n'


def with_link(found, repository, page, version):
    """The heading with its link, whose words are the heading's without markup; formulas stay as they are written."""
    level, words, permalink = found.groups()
    section = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", words))).strip()
    name, address = html.escape(f"Report a mistake in: {section}"), form(repository, page, section, version)
    link = f'<a class="headerlink report" href="{address}" title="Report a mistake" aria-label="{name}">!</a>'
    return f"<h{level}>{words}{permalink}{link}</h{level}>"


def form(repository, page, section, version):
    """The address of the form with what is known filled in, as it stands in an attribute."""
    filled = dict(zip(FIELDS, (page, section, version), strict=True))
    query = urlencode({"template": FORM, "title": f"{page}: {section}" if section else page, **filled})
    return html.escape(f"https://github.com/{repository}/issues/new?{query}")
