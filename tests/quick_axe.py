"""axe in about a third of the time: each colour is read once, and so is each kind of token in a block of code.

Of the seconds of axe most went into objects for colours, of which a long page needs very many: as it is delivered, their private
fields are entries of weak maps, and "rgb(255, 255, 255)" is read anew for each of them. Most of the rest were tokens of code,
thousands of the same colours on the same ground. test_pages.py holds what is found here against what axe finds by itself.
"""

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

# hides each token of a block of code that looks like one before it, on a ground that looks the same; it keeps its place
LOOKS = ["color", "backgroundColor", "backgroundImage", "opacity", "mixBlendMode", "filter", "position", "textShadow",
         "fontSize", "fontWeight"]  # fmt: skip
HIDE = """
(looks) => document.querySelectorAll("pre").forEach((pre) => {
  const seen = new Set();
  pre.querySelectorAll("span").forEach((token) => {
    if (token.childElementCount || !token.textContent.trim()) return;
    const found = [];
    for (let e = token; e !== pre; e = e.parentElement) {
      const style = getComputedStyle(e);
      found.push(...looks.map((name) => style[name]));
    }
    const look = found.join();
    if (seen.has(look)) {
      token.dataset.before = token.style.visibility;
      token.style.visibility = "hidden";
    }
    seen.add(look);
  });
})
"""
SHOW = """
() => document.querySelectorAll("pre [data-before]").forEach((token) => {
  token.style.visibility = token.dataset.before;
  delete token.dataset.before;
})
"""
SEEN = """
() => {
  const how = { visibilityProperty: true, opacityProperty: true };
  return [...document.querySelectorAll("*")].map((e) => +e.checkVisibility(how)).join("");
}
"""
# what moves comes to its end; an animation that stands still has none and is waited for a second
SETTLED = """
() => Promise.race([
  Promise.allSettled(document.getAnimations().map((a) => a.finished)),
  new Promise((keep) => setTimeout(keep, 1000)),
]).then(() => true)
"""
OF_COLOURS = ["color-contrast", "link-in-text-block"]


def both_themes(page):
    """Show a page in light, then in dark, with all folds open."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)
        page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        page.evaluate("() => new Promise(requestAnimationFrame)")  # what was opened fades in
        page.evaluate(SETTLED)
        yield theme


def violations(axe, page, **options):
    """What axe objects to."""
    return axe.run(page, options={"resultTypes": ["violations"], **options}).response["violations"]


def objections(page):
    """What axe objects to on a page in light and dark: [(theme, violation), ...].

    Rules that are not of colours are asked again in dark if anything is shown there that light hides, or hidden.
    """
    told, before = [], None
    for theme in both_themes(page):
        seen = page.evaluate(SEEN)
        if seen != before:
            told += [(theme, v) for v in violations(QUICK, page, rules={"color-contrast": {"enabled": False}})]
            rules = ["color-contrast"]
        else:
            rules = OF_COLOURS
        before = seen
        page.evaluate(HIDE, LOOKS)
        told += [(theme, v) for v in violations(QUICK, page, runOnly=rules)]
        page.evaluate(SHOW)
    return told
