// Python for the exercises of one page. It is told once where Python lies, and then runs one answer after another.
let python, run;

async function start({ home, wheel, harness }) {
  const step = (name) => postMessage({ step: name });
  step("fetching");
  const { loadPyodide } = await import(home + "pyodide.mjs");
  python = await loadPyodide({ indexURL: home, packages: ["numpy"] });
  step("starting");
  const [archive, text] = await Promise.all([wheel, harness].map(async (address) => {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${new URL(address).pathname} is not there`);
    return address === wheel ? answer.arrayBuffer() : answer.text();
  }));
  python.unpackArchive(archive, "wheel");
  const names = python.globals.get("dict")();
  python.runPython(text, { globals: names });
  run = names.get("run");
  step("ready");
}

onmessage = async ({ data }) => {
  if (data.home) {
    try { await start(data); } catch (error) { postMessage({ step: "failed", why: String(error.message || error) }); }
    return;
  }
  try {
    // what an answer imports beyond NumPy comes if Python's home has it; what it has not is said by the import
    await python.loadPackagesFromImports(data.code, { messageCallback() {}, errorCallback() {} }).catch(() => {});
    postMessage({ begun: data.id });
    postMessage({ id: data.id, ...JSON.parse(run(data.code, data.setup, python.toPy(data.wanted))) });
  } catch (error) { // not the answer's error, which is told by `run`, but the end of this Python
    postMessage({ id: data.id, state: "failed", over: true, output: "",
      says: "Python itself broke off, as it does when calls run too deep. Your text is kept; the next run starts Python anew." });
  }
};
