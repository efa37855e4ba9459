// A click on a column's head sorts its table; a second click turns the order.
for (const head of document.querySelectorAll("thead th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
}
const order = new Intl.Collator("en-GB", { numeric: true });
document.addEventListener("click", (event) => {
  const head = event.target.closest("thead th");
  if (!head) return;
  const body = head.closest("table").tBodies[0];
  const down = head.getAttribute("aria-sort") === "ascending";
  const place = head.cellIndex;
  const rows = [...body.rows].sort((a, b) => {
    const [one, other] = [a, b].map((row) => row.cells[place].textContent.replace("\u2212", "-"));
    const [x, y] = [one, other].map(Number.parseFloat);
    const found = Number.isNaN(x) || Number.isNaN(y) ? order.compare(one, other) : x - y;
    return down ? -found : found;
  });
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  body.append(...rows);
});
// What a link leads to must be open, also on paper.
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details")) part.open = true;
});
