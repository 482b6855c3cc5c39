"""Make an e-book of the course, _build/course.epub, from the built site.

usage: python tools/epub.py [PAGE ...]      (all pages of _toc.yml, in its order, or only those named, such as book/l2)

It holds what the course's PDF holds, but its text flows. Formulas are MathML, figures are SVG in their first state and in
the colours of a light page. A link to a page that is not in it leads to the site if its address is known, and is plain
text otherwise. The file is refused if a formula or a figure is lost, or a link leads nowhere.
"""

import re
import sys
import uuid
import zipfile
from html import escape
from pathlib import PurePosixPath

import pdf  # finds the modules of book/_ext
import release
import yaml
from browser import NoBrowser, open_browser, serving

TARGET = pdf.ROOT / "_build" / "course.epub"
# Leaves of a page what paper would show, as XHTML without scripts and the theme's attributes.
TAKE = """
async ({ pages, site }) => {
  if (window.MathJax?.startup?.promise) await MathJax.startup.promise;
  const article = document.querySelector("article"), top = `${location.origin}/`;
  const title = document.querySelector("#jb-print-docs-body h1").textContent.trim();
  const shown = (e) => e.checkVisibility();
  article.querySelectorAll("path:not([d])").forEach((e) => e.remove()); // an empty curve, which readers take for an error
  const formulas = [...article.querySelectorAll("mjx-container")].filter(shown).length;
  const figures = [...article.querySelectorAll("figure.explorer svg")].filter(shown).length;
  const folded = [...article.querySelectorAll("[id]")].filter((e) => !shown(e))
    .map((e) => [e.id, e.parentElement.closest("section[id]")?.id ?? ""]);
  for (const svg of article.querySelectorAll("svg")) {
    const box = svg.getBoundingClientRect();
    if (!svg.hasAttribute("viewBox")) svg.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
    for (const e of [svg, ...svg.querySelectorAll("*")]) {
      const look = getComputedStyle(e);
      if (![e.getAttribute("style"), e.getAttribute("fill"), e.getAttribute("stroke")].join().includes("var(")) continue;
      for (const name of ["fill", "stroke"]) {
        e.style.setProperty(name, look.getPropertyValue(name));
        e.removeAttribute(name);
      }
    }
  }
  const within = (e) => e.closest("svg, mjx-container");
  for (const e of [...article.querySelectorAll("*")].filter((e) => !within(e) && !shown(e))) e.remove();
  article.querySelectorAll("button").forEach((e) => e.remove()); // those that copy code are there, but not to be seen
  for (const formula of article.querySelectorAll("mjx-container")) {
    const math = formula.querySelector("mjx-assistive-mml math").cloneNode(true);
    if (formula.getAttribute("display") === "true") math.setAttribute("display", "block");
    formula.replaceWith(math);
  }
  const kept = ["id", "class", "href", "colspan", "rowspan", "scope", "start", "alt", "src"];
  for (const e of article.querySelectorAll("*")) {
    if (e.closest("svg, math")) continue;
    for (const { name } of [...e.attributes]) if (!kept.includes(name)) e.removeAttribute(name);
  }
  for (const e of article.querySelectorAll("svg, svg *, math, math *")) {
    for (const { name } of [...e.attributes]) if (/^(data-|aria-|tabindex|on|role|focusable)/.test(name)) e.removeAttribute(name);
  }
  for (const e of article.querySelectorAll("details, summary")) {
    const plain = document.createElement(e.localName === "details" ? "div" : "span");
    if (e.id) plain.id = e.id;
    plain.append(...e.childNodes);
    e.replaceWith(plain);
  }
  for (const link of article.querySelectorAll("a[href]")) {
    if (!link.href.startsWith(top)) continue;
    const [path, id = ""] = link.href.slice(top.length).split("#"), page = decodeURIComponent(path).replace(/\\.html$/, "");
    if (pages.includes(page)) link.setAttribute("href", `inside:${page}#${decodeURIComponent(id.split("?")[0])}`);
    else if (site) link.href = site + link.href.slice(top.length);
    else link.removeAttribute("href");
  }
  const headings = [...article.querySelectorAll("h2")].map((e) => [e.textContent.trim(), e.closest("section[id]").id]);
  const ids = [...article.querySelectorAll("[id]")].map((e) => e.id);
  return { title, headings, formulas, figures, folded, ids, body: new XMLSerializer().serializeToString(article) };
}
"""
STYLE = """body { line-height: 1.5 }
svg { max-width: 100%; height: auto; color: #222 }
pre { white-space: pre-wrap; font-size: 0.85em }
table { border-collapse: collapse }
th, td { border: 1px solid #999; padding: 0.2em 0.5em; text-align: left; vertical-align: top }
figure { margin: 1em 0; break-inside: avoid }
.admonition, .proof { border-left: 3px solid #888; padding-left: 0.8em; margin: 1em 0 }
.admonition-title, .sd-summary-text { font-weight: bold } math[display="block"] { margin: 1em 0 }
"""
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="style.css"/></head><body>{body}</body></html>
"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:uuid:{id}</dc:identifier>
<dc:title>{title}</dc:title><dc:creator>{author}</dc:creator><dc:language>en</dc:language>
<dc:description>Version {version}</dc:description>
<meta property="dcterms:modified">{when}</meta></metadata>
<manifest><item id="style" href="style.css" media-type="text/css"/>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{items}</manifest>
<spine>{spine}</spine></package>
"""
CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"""


