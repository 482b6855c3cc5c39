// What a page asks its reader, and what it remembers. All of it stays in the reader's browser.
(() => {
  "use strict";
  const PREFIX = "reglesson:";
  const memory = {}; // where the browser keeps nothing, the page does as long as it is open
  const read = (key) => {
    try { return JSON.parse(localStorage.getItem(PREFIX + key) ?? "null") ?? memory[key] ?? null; } catch { return memory[key] ?? null; }
  };
  const write = (key, value) => {
    memory[key] = value;
    try { localStorage.setItem(PREFIX + key, JSON.stringify(value)); } catch { /* full or forbidden: memory serves */ }
  };
  const make = (tag, text = "", name = "") => Object.assign(document.createElement(tag), { textContent: text, className: name });
  const button = (text, press) => {
    const made = Object.assign(make("button", text), { type: "button" });
    made.addEventListener("click", press);
    return made;
  };
  const status = (name) => {
    const made = make("p", "", name);
    made.setAttribute("role", "status");
    return made;
  };
  const every = (selector, within = document) => [...within.querySelectorAll(selector)];
  const base = new URL(".", document.currentScript.src);
  // a page is called by its path within the site, beside learn/: a chapter and its part of the package have one name
  const named = (at) => at.pathname.slice(base.pathname.length - 6).replace(".html", "");
  const page = named(location);
  const text = (node) => node?.textContent.trim() ?? "";

  // -- predictions ---------------------------------------------------------------------------------------------------

  function predict(box) {
    const { prediction, explorer, truth, hash } = box.dataset;
    const key = `guess:${prediction}:${hash}`;
    const list = box.querySelector(".prediction-options");
    const options = list && [...list.children].map(text);
    const admonition = box.querySelector(".admonition");
    const question = [...admonition.children].filter((e) => !e.matches(".admonition-title, .prediction-options, [class*=learn]"))
      .map(text).join(" ");
    const says = status("learn-says"), row = make("div", "", "learn-row");
    admonition.append(row, says);
    const figure = document.getElementById(explorer);

    function show(kept) {
      row.replaceChildren();
      if (list) list.hidden = true;
      const right = options?.[truth];
      box.dataset.state = kept.shown ? "shown" : "guessed";
      says.textContent = `You said: ${kept.answer} `;
      if (!kept.shown) says.textContent += "— move the slider and see.";
      else if (right) says.textContent += kept.answer === right ? "— and so it is. ✓" : `— it is: ${right} ✗`;
      else says.textContent += "— compare it with the figure and the text below.";
    }
    function guess(answer) {
      const kept = { answer, question, options, right: options?.[truth] ?? null, page: location.pathname, explorer, when: Date.now() };
      write(key, kept);
      show(kept);
      figure?.scrollIntoView({ block: "nearest" });
    }
    function ask() {
      if (read("never")) return;
      if (options) {
        list.hidden = true;
        row.append(...options.map((option) => button(option, () => guess(option))));
      } else {
        const field = Object.assign(make("input"), { type: "text" });
        field.setAttribute("aria-label", "Your guess");
        const send = () => { if (field.value.trim()) guess(field.value.trim()); };
        field.addEventListener("keydown", (event) => { if (event.key === "Enter") send(); });
        row.append(field, button("Guess", send));
      }
      const skip = button("Skip", () => {
        row.replaceChildren();
        if (list) list.hidden = false;
        box.dataset.state = "skipped";
      });
      const never = button("Never ask", () => { write("never", true); every(".learn-skip").forEach((each) => each.click()); });
      skip.className = "learn-quiet learn-skip";
      never.className = "learn-quiet";
      row.append(skip, never);
    }
    const kept = read(key);
    if (kept) show(kept); else ask();
    // the guess stands beside the truth as soon as the figure has moved
    const words = figure?.querySelector(".explorer-says");
    let before = text(words); // the player writes what stands there as it begins
    if (words) new MutationObserver(() => {
      if (text(words) === before) return;
      before = text(words);
      const now = read(key);
      if (now && !now.shown && box.dataset.state === "guessed") {
        write(key, { ...now, shown: true });
        show({ ...now, shown: true });
      }
    }).observe(words, { childList: true, characterData: true, subtree: true });
  }

  // -- quizzes -------------------------------------------------------------------------------------------------------

  const verdict = (fold) => text(fold.querySelector(".sd-summary-content, .sd-card-body")).startsWith("Yes.");

  function quiz(box) {
    const key = `quiz:${box.dataset.quiz}:${box.dataset.hash}`;
    const folds = every("details.sd-dropdown", box);
    const mark = (fold) => fold.classList.add(verdict(fold) ? "answer-right" : "answer-wrong");
    // a search, or an address, may open a fold too, and is no answer
    folds.forEach((fold) => fold.querySelector("summary").addEventListener("click", () => {
      if (fold.open) return;
      mark(fold);
      if (box.dataset.state !== "open") return;
      box.dataset.state = verdict(fold) ? "right" : "wrong"; // the first answer counts
      const options = folds.map((f) => text(f.querySelector("summary")));
      write(key, { state: box.dataset.state, answer: options[folds.indexOf(fold)], options, right: options[folds.findIndex(verdict)],
        question: every(".admonition > p", box).map(text).join(" "), page: location.pathname,
        when: Date.now() });
      score();
    }));
    const kept = read(key);
    if (kept) box.dataset.state = kept.state;
  }
  function score() {
    const all = every(".quiz-question");
    const answered = all.filter((box) => box.dataset.state !== "open").length;
    const right = all.filter((box) => box.dataset.state === "right").length;
    const line = document.querySelector(".quiz-score");
    if (line) line.textContent = answered ? `${right} of ${answered} at the first try${answered < all.length ? `, ${all.length - answered} to go` : ""}.` : "";
  }

  // -- what was read -------------------------------------------------------------------------------------------------

  function remember() {
    const sections = every("article > section > section[id], article section.tex2jax_ignore > section[id]");
    if (sections.length < 4) return;
    const seen = new Set(), ids = sections.map((s) => s.id);
    const names = every(".exercise").map((e) => e.dataset.exercise);
    function keep() { // with what another tab has kept, and without sections that the page had once
      read(`read:${page}`)?.seen.forEach((id) => { if (ids.includes(id)) seen.add(id); });
      const heading = sections.find((s) => !seen.has(s.id))?.querySelector("h2")?.cloneNode(true);
      heading?.querySelectorAll(".section-number, a").forEach((e) => e.remove());
      write(`read:${page}`, { seen: [...seen], of: sections.length, names, next: text(heading) });
    }
    const watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) { seen.add(target.dataset.end); watch.unobserve(target); keep(); }
      }
    });
    // a section is read when its end has come into view
    sections.forEach((section) => {
      const end = Object.assign(make("span"), { ariaHidden: "true" });
      end.dataset.end = section.id;
      section.append(end);
      watch.observe(end);
    });
    keep();
  }
  function progress(name) {
    const kept = read(`read:${name}`);
    if (!kept) return "";
    const names = kept.names ?? [], solved = names.filter((exercise) => read(`solved:${exercise}`)).length;
    const parts = [`${kept.seen.length} of ${kept.of} sections`];
    if (names.length) parts.push(`${solved} of ${names.length} exercises`);
    if (kept.next && kept.seen.length) parts.push(`continue at “${kept.next}”`);
    return parts.join(" · ");
  }
  function tell() {
    every(".bd-sidebar-primary nav a.reference.internal, .sd-card a.sd-stretched-link").forEach((link) => {
      const name = named(link);
      const words = progress(name);
      if (!words || name === page) return;
      const card = link.closest(".sd-card");
      if (card) card.querySelector(".sd-card-body")?.append(make("p", words, "learn-progress"));
      else link.title = words;
    });
  }

  // -- what comes when it is needed -----------------------------------------------------------------------------------

  const coming = {};
  const more = (name) => coming[name] ??= new Promise((loaded) => { // where it does not come, it is asked for again
    document.head.append(Object.assign(make("script"), { src: new URL(name, base), onload: loaded, onerror: () => delete coming[name] }));
  });

  function gather(place) {
    more("guesses.js").then(() => window.gatherGuesses(place, { PREFIX, memory, read, write, make, button, status }));
  }

  // a card of the glossary opens under the mouse, on focus by the keyboard, and at the first tap; the second follows the link
  function cards() {
    const term = ({ target }) => target.closest?.('article a[href*="glossary.html#term-"]');
    const show = (link, tapped) => more("cards.js").then(() => window.showCard(link, tapped));
    let kind = "";
    addEventListener("pointerover", (event) => { if (event.pointerType === "mouse" && term(event)) show(term(event)); });
    addEventListener("focusin", (event) => { if (term(event)?.matches(":focus-visible")) show(term(event)); });
    addEventListener("pointerdown", (event) => { kind = event.pointerType; });
    addEventListener("click", (event) => {
      if (kind === "touch" && term(event)?.matches(":not([aria-describedby])")) {
        event.preventDefault();
        show(term(event), true);
      }
      kind = "";
    });
  }

  function start() {
    every(".prediction").forEach(predict);
    const questions = every(".quiz-question");
    questions.forEach(quiz);
    if (questions.length) {
      questions.at(-1).after(status("quiz-score"));
      score();
    }
    every(".guesses").forEach(gather);
    if (document.querySelector(".glossary-cards")) cards();
    remember();
    tell();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
