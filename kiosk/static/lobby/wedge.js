// Hand scanners type like a very fast keyboard. `event.code` names the key itself, so neither Shift, Caps Lock, the layout
// nor an input method can change a digit; people do not type 20 digits with less than 80 ms between them.

const GAP_MS = 80;
const SHORTEST = 20;
const LONGEST_CODE = 10;
const ECHO_MS = 250;

/** Calls `onText(digits, seenAt)` for every burst of digits that ends with Enter or Tab. `seenAt` is on the clock of performance.now(). */
export function wedge(onText) {
  let digits = "";
  let last = -Infinity;
  let doneAt = -Infinity;

  function key(event) {
    if (event.repeat) return;
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    if (event.timeStamp - last > GAP_MS) digits = "";
    if (digit) take(event, digit);
    else if (event.code === "Enter" || event.code === "NumpadEnter" || event.code === "Tab") end(event);
  }

  function take(event, digit) {
    digits += digit;
    last = event.timeStamp;
    if (digits.length > LONGEST_CODE) swallow(event);
  }

  function end(event) {
    const text = digits;
    digits = "";
    if (text.length >= SHORTEST) {
      doneAt = event.timeStamp;
      swallow(event);
      onText(text, event.timeStamp);
    } else if (event.timeStamp - doneAt < ECHO_MS) {
      swallow(event); // some scanners send two ends; the second must not press a button
    }
  }

  addEventListener("keydown", key, { capture: true });
}

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}
