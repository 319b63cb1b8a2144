// Piano rolls on a canvas: time to the right, pitch upwards.

"use strict";

const GUTTER = 34; // pixels for the names of the notes
const RULER = 16; // pixels for the numbers of the bars
const DENSITY = 60; // pixels for a second, where the whole piece does not fit
const LEAST_ROWS = 24;

// The part of a piece that is shown while it is at `position`: all of it, or the page that holds the position.
function view(piece, width, position) {
  const room = Math.max(1, width - GUTTER);
  const seconds = Math.max(1, piece.seconds);
  if (seconds * DENSITY * 0.75 <= room) return { start: 0, seconds };
  const page = room / DENSITY;
  return { start: Math.floor(Math.min(position, seconds - 1e-6) / page) * page, seconds: page };
}

// Rows of the canvas: the pitches of the piece and some room around them.
function pitchRange(piece) {
  const pitches = piece.notes.map((note) => note.pitch);
  const lowest = pitches.reduce((one, other) => Math.min(one, other), 127);
  const highest = pitches.reduce((one, other) => Math.max(one, other), 0);
  const more = Math.max(2, Math.ceil((LEAST_ROWS - (highest - lowest)) / 2));
  return { low: lowest - more, rows: highest - lowest + 2 * more + 1 };
}

// A context with the size of its canvas on the screen in CSS pixels.
function prepareCanvas(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  const [pixels, lines] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== pixels || canvas.height !== lines) [canvas.width, canvas.height] = [pixels, lines];
  const draw = canvas.getContext("2d");
  draw.setTransform(scale, 0, 0, scale, 0, 0);
  draw.clearRect(0, 0, width, height);
  return { draw, width, height };
}

// The colours of the style sheet, of light or dark mode.
function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const [hue, light] = [Number(colour("hue")), colour("note-light")];
  return {
    card: colour("card"), row: colour("row"), line: colour("line"), soft: colour("soft"), lit: colour("lit"),
    // A hue for each channel, strength by velocity.
    note: (note) => `hsl(${hue + 67 * note.channel} 62% ${light} / ${0.45 + 0.55 * note.velocity / 127})`,
  };
}

function drawRoll(canvas, piece, position) {
  const { draw, width, height } = prepareCanvas(canvas);
  const colours = palette();
  const { start, seconds } = view(piece, width, position);
  const { low, rows } = pitchRange(piece);
  const row = (height - RULER) / rows;
  const x = (time) => GUTTER + (time - start) * (width - GUTTER) / seconds;
  const y = (pitch) => height - (pitch - low + 1) * row;

  draw.font = "11px system-ui, sans-serif";
  draw.textBaseline = "middle";
  for (let pitch = low; pitch < low + rows; pitch++) {
    draw.fillStyle = [1, 3, 6, 8, 10].includes((pitch + 120) % 12) ? colours.row : colours.card;
    draw.fillRect(GUTTER, y(pitch), width - GUTTER, row);
    if (pitch % 12 === 0) {
      draw.fillStyle = colours.line;
      draw.fillRect(GUTTER, y(pitch) + row - 0.5, width - GUTTER, 1);
      draw.fillStyle = colours.soft;
      draw.fillText(`C${pitch / 12 - 1}`, 4, Math.min(height - 7, y(pitch) + row / 2));
    }
  }
  drawBars(draw, piece, { start, seconds, width, height, x }, colours);

  draw.save();
  draw.beginPath();
  draw.rect(GUTTER, 0, width - GUTTER, height);
  draw.clip();
  for (const note of piece.notes) {
    if (note.released < start || note.start > start + seconds) continue;
    const sounds = position > 0 && note.start <= position && position < note.released;
    draw.fillStyle = sounds ? colours.lit : colours.note(note);
    draw.beginPath();
    const long = Math.max(2, x(note.released) - x(note.start) - 1);
    draw.roundRect(x(note.start), y(note.pitch) + 0.5, long, Math.max(2, row - 1), Math.min(3, row / 3));
    draw.fill();
  }
  draw.fillStyle = colours.lit;
  draw.fillRect(Math.min(width - 2, x(position) - 1), 0, 2, height);
  draw.restore();
}

// Bar lines with their numbers, as many numbers as there is room for.
function drawBars(draw, piece, { start, seconds, width, height, x }, colours) {
  let free = GUTTER;
  piece.bars.forEach((bar, index) => {
    if (bar < start || bar > start + seconds) return;
    const at = x(bar);
    draw.fillStyle = colours.line;
    draw.fillRect(at, 0, 1, height);
    const text = String(index + 1);
    if (at >= free && at + 20 < width) {
      draw.fillStyle = colours.soft;
      draw.fillText(text, at + 4, 8);
      free = at + Math.max(28, 14 + 7 * text.length);
    }
  });
}

// The whole piece, small.
function drawOverview(canvas, piece) {
  const { draw, width, height } = prepareCanvas(canvas);
  const colours = palette();
  const { low, rows } = pitchRange(piece);
  draw.fillStyle = colours.row;
  draw.fillRect(0, 0, width, height);
  for (const note of piece.notes) {
    draw.fillStyle = colours.note(note);
    const long = Math.max(1, (note.released - note.start) / piece.seconds * width);
    draw.fillRect(note.start / piece.seconds * width, height - (note.pitch - low + 1) * height / rows, long, 2);
  }
}
