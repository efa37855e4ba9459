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
  if (place.matches(".display")) {
    return [...place.querySelectorAll(":is(caption, .csr-heading) > :is(.csr-label, .csr-title)")].map(textOf).join(" ");
  }
  const heading = place.querySelector("h1, h2, h3, h4, h5, h6").cloneNode(true);
  heading.querySelector(".permalink")?.remove();
  return textOf(heading);
}
