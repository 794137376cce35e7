// One key each: the element whose data-key it is gets pressed, a field gets the focus. Never while somebody types.
import { isOn } from "./switches.js";

const FIELDS = "input:not([type=radio]):not([type=checkbox]), select, textarea";

function isSeen(element) {
  return element.getClientRects().length > 0 && !element.closest("[inert]");
}

function press(element) {
  if (!element.matches(FIELDS)) return element.click();
  element.focus();
  element.select?.();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
  const typing = event.target instanceof Element && event.target.matches(FIELDS);
  const key = event.key.toLowerCase();
  if (typing) {
    if (key === "escape") event.target.blur(); // out of the field; the next key is a shortcut again
    return;
  }
  if (!isOn("keys")) return;
  const meant = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && isSeen(one));
  if (!meant) return;
  event.preventDefault();
  press(meant);
});
