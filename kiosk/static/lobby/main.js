// The kiosk: what follows what. One visitor at a time; between two of them nothing is kept.

import { server } from "./api.js";
import { camera } from "./camera.js";
import { button, painted } from "./dom.js";
import { gate, looksLikePass } from "./gate.js";
import { keypadScreen } from "./keypad.js";
import { link } from "./link.js";
import { noticeScreen, policyScreen, sureScreen } from "./notice.js";
import { calledScreen, callingScreen, checkingScreen, idleScreen, troubleScreen, verdictScreen } from "./screens.js";
import { stage } from "./stage.js";
import { wedge } from "./wedge.js";
import { witness } from "./witness.js";

const CHECKING_AFTER_MS = 250;
const YOUNG_PAGE_MS = 60_000;
const SECONDS = { refusal: 20, failed: 60, called: 180, coming: 60 };

const config = JSON.parse(document.getElementById("kiosk-config").textContent);
const api = server(document.body.dataset.base, config.csrf);
const door = gate(api);
const glass = stage(config, rest);
const time = { seconds: config.idle_seconds, warn: config.warn_seconds };
const phone = config.site.guard_phone;
const eye = { state: "starting", unreadable: false };

let flow = new AbortController(); // everything that belongs to the visitor before the kiosk
let clockRight = true;
let coming = null; // the day from which the policy says something else

/** Whatever was going on is over; the signal of what begins. */
function begin() {
  flow.abort();
  flow = new AbortController();
  return flow.signal;
}

/** Ready for the next visitor: nothing of the last one is left. */
function rest() {
  begin();
  glass.forget();
  if (clockRight) glass.show(idleScreen(eye, config.direction, idleActions, coming));
  else glass.show({ ...verdictScreen({ outcome: "kiosk_clock_wrong" }, callOnly), seconds: 0, takesScans: false });
}

const callButton = (words, answer) => button({ label: words.say("call"), icon: "bell", run: () => call(answer) });
const backButton = (words) => button({ label: words.say("back"), look: "quiet", run: rest });
const doneButton = (words) => button({ label: words.say("done"), look: "quiet", run: rest });

const callOnly = (words) => [callButton(words)];
const doneOnly = (words) => [doneButton(words)];
const backOrCall = (words) => [backButton(words), callButton(words)];
const idleActions = (words) => [
  button({ label: words.say("idle.code"), icon: "keys", run: askCode }),
  button({ label: words.say("idle.policy"), icon: "shield", run: readPolicy }),
  callButton(words),
];

function trouble(kind, seconds = 0) {
  if (glass.shown().name !== kind) glass.show(troubleScreen(kind, phone, backOrCall, seconds));
}

function askCode() {
  begin();
  glass.show(keypadScreen({ onCode: (code, seenAt) => scan("code", code, seenAt), actions: backOrCall, time }));
}

async function readPolicy() {
  const signal = begin();
  const answer = await api.ask("/policy");
  if (signal.aborted) return;
  if (answer.kind === "ok") glass.show(policyScreen(answer.body, backOrCall, time));
  else if (answer.kind === "unpaired") location.reload();
  else trouble(answer.kind, SECONDS.refusal);
}

/** @returns whether the kiosk takes a scan at this moment. `seenAt` is on the clock of performance.now(). */
function scan(how, text, seenAt) {
  if (!glass.shown().takesScans) return false;
  glass.shown().takesScans = false;
  send(how, text, seenAt, begin());
  return true;
}

async function send(how, text, seenAt, signal) {
  const slow = setTimeout(() => signal.aborted || glass.show(checkingScreen()), CHECKING_AFTER_MS);
  const sent = how === "code" || looksLikePass(text) ? text : ""; // what any other code says never leaves this page
  const answer = await door.scan(how, sent, { signal, onTrouble: (kind) => retrying(kind, slow) });
  clearTimeout(slow);
  if (!answer) return;
  settle(answer, signal);
  measure(seenAt);
}

function retrying(kind, timer) {
  clearTimeout(timer);
  trouble(kind);
}

/** From the whole pass in view to the answer on the glass, for whoever measures: performance.getEntriesByName("scan"). */
async function measure(seenAt) {
  performance.clearMarks();
  performance.clearMeasures();
  performance.mark("pass-seen", { startTime: seenAt });
  await painted();
  performance.mark("verdict-painted");
  performance.measure("scan", "pass-seen", "verdict-painted");
}

