// Time on a screen: it runs out, it can be stretched by any touch or key, and it is seen running (WCAG 2.2.1).

/** `onTick({left, of, warning})` every quarter second while a limit runs, in seconds; `onEnd()` when it is over. */
export function patience({ onTick, onEnd }) {
  let limit = null;

  function tick() {
    if (!limit) return;
    const left = limit.seconds + limit.warn - (performance.now() - limit.since) / 1000;
    if (left > 0) return onTick({ left, of: limit.seconds + limit.warn, warning: left <= limit.warn });
    limit = null;
    onEnd();
  }

  /** Limits the screen to `seconds` without a touch, then a warning of `warn` seconds. No seconds: no limit. */
  function start(seconds, warn = 0) {
    limit = seconds ? { seconds, warn, since: performance.now() } : null;
    if (limit) tick();
  }

  function extend() {
    if (limit) start(limit.seconds, limit.warn);
  }

  setInterval(tick, 250);
  for (const event of ["pointerdown", "keydown", "wheel", "touchmove"]) addEventListener(event, extend, { capture: true, passive: true });
  return { start };
}
