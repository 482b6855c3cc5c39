"""Print the sizes and speeds of the built site: what a reader downloads, and how fast sliders and pages are.

usage: python tools/measure.py [RUNS]      (loads of each page, 5 without one)

Where REGLESSON_PYODIDE names a mirror of Pyodide (tools/pyodide_mirror.py), an exercise is tried on its page, and every
figure that can be changed is, too.

Sizes are gzipped, as hosts send them; fonts and pictures as they are. Times are of headless Chromium on this machine,
with an empty cache for each load, and the median of all loads counts; a step is setting a slider, exchanging the picture
and laying out the page. In a kernel, without a front end, each slider of the figures of some notebooks is moved once: from
its new value until the picture is handed over. Last it says whether each goal is met, those of the last builds (`make book`)
among them.
"""

import contextlib
import gzip
import json
import os
import re
import statistics
import sys
from pathlib import Path

import check_site
import lite
import nbformat
import notebooks
from browser import open_browser, serving
from took import beside_goals

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
FIGURE = re.compile(r'<figure class="explorer" id="([^"]+)".*?</figure>', re.DOTALL)

# what no page may exceed: all that it loads before a click, in kB, and the two times from navigation, in ms
GOALS = {"all that it loads, kB": 900, "largest paint, ms": 1000, "first slider, ms": 1000}

BEFORE = ("learn.js", "practice.js")  # of the scripts of exercises, predictions and memory, those that come with a page

STEPS = """
(id) => {
  const figure = document.getElementById(id), inputs = [...figure.querySelectorAll("[type=range]")], took = [];
  const step = (input, value) => {
    const began = performance.now();
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    figure.getBoundingClientRect();
    took.push(performance.now() - began);
  };
  for (let round = 0; round < 3; round++) {
    for (const input of inputs) {
      for (let k = 0; k <= +input.max; k++) step(input, k);
      for (let k = +input.max; k >= 0; k--) step(input, k);
    }
  }
  return took;
}
"""
# the notebooks whose figures are moved in a kernel: those that compute little, and with them most figures
LIVE = ("index", "book/sliders", "book/l2", "book/l1", "book/overfitting")
LIVE_FIRST = """
import ipywidgets
SEEN = []
ipywidgets.Widget.on_widget_constructed(lambda made: SEEN.append(made) if isinstance(made, ipywidgets.VBox) else None)
"""
LIVE_LAST = """
import json, time
took = []
for box in SEEN:
    for control in box.children[:-3]:
        began = time.perf_counter()
        control.index += 1 if control.index < len(control.options) - 1 - control.index else -1
        took.append(1e3 * (time.perf_counter() - began))
print(json.dumps(took))
"""
WATCH = """
new PerformanceObserver((list) => { for (const e of list.getEntries()) window.painted = e.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
new MutationObserver(() => {
  if (window.usable === undefined && document.querySelector(".explorer-controls:not([hidden])")) window.usable = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["hidden"] });
"""


def load(browser, url):
    """Load a page once with an empty cache; return the bytes, the largest paint and the first usable slider (ms)."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(url, wait_until="load")
    page.wait_for_timeout(700)
    size = sum(transferred(answer) for answer in answers)
    times = page.evaluate("[window.painted, window.usable]")
    context.close()
    return size, *times


def transferred(answer):
    """Bytes of an answer as a host that compresses text would send it."""
    body = answer.body()
    kind = answer.headers.get("content-type", "")
    return len(gzip.compress(body, 6)) if re.search(r"text|javascript|json|svg|xml|wasm|octet", kind) else len(body)


def quantile(values, share):
    """The value below which a share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


# presses the first exercise's button, runs its stub, and then once more as often as is said; tells the milliseconds
PRACTISE = """
async (times) => {
  const box = document.querySelector(".exercise"), began = performance.now(), took = [];
  const done = () => new Promise((keep) => {
    const watch = new MutationObserver(() => {
      if (box.dataset.state === "not-yet") { watch.disconnect(); keep(); }
    });
    watch.observe(box, { attributes: true });
  });
  const press = async (name) => {
    for (;;) {
      const button = [...box.querySelectorAll("button")].find((each) => each.textContent === name);
      if (button) return button.click();
      await new Promise(requestAnimationFrame);
    }
  };
  await press("Try it here");
  for (let k = 0; k <= times; k++) {
    const start = k ? performance.now() : began, answer = done();
    await press("Run");
    await answer;
    took.push(performance.now() - start);
    box.dataset.state = "asked";
  }
  return took;
}
"""


