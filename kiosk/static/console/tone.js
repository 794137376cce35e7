// Two soft notes when somebody newly waits, for a desk that wants them.
import { isOn } from "./switches.js";

let audio = null;

function wake() {
  if (!isOn("sound")) return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
}

function note(pitch, start) {
  const sound = audio.createOscillator();
  const volume = audio.createGain();
  sound.frequency.value = pitch;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.12, start + 0.03);
  volume.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
  sound.connect(volume).connect(audio.destination);
  sound.start(start);
  sound.stop(start + 0.5);
}

export function ring() {
  if (!isOn("sound") || audio?.state !== "running") return;
  note(523, audio.currentTime);
  note(659, audio.currentTime + 0.18);
}

// Browsers let a page sound only after somebody has touched it.
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, wake, { passive: true });
document.addEventListener("switched", () => {
  wake();
  ring();
});
