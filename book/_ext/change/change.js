// A button at each figure that can be changed, and at the code of each figure. All else, and Python, comes when one is pressed.
(() => {
  "use strict";
  const script = document.currentScript, base = new URL(".", script.src);
  const lacks = location.protocol === "file:"
    ? "Python does not start on a page that was opened from disk. Run make serve, or read the page on its website."
    : typeof Worker === "undefined" || typeof WebAssembly === "undefined"
      ? "This browser cannot run Python. The notebook runs on Binder, in Colab, or on your machine."
      : "";

  // a button in its place, and what it says in another; the module that a press fetches takes it from there
  function add(figure, name, module, place, put) {
    const button = document.createElement("button"), says = document.createElement("p");
    Object.assign(button, { type: "button", className: "change-begin", textContent: name });
    says.className = "change-says";
    says.setAttribute("role", "status");
    place.append(button);
    button.addEventListener("click", async () => {
      put(says);
      says.textContent = lacks;
      if (lacks) return;
      button.disabled = true;
      try {
        const { open } = await import(new URL(module, base));
        await open({ figure, button, says, base, ...script.dataset });
      } catch {
        says.textContent = "What draws figures could not be fetched. Is the network there? Press again to try once more.";
        button.disabled = false;
      }
    });
  }

  for (const figure of document.querySelectorAll("figure.explorer")) {
    const code = figure.closest(".cell")?.querySelector(".cell_input"), row = figure.querySelector(".explorer-buttons");
    if (figure.matches("[data-live]")) { // beside the other buttons it takes no height
      add(figure, "Change this figure", "change.mjs", row ?? figure, (says) => figure.querySelector("figcaption").before(says));
    }
    if (code) add(figure, "Change this code", "code.mjs", code.parentElement, (says) => code.parentElement.append(says));
  }
})();
