// The code of a figure, changed and run in place: the figure above is then drawn by it, at any value of its sliders.
import { editor } from "../practice/editor.mjs";
import { python, stop } from "../practice/python.mjs";
import { change, close, follow, places, sources } from "./change.mjs";

const EVERY = 10; // seconds after which a run that goes on says so

export async function open(parts) {
  const { figure, button, says } = parts, { cell, hash } = await sources(parts);
  const block = button.parentElement.querySelector(".cell_input"), box = document.createElement("div");
  const state = (name, sentence) => { box.dataset.state = name; says.textContent = sentence; };
  const stops = Object.assign(document.createElement("button"), { type: "button", textContent: "Stop", hidden: true });
  let waits = true; // for Python
  box.className = "change-code";
  stops.addEventListener("click", stop);

  async function run(code) {
    let told = 0, clock;
    waits = true;
    state("running", "Running …");
    const found = await change(parts, code, () => {
      if (clock) return; // once it has begun it can be stopped
      waits = stops.hidden = false;
      state("running", "Running …");
      clock = setInterval(() => state("running", `Running for ${told += EVERY} seconds; a long study takes minutes. Stop ends it.`), EVERY * 1000);
    });
    clearInterval(clock);
    if (document.activeElement === stops) field.text.focus();
    stops.hidden = true;
    waits = false;
    if (found.state !== "done") {
      state("failed", found.says ?? says.textContent);
    } else {
      state("done", "The figure is drawn by this code.");
      figure.scrollIntoView({ block: "nearest" });
    }
    return found.output;
  }

  const field = editor(`reglesson:code:${figure.id}:${hash}`, `${cell}\n`, run, () => {
    close(figure);
    state("reset", "The book's code and its figure are back.");
  });
  field.text.setAttribute("aria-label", "Code of this figure");
  field.text.setAttribute("aria-describedby", `${figure.id}-about`);
  field.buttons.append(stops);
  block.hidden = true;
  button.replaceWith(box);
  box.append(field.text, field.buttons, says, field.output);
  follow(says, () => waits);
  python(places(parts)).then(() => { waits = false; state("ready", "Python is ready."); }, () => {});
  field.text.focus();
}
