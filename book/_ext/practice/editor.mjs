// Exercises done on the page: an editor in place of the stub.
import { answer, listen, now, python } from "./python.mjs";

const DEADLINE = 10; // seconds that a run may take
const BROKEN = {
  stopped: `Stopped after ${DEADLINE} seconds: is there a loop without an end? Your text is kept, and the next run starts Python anew.`,
  over: "Python itself broke off, as it does when calls run too deep. Your text is kept; the next run starts Python anew.",
};
const memory = new Map(); // where the browser keeps nothing, the page does as long as it is open

const store = {
  get(key) { try { return localStorage.getItem(key) ?? memory.get(key) ?? null; } catch { return memory.get(key) ?? null; } },
  set(key, value) { memory.set(key, value); try { localStorage.setItem(key, value); } catch { /* full or forbidden */ } },
  remove(key) { memory.delete(key); try { localStorage.removeItem(key); } catch { /* forbidden */ } },
};

const element = (tag, name, text) => Object.assign(document.createElement(tag), { className: name, textContent: text });

export function open(exercise, button, where) {
  const { setup, wanted, heading, task, hash } = JSON.parse(exercise.querySelector("script").textContent);
  const name = exercise.dataset.exercise;
  const key = `reglesson:exercise:${name}:${hash}`;
  const block = exercise.querySelector(".cell");
  const stub = block.querySelector(".cell_input pre").textContent.trimEnd() + "\n";
  const says = exercise.querySelector(".exercise-says");
  const text = element("textarea", "exercise-code", "");
  Object.assign(text, { value: store.get(key) ?? stub, spellcheck: false, autocapitalize: "off", autocomplete: "off" });
  text.setAttribute("aria-labelledby", heading);
  if (task) text.setAttribute("aria-describedby", task);
  const run = element("button", "", "Run"), reset = element("button", "", "Reset");
  run.type = reset.type = "button";
  run.title = "Ctrl+Enter";
  const output = element("pre", "exercise-output", "");
  output.hidden = true;
  output.tabIndex = 0;
  const buttons = element("div", "exercise-buttons", "");
  buttons.append(run, reset);
  button.remove();
  block.hidden = true;
  exercise.prepend(text, buttons);
  says.after(output);

  const state = (name, sentence) => { exercise.dataset.state = name; says.textContent = sentence; };
  const fit = () => { text.rows = Math.max(4, text.value.split("\n").length + 1); };
  const show = (printed) => { output.textContent = printed; output.hidden = !printed; };

  let busy = false; // one run at a time an exercise
  const follow = (name, said, why) => {
    if (said) state("loading", said);
    else if (name === "failed") state("failed", `Python could not be had: ${why}. Is the network there? Press Run to try again.`);
    else if (!busy) state("ready", "Python is ready.");
  };
  listen(follow);

  async function go() {
    if (busy) return;
    busy = true;
    store.set(key, text.value);
    show("");
    try {
      const job = { files: [where.harness], call: "run", args: [text.value, setup, wanted], code: text.value };
      const result = await answer(where, job, DEADLINE, () => state("running", "Running …"));
      show(result.output ?? "");
      state(result.state === "over" ? "failed" : result.state, result.says ?? BROKEN[result.state]);
      if (result.state === "right") {
        store.set(`reglesson:solved:${name}`, "1");
        exercise.dataset.solved = "";
      }
    } catch { /* it was told as a step of Python */ } finally {
      busy = false;
    }
  }

  text.addEventListener("input", () => { fit(); store.set(key, text.value); });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); go(); return; }
    // a new line begins where the one before it did, and deeper after a colon; the browser's own undo goes on working
    const line = text.value.slice(0, text.selectionStart).split("\n").at(-1);
    const indent = line.match(/^ */)[0] + (/:\s*$/.test(line) ? "    " : "");
    if (indent && !event.shiftKey && document.execCommand("insertText", false, "\n" + indent)) event.preventDefault();
  });
  run.addEventListener("click", go);
  reset.addEventListener("click", () => {
    text.focus();
    text.select();
    if (!document.execCommand("insertText", false, stub)) text.value = stub; // so that Ctrl+Z brings back what was there
    fit();
    store.remove(key);
    show("");
    if (!busy) state(now().step === "ready" ? "ready" : exercise.dataset.state, "The stub is back.");
  });

  fit();
  text.focus();
  const { step, said, there } = now();
  if (step === "ready" && there) state("ready", "Python is ready.");
  else python(where).catch(() => {});
  if (said) follow(step, said);
}
