"""Small pictures of the book's explorers, made from their first frames: on the landing page's cards, and in a gallery of all.

A page is written when all pages have been read, so the frames are taken from what Sphinx has read. Words are too small to
read in a picture of this size, so they are left out.
"""

import html
import re

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from reglesson.explore import cut

log = logging.getLogger(__name__)
FIGURE = re.compile(r'<figure class="explorer" id="([\w-]+)".*?</figure>', re.DOTALL)
PICTURE = re.compile(r'<svg viewBox="([^"]+)"[^>]*?( fill="[^"]*")?>(.*?)</svg>', re.DOTALL)
LINE = re.compile(r'<p id="[\w-]+-about"[^>]*>(.*?)</p>|<p [^>]*?id="[\w-]+-about"[^>]*>(.*?)</p>', re.DOTALL)


def setup(app):
    """Sphinx calls this when the extension is loaded."""
    app.add_node(Pictures)
    app.add_directive("picture", Picture)
    app.add_directive("gallery", Gallery)
    app.connect("doctree-resolved", put_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Pictures(nodes.General, nodes.Element):
    """Where pictures of explorers will stand."""


class Picture(SphinxDirective):
    """The first frame of one explorer, small and without words: `{picture} one-weight`."""

    required_arguments = 1
    linked = False

    def run(self):
        """A place for the pictures, which stand on pages that may not have been read yet."""
        self.env.note_reread()  # it shows what other pages say
        gone = getattr(self.env, "reglesson_left_out", None)
        names = [name for name in self.arguments[0].split() if not gone or name not in gone.figures]
        if self.arguments[0] and not names:  # all of them belong to chapters that this course leaves out
            return []
        place = Pictures("", names=names, linked=self.linked)
        self.set_source_info(place)
        return [place]


class Gallery(Picture):
    """Explorers side by side, each with its question and a link: `{gallery} one-weight hovering`; without names, all others."""

    required_arguments, optional_arguments, final_argument_whitespace = 0, 1, True
    linked = True

    def run(self):
        """A place for all of them."""
        self.arguments = self.arguments or [""]
        return super().run()


def explorers(env):
    """The explorers of all pages, in the order of the book: [(page, name, HTML), ...]."""
    kept = getattr(explorers, "kept", (None, []))
    if kept[0] is not env:
        pages, found = list(dict.fromkeys([env.config.root_doc, *env.toctree_includes.get(env.config.root_doc, [])])), []
        pages += sorted(env.found_docs - set(pages))
        for page in pages:
            for raw in env.get_doctree(page).findall(nodes.raw):
                found += [(page, figure[1], figure[0]) for figure in FIGURE.finditer(raw.astext())]
        explorers.kept = kept = env, found
    return kept[1]


def called(name, found):
    """The explorers that a name may mean: `hovering`, or `l1:hovering` where two pages have one of that name."""
    return [each for each in found if name in (each[1], f"{each[0].rpartition('/')[2]}:{each[1]}")]


def put_pictures(app, doctree, docname):
    """Put the pictures where they belong."""
    places = list(doctree.findall(Pictures))
    if not places:
        return
    found = explorers(app.env)
    named = [each for place in places for name in place["names"] for each in called(name, found)]
    for place in places:
        shown = [] if place["names"] else [each for each in found if each not in named]
        for name in place["names"]:
            meant = called(name, found)
            if len(meant) != 1:
                count = "more than one explorer" if meant else "no explorer"
                log.warning("the book has %s %r to show a picture of", count, name, location=place)
            shown += meant
        if place["linked"]:
            cards = "".join(card(name, page, app.builder.get_relative_uri(docname, page), figure) for page, name, figure in shown)
            text = f'<ul class="gallery">{cards}</ul>'
        else:
            text = "".join(thumbnail(figure, page) for page, _, figure in shown)
        place.replace_self(nodes.raw("", text, format="html"))


def card(name, page, address, figure):
    """A picture with the explorer's line, as a link to the explorer."""
    says = LINE.search(figure)
    line = re.sub(r"<[^>]+>", "", says[1] or says[2]) if says else ""
    title = name.replace("-", " ").capitalize().replace("adamw", "AdamW").replace("carlo", "Carlo")
    return f'<li><a href="{address}#{name}">{thumbnail(figure, page)}<span>{html.escape(title)}</span></a><p>{line}</p></li>'


def thumbnail(figure, page):
    """The first frame of an explorer as a small SVG: no words, numbers to half a point, ids of its own, nothing to read aloud."""
    box, fill, inner = PICTURE.search(figure).groups()
    inner = re.sub(r"<text\b.*?</text>", "", inner, flags=re.DOTALL)
    inner = re.sub(r'(\sd=")([^"]*)', lambda m: m[1] + cut.steps(m[2], 50), inner)
    inner = re.sub(r'(\s(?:x|y|points|transform)=")([^"]*)', lambda m: m[1] + coarse(m[2]), inner)
    for _ in range(3):  # groups that hold nothing any more, and groups of those
        inner = re.sub(r"<g\b[^>]*?(?:/>|>\s*</g>)", "", inner)
    inner = re.sub(r'(id="|href="#|url\(#)', rf"\1small-{page.rpartition('/')[2]}-", inner)
    return f'<svg class="small" viewBox="{box}" aria-hidden="true"{fill or ""}>{inner}</svg>'


def coarse(numbers):
    """Numbers to half a point, but no factors of a transformation."""
    if "scale" in numbers or "matrix" in numbers:
        return numbers
    return re.sub(r"-?\d+\.\d+", lambda m: f"{round(2 * float(m[0])) / 2:g}", numbers)
