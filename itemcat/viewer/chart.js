// The map: what is seen of it, what is drawn, and which item lies under a point.

const owners = new Uint32Array(bytes(data.owners));
const ringsOf = items.map(() => []);
owners.forEach((item, r) => ringsOf[item].push(r));
const passing = new Uint8Array(items.length).fill(1); // which items the time axis lets pass
const unpacked = {};
let key = data.fitting, map = null, view = null, pending = 0;
let over = -1, chosen = -1; // the items under the pointer, and selected

function unpackMap(name) {
  const packed = data.maps[name];
  const backdrop = (b) => b && { land: unpack(b.land), lakes: unpack(b.lakes), grid: unpack(b.grid), labels: b.labels, box: b.box };
  const result = {
    name: packed.name, crs: packed.crs, rim: unpack(packed.rim), whole: backdrop(packed.whole),
    near: backdrop(packed.near), footprints: unpack(packed.footprints),
  };
  result.sizes = Float64Array.from(items, (_, n) => sizeOf(boxOf(result, [n])));
  return result;
}

// The box around the footprints of some items (metres), or null where the map shows none of them.
function boxOf(one, which) {
  const { boxes, shown } = one.footprints, box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const n of which) for (const r of ringsOf[n]) if (shown[r]) {
    box[0] = Math.min(box[0], boxes[4 * r]); box[1] = Math.min(box[1], boxes[4 * r + 1]);
    box[2] = Math.max(box[2], boxes[4 * r + 2]); box[3] = Math.max(box[3], boxes[4 * r + 3]);
  }
  return box[0] <= box[2] ? box : null;
}

const sizeOf = (box) => (box ? (box[2] - box[0]) * (box[3] - box[1]) : Infinity);

// The middle of a view of this span, so that little of it lies beyond the rim of the map.
function held(middle, low, high, span) {
  const centre = (low + high) / 2, slack = 0.2 * span;
  const least = Math.min(low + span / 2, centre) - slack, most = Math.max(high - span / 2, centre) + slack;
  return Math.min(Math.max(middle, least), most);
}

function look(x, y, scale) {
  const canvas = $("ground"), width = canvas.clientWidth, height = canvas.clientHeight, rim = map.rim.boxes;
  scale = Math.min(Math.max(scale, 0.7 * fittingScale(rim, 0.92)), 0.5);
  x = held(x, rim[0], rim[2], width / scale);
  y = held(y, rim[1], rim[3], height / scale);
  view = {
    scale, cx: x, cy: y, width, height,
    x: (east) => width / 2 + (east - x) * scale, y: (north) => height / 2 - (north - y) * scale,
    west: x - width / 2 / scale, east: x + width / 2 / scale,
    south: y - height / 2 / scale, north: y + height / 2 / scale,
  };
  redraw();
}

// The scale (pixels a metre) at which a box takes up a part of the map's width or height.
function fittingScale(box, part) {
  const { clientWidth, clientHeight } = $("ground");
  return part * Math.min(clientWidth / (box[2] - box[0]), clientHeight / (box[3] - box[1]));
}

function lookAt(box, scale) {
  look((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, scale);
}

function lookAtAll() {
  lookAt(map.rim.boxes, fittingScale(map.rim.boxes, 0.92));
}

// Small footprints are shown with their surroundings, so that one sees where they are.
function lookAtItems() {
  const box = boxOf(map, items.keys());
  if (!box) return lookAtAll();
  const side = Math.max(box[2] - box[0], box[3] - box[1]), part = side > 2e6 ? 0.8 : 0.5;
  const scale = Math.min(fittingScale(box, part), $("ground").clientWidth / 600e3);
  if (scale < fittingScale(map.rim.boxes, 0.92)) lookAtAll(); else lookAt(box, scale);
}

function project(name) {
  key = name;
  map = unpacked[name] ??= unpackMap(name);
  lookAtItems();
}

function redraw() {
  pending ||= requestAnimationFrame(() => { pending = 0; drawGround(); drawMarks(); });
}

function backdropFor() {
  const box = map.near && map.near.box;
  const isNear = box && view.west >= box[0][0] && view.south >= box[0][1] && view.east <= box[1][0] && view.north <= box[1][1];
  return isNear ? map.near : map.whole;
}

function drawGround() {
  const { context, width, height } = fresh($("ground")), under = backdropFor();
  fill(context, map.rim, view, colour("sea"));
  context.save();
  context.beginPath();
  traceArea(context, map.rim, 0, view);
  context.clip();
  fill(context, under.land, view, colour("land"));
  fill(context, under.lakes, view, colour("sea"));
  stroke(context, under.grid, view, colour("grid"), 0.7);
  context.restore();
  drawFootprints(context);
  stroke(context, under.land, view, colour("coast"), 0.9);
  stroke(context, under.lakes, view, colour("coast"), 0.5);
  context.beginPath();
  traceArea(context, map.rim, 0, view);
  context.lineWidth = 1;
  context.strokeStyle = colour("coast");
  context.stroke();
  drawLabels(context, under, width, height);
  showScale();
}

// How long a kilometre is in the middle of a polar map, whose scale is true at 70° or 71° only
// (J. P. Snyder, Map Projections: A Working Manual, page 157, on the sphere).
function showScale() {
  const isPolar = key !== "world", earth = 6371e3, truth = key === "arctic" ? 70 : 71;
  const pole = (1 + Math.sin(truth * Math.PI / 180)) / 2;
  const latitude = Math.PI / 2 - 2 * Math.atan(Math.hypot(view.cx, view.cy) / (2 * earth * pole));
  const perMetre = view.scale * 2 * pole / (1 + Math.sin(latitude)); // pixels
  const most = 140 / perMetre, power = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].find((n) => n * power <= most) * power, bar = $("scale").firstElementChild;
  $("scale").hidden = !isPolar;
  bar.style.width = `${length * perMetre}px`;
  bar.textContent = length < 1000 ? `${length} m` : `${length / 1000} km`;
}

