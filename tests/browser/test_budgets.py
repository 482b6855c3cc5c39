"""What a chapter may ask of its readers: budgets that are measured in the browser, on every chapter of the built site.

Run with `-rP` to see what was measured.
"""

import statistics

import pytest
import yaml
from conftest import ROOT

PARTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
CHAPTERS = [f"{page['file']}.html" for part in PARTS if part.get("numbered") for page in part["chapters"]]
# pages with figures that are no chapters: only their figures are measured
OTHERS = ["index.html", "book/mistakes.html", "book/sliders.html"]
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
WIDTHS = (1280, 1000, 768, 390, 320)
BUDGETS = {
    "top of the first slider at 1280, px": 700,
    "top of the first slider at 390, px": 1000,
    "lines of code before the first figure": 0,
    "height as it opens at 1280, px": 24_000,
    "height as it opens at 390, px": 34_000,
    "words of a caption, mean": 40,
    "words of a caption, most": 60,
    "figures with text below 11 px at 390": 0,
    "figures with text beyond their edge at 390": 0,
    "figures with text over text": 0,
    "figures whose right panel does not begin at the left of a phone": 0,
    "code cells that scroll sideways at 1280": 0,
    "figures that move": 0,
    "sliders with a value or name that is cut or wrapped": 0,
}
# what WALK tells of the texts of a figure, and which budget that is
OF_TEXT = {
    "small": "figures with text below 11 px at 390",
    "beyond": "figures with text beyond their edge at 390",
    "over": "figures with text over text",
    "aside": "figures whose right panel does not begin at the left of a phone",
}

SHAPE = """
() => {
  const seen = (e) => e.checkVisibility(), top = (e) => e.getBoundingClientRect().top + scrollY;
  const slider = [...document.querySelectorAll("figure.explorer :is([type=range], fieldset)")].find(seen);
  const figure = document.querySelector("figure.explorer, article img");
  const code = [...document.querySelectorAll(".cell_input pre")].filter(seen);
  return {
    slider: top(slider),
    lines: code.filter((e) => top(e) < top(figure)).map((e) => e.textContent.trim().split("\\n").length).reduce((a, b) => a + b, 0),
    height: document.documentElement.scrollHeight,
    sideways: code.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent.trim().split("\\n")[0]),
  };
}
"""
CAPTIONS = """
() => [...document.querySelectorAll("figure.explorer")].map((figure) => {
  const count = (text) => text.trim().split(/\\s+/).filter((word) => /[\\p{L}\\p{N}]/u.test(word)).length;
  const says = figure.querySelector(".explorer-says").textContent;
  const all = JSON.parse(figure.querySelector("script")?.textContent ?? "{}").captions ?? [says];
  return [figure.id, count(figure.querySelector("figcaption > p").textContent) + Math.max(...all.map(count))];
})
"""
# what only moves figures is quicker where the text is not laid out anew
ONLY_FIGURES = "article *:not(:has(figure.explorer), figure.explorer, figure.explorer *) { display: none !important; }"
# Sets each explorer to each of its positions. Tells which move, whose values are cut, which texts are too small or cut.
WALK = """
(phone) => [...document.querySelectorAll("figure.explorer")].map((figure) => {
  for (let fold = figure.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const inputs = [...figure.querySelectorAll(".explorer-controls [type=range], .explorer-controls fieldset")];
  const options = inputs.map((e) => e.tagName === "FIELDSET" ? [...e.querySelectorAll("input")] : null);
  const counts = inputs.map((e, k) => options[k]?.length ?? +e.max + 1);
  const start = inputs.map((e, k) => options[k]?.findIndex((one) => one.checked) ?? +e.value);
  const picture = figure.querySelector(".explorer-picture"), svg = figure.querySelector("svg"), places = new Set();
  const cut = new Set(), small = new Set(), beyond = new Set(), over = new Set(), aside = new Set();
  const set = (position) => {
    position.forEach((at, k) => { if (options[k]) options[k][at].checked = true; else inputs[k].value = at; });
    figure.querySelector("input")?.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const total = counts.reduce((a, b) => a * b, 1);
  for (let n = 0; n < total; n++) {
    let rest = n;
    set(counts.map((count) => { const at = rest % count; rest = (rest - at) / count; return at; }));
    const outer = figure.getBoundingClientRect(), inner = picture.getBoundingClientRect();
    places.add(`${Math.round(10 * (inner.top - outer.top)) / 10} of ${Math.round(10 * outer.height) / 10}`);
    figure.querySelectorAll("output, label > span, legend").forEach((e) => {
      const box = e.getBoundingClientRect(), line = parseFloat(getComputedStyle(e).lineHeight);
      const narrow = e.tagName === "OUTPUT" && e.scrollWidth > e.clientWidth + 1;
      if (narrow || box.left < outer.left || box.right > outer.right || box.height > 1.6 * line) cut.add(e.textContent);
    });
    // a quarter of a letter's box, above and below, is empty
    const boxes = [...svg.querySelectorAll("text")].map((e) => {
      const box = e.getBoundingClientRect(), [w, h] = box.height > box.width ? [box.width / 4, 1] : [1, box.height / 4];
      return { text: e.textContent, left: box.left + w, right: box.right - w, top: box.top + h, bottom: box.bottom - h };
    });
    boxes.forEach((a, k) => boxes.slice(k + 1).forEach((b) => {
      const [w, h] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
      if (w > 0.5 && h > 0.5) over.add(`${a.text} and ${b.text}`);
    }));
    if (!phone) continue;
    const begins = Math.min(...[...svg.querySelectorAll(".explorer-right text")].map((e) => e.getBoundingClientRect().left));
    if (svg.matches(".explorer-panels") && begins > inner.left + 40) aside.add(`${Math.round(begins)} px`);
    const scale = svg.getScreenCTM().a;
    let left = 0, right = innerWidth; // what lies beyond is cut: by the window, or by a box that hides or scrolls
    for (let e = picture; e !== document.body; e = e.parentElement) {
      const box = e.getBoundingClientRect();
      if (getComputedStyle(e).overflowX !== "visible") [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
    }
    svg.querySelectorAll("text").forEach((e) => {
      const box = e.getBoundingClientRect();
      if (parseFloat(getComputedStyle(e).fontSize) * scale < 11) small.add(e.textContent);
      if (box.left < left || box.right > right || box.bottom > inner.bottom + 2) beyond.add(e.textContent);
    });
  }
  set(start);
  return { name: figure.id, places: [...places], cut: [...cut], small: [...small], beyond: [...beyond],
    over: [...over], aside: [...aside] };
})
"""


