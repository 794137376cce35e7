// Puts the new parts of a page in the place of the old ones; focus and what is looked at stay where they are.
const FOCUSABLE = "a[href], button, input, select, textarea";

function place(element) {
  const item = element.closest("[id]");
  return { item: item.id, nth: [...item.querySelectorAll(FOCUSABLE)].indexOf(element), part: element.closest("[data-swap]").id };
}

function focusOn({ item, nth, part }) {
  const there = document.getElementById(item)?.querySelectorAll(FOCUSABLE)[nth];
  if (there) return there.focus({ preventScroll: true });
  const whole = document.getElementById(part); // what had the focus is gone: stay near it
  whole.tabIndex = -1;
  whole.focus({ preventScroll: true });
}

function replace(old, made) {
  const focused = old.contains(document.activeElement) ? place(document.activeElement) : null;
  old.replaceWith(document.adoptNode(made));
  if (focused) focusOn(focused);
}

function topmost() {
  for (const item of document.querySelectorAll("[data-swap] [id]")) {
    const { top, bottom } = item.getBoundingClientRect();
    if (bottom > 80) return { id: item.id, top };
  }
  return null;
}

/** Returns what the new items say about themselves (data-new). */
export function swap(page) {
  const known = new Set([...document.querySelectorAll("[data-new]")].map((item) => item.id));
  const anchor = scrollY > 0 ? topmost() : null;
  for (const made of page.querySelectorAll("[data-swap]")) {
    const old = document.getElementById(made.id);
    if (old && !old.isEqualNode(made)) replace(old, made);
  }
  document.title = page.title;
  const moved = anchor && document.getElementById(anchor.id);
  if (moved) scrollBy(0, moved.getBoundingClientRect().top - anchor.top);
  const fresh = [...document.querySelectorAll("[data-new]")].filter((item) => !known.has(item.id));
  for (const item of fresh) item.classList.add("fresh");
  return fresh.map((item) => item.dataset.new);
}
