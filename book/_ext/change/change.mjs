// A figure whose every frame is drawn anew by Python in the page: any value of its sliders, other numbers, another draw, other
// points, other code.
import { answer, listen, now, style } from "../practice/python.mjs";

const SECONDS = 600; // that one frame may take: the largest study trains for more than a minute here, and on a phone for longer
const STEPS = 1000; // of a slider that stops nowhere
const element = (tag, name, text) => Object.assign(document.createElement(tag), { className: name, textContent: text ?? "" });
const pages = {}; // what the figures of a page need, fetched once
const closing = new WeakMap(); // for each figure that is changed now, what brings the book's own back

// a button with what a press of it does
function button(name, press) {
  const made = element("button", "", name);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}

// a number as people write it, and as the book's own figures do
function written(x) {
  const [digits, power] = x.toExponential().split("e");
  if (x === 0 || (power >= -4 && power < 6)) return String(x).replace("-", "−");
  const raised = power.replace("+", "").replace(/[-0-9]/g, (one) => one === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[one]);
  return (digits === "1" ? "" : digits === "-1" ? "−" : `${digits}·`.replace("-", "−")) + `10${raised}`;
}

// a slider, or a list of words, with its readout
function control({ name, label, kind, values, stops, whole, start }, changed) {
  const box = element("label", ""), title = element("span", "", label || name);
  if (kind === "choice") {
    const list = element("select", "");
    Object.assign(list, { name, autocomplete: "off" });
    for (const value of values) list.add(new Option(value));
    list.addEventListener("change", changed);
    box.append(title, list);
    const reset = () => { list.value = start; };
    reset();
    return { box, name, value: () => list.value, reset };
  }
  const low = Math.min(...values), high = Math.max(...values), log = kind === "log";
  const scale = (x) => (log ? Math.log(x) : x), back = (x) => (log ? Math.exp(x) : x);
  const rail = element("input", ""), shown = element("output", "");
  // a browser that comes back to the page gives values to sliders by their order, and this one will not be there
  Object.assign(rail, { type: "range", name, min: 0, max: stops ? values.length - 1 : STEPS, step: 1, autocomplete: "off" });
  let moved = false; // until it is, the value is the book's own
  const value = () => {
    if (stops) return values[rail.value];
    const exact = moved ? back(scale(low) + rail.value / STEPS * (scale(high) - scale(low))) : start;
    return whole ? Math.round(exact) : moved ? Number(exact.toPrecision(4)) : exact;
  };
  const say = () => { shown.textContent = written(value()); rail.setAttribute("aria-valuetext", written(value())); };
  shown.style.minWidth = `${Math.max(...[...values, back((scale(low) + scale(high)) / 3)].map((each) => written(each).length), 5)}ch`;
  const reset = () => {
    rail.value = stops ? values.indexOf(start) : Math.round(STEPS * (scale(start) - scale(low)) / (scale(high) - scale(low)));
    moved = false;
    say();
  };
  rail.addEventListener("input", () => { moved = true; say(); changed(); });
  reset();
  box.append(title, rail, shown);
  return { box, name, value, reset };
}

// what the code of a figure needs, and the code
export async function sources({ figure, base, page }) {
  pages[page] ??= await (await fetch(new URL(page, base))).json();
  return pages[page][figure.id];
}

export const places = ({ base, pyodide, wheel }) => {
  const at = (name) => new URL(name, base).href;
  return { home: at(pyodide), wheel: at(wheel), worker: at("../practice/worker.mjs") };
};

// tells in a paragraph what Python is at, as long as somebody waits for it there
export function follow(says, waits) {
  const tell = (step, said, why) => {
    if (!waits()) return;
    if (said) says.textContent = said.replace("9 MB", "19 MB");
    if (step === "failed") says.textContent = `Python could not be had: ${why}. Is the network there?`;
  };
  listen(tell);
  tell(now().step, now().said);
}

style(new URL("live.css", import.meta.url));

export const close = (figure) => closing.get(figure)?.();

