// Ten minutes without a hand on keyboard or pointer, in any window of this desk, and it locks itself. The server does the same by
// itself; while somebody works on a page that sends nothing, it is told every two minutes that somebody is there.
const form = document.querySelector("form[data-idle-lock]");
const windows = new BroadcastChannel("console-in-use");
const TELL_WINDOWS = 5_000;
const TELL_SERVER = 120_000;
let used = Date.now();
let toldWindows = 0;
let toldServer = Date.now();

export function usedSince(moment) {
  return used >= moment;
}

function note() {
  const now = Date.now();
  used = now;
  if (now - toldWindows < TELL_WINDOWS) return;
  toldWindows = now;
  windows.postMessage("used");
  if (form && now - toldServer > TELL_SERVER) {
    toldServer = now;
    const asked = new XMLHttpRequest();
    asked.open("GET", form.dataset.awake);
    asked.send();
  }
}

if (form) {
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
    document.addEventListener(kind, note, { passive: true, capture: true });
  }
  windows.addEventListener("message", () => {
    used = Date.now();
  });
  const name = document.querySelector("[data-leave-after]"); // a name that was opened does not stay on an unwatched screen
  setInterval(() => {
    const idle = (Date.now() - used) / 1000;
    if (idle > Number(form.dataset.idleLock)) form.requestSubmit();
    else if (name && idle > Number(name.dataset.leaveAfter)) location.assign(name.dataset.leaveTo);
  }, 5_000);
}
