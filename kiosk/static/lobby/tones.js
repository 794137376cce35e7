// Three tones that cannot be taken for one another, for people who look at the door and not at the screen:
// ok rises, attention repeats, refuse falls and is rough. Frequencies in Hz, times in seconds.

const TONES = {
  ok: { wave: "sine", notes: [[659, 0, 0.14], [988, 0.15, 0.26]] },
  attention: { wave: "triangle", notes: [[587, 0, 0.14], [587, 0.24, 0.14], [587, 0.48, 0.2]] },
  refuse: { wave: "sawtooth", notes: [[311, 0, 0.22], [208, 0.24, 0.4]] },
};
const LOUDNESS = 0.25;
const context = new AudioContext();

// Browsers without the kiosk's sound policy wait for a touch.
for (const event of ["pointerdown", "keydown"]) addEventListener(event, () => context.resume(), { capture: true });

export function play(name) {
  const tone = TONES[name];
  if (!tone || context.state !== "running") return;
  for (const [hertz, after, length] of tone.notes) sound(tone.wave, hertz, context.currentTime + after, length);
}

function sound(wave, hertz, start, length) {
  const oscillator = new OscillatorNode(context, { type: wave, frequency: hertz });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
  gain.gain.setValueAtTime(LOUDNESS, start + length - 0.03);
  gain.gain.linearRampToValueAtTime(0, start + length);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + length);
}
