// A button at each exercise. All else, and Python, comes when one is pressed.
(() => {
  "use strict";
  const script = document.currentScript;
  const base = new URL(".", script.src);

  function begin(exercise) {
    const says = document.createElement("p");
    says.className = "exercise-says";
    says.setAttribute("role", "status");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Try it here";
    exercise.append(button, says);
    let solved = null;
    try { solved = localStorage.getItem(`reglesson:solved:${exercise.dataset.exercise}`); } catch { /* no memory, no mark */ }
    if (solved) exercise.dataset.solved = "";
    button.addEventListener("click", async () => {
      const lacks = location.protocol === "file:"
        ? "Python does not start on a page that was opened from disk. Run make serve, or read the page on its website."
        : typeof Worker === "undefined" || typeof WebAssembly === "undefined"
          ? "This browser cannot run Python. The notebook runs on Binder, in Colab, or on your machine."
          : "";
      if (lacks) {
        exercise.dataset.state = "failed";
        says.textContent = lacks;
        return;
      }
      button.disabled = true;
      try {
        const { open } = await import(new URL("editor.mjs", base));
        const { pyodide, wheel } = script.dataset;
        open(exercise, button, { home: new URL(pyodide, base).href, wheel: new URL(wheel, base).href,
          harness: new URL("harness.py", base).href, worker: new URL("worker.mjs", base).href });
      } catch {
        button.disabled = false;
        exercise.dataset.state = "failed";
        says.textContent = "What runs exercises could not be fetched. Is the network there? Press again to try once more.";
      }
    });
  }

  const start = () => document.querySelectorAll(".exercise").forEach(begin);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
