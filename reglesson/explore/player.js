// Moves the explorers of a page without a kernel. Every frame was drawn by matplotlib while the book was built;
// a frame is a list of pieces of SVG, and a step replaces the pieces that differ.
(() => {
  "use strict";
  // a page may bring the player more than once; one is enough, and it looks again
  if (window.playExplorers) return window.playExplorers();
  const players = {};
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  // a choice of two or three is a row of radio buttons, which together are read and set as one slider is
  function radios(row) {
    const all = [...row.querySelectorAll("input")], start = all.findIndex((one) => one.defaultChecked);
    // in a second figure of one name they would be the same row, and the browser has pressed one of all
    all.forEach((one) => { one.name = row.closest("figure").id + row.name; });
    if (!all.some((one) => one.checked)) all[start].checked = true;
    return {
      name: row.name, max: all.length - 1, defaultValue: start, setAttribute() {},
      get value() { return all.findIndex((one) => one.checked); },
      set value(at) { all[at].checked = true; },
    };
  }

  // a second figure of one name has an address and descriptions of its own
  function tellApart(figure) {
    const was = figure.id;
    for (let n = 2; players[figure.id]?.figure.isConnected; n += 1) figure.id = `${was}-${n}`;
    if (figure.id !== was) for (const name of ["id", "aria-labelledby", "aria-describedby"]) {
      figure.querySelectorAll(`[${name}]`).forEach((e) => {
        e.setAttribute(name, e.getAttribute(name).replace(/\S+(?=-(about|more))/g, figure.id));
      });
    }
  }

  // some pages have no address to keep a state in: one whose text stands in a frame, or a browser that was asked too often
  function remember(hash) {
    try { history.replaceState(history.state, "", location.href.split("#")[0] + hash); } catch {}
  }

  function play(figure) {
    figure.plays = true;
    tellApart(figure);
    const { sliders, pieces, frames, captions, drag } = JSON.parse(figure.querySelector("script").textContent);
    const controls = figure.querySelector(".explorer-controls");
    const inputs = [...controls.querySelectorAll("[type=range], fieldset")].map((e) => (e.tagName === "FIELDSET" ? radios(e) : e));
    const picture = figure.querySelector("svg");
    const says = figure.querySelector(".explorer-says");
    const mould = document.createElement("template");
    const nodes = [];

    // frames come as what changed since the frame before; -1 starts one of another length, and else is the next new piece
    let last = [], seen = 0;
    const numbered = (piece) => piece < 0 ? seen++ : piece;
    const full = frames.map((change) => {
      if (change[0] < 0) return (last = change.slice(1).map(numbered));
      last = last.slice();
      for (let i = 0; i < change.length; i += 2) last[change[i]] = numbered(change[i + 1]);
      return last;
    });
    const index = (which) => inputs.reduce((sum, input, k) => sum * sliders[k].texts.length + +input[which], 0);

    // pieces that were never shown are read all at once: a call of the parser for each would take longer
    function read(wanted) {
      const fresh = wanted.filter((piece) => !nodes[piece]);
      if (!fresh.length) return;
      mould.innerHTML = `<svg>${fresh.map((piece) => pieces[piece]).join("")}</svg>`;
      [...mould.content.firstChild.children].forEach((node, k) => { nodes[fresh[k]] = node; });
    }

    // WebKit goes on with the mark that a path was told first, so what names another is another element
    const keeps = (was, now) => was.name === now.name && (was.value === now.value || !/^#|url\(/.test(now.value));
    const alike = (one, other) => one.nodeName === other.nodeName && one.attributes?.length === other.attributes?.length &&
      [...one.attributes ?? []].every((was, k) => keeps(was, other.attributes[k]));

    // what is shown takes the places and words of another piece, for new elements would take the browser longer
    function become(one, other) {
      if (!alike(one, other)) {
        const fresh = other.cloneNode(true);
        one.replaceWith(fresh);
        return fresh;
      }
      if (one.data !== other.data) one.data = other.data;
      for (const { name, value } of other.attributes ?? []) if (one.getAttribute(name) !== value) one.setAttribute(name, value);
      const parts = [...one.childNodes], wanted = [...other.childNodes];
      parts.splice(wanted.length).forEach((part) => part.remove());
      parts.forEach((part, k) => become(part, wanted[k]));
      one.append?.(...wanted.slice(parts.length).map((part) => part.cloneNode(true)));
      return one;
    }

    function write(element, text) {
      if (element.childNodes.length === 1 && "data" in element.firstChild) element.firstChild.data = text;
      else element.textContent = text;
    }

    // and a little more, since a sentence with fewer letters may be the wider one
    says.dataset.longest = captions.reduce((one, other) => other.length > one.length ? other : one) + " mmm";

    // the browser may have kept the sliders of an earlier visit, but the page comes with the first picture
    const told = [];
    let shown = full[index("defaultValue")];
    const now = [...picture.children];

    function show() {
      const at = index("value"), next = full[at];
      if (next !== shown) shown.forEach((piece, k) => { nodes[piece] ??= now[k].cloneNode(true); }); // those of the first picture
      read(next.filter((piece, k) => piece !== shown[k]));
      next.forEach((piece, k) => { if (piece !== shown[k]) now[k] = become(now[k], nodes[piece]); }); // frames have one length
      shown = next;
      write(says, captions[at]);
      if (says.matches(".mathjax_process")) window.MathJax?.typeset?.([says]);
      inputs.forEach((input, k) => {
        const text = sliders[k].texts[input.value];
        if (told[k] === text) return;
        told[k] = text;
        input.setAttribute("aria-valuetext", text);
        if (input.nextElementSibling) write(input.nextElementSibling, text);
      });
    }

    const values = sliders.map(({ texts, values }) => (values ?? texts).map(String));
    const state = () => "#" + encodeURIComponent(figure.id) + "?" +
      inputs.map((input, k) => [input.name, values[k][input.value]].map(encodeURIComponent).join("=")).join("&");
    const keepState = () => remember(state());

    // the grid point that an address asks for: the same word, else the nearest number
    function set(query) {
      const wanted = new URLSearchParams(query.replaceAll("+", "%2B")); // 1e+07 is a number, not two words
      inputs.forEach((input, k) => {
        const text = wanted.get(input.name);
        if (text === null) return;
        const far = values[k].map((value) => Math.abs(value - text));
        const at = values[k].includes(text) ? values[k].indexOf(text) : far.indexOf(Math.min(...far));
        if (at >= 0) input.value = at;
      });
      show();
      if (clock) halt();
    }

    // a button runs the first slider once, from its start if it stands at its end; "again" is one step, round and round
    const first = inputs.find((input) => input.type === "range");
    const runner = controls.querySelector(".explorer-play, .explorer-again");
    let clock = 0;

    function halt() {
      clearInterval(clock);
      clock = 0;
      runner?.classList.remove("explorer-runs");
      says.ariaLive = "polite";
      keepState();
    }

    function run() {
      if (clock) return halt();
      const again = runner.matches(".explorer-again");
      first.value = +first.value < +first.max ? +first.value + 1 : 0;
      show();
      if (again || still.matches) return keepState();
      runner.classList.add("explorer-runs");
      says.ariaLive = "off"; // else each frame is read out
      clock = setInterval(() => {
        first.value = +first.value + 1;
        show();
        if (+first.value >= +first.max) halt();
      }, Math.min(Math.max(5000 / first.max, 80), 400));
    }
    runner?.addEventListener("click", run);

    // the curves as they are stay as grey ghosts; what is the same in all frames and what is written need none
    controls.querySelector(".explorer-keep").addEventListener("click", (event) => {
      const kept = picture.querySelector(".explorer-kept");
      event.target.ariaPressed = !kept;
      if (kept) return kept.remove();
      const ghosts = document.createElementNS(picture.namespaceURI, "g");
      ghosts.classList.add("explorer-kept");
      ghosts.append(...now.filter((_, k) => !full.every((frame) => frame.includes(shown[k]))).map((e) => e.cloneNode(true)));
      ghosts.querySelectorAll("text, defs").forEach((e) => e.remove());
      picture.prepend(ghosts);
    });

    // in a panel whose axis is the slider's quantity, the pointer sets the nearest frame
    let held = null, shift = 0;
    function pull(event) {
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
      if (!held) { // on a phone the right panel lies below the left
        const high = picture.viewBox.baseVal.height;
        shift = y > high ? +picture.dataset.split : 0;
        held = drag.find(([left, top, right, bottom]) => left <= x + shift && x + shift <= right && top <= y % high && y % high <= bottom);
      }
      if (!held) return;
      if (clock) halt();
      const [left, , right, , k, log, from, to] = held;
      const wanted = from + (x + shift - left) / (right - left) * (to - from);
      const far = values[k].map((value) => Math.abs((log ? Math.log10(value) : value) - wanted));
      const nearest = far.indexOf(Math.min(...far));
      if (+inputs[k].value !== nearest) {
        inputs[k].value = nearest;
        show();
      }
    }
    if (drag) { // on the box around the picture, for of a panel that lies below it the browser knows what is painted only
      const box = picture.parentNode;
      box.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        pull(event);
        if (held) box.setPointerCapture(event.pointerId);
      });
      box.addEventListener("pointermove", (event) => { if (held) pull(event); });
      box.addEventListener("lostpointercapture", () => { keepState(); held = null; });
    }

    figure.addEventListener("input", () => { if (clock) halt(); show(); });
    figure.addEventListener("change", keepState);
    let before = "";
    controls.addEventListener("pointerdown", ({ target }) => { before = target.value; });
    controls.addEventListener("pointercancel", ({ target }) => { // a thumb on its way down the page began on the rail
      if (target.type === "range") { target.value = before; show(); }
    });
    controls.addEventListener("keydown", (event) => {
      if (event.key === " " && event.target.type === "range" && runner) { event.preventDefault(); run(); }
    });
    controls.hidden = false;
    show();
    players[figure.id] = { figure, set };
  }

  // while the links of a paragraph are used, their figure stays in view, above the text
  let pinned = null;
  function unpin() {
    if (!pinned) return;
    pinned.figure.classList.remove("explorer-pinned");
    pinned.figure.parentElement.style.minHeight = pinned.figure.style.width = pinned.figure.style.left = "";
    pinned.watch.disconnect();
    pinned = null;
  }
  function keepInView(figure, block) {
    if (pinned?.figure === figure) return;
    unpin();
    const one = figure.getBoundingClientRect(), other = block.getBoundingClientRect();
    const top = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    if (Math.max(one.bottom, other.bottom) - Math.min(one.top, other.top) < innerHeight - top) {
      return (one.top < other.top ? figure : block).scrollIntoView({ block: one.top < top || other.top < top ? "start" : "nearest" });
    }
    figure.parentElement.style.minHeight = `${one.height}px`;
    Object.assign(figure.style, { width: `${one.width}px`, left: `${one.left}px` });
    figure.classList.add("explorer-pinned");
    const hidden = figure.getBoundingClientRect().bottom + 8 - block.getBoundingClientRect().top;
    if (hidden > 0) scrollBy(0, -hidden);
    const watch = new IntersectionObserver(([{ isIntersecting }]) => { if (!isIntersecting) unpin(); });
    watch.observe(block);
    pinned = { figure, watch };
  }

  const stated = (hash) => {
    const [name, query] = hash.slice(1).split("?");
    let id = name;
    try { id = decodeURIComponent(name); } catch { /* a stray % */ }
    return query && players[id] ? { ...players[id], query } : null;
  };
  function go({ figure, set, query }) {
    set(query);
    figure.dispatchEvent(new Event("set"));
    figure.animate?.({ boxShadow: ["0 0 0 4px var(--reg-blue, #0067b1)", "0 0 0 4px transparent"] }, 600);
  }
  function follow() {
    const wanted = stated(location.hash);
    if (!wanted) return;
    go(wanted);
    wanted.figure.scrollIntoView({ block: "nearest" });
  }
  // a link to a state moves the figure, the second time too, and is no step of the browser's history
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"][href*="?"]');
    const wanted = link && !event.ctrlKey && !event.metaKey && !event.shiftKey && stated(link.hash);
    if (!wanted) return;
    event.preventDefault();
    go(wanted);
    remember(link.hash);
    keepInView(wanted.figure, link.closest("p, li, td, dd") ?? link);
  });
  addEventListener("keydown", ({ key }) => { if (key === "Escape") unpin(); });

  // an explorer plays as soon as all of it is there, which for the first is long before all of the page is
  const figures = document.getElementsByClassName("explorer");
  const complete = (node) => node && (node.nextSibling || complete(node.parentNode));
  const loading = () => document.readyState === "loading";
  const begin = () => [...figures].forEach((figure) => {
    if (!figure.plays && (!loading() || complete(figure)) && figure.querySelector("input")) play(figure);
  });
  window.playExplorers = begin;
  const arriving = new MutationObserver(begin);
  function end() {
    arriving.disconnect();
    begin();
    addEventListener("hashchange", follow);
    follow();
  }

  if (loading()) {
    begin();
    arriving.observe(document, { childList: true, subtree: true });
    document.addEventListener("readystatechange", end, { once: true });
  } else end();
})();
