// The pulse between kiosk and server: is there a connection, does the server still know this kiosk, do the clocks agree.

const EVERY_MS = 15_000;
const CLOCK_MAY_DIFFER_MS = 120_000;

/** Pings for ever; `onChange({online, paired, clockRight, change})` hears every change, beginning with the first answer. */
export function link(api, onChange) {
  let known = "";

  async function beat() {
    const answer = await api.ask("/ping");
    const state = {
      online: answer.kind !== "no_connection" && answer.kind !== "out_of_order",
      paired: answer.kind !== "unpaired",
      change: answer.kind === "ok" ? answer.body.change : undefined,
      clockRight: answer.kind !== "ok" || clockRight(answer),
    };
    if (JSON.stringify(state) !== known) onChange(state);
    known = JSON.stringify(state);
  }

  beat();
  setInterval(beat, EVERY_MS);
  addEventListener("online", beat);
  addEventListener("offline", beat);
}

/** The server's moment lies somewhere between question and answer, so the nearer end counts. */
function clockRight({ body, sentAt, gotAt }) {
  const server = Date.parse(body.now);
  return server > sentAt - CLOCK_MAY_DIFFER_MS && server < gotAt + CLOCK_MAY_DIFFER_MS;
}
