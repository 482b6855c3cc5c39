// The points of a live figure: a reader moves, adds and removes them by pointer, by touch and by keys.
const SVG = "http://www.w3.org/2000/svg";
const STEP = 0.02; // of an axis, that a key moves a point by; with Shift a tenth of it
const NEAR = 4, SOON = 400; // pixels within which a press is no drag; milliseconds within which the second of two presses comes
const HINT = "Drag a point to move it, press it twice to remove it, press an empty place to add one. By keyboard: Tab to the "
  + "points, Page Up and Page Down from one to the next, arrows move it (with Shift a little), Delete removes it.";

// The picture of a figure of some name is drawn into `svg`; the points are handles on a layer above it, which is as large.
// `changed` is called after each change.
export function points(name, svg, changed) {
  const layer = svg.cloneNode(false), group = document.createElementNS(SVG, "g"), hint = document.createElement("p");
  let own = null; // the points once the reader has changed one, as pairs; until then they are the book's
  let where = null; // what Python says of the points and of their axes
  let at = 0; // the point that Tab leads to
  let press = null, last = null; // a pointer that is down, and where one was pressed before

  layer.classList.add("change-points");
  layer.setAttribute("role", "group");
  layer.setAttribute("aria-label", "Points");
  layer.removeAttribute("aria-labelledby");
  layer.append(group);
  layer.setAttribute("aria-describedby", `${name}-hint`);
  hint.id = `${name}-hint`;
  hint.className = "change-hint";
  hint.textContent = HINT;

  const all = () => own ?? where.values;
  const handle = (k) => group.children[k];
  const round = (x) => Number(x.toPrecision(4));
  const said = (x) => String(round(x)).replace("-", "−");

  // from values to shares of the axes and back; a share is kept on the axis
  const share = (x, [log, from, to]) => ((log ? Math.log10(x) : x) - from) / (to - from);
  const value = (part, [log, from, to]) => {
    const x = from + Math.min(Math.max(part, 0), 1) * (to - from);
    return round(log ? 10 ** x : x);
  };
  const shares = (point) => point.map((x, k) => share(x, where.axes[k]));
  const point = (parts) => parts.map((part, k) => value(part, where.axes[k]));

  // where a pointer is, in shares of the axes
  function spot({ clientX, clientY }) {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(group.getScreenCTM().inverse());
    const [left, top, right, bottom] = where.box;
    return [(x - left) / (right - left), (bottom - y) / (bottom - top)];
  }

  function show() {
    const list = all(), [left, top, right, bottom] = where.box;
    while (group.children.length > list.length) group.lastChild.remove();
    while (group.children.length < list.length) group.append(document.createElementNS(SVG, "circle"));
    at = Math.max(Math.min(at, list.length - 1), 0);
    list.forEach((each, k) => {
      const [x, y] = shares(each).map((part) => Math.min(Math.max(part, 0), 1));
      const [low, high] = where.axes[1].slice(1).map((end) => (where.axes[1][0] ? 10 ** end : end));
      const names = { cx: left + x * (right - left), cy: bottom - y * (bottom - top), r: 8, role: "slider", tabindex: k === at ? 0 : -1,
        "aria-label": `Point ${k + 1} of ${list.length}`, "aria-valuetext": `${said(each[0])}, ${said(each[1])}`,
        "aria-valuenow": each[1], "aria-valuemin": Math.min(low, high), "aria-valuemax": Math.max(low, high) };
      for (const [name, text] of Object.entries(names)) handle(k).setAttribute(name, text);
    });
  }

  const change = (list) => { own = list; show(); changed(); };
  const put = (k, parts) => change(all().map((each, i) => (i === k ? point(parts) : each)));
  const go = (k) => { at = k; show(); handle(k)?.focus({ preventScroll: true }); };
  function insert(parts) {
    change([...all(), point(parts)]);
    go(all().length - 1);
  }
  function drop(k) {
    const focused = group.contains(document.activeElement);
    at = k;
    change(all().filter((_, i) => i !== k));
    if (focused) go(at);
  }

  // a finger on a point moves it, and the page with any other touch
  layer.addEventListener("touchstart", (event) => { if (event.target.parentNode === group) event.preventDefault(); }, { passive: false });
  layer.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary || !where) return;
    const here = spot(event), wide = where.box[2] - where.box[0], high = where.box[3] - where.box[1];
    let k = -1;
    if (event.target.parentNode === group) { // of handles that lie over each other the nearest
      const far = all().map((each) => { const [x, y] = shares(each); return Math.hypot((x - here[0]) * wide, (y - here[1]) * high); });
      k = far.indexOf(Math.min(...far));
      go(k);
      event.preventDefault();
      layer.setPointerCapture(event.pointerId);
    }
    press = { k, x: event.clientX, y: event.clientY, moved: false };
  });
  layer.addEventListener("pointermove", (event) => {
    if (!press || !event.isPrimary) return;
    press.moved ||= Math.hypot(event.clientX - press.x, event.clientY - press.y) > NEAR;
    if (press.moved && press.k >= 0) put(press.k, spot(event));
  });
  layer.addEventListener("pointerup", (event) => {
    if (!press || !event.isPrimary) return;
    const { k, moved } = press, here = spot(event), twice = last?.k === k && event.timeStamp - last.time < SOON;
    press = last = null;
    if (moved) return;
    if (k < 0) {
      if (here.every((part) => part >= 0 && part <= 1)) insert(here);
    } else if (twice) {
      drop(k);
    } else last = { k, time: event.timeStamp };
  });
  layer.addEventListener("pointercancel", () => { press = null; }); // the page is scrolled

  layer.addEventListener("keydown", (event) => {
    const k = [...group.children].indexOf(event.target), by = STEP * (event.shiftKey ? 0.1 : 1);
    if (k < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const order = [...all().keys()].sort((i, j) => all()[i][0] - all()[j][0]), place = order.indexOf(k);
    const move = (x, y) => () => { const [a, b] = shares(all()[k]); put(k, [a + x, b + y]); };
    const act = { ArrowLeft: move(-by, 0), ArrowRight: move(by, 0), ArrowDown: move(0, -by), ArrowUp: move(0, by),
      PageUp: () => go(order[Math.max(place - 1, 0)]), PageDown: () => go(order[Math.min(place + 1, order.length - 1)]),
      Home: () => go(order[0]), End: () => go(order.at(-1)), Delete: () => drop(k), Backspace: () => drop(k) }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  return {
    layer, hint,
    // what Python is to draw: nothing of the reader's where nothing was changed
    values: () => (own ? Object.fromEntries(where.names.map((name, k) => [name, own.map((each) => each[k])])) : {}),
    place(told) {
      where = told ?? where;
      layer.toggleAttribute("hidden", !told);
      group.classList.toggle("explorer-right", !!told?.right);
      if (told) show();
    },
    reset() { own = null; },
    add: () => insert([0.5, 0.5]),
    remove: () => { if (all().length) drop(at); },
  };
}