@contextlib.contextmanager
def fresh_page(browser, url, copies):
    """A page in a window with an empty cache, where Python comes from the copies of a mirror."""
    context = browser.new_context()
    home = lite.PYODIDE.rsplit("/", 1)[0] + "/"
    cors = {"access-control-allow-origin": "*"}
    context.route(home + "**", lambda route: route.fulfill(path=copies[route.request.url.removeprefix(home)], headers=cors))
    page = context.new_page()
    page.goto(url, wait_until="load")
    try:
        yield page
    finally:
        context.close()


def practise(browser, url, copies, times=40):
    """Try an exercise on a page with an empty cache; return the bytes after the press, the first answer and the later ones (ms)."""
    answers = []
    with fresh_page(browser, url, copies) as page:
        page.context.on("response", lambda answer: answers.append(answer))
        first, *later = page.evaluate(PRACTISE, times)
        return sum(transferred(answer) for answer in answers), first, later


# changes a figure: presses its button, and then sets its first slider, or draws anew, as often as is said; tells the milliseconds
CHANGE = """
async ([name, times]) => {
  const figure = document.getElementById(name), took = [];
  const ready = () => new Promise((keep, fail) => {
    const watch = new MutationObserver(() => {
      if (["ready", "failed"].includes(figure.dataset.live)) watch.disconnect();
      if (figure.dataset.live === "ready") keep();
      if (figure.dataset.live === "failed") fail(new Error(figure.querySelector("[role=status]").textContent));
    });
    watch.observe(figure, { attributes: true });
  });
  const timed = async (act) => {
    figure.dataset.live = "asked";
    const began = performance.now(), answer = ready();
    act();
    await answer;
    took.push(performance.now() - began);
  };
  await timed(() => figure.querySelector(".change-begin").click());
  const box = figure.querySelector(".explorer-changed"), rail = box.querySelector("[type=range]");
  const buttons = [...box.querySelectorAll("button")], draw = buttons.find((each) => each.textContent === "New draw");
  for (let k = 0; k < times; k++) {
    await timed(() => {
      if (!rail) return draw.click();
      rail.value = Math.round(rail.max * (k + 1) / times);
      rail.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
  // with a point added the chapter is computed anew
  const add = buttons.find((each) => each.textContent === "Add a point"), steps = took.slice(1), points = [];
  for (let k = 0; add && k < 5; k++) {
    await timed(() => add.click());
    points.push(took.at(-1));
  }
  return { first: took[0], steps, points };
}
"""


def change(browser, base, entries, copies):
    """What changing every figure that can be takes: {goal: (limit, value)}, and a table of them."""
    first, steps, points = {}, {}, {}
    print("\n| figure that can be changed | page | first frame, s | step, median ms | with another point, median ms |")
    print("| --- | --- | --: | --: | --: |")
    for entry in entries:
        text = (SITE / f"{entry}.html").read_text(encoding="utf-8")
        for name in re.findall(r'<figure class="explorer" id="([^"]+)"[^>]* data-live', text):
            with fresh_page(browser, f"{base}{entry}.html", copies) as page:
                took = page.evaluate(CHANGE, [name, 15])
            first[name], steps[name] = took["first"] / 1e3, statistics.median(took["steps"])
            another = ""
            if took["points"]:
                points[name] = statistics.median(took["points"])
                another = f"{points[name]:.0f}"
            print(f"| {name} | {entry} | {first[name]:.1f} | {steps[name]:.0f} | {another} |", flush=True)
    if not first:
        return {}
    slowest, most = max(first, key=first.get), max(steps, key=steps.get)
    return {
        "first frame of a changed figure after the press, cold, median of all figures, s": (10, statistics.median(first.values())),
        f"the same, the most of all figures ({slowest})": (10, first[slowest]),
        "a step of a changed figure, median of all figures' medians, ms": (400, statistics.median(steps.values())),
        f"the same, the most of all figures ({most})": (400, steps[most]),
        "a step with a point added, the most of all figures, ms": (400, max(points.values(), default=0)),
    }


def practice(browser, url, copies):
    """What `practise` finds in five fresh windows: {goal: (limit, value)}."""
    found = [practise(browser, url, copies) for _ in range(5)]
    return {
        "first answer of an exercise after the press, cold, median of five, s": (5, statistics.median(f[1] for f in found) / 1e3),
        "later answers, 95th percentile, ms": (100, quantile([ms for each in found for ms in each[2]], 0.95)),
        "loaded after the press, MB": (9.5, statistics.median(each[0] for each in found) / 1e6),
    }


