// One worker with Python a page, for whatever on the page asks for it.
const TOLD = { fetching: "Python is coming, 9 MB, the first time only …", starting: "Python is starting …" };
let worker = null, ready = null, last = 0, step = "";
const waiting = new Map(); // jobs that were sent, by number
const listeners = new Set(); // what each part of the page does with a step of Python

// the step that Python is at, and the sentence for it while one waits
export const now = () => ({ step, said: TOLD[step], there: !!worker });
export const listen = (listener) => listeners.add(listener);

// what only a press asks for looks so only then
export function style(address) {
  if (document.querySelector(`link[href="${address}"]`)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: address }));
}

function tell(name, why) {
  step = name;
  document.dispatchEvent(new CustomEvent("reglesson:python", { detail: { step: name, why } }));
  listeners.forEach((each) => each(name, TOLD[name], why));
}

function end() {
  worker?.terminate();
  worker = ready = null;
}

// Python has ended under the jobs that wait: what had begun is over with it, all else is asked of a new one
function anew(state) {
  end();
  for (const [id, run] of [...waiting]) {
    if (run.begun) {
      waiting.delete(id);
      run.finish({ state });
    } else {
      python(run.where).then(run.send, () => { waiting.delete(id); run.finish({ state: "failed" }); });
    }
  }
}

// the worker, started if there is none; the promise is kept until Python is ready or has failed
export function python(where) {
  ready ??= new Promise((resolve, reject) => {
    worker = new Worker(where.worker, { type: "module" });
    worker.onmessage = ({ data }) => {
      if (data.step === "ready") resolve();
      if (data.step === "failed") { end(); reject(new Error(data.why)); }
      if (data.step) return tell(data.step, data.why);
      const run = waiting.get(data.begun ?? data.id);
      if (data.begun) return run?.begin();
      waiting.delete(data.id);
      run?.finish(data);
      if (data.over) anew("over");
    };
    worker.onerror = () => {
      end();
      tell("failed", "the worker did not start");
      reject(new Error("no worker"));
      const all = [...waiting.values()];
      waiting.clear();
      all.forEach((run) => run.finish({ state: "failed" }));
    };
    worker.postMessage(where);
  });
  return ready;
}

// Ends what runs, which is then "stopped": a loop cannot be interrupted, only ended with its worker.
export const stop = () => anew("stopped");

// what a function of a file of Python answers; it is stopped where it takes more than `deadline` seconds
export async function answer(where, job, deadline, begun = () => {}) {
  await python(where);
  return new Promise((finish) => {
    const id = ++last;
    let timer;
    const run = { where, begun: false, send: () => worker.postMessage({ id, ...job }),
      begin() {
        run.begun = true;
        begun();
        timer = setTimeout(stop, deadline * 1000);
      },
      finish(result) { clearTimeout(timer); finish(result); } };
    waiting.set(id, run);
    run.send();
  });
}
