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
        changed(notice.changed, words),
        ...(notice.sections ?? []).map((section) => card(section, words)),
        deletion(notice.deletion ?? [], words),
      ),
    ],
  };
}

function card({ heading, body }, words) {
  return el("section.card", {}, line("h2", words, words.pick(heading)), ...words.pick(body).split(/\n+/).map((paragraph) => line("p", words, paragraph)));
}

/** What is different from the version this visitor has read. */
const changed = (lines, words) => (lines && words.pick(lines) ? card({ heading: both(words, "notice.changed"), body: lines }, words) : "");

/** A heading of this page's own, where a card expects one in every language. */
const both = (words, key, values) => ({ [words.language]: words.say(key, values), [words.other]: words.inOther.say(key, values) });

/** The policy in force, for whoever wants to know before they scan anything. */
export function policyScreen(policy, actions, time) {
  return {
    name: "policy",
    look: "plain",
    ...time,
    actions,
    say: ["policy.title"],
    build: (words) => [
      el(
        "div.sheet",
        { tabindex: "0", role: "region", "aria-labelledby": "policy-title" },
        line("p.step", words, [words.say("policy.version", policy), policy.since && words.say("policy.since", { date: policy.since })].filter(Boolean).join(" · ")),
        el("h1.headline.middle", { id: "policy-title", tabindex: "-1" }, phrase(words.say("policy.title"), words.language)),
        line("p.text", words, words.pick(policy.controller)),
        ...policy.coming.map((change) => card({ heading: both(words, "policy.coming", change), body: change.changes }, words)),
        ...policy.kept.map((row) => card({ heading: row.name, body: row.body }, words)),
        ...(policy.recipients.length ? [card({ heading: both(words, "policy.recipients"), body: joined(policy.recipients, words) }, words)] : []),
      ),
    ],
  };
}

const joined = (texts, words) => ({ [words.language]: texts.map(words.pick).join("\n") });

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
