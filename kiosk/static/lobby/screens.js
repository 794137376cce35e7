// Every screen but the notice and the keypad. A screen is {name, look, icon, tone, seconds, build(words), actions(words), say}:
// `build` returns the nodes in one language and is called again when the language changes.

import { el, glyph } from "./dom.js";
import { lookOf, wordsFor } from "./looks.js";
import { clauses, phrase } from "./phrase.js";

/** A line in one language; nothing where there is nothing to say. */
export const line = (selector, words, text) => (text ? el(selector, { lang: words.language }, phrase(text, words.language)) : "");

/** The headline, large in the visitor's language, smaller in the other. */
export function headline(key, words, values) {
  const title = (speaker) => el("span", { lang: speaker.language }, clauses(speaker.say(key, values), speaker.language));
  const length = lengthOf(words.say(key, values));
  return el(`h1.headline.${length}`, { tabindex: "-1" }, title(words), " ", el("span.other", {}, title(words.inOther)));
}

/** How large a headline may be: a Chinese character is as wide as two Latin letters. */
function lengthOf(text) {
  const width = [...text].reduce((sum, character) => sum + (character > "\u2e80" ? 2 : 1), 0);
  return width <= 14 ? "short" : width <= 26 ? "middle" : "long";
}

export const plate = (icon) => el("div.plate", {}, glyph(icon));

/** A whole message: drawing, headline, what is the matter, extra nodes, who can mend it. */
function message(key, icon, words, values = {}, ...extra) {
  return [
    plate(icon),
    el(
      "div.said",
      {},
      headline(`${key}.title`, words, values),
      line("p.text", words, words.say(`${key}.text`, values)),
      ...extra,
      line("p.help", words, words.say(`${key}.help`, values)),
    ),
  ];
}

const simple = (key, look, icon, more = {}) => ({ name: key, look, icon, build: (words) => message(key, icon, words, more.values?.(words)), say: [`${key}.title`], ...more });

/** Ready for a pass. `eye` is what the camera can do: {state: "starting" | "on" | "off", unreadable}. */
export function idleScreen(eye, direction, actions, change = null) {
  const off = eye.state === "off";
  const title = off ? "idle.title.no_camera" : direction === "out" ? "idle.title.out" : "idle.title";
  const note = off ? "idle.no_camera" : eye.unreadable ? "idle.hint" : eye.state === "starting" ? "idle.starting" : "idle.private";
  return {
    name: "idle",
    look: "plain",
    takesScans: true,
    actions,
    say: eye.unreadable ? ["idle.hint"] : [],
    build: (words) => [
      off ? plate("scanner") : "",
      el(
        "div.said",
        {},
        headline(title, words),
        el(`p.note${eye.unreadable ? ".strong" : ""}`, {}, glyph(off ? "camera-off" : eye.unreadable ? "sun" : "shield"), line("span", words, words.say(note))),
        change ? el("p.note", {}, glyph("shield"), line("span", words, words.say("idle.change", { date: change }))) : "",
      ),
    ],
  };
}

export const checkingScreen = () => simple("checking", "plain", "dots");

/** The answer to a scan, in the words of `outcome` (looks.js). */
export function verdictScreen(answer, actions, restSeconds) {
  const name = answer.outcome === "turned_away" ? "turned_away" : wordsFor(answer.outcome);
  const look = lookOf(name);
  const seconds = name === "id_pending" ? restSeconds : answer.receipt ? Math.max(look.seconds, 20) : look.seconds;
  return {
    name,
    ...look,
    seconds,
    takesScans: true,
    actions,
    say: [`verdict.${name}.title`, `verdict.${name}.text`],
    values: (words) => facts(name, answer, words),
    build: (words) => {
      const extra = [steps(name, words), places(name, answer, words), way(answer, words)];
      return [...message(`verdict.${name}`, look.icon, words, facts(name, answer, words), ...extra), receipt(answer, words)];
    },
  };
}

const MOMENT_OF = { too_early: "from", expired: "until", already_inside: "since", granted: "until", overstay_exit: "until" };

function facts(name, { args = {} }, words) {
  return {
    time: words.time(args[MOMENT_OF[name]]),
    areas: args.areas?.length ? words.join(args.areas.map(words.pick)) : "",
    stay: stay(args.minutes ?? null, words),
  };
}

function stay(minutes, words) {
  const parts = { hours: Math.floor(minutes / 60), minutes: minutes % 60 };
  return minutes === null ? null : words.say(parts.hours ? "stay.long" : "stay.short", parts);
}

/** A good scan is not yet an entry: what is done, and what comes next. */
function steps(name, words) {
  if (name !== "id_pending") return "";
  const step = (number, icon) => el("li", {}, glyph(icon), line("span", words, words.say(`verdict.id_pending.step.${number}`)));
  return el("ol.steps", {}, step(1, "check"), step(2, "card"));
}

/** Where the visitor may go, and until when. */
function places(name, answer, words) {
  if (name !== "granted") return "";
  const until = words.say("verdict.granted.until", facts(name, answer, words));
  const chips = [...(answer.args?.areas ?? []).map(words.pick), until].filter(Boolean);
  return chips.length ? el("ul.chips", {}, chips.map((chip) => el("li", {}, phrase(chip, words.language)))) : "";
}

const way = ({ args }, words) => (args?.way ? line("p.way", words, words.pick(args.way)) : "");

/** At the exit: what is still held about the visitor, and until when. */
function receipt({ receipt: paper }, words) {
  if (!paper?.held?.length) return "";
  const row = ({ what, until }) => el("li", {}, line("span", words, words.pick(what)), line("span.date", words, words.say("receipt.until", { date: until })));
  return el("section.receipt", {}, el("h2", {}, phrase(words.say("receipt.title"), words.language)), el("ul", {}, paper.held.map(row)));
}

/** No answer: what is the matter with the kiosk, and that the guard can help without it. */
export function troubleScreen(kind, phone, actions, seconds) {
  const icon = { no_connection: "plug", not_registered: "plug", call_failed: "plug", too_many_codes: "lock" }[kind] ?? "wrench";
  return { ...simple(kind, kind === "too_many_codes" ? "guard" : "trouble", icon), tone: "refuse", seconds, actions, build: (words) => message(kind, icon, words, {}, phoneLine(phone, words)) };
}

export const callingScreen = () => simple("calling", "guard", "bell");

export function calledScreen(calledAt, answered, phone, actions, seconds) {
  const key = answered ? "answered" : "called";
  const values = (words) => ({ time: words.time(calledAt) });
  return {
    ...simple(key, "guard", "bell"),
    tone: answered ? "ok" : "attention",
    seconds,
    actions,
    values,
    say: [`${key}.title`],
    build: (words) => message(key, "bell", words, values(words), answered ? "" : phoneLine(phone, words)),
  };
}

const phoneLine = (phone, words) => line("p.text", words, words.say("called.phone", { phone }));