def measure(page, chapter):
    """What is measured of a page: {budget: (value, where)}."""
    found = {}
    for window, width in ((LAPTOP, 1280), (PHONE, 390)) if chapter else ():
        page.set_viewport_size(window)
        shape = page.evaluate(SHAPE)
        found[f"top of the first slider at {width}, px"] = round(shape["slider"]), ""
        found[f"height as it opens at {width}, px"] = shape["height"], ""
        if width == 1280:
            found["lines of code before the first figure"] = shape["lines"], ""
            found["code cells that scroll sideways at 1280"] = len(shape["sideways"]), shape["sideways"]
    words = dict(page.evaluate(CAPTIONS))
    found["words of a caption, mean"] = statistics.mean(words.values()), ""
    found["words of a caption, most"] = max(words.values()), [f"{name} {n}" for name, n in words.items() if n > 60]
    moves, cut, figures = {}, {}, page.add_style_tag(content=ONLY_FIGURES)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        for figure in page.evaluate(WALK, width == 390):
            if len(figure["places"]) > 1:
                moves.setdefault(figure["name"], []).append(f"at {width}: {', '.join(figure['places'][:4])}")
            if figure["cut"]:
                cut.setdefault(figure["name"], []).append(f"at {width}: {', '.join(figure['cut'][:4])}")
            for kind, budget in OF_TEXT.items():
                n, where = found.get(budget, (0, []))
                at = [f"{figure['name']} at {width}: {', '.join(figure[kind][:6])}"] if figure[kind] else []
                found[budget] = n + len(at), where + at
    figures.evaluate("(e) => e.remove()")
    found["figures that move"] = len(moves), moves
    found["sliders with a value or name that is cut or wrapped"] = len(cut), cut
    assert page.trouble == []
    return found


@pytest.mark.parametrize("page_name", OTHERS, indirect=True)
def test_the_figures_of_a_page_that_is_no_chapter_keep_their_budgets(page):
    found = measure(page, chapter=False)
    kept = [*OF_TEXT.values(), "figures that move", "sliders with a value or name that is cut or wrapped"]
    assert {budget: found[budget] for budget in kept if found[budget][0] > BUDGETS[budget]} == {}


@pytest.mark.parametrize("page_name", CHAPTERS)
def test_a_chapter_keeps_its_budgets(page_name, visit):
    # a window of its own, for in the shared one somebody may have answered a question; and a phone's, for no other test loads one
    found = measure(visit(page_name, width=390), chapter=True)
    assert found.keys() == BUDGETS.keys()
    lines = [f"{page_name}: {budget}: {found[budget][0]:.6g} of {most}{found[budget][1] or ''}" for budget, most in BUDGETS.items()]
    print("\n".join(lines))
    over = [line for line, (budget, most) in zip(lines, BUDGETS.items(), strict=True) if not found[budget][0] <= most]
    assert not over, "\n".join(over)
