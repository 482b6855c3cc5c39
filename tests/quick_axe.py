"""axe in about a quarter of the time: each colour is read once, and so is each kind of token, of formula, of figure and of text.

As it is delivered, the private fields of its objects for colours are entries of weak maps, and "rgb(255, 255, 255)" is read anew
for each of the very many that a long page needs. Most of the rest are thousands of tokens of the same colours on the same ground,
what MathJax makes of formulas, ten elements for each, and paragraphs that look alike. test_pages.py holds what is found here
against what axe finds by itself.
"""

import contextlib

from axe_playwright_python.sync_playwright import Axe

# a weak map, or a weak set, that keeps its values on the objects
KEPT = """
class { key = Symbol(); get(o) { return o[this.key]; } set(o, value) { o[this.key] = value; return this; }
        has(o) { return this.key in o; } add(o) { return this.set(o, true); } delete(o) { delete o[this.key]; } }
"""
READ_ONCE = """
const colour = axe.commons.color.Color.prototype, read = colour.parseString, known = new Map();
colour.parseString = function (text) {
  if (!known.has(text)) {
    read.call(this, text);
    known.set(text, [this.r, this.g, this.b, this.alpha]);
  }
  [this.r, this.g, this.b, this.alpha] = known.get(text);
  return this;
};
"""
PLAIN = Axe().axe_script
QUICK = Axe(f"((WeakMap, WeakSet) => {{ {PLAIN}\n{READ_ONCE} }})({KEPT}, {KEPT})")

# Puts a twin in the place of each block of code, in which a token that looks like one before it, on a ground that looks the same,
# is plain text; and one of the same size in the place of each formula and figure, without the elements of kinds that stand in
# those before it: of a formula's letters, which are no text but drawn by rules, axe sees none. Of the words that are left, the
# contrast is asked for where they look like none before, and where they are moved out of the text and may lie on other things.
SLIM = """
(names) => {
  const known = new Map(), numbers = new Map(), swaps = [];
  const number = (text) => numbers.get(text) ?? (numbers.set(text, numbers.size), numbers.size - 1);
  const look = (e) => {
    if (!e) return 0;
    if (!known.has(e)) {
      const style = getComputedStyle(e);
      known.set(e, number(`${names.map((name) => style[name])} ${look(e.parentElement)}`));
    }
    return known.get(e);
  };
  const isNew = (seen, what) => !seen.has(what) && seen.add(what);
  const speaks = (e) => [...e.childNodes].some((part) => part.nodeType === Node.TEXT_NODE && part.data.trim());
  document.querySelectorAll("pre").forEach((pre) => {
    const seen = new Set(), twin = pre.cloneNode(true), tokens = twin.querySelectorAll("span");
    pre.querySelectorAll("span").forEach((token, k) => {
      if (token.childElementCount || !token.textContent.trim()) return;
      if (!isNew(seen, look(token))) tokens[k].replaceWith(tokens[k].textContent);
    });
    swaps.push([pre, twin]);
  });
  const kinds = new Set();
  const kind = (e) => [e.localName, ...e.getAttributeNames(), e.role, e.tabIndex, speaks(e) && look(e)].join();
  const thin = (e) => {
    const twin = e.cloneNode(false);
    e.childNodes.forEach((part) => {
      const plain = part.nodeType !== Node.ELEMENT_NODE, less = plain ? part.cloneNode() : thin(part);
      if (plain || isNew(kinds, kind(part)) || less.childElementCount) twin.append(less);
    });
    return twin;
  };
  document.querySelectorAll("mjx-container, figure.explorer svg").forEach((e) => {
    const twin = thin(e), box = e.getBoundingClientRect(), { display } = getComputedStyle(e);
    const size = { width: `${box.width}px`, height: `${box.height}px` };
    Object.assign(twin.style, size, display === "inline" && { display: "inline-block" });
    swaps.push([e, twin]);
  });
  const main = document.querySelector("main"), place = document.createElement("main");
  // outside the page they are quick; within it the browser asks each time what else might look different
  const swap = (way) => { main.replaceWith(place); swaps.forEach(way); place.replaceWith(main); };
  swap(([e, twin]) => e.replaceWith(twin));
  known.clear();
  const looks = new Set(), still = /static|relative|sticky/;
  const moved = (e) => e && (!still.test(getComputedStyle(e).position) || moved(e.parentElement));
  const asked = [...document.body.querySelectorAll("*")].filter((e) =>
    (speaks(e) && (isNew(looks, look(e)) || moved(e))) || e.matches("input, select, textarea, button"));
  asked.forEach((e) => { e.dataset.asked = ""; });
  const contrast = (selector) => axe.configure({ rules: [{ id: "color-contrast", selector }] });
  contrast("[data-asked]");
  window.swapBack = () => {
    swap(([e, twin]) => twin.replaceWith(e));
    asked.forEach((e) => { delete e.dataset.asked; });
    contrast("*");
  };
}
"""
LOOKS = ["color", "backgroundColor", "backgroundImage", "opacity", "mixBlendMode", "filter", "position", "textShadow",
         "fontSize", "fontWeight", "visibility"]  # fmt: skip
SEEN = """
() => {
  const how = { visibilityProperty: true, opacityProperty: true };
  return [...document.querySelectorAll("*")].map((e) => +e.checkVisibility(how)).join("");
}
"""
OF_COLOURS = ["color-contrast", "link-in-text-block"]


def both_themes(page):
    """Show a page in light, then in dark, with all folds open, and nothing that fades in."""
    still = page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)
        page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        yield theme
    still.evaluate("(e) => e.remove()")


@contextlib.contextmanager
def slim(page):
    """A page with twins of its code and formulas."""
    page.evaluate(SLIM, LOOKS)
    yield
    page.evaluate("swapBack()")


def violations(page, **options):
    """What the axe that is in a page objects to."""
    run = "(options) => axe.run(document, options).then((found) => found.violations)"
    return page.evaluate(run, {"resultTypes": ["violations"], **options})


def objections(page):
    """What axe objects to on a page in light and dark: [(theme, violation), ...].

    Rules that are not of colours are asked again in dark if anything is shown there that light hides, or hidden.
    """
    page.evaluate(QUICK.axe_script)  # once: code that has run is quicker
    told, before = [], None
    for theme in both_themes(page):
        seen = page.evaluate(SEEN)
        with slim(page):
            rules = {"runOnly": OF_COLOURS} if seen == before else {}
            told += [(theme, v) for v in violations(page, **rules)]
        before = seen
    return told
