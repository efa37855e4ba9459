// The search: '/' or Ctrl-K opens it, arrows choose, Enter goes there, Esc closes.
const SHOWN = 40; // results in the list
const SNIPPET = 150; // characters of a result's text
const search = byId("search");
const query = byId("query");
const results = byId("results");
let found = [];
let chosen = -1;

function openSearch() {
  if (search.open) return;
  if (enlarged.open) enlarged.close();
  search.showModal();
  query.select();
  setTimeout(readOn);
}
byId("find").addEventListener("click", openSearch);
document.addEventListener("keydown", (event) => {
  const asked = event.key === "/" ? !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)
    : event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  if (!asked) return;
  event.preventDefault();
  openSearch();
});

/** Where the terms stand in a text, as [start, end) in order and apart. */
function standings(text, terms) {
  const plain = folded(text);
  if (plain.length !== text.length) return []; // a character that folds to several: places would be off
  const spans = [];
  for (const word of plain.matchAll(/[\p{L}\p{N}]+(?:[-/.][\p{L}\p{N}]+)*/gu)) {
    const term = terms.filter((t) => word[0].startsWith(t) || word[0].endsWith(t))
      .sort((a, b) => b.length - a.length)[0];
    if (term) {
      const start = word.index + (word[0].startsWith(term) ? 0 : word[0].length - term.length);
      spans.push([start, start + term.length]);
    }
  }
  return spans;
}

/** Part of a text around its first hit, the hits marked; texts become text nodes, never markup. */
function snippet(text, terms) {
  const spans = standings(text, terms);
  const from = Math.max(0, (spans[0]?.[0] ?? 0) - SNIPPET / 3);
  const start = from ? text.indexOf(" ", from - 1) + 1 : 0;
  const end = Math.min(text.length, start + SNIPPET);
  const parts = [start ? "… " : ""];
  let at = start;
  for (const [first, last] of spans) {
    if (first < at || last > end) continue;
    parts.push(text.slice(at, first), make("mark", {}, text.slice(first, last)));
    at = last;
  }
  return [...parts, text.slice(at, end), end < text.length ? " …" : ""];
}

function option({ place, best, count, terms }, number) {
  const name = nameOf(place);
  const more = count > 1 ? ` and ${count - 1} more` : "";
  const item = make("li", { id: `result-${number}`, role: "option" },
    make("span", { className: "name" }, ...snippet(name, terms)),
    make("span", { className: "more" }, more));
  if (best.text !== name) item.append(make("span", { className: "text" }, ...snippet(best.text, terms)));
  item.setAttribute("aria-selected", "false");
  item.addEventListener("click", () => go(number));
  return item;
}

function choose(number) {
  results.children[chosen]?.setAttribute("aria-selected", "false");
  chosen = number;
  const item = results.children[chosen];
  item?.setAttribute("aria-selected", "true");
  item?.scrollIntoView({ block: "nearest" });
  if (item) query.setAttribute("aria-activedescendant", item.id);
  else query.removeAttribute("aria-activedescendant");
}

function show() {
  const words = query.value.trim();
  const all = words ? find(words) : [];
  found = all.slice(0, SHOWN);
  results.replaceChildren(...found.map(option));
  query.setAttribute("aria-expanded", String(found.length > 0));
  choose(found.length ? 0 : -1);
  const hits = all.reduce((sum, { count }) => sum + count, 0);
  const where = `${all.length} ${all.length === 1 ? "place" : "places"}`;
  const kept = all.length > SHOWN ? `, the best ${SHOWN} shown` : "";
  byId("count").textContent = !words ? "" : hits ? `${hits} ${hits === 1 ? "result" : "results"} in ${where}${kept}` : "Nothing found";
}
query.addEventListener("input", show);
query.addEventListener("keydown", (event) => {
  const last = found.length - 1;
  const next = {
    ArrowDown: chosen < last ? chosen + 1 : 0,
    ArrowUp: chosen > 0 ? chosen - 1 : last,
  }[event.key];
  if (event.key === "Enter") go(chosen);
  else if (next !== undefined && found.length) choose(next);
  else return;
  event.preventDefault();
});

/** Go to a result: its section or display becomes the address, the very row or paragraph is shown and has the focus. */
function go(number) {
  if (!found[number]) return;
  const { place, best, terms } = found[number];
  search.close();
  unmark();
  const target = place.id || place.querySelector("[id]")?.id;
  if (target) location.hash = target;
  const { item } = best;
  const bare = !item.hasAttribute("tabindex");
  if (bare) item.tabIndex = -1;
  item.focus({ preventScroll: true });
  if (bare) item.addEventListener("blur", () => item.removeAttribute("tabindex"), { once: true });
  item.classList.add("found");
  // What is far away has only a guessed height until it is drawn, so that the first jump may miss: look again then.
  const behavior = "instant";
  item.scrollIntoView({ block: "center", behavior });
  requestAnimationFrame(() => requestAnimationFrame(() => item.scrollIntoView({ block: "center", behavior })));
  markWords(place, terms);
}

/** Mark the words wherever they stand in a place, without changing the page, where the browser can. */
function markWords(place, terms) {
  if (!CSS.highlights) return;
  const ranges = [];
  const walk = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    for (const [start, end] of standings(walk.currentNode.data, terms)) {
      const range = document.createRange();
      range.setStart(walk.currentNode, start);
      range.setEnd(walk.currentNode, end);
      ranges.push(range);
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}

/** Take the marks of the last search away. */
function unmark() {
  document.querySelector(".found")?.classList.remove("found");
  CSS.highlights?.delete("found");
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !search.open && !enlarged.open) unmark();
});