// Has a figure drawn by some code, the book's own or a reader's, and gives it controls; answers what came of it, where what Python
// itself could not do was told as its step. `begun` is called when Python, which may come first, begins to compute.
export async function change(parts, code, begun) {
  const { figure, base } = parts, { setup, cell } = await sources(parts);
  const source = { name: figure.id, setup, cell: code ?? cell, yours: code !== undefined };
  const files = ["../practice/harness.py", "figure.py"].map((name) => new URL(name, base).href);
  const job = { files, packages: ["matplotlib"], code: `${setup}\n${source.cell}` };
  async function ask(call, args) {
    let began = performance.now();
    const begins = () => { began = performance.now(); begun?.(); };
    try {
      const found = await answer(places(parts), { ...job, call, args: [source, ...args] }, SECONDS, begins);
      const wrong = { stopped: `Stopped after ${Math.round((performance.now() - began) / 1000)} seconds.`, over: "Python itself broke off." };
      return { ...found, says: found.says ?? wrong[found.state] };
    } catch { return { state: "failed" }; }
  }
  const found = await ask("begin", []);
  if (found.state !== "done") return found;

  const box = element("div", "explorer-changed"), says = element("p", "explorer-says"), picture = element("div", "explorer-picture");
  const svg = figure.querySelector("svg").cloneNode(false);
  says.setAttribute("role", "status");
  svg.classList.remove("explorer-drag");
  const values = (all) => Object.fromEntries(all.map((each) => [each.name, each.value()]));
  const formulas = () => { if (figure.querySelector(".mathjax_process.explorer-says")) window.MathJax?.typeset?.([says]); };

  let draw = 0, busy = false, waits = false;
  async function show() {
    if (busy) { waits = true; return null; } // the newest wish is drawn next, those between are not
    busy = true;
    const next = await ask("frame", [values(sliders), values(numbers), draw, points?.values() ?? {}]);
    busy = false;
    if (waits) { waits = false; return show(); }
    if (box.isConnected) figure.dataset.live = next.state === "done" ? "ready" : "failed";
    says.textContent = next.says ?? "Python could not be had. Is the network there?";
    if (next.state !== "done") return next;
    svg.setAttribute("viewBox", next.box);
    svg.innerHTML = next.svg;
    points?.place(next.points);
    formulas();
    return next;
  }

  const sliders = found.sliders.map((each) => control(each, show));
  const anew = () => { points?.reset(); show(); }; // with another number, or drawn by chance once more, they are other points
  const numbers = found.numbers.map((each) => control(each, anew));
  const points = found.points ? (await import("./points.mjs")).points(figure.id, svg, show) : null;
  const first = await show();
  if (first.state !== "done") return first;

  close(figure);
  const book = [...figure.querySelectorAll(":scope > :is(.explorer-controls, .explorer-says, .explorer-picture)")];
  const begin = figure.querySelector(".change-begin"); // a figure without sliders has no row of buttons to hold it
  const controls = element("div", "explorer-controls"), buttons = element("div", "explorer-buttons");
  buttons.append(
    ...(found.random ? [button("New draw", () => { draw += 1; anew(); })] : []),
    ...(points ? [button("Add a point", points.add), button("Remove a point", points.remove)] : []),
    button("Reset", () => { draw = 0; for (const each of [...sliders, ...numbers]) each.reset(); anew(); }),
    button("Close", () => { close(figure); (begin ?? figure.closest(".cell").querySelector("textarea")).focus(); }),
  );
  controls.append(...[...sliders, ...numbers].map((each) => each.box), buttons);
  picture.append(svg, ...(points ? [points.layer] : []));
  box.append(controls, says, picture, ...(points ? [points.hint] : []));
  // the player of the book's frames listens on the figure
  for (const name of ["input", "change", "keydown"]) box.addEventListener(name, (event) => event.stopPropagation());
  for (const each of [...book, ...(begin ? [begin] : [])]) each.hidden = true;
  figure.querySelector("figcaption").before(box);
  figure.dataset.live = "ready";
  formulas();
  const back = () => close(figure); // a link to a state of the book's own figure shows that
  figure.addEventListener("set", back);
  closing.set(figure, () => {
    closing.delete(figure);
    figure.removeEventListener("set", back);
    box.remove();
    for (const each of book) each.hidden = false;
    if (begin) begin.hidden = begin.disabled = false;
    figure.dataset.live = "";
  });
  return found;
}

// what a press of "Change this figure" does
export async function open(parts) {
  const { figure, button: pressed, says } = parts;
  let waits = true;
  figure.dataset.live = "loading";
  says.textContent = "Python draws this figure …";
  follow(says, () => waits);
  let found = { state: "failed", says: "What draws this figure could not be fetched. Is the network there? Press again to try once more." };
  try { found = await change(parts); } catch { /* told below */ } finally { waits = false; }
  if (found.state === "done") {
    says.remove();
    figure.querySelector(".explorer-changed :is(input, select, button)").focus();
  } else {
    figure.dataset.live = "failed";
    says.textContent = found.says ?? says.textContent;
    pressed.disabled = false;
  }
}
