// The network, and nothing else: every answer is a value, so that no caller can forget that a door has no connection.

const PATIENCE_MS = 4000;
const KINDS = { 401: "unpaired", 403: "stale", 429: "too_many_codes" };

/** @returns {{ask: (path: string, body?: object) => Promise<{kind: string, body?: object, sentAt: number, gotAt: number}>}}
 * `base` is the path under which the kiosk is served ("/lobby", or "" on a host name of its own).
 * `kind`: ok | unpaired (401) | stale (403) | too_many_codes (429) | out_of_order (any other answer) | no_connection (none in 4 s). */
export function server(base, csrf) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRF": csrf };

  async function ask(path, body) {
    const sentAt = Date.now();
    let response;
    try {
      response = await fetch(base + path, {
        method: body ? "POST" : "GET",
        headers,
        body: body && JSON.stringify(body),
        cache: "no-store",
        credentials: "same-origin",
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (!response.ok) return { kind: KINDS[response.status] ?? "out_of_order", sentAt, gotAt: Date.now() };
      return { kind: "ok", body: await response.json(), sentAt, gotAt: Date.now() };
    } catch (error) {
      // A body that is no JSON is a server out of order; everything else is a line that broke.
      return { kind: error instanceof SyntaxError ? "out_of_order" : "no_connection", sentAt, gotAt: Date.now() };
    }
  }

  return { ask };
}
