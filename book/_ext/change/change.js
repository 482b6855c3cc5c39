// A button at each figure that can be changed. All else, and Python, comes when one is pressed.
(() => {
  "use strict";
  const script = document.currentScript, base = new URL(".", script.src);
  for (const figure of document.querySelectorAll("figure.explorer[data-live]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "change-begin";
    button.textContent = "Change this figure";
    (figure.querySelector(".explorer-buttons") ?? figure).append(button); // beside the others it takes no height
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        const { open } = await import(new URL("change.mjs", base));
        await open(figure, button, base, script.dataset);
      } catch {
        button.disabled = false;
        button.textContent = "Python could not be fetched: try again"; // nor is it on a page that was opened from disk
      }
    });
  }
})();
