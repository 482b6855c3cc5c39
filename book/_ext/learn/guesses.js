// The page "What I guessed": gathers where intuition failed, and asks three of those again after a day.
window.gatherGuesses = (place, { PREFIX, memory, read, write, make, button, status }) => {
  const DAY = 864e5; // milliseconds
  let asked = 0;

  const keys = (start) => {
    let kept = [];
    try { kept = Object.keys(localStorage); } catch { /* forbidden: what memory holds */ }
    const found = kept.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
    return [...new Set([...Object.keys(memory), ...found])].filter((key) => key.startsWith(start));
  };
  const forget = (key) => {
    delete memory[key];
    try { localStorage.removeItem(PREFIX + key); } catch { /* forbidden */ }
  };

  function told(kept, key) {
    const item = make("li"), says = status("learn-says");
    item.append(Object.assign(make("a", kept.question), { href: kept.page + (kept.explorer ? `#${kept.explorer}` : "") }));
    const wrong = kept.right && kept.answer !== kept.right;
    if (wrong && kept.options && Date.now() - kept.when > DAY && asked < 3) {
      asked += 1;
      const row = make("div", "", "learn-row");
      row.append(...kept.options.map((text) => button(text, () => {
        says.textContent = text === kept.right ? "Right this time. ✓" : `It is: ${kept.right} ✗`;
        write(key, { ...kept, answer: text, when: Date.now() });
        row.remove();
      })));
      item.append(row);
    } else {
      says.textContent = `You said: ${kept.answer}` + (kept.right ? (wrong ? ` — it is: ${kept.right} ✗` : " ✓") : "");
    }
    item.append(says);
    return item;
  }

  const all = [...keys("guess:"), ...keys("quiz:")].map((key) => [read(key), key]).filter(([kept]) => kept);
  const wrong = all.filter(([kept]) => kept.right && kept.answer !== kept.right);
  const rest = all.filter((each) => !wrong.includes(each));
  const parts = [];
  for (const [title, some] of [["Where intuition failed", wrong], ["The others", rest]]) {
    if (!some.length) continue;
    const list = make("ul");
    list.append(...some.map(([kept, key]) => told(kept, key)));
    parts.push(make("h2", title), list);
  }
  const forgetAll = button("Forget everything", () => {
    keys("").forEach(forget);
    place.replaceChildren(make("p", "All is forgotten: guesses, answers, code of exercises, and what was read."));
  });
  const ask = button("Ask me again before figures", () => { write("never", false); ask.remove(); });
  if (keys("").length) place.replaceChildren(...parts, ...(read("never") ? [ask] : []), forgetAll);
};
