// Plays one piece at a time. Times of the piece are seconds at the tempo that was written; `rate` plays it faster.

"use strict";

const AHEAD = 1.5; // seconds of sound that are scheduled ahead: timers of a hidden page come once a second
const LEAD = 0.05; // seconds between a start and the first sound

class Player {
  constructor() {
    this.piece = null;
    this.playing = false;
    this.rate = 1;
    this.volume = 0.8;
    this.from = 0; // where in the piece playing began, or is paused
    this.onchange = () => {};
  }

  // Browsers allow sound after a gesture only, so the context is made by the first one.
  prepare() {
    if (!this.context) {
      this.context = new AudioContext();
      this.output = soundOutput(this.context);
      this.piano = new Piano(this.context, this.output);
      this.setVolume(this.volume);
    }
    this.context.resume();
  }

  load(piece) {
    if (piece !== this.piece) {
      this.pause();
      this.piece = piece;
      this.from = 0;
    }
  }

  get position() {
    if (!this.playing) return this.from;
    const played = Math.max(0, this.context.currentTime - this.since) * this.rate;
    return Math.min(this.piece.seconds, this.from + played);
  }

  play() {
    this.prepare();
    if (this.from >= this.piece.seconds) this.from = 0;
    this.playing = true;
    this.start();
    this.onchange();
  }

  pause() {
    if (!this.playing) return;
    this.from = this.position;
    this.playing = false;
    this.stop();
    this.onchange();
  }

  toggle() {
    this.playing ? this.pause() : this.play();
  }

  seek(seconds) {
    this.restart(() => { this.from = Math.max(0, Math.min(this.piece.seconds, seconds)); });
  }

  setRate(rate) {
    this.restart(() => { this.rate = rate; });
  }

  setVolume(volume) {
    this.volume = volume;
    if (this.output) this.output.gain.setTargetAtTime(volume ** 2, this.context.currentTime, 0.02);
  }

  // Changes something about what is scheduled.
  restart(change) {
    this.from = this.position;
    if (this.playing) this.stop();
    change();
    if (this.playing) this.start();
    this.onchange();
  }

  start() {
    this.since = this.context.currentTime + LEAD;
    this.next = 0;
    this.schedule();
    this.timer = setInterval(() => this.schedule(), 100);
  }

  stop() {
    clearInterval(this.timer);
    this.piano.silence();
  }

  schedule() {
    const { notes } = this.piece;
    const until = this.from + (this.context.currentTime - this.since + AHEAD) * this.rate;
    for (; this.next < notes.length && notes[this.next].start < until; this.next++) {
      playNote(this.piano, notes[this.next], this.since, this.from, this.rate);
    }
    if (this.position >= this.piece.seconds) {
      // The last notes and the room die away by themselves.
      clearInterval(this.timer);
      this.from = this.piece.seconds;
      this.playing = false;
      this.onchange();
    }
  }
}

// Plays what is left of a note when the piece is played from `from` at the time `since`.
function playNote(piano, note, since, from, rate) {
  const missed = Math.max(0, from - note.start);
  if (note.end - note.start > missed) {
    const when = since + (note.start + missed - from) / rate;
    piano.play(note, when, (note.end - note.start - missed) / rate, missed / rate);
  }
}

// Volume, and a limiter where many notes meet; returns the volume.
function soundOutput(context) {
  const volume = context.createGain();
  const limiter = context.createDynamicsCompressor();
  Object.assign(limiter.threshold, { value: -6 });
  Object.assign(limiter.ratio, { value: 20 });
  Object.assign(limiter.attack, { value: 0.003 });
  volume.connect(limiter).connect(context.destination);
  return volume;
}

// The samples of a piece as the page plays it, for whoever wants to look at them.
function renderOffline(piece, rate = 1) {
  const context = new OfflineAudioContext(2, Math.ceil((piece.seconds / rate + 2) * 44100), 44100);
  const piano = new Piano(context, soundOutput(context));
  piece.notes.forEach((note) => playNote(piano, note, 0, 0, rate));
  return context.startRendering();
}
