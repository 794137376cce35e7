// Every text of a page: what is written, and what is only read aloud or shown on hovering. Texts in another language say so, and are left out.
(language) => {
  const found = [];
  const own = (element) => element?.closest("[lang]")?.lang === language;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!["SCRIPT", "STYLE", "NOSCRIPT"].includes(parent.tagName) && own(parent)) found.push(walker.currentNode.data);
  }
  for (const element of document.querySelectorAll("[title], [aria-label], [placeholder], [alt]"))
    if (own(element)) for (const name of ["title", "aria-label", "placeholder", "alt"]) found.push(element.getAttribute(name) ?? "");
  return [document.title, ...found].map((text) => text.trim().replace(/\s+/g, " ")).filter(Boolean);
};
