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
  const keys = (start) => {
    let found = Object.keys(memory);
    try { found = [...new Set([...found, ...Object.keys(localStorage).filter((k) => k.startsWith(PREFIX)).map((k) => k.slice(PREFIX.length))])]; }
    catch { /* what memory holds */ }
    return found.filter((key) => key.startsWith(start));
  };
  const make = (tag, text = "", name = "") => Object.assign(document.createElement(tag), { textContent: text, className: name });
  const button = (text, press) => {
    const made = Object.assign(make("button", text), { type: "button" });
    made.addEventListener("click", press);
    return made;
  };
  const page = location.pathname.split("/").pop().replace(".html", "");
  const heading = () => document.querySelector("h1")?.firstChild?.textContent.trim() ?? "";

  // -- predictions ---------------------------------------------------------------------------------------------------

  function predict(box) {
    const { prediction, explorer, truth, hash } = box.dataset;
    const key = `guess:${prediction}:${hash}`;
    const list = box.querySelector(".prediction-options");
    const options = list ? [...list.children].map((item) => item.textContent.trim()) : null;
    const admonition = box.querySelector(".admonition");
    const question = [...admonition.children].filter((e) => !e.matches(".admonition-title, .prediction-options, [class*=learn]"))
      .map((e) => e.textContent.trim()).join(" ");
    const says = make("p", "", "learn-says");
    says.setAttribute("role", "status");
    const row = make("div", "", "learn-row");
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
        row.append(...options.map((text) => button(text, () => guess(text))));
      } else {
        const field = Object.assign(make("input"), { type: "text" });
        field.setAttribute("aria-label", "Your guess");
        const send = () => { if (field.value.trim()) guess(field.value.trim()); };
        field.addEventListener("keydown", (event) => { if (event.key === "Enter") send(); });
        row.append(field, button("Guess", send));
      }
      const quit = (forGood) => {
        if (forGood) write("never", true);
        row.replaceChildren();
        if (list) list.hidden = false;
        box.dataset.state = "skipped";
      };
      const skip = button("Skip", () => quit(false)), never = button("Never ask", () => quit(true));
      skip.className = never.className = "learn-quiet";
      row.append(skip, never);
    }
    const kept = read(key);
    if (kept) show(kept); else ask();
    // the guess stands beside the truth as soon as the figure has moved
    const words = figure?.querySelector(".explorer-says");
    if (words) new MutationObserver(() => {
      const now = read(key);
      if (now && !now.shown && box.dataset.state === "guessed") {
        write(key, { ...now, shown: true });
        show({ ...now, shown: true });
      }
    }).observe(words, { childList: true, characterData: true, subtree: true });
  }

  // -- quizzes -------------------------------------------------------------------------------------------------------

  const verdict = (fold) => fold.querySelector(".sd-summary-content, .sd-card-body")?.textContent.trim().startsWith("Yes.");

  function quiz(box) {
    const key = `quiz:${box.dataset.quiz}:${box.dataset.hash}`;
    const folds = [...box.querySelectorAll("details.sd-dropdown")];
    const mark = (fold) => fold.classList.add(verdict(fold) ? "answer-right" : "answer-wrong");
    folds.forEach((fold) => fold.addEventListener("toggle", () => {
      if (!fold.open) return;
      mark(fold);
      if (box.dataset.state !== "open") return;
      box.dataset.state = verdict(fold) ? "right" : "wrong"; // the first answer counts
      const options = folds.map((f) => f.querySelector("summary").textContent.trim());
      write(key, { state: box.dataset.state, answer: options[folds.indexOf(fold)], options, right: options[folds.findIndex(verdict)],
        question: [...box.querySelectorAll(".admonition > p")].map((p) => p.textContent.trim()).join(" "), page: location.pathname,
        when: Date.now() });
      score();
    }));
    const kept = read(key);
    if (kept) box.dataset.state = kept.state;
  }
  function score() {
    const all = [...document.querySelectorAll(".quiz-question")];
    const answered = all.filter((box) => box.dataset.state !== "open").length;
    const right = all.filter((box) => box.dataset.state === "right").length;
    const line = document.querySelector(".quiz-score");
    if (line) line.textContent = answered ? `${right} of ${answered} at the first try${answered < all.length ? `, ${all.length - answered} to go` : ""}.` : "";
  }

  // -- what was read -------------------------------------------------------------------------------------------------

  function remember() {
    const sections = [...document.querySelectorAll("article > section > section[id], article section.tex2jax_ignore > section[id]")];
    if (sections.length < 4) return;
    const seen = new Set(read(`read:${page}`)?.seen);
    const keep = () => write(`read:${page}`, { seen: [...seen], of: sections.length, exercises: document.querySelectorAll(".exercise").length,
      names: [...document.querySelectorAll(".exercise")].map((e) => e.dataset.exercise), title: heading(),
      next: sections.find((s) => !seen.has(s.id))?.querySelector("h2")?.firstChild?.textContent.trim() ?? "" });
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
    const solved = kept.names.filter((exercise) => read(`solved:${exercise}`)).length;
    const parts = [`${kept.seen.length} of ${kept.of} sections`];
    if (kept.exercises) parts.push(`${solved} of ${kept.exercises} exercises`);
    if (kept.next && kept.seen.length) parts.push(`continue at “${kept.next}”`);
    return parts.join(" · ");
  }
  function tell() {
    document.querySelectorAll(".bd-sidebar-primary nav a.reference.internal, .sd-card a.sd-stretched-link").forEach((link) => {
      const name = link.pathname.split("/").pop().replace(".html", "");
      const words = progress(name);
      if (!words || name === page) return;
      const card = link.closest(".sd-card");
      if (card) card.querySelector(".sd-card-body")?.append(make("p", words, "learn-progress"));
      else link.title = words;
    });
  }

  // -- what I guessed ------------------------------------------------------------------------------------------------

  function again(kept, key) {
    const item = make("li");
    const link = Object.assign(make("a", kept.question), { href: kept.page + (kept.explorer ? `#${kept.explorer}` : "") });
    item.append(link);
    const says = make("p", "", "learn-says");
    says.setAttribute("role", "status");
    const wrong = kept.right && kept.answer !== kept.right;
    if (wrong && kept.options && Date.now() - kept.when > 864e5 && again.asked < 3) { // three of them, a day later
      again.asked += 1;
      const row = make("div", "", "learn-row");
      row.append(...kept.options.map((text) => button(text, () => {
        says.textContent = text === kept.right ? "Right this time. ✓" : `It is: ${kept.right} ✗`;
        write(key, { ...kept, answer: text, when: Date.now() });
        row.remove();
      })));
      item.append(row, says);
    } else {
      says.textContent = `You said: ${kept.answer}` + (kept.right ? (wrong ? ` — it is: ${kept.right} ✗` : " ✓") : "");
      item.append(says);
    }
    return item;
  }
  function gather(place) {
    again.asked = 0;
    const all = [...keys("guess:"), ...keys("quiz:")].map((key) => [read(key), key]).filter(([kept]) => kept);
    const wrong = all.filter(([kept]) => kept.right && kept.answer !== kept.right);
    const rest = all.filter((each) => !wrong.includes(each));
    const parts = [];
    for (const [title, some] of [["Where intuition failed", wrong], ["The others", rest]]) {
      if (!some.length) continue;
      const list = make("ul");
      list.append(...some.map(([kept, key]) => again(kept, key)));
      parts.push(make("h2", title), list);
    }
    const forget = button("Forget everything", () => {
      keys("").forEach((key) => { delete memory[key]; try { localStorage.removeItem(PREFIX + key); } catch { /* forbidden */ } });
      place.replaceChildren(make("p", "All is forgotten: guesses, answers, code of exercises, and what was read."));
    });
    const ask = button("Ask me again before figures", () => { write("never", false); ask.remove(); });
    if (all.length || keys("").length) place.replaceChildren(...parts, ...(read("never") ? [ask] : []), forget);
  }

  // -- cards of the glossary -----------------------------------------------------------------------------------------

  function cards() {
    const source = document.querySelector(".glossary-cards");
    if (!source) return;
    const said = JSON.parse(source.textContent);
    const card = Object.assign(make("div", "", "glossary-card"), { id: "glossary-card", hidden: true });
    card.setAttribute("role", "tooltip");
    document.body.append(card);
    let owner = null, leaving = 0;
    const close = () => { card.hidden = true; owner?.removeAttribute("aria-describedby"); owner = null; };
    const open = (link) => {
      clearTimeout(leaving);
      if (owner === link) return;
      close();
      const words = said[decodeURIComponent(link.hash.slice(1))];
      if (!words) return;
      card.textContent = words;
      card.hidden = false;
      const at = link.getBoundingClientRect(), width = Math.min(340, innerWidth - 16);
      const below = at.bottom + card.offsetHeight + 8 < innerHeight;
      Object.assign(card.style, { width: `${width}px`, left: `${Math.max(8, Math.min(at.left, innerWidth - width - 8)) + scrollX}px` });
      card.style.top = `${(below ? at.bottom + 4 : at.top - card.offsetHeight - 4) + scrollY}px`;
      link.setAttribute("aria-describedby", card.id);
      owner = link;
    };
    const leave = () => { leaving = setTimeout(close, 200); };
    card.addEventListener("pointerenter", () => clearTimeout(leaving));
    card.addEventListener("pointerleave", leave);
    document.querySelectorAll('article a[href*="glossary.html#term-"]').forEach((link) => {
      link.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") open(link); });
      link.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") leave(); });
      link.addEventListener("focus", () => { if (link.matches(":focus-visible")) open(link); });
      link.addEventListener("blur", close);
      let kind = "";
      link.addEventListener("pointerdown", (event) => { kind = event.pointerType; });
      link.addEventListener("click", (event) => { // on touch the first tap shows the card, the second follows the link
        if (kind === "touch" && owner !== link) { event.preventDefault(); open(link); }
        kind = "";
      });
    });
    addEventListener("keydown", ({ key }) => { if (key === "Escape") close(); });
    addEventListener("scroll", () => { if (owner && document.activeElement !== owner) close(); }, { passive: true });
  }

  function start() {
    document.querySelectorAll(".prediction").forEach(predict);
    const questions = document.querySelectorAll(".quiz-question");
    questions.forEach(quiz);
    if (questions.length) {
      const line = make("p", "", "quiz-score");
      line.setAttribute("role", "status");
      [...questions].at(-1).after(line);
      score();
    }
    document.querySelectorAll(".guesses").forEach(gather);
    cards();
    remember();
    tell();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
