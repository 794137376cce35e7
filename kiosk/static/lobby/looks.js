// How each answer looks, sounds and how long it stays. Colour, shape of the plate, drawing, words and tone all say the same.
// look: ok green · out blue · wait amber · refuse red · guard purple · trouble grey

const STAYS = { ok: 12, out: 12, wait: 20, refuse: 20, guard: 20, trouble: 20 };
const TONES = { ok: "ok", out: "ok", wait: "attention", refuse: "refuse", guard: "refuse", trouble: "refuse" };

const LOOKS = {
  granted: ["ok", "check"],
  exited: ["out", "exit"],
  id_pending: ["wait", "card"],
  overstay_exit: ["out", "clock", "attention"],
  too_early: ["wait", "clock"],
  wrong_site: ["wait", "map"],
  wrong_area: ["wait", "door"],
  area_closed: ["wait", "closed"],
  not_approved: ["wait", "hourglass"],
  not_a_pass: ["wait", "code"],
  declined: ["wait", "shield"],
  expired: ["refuse", "clock"],
  invalid: ["refuse", "cross"],
  visit_cancelled: ["refuse", "calendar"],
  dormant_contact: ["refuse", "contact"],
  customer_suspended: ["refuse", "closed"],
  consent_withdrawn: ["refuse", "shield"],
  already_inside: ["guard", "inside"],
  exit_while_outside: ["guard", "exit", "attention"],
  open_visit_elsewhere: ["guard", "inside"],
  escort_required: ["guard", "escort", "attention"],
  id_mismatch: ["guard", "person"],
  turned_away: ["guard", "person"],
  denied_person: ["guard", "person"],
  minor: ["guard", "shield"],
  kiosk_unpaired: ["trouble", "plug"],
  kiosk_clock_wrong: ["trouble", "clock"],
};

// Whether a pass was revoked, forged or never issued is the guard's to know: the visitor reads the same words.
const SAME_WORDS = { revoked: "invalid", unknown_pass: "invalid", bad_signature: "invalid", no_notice: "declined" };

/** The name whose words and look an outcome has. An outcome this page does not know sends the visitor to the guard. */
export function wordsFor(outcome) {
  const name = SAME_WORDS[outcome] ?? outcome;
  return Object.hasOwn(LOOKS, name) ? name : "denied_person";
}

export function lookOf(name) {
  const [look, icon, tone = TONES[look]] = LOOKS[name];
  return { look, icon, tone, seconds: STAYS[look] };
}
