// Texts of the page as a reader sees them.

/** One line of text; the spaces that align decimals count as none. The mark of a display's footnote is in brackets. */
const textOf = (element) => oneLine(element, true);
/** The same without marks of footnotes: what a cell sorts by. */
const valueOf = (cell) => oneLine(cell, false);

function oneLine(element, marks) {
  let source = element;
  if (element.querySelector("br, sup")) {
    source = element.cloneNode(true);
    for (const line of source.querySelectorAll("br")) line.replaceWith(" ");
    for (const mark of element.closest(".display") ? source.querySelectorAll("sup") : []) {
      mark.replaceWith(marks ? ` [${mark.textContent}]` : "");
    }
  }
  return source.textContent.replace(/\s+/g, " ").replace(/([([]) /g, "$1").trim();
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
