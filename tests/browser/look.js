// What can be wrong with a page whatever it is about. Returns sentences, none where nothing is wrong.
(options) => {
  const faults = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`scrolls sideways: ${wide} px, because of ${widest()}`);
  const headings = document.querySelectorAll("h1").length;
  if (headings !== 1) faults.push(`${headings} h1`);
  if (document.documentElement.lang !== options.language) faults.push(`lang is ${document.documentElement.lang}`);
  if (!document.title.trim()) faults.push("no title");
  return faults;

  function widest() {
    const all = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > innerWidth);
    return all.slice(-1).map((one) => one.outerHTML.slice(0, 120)).join("") || "?";
  }
};
