// Texts of the page as a reader sees them.

/** One line of text; the spaces that align decimals count as none. */
function textOf(element) {
  let source = element;
  if (element.querySelector("br")) {
    source = element.cloneNode(true);
    for (const line of source.querySelectorAll("br")) line.replaceWith(" ");
  }
  return source.textContent.replace(/\s+/g, " ").replace(/\( /g, "(").trim();
}

/** The label and title of a display, or the words of a section's heading. */
function nameOf(place) {
  const parts = place.querySelectorAll(":is(caption, .csr-heading) > :is(.csr-label, .csr-title)");
  if (parts.length) return [...parts].map(textOf).join(" ");
  const heading = place.querySelector("h1, h2, h3, h4, h5, h6")?.cloneNode(true);
  heading?.querySelector(".permalink")?.remove();
  return heading ? textOf(heading) : textOf(document.querySelector(".cover .title"));
}
