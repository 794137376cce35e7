// Reads QR codes from camera frames, away from the page. Pictures live here for one reading and are never kept.

import { prepareZXingModule, readBarcodes } from "./vendor/zxing/es/reader/index.js";

const WASM = new URL("./vendor/zxing/reader/zxing_reader.wasm", import.meta.url).href;
const OPTIONS = { formats: ["QRCode"], tryHarder: true, tryRotate: true, tryInvert: true, tryDownscale: true, maxNumberOfSymbols: 2 };
const SQUARE = 0.78; // of the shorter side: 560 of 720 pixels, the best reader of all sizes measured
const HARD_EVERY = 3;

const canvas = new OffscreenCanvas(1, 1);
const paper = canvas.getContext("2d", { willReadFrequently: true });
let frames = 0;
let misses = 0;

onmessage = async ({ data: { frame, at } }) => {
  frames += 1;
  try {
    const found = await look(frame);
    misses = found.texts.length ? 0 : misses + 1;
    postMessage({ ...found, at });
  } catch {
    postMessage({ failed: true });
  } finally {
    frame.close();
  }
};

/** The square in the middle and the whole frame take turns: the one reads best, the other sees a pass earlier. */
async function look(frame) {
  const width = frame.displayWidth ?? frame.width;
  const height = frame.displayHeight ?? frame.height;
  const side = Math.round(Math.min(width, height) * SQUARE);
  const square = { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side };
  const whole = { x: 0, y: 0, width, height };
  const texts = good(await readBarcodes(draw(frame, frames % 2 ? square : whole, 1), OPTIONS));
  if (texts.length || (misses + 1) % HARD_EVERY) return { texts };
  return lookHarder(frame, whole);
}

/** Noise and darkness: half the size, softened, contrast stretched. Also tells when there is a code that cannot be read. */
async function lookHarder(frame, area) {
  const results = await readBarcodes(stretch(draw(frame, area, 0.5, "blur(1px)")), { ...OPTIONS, returnErrors: true });
  return { texts: good(results), unreadable: results.some(({ isValid }) => !isValid) };
}

const good = (results) => results.filter(({ isValid }) => isValid).map(({ text }) => text);

function draw(frame, { x, y, width, height }, scale, filter = "none") {
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  paper.filter = filter;
  paper.drawImage(frame, x, y, width, height, 0, 0, canvas.width, canvas.height);
  return paper.getImageData(0, 0, canvas.width, canvas.height);
}

/** Spreads the brightness between its darkest and lightest hundredth over the whole range. */
function stretch(image) {
  const { data } = image;
  const counts = new Uint32Array(256);
  for (let i = 1; i < data.length; i += 4) counts[data[i]] += 1;
  const few = data.length / 400;
  const dark = reach(counts, few, 0, 1);
  const light = reach(counts, few, 255, -1);
  const gain = 255 / Math.max(1, light - dark);
  for (let i = 0; i < data.length; i += 4) data[i] = data[i + 1] = data[i + 2] = (data[i + 1] - dark) * gain;
  return image;
}

function reach(counts, few, from, step) {
  let level = from;
  for (let seen = counts[level]; seen < few && level + step >= 0 && level + step < 256; seen += counts[level]) level += step;
  return level;
}

prepareZXingModule({ overrides: { locateFile: () => WASM }, fireImmediately: true }).then(
  () => postMessage({ ready: true }),
  () => postMessage({ failed: true }),
);
