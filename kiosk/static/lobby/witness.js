// The kiosk as a witness of the record: it keeps the newest checkpoint, demands that the next one begins with it, and signs what it saw.
// What it keeps outlives every visitor, every reload and every restart; it says nothing about anybody.

import { bytes, consistent, cosign, readCheckpoint, signedBy } from "./proofs.js";

const FIRST = 3;

/** Watches for ever. `config`: {origin, keys, name, enrolled, every}. `onDispute(true)` once the record no longer fits what was seen. */
export function witness(api, config, onDispute) {
  async function look() {
    try {
      await watch(api, config, onDispute);
    } catch {
      // No storage, no Ed25519, a server out of order: the console shows that this kiosk has fallen silent.
    }
    setTimeout(look, config.every * 1000);
  }
  setTimeout(look, Math.min(config.every, FIRST) * 1000); // the visitor's page comes first
}

async function watch(api, config, onDispute) {
  const memory = await remembered(config);
  const answer = await api.ask(`/record?old=${memory.size}`);
  if (answer.kind !== "ok" || !answer.body.checkpoint) return;
  const fault = await judge(memory, answer.body);
  onDispute(Boolean(fault));
  await (fault ? dispute(api, memory, answer.body, fault) : accept(api, config, memory, answer.body));
}

/** What is wrong with a checkpoint, as a code; "" where it fits all that was seen before. */
async function judge(memory, { checkpoint, hashes }) {
  let now;
  try {
    now = readCheckpoint(checkpoint);
  } catch {
    return "unreadable";
  }
  if (now.origin !== memory.origin) return "another_record";
  if (!(await signedBy(now, memory.pins))) return "not_signed";
  if (now.size < memory.size) return "rolled_back";
  const was = memory.note ? readCheckpoint(memory.note) : { size: 0, root: new Uint8Array() };
  return (await consistent(was, now, hashes.map(bytes))) ? "" : "rewritten";
}

async function accept(api, config, memory, { checkpoint }) {
  const now = readCheckpoint(checkpoint);
  const line = await cosign(now, config.name, memory.keys, Math.floor(Date.now() / 1000));
  const key = new Uint8Array(await crypto.subtle.exportKey("raw", memory.keys.publicKey));
  await store({ ...memory, size: now.size, note: checkpoint }); // kept before it is promised
  await api.ask("/record", { key: btoa(String.fromCharCode(...key)), note: checkpoint + line });
}

/** What was held stays held: only whoever enrols the kiosk anew lets it forget. */
const dispute = (api, memory, { checkpoint }, fault) => api.ask("/record/dispute", { fault, held: memory.note, shown: checkpoint });

const STORE = "witness";
const ME = "me";

function open() {
  return asked(Object.assign(indexedDB.open("record", 1), { onupgradeneeded: ({ target }) => target.result.createObjectStore(STORE) }));
}

function asked(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

/** This kiosk's key and what it has seen. The first time it takes the record as it is, and its public keys as they are. */
async function remembered(config) {
  const database = await open();
  const kept = await asked(database.transaction(STORE).objectStore(STORE).get(ME));
  database.close();
  if (kept?.name === config.name && kept.enrolled === config.enrolled) return kept;
  const keys = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  const { name, origin, enrolled } = config;
  const fresh = { name, origin, enrolled, pins: config.keys, keys, size: 0, note: "" };
  await store(fresh);
  return fresh;
}

async function store(memory) {
  const database = await open();
  const change = database.transaction(STORE, "readwrite");
  const written = new Promise((resolve, reject) => {
    change.addEventListener("complete", resolve);
    change.addEventListener("abort", () => reject(change.error));
  });
  change.objectStore(STORE).put(memory, ME);
  await written;
  database.close();
}
