// Keeps the desk as it is: the stream says that something changed, the page is asked for again and its parts are swapped.
import { usedSince } from "./idle.js";
import { swap } from "./swap.js";
import { ring } from "./tone.js";

const AGAIN = 30_000; // so that "4 min" becomes "5 min", and nothing is missed for long
const SILENCE = 40_000; // the stream beats every 15 seconds
const RETRY = 4_000;

export function keepLive(sign) {
  const { live, page } = sign.dataset;
  const said = sign.querySelector("[data-said]");
  let stream = null;
  let heard = Date.now();
  let asking = false;
  let askAgain = false;
  let asked = Date.now();

  function show(state) {
    if (sign.dataset.state === state) return;
    sign.dataset.state = state;
    const since = document.getElementById("as-of").textContent;
    said.textContent = state === "on" ? sign.dataset.on : sign.dataset.off.replace("{time}", since);
  }

  function refresh() {
    if (asking) {
      askAgain = true;
      return;
    }
    asking = true;
    const request = new XMLHttpRequest();
    request.open("GET", page);
    if (!usedSince(asked)) request.setRequestHeader("X-Refresh", "1"); // a page that refreshes itself is nobody at work
    asked = Date.now();
    request.responseType = "document"; // adopted as nodes: no text becomes markup here
    request.timeout = 15_000;
    request.onload = () => take(request);
    request.onerror = request.ontimeout = () => show("off");
    request.onloadend = () => {
      asking = false;
      if (askAgain) {
        askAgain = false;
        refresh();
      }
    };
    request.send();
  }

  function take(request) {
    if (request.status >= 500) return show("off");
    if (!request.response?.getElementById("live")) return location.assign(page); // locked, or signed out: the server says which
    const news = swap(request.response);
    if (news.length) {
      document.getElementById("news").textContent = news.join(". ");
      ring();
    }
  }

  function beat() {
    heard = Date.now();
    show("on");
  }

  function connect() {
    stream?.close();
    heard = Date.now();
    stream = new EventSource(live);
    stream.addEventListener("open", beat);
    stream.addEventListener("still-here", beat);
    stream.addEventListener("changed", () => {
      beat();
      refresh();
    });
    stream.addEventListener("error", () => {
      show("off");
      if (stream.readyState === EventSource.CLOSED) setTimeout(again, RETRY);
    });
  }

  function again() {
    refresh();
    connect();
  }

  sign.querySelector("[data-refresh]").addEventListener("click", (event) => {
    event.preventDefault();
    refresh();
  });
  setInterval(() => {
    if (Date.now() - heard > SILENCE) {
      show("off");
      connect();
    }
  }, 5_000);
  setInterval(refresh, AGAIN);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
  connect();
}
