// Who decides a scan. Today the server does, always; the page only ever speaks to this module, so that another decider
// can stand here. A request keeps its nonce however often it is sent: the server answers a repeated nonce as before.

const PAUSES_MS = [1000, 2000, 3000];
const GIVE_UP_MS = 180_000;
const PASSING = new Set(["no_connection", "out_of_order"]);

/** A pass is 196 decimal digits. The content of any other code (a payment code, a private link) never leaves this page. */
export const looksLikePass = (text) => /^\d{196}$/.test(text);

export function gate(api) {
  /** Sends until there is an answer. `onTrouble(kind)` hears of every failed try.
   * @returns the answer of api.ask, or {kind: "gave_up"} after three minutes; null when `signal` ended it. */
  async function insist(path, body, { signal, onTrouble }) {
    const request = { ...body, nonce: body.nonce ?? crypto.randomUUID() };
    const until = Date.now() + GIVE_UP_MS;
    for (let tries = 0; ; tries += 1) {
      const answer = await api.ask(path, request);
      if (signal.aborted) return null;
      if (!PASSING.has(answer.kind)) return { ...answer, nonce: request.nonce };
      if (Date.now() > until) return { kind: "gave_up" };
      onTrouble(answer.kind);
      await pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)], signal);
      if (signal.aborted) return null;
    }
  }

  /** Asks again and again, `every` milliseconds, until `news(body)` is something; null when `signal` ended it.
   * Failures are waited out: the page says so elsewhere. */
  async function watch(path, { every, signal, news }) {
    while (!signal.aborted) {
      const answer = await api.ask(path);
      if (signal.aborted) return null;
      const found = answer.kind === "ok" && news(answer.body);
      if (found) return found;
      await pause(every, signal);
    }
    return null;
  }

  return {
    scan: (how, text, hooks) => insist("/scan", { how, text: text.slice(0, 4096) }, hooks),
    notice: (token, answer, hooks) => insist("/notice", { token, answer }, hooks),
    call: (visit, outcome, hooks) => insist("/call", { visit, outcome }, hooks),
    answered: (nonce, signal) => watch(`/call/${encodeURIComponent(nonce)}`, { every: 3000, signal, news: (body) => body.answered }),
    checked: (visit, signal) =>
      watch(`/watch/${encodeURIComponent(visit)}`, { every: 2000, signal, news: ({ state }) => state !== "id_pending" && state }),
  };
}

/** Waits, but no longer than `signal` lives, and not a moment after the line is back. */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      removeEventListener("online", over);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds);
    addEventListener("online", over);
    signal.addEventListener("abort", over);
  });
}
