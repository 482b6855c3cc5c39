// Python for one page. It is told once where Python and the package lie, and then calls functions of files, one after another.
let python;
const modules = new Map(); // the files of Python that were fetched, by address

async function had(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${new URL(address).pathname} is not there`);
  return answer;
}

async function start({ home, wheel }) {
  const step = (name) => postMessage({ step: name });
  step("fetching");
  const { loadPyodide } = await import(home + "pyodide.mjs");
  python = await loadPyodide({ indexURL: home, packages: ["numpy"] });
  step("starting");
  python.unpackArchive(await (await had(wheel)).arrayBuffer(), "wheel");
  step("ready");
}

// the last of some files as a module, which may import those before it
async function module(files) {
  for (const address of files) {
    if (modules.has(address)) continue;
    const name = address.split("/").at(-1);
    python.FS.writeFile(name, await (await had(address)).text());
    modules.set(address, python.pyimport(name.replace(".py", "")));
  }
  return modules.get(files.at(-1));
}

onmessage = async ({ data }) => {
  if (data.home) {
    try { await start(data); } catch (error) { postMessage({ step: "failed", why: String(error.message || error) }); }
    return;
  }
  const { id, files, call, args, code, packages } = data, quiet = { messageCallback() {}, errorCallback() {} };
  try {
    if (packages) await python.loadPackage(packages, quiet);
    const found = await module(files);
    // what an answer imports beyond NumPy comes if Python's home has it; what it has not is said by the import
    if (code) await python.loadPackagesFromImports(code, quiet).catch(() => {});
    postMessage({ begun: id });
    postMessage({ id, ...JSON.parse(found[call](...args.map((each) => python.toPy(each)))) });
  } catch (error) { // not an error of what was run, which is told by what runs it, but the end of this Python
    postMessage({ id, state: "over", over: true, why: String(error.message || error) });
  }
};
