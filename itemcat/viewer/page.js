// What the person does: points, drags, clicks, turns the wheel, types.

function hover(n, others = 0, px = 0, py = 0) {
  const hint = $("hint"), isOnMap = px > 0;
  hint.hidden = n < 0 || !isOnMap;
  if (n >= 0 && isOnMap) {
    hint.replaceChildren(element("span", items[n].title), element("small", [items[n].when, others > 0 ? `and ${others} more here` : ""].filter(Boolean).join(" · ")));
    const left = Math.min(px + 14, view.width - hint.offsetWidth - 6), top = Math.min(py + 14, view.height - hint.offsetHeight - 6);
    hint.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
  }
  $("marks").classList.toggle("over", n >= 0 && isOnMap);
  if (n === over) return;
  over = n;
  for (const one of document.querySelectorAll(".card")) one.classList.toggle("over", +one.dataset.item === n);
  drawMarks();
}

function choose(n) {
  chosen = n;
  showChosen();
  if (n >= 0) { scrollTo(n); bringIntoView(n); }
  showCards();
  drawMarks();
}

function bringIntoView(n) {
  const box = boxOf(map, [n]);
  if (box && (box[0] < view.west || box[2] > view.east || box[1] < view.south || box[3] > view.north))
    look((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, view.scale);
}

function zoom(factor, px = view.width / 2, py = view.height / 2) {
  const east = view.west + px / view.scale, north = view.north - py / view.scale, old = view.scale;
  look(view.cx, view.cy, old * factor);
  const scale = view.scale;
  look(east - (px - view.width / 2) / scale, north + (py - view.height / 2) / scale, scale);
}

function listenToMap() {
  const canvas = $("marks");
  let grip = null;
  canvas.addEventListener("pointerdown", (event) => {
    grip = { x: event.offsetX, y: event.offsetY, cx: view.cx, cy: view.cy, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [px, py] = [event.offsetX, event.offsetY];
    if (!grip) {
      const found = itemsAt(px, py);
      return hover(found.length ? found[0] : -1, found.length - 1, px, py);
    }
    grip.moved ||= Math.hypot(px - grip.x, py - grip.y) > 4;
    if (grip.moved) {
      canvas.classList.add("moving");
      hover(-1);
      look(grip.cx - (px - grip.x) / view.scale, grip.cy + (py - grip.y) / view.scale, view.scale);
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    canvas.classList.remove("moving");
    const wasClick = grip && !grip.moved;
    grip = null;
    if (!wasClick) return;
    const found = itemsAt(event.offsetX, event.offsetY); // another click: the next one below
    choose(found.length ? found[(found.indexOf(chosen) + 1) % found.length] : -1);
  });
  canvas.addEventListener("pointercancel", () => { grip = null; canvas.classList.remove("moving"); });
  canvas.addEventListener("pointerleave", () => hover(-1));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) / 300), event.offsetX, event.offsetY);
  }, { passive: false });
}

function listenToCards() {
  const itemOf = (event) => { const one = event.target.closest(".card"); return one ? +one.dataset.item : -1; };
  $("cards").addEventListener("scroll", showCards);
  $("cards").addEventListener("pointermove", (event) => hover(itemOf(event)));
  $("cards").addEventListener("pointerleave", () => hover(-1));
  $("cards").addEventListener("click", (event) => { if (itemOf(event) >= 0) choose(itemOf(event)); });
  $("cards").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !order.length) return;
    event.preventDefault();
    choose(order[Math.min(order.length - 1, Math.max(0, order.indexOf(chosen) + step))]);
  });
}

function listenToTime() {
  const [first, last] = [$("first"), $("last")];
  first.addEventListener("input", () => { if (+first.value > +last.value) first.value = last.value; filter(); });
  last.addEventListener("input", () => { if (+last.value < +first.value) last.value = first.value; filter(); });
  $("reset").addEventListener("click", () => { first.value = 0; last.value = HANDLE; filter(); });
  for (const handle of [first, last]) handle.disabled = !(earliest < latest);
  $("time").hidden = !dated.length;
}

function offerProjections() {
  const buttons = data.order.map((name) => {
    const one = data.maps[name];
    const button = element("button", one.name, { title: `${one.name}: ${one.crs}`, value: name });
    button.addEventListener("click", () => { project(name); press(); showChosen(); });
    return button;
  });
  const press = () => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.value === key)));
  $("projections").replaceChildren(...buttons);
  press();
}

function start() {
  $("notes").replaceChildren(...data.notes.map((note) => element("li", note)));
  project(data.fitting);
  offerProjections();
  listenToMap();
  listenToCards();
  listenToTime();
  $("in").addEventListener("click", () => zoom(1.6));
  $("out").addEventListener("click", () => zoom(1 / 1.6));
  $("fit").addEventListener("click", lookAtItems);
  $("all").addEventListener("click", lookAtAll);
  new ResizeObserver(() => { look(view.cx, view.cy, view.scale); drawTimes(); showCards(); }).observe($("map"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { redraw(); drawTimes(); });
  filter();
  askForFindings();
  requestAnimationFrame(() => requestAnimationFrame(() => { document.documentElement.dataset.ready = "yes"; }));
}

start();
