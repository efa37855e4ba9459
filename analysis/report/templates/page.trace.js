// The numbers of a table that lead to their records: one stop of the Tab key for each table, arrows within it.
const numbersOf = (display) => [...display.querySelectorAll("td a.trace, th a.trace")];
for (const display of main.querySelectorAll(".display")) {
  numbersOf(display).slice(1).forEach((link) => { link.tabIndex = -1; });
}

const enter = (display, link) => {
  for (const other of numbersOf(display)) other.tabIndex = other === link ? 0 : -1;
  link.focus();
};

/** The link above or below, in the same column. */
const beside = (link, step) => {
  const cell = link.closest("td, th");
  const rows = [...link.closest("table").rows];
  for (let at = rows.indexOf(cell.parentElement) + step; rows[at]; at += step) {
    const found = rows[at].cells[cell.cellIndex]?.querySelector("a.trace");
    if (found) return found;
  }
  return null;
};

main.addEventListener("keydown", (event) => {
  const link = event.target.closest?.("td a.trace, th a.trace");
  if (!link || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const display = link.closest(".display");
  const links = numbersOf(display);
  const at = links.indexOf(link);
  const next = { ArrowRight: links[at + 1], ArrowLeft: links[at - 1], Home: links[0], End: links.at(-1),
    ArrowDown: beside(link, 1), ArrowUp: beside(link, -1) }[event.key];
  if (!next) return;
  event.preventDefault();
  enter(display, next);
});
