// A page as a sequence of steps: its title, then each question, explorer and statement where it stands in the text. What is no
// step is hidden; nothing is copied or moved, so sliders, guesses and formulas go on to work.
(() => {
  "use strict";
  const root = document.documentElement, article = document.querySelector("article");
  const STEPS = "h1, .prediction, figure.explorer, .proof:is(.definition, .theorem, .proposition, .lemma, .corollary), .quiz-question";
  const steps = [...article.querySelectorAll(STEPS)].filter((step) => !step.closest("details"));
  const nameOf = (step) => step.matches("h1") ? "" : step.id || step.dataset.prediction || step.dataset.quiz;
  const headingOf = (step) => step.closest("section")?.querySelector(":scope > :is(h2, h3, h4)");
  let now = -1, wasFull = false;

  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const bar = make("nav", { className: "lecture-bar", ariaLabel: "Lecture" });
  const says = make("p", { className: "lecture-says" });
  says.setAttribute("role", "status");
  const [back, next, end] = [["Back", -1], ["Next", 1], ["End", 0]].map(([textContent, by]) => {
    const button = make("button", { type: "button", textContent });
    button.addEventListener("click", () => by ? go(now + by) : leave());
    return button;
  });
  bar.append(back, says, next, end);

  function address(name) {
    const url = new URL(location);
    if (name === null) url.searchParams.delete("lecture");
    else url.searchParams.set("lecture", name);
    history.replaceState(history.state, "", url);
  }

  function unmark() {
    document.querySelectorAll("[data-lecture-path], [data-lecture-now]").forEach((e) => {
      delete e.dataset.lecturePath;
      delete e.dataset.lectureNow;
    });
  }

  function go(k) {
    if (k < 0 || k >= steps.length) return;
    now = k;
    const step = steps[k], heading = headingOf(step);
    unmark();
    step.dataset.lectureNow = "";
    for (let e = step.parentElement; e !== article.parentElement; e = e.parentElement) e.dataset.lecturePath = "";
    if (heading) heading.dataset.lecturePath = "";
    back.disabled = k === 0;
    next.disabled = k === steps.length - 1;
    says.textContent = `${k + 1} of ${steps.length}`;
    step.tabIndex = -1;
    step.focus({ preventScroll: true });
    scrollTo(0, 0);
    address(nameOf(step));
    dispatchEvent(new Event("resize")); // figures fit themselves to the room that they have
  }

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // a slider, a point, a choice and an editor need the arrows themselves; a presenter's clicker sends the page keys
    const busy = event.target.closest?.("input, select, textarea, [contenteditable], [role=textbox], [role=slider]");
    const by = { PageDown: 1, PageUp: -1, ...busy ? {} : { ArrowRight: 1, ArrowLeft: -1 } }[event.key];
    if (by) {
      event.preventDefault();
      go(now + by);
    } else if (event.key === "Escape") leave();
  }

  // a browser that leaves the full screen takes the Escape for itself
  function onScreen() {
    if (document.fullscreenElement) wasFull = true;
    else if (wasFull) leave();
  }

  function begin() {
    if ("lecture" in root.dataset) return;
    const wanted = new URLSearchParams(location.search).get("lecture");
    const inView = scrollY ? steps.findLastIndex((step) => step.getBoundingClientRect().top < innerHeight * 0.7) : 0;
    const named = steps.findIndex((step) => nameOf(step) === wanted);
    root.dataset.lecture = "";
    document.body.append(bar);
    addEventListener("keydown", onKey, true);
    document.addEventListener("fullscreenchange", onScreen);
    wasFull = false;
    // a browser allows it after a key or a click; where it does not, the window is the screen
    if (navigator.userActivation?.isActive ?? true) root.requestFullscreen?.().catch(() => {});
    go(named >= 0 ? named : Math.max(inView, 0));
  }

  function leave() {
    const step = steps[now];
    unmark();
    delete root.dataset.lecture;
    bar.remove();
    removeEventListener("keydown", onKey, true);
    document.removeEventListener("fullscreenchange", onScreen);
    if (document.fullscreenElement) document.exitFullscreen();
    address(null);
    dispatchEvent(new Event("resize"));
    step.scrollIntoView({ block: "center" });
    step.focus({ preventScroll: true });
  }

  addEventListener("lecture", begin);
  begin();
})();
