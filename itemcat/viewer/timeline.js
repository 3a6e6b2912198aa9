// The axis of time: how many items there are when, and two handles that say which of them pass.

const HANDLE = 1000; // steps of a handle
const dated = items.filter((item) => item.start !== undefined);
const earliest = dated.reduce((least, item) => Math.min(least, item.start), Infinity);
const latest = dated.reduce((most, item) => Math.max(most, item.end), -Infinity);
const day = (time) => new Date(time).toISOString().replace(/^\+0*|T.*/g, "");
const timeAt = (step) => earliest + (latest - earliest) * step / HANDLE;

// The times between which an item must lie at least in part; whole where a handle is at its end.
function chosenTimes() {
  const first = +$("first").value, last = +$("last").value;
  return [first === 0 ? OPEN : timeAt(first), last === HANDLE ? DONE : timeAt(last)];
}

function filter() {
  const [from, to] = chosenTimes(), isWhole = from === OPEN && to === DONE;
  items.forEach((item, n) => {
    passing[n] = +(isWhole || (item.start !== undefined && item.end >= from && item.start <= to));
  });
  $("reset").hidden = isWhole;
  drawTimes();
  list();
  redraw();
}

function drawTimes() {
  const { context, width, height } = fresh($("bars"));
  if (!dated.length) return;
  const [from, to] = chosenTimes(), base = height - 26;
  $("from").value = day(Math.max(from, earliest));
  $("to").value = day(Math.min(to, latest));
  const bins = Math.max(1, Math.min(160, Math.floor(width / 6))), counts = new Array(bins).fill(0);
  const span = latest - earliest || 1;
  for (const item of dated) counts[Math.min(bins - 1, Math.floor(bins * ((item.start + item.end) / 2 - earliest) / span))]++;
  const most = Math.max(...counts), step = width / bins;
  counts.forEach((count, bin) => {
    if (!count) return;
    const time = earliest + span * (bin + 0.5) / bins, high = 3 + (base - 5) * count / most;
    const isIn = time + span / bins / 2 >= from && time - span / bins / 2 <= to;
    context.fillStyle = colour(isIn ? "accent" : "line");
    context.fillRect(bin * step + 0.5, base - high, Math.max(1, step - 1), high);
  });
  context.fillStyle = colour("line");
  context.fillRect(0, base, width, 2);
  const x = (time) => width * (Math.min(Math.max(time, earliest), latest) - earliest) / span;
  context.fillStyle = colour("accent");
  context.fillRect(x(from), base, Math.max(1, x(to) - x(from)), 2);
  drawTicks(context, width, height, span);
}

// Years, months or days, whichever leave their texts room.
function drawTicks(context, width, height, span) {
  const room = Math.max(1, Math.floor(width / 74)), dayLong = 864e5;
  const units = [[1, "d"], [2, "d"], [7, "d"], [1, "m"], [3, "m"], [6, "m"], [1, "y"], [2, "y"], [5, "y"], [10, "y"], [25, "y"], [100, "y"], [1000, "y"]];
  const long = { d: dayLong, m: 30.4 * dayLong, y: 365.25 * dayLong };
  const [step, unit] = units.find(([n, u]) => span / (n * long[u]) <= room) ?? [10000, "y"];
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "bottom";
  context.textAlign = "center";
  context.fillStyle = colour("soft");
  for (let time = tickFrom(step, unit), n = 0; time <= latest && n < 200; time = tickAfter(time, step, unit), n++) {
    const at = width * (time - earliest) / span;
    if (time < earliest || at < 18 || at > width - 18) continue;
    const text = unit === "y" ? day(time).slice(0, -6) : unit === "m" ? day(time).slice(0, -3) : day(time).slice(5);
    context.fillText(text, at, height - 1);
  }
  context.textAlign = "left";
}

function tickFrom(step, unit) {
  const start = new Date(earliest);
  if (unit === "d") return Math.floor(earliest / 864e5) * 864e5;
  if (unit === "m") return Date.UTC(start.getUTCFullYear(), Math.floor(start.getUTCMonth() / step) * step);
  return new Date(0).setUTCFullYear(Math.floor(start.getUTCFullYear() / step) * step, 0, 1);
}

function tickAfter(time, step, unit) {
  const next = new Date(time);
  if (unit === "d") next.setUTCDate(next.getUTCDate() + step);
  if (unit === "m") next.setUTCMonth(next.getUTCMonth() + step);
  if (unit === "y") next.setUTCFullYear(next.getUTCFullYear() + step);
  return next.getTime();
}
