// The few helpers that build the page: nodes only, never markup from text (Trusted Types).

const SVG = "http://www.w3.org/2000/svg";

/** An element: `el("p.note", { lang: "en" }, "text", child, …)`. Empty children are left out; `on…` values are listeners. */
export function el(selector, attributes = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const node = document.createElement(tag);
  node.classList.add(...classes);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** One of the drawings in templates/lobby/glyphs.html. It only repeats what the words say, so it is hidden from readers. */
export function glyph(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "glyph");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#g-${name}`);
  svg.append(use);
  return svg;
}

/** A button as wide as its place, with its drawing. `look` is "primary", "quiet" or nothing. */
export function button({ label, icon, look, run, lang, describe }) {
  return el(
    `button.button${look ? `.${look}` : ""}`,
    { type: "button", onclick: run, lang, "aria-label": describe },
    icon ? glyph(icon) : "",
    el("span", {}, label),
  );
}

/** Resolves when what was just changed is on the glass: the second frame starts after the first was painted. */
export function painted() {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now()))));
}
