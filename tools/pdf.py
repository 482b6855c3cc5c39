"""Print the whole course into one file, _build/course.pdf, from the built site.

usage: python tools/pdf.py [PAGE ...]      (all pages of _toc.yml, in its order, or only those named, such as book/l2)

Each page is printed as a browser prints it: light, each figure in its first state, folds open or closed as print has them.
The file has a title page with the contents, an outline, page numbers, and its links between pages lead to places within
it. A link to a page that is not printed leads to the site if its address is known, and is plain text otherwise. The file
is refused if a figure is cut or a link leads nowhere.
"""

import io
import sys
from html import escape
from pathlib import PurePosixPath
from urllib.parse import unquote

import check_site
import contents
import home
import pypdf
import release
import yaml
from browser import NoBrowser, open_browser, serving
from pypdf.generic import ArrayObject, Fit, FloatObject, NameObject, NullObject

ROOT = check_site.ROOT
SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "course.pdf"
ON_SCREEN_ONLY = {"book/guesses"}  # what the reader guessed is in the reader's browser
INSIDE = "https://inside.invalid/"  # a link to a page of the file, until the place of that page is known
PAPER = {
    "format": "A4",
    "print_background": True,
    "margin": {"top": "16mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
    "display_header_footer": True,
    "header_template": "<span></span>",
}
FOOTER = (
    '<div style="width: 100%; margin: 0 16mm; font: 8pt sans-serif; color: #555; display: flex; justify-content: space-between">'
    '<span>{}</span><span class="pageNumber"></span></div>'
)
# Turns links to pages of the file into marks that are resolved later, and says which headings and figures there are.
# A browser writes down the place of an element only where the page links to it, so a hidden list does. The numbers of
# the sheets go on where the page before ended: as many empty ones come first, which are not printed.
PREPARE = """
async ({ pages, inside, site, before }) => {
  if (window.MathJax?.startup?.promise) await MathJax.startup.promise;
  await document.fonts.ready;
  const top = `${location.origin}/`, article = document.querySelector("article");
  for (const link of document.querySelectorAll("a[href]")) {
    if (!link.href.startsWith(top)) continue;
    const [path, id = ""] = link.href.slice(top.length).split("#"), page = decodeURIComponent(path).replace(/\\.html$/, "");
    if (pages.includes(page)) link.href = `${inside}${page}#${id.split("?")[0]}`; // a slider's position is left out
    else if (site) link.href = site + link.href.slice(top.length);
    else link.removeAttribute("href");
  }
  let made = 0;
  const place = (e) => (e.id ||= `place-${++made}`);
  const title = document.querySelector("#jb-print-docs-body h1").textContent.trim();
  const headings = [...article.querySelectorAll("h2, h3")].filter((e) => e.checkVisibility()).map((e) => {
    const words = e.cloneNode(true);
    words.querySelectorAll(".headerlink, .report, mjx-container > :not(mjx-assistive-mml)").forEach((part) => part.remove());
    return [Number(e.tagName[1]), words.textContent.trim(), place(e)];
  });
  const figures = [...article.querySelectorAll("figure.explorer")].filter((e) => e.checkVisibility()).map((e) => {
    const seen = [...e.querySelectorAll("*")].filter((part) => part.checkVisibility() && !part.ownerSVGElement);
    return [e.id, place(seen[0]), place(seen.at(-1))];
  });
  // what stands in a fold that is not printed has the place of its section
  const folded = [...article.querySelectorAll("[id]")].filter((e) => !e.checkVisibility())
    .map((e) => [e.id, e.parentElement.closest("section[id]")?.id ?? ""]);
  const places = Object.assign(document.createElement("div"), { hidden: true });
  for (const { id } of document.querySelectorAll("[id]")) {
    places.append(Object.assign(document.createElement("a"), { href: `#${encodeURIComponent(id)}` }));
  }
  document.body.append(places);
  for (let k = 0; k < before; k++) {
    document.body.prepend(Object.assign(document.createElement("div"), { style: "height: 1px; break-after: page" }));
  }
  return { title, headings, figures, folded };
}
"""
FRONT = """<!doctype html><html lang="en"><head><title>{title}</title><style>
body {{ font: 11pt/1.5 sans-serif; color: #222 }}
h1 {{ font-size: 30pt; margin: 3cm 0 0 }} p {{ color: #555; margin: 0.3em 0 1.5cm }}
li {{ display: flex; justify-content: space-between; break-inside: avoid }} li.below {{ padding-left: 1.5em }}
ul {{ list-style: none; padding: 0 }} a {{ color: inherit; text-decoration: none }}
</style></head><body><h1>{title}</h1><p>{author}<br>Version {version}{commit}</p><ul>{rows}</ul></body></html>"""


def printed(page, footer, first):
    """What the browser prints of a page from sheet `first` on."""
    sheets = page.pdf(**PAPER, footer_template=FOOTER.format(escape(footer)), page_ranges=f"{first}-9999")
    return pypdf.PdfReader(io.BytesIO(sheets))


def print_site(browser, site, names, address=None, say=print):
    """Print pages of a site behind one another.

    Returns the title page and, for each page, (name, what it has, its sheets).
    """
    with serving(site) as host:
        window = browser.new_context(color_scheme="light").new_page()
        front = print_front(window, [(name, name, 0) for name in names])
        chapters, before = [], len(front.pages)
        for name in names:
            window.goto(f"{host}{name}.html", wait_until="load")
            window.emulate_media(media="print")
            what = window.evaluate(PREPARE, {"pages": names, "inside": INSIDE, "site": address, "before": before})
            sheets = printed(window, what["title"], before + 1)
            chapters.append((name, what, sheets))
            before += len(sheets.pages)
            say(f"  {name}: {len(sheets.pages)} sheets", flush=True)
        starts = first_sheets(front, chapters)
        front = print_front(window, [(name, what["title"], starts[name] + 1) for name, what, _ in chapters])
        window.context.close()
    return front, chapters


def print_front(window, rows):
    """The title page, whose contents have a row (page, title, number of its first sheet) each."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    names = {name for name, _, _ in rows}
    lines = [
        f'<li class="{"below" if str(PurePosixPath(name).parent) in names else ""}">'
        f'<a href="{INSIDE}{name}#">{escape(title)}</a><span>{number}</span></li>'
        for name, title, number in rows
    ]
    commit = home.git(ROOT, "rev-parse", "--short", "HEAD")
    window.set_content(
        FRONT.format(title=escape(settings["title"]), author=escape(settings["author"]), version=release.version(ROOT),
                     commit=f", made from {commit}" if commit else "", rows="".join(lines))
    )  # fmt: skip
    return printed(window, settings["title"], 1)


def first_sheets(front, chapters):
    """The number of sheets before each page of the book."""
    starts, before = {}, len(front.pages)
    for name, _, sheets in chapters:
        starts[name] = before
        before += len(sheets.pages)
    return starts


def places(chapters, starts):
    """Where everything that has an id lies in the file: {(page, id): (sheet, left, top)}; the id "" is the page's beginning."""
    found = {(name, ""): (starts[name], 0, 842) for name, _, _ in chapters}
    for name, what, sheets in chapters:
        for place in sheets.named_destinations.values():
            sheet = sheets.get_destination_page_number(place)
            if sheet is not None and sheet >= 0:
                found[name, unquote(place.title.removeprefix("/"))] = starts[name] + sheet, place.left, place.top
        for folded, section in what["folded"]:
            found.setdefault((name, folded), found.get((name, section), found[name, ""]))
    return found


def bind(front, chapters):
    """Put the sheets together, with links and outline.

    Returns the file, and what is wrong with it, a sentence each.
    """
    book, starts = pypdf.PdfWriter(), first_sheets(front, chapters)
    where, faults = places(chapters, starts), []
    for sheets in (front, *(sheets for _, _, sheets in chapters)):
        book.append(sheets, import_outline=False)
    for name in ("/Dests", "/Names"):
        book.root_object.pop(name, None)  # of names the pages share many; every link gets its place itself
    for number, sheet in enumerate(book.pages):
        for link in [each.get_object() for each in sheet.get("/Annots", ())]:
            target = link.get("/A", {}).get("/URI", "")
            if target.startswith(INSIDE):
                page, _, place = unquote(target.removeprefix(INSIDE)).partition("#")
                if (page, place) in where:
                    to, left, top = where[page, place]
                    corner = [FloatObject(left), FloatObject(top), NullObject()]
                    link[NameObject("/Dest")] = ArrayObject([book.pages[to].indirect_reference, NameObject("/XYZ"), *corner])
                    del link["/A"]
                else:
                    faults.append(f"sheet {number + 1}: a link leads to {page}#{place}, which is no place of the file")
    items = {}
    for name, what, _ in chapters:
        above = items.get(str(PurePosixPath(name).parent))
        items[name] = chapter = book.add_outline_item(title=what["title"], page_number=starts[name], parent=above)
        section = chapter
        for level, words, place in what["headings"]:
            sheet, left, top = where[name, place]
            below = chapter if level == 2 else section
            item = book.add_outline_item(title=words, page_number=sheet, parent=below, fit=Fit.xyz(left, top))
            section = item if level == 2 else section
        for figure, first, last in what["figures"]:
            if where[name, first][0] != where[name, last][0]:
                faults.append(f"{name}: the figure {figure} is cut")
    return book, faults


def finish(book):
    """Say in the file what it is, and let its readers show the outline."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    book.metadata = None
    book.add_metadata({"/Title": settings["title"], "/Author": settings["author"], "/Subject": f"Version {release.version(ROOT)}"})
    book.page_mode = "/UseOutlines"
    book.root_object[NameObject("/Lang")] = pypdf.generic.TextStringObject("en")
    book.compress_identical_objects()


def asked(words):
    """The pages to print, in the order of the book: those that are named, or all."""
    every = [name for name in contents.pages(ROOT) if name not in ON_SCREEN_ONLY]
    unknown = sorted(set(words) - set(every))
    if unknown:
        raise RuntimeError(f"{', '.join(unknown)}: no page of _toc.yml that is printed; those are {', '.join(every)}")
    if not (SITE / "index.html").is_file():
        raise RuntimeError(f"There is no site in {SITE}: run `make book` first.")
    return [name for name in every if name in words or not words]


def main(words):
    names = asked(words)
    with open_browser() as browser:
        front, chapters = print_site(browser, SITE, names, home.site_address(ROOT))
    book, faults = bind(front, chapters)
    if faults:
        raise RuntimeError("\n".join([*faults, "The course was not printed; its faults stand above."]))
    finish(book)
    book.write(TARGET)
    print(f"{TARGET.relative_to(ROOT)}: {len(book.pages)} sheets, {TARGET.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (RuntimeError, OSError, NoBrowser) as error:
        sys.exit(str(error))
