// What somebody at this desk likes: shortcuts on (WCAG 2.1.4 wants them to be turned off), the sound off. Kept in this browser.
const USUAL = { keys: true, sound: false };

export function isOn(name) {
  const kept = localStorage.getItem(`console-${name}`);
  return kept === null ? USUAL[name] : kept === "on";
}

function show(button) {
  const name = button.dataset.switch;
  button.setAttribute("aria-pressed", String(isOn(name)));
  document.documentElement.dataset[name] = isOn(name) ? "on" : "off";
}

export function offerSwitches() {
  for (const button of document.querySelectorAll("[data-switch]")) {
    show(button);
    button.hidden = false;
    button.addEventListener("click", () => {
      localStorage.setItem(`console-${button.dataset.switch}`, isOn(button.dataset.switch) ? "off" : "on");
      show(button);
      button.dispatchEvent(new CustomEvent("switched", { bubbles: true }));
    });
  }
}
