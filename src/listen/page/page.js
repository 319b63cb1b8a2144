// The page: a card for each piece, the controls, and the keyboard.

"use strict";

const STEP = 2; // seconds for an arrow key

const data = JSON.parse(document.getElementById("data").textContent);
const player = new Player();
const cards = data.pieces.map((piece) => new Card(unpack(piece)));
let current = cards[0];

// Notes come as short lists, to keep the file small.
function unpack(piece) {
  const notes = piece.notes.map(([start, released, end, pitch, velocity, channel]) =>
    ({ start, released, end, pitch, velocity, channel }));
  return { ...piece, notes };
}

function clock(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function Card(piece) {
  const element = document.getElementById("card").content.cloneNode(true).firstElementChild;
  const find = (selector) => element.querySelector(selector);
  const [button, roll, overview, slider] = [".play", ".roll", ".overview", ".seek input"].map(find);
  find("h2").textContent = piece.name;
  find(".description").textContent = piece.description;
  find(".length").textContent = clock(Math.round(piece.seconds));
  const save = find(".save");
  save.download = piece.name;
  save.href = `data:audio/midi;base64,${piece.midi}`;
  save.setAttribute("aria-label", `Save ${piece.name}`);
  slider.max = piece.seconds;
  slider.setAttribute("aria-label", `Position in ${piece.name}`);
  roll.setAttribute("role", "img");
  roll.setAttribute("aria-label", `Piano roll of ${piece.name}`);
  if (piece.report) fillReport(find("table"), piece.report);
  else find(".report").remove();
  if (data.pieces.length === 1 && piece.report) find(".report").open = true;
  document.getElementById("pieces").append(element);

  const position = () => player.piece === piece ? player.position : 0;
  const seek = (seconds) => { choose(this); player.seek(seconds); };
  button.onclick = () => { choose(this); player.toggle(); };
  slider.oninput = () => seek(Number(slider.value));
  roll.onclick = (event) => {
    const { left, width } = roll.getBoundingClientRect();
    const { start, seconds } = view(piece, width, position());
    const share = (event.clientX - left - GUTTER) / (width - GUTTER);
    if (share >= 0) seek(start + share * seconds);
  };

  this.piece = piece;
  this.element = element;
  this.button = button;
  // What changes while the piece plays.
  this.draw = () => {
    const at = position();
    drawRoll(roll, piece, at);
    slider.value = at;
    slider.setAttribute("aria-valuetext", `${clock(at)} of ${clock(piece.seconds)}`);
    find(".now").textContent = clock(at);
  };
  // What changes with the size and the colours of the page.
  this.redraw = () => { drawOverview(overview, piece); this.draw(); };
}

// Rows of three columns: the name, the figure of the piece, that of songs by people where there are some.
function fillReport(table, { lines, below }) {
  const hasSongs = lines[0][0] === "";
  const add = (section, cells, kinds) => {
    const row = section.insertRow();
    cells.forEach((text, index) => {
      const cell = document.createElement(kinds[index] || "td");
      cell.textContent = text.replaceAll(" %", "\u00a0%");
      row.append(cell);
    });
    return row;
  };
  if (hasSongs) add(table.createTHead(), lines[0], ["th", "th", "th"]);
  const body = table.createTBody();
  for (const line of lines.slice(hasSongs ? 1 : 0)) add(body, hasSongs ? line : line.slice(0, 2), ["th"]);
  for (const [name, text] of below) add(body, [name, text], ["th"]).cells[1].colSpan = hasSongs ? 2 : 1;
}

// Makes a card the current one; another that plays stops.
function choose(card) {
  const before = current;
  current = card;
  player.load(card.piece);
  if (before !== card) before.draw();
  show();
}

// Shows what plays and what is current.
function show() {
  for (const card of cards) {
    const plays = card === current && player.playing;
    card.element.classList.toggle("current", card === current && cards.length > 1);
    card.element.classList.toggle("playing", plays);
    card.button.setAttribute("aria-label", `${plays ? "Pause" : "Play"} ${card.piece.name}`);
  }
  const percent = Math.round(100 * player.rate);
  const [text, bpm] = [document.getElementById("tempo-text"), document.createElement("span")];
  bpm.className = "bpm";
  bpm.textContent = ` · ${Math.round(current.piece.tempo * player.rate)} bpm`;
  text.replaceChildren(`${percent} %`, bpm);
  document.getElementById("volume-text").textContent = `${Math.round(100 * player.volume)} %`;
  current.draw();
}

function step() {
  if (!player.playing) return;
  current.draw();
  requestAnimationFrame(step);
}

player.onchange = () => { show(); requestAnimationFrame(step); };
document.getElementById("tempo").oninput = (event) => player.setRate(event.target.value / 100);
document.getElementById("volume").oninput = (event) => { player.setVolume(event.target.value / 100); show(); };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  // Buttons and sliders that have the focus keep the keys that are theirs.
  const onSlider = event.target.matches("input");
  if (event.key === " " && event.target.matches("button, summary, a")) return;
  const turn = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const move = { ArrowLeft: -STEP, ArrowRight: STEP, Home: -Infinity }[event.key];
  if (event.key === " ") player.toggle();
  else if (move && !onSlider) player.seek(player.position + move);
  else if (turn && !onSlider && cards.length > 1) {
    const chosen = cards[Math.max(0, Math.min(cards.length - 1, cards.indexOf(current) + turn))];
    choose(chosen);
    chosen.element.scrollIntoView({ block: "nearest" });
  } else return;
  event.preventDefault();
});

const redraw = () => cards.forEach((card) => card.redraw());
new ResizeObserver(redraw).observe(document.getElementById("pieces"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
document.getElementById("subtitle").textContent = data.title;
document.title = `${data.title} · gpu-lstm`;
choose(current);
redraw();
