// Comforts of the request form: filter the list while typing, select all that are shown, count them, keep preset and own times apart.
const form = document.querySelector("[data-ask], [data-edit]");
const rows = [...document.querySelectorAll("#people .choice")];
const boxes = rows.map((row) => row.querySelector("input"));
const chosen = document.querySelector("[data-chosen]");
const all = document.querySelector("[data-choose-all]");

function count() {
  if (chosen) chosen.textContent = chosen.dataset.chosen.replace("{n}", String(boxes.filter((box) => box.checked).length));
}

document.querySelector("[data-filter]")?.addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  const found = rows.filter((row) => row.textContent.toLowerCase().includes(wanted));
  // Masked names match little: then the list stays, and the button searches the roster.
  for (const row of rows) row.hidden = found.length > 0 && !found.includes(row) && !row.querySelector("input").checked;
});

if (all) {
  all.hidden = boxes.length < 2;
  all.addEventListener("click", () => {
    const shown = boxes.filter((_box, place) => !rows[place].hidden);
    const every = shown.every((box) => box.checked);
    for (const box of shown) box.checked = !every;
    count();
  });
}
for (const box of boxes) box.addEventListener("change", count);
count();

const own = document.querySelector("[data-own-times]");
if (own) {
  const times = [...own.querySelectorAll("input")];
  const choose = () => {
    const free = form.querySelector("input[name=window]:checked")?.value === "own";
    own.hidden = !free;
    if (!free) for (const time of times) time.value = "";
  };
  for (const radio of form.querySelectorAll("input[name=window]")) radio.addEventListener("change", choose);
  if (!times.some((time) => time.value)) choose();
}

// Enter in a field means sending the form, not the search button that stands first in it.
form?.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement) || "filter" in field.dataset) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-main]"));
});