function drawFootprints(context) {
  const style = colour("foot");
  context.fillStyle = context.strokeStyle = style;
  const crowd = Math.min(1, 10 / Math.sqrt(items.length)); // the more there are, the fainter is each
  for (let n = 0; n < items.length; n++) if (passing[n]) traceItem(context, n, 0.18 * crowd, Math.max(0.12, 0.9 * crowd), 1);
  context.globalAlpha = 1;
}

// Fill and stroke an item; what would be too small to be seen is a dot.
function traceItem(context, n, filling, stroking, width) {
  const drawing = map.footprints, seen = ringsOf[n].filter((r) => isInView(drawing, r, view, 0));
  const isLarge = (r) => isInView(drawing, r, view, 3);
  context.beginPath();
  for (const r of seen) if (drawing.closed[r] && isLarge(r)) traceArea(context, drawing, r, view);
  context.globalAlpha = filling;
  context.fill("evenodd"); // holes are outlines as well
  context.beginPath();
  for (const r of seen) if (isLarge(r)) traceLine(context, drawing, r, view);
  context.globalAlpha = stroking;
  context.lineWidth = width;
  context.stroke();
  context.beginPath();
  for (const r of seen) if (!isLarge(r)) traceDot(context, drawing, r, 1.8 + width / 2);
  context.fill();
}

function traceDot(context, drawing, r, radius) {
  const [west, south, east, north] = drawing.boxes.subarray(4 * r, 4 * r + 4);
  const x = view.x((west + east) / 2), y = view.y((south + north) / 2);
  context.moveTo(x + radius, y);
  context.arc(x, y, radius, 0, 7);
}

// The text of a line of the grid stands where the line leaves the map at the left or below.
function drawLabels(context, under, width, height) {
  const { points, starts } = under.grid, taken = [];
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = colour("soft");
  context.textBaseline = "middle";
  under.labels.forEach((text, r) => {
    for (let i = starts[r]; i < starts[r + 1] - 1; i++) {
      const [x, y, u, v] = [view.x(points[2 * i]), view.y(points[2 * i + 1]), view.x(points[2 * i + 2]), view.y(points[2 * i + 3])];
      const left = (x < 0) !== (u < 0), below = !left && (y > height) !== (v > height);
      if (!left && !below) continue;
      const [px, py] = left ? [5, y + (v - y) * (0 - x) / (u - x)] : [x + (u - x) * (height - y) / (v - y) - 10, height - 9];
      if (px < 0 || px > width - 30 || py < 60 || py > height - 5) continue;
      if (taken.some(([a, b]) => Math.abs(a - px) < 46 && Math.abs(b - py) < 14)) continue;
      taken.push([px, py]);
      context.fillText(text, px, py);
      break;
    }
  });
}

function drawMarks() {
  const { context } = fresh($("marks"));
  for (const [n, width] of [[chosen, 2.6], [over, 2]]) {
    if (n < 0) continue;
    context.fillStyle = context.strokeStyle = colour("pick");
    traceItem(context, n, 0.3, 1, width);
  }
  context.globalAlpha = 1;
}

function holds(r, east, north) {
  const { points, starts } = map.footprints;
  let inside = false;
  for (let i = starts[r], j = starts[r + 1] - 1; i < starts[r + 1]; j = i++) {
    const [ax, ay, bx, by] = [points[2 * i], points[2 * i + 1], points[2 * j], points[2 * j + 1]];
    if ((ay > north) !== (by > north) && east < (bx - ax) * (north - ay) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

// The items at a place of the canvas, small ones first. A few pixels beside a dot are enough.
function itemsAt(px, py) {
  const east = view.west + px / view.scale, north = view.north - py / view.scale, slack = 4 / view.scale;
  const { boxes, shown, closed } = map.footprints, found = [];
  for (let n = 0; n < items.length; n++) {
    if (!passing[n]) continue;
    let inside = false;
    for (const r of ringsOf[n]) {
      const b = 4 * r;
      if (!shown[r] || east < boxes[b] - slack || east > boxes[b + 2] + slack || north < boxes[b + 1] - slack || north > boxes[b + 3] + slack) continue;
      const isSmall = Math.max(boxes[b + 2] - boxes[b], boxes[b + 3] - boxes[b + 1]) * view.scale < 6;
      if (isSmall || !closed[r]) { inside = true; break; }
      if (holds(r, east, north)) inside = !inside; // a hole takes out what is around it
    }
    if (inside) found.push(n);
  }
  return found.sort((a, b) => map.sizes[a] - map.sizes[b] || a - b);
}
