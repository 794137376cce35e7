// The camera: frames go to the decoder one at a time, never queued, and a pass that stays in view is reported once.

import { looksLikePass } from "./gate.js";

const DECODER = new URL("./decode-worker.js", import.meta.url).href;
const PACE_MS = 40;
const SAME_PASS_MS = 2500;
const UNREADABLE_MS = 1500;
const FORGET_MS = 700;
const TRY_AGAIN_MS = 10_000;
const WANTED = { video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };

// The one Trusted Types policy of the page allows the one script address it hands to a sink.
const policy = globalThis.trustedTypes?.createPolicy("kiosk-url", { createScriptURL: allow });

function allow(address) {
  if (address === DECODER) return address;
  throw new TypeError("not an address of this kiosk");
}

/** Starts the camera and keeps it going. `onText(text, seenAt)`, `onUnreadable(bool)`, `onState("starting" | "on" | "off")`. */
export function camera(video, { onText, onUnreadable, onState }) {
  const once = seenOnce(onText);
  const unclear = unclearFor(UNREADABLE_MS, onUnreadable);
  const worker = new Worker(policy ? policy.createScriptURL(DECODER) : DECODER, { type: "module" });
  let busy = true; // until the decoder says that it is ready
  let last = 0;

  worker.onmessage = ({ data }) => {
    busy = false;
    if (data.ready) return;
    const text = data.texts.find(looksLikePass) ?? data.texts[0];
    if (text) once(text, data.at);
    unclear(Boolean(data.unreadable), Boolean(text));
  };

  worker.onerror = () => onState("off");

  async function send() {
    const at = performance.now();
    if (busy || at - last < PACE_MS || !video.videoWidth) return;
    busy = true;
    last = at;
    try {
      const frame = globalThis.VideoFrame ? new VideoFrame(video) : await createImageBitmap(video);
      worker.postMessage({ frame, at }, [frame]);
    } catch {
      busy = false; // the camera was pulled between two frames; `ended` tells the rest
    }
  }

  function eachFrame() {
    send();
    video.requestVideoFrameCallback(eachFrame);
  }

  async function start() {
    onState("starting");
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia(WANTED);
      video.srcObject.getVideoTracks()[0].addEventListener("ended", stop);
      await video.play();
      onState("on");
    } catch {
      stop();
    }
  }

  function stop() {
    video.srcObject = null;
    onState("off");
    setTimeout(start, TRY_AGAIN_MS);
  }

  video.requestVideoFrameCallback(eachFrame);
  start();
}

/** Lets a text through when it comes into view, and again only after it was out of view for 2.5 s; then it is forgotten. */
function seenOnce(report) {
  let text = null;
  let forgetting = 0;
  return (seen, at) => {
    clearTimeout(forgetting);
    forgetting = setTimeout(() => (text = null), SAME_PASS_MS);
    if (seen === text) return;
    text = seen;
    report(seen, at);
  };
}

/** Tells when a code has been in view for `milliseconds` and could not be read, and when that is over. */
function unclearFor(milliseconds, report) {
  let since = null;
  let lastSeen = 0;
  let told = false;
  const tell = (unclear) => {
    if (unclear !== told) report(unclear);
    told = unclear;
  };
  return (unreadable, read) => {
    const now = performance.now();
    if (unreadable) {
      since ??= now;
      lastSeen = now;
    } else if (read || now - lastSeen > FORGET_MS) {
      since = null;
    }
    tell(since !== null && now - since > milliseconds);
  };
}
