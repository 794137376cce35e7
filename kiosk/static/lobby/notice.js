// The privacy notice, shown when this version was not read at home, and the two ways out of it, each asked once more.

import { el } from "./dom.js";
import { phrase } from "./phrase.js";
import { headline, line, plate } from "./screens.js";

export function noticeScreen(notice, actions, time) {
  return {
    name: "notice",
    look: "plain",
    tone: "attention",
    ...time,
    actions,
    say: ["notice.title"],
    build: (words) => [
      el(
        "div.sheet",
        { tabindex: "0", role: "region", "aria-labelledby": "notice-title" },
        line("p.step", words, words.say("notice.step", { version: notice.version })),
        el("h1.headline", { id: "notice-title", tabindex: "-1" }, phrase(words.say("notice.title"), words.language), " ", el("span.other", { lang: words.other }, words.inOther.say("notice.title"))),
        line("p.text", words, words.pick(notice.title)),
        ...(notice.sections ?? []).map((section) => card(section, words)),
        deletion(notice.deletion ?? [], words),
      ),
    ],
  };
}

function card({ heading, body }, words) {
  return el("section.card", {}, line("h2", words, words.pick(heading)), ...words.pick(body).split(/\n+/).map((paragraph) => line("p", words, paragraph)));
}

/** The days on which each kind of information goes. */
function deletion(items, words) {
  if (!items.length) return "";
  const row = ({ what, date }) => [line("dt", words, words.pick(what)), line("dd", words, date)];
  return el("section.card", {}, line("h2", words, words.say("notice.deletion")), el("dl", {}, items.flatMap(row)));
}

/** `choice` is "decline" or "minor": both erase what this check-in stored, so neither happens by a slip of the hand. */
export function sureScreen(choice, actions, time) {
  return {
    name: `sure-${choice}`,
    look: "plain",
    ...time,
    actions,
    say: [`notice.${choice}.title`, `notice.${choice}.text`],
    build: (words) => [plate(choice === "minor" ? "person" : "erase"), el("div.said", {}, headline(`notice.${choice}.title`, words), line("p.text", words, words.say(`notice.${choice}.text`)))],
  };
}
