"""axe in about a fifth of the time: each colour is read once, and so is each kind of token in code and each kind of formula.

Of the seconds of axe most went into objects for colours, of which a long page needs very many: as it is delivered, their private
fields are entries of weak maps, and "rgb(255, 255, 255)" is read anew for each of them. Most of the rest were tokens of code,
thousands of the same colours on the same ground, and what MathJax makes of formulas, ten elements for each. test_pages.py holds
what is found here against what axe finds by itself.
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
# is plain text; and an empty one of the same size in the place of each formula whose elements are all of kinds that stand in
# formulas before it: of their letters, which are no text but drawn by rules, axe sees none.
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
  document.querySelectorAll("pre").forEach((pre) => {
    const seen = new Set(), twin = pre.cloneNode(true), tokens = twin.querySelectorAll("span");
    pre.querySelectorAll("span").forEach((token, k) => {
      if (token.childElementCount || !token.textContent.trim()) return;
      if (seen.has(look(token))) tokens[k].replaceWith(tokens[k].textContent);
      seen.add(look(token));
    });
    swaps.push([pre, twin]);
  });
  const seen = new Set(), kind = (e) => [e.localName, ...e.getAttributeNames(), e.role, e.tabIndex].join();
  document.querySelectorAll("mjx-container").forEach((formula) => {
    const kinds = [...formula.getElementsByTagName("*")].map(kind), box = formula.getBoundingClientRect();
    if (kinds.every((each) => seen.has(each))) {
      const twin = formula.cloneNode(false), space = document.createElement("span");
      Object.assign(space.style, { display: "inline-block", width: `${box.width}px`, height: `${box.height}px` });
      twin.append(space);
      swaps.push([formula, twin]);
    }
    kinds.forEach((each) => seen.add(each));
  });
  const main = document.querySelector("main"), place = document.createElement("main");
  // outside the page they are quick; within it the browser asks each time what else might look different
  const swap = (way) => { main.replaceWith(place); swaps.forEach(way); place.replaceWith(main); };
  swap(([e, twin]) => e.replaceWith(twin));
  window.swapBack = () => swap(([e, twin]) => twin.replaceWith(e));
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
