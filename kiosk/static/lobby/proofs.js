// What a witness has to know of the record: signed notes (C2SP) and consistency proofs (RFC 9162, 2.1.4.2). Values in, values out.

const utf8 = new TextEncoder();
const NOTE_SIGNATURE = 1;
const COSIGNATURE = 4;

export const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
export const text = (data) => btoa(String.fromCharCode(...new Uint8Array(data)));
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

async function sha256(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

const nodeHash = (left, right) => sha256(new Uint8Array([1]), left, right);

/** {origin, size, root, text, signatures} of a signed checkpoint. Throws where it is none. */
export function readCheckpoint(note) {
  const end = note.lastIndexOf("\n\n");
  const body = note.slice(0, end + 1);
  const [origin, size, root] = body.split("\n");
  const signatures = note.slice(end + 2).trimEnd().split("\n").map((line) => /^— (\S+) (\S+)$/.exec(line));
  if (end < 0 || !/^(0|[1-9]\d{0,14})$/.test(size) || signatures.includes(null) || bytes(root).length !== 32) throw new Error("no checkpoint");
  return { origin, size: Number(size), root: bytes(root), text: body, signatures: signatures.map(([, name, data]) => ({ name, data: bytes(data) })) };
}

async function keyId(name, kind, key) {
  return (await sha256(utf8.encode(`${name}\n`), new Uint8Array([kind]), key)).slice(0, 4);
}

/** Whether one of the verifier keys (name+id+base64) has signed the checkpoint. */
export async function signedBy(checkpoint, verifierKeys) {
  for (const verifier of verifierKeys) {
    const [name, , ...rest] = verifier.split("+"); // base64 may hold a plus, too
    const key = bytes(rest.join("+")).slice(1);
    const id = await keyId(name, NOTE_SIGNATURE, key);
    const found = checkpoint.signatures.find((line) => line.name === name && same(line.data.slice(0, 4), id));
    const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    if (found && (await crypto.subtle.verify("Ed25519", imported, found.data.slice(4), utf8.encode(checkpoint.text)))) return true;
  }
  return false;
}

/** A line that says: as of now, this is the largest checkpoint I have seen, and it is consistent with all before. */
export async function cosign(checkpoint, name, keys, seconds) {
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey));
  const message = utf8.encode(`cosignature/v1\ntime ${seconds}\n${checkpoint.text}`);
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", keys.privateKey, message));
  const data = new Uint8Array(4 + 8 + 64);
  data.set(await keyId(name, COSIGNATURE, publicKey));
  new DataView(data.buffer).setBigUint64(4, BigInt(seconds));
  data.set(signature, 12);
  return `— ${name} ${text(data)}\n`;
}

/** Whether the proof shows that the tree of `now` begins with that of `was`. Both are {size, root}. */
export async function consistent(was, now, proof) {
  if (was.size === now.size) return proof.length === 0 && same(was.root, now.root);
  if (was.size === 0) return proof.length === 0;
  if (was.size > now.size) return false;
  const powerOfTwo = Number.isInteger(Math.log2(was.size));
  const path = powerOfTwo ? [was.root, ...proof] : [...proof];
  if (!path.length) return false;
  let one = was.size - 1;
  let other = now.size - 1;
  const half = (number) => Math.floor(number / 2); // shifts end at 32 bits
  while (one % 2) [one, other] = [half(one), half(other)];
  let [old, fresh] = [path[0], path[0]];
  for (const digest of path.slice(1)) {
    if (other === 0) return false;
    if (one % 2 || one === other) {
      [old, fresh] = [await nodeHash(digest, old), await nodeHash(digest, fresh)];
      while (one % 2 === 0 && one) [one, other] = [half(one), half(other)];
    } else fresh = await nodeHash(fresh, digest);
    [one, other] = [half(one), half(other)];
  }
  return other === 0 && same(old, was.root) && same(fresh, now.root);
}
