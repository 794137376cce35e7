// The camera: frames go to the decoder one at a time, never queued, and a pass that stays in view is reported once.

import { looksLikePass } from "./gate.js";

const DECODER = new URL("./decode-worker.js", import.meta.url).href;
const PACE_MS = 40;
const SAME_PASS_MS = 2500;
const UNREADABLE_MS = 1500;
const FORGET_MS = 700;
const TRY_AGAIN_MS = 10_000;
const DECODER_MAY_TAKE_MS = 10_000;
const WANTED = { video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };

// The one Trusted Types policy of the page allows the one script address it hands to a sink.
const policy = globalThis.trustedTypes?.createPolicy("kiosk-url", { createScriptURL: allow });

function allow(address) {
  if (address === DECODER) return address;
  throw new TypeError("not an address of this kiosk");
}

/** Starts the camera and keeps it going, whatever fails. `onText(text, seenAt)` tells whether it took the text;
 * `onUnreadable(bool)`, `onState("starting" | "on" | "off")`. */
export function camera(video, { onText, onUnreadable, onState }) {
  const once = seenOnce(onText);
  const unclear = unclearFor(UNREADABLE_MS, onUnreadable);
  let reader = null;
  let last = 0;

  function found({ texts, unreadable, at }) {
    const text = texts.find(looksLikePass) ?? texts[0];
    if (text) once(text, at);
    unclear(Boolean(unreadable), Boolean(text));
  }

  async function send() {
    const at = performance.now();
    if (!reader?.ready() || at - last < PACE_MS || !video.videoWidth) return;
    last = at;
    try {
      reader.read(globalThis.VideoFrame ? new VideoFrame(video) : await createImageBitmap(video), at);
    } catch {
      // The camera was pulled between two frames; `ended` tells the rest.
    }
  }

  function eachFrame() {
    send();
    video.requestVideoFrameCallback(eachFrame);
  }

  async function start() {
    onState("starting");
    try {
      reader = decoder(found, stop);
      video.srcObject = await navigator.mediaDevices.getUserMedia(WANTED);
      video.srcObject.getVideoTracks()[0].addEventListener("ended", stop);
      await video.play();
      if (reader) onState("on");
    } catch {
      stop();
    }
  }

  function stop() {
    if (!reader) return;
    reader.end();
    reader = null;
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.srcObject = null;
    onState("off");
    setTimeout(start, TRY_AGAIN_MS);
  }

  video.requestVideoFrameCallback(eachFrame);
  start();
}

/** The worker that reads frames. It has 10 s to start and for every frame; silence or an error calls `onDead`. */
function decoder(onFound, onDead) {
  const worker = new Worker(policy ? policy.createScriptURL(DECODER) : DECODER, { type: "module" });
  let busy = true; // until it says that it is ready
  let watch = setTimeout(onDead, DECODER_MAY_TAKE_MS);

  worker.onmessage = ({ data }) => {
    clearTimeout(watch);
    busy = false;
    if (data.failed) onDead();
    else if (!data.ready) onFound(data);
  };
  worker.onerror = onDead;

  return {
    ready: () => !busy,
    read(frame, at) {
      busy = true;
      watch = setTimeout(onDead, DECODER_MAY_TAKE_MS);
      worker.postMessage({ frame, at }, [frame]);
    },
    end() {
      clearTimeout(watch);
      worker.terminate();
    },
  };
}

/** Reports a text when it comes into view, and again only after it was out of view for 2.5 s; then it is forgotten.
 * A text that nobody took is reported again. */
function seenOnce(report) {
  let text = null;
  let forgetting = 0;
  return (seen, at) => {
    clearTimeout(forgetting);
    forgetting = setTimeout(() => (text = null), SAME_PASS_MS);
    if (seen !== text && report(seen, at)) text = seen;
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
