"""What must hold of the built site: every page is there and no other, every link arrives, nothing is asked of another host.

usage: python tools/check_site.py [SITE_DIR]
"""

import collections
import functools
import multiprocessing
import os
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

sys.path.append(str(Path(__file__).resolve().parent.parent / "book" / "_ext"))
import contents
import no_parsers  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent
OF_SPHINX = {"404.html", "genindex.html", "py-modindex.html", "search.html"}
QUIET = {"script", "style", "pre", "code", "kbd"}
MATHS = {"math", "mathjax_process"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Markdown, a MyST role or directive, or TeX that reached the reader as it was written
LEFTOVER = re.compile(
    r"```|:::|\{(?:prf|cite|term|ref|doc|numref|eq|dropdown|admonition|code-cell)[^}\s]*\}|\$\S|\\[a-zA-Z]+\{|\[\w+\]\("
)


@dataclass
class Page:
    """What the checks need to know of one HTML page."""

    title: str = ""
    ids: list = field(default_factory=list)
    links: list = field(default_factory=list)
    loads: list = field(default_factory=list)
    pictures_without_alt: list = field(default_factory=list)
    sliders: dict = field(default_factory=dict)  # explorer's id: names of its sliders
    text: str = ""


class Reader(HTMLParser):
    """Reads one page into a `Page`."""

    def __init__(self, html):
        super().__init__()
        self.page, self.stack, self.figure = Page(), [], None
        self.open, self.quiet, self.words = collections.Counter(), 0, []  # how many elements of a name are open, and how many quiet
        self.feed(html)
        self.page.text = "".join(self.words)

    def updatepos(self, begin, end):
        """Do not count lines, which nobody asks for."""
        return end

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in VOID:
            quiet = tag in QUIET or not MATHS.isdisjoint((attributes.get("class") or "").split())
            self.stack.append((tag, quiet))
            self.open[tag] += 1
            self.quiet += quiet
        if attributes.get("id"):
            self.page.ids.append(attributes["id"])
        if tag == "a" and attributes.get("href"):
            self.page.links.append(attributes["href"])
        if tag in ("script", "img", "iframe", "source", "video", "audio", "embed") and attributes.get("src"):
            self.page.loads.append(attributes["src"])
        if tag == "link" and attributes.get("href") and attributes.get("rel") not in ("canonical", "author", "license"):
            self.page.loads.append(attributes["href"])
        if tag == "img" and not (attributes.get("alt") or "").strip():
            self.page.pictures_without_alt.append(attributes.get("src"))
        if tag == "figure" and attributes.get("class") == "explorer":
            self.figure = attributes["id"]
            self.page.sliders[self.figure] = []
        if self.figure and (tag == "fieldset" or (tag == "input" and attributes.get("type") == "range")):
            self.page.sliders[self.figure].append(attributes["name"])

    def handle_endtag(self, tag):
        closed = None
        while self.open[tag] and closed != tag:
            closed, quiet = self.stack.pop()
            self.open[closed] -= 1
            self.quiet -= quiet

    def handle_data(self, data):
        if self.open["h1"] and not self.page.title:
            self.page.title = data.strip()
        if not self.quiet:
            self.words.append(data)


def read(site):
    """All pages of a site but JupyterLite's: {path relative to the site: Page}. Where processes can be forked, all cores read."""
    files = page_files(site)
    if "fork" not in multiprocessing.get_all_start_methods():
        pages = list(map(read_page, files))
    else:
        with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("fork")) as pool:
            pages = list(pool.map(read_page, files))
    return {p.relative_to(site).as_posix(): page for p, page in zip(files, pages, strict=True)}


def read_page(file):
    """One page."""
    return Reader(file.read_text(encoding="utf-8")).page


def page_files(site):
    """The files of a site's pages, sorted, without JupyterLite's and Sphinx's own."""
    return [p for p in sorted(site.rglob("*.html")) if not {"_static", "_sources", "lite"} & set(p.relative_to(site).parts)]


def of_sphinx(pages):
    """The pages that Sphinx adds of itself: lists, the search, and the code of the package."""
    return OF_SPHINX | {name for name in pages if name.startswith("_modules/")}


def problems(site, root=ROOT):
    """Every problem of the built site, a sentence each."""
    site, pages = Path(site).resolve(), read(Path(site))
    place = functools.cache(lambda folder, path: _place(site, site / folder / path))  # pages of a folder share most of their links
    wanted = {f"{entry}.html" for entry in contents.pages(root)}
    found = [f"{name}: named in _toc.yml, but there is no such page" for name in sorted(wanted - set(pages))]
    found += [f"{name}: a page that _toc.yml does not name" for name in sorted(set(pages) - wanted - of_sphinx(pages))]
    for name, page in pages.items():
        if not page.title and name in wanted:
            found.append(f"{name}: has no title")
        found += [f"{name}: the id {i!r} stands twice" for i in sorted({i for i in page.ids if page.ids.count(i) > 1})]
        found += [f"{name}: the id {i!r} is not ASCII" for i in page.ids if not i.isascii()]
        found += [f"{name}: loads {address} from outside" for address in page.loads if urlsplit(address).netloc]
        found += [f"{name}: the picture {source} has no text alternative" for source in page.pictures_without_alt]
        if name in wanted:
            found += [f"{name}: raw markup in the text: {m[0]!r}" for m in LEFTOVER.finditer(page.text)]
        for address in [*page.links, *page.loads]:
            if name == "404.html":
                continue  # it is shown in place of any missing page, so its links are absolute where the address is known
            problem = _dead(place, pages, name, address)
            if problem:
                found.append(f"{name}: the address {address} {problem}")
    for sheet in site.rglob("*.css"):
        if "lite" not in sheet.relative_to(site).parts:
            outside = re.findall(r"(?:url\(\s*['\"]?|@import\s+['\"])(?:https?:)?//[^)'\"]+", sheet.read_text(encoding="utf-8"))
            found += [f"{sheet.relative_to(site)}: loads {address}" for address in outside]
    return found


def _place(site, path):
    """The file that a path leads to, as the pages are named if it is one of the site, or None."""
    target = (path / "index.html" if path.is_dir() else path).resolve()
    if not target.is_file():
        return None
    return target.relative_to(site).as_posix() if target.is_relative_to(site) else target.as_posix()


def _dead(place, pages, name, address):
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or address.startswith("lite/") or "/lite/" in address:
        return None
    target = place(name.rpartition("/")[0], unquote(parts.path)) if parts.path else name
    if target is None:
        return "leads to no file"
    page = pages.get(target)
    if not parts.fragment or page is None:
        return None
    anchor, _, state = unquote(parts.fragment).partition("?")
    if anchor not in page.ids:
        return "leads to no place on the page"
    unknown = {slider for slider, _ in parse_qsl(state)} - set(page.sliders.get(anchor, []))
    return f"moves a slider that is not there: {', '.join(sorted(unknown))}" if unknown else None


def main(words):
    site = Path(words[0]) if words else ROOT / "_build" / "html"
    if not (site / "index.html").is_file():
        sys.exit(f"there is no site in {site}: run `make book` first")
    found = problems(site)
    for line in found:
        print(line, file=sys.stderr)
    print(f"{site}: {len(read(site))} pages looked at, {len(found)} problems")
    sys.exit(bool(found))


if __name__ == "__main__":
    main(sys.argv[1:])
