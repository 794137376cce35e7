// Small comforts; every page works without them.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !(event.target instanceof HTMLFormElement) || event.target.method !== "post") return;
  if (event.target.dataset.confirm && !window.confirm(event.target.dataset.confirm)) {
    event.preventDefault();
    return;
  }
  if ("download" in event.target.dataset) return; // the page stays, and a file may be wanted twice
  if (event.target.dataset.sent) event.preventDefault(); // a second press sends nothing
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.textContent = button.dataset.done;
  });
}
for (const box of document.querySelectorAll("[data-check-all]")) {
  box.hidden = false;
  box.addEventListener("click", () => {
    const boxes = [...box.closest("form").querySelectorAll(`input[name="${box.dataset.checkAll}"]`)];
    const all = boxes.every((one) => one.checked);
    for (const one of boxes) one.checked = !all;
  });
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
document.getElementById("summary")?.focus();
