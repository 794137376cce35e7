// Keeps the regions marked data-live as the register has them. The stream says only that something changed; the page is asked for again.
const script = document.querySelector("script[data-stream]");
let asked = 0;
let timer = 0;

function busy(region) {
  // Nobody's typing, ticking or focus is taken away under their hands.
  return region.contains(document.activeElement) || region.querySelector("input:checked, select[data-touched]") !== null;
}

function adopt(page) {
  for (const region of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(region.id);
    if (!fresh || busy(region) || fresh.isEqualNode(region)) continue;
    region.replaceWith(document.adoptNode(fresh));
  }
  const count = document.querySelector(".nav");
  const freshCount = page.querySelector(".nav");
  if (count && freshCount && !count.contains(document.activeElement) && !freshCount.isEqualNode(count)) {
    count.replaceWith(document.adoptNode(freshCount));
  }
}

function look() {
  const mine = ++asked;
  const request = new XMLHttpRequest();
  request.open("GET", script.dataset.page);
  request.responseType = "document";
  request.setRequestHeader("x-refresh", "1"); // a page that refreshes itself is nobody's use of the session
  request.addEventListener("load", () => {
    if (mine !== asked || request.status !== 200 || !request.response) return;
    if (!request.response.querySelector("[data-live]")) return; // signed out: the next click says so
    adopt(request.response);
  });
  request.send();
}

function soon() {
  window.clearTimeout(timer);
  timer = window.setTimeout(look, 150);
}

// A page that came by POST shows what a fresh one would mask: it stays as it is.
if (script && window.location.pathname === script.dataset.page) {
  const stream = new EventSource(script.dataset.stream);
  stream.addEventListener("changed", soon);
  window.addEventListener("pagehide", () => stream.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
}
