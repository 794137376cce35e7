// The short code, for a pass that no camera reads: Crockford's 32 characters on the screen, or any keyboard.

import { el, glyph } from "./dom.js";
import { headline, line } from "./screens.js";

const LENGTH = 10;
const KEYS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOOKALIKES = { O: "0", I: "1", L: "1" };

/** `onCode(code, seenAt)` gets the ten characters. */
export function keypadScreen({ onCode, actions, time }) {
  let typed = "";
  let parts = null; // the nodes of the language shown now

  function add(character) {
    if (typed.length < LENGTH) typed += character;
    refresh();
  }

  function erase() {
    typed = typed.slice(0, -1);
    refresh();
  }

  function send(event) {
    if (typed.length === LENGTH) onCode(typed, event.timeStamp);
  }

  function refresh() {
    parts.slots.forEach((slot, index) => {
      slot.textContent = typed[index] ?? "";
      slot.classList.toggle("next", index === typed.length);
    });
    parts.send.setAttribute("aria-disabled", String(typed.length < LENGTH));
    parts.count.textContent = parts.words.say("keypad.typed", { count: typed.length });
  }

  function build(words) {
    parts = {
      words,
      slots: Array.from({ length: LENGTH }, () => el("span.slot")),
      count: el("p.unseen", { role: "status", lang: words.language }),
      send: el("button.key.send", { type: "button", onclick: send }, words.say("keypad.send")),
    };
    const groups = [parts.slots.slice(0, LENGTH / 2), parts.slots.slice(LENGTH / 2)];
    const nodes = [
      el(
        "div.said",
        {},
        headline("keypad.title", words),
        line("p.text", words, words.say("keypad.text")),
        el("div.slots", { "aria-hidden": "true" }, groups.map((group) => el("span.group", {}, group))),
        parts.count,
      ),
      el(
        "div.keys",
        { role: "group", "aria-label": words.say("keypad.keys") },
        [...KEYS].map((key) => el("button.key", { type: "button", onclick: () => add(key) }, key)),
        el("button.key.wide", { type: "button", onclick: erase, "aria-label": words.say("keypad.erase") }, glyph("erase")),
        parts.send,
      ),
    ];
    refresh();
    return nodes;
  }

  /** A real keyboard: look-alike letters are read as the digits they look like, other characters are ignored. */
  function key(event) {
    const character = event.key.length === 1 ? event.key.toUpperCase() : "";
    const meant = LOOKALIKES[character] ?? character;
    if (meant && KEYS.includes(meant)) add(meant);
    else if (event.key === "Backspace") erase();
    else if (event.key === "Enter" && !event.target.closest("button")) send(event);
  }

  return { name: "keypad", look: "plain", takesScans: true, ...time, actions, key, build, say: ["keypad.title"] };
}