def scripts():
    """What the scripts of exercises, predictions and memory weigh: {goal: (limit, value)}."""
    files = [file for folder in ("learn", "practice") for file in (SITE / folder).iterdir() if file.suffix != ".css"]
    sizes = {file.name: len(gzip.compress(file.read_bytes(), 9)) / 1000 for file in files}
    before = sum(sizes[name] for name in BEFORE)
    return {"script of practice before a press, kB": (4, before), "all script of practice, kB": (12, sum(sizes.values()))}


def live():
    """How long a kernel takes from a slider's new value to the picture, on its way to the front end: {goal: (limit, value)}."""
    took = []
    for entry in LIVE:
        _, notebook = notebooks.read(ROOT / f"{entry}.ipynb")
        last = nbformat.v4.new_code_cell(LIVE_LAST)
        notebook.cells = [nbformat.v4.new_code_cell(LIVE_FIRST), *notebook.cells, last]
        notebooks.client(ROOT / f"{entry}.ipynb", notebook).execute()
        took += json.loads(last.outputs[0]["text"])
    return {f"live: a frame after a key, median of {len(took)} sliders, each moved once, ms": (80, statistics.median(took))}


def verdicts(pages, more):
    """A sentence for each goal.

    `pages` maps a page to its values in the order of GOALS, None where it has no slider; `more` a goal to its limit and value.
    """
    worst = {}
    for k, (goal, limit) in enumerate(GOALS.items()):
        name, value = max(((n, values[k]) for n, values in pages.items() if values[k] is not None), key=lambda pair: pair[1])
        worst[f"{goal}, the most of all pages ({name})"] = (limit, value)
    for goal, (limit, value) in {**worst, **more}.items():
        yield f"Goal, {goal}, at most {limit}: {value:.3g}, {'met' if value <= limit else 'NOT met'}."


def main(words):
    runs = int(words[0]) if words else 5
    if not (SITE / "index.html").is_file():
        sys.exit(f"There is no site in {SITE}: run `make book` first.")
    player = len(gzip.compress((SITE / "_static" / "player.js").read_bytes(), 9))
    print(f"player script: {player / 1000:.1f} kB\n")
    print("| explorer | page | kB | step, median ms | step, 95 % ms |\n| --- | --- | --: | --: | --: |")
    entries = [entry for entry in check_site.contents.pages(ROOT) if (SITE / f"{entry}.html").is_file()]
    slowest = {}
    with serving(SITE) as base, open_browser() as browser:
        for entry in entries:
            text = (SITE / f"{entry}.html").read_text(encoding="utf-8")
            found = [(m[1], m[0]) for m in FIGURE.finditer(text) if "<input" in m[0]]
            page = browser.new_page()
            page.goto(f"{base}{entry}.html", wait_until="load")
            for name, figure in found:
                took = page.evaluate(STEPS, name)
                size = len(gzip.compress(figure.encode(), 9)) / 1000
                slowest[entry, name] = quantile(took, 0.95)
                print(f"| {name} | {entry} | {size:.1f} | {statistics.median(took):.1f} | {slowest[entry, name]:.1f} |", flush=True)
            page.close()
        print(f"\n| page | page kB | {' | '.join(GOALS)} |\n| --- | --: | --: | --: | --: |")
        pages = {}
        for entry in entries:
            size = len(gzip.compress((SITE / f"{entry}.html").read_bytes(), 9)) / 1000
            loads = [load(browser, f"{base}{entry}.html") for _ in range(runs)]
            whole, painted = (statistics.median(each[k] for each in loads) for k in (0, 1))
            usable = [each[2] for each in loads if each[2] is not None]
            pages[entry] = (whole / 1000, painted, statistics.median(usable) if usable else None)
            shown = " | ".join("" if value is None else f"{value:.0f}" for value in pages[entry])
            print(f"| {entry} | {size:.0f} | {shown} |", flush=True)
        mirror, tried = os.environ.get("REGLESSON_PYODIDE"), {}
        if mirror:
            copies = lite.verified(Path(mirror))
            tried = practice(browser, f"{base}book/l2.html", copies) | change(browser, base, entries, copies)
    slow = sum(ms > 2 for ms in slowest.values())
    steps = {f"explorers whose step is above 2 ms at the 95th percentile, of {len(slowest)}": (0, slow)}
    print("", *verdicts(pages, scripts() | beside_goals() | steps | live() | tried), sep="\n")
    if not tried:
        print("Exercises and figures that can be changed were not tried: REGLESSON_PYODIDE names no mirror.")


if __name__ == "__main__":
    main(sys.argv[1:])