def file_of(page):
    """The name that a page has in the book."""
    return page.replace("/", "-") + ".xhtml"


def take(browser, site, names, address=None, say=print):
    """What each page gives to the book: [(name, what)]."""
    found = []
    with serving(site) as host:
        window = browser.new_context(color_scheme="light").new_page()
        window.emulate_media(media="print")
        for name in names:
            window.goto(f"{host}{name}.html", wait_until="load")
            found.append((name, window.evaluate(TAKE, {"pages": names, "site": address})))
            say(f"  {name}: {found[-1][1]['formulas']} formulas, {found[-1][1]['figures']} figures", flush=True)
        window.context.close()
    return found


def bind(chapters):
    """The files of the pages: {name: XHTML}; and what is wrong with them, a sentence each."""
    places = {name: {""} | set(what["ids"]) for name, what in chapters}
    folded = {(name, place): section for name, what in chapters for place, section in what["folded"]}
    files, faults = {}, []
    for name, what in chapters:

        def led(link, name=name, faults=faults):
            page, _, place = link[1].partition("#")
            place = place if place in places[page] else folded.get((page, place), place)
            if place not in places[page]:
                faults.append(f"{name}: a link leads to {link[1]}, which is no place of the book")
            return f'href="{file_of(page)}{"#" * bool(place)}{escape(place)}"'

        body = re.sub(r'href="inside:([^"]*)"', led, what["body"])
        body = body if "<h1" in body else f"<h1>{escape(what['title'])}</h1>{body}"
        files[name] = PAGE.format(title=escape(what["title"]), body=body)
        for kind, mark in (("formulas", r"<math[ >]"), ("figures", r"<figure[^>]*>(?:(?!</figure>).)*?<svg")):
            left = len(re.findall(mark, body, re.DOTALL))
            faults += [f"{name}: of {what[kind]} {kind} {left} are left"] * (left != what[kind])
    return files, faults


def write(target, chapters, files):
    """Write the book."""
    settings = yaml.safe_load((pdf.ROOT / "_config.yml").read_text(encoding="utf-8"))
    version, commit = release.version(pdf.ROOT), pdf.home.git(pdf.ROOT, "rev-parse", "HEAD")
    when = pdf.home.git(pdf.ROOT, "log", "-1", "--format=%cd", "--date=format:%Y-%m-%dT%H:%M:%SZ") or "1980-01-01T00:00:00Z"
    items, spine = [], []
    for name in files:
        used = " ".join(kind for kind, mark in (("mathml", "<math"), ("svg", "<svg")) if mark in files[name])
        key = file_of(name).removesuffix(".xhtml")
        properties = f' properties="{used}"' if used else ""
        items.append(f'<item id="{key}" href="{file_of(name)}" media-type="application/xhtml+xml"{properties}/>')
        spine.append(f'<itemref idref="{key}"/>')
    package = PACKAGE.format(
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"{settings['title']} {version} {commit}"), when=when, version=version,
        title=escape(settings["title"]), author=escape(settings["author"]), items="".join(items), spine="".join(spine),
    )  # fmt: skip
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        book.writestr("META-INF/container.xml", CONTAINER)
        book.writestr("book/package.opf", package)
        book.writestr("book/style.css", STYLE)
        book.writestr("book/nav.xhtml", PAGE.format(title="Contents", body=contents_of(chapters)))
        for name, text in files.items():
            book.writestr(f"book/{file_of(name)}", text)


def contents_of(chapters):
    """The contents: pages, and their sections below them."""
    names = {name for name, _ in chapters}
    rows = []
    for name, what in chapters:
        sections = "".join(f'<li><a href="{file_of(name)}#{place}">{escape(words)}</a></li>' for words, place in what["headings"])
        below = f"<ol>{sections}</ol>" if sections else ""
        mark = "· " if str(PurePosixPath(name).parent) in names else ""
        rows.append(f'<li><a href="{file_of(name)}">{mark}{escape(what["title"])}</a>{below}</li>')
    return f'<nav epub:type="toc"><h1>Contents</h1><ol>{"".join(rows)}</ol></nav>'


def main(words):
    with open_browser() as browser:
        chapters = take(browser, pdf.SITE, pdf.asked(words), pdf.home.site_address(pdf.ROOT))
    files, faults = bind(chapters)
    if faults:
        raise RuntimeError("\n".join([*faults, "The e-book was not made; its faults stand above."]))
    write(TARGET, chapters, files)
    print(f"{TARGET.relative_to(pdf.ROOT)}: {len(files)} pages, {TARGET.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (RuntimeError, OSError, NoBrowser) as error:
        sys.exit(str(error))
