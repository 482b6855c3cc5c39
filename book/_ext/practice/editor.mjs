// Exercises done on the page: an editor in place of the stub. The editor itself serves whatever else on a page is code to change.
import { answer, listen, now, python, style } from "./python.mjs";

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

// A field with code that is kept under a key, its buttons, and a place for what is printed. `run` gets the code and answers with
// what it printed; `reset` is told that the first code is back.
export function editor(key, stub, run, reset) {
  const text = element("textarea", "exercise-code", "");
  Object.assign(text, { value: store.get(key) ?? stub, spellcheck: false, autocapitalize: "off", autocomplete: "off" });
  const buttons = element("div", "exercise-buttons", ""), output = element("pre", "exercise-output", "");
  const [runs, resets] = ["Run", "Reset"].map((name) => Object.assign(element("button", "", name), { type: "button" }));
  runs.title = "Ctrl+Enter";
  buttons.append(runs, resets);
  output.hidden = true;
  output.tabIndex = 0;

  const fit = () => { text.rows = Math.max(4, text.value.split("\n").length + 1); };
  const show = (printed) => { output.textContent = printed ?? ""; output.hidden = !printed; };
  const field = { text, buttons, output, busy: false }; // one run at a time

  async function go() {
    if (field.busy) return;
    field.busy = true;
    store.set(key, text.value);
    show("");
    try { show(await run(text.value)); } catch { /* it was told as a step of Python */ } finally { field.busy = false; }
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
  runs.addEventListener("click", go);
  resets.addEventListener("click", () => {
    text.focus();
    text.select();
    if (!document.execCommand("insertText", false, stub)) text.value = stub; // so that Ctrl+Z brings back what was there
    fit();
    store.remove(key);
    show("");
    reset();
  });
  style(new URL("editor.css", import.meta.url));
  fit();
  return field;
}

export function open(exercise, button, where) {
  const { setup, wanted, heading, task, hash } = JSON.parse(exercise.querySelector("script").textContent);
  const name = exercise.dataset.exercise, says = exercise.querySelector(".exercise-says"), block = exercise.querySelector(".cell");
  const state = (name, sentence) => { exercise.dataset.state = name; says.textContent = sentence; };

  async function run(code) {
    const job = { files: [where.harness], call: "run", args: [code, setup, wanted], code };
    const result = await answer(where, job, DEADLINE, () => state("running", "Running …"));
    state(result.state === "over" ? "failed" : result.state, result.says ?? BROKEN[result.state]);
    if (result.state === "right") {
      store.set(`reglesson:solved:${name}`, "1");
      exercise.dataset.solved = "";
    }
    return result.output;
  }

  const stub = block.querySelector(".cell_input pre").textContent.trimEnd() + "\n";
  const field = editor(`reglesson:exercise:${name}:${hash}`, stub, run, () => {
    if (!field.busy) state(now().step === "ready" ? "ready" : exercise.dataset.state, "The stub is back.");
  });
  field.text.setAttribute("aria-labelledby", heading);
  if (task) field.text.setAttribute("aria-describedby", task);
  button.remove();
  block.hidden = true;
  exercise.prepend(field.text, field.buttons);
  says.after(field.output);

  const follow = (name, said, why) => {
    // what became of an answer stays, though Python comes anew for another
    if (!field.busy && ["right", "not-yet", "stopped", "failed"].includes(exercise.dataset.state)) return;
    if (said) state("loading", said);
    else if (name === "failed") state("failed", `Python could not be had: ${why}. Is the network there? Press Run to try again.`);
    else if (!field.busy) state("ready", "Python is ready.");
  };
  listen(follow);
  field.text.focus();
  const { step, said, there } = now();
  if (step === "ready" && there) state("ready", "Python is ready.");
  else python(where).catch(() => {});
  if (said) follow(step, said);
}
