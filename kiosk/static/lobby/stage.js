// What is on the glass: one screen, in one language, for a limited time.

import { patience } from "./idle.js";
import { play } from "./tones.js";
import { LANGUAGES, speaker } from "./words.js";

const $ = (id) => document.getElementById(id);

/** `onEnd` is called when a screen's time is over. A screen is described in screens.js. */
export function stage(config, onEnd) {
  let language = config.default_language;
  let shown = {};
  let online = true;
  let disputed = false;
  let warned = false;
  const clock = patience({ onTick, onEnd });

  function words() {
    const mine = speaker(config, language);
    return { ...mine, inOther: speaker(config, mine.other) };
  }

  function show(screen) {
    shown = screen;
    draw();
    start(screen.seconds, screen.warn);
    if (screen.tone) play(screen.tone);
  }

  /** The same screen with other facts: its time, its controls and the focus stay as they are. */
  function update(screen) {
    shown = screen;
    drawScreen(words());
  }

  function start(seconds, warn) {
    warned = false;
    $("left").hidden = !shown.seconds;
    $("warning").hidden = true;
    clock.start(seconds, warn);
  }

  function draw() {
    const speaking = words();
    const focused = document.activeElement;
    const homeless = $("screen").contains(focused) || $("controls").contains(focused);
    drawFrame(speaking);
    drawScreen(speaking);
    $("controls").replaceChildren(...(shown.actions?.(speaking) ?? []));
    // What was pressed is gone; without a new place the next Tab would begin anywhere.
    if (homeless) document.querySelector(".headline")?.focus({ preventScroll: true });
  }

  function drawFrame(speaking) {
    document.documentElement.lang = language;
    document.title = speaking.say("page.title");
    $("site").textContent = speaking.pick(config.site.name);
    $("door").textContent = speaking.pick(config.door.name);
    $("language").textContent = LANGUAGES[speaking.other];
    $("language").lang = speaking.other;
    $("left").setAttribute("aria-label", speaking.say("remaining"));
    $("network").textContent = speaking.say(online ? "online" : "offline");
    $("network").dataset.online = online;
    $("disputed").hidden = !disputed;
    $("disputed").textContent = speaking.say("record.disputed");
    drawClock();
  }

  function drawScreen(speaking) {
    Object.assign(document.body.dataset, { look: shown.look, screen: shown.name });
    $("screen").replaceChildren(...shown.build(speaking).filter(Boolean));
    const values = shown.values?.(speaking) ?? {};
    say((shown.say ?? []).map((key) => speaking.say(key, values)));
  }

  function say(sentences) {
    $("said").lang = language;
    $("said").textContent = sentences.filter(Boolean).join(" ");
  }

  function drawClock() {
    $("clock").textContent = words().hour(new Date());
  }

  function onTick({ left, of, warning }) {
    $("left").value = left / of;
    $("warning").hidden = !(warning && shown.warn);
    if (!$("warning").hidden) warn(Math.ceil(left));
    else warned = false;
  }

  /** The countdown is seen every second and read aloud once. */
  function warn(seconds) {
    const speaking = words();
    const text = [speaking.say("leaving", { seconds }), speaking.say("leaving.how")];
    $("warning").textContent = text.join(language === "en" ? " " : "");
    if (!warned) say(text);
    warned = true;
  }

  function swap() {
    language = words().other;
    draw();
    // Somebody who chose a language and walked away leaves it to the next visitor for a short time only.
    if (!shown.seconds && shown.takesScans) clock.start(language === config.default_language ? 0 : config.idle_seconds);
  }

  setInterval(drawClock, 1000);
  $("language").addEventListener("click", swap);

  return {
    show,
    update,
    shown: () => shown,
    /** The next visitor begins in the kiosk's own language. */
    forget: () => (language = config.default_language),
    /** The record of this site was rewritten, as far as this kiosk can tell: people still come and go, and everybody sees it. */
    setDisputed(value) {
      disputed = value;
      drawFrame(words());
    },
    setOnline(value) {
      online = value;
      drawFrame(words());
    },
  };
}
