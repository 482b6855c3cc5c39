// What the pages of this course do besides their figures: mark the words that a reader searched for and
// the section that is read, print on white, and fetch the lecture.
(() => {
  "use strict";
  const QUIET = "script, style, svg, pre, mjx-container, .exercise, .quiz-question, .highlighted";

  // open the folds that something lies in; is there one that was closed?
  function unfold(element) {
    const fold = element?.closest("details:not([open])");
    if (!fold) return false;
    fold.open = true;
    unfold(fold);
    return true;
  }

  // what an address names may lie in a fold, and not every browser opens it
  const named = (hash) => {
    try { return document.getElementById(decodeURIComponent(hash.slice(1).split("?")[0])); } catch { return null; } // a stray %
  };
  // a fold that was opened just now may have no layout yet, and then there would be nowhere to scroll to
  const show = (element, where) => requestAnimationFrame(() => element.scrollIntoView(where));
  const arrive = () => { const target = named(location.hash); if (unfold(target)) show(target); };
  addEventListener("hashchange", arrive);
  document.addEventListener("click", ({ target }) => {
    const link = target.closest?.('a[href*="#"]');
    if (link && link.pathname === location.pathname) unfold(named(link.hash));
  }, true); // before the link is followed, or its figure is moved

  // Sphinx marks nothing on this theme, which loads the search on each page; figures are left as they are
  function mark() {
    let words = "";
    try {
      words = localStorage.getItem("sphinx_highlight_terms") || "";
      localStorage.removeItem("sphinx_highlight_terms");
    } catch { return; } // a browser that keeps nothing has no words of a search either
    const found = words.toLowerCase().split(/\s+/).filter(Boolean);
    const article = document.querySelector("article");
    if (!found.length || !article) return;
    const pattern = new RegExp(`(${found.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "gi");
    const walk = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(QUIET)) texts.push(walk.currentNode);
    texts.forEach((text) => {
      const parts = text.data.split(pattern);
      if (parts.length < 2) return;
      text.replaceWith(...parts.map((part, k) => k % 2
        ? Object.assign(document.createElement("span"), { className: "highlighted", textContent: part }) : part));
    });
    const first = [...article.querySelectorAll(".highlighted")].find((e) => !e.closest("h1"));
    if (!first || location.hash) return;
    unfold(first);
    show(first, { block: "center" });
  }

  // a short formula of plain signs as words in a line show it, and … in place of any other
  const SIGNS = { lambda: "λ", sigma: "σ", eta: "η", tau: "τ", alpha: "α", beta: "β", rho: "ρ", mu: "μ", pi: "π", varepsilon: "ε", top: "ᵀ",
    sum: "Σ", lVert: "‖", rVert: "‖", lvert: "|", rvert: "|", le: "≤", ge: "≥", to: "→", dots: "…", infty: "∞", neq: "≠", times: "×" };
  function typed(tex) {
    const text = tex.replace(/^\\[([]|\\[)\]]$/g, "").replace(/\\(?:operatorname|text|mathrm)\b|\\[ ,]/g, "").replace(/\\([a-zA-Z]+) ?/g, (all, name) => SIGNS[name] ?? all)
      .replace(/[{}]|\^(?=ᵀ)/g, "");
    return text.includes("\\") ? "…" : text;
  }

  // what a search shows of a page is its text, without code and menus, and with room between one block and the next
  function readable(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const main = page.querySelector("article") || page.body;
    main.querySelectorAll(".headerlink, script, style, nav, pre, figure, details.hide, .exercise").forEach((e) => e.remove());
    main.querySelectorAll(".math").forEach((e) => { e.textContent = typed(e.textContent.trim()); });
    main.querySelectorAll("p, li, td, th, dt, dd, div, summary, h1, h2, h3, h4").forEach((e) => e.append(" "));
    return main.textContent.replace(/\s+/g, " ");
  }

  // the theme marks a section in the contents only while its heading crosses the window's upper third
  function followReading() {
    const contents = document.getElementById("pst-page-toc-nav"), column = document.querySelector(".bd-sidebar-secondary");
    const links = [...contents?.querySelectorAll("a") ?? []].filter((link) => document.getElementById(link.hash.slice(1)));
    if (!links.length) return;
    let waits = false;
    const above = (place) => place.checkVisibility?.() !== false && place.getBoundingClientRect().top < innerHeight * 0.3; // in no closed fold
    function now() {
      waits = false;
      const read = links.findLast((link) => above(document.getElementById(link.hash.slice(1))));
      for (const link of links) {
        link.classList.toggle("active", link === read);
        link.ariaCurrent = link === read ? "true" : null;
      }
      contents.querySelectorAll(".toc-entry").forEach((entry) => entry.classList.toggle("active", entry.contains(read ?? null)));
      if (!read || contents.contains(document.activeElement)) return; // who walks through the contents is not moved
      const box = read.getBoundingClientRect(), edge = column.getBoundingClientRect();
      column.scrollTop += Math.max(0, box.bottom - Math.min(edge.bottom, innerHeight)) - Math.max(0, edge.top - box.top);
    }
    addEventListener("scroll", () => { waits ||= !!requestAnimationFrame(now); }, { passive: true });
    now();
  }

  // on paper a page is light, whatever it is on the screen: text made for a dark page cannot be read on white
  let theme;
  addEventListener("beforeprint", () => { ({ theme } = document.documentElement.dataset); document.documentElement.dataset.theme = "light"; });
  addEventListener("afterprint", () => { document.documentElement.dataset.theme = theme; });

  // a page as a lecture: its script and style sheet come when they are asked for, by the key, the button, or the address
  const home = new URL("../lecture/", document.currentScript.src).href;
  function lecture() {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${home}lecture.css` });
    sheet.addEventListener("load", () => document.head.append(Object.assign(document.createElement("script"), { src: `${home}lecture.js` })));
    document.head.append(sheet);
  }
  addEventListener("lecture", lecture, { once: true });
  addEventListener("keydown", (event) => { if (event.key === "F8" && document.querySelector("article")) dispatchEvent(new Event("lecture")); });
  if (new URLSearchParams(location.search).has("lecture")) dispatchEvent(new Event("lecture"));

  if (document.getElementById("search-results")) { if (typeof Search !== "undefined") Search.htmlToText = readable; }
  else mark();
  arrive();
  followReading();
})();
