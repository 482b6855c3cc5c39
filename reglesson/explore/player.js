// Moves the explorers of a page without a kernel. Every frame was drawn by matplotlib while the book was built;
// a frame is a list of pieces of SVG, and a step replaces the pieces that differ.
(() => {
  "use strict";
  // a page may bring the player more than once; one is enough, and it looks again
  if (window.playExplorers) return window.playExplorers();
  const players = {};

  function play(figure) {
    const { sliders, pieces, frames, captions } = JSON.parse(figure.querySelector("script").textContent);
    const inputs = [...figure.querySelectorAll("input")];
    const outputs = figure.querySelectorAll("output");
    const picture = figure.querySelector("svg");
    const says = figure.querySelector(".explorer-says");
    const mould = document.createElement("template");
    const nodes = [];

    // frames come as what changed since the frame before; -1 starts one of another length
    let last = [];
    const full = frames.map((change, k) => {
      if (!k || change[0] < 0) return (last = k ? change.slice(1) : change);
      last = last.slice();
      for (let i = 0; i < change.length; i += 2) last[change[i]] = change[i + 1];
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

    const node = (piece) => nodes[piece].isConnected ? nodes[piece].cloneNode(true) : nodes[piece];

    says.dataset.longest = captions.reduce((one, other) => other.length > one.length ? other : one);

    // the browser may have kept the sliders of an earlier visit, but the page comes with the first picture
    let shown = full[index("defaultValue")];
    const now = [...picture.children];

    function show() {
      const at = index("value"), next = full[at];
      read(next.filter((piece, k) => piece !== shown[k]));
      while (now.length > next.length) now.pop().remove();
      for (let k = 0; k < next.length; k++) {
        if (k < now.length && next[k] === shown[k]) continue;
        const fresh = node(next[k]);
        if (k < now.length) now[k].replaceWith(fresh);
        else picture.append(fresh);
        now[k] = fresh;
      }
      shown = next;
      says.textContent = captions[at];
      if (says.matches(".mathjax_process")) window.MathJax?.typeset?.([says]);
      inputs.forEach((input, k) => {
        const text = sliders[k].texts[input.value];
        outputs[k].textContent = text;
        input.setAttribute("aria-valuetext", text);
      });
    }

    const values = sliders.map(({ texts, values }) => (values ?? texts).map(String));
    const state = () => "#" + encodeURIComponent(figure.id) + "?" +
      inputs.map((input, k) => [input.name, values[k][input.value]].map(encodeURIComponent).join("=")).join("&");

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
    }

    figure.addEventListener("input", show);
    figure.addEventListener("change", () => history.replaceState(history.state, "", state()));
    figure.querySelector(".explorer-controls").hidden = false;
    show();
    players[figure.id] = { figure, set };
  }

  function follow() {
    const [name, query] = location.hash.slice(1).split("?");
    let id = name;
    try { id = decodeURIComponent(name); } catch { /* a stray % */ }
    if (query && players[id]) {
      players[id].set(query);
      players[id].figure.scrollIntoView({ block: "nearest" });
    }
  }

  // an explorer plays as soon as all of it is there, which for the first is long before all of the page is
  const figures = document.getElementsByClassName("explorer");
  const complete = (node) => node && (node.nextSibling || complete(node.parentNode));
  const loading = () => document.readyState === "loading";
  const begin = () => [...figures].forEach((figure) => {
    if (!players[figure.id] && (!loading() || complete(figure)) && figure.querySelector("input")) play(figure);
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
