// The list beside the map: a card for each item that passes, of which only those in sight exist.

const ROW = 76; // pixels of a card's height, as in the style
let order = []; // the items that are listed, in the catalog's order

function element(name, text, properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  if (text !== undefined) made.textContent = text; // never as HTML: a title may be anybody's
  return made;
}

function list() {
  order = [];
  for (let n = 0; n < items.length; n++) if (passing[n]) order.push(n);
  const all = items.length, few = order.length;
  $("count").textContent = few === all ? `${all} item${all === 1 ? "" : "s"}` : `${few} of ${all} items`;
  $("rows").style.height = `${order.length * ROW}px`;
  showCards();
}

function showCards() {
  const box = $("cards"), from = Math.max(0, Math.floor(box.scrollTop / ROW) - 2);
  const to = Math.min(order.length, Math.ceil((box.scrollTop + box.clientHeight) / ROW) + 2);
  const made = [];
  for (let i = from; i < to; i++) made.push(card(order[i], i));
  if (!order.length) made.push(element("p", items.length ? "No item lies in this time." : "This catalog has no items.", { className: "none" }));
  $("rows").replaceChildren(...made);
}

function card(n, row) {
  const item = items[n], made = element("div", undefined, { className: n === over ? "card over" : "card" });
  made.dataset.item = n;
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", String(n === chosen));
  made.style.top = `${row * ROW}px`;
  if (item.thumbnail) made.append(element("img", undefined, { src: item.thumbnail, alt: "", loading: "lazy", decoding: "async" }));
  const texts = element("div");
  texts.append(element("b", item.title), element("span", item.when || "no date"), element("span", item.facts.map(([, text]) => text).join(" · ")));
  made.append(texts);
  if (item.findings) made.append(badge(item.findings));
  return made;
}

// How many things a check has found in an item, in the colour of the worst.
function badge(findings) {
  const worst = findings.some(([severity]) => severity === "error") ? "error" : "warning";
  return element("i", String(findings.length), { className: `badge ${worst}`, title: counted(findings) });
}

function counted(findings) {
  const parts = ["error", "warning"].map((word) => [findings.filter(([severity]) => severity === word).length, word]);
  return parts.filter(([count]) => count).map(([count, word]) => `${count} ${word}${count === 1 ? "" : "s"}`).join(", ");
}

function findingsList(findings) {
  const made = element("ul", undefined, { className: "findings" });
  for (const [severity, words] of findings) made.append(element("li", words, { className: severity }));
  return made;
}

// What a check has found: on the cards, and above them what is about no item.
function showFindings(found) {
  for (const item of items) item.findings = found[item.json];
  const ours = new Set(items.map((item) => item.json));
  const others = Object.entries(found).filter(([file]) => !ours.has(file)).flatMap(named);
  const all = Object.values(found).flat();
  $("found").textContent = `check: ${counted(all) || "nothing found"}`;
  $("others").replaceChildren(...(others.length ? [findingsList(others)] : []));
  showCards();
  showChosen();
}

// The findings of a file that is no item's, which tell it; of no file, as they are.
function named([file, list]) {
  return file ? list.map(([severity, words]) => [severity, `${decodeURIComponent(file)}: ${words}`]) : list;
}

async function askForFindings() {
  if (typeof data.findings !== "string") return showFindings(data.findings);
  if (!data.findings) return;
  $("found").textContent = "check: looking …";
  try {
    const answer = await fetch(data.findings);
    if (!answer.ok) throw new Error(await answer.text());
    showFindings(await answer.json());
  } catch (error) {
    $("found").textContent = `check: ${error.message}`;
  }
}

// All that is known of the selected item, with the links to its files.
function showChosen() {
  const box = $("chosen"), item = items[chosen];
  box.hidden = !item;
  if (!item) return box.replaceChildren();
  const close = element("button", "✕", { title: "Close", onclick: () => choose(-1) });
  const facts = element("dl"), links = element("nav");
  const shown = [["Id", item.id], ["Time", item.when || "not known"], ...item.facts];
  if (!ringsOf[chosen].some((r) => map.footprints.shown[r])) shown.push(["Place", ringsOf[chosen].length ? "not on this map" : "not known"]);
  for (const [label, text] of shown) facts.append(element("dt", label), element("dd", text));
  links.append(element("a", "Item JSON", { href: item.json, target: "_blank", rel: "noopener noreferrer", id: "json" }));
  if (item.data) links.append(element("a", "Data file", { href: item.data, target: "_blank", rel: "noopener noreferrer" }));
  box.replaceChildren(close, element("h2", item.title));
  if (item.thumbnail) box.append(element("img", undefined, { src: item.thumbnail, alt: "Thumbnail" }));
  box.append(facts);
  if (item.findings) box.append(findingsList(item.findings));
  box.append(links);
  box.scrollTop = 0;
}

function scrollTo(n) {
  const row = order.indexOf(n), box = $("cards");
  if (row < 0) return;
  if (row * ROW < box.scrollTop) box.scrollTop = row * ROW;
  else if ((row + 1) * ROW > box.scrollTop + box.clientHeight) box.scrollTop = (row + 1) * ROW - box.clientHeight;
}
