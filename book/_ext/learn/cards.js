// The card that says what a word of the glossary means, made at build time and shown beside the word.
(() => {
  "use strict";
  const said = JSON.parse(document.querySelector(".glossary-cards").textContent);
  const card = Object.assign(document.createElement("div"), { className: "glossary-card", id: "glossary-card", hidden: true });
  card.setAttribute("role", "tooltip");
  document.body.append(card);
  let owner = null, leaving = 0;

  function close() {
    card.hidden = true;
    owner?.removeAttribute("aria-describedby");
    owner = null;
  }
  const stay = () => clearTimeout(leaving);
  const leave = ({ pointerType }) => { if (pointerType === "mouse") leaving = setTimeout(close, 200); };

  window.showCard = (link, tapped) => {
    stay();
    const words = said[decodeURIComponent(link.hash.slice(1))];
    // while this script was coming, the mouse or the focus may have gone elsewhere
    if (owner === link || !words || !(tapped || link.matches(":hover, :focus"))) return;
    close();
    card.textContent = words;
    card.hidden = false;
    const at = link.getBoundingClientRect(), width = Math.min(340, innerWidth - 16);
    card.style.width = `${width}px`;
    card.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8)) + scrollX}px`;
    const below = at.bottom + card.offsetHeight + 8 < innerHeight;
    card.style.top = `${(below ? at.bottom + 4 : at.top - card.offsetHeight - 4) + scrollY}px`;
    link.setAttribute("aria-describedby", card.id);
    link.addEventListener("pointerleave", leave);
    link.addEventListener("blur", close);
    owner = link;
  };
  card.addEventListener("pointerenter", stay);
  card.addEventListener("pointerleave", leave);
  addEventListener("keydown", ({ key }) => { if (key === "Escape") close(); });
  addEventListener("scroll", () => { if (owner && document.activeElement !== owner) close(); }, { passive: true });
})();
