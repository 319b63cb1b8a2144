// A small piano: tones are computed once as sums of partials and then played back at any loudness and length.

"use strict";

const DAMPING = 0.09; // seconds in which a damper takes a tone to 1/e
const UNDAMPED = 90; // keys from here on have no dampers
const LAYER = 32; // velocities that share one colour of tone

class Piano {
  constructor(context, destination) {
    this.context = context;
    this.tones = new Map();
    this.voices = new Set();
    this.input = context.createGain();
    this.input.gain.value = 1.1;
    this.input.connect(destination);
    const room = context.createConvolver();
    room.buffer = roomEcho(context);
    this.input.connect(room).connect(destination);
  }

  // Plays a note at a time of the context; `duration` and `offset`, which is left out of the beginning, are seconds.
  play(note, when, duration, offset = 0) {
    const source = this.context.createBufferSource();
    const level = this.context.createGain();
    source.buffer = this.tone(note.pitch, note.velocity);
    source.connect(level).connect(this.input);
    source.start(when, offset);
    level.gain.setValueAtTime((note.velocity / 127) ** 1.6, when);
    if (note.pitch < UNDAMPED) {
      level.gain.setTargetAtTime(0, when + duration, DAMPING);
      source.stop(when + duration + 8 * DAMPING);
    }
    const voice = { source, level };
    this.voices.add(voice);
    source.onended = () => this.voices.delete(voice);
  }

  // Damps all that sounds and forgets what was to sound later.
  silence() {
    const now = this.context.currentTime;
    for (const { source, level } of this.voices) {
      level.gain.cancelScheduledValues(now);
      level.gain.setTargetAtTime(0, now, 0.02);
      source.stop(now + 0.2);
    }
    this.voices.clear();
  }

  tone(pitch, velocity) {
    const layer = Math.floor(velocity / LAYER);
    const key = pitch * 128 + layer;
    if (!this.tones.has(key)) {
      this.tones.set(key, stringTone(this.context, pitch, Math.min(1, (layer + 0.5) * LAYER / 127)));
    }
    return this.tones.get(key);
  }
}

// Two strings a little out of tune, struck with a hardness of 0 to 1, that nothing damps.
function stringTone(context, pitch, hardness) {
  const rate = context.sampleRate;
  const frequency = 440 * 2 ** ((pitch - 69) / 12);
  const stiffness = 3.5e-4 * Math.max(0.25, 2 ** ((pitch - 60) / 8));
  const slow = 3.8 * 2 ** ((60 - pitch) / 20);
  const buffer = context.createBuffer(2, Math.ceil(rate * Math.min(8, 2.5 * slow)), rate);
  for (const [channel, detune] of [[0, 0.99983], [1, 1.00017]]) {
    const samples = buffer.getChannelData(channel);
    const away = channel === 0 ? pitch - 64 : 64 - pitch;
    const side = Math.cos(Math.PI / 4 * (1 + 0.6 * away / 44));
    for (let n = 1; n <= 24; n++) {
      const partial = n * frequency * Math.sqrt(1 + stiffness * n * n);
      if (partial > Math.min(9000, rate / 2)) break;
      const strike = Math.abs(Math.sin(Math.PI * n * 0.122)) / n ** 1.4;
      const level = 0.4 * side * strike * Math.exp(-partial / (700 + 5000 * hardness));
      addPartial(samples, rate, partial * detune, n * n, level, slow / (1 + 0.2 * (n - 1)));
    }
    // The attack of 2 ms, and an end without a click.
    const attack = Math.round(0.004 * rate);
    const fade = Math.round(0.3 * rate);
    for (let at = 0; at < attack; at++) samples[at] *= at / attack;
    for (let at = 1; at <= fade; at++) samples[samples.length - at] *= at / fade;
  }
  return buffer;
}

// Adds a partial that dies away, at first four times as fast as at the end.
function addPartial(samples, rate, frequency, phase, level, seconds) {
  const turn = 2 * Math.PI * frequency / rate;
  const [turnSin, turnCos] = [Math.sin(turn), Math.cos(turn)];
  let [sin, cos] = [Math.sin(phase), Math.cos(phase)];
  let [fast, slow] = [0.7 * level, 0.3 * level];
  const [fastDecay, slowDecay] = [Math.exp(-4 / (rate * seconds)), Math.exp(-1 / (rate * seconds))];
  for (let at = 0; at < samples.length; at++) {
    samples[at] += sin * (fast + slow);
    [sin, cos] = [sin * turnCos + cos * turnSin, cos * turnCos - sin * turnSin];
    fast *= fastDecay;
    slow *= slowDecay;
  }
}

// Noise that dies away within 1.2 seconds, the same in every context.
function roomEcho(context) {
  const rate = context.sampleRate;
  const buffer = context.createBuffer(2, Math.round(1.2 * rate), rate);
  let state = 1;
  for (const channel of [0, 1]) {
    const samples = buffer.getChannelData(channel);
    let smooth = 0;
    for (let at = 0; at < samples.length; at++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      smooth += 0.35 * (state / 2 ** 31 - 1 - smooth);
      samples[at] = smooth * Math.exp(-6.9 * at / samples.length);
    }
  }
  return buffer;
}
