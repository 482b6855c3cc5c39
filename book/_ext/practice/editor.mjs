// Exercises done on the page: an editor in place of the stub, and one worker with Python for all of them.
const DEADLINE = 10; // seconds that a run may take: a loop without end cannot be interrupted, only ended with its worker
const TOLD = {
  fetching: "Python is coming, 9 MB, the first time only …",
  starting: "Python is starting …",
};
const memory = new Map(); // where the browser keeps nothing, the page does as long as it is open

const store = {
  get(key) { try { return localStorage.getItem(key) ?? memory.get(key) ?? null; } catch { return memory.get(key) ?? null; } },
  set(key, value) { memory.set(key, value); try { localStorage.setItem(key, value); } catch { /* full or forbidden */ } },
  remove(key) { memory.delete(key); try { localStorage.removeItem(key); } catch { /* forbidden */ } },
};

let worker = null, ready = null, last = 0, step = "";
const waiting = new Map(); // runs that were sent, by number
const listeners = new Set(); // what each open exercise does with a step of Python

function tell(name, why) {
  step = name;
  document.dispatchEvent(new CustomEvent("reglesson:python", { detail: { step: name, why } }));
  listeners.forEach((listen) => listen(name, why));
}

function end() {
  worker?.terminate();
  worker = ready = null;
}

// the worker, started if there is none; the promise is kept until Python is ready or has failed
function python(where) {
  ready ??= new Promise((resolve, reject) => {
    worker = new Worker(where.worker, { type: "module" });
    worker.onmessage = ({ data }) => {
      if (data.step === "ready") resolve();
      if (data.step === "failed") { end(); reject(new Error(data.why)); }
      if (data.step) return tell(data.step, data.why);
      const run = waiting.get(data.begun ?? data.id);
      if (data.begun) return run?.begin();
      waiting.delete(data.id);
      if (data.over) end();
      run?.finish(data);
    };
    worker.onerror = () => { end(); tell("failed", "the worker did not start"); reject(new Error("no worker")); };
    worker.postMessage(where);
  });
  return ready;
}

async function answer(where, job, begun) {
  await python(where);
  return new Promise((finish) => {
    const id = ++last;
    let timer;
    const begin = () => {
      begun();
      timer = setTimeout(() => {
        end();
        // runs that waited behind this one are ended with it
        const all = [...waiting.values()];
        waiting.clear();
        all.forEach((run) => run.finish({ state: "stopped", output: "",
          says: `Stopped after ${DEADLINE} seconds: is there a loop without an end? Your text is kept, and the next run starts Python anew.` }));
      }, DEADLINE * 1000);
    };
    waiting.set(id, { begin, finish: (result) => { clearTimeout(timer); finish(result); } });
    worker.postMessage({ id, ...job });
  });
}

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
  const listen = (name, why) => {
    if (TOLD[name]) state("loading", TOLD[name]);
    else if (name === "failed") state("failed", `Python could not be had: ${why}. Is the network there? Press Run to try again.`);
    else if (!busy) state("ready", "Python is ready.");
  };
  listeners.add(listen);

  async function go() {
    if (busy) return;
    busy = true;
    store.set(key, text.value);
    show("");
    try {
      const result = await answer(where, { code: text.value, setup, wanted }, () => state("running", "Running …"));
      show(result.output);
      state(result.state, result.says);
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
    if (!busy) state(step === "ready" ? "ready" : exercise.dataset.state, "The stub is back.");
  });

  fit();
  text.focus();
  if (step === "ready" && worker) state("ready", "Python is ready.");
  else python(where).catch(() => {});
  if (TOLD[step]) listen(step);
}
