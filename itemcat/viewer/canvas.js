"use strict";
// Drawings as Python packed them, and how they get onto a canvas.

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const items = data.items;
const OPEN = -1e15, DONE = 1e15; // the ends of time, for a filter that has none

function bytes(text) {
  const binary = atob(text), array = new Uint8Array(binary.length);
  for (let i = 0; i < array.length; i++) array[i] = binary.charCodeAt(i);
  return array.buffer;
}

// Outlines with the box of each (west, south, east, north, metres) and whether it is an area.
function unpack(packed) {
  const points = new Float32Array(bytes(packed.points)), starts = new Uint32Array(bytes(packed.starts));
  const pen = new Uint8Array(bytes(packed.pen)), shown = new Uint8Array(bytes(packed.shown));
  const boxes = new Float32Array(4 * shown.length), closed = new Uint8Array(shown.length);
  for (let r = 0; r < shown.length; r++) {
    let [w, s, e, n] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = starts[r]; i < starts[r + 1]; i++) {
      w = Math.min(w, points[2 * i]); e = Math.max(e, points[2 * i]);
      s = Math.min(s, points[2 * i + 1]); n = Math.max(n, points[2 * i + 1]);
    }
    boxes.set([w, s, e, n], 4 * r);
    const a = 2 * starts[r], b = 2 * starts[r + 1] - 2;
    closed[r] = +(b > a + 4 && points[a] === points[b] && points[a + 1] === points[b + 1]);
  }
  return { points, starts, pen, shown, boxes, closed };
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// A canvas of the size that it has on the page, in the pixels of the device; its context.
function fresh(canvas) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

// Whether outline r of a drawing can be seen, at least `size` pixels large.
function isInView(drawing, r, view, size) {
  const b = drawing.boxes, i = 4 * r;
  return drawing.shown[r] && b[i] <= view.east && b[i + 2] >= view.west
    && b[i + 1] <= view.north && b[i + 3] >= view.south
    && Math.max(b[i + 2] - b[i], b[i + 3] - b[i + 1]) * view.scale >= size;
}

function traceArea(context, drawing, r, view) {
  const { points, starts } = drawing;
  for (let i = starts[r]; i < starts[r + 1]; i++) {
    const x = view.x(points[2 * i]), y = view.y(points[2 * i + 1]);
    if (i === starts[r]) context.moveTo(x, y); else context.lineTo(x, y);
  }
  context.closePath();
}

function traceLine(context, drawing, r, view) {
  const { points, starts, pen } = drawing;
  let down = false;
  for (let i = starts[r]; i < starts[r + 1] - 1; i++) {
    if (pen[i]) {
      if (!down) context.moveTo(view.x(points[2 * i]), view.y(points[2 * i + 1]));
      context.lineTo(view.x(points[2 * i + 2]), view.y(points[2 * i + 3]));
    }
    down = Boolean(pen[i]);
  }
}

function fill(context, drawing, view, style) {
  context.beginPath();
  for (let r = 0; r < drawing.shown.length; r++)
    if (isInView(drawing, r, view, 0.7)) traceArea(context, drawing, r, view);
  context.fillStyle = style;
  context.fill();
}

function stroke(context, drawing, view, style, width) {
  context.beginPath();
  for (let r = 0; r < drawing.shown.length; r++)
    if (isInView(drawing, r, view, 0.7)) traceLine(context, drawing, r, view);
  context.strokeStyle = style;
  context.lineWidth = width;
  context.stroke();
}