const SETTLED = {
  ok: decided,
  unpaired: () => location.reload(),
  stale: reloadOnce,
  too_many_codes: () => trouble("too_many_codes", SECONDS.refusal),
  gave_up: () => trouble("not_registered", SECONDS.failed),
};

const settle = (answer, signal) => SETTLED[answer.kind](answer, signal);

/** The server no longer takes this page's token: a fresh page has a fresh one. A page that has just been loaded is not the cause. */
function reloadOnce() {
  if (performance.now() > YOUNG_PAGE_MS) location.reload();
  else trouble("out_of_order", SECONDS.refusal);
}

function decided({ body }, signal) {
  if (body.notice) glass.show(noticeScreen(body.notice, noticeActions(body), time));
  else verdict(body);
  if (body.outcome === "id_pending" && body.visit) waitForGuard(body, signal);
}

function verdict(answer) {
  const mayGo = ["granted", "exited"].includes(answer.outcome);
  const actions = (words) => (mayGo ? [doneButton(words)] : [doneButton(words), callButton(words, answer)]);
  glass.show(verdictScreen(answer, actions, config.idle_seconds));
}

/** The screen of a good scan turns green by itself once the guard has confirmed. */
async function waitForGuard(answer, signal) {
  const state = await door.checked(answer.visit, signal);
  if (!state || signal.aborted) return;
  verdict({ ...answer, outcome: state === "admitted" ? "granted" : "turned_away" });
}

const noticeActions = (answer) => (words) => [
  button({ label: words.say("notice.read"), icon: "check", look: "primary", run: () => answerNotice(answer, "read") }),
  button({ label: words.say("notice.decline"), look: "quiet", run: () => ask(answer, "decline") }),
  button({ label: words.say("notice.minor"), look: "quiet", run: () => ask(answer, "minor") }),
];

function ask(answer, choice) {
  const back = () => glass.show({ ...noticeScreen(answer.notice, noticeActions(answer), time), tone: null });
  const actions = (words) => [
    button({ label: words.say("back"), look: "primary", run: back }),
    button({ label: words.say(`notice.${choice}.sure`), run: () => answerNotice(answer, choice) }),
  ];
  glass.show(sureScreen(choice, actions, time));
}

async function answerNotice({ notice }, choice) {
  const { signal } = flow;
  glass.show(checkingScreen());
  const answer = await door.notice(notice.token, choice, { signal, onTrouble: trouble });
  if (answer) settle(answer, signal);
}

async function call(answer = {}) {
  const signal = begin();
  glass.show(callingScreen());
  const made = await door.call(answer.visit ?? null, answer.outcome ?? null, { signal, onTrouble: () => trouble("call_failed") });
  if (!made) return;
  if (made.kind === "ok") called(made, signal);
  else glass.show(troubleScreen("call_failed", phone, backOrCall, SECONDS.failed));
}

async function called({ body, nonce }, signal) {
  const tell = (coming) => glass.show(calledScreen(body.called_at, coming, phone, doneOnly, coming ? SECONDS.coming : SECONDS.called));
  tell(false);
  if ((await door.answered(nonce, signal)) && !signal.aborted) tell(true);
}

function pressed(event) {
  const { name, key } = glass.shown();
  if (event.key === "Escape" && name !== "idle") rest();
  else key?.(event);
}

function look(change) {
  Object.assign(eye, change);
  document.body.dataset.eye = eye.state;
  if (glass.shown().name === "idle") glass.update(idleScreen(eye, config.direction, idleActions, coming));
}

function pulse(state) {
  if (!state.paired) location.reload();
  glass.setOnline(state.online);
  if (state.change !== undefined && state.change !== coming) {
    coming = state.change;
    look({});
  }
  if (state.clockRight === clockRight) return;
  clockRight = state.clockRight;
  rest();
}

rest();
addEventListener("keydown", pressed);
wedge((text, seenAt) => scan("scanner", text, seenAt));
camera(document.getElementById("eye"), {
  onText: (text, seenAt) => scan("camera", text, seenAt),
  onUnreadable: (unreadable) => look({ unreadable }),
  onState: (state) => look({ state, unreadable: false }),
});
link(api, pulse);
witness(api, config.record, glass.setDisputed);
