// The code of a figure, changed and run in place: the figure above is then drawn by it, at any value of its sliders.
import { editor } from "../practice/editor.mjs";
import { python } from "../practice/python.mjs";
import { change, close, follow, places, sources } from "./change.mjs";

export async function open(parts) {
  const { figure, button, says } = parts, { cell, hash } = await sources(parts);
  const block = button.parentElement.querySelector(".cell_input"), box = document.createElement("div");
  const state = (name, sentence) => { box.dataset.state = name; says.textContent = sentence; };
  let waits = true; // for Python
  box.className = "change-code";

  async function run(code) {
    waits = true;
    state("running", "Running …");
    const found = await change(parts, code);
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
  block.hidden = true;
  button.replaceWith(box);
  box.append(field.text, field.buttons, says, field.output);
  follow(says, () => waits);
  python(places(parts)).then(() => { waits = false; state("ready", "Python is ready."); }, () => {});
  field.text.focus();
}
