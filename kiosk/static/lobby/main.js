// The kiosk's page: which screen is shown, for how long, in which language. One visitor at a time; between two nothing is kept.

import { server } from "./api.js";
import { camera } from "./camera.js";
import { button, painted } from "./dom.js";
import { gate, looksLikePass } from "./gate.js";
import { patience } from "./idle.js";
import { keypadScreen } from "./keypad.js";
import { link } from "./link.js";
import { noticeScreen, sureScreen } from "./notice.js";
import { calledScreen, callingScreen, checkingScreen, idleScreen, troubleScreen, verdictScreen } from "./screens.js";
import { play } from "./tones.js";
import { wedge } from "./wedge.js";
import { LANGUAGES, speaker } from "./words.js";

const CHECKING_AFTER_MS = 250;
const $ = (id) => document.getElementById(id);
const config = JSON.parse($("kiosk-config").textContent);
const door = gate(server(config.csrf));
const time = { seconds: config.idle_seconds, warn: config.warn_seconds };
const eye = { state: "starting", unreadable: false };

let language = config.default_language;
let shown = null; // the screen
let flow = new AbortController(); // everything that belongs to the visitor before the kiosk
let network = { online: true, paired: true, clockRight: true };

function wordsIn(code) {
  const words = speaker(config, code);
  words.inOther = speaker(config, words.other);
  return words;
}

const clock = patience({ onTick, onEnd: rest });

function onTick({ left, of, warning }) {
  const words = wordsIn(language);
  $("left").hidden = !shown?.seconds;
  $("left").value = left / of;
  $("warning").hidden = !(warning && shown?.warn);
  if (warning && shown?.warn) $("warning").textContent = `${words.say("leaving", { seconds: Math.ceil(left) })} ${words.say("leaving.how")}`;
}

function show(screen) {
  shown = screen;
  draw();
  clock.start(screen.seconds, screen.warn ?? 0);
  if (!screen.seconds) $("left").hidden = $("warning").hidden = true;
  if (screen.tone) play(screen.tone);
  document.querySelector(".headline")?.focus({ preventScroll: true });
}

function draw() {
  const words = wordsIn(language);
  document.documentElement.lang = language;
  document.body.dataset.look = shown.look;
  document.body.dataset.screen = shown.name;
  $("screen").replaceChildren(...shown.build(words).filter(Boolean));
  $("controls").replaceChildren(...(shown.actions?.(words) ?? []));
  $("said").lang = language;
  $("said").textContent = (shown.say ?? []).map((key) => words.say(key, shown.values?.(words) ?? {})).join(" ");
  $("site").textContent = words.pick(config.site.name);
  $("door").textContent = words.pick(config.door.name);
  $("language").textContent = LANGUAGES[words.other];
  $("language").lang = words.other;
  $("left").setAttribute("aria-label", words.say("remaining"));
  $("network").textContent = words.say(network.online ? "online" : "offline");
  $("network").dataset.online = network.online;
}

/** Ready for the next visitor: nothing of the last one is left. */
function rest() {
  flow.abort();
  flow = new AbortController();
  language = config.default_language;
  if (!network.paired) return trouble("verdict", { outcome: "kiosk_unpaired" });
  if (!network.clockRight) return trouble("verdict", { outcome: "kiosk_clock_wrong" });
  show(idleScreen(eye, config.direction, idleActions));
}

function trouble(kind, answer) {
  show(kind === "verdict" ? { ...verdictScreen(answer, callOnly, 0), seconds: 0, takesScans: false } : troubleScreen(kind, config.site.guard_phone, callOnly));
}

const callButton = (words, answer) => button({ label: words.say("call"), icon: "bell", run: () => call(answer) });
const doneButton = (words) => button({ label: words.say("done"), look: "quiet", run: rest });
const callOnly = (words) => [callButton(words)];
const idleActions = (words) => [button({ label: words.say("idle.code"), icon: "keys", run: askCode }), callButton(words)];
const backActions = (words) => [button({ label: words.say("back"), look: "quiet", run: rest }), callButton(words)];

function askCode() {
  flow.abort();
  flow = new AbortController();
  show(keypadScreen({ onCode: (code, seenAt) => scan("code", code, seenAt), actions: backActions, time }));
}

async function scan(how, text, seenAt) {
  if (!shown?.takesScans) return;
  flow.abort();
  flow = new AbortController();
  const { signal } = flow;
  performance.clearMarks();
  performance.clearMeasures();
  performance.mark("pass-seen", { startTime: seenAt });
  const slow = setTimeout(() => signal.aborted || show(checkingScreen()), CHECKING_AFTER_MS);
  shown = { ...shown, takesScans: false };
  const sent = how === "code" || looksLikePass(text) ? text : ""; // what any other code says never leaves this page
  const answer = await door.scan(how, sent, { signal, onTrouble: (kind) => retrying(kind, slow) });
  clearTimeout(slow);
  if (answer) await settle(answer, signal);
}

