// The Workbench's form. What reads the table and computes is fetched with the first table, and Python with it.
(() => {
  "use strict";
  const script = document.currentScript, base = new URL(".", script.src);
  const { pyodide, wheel } = script.dataset;
  const at = (name, from = base) => new URL(name, from).href;
  const where = { home: at(pyodide), wheel: at(wheel), worker: at("../practice/worker.mjs") };
  const files = [at("table.py"), at("look.py")];
  const SECONDS = 300; // that a table may take before its Python is ended
  const STOPPED = { stopped: `Stopped after ${SECONDS} seconds: take fewer rows or columns.`,
    over: "Python itself broke off, as it does when its memory is full: take fewer rows or columns." };
  const element = (tag, text, attributes) => Object.assign(document.createElement(tag), { textContent: text ?? "", ...attributes });

  function begin(form) {
    const { file, pasted, response, group, look } = { file: form.querySelector("[type=file]"), pasted: form.querySelector("textarea"),
      response: form.elements.response, group: form.elements.group, look: form.querySelector("button") };
    const says = form.querySelector(".workbench-says"), notes = form.querySelector(".workbench-notes");
    const results = form.parentElement.querySelector(".workbench-results");
    let turn = 0; // the table that is spoken of: an answer to another is dropped

    function state(name, sentence) {
      form.dataset.state = name;
      says.textContent = sentence;
    }

    function list(all) {
      const shown = all.slice(0, 12).map((note) => element("li", note));
      if (all.length > 12) shown.push(element("li", `And ${all.length - 12} more of this kind.`));
      notes.replaceChildren(...shown);
    }

    async function ask(call, args, packages) {
      const { answer, listen } = await import(at("../practice/python.mjs"));
      if (!form.dataset.listens) {
        form.dataset.listens = "";
        listen((step, said, why) => {
          if (said) state("loading", said);
          if (step === "failed") state("failed", `Python could not be had: ${why}. Is the network there?`);
        });
      }
      return answer(where, { files, call, args, packages }, SECONDS);
    }

    // a call whose answer is told, or given back if all is well
    async function told(call, args, packages) {
      const mine = turn;
      try {
        const found = await ask(call, args, packages);
        if (mine !== turn) return null;
        if (found.state === "done") return found;
        state(found.state === "refused" ? "refused" : "failed", found.says ?? STOPPED[found.state]);
      } catch { // a step of Python was told, but that there is no script was not
        if (mine === turn && form.dataset.state !== "failed") {
          state("failed", "What computes could not be fetched. Is the network there? A page that was opened from disk cannot: run make serve.");
        }
      }
      return null;
    }

    async function read(table) {
      turn += 1;
      look.disabled = true;
      results.replaceChildren();
      response.replaceChildren();
      group.replaceChildren(new Option("no groups", ""));
      list([]);
      state("loading", "The table is read …");
      const found = await told("begin", [table]);
      if (!found) return;
      response.append(...found.responses.map((name) => new Option(name, name)));
      group.append(...found.names.map((name) => new Option(name, name)));
      response.value = found.responses.at(-1);
      look.disabled = false;
      list(found.notes);
      state("ready", `${found.says} Choose the response and press Look.`);
    }

    async function go() {
      if (look.disabled) return state("refused", "Choose a file or paste a table first.");
      turn += 1;
      look.disabled = true;
      results.replaceChildren();
      state("running", "Looking …");
      const mine = turn, found = await told("look", [response.value, group.value]);
      if (mine === turn) look.disabled = false; // else another table is being read
      if (!found) return;
      list(found.notes);
      show(found);
      state("drawing", "The results stand below; the pictures are coming, 10 MB, the first time only …");
      const drawn = await told("pictures", [""], ["matplotlib"]);
      if (!drawn) return;
      results.querySelector(".workbench-pictures").innerHTML = drawn.figures.join("");
      state("done", "Done: the results stand below.");
    }

    function table(caption, heads, rows, marks = []) {
      const all = element("table", "", { className: "table" }), head = element("tr"), body = element("tbody");
      all.append(element("caption", caption), element("thead"), body);
      all.tHead.append(head);
      head.append(...heads.map((text) => element("th", text, { scope: "col" })));
      for (const [name, ...cells] of rows) {
        const row = element("tr");
        row.append(element("th", name, { scope: "row" }), ...cells.map((text) => element("td", text)));
        body.append(row);
      }
      for (const [name, row, column] of marks) body.rows[row].cells[column].dataset.result = name;
      const box = element("div", "", { className: "workbench-table", tabIndex: 0 });
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", caption);
      box.append(all);
      return box;
    }

    function show(found) {
      const choice = element("select", "", { name: "method" }), label = element("label", "penalty "), box = element("div");
      for (const method of Object.keys(found.methods)) choice.add(new Option(method === "ridge" ? "L2, ridge" : "L1, lasso", method));
      label.append(choice);
      const fill = () => {
        const { says: sentence, penalties, weights, code } = found.methods[choice.value];
        const heads = ["at the best λ", "at one standard error"];
        box.replaceChildren(element("p", sentence, { className: "workbench-found" }),
          table("The same λ elsewhere", ["where", ...heads], penalties,
            [["best-lambda", 0, 1], ["one-se-lambda", 0, 2], ["ridge-alpha", 1, 1], ["lasso-alpha", 2, 1]]),
          element("p", "Features are standardized there, as here. Ridge puts the number before Σw², the lasso before Σ|w|."),
          table("Weights in the units of the table", ["feature", ...heads], weights),
          ...Object.entries(code).flatMap(([library, text]) => [element("h2", `The fit at the best λ in ${library}`), copied(text)]));
      };
      choice.addEventListener("change", fill);
      fill();
      results.append(label, box, element("div", "", { className: "workbench-pictures" }));
    }

    function copied(text) {
      const box = element("div", "", { className: "workbench-code" });
      const button = element("button", "Copy", { type: "button" }), pre = element("pre", text, { tabIndex: 0 });
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(text);
          button.textContent = "Copied";
        } catch { // a browser that forbids it lets one copy what is marked
          getSelection().selectAllChildren(pre);
        }
      });
      box.append(pre, button);
      return box;
    }

    file.addEventListener("click", () => { file.value = ""; }); // so that the same file can be chosen again when it has changed
    file.addEventListener("change", async () => {
      if (!file.files.length) return;
      pasted.value = "";
      read(new Uint8Array(await file.files[0].arrayBuffer()));
    });
    let pause;
    pasted.addEventListener("input", () => { // after a paste at once, while one types when one stops
      clearTimeout(pause);
      file.value = "";
      pause = setTimeout(() => { if (pasted.value.trim()) read(pasted.value); }, 500);
    });
    form.addEventListener("submit", (event) => { event.preventDefault(); go(); });
    form.hidden = false;
  }

  document.querySelectorAll("form.workbench").forEach(begin);
})();
