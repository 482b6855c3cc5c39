// A figure whose every frame is drawn anew by Python in the page: any value of its sliders, other numbers, another draw.
import { answer, listen, now } from "../practice/python.mjs";

const SECONDS = 60; // that one frame may take
const STEPS = 1000; // of a slider that stops nowhere
const WRONG = { stopped: `Stopped after ${SECONDS} seconds.`, over: "Python itself broke off." };
const element = (tag, name, text) => Object.assign(document.createElement(tag), { className: name, textContent: text ?? "" });
const pages = {}; // what the figures of a page need, fetched once

// a slider, or a list of words, with its readout
function control({ name, label, kind, values, stops, whole, start }, changed) {
  const box = element("label", ""), title = element("span", "", label || name);
  if (kind === "choice") {
    const list = element("select", "");
    list.name = name;
    for (const value of values) list.add(new Option(value, value, value === start, value === start));
    list.addEventListener("change", changed);
    box.append(title, list);
    return { box, name, value: () => list.value };
  }
  const low = Math.min(...values), high = Math.max(...values), log = kind === "log";
  const scale = (x) => (log ? Math.log(x) : x), back = (x) => (log ? Math.exp(x) : x);
  const rail = element("input", ""), shown = element("output", "");
  Object.assign(rail, { type: "range", name, min: 0, max: stops ? values.length - 1 : STEPS, step: 1 });
  rail.value = stops ? values.indexOf(start) : Math.round(STEPS * (scale(start) - scale(low)) / (scale(high) - scale(low)));
  let moved = false; // until it is, the value is the book's own
  const value = () => {
    if (stops) return values[rail.value];
    const exact = moved ? back(scale(low) + rail.value / STEPS * (scale(high) - scale(low))) : start;
    return whole ? Math.round(exact) : moved ? Number(exact.toPrecision(4)) : exact;
  };
  const say = () => { shown.textContent = String(value()); rail.setAttribute("aria-valuetext", String(value())); };
  rail.addEventListener("input", () => { moved = true; say(); changed(); });
  say();
  box.append(title, rail, shown);
  return { box, name, value };
}

export async function open(figure, button, base, { pyodide, wheel, page }) {
  const at = (name) => new URL(name, base).href;
  const where = { home: at(pyodide), wheel: at(wheel), worker: at("../practice/worker.mjs") };
  const ask = (call, args) => answer(where, { files: [at("figure.py")], call, args, packages: ["matplotlib"] }, SECONDS);
  const box = element("div", "explorer-changed"), says = element("p", "explorer-says"), picture = element("div", "explorer-picture");
  says.setAttribute("role", "status");
  const state = (name, text) => { figure.dataset.live = name; says.textContent = text; };
  const book = [...figure.querySelectorAll(":scope > :is(.explorer-controls, .explorer-says, .explorer-picture)")];
  box.append(says);
  figure.querySelector("figcaption").before(box);
  listen((step, said, why) => {
    if (!box.isConnected) return;
    if (said) state("loading", said.replace("9 MB", "19 MB"));
    if (step === "failed") state("failed", `Python could not be had: ${why}. Is the network there?`);
  });
  state("loading", now().said ?? "Python draws this figure …");

  let found;
  try {
    pages[page] ??= await (await fetch(at(page))).json();
    const { setup, cell } = pages[page][figure.id];
    found = await ask("begin", [figure.id, setup, cell]);
  } catch { found = { state: "failed", says: says.textContent || "What draws this figure could not be fetched." }; }
  if (found.state !== "done") {
    state("failed", found.says ?? WRONG[found.state]);
    button.disabled = false;
    button.addEventListener("click", () => box.remove(), { once: true, capture: true });
    return;
  }

  let draw = 0, busy = false, waits = false;
  async function show() {
    if (busy) { waits = true; return; } // the newest wish is drawn next, those between are not
    busy = true;
    const values = (all) => Object.fromEntries(all.map(({ name, value }) => [name, value()]));
    const next = await ask("frame", [figure.id, values(sliders), values(numbers), draw]);
    busy = false;
    if (waits) { waits = false; show(); return; }
    if (next.state !== "done") return state("failed", next.says ?? WRONG[next.state]);
    svg.setAttribute("viewBox", next.box);
    svg.innerHTML = next.svg;
    if (!box.contains(picture)) { // the book's own picture stands until there is another
      for (const each of book) each.hidden = true;
      picture.append(svg);
      box.append(picture);
    }
    state("ready", next.says);
    if (figure.querySelector(".explorer-says.mathjax_process")) window.MathJax?.typeset?.([says]);
  }

  const svg = figure.querySelector("svg").cloneNode(false);
  const sliders = found.sliders.map((each) => control(each, show)), numbers = found.numbers.map((each) => control(each, show));
  const controls = element("div", "explorer-controls"), buttons = element("div", "explorer-buttons");
  const again = element("button", "", "New draw"), back = element("button", "", "As in the book");
  again.type = back.type = "button";
  again.addEventListener("click", () => { draw += 1; show(); });
  back.addEventListener("click", () => {
    box.remove();
    for (const each of book) each.hidden = false;
    figure.dataset.live = "";
    button.hidden = button.disabled = false;
    button.focus();
  });
  buttons.append(...(found.random ? [again] : []), back);
  controls.append(...[...sliders, ...numbers].map((each) => each.box), buttons);
  box.prepend(controls);
  // the player of the book's frames listens on the figure
  for (const name of ["input", "change", "keydown"]) box.addEventListener(name, (event) => event.stopPropagation());
  button.hidden = true;
  (controls.querySelector("input, select") ?? back).focus();
  await show();
}