function retrying(kind, timer) {
  clearTimeout(timer);
  if (shown.name !== kind) show({ ...troubleScreen(kind, config.site.guard_phone, backActions), seconds: 0 });
}

async function settle(answer, signal) {
  if (answer.kind === "unpaired") return location.reload();
  if (answer.kind === "too_many_codes") return show(troubleScreen("too_many_codes", config.site.guard_phone, backActions, 20));
  if (answer.kind === "gave_up") return show(troubleScreen("not_registered", config.site.guard_phone, backActions, 60));
  const verdict = { ...answer.body, nonce: answer.nonce };
  if (verdict.notice) show(noticeScreen(verdict.notice, noticeActions(verdict), time));
  else show(verdictScreen(verdict, verdictActions(verdict), config.idle_seconds));
  await painted();
  performance.mark("verdict-painted");
  performance.measure("scan", "pass-seen", "verdict-painted");
  if (verdict.outcome === "id_pending" && verdict.visit && !verdict.notice) await waitForGuard(verdict, signal);
}

/** The screen of a good scan turns green by itself once the guard has confirmed. */
async function waitForGuard(verdict, signal) {
  const state = await door.checked(verdict.visit, signal);
  if (!state || signal.aborted) return;
  const outcome = state === "admitted" ? "granted" : "turned_away";
  show(verdictScreen({ ...verdict, outcome }, verdictActions(verdict), config.idle_seconds));
}

const verdictActions = (verdict) => (words) =>
  ["granted", "exited"].includes(verdict.outcome) ? [doneButton(words)] : [callButton(words, verdict), doneButton(words)];

const noticeActions = (verdict) => (words) => [
  button({ label: words.say("notice.read"), icon: "check", look: "primary", run: () => answerNotice(verdict, "read") }),
  button({ label: words.say("notice.decline"), look: "quiet", run: () => ask(verdict, "decline") }),
  button({ label: words.say("notice.minor"), look: "quiet", run: () => ask(verdict, "minor") }),
];

function ask(verdict, choice) {
  const actions = (words) => [
    button({ label: words.say("back"), look: "primary", run: () => show(noticeScreen(verdict.notice, noticeActions(verdict), time)) }),
    button({ label: words.say(`notice.${choice}.sure`), run: () => answerNotice(verdict, choice) }),
  ];
  show(sureScreen(choice, actions, time));
}

async function answerNotice(verdict, choice) {
  const { signal } = flow;
  show(checkingScreen());
  const answer = await door.notice(verdict.notice.token, choice, { signal, onTrouble: (kind) => retrying(kind) });
  if (answer) await settle(answer, signal);
}

async function call(answer = {}) {
  flow.abort();
  flow = new AbortController();
  const { signal } = flow;
  show(callingScreen());
  const made = await door.call(answer.visit ?? null, answer.outcome ?? null, { signal, onTrouble: () => shown.name !== "call_failed" && show(troubleScreen("call_failed", config.site.guard_phone, backActions)) });
  if (!made) return;
  if (made.kind !== "ok") return show(troubleScreen("call_failed", config.site.guard_phone, backActions, 60));
  const done = (words) => [doneButton(words)];
  show(calledScreen(made.body.called_at, false, config.site.guard_phone, done, 180));
  const coming = await door.answered(made.nonce, signal);
  if (coming && !signal.aborted) show(calledScreen(made.body.called_at, true, config.site.guard_phone, done, 60));
}

$("language").addEventListener("click", () => {
  language = wordsIn(language).other;
  draw();
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && shown.name !== "idle") rest();
  else shown.key?.(event);
});
wedge((text, seenAt) => scan("scanner", text, seenAt));
camera($("eye"), {
  onText: (text, seenAt) => scan("camera", text, seenAt),
  onUnreadable: (unreadable) => look({ unreadable }),
  onState: (state) => look({ state, unreadable: false }),
});
function look(change) {
  Object.assign(eye, change);
  document.body.dataset.eye = eye.state;
  if (shown?.name === "idle") show(idleScreen(eye, config.direction, idleActions));
}
link(server(config.csrf), (state) => {
  const wasWell = network.paired && network.clockRight;
  network = state;
  if (!state.paired) return location.reload();
  if (shown?.name === "idle" || wasWell !== state.clockRight) rest();
  else draw();
});
setInterval(() => ($("clock").textContent = wordsIn(language).hour(new Date())), 1000);
rest();
