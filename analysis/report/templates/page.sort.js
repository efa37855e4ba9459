// Tables that sort. A row moves among its neighbours only: within its group, below its parent by indentation, and
// between totals. The third click brings the order of the report back.
const SORTS = ["ascending", "descending", "none"];
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const DATE = /^\d{4}(-\d\d(-\d\d)?)?(?=$|[T\s])/;
const NUMBER = /^[<>≤≥~±+−-]{0,2}\d[\d,]*(\.\d+)?/;
const NOTHING = /^(|[-–—]|N[AECDR])$/;

/** What a text sorts by: [kind, value, ...further values]. */
function keyOf(text) {
  if (NOTHING.test(text)) return ["nothing"];
  const date = text.match(DATE);
  if (date && text.includes("-")) return ["date", date[0]];
  const number = text.match(NUMBER);
  if (number && !/^[^\W\d]/.test(text.slice(number[0].length))) {
    const inside = text.match(/\(\s*([\d.]+)/);
    const value = Number(number[0].replace("−", "-").replace(/[<>≤≥~±+,]/g, ""));
    // Below a limit comes just before the limit, above it just behind.
    const edge = { "<": -1, ">": 1 }[number[0][0]] ?? 0;
    return ["number", value, edge, inside ? Number(inside[1]) : 0];
  }
  return ["text", text];
}

function compare(a, b) {
  if (a[0] === "text" || a[0] !== b[0]) return collator.compare(a[1], b[1]);
  if (a[0] === "date") return a[1] < b[1] ? -1 : Number(a[1] > b[1]);
  return a.slice(1).map((value, i) => value - b[i + 1]).find(Boolean) ?? 0;
}

/** How deep a row stands: a group above its rows, then by indentation. A total stands with what it is the total of. */
function depthOf(row) {
  if (row.classList.contains("group")) return 0;
  if (row.classList.contains("total")) return row.parentElement.querySelector(".group") ? 1 : 0;
  const indent = row.cells[0].className.match(/indent-(\d)/);
  return 1 + (indent ? Number(indent[1]) : 0);
}

/** Rows as lists of neighbours, each neighbour with the lists `below` it, which move along with it. */
function neighbours(rows) {
  const lists = [];
  const open = []; // the lists that a row can join, the deepest last
  for (const row of rows) {
    const depth = depthOf(row);
    while (open.length && open.at(-1).depth > depth) open.pop();
    if (!open.length || open.at(-1).depth < depth) {
      const list = [];
      (open.length ? open.at(-1).list.at(-1).below : lists).push(list);
      open.push({ depth, list });
    }
    open.at(-1).list.push({ row, below: [] });
  }
  return lists;
}

/** The rows of a list in order. A total keeps its place, and what has no value in the column comes last. */
function sorted(list, column, columns, sign) {
  const order = [];
  let run = [];
  const endRun = () => {
    run.sort((a, b) => (a.key[0] === "nothing") - (b.key[0] === "nothing")
      || (a.key[0] === "nothing" ? 0 : sign * compare(a.key, b.key)));
    order.push(...run.map(({ item }) => item));
    run = [];
  };
  for (const item of list) {
    const { cells, classList } = item.row;
    if (classList.contains("total")) {
      endRun();
      order.push(item);
    } else {
      run.push({ item, key: cells.length === columns ? keyOf(valueOf(cells[column])) : ["nothing"] });
    }
  }
  endRun();
  return order.flatMap(({ row, below }) => [row, ...below.flatMap((l) => sorted(l, column, columns, sign))]);
}

/** Put a table's rows into an order. A group is a body of its own, so that bodies move whole. */
function sortTable(table, column, way) {
  table.original ??= [...table.tBodies].map((body) => [body, [...body.rows]]);
  const columns = table.tHead.rows[table.tHead.rows.length - 1].cells.length;
  const sign = way === "descending" ? -1 : 1;
  const rows = table.original.flatMap(([, own]) => own);
  const order = way === "none"
    ? rows
    : neighbours(rows).flatMap((list) => sorted(list, column, columns, sign));
  const bodyOf = new Map(table.original.flatMap(([body, own]) => own.map((row) => [row, body])));
  const last = table.tFoot;
  let body = null;
  for (const row of order) {
    const own = bodyOf.get(row);
    if (own !== body) {
      table.insertBefore(own, last);
      body = own;
    }
    own.append(row);
  }
}

/** Whether a table has anything to sort: a listing, or a table whose rows are of one kind in each column. */
function sortable(table, listing) {
  const head = table.tHead.rows[table.tHead.rows.length - 1];
  const columns = head.cells.length;
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const whole = rows.filter((row) => row.cells.length === columns);
  if (listing) return whole.length > 1;
  if (columns < 3 || whole.length < 5) return false;
  const shape = (text) => text.replace(/\d[\d,]*(\.\d+)?/g, "0").replace(/^[<>]/, "");
  return [...head.cells].every((_, column) => {
    const found = whole.map((row) => valueOf(row.cells[column])).filter((text) => !NOTHING.test(text) && text !== "0");
    const kinds = new Set(found.map((text) => (keyOf(text)[0] === "text" ? "text" : shape(text))));
    return kinds.size <= 1 || kinds.has("text");
  });
}

function addButtons(display) {
  const table = display.querySelector("table.csr-table");
  if (!table || !sortable(table, display.classList.contains("listing"))) return;
  const cells = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  cells.forEach((cell, column) => {
    if (cell.tagName !== "TH") return;
    const words = textOf(cell);
    const button = make("button", { type: "button", className: "sort", title: `Sort by ${words}` }, ...cell.childNodes);
    cell.append(button);
    button.addEventListener("click", () => {
      const way = SORTS[(SORTS.indexOf(cell.getAttribute("aria-sort") ?? "none") + 1) % SORTS.length];
      for (const other of cells) other.removeAttribute("aria-sort");
      if (way !== "none") cell.setAttribute("aria-sort", way);
      sortTable(table, column, way);
      const grouped = table.querySelector("tr.group") ? ", within each group" : "";
      say(way === "none" ? "In the order of the report" : `Sorted by ${words}, ${way}${grouped}`);
    });
  });
}

// Only a table that comes near the window is looked at: the page then opens at once.
const near = new IntersectionObserver((entries) => {
  for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
    near.unobserve(target);
    addButtons(target);
  }
}, { rootMargin: "600px" });
for (const display of main.querySelectorAll(".display.table, .display.listing")) near.observe(display);
