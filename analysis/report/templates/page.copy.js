// Copy: a table as text with tabs and as HTML that Word and spreadsheets take, a figure as a picture.

/** A table's rows as lists of texts; a cell across several columns is followed by empty ones. */
function gridOf(table) {
  const rows = [...table.tHead.rows, ...[...table.tBodies].flatMap((body) => [...body.rows])];
  return rows.map((row) => [...row.cells].flatMap((cell) => [textOf(cell), ...Array(cell.colSpan - 1).fill("")]));
}

const linesOf = (place) => [...place.querySelectorAll("p:not(.csr-cited)")].map(textOf).filter(Boolean);

function tableText(display) {
  const table = display.querySelector("table.csr-table");
  const rows = gridOf(table).map((row) => row.join("\t"));
  const population = [...table.querySelectorAll(".csr-population")].map(textOf);
  return [nameOf(display), ...population, ...rows, ...linesOf(table.tFoot)].join("\n");
}

// The rules of the table, as styles on the elements: a program that pastes HTML sees no style sheet.
const RULES = [
  ["table", "border-collapse:collapse;font:9pt Arial,sans-serif"],
  ["caption", "text-align:left;font-weight:bold"],
  ["th, td", "padding:1pt 4pt;text-align:left;vertical-align:top;font-weight:normal"],
  [".center, .decimal, .span", "text-align:center"],
  ["thead th, .group > *, .total > *", "font-weight:bold"],
  ["thead tr:first-child > *", "border-top:1pt solid #000"],
  ["thead tr:last-child > *, thead .span, tbody:last-of-type tr:last-child > *", "border-bottom:1pt solid #000"],
  [".csr-population", "display:block;font-weight:normal"],
];

function tableHtml(display) {
  const box = make("div");
  const table = display.querySelector("table.csr-table").cloneNode(true);
  box.append(table);
  // What belongs to this page goes: the buttons that sort, and links into the report.
  for (const part of table.querySelectorAll(".csr-cited")) part.remove();
  for (const part of table.querySelectorAll("button, a")) part.replaceWith(...part.childNodes);
  for (const [selector, style] of RULES) {
    for (const element of box.querySelectorAll(selector)) element.style.cssText += `;${style}`;
  }
  for (let indent = 1; indent < 10; indent += 1) {
    for (const cell of table.querySelectorAll(`.indent-${indent}`)) cell.style.paddingLeft = `${4 + 10 * indent}pt`;
  }
  for (const element of box.querySelectorAll("*")) {
    for (const name of ["class", "id", "data-result", "aria-sort"]) element.removeAttribute(name);
  }
  return box.innerHTML;
}

/** A picture of the page as PNG. Its address is data, which the page's policy lets nobody fetch: it is read here. */
function pictureOf(image) {
  const bytes = Uint8Array.from(atob(image.src.slice(image.src.indexOf(",") + 1)), (c) => c.charCodeAt(0));
  return new Blob([bytes], { type: "image/png" });
}

/** What to do where the clipboard is not given to scripts: answer the browser's own copy command. */
function copyByCommand(kinds) {
  const answer = (event) => {
    for (const [kind, text] of Object.entries(kinds)) event.clipboardData.setData(kind, text);
    event.preventDefault();
  };
  document.addEventListener("copy", answer);
  try {
    return document.execCommand("copy");
  } finally {
    document.removeEventListener("copy", answer);
  }
}

function copyPictureByCommand(image) {
  const selection = getSelection();
  selection.removeAllRanges();
  const range = document.createRange();
  range.selectNode(image);
  selection.addRange(range);
  const done = document.execCommand("copy");
  selection.removeAllRanges();
  return done;
}

async function copy(display) {
  const image = display.querySelector("img");
  const kinds = image ? null : { "text/plain": tableText(display), "text/html": tableHtml(display) };
  const blobs = image
    ? { "image/png": pictureOf(image) }
    : Object.fromEntries(Object.entries(kinds).map(([kind, text]) => [kind, new Blob([text], { type: kind })]));
  try {
    await navigator.clipboard.write([new ClipboardItem(blobs)]);
    return true;
  } catch {
    return image ? copyPictureByCommand(image) : copyByCommand(kinds);
  }
}

main.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-do=copy]");
  if (!button) return;
  const display = button.closest(".display");
  const done = await copy(display);
  const words = done ? "Copied" : "Not copied";
  say(`${words}: ${nameOf(display)}`);
  button.textContent = words;
  setTimeout(() => { button.textContent = "Copy"; }, 1600);
});
