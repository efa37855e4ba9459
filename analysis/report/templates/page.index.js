// The index of the search, made from the page itself once the search is opened: headings, paragraphs, items of lists,
// and every row of every table.
const ITEMS = "h1, h2, h3, h4, h5, h6, p:not(.csr-cited), li, dd, caption, tbody tr";

/** A text without case and accents. */
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * The words of a text. What is written together is one word (14.2.1.1, 2025-12-31, 01-007) and is also found from each
 * hyphen or slash on: patient ABC-01-007 by 01-007 and by 007.
 */
function wordsOf(text) {
  const found = text.match(/[\p{L}\p{N}]+(?:[-/.][\p{L}\p{N}]+)*/gu) ?? [];
  return found.flatMap((word) => [word, ...[...word.matchAll(/[-/]/g)].map((mark) => word.slice(mark.index + 1))]);
}
const queryWords = (text) => text.match(/[\p{L}\p{N}]+(?:[-/.][\p{L}\p{N}]+)*/gu) ?? [];

const WEIGHTS = { H1: 6, H2: 6, H3: 6, H4: 6, H5: 6, H6: 6, CAPTION: 4, P: 1.5, LI: 1.2 };
const weightOf = (item) => (item.matches(".csr-heading") ? 4 : WEIGHTS[item.tagName] ?? 1);

/** The text of an item; a row's cells with a mark between them. */
function itemText(item) {
  if (item.tagName === "TR") return [...item.cells].map(textOf).filter(Boolean).join(" · ");
  if (/^H\d$/.test(item.tagName)) return nameOf(item.parentElement);
  if (item.matches("caption, .csr-heading")) return [...item.children].map(textOf).join(" ");
  return textOf(item);
}

const index = new MiniSearch({
  fields: ["text"],
  tokenize: wordsOf,
  processTerm: folded,
  searchOptions: {
    tokenize: queryWords,
    prefix: true,
    combineWith: "AND",
    boostDocument: (id) => weightOf(entries[id].item),
  },
});
/** What is in the index by number: `{id, place, item, text}`, the place being the display or section of the item. */
const entries = [];
const items = main.querySelectorAll(ITEMS);
let read = 0;

/** Read on for some milliseconds, and say whether the whole report is in the index. */
function readFor(milliseconds) {
  const end = performance.now() + milliseconds;
  for (; read < items.length && performance.now() < end; read += 1) {
    const item = items[read];
    const place = item.closest(".display") ?? item.closest("section");
    const text = !place || item.querySelector(ITEMS) ? "" : itemText(item); // what holds others is found by them
    if (!text) continue;
    const entry = { id: entries.length, place, item, text };
    entries.push(entry);
    index.add(entry);
  }
  return read === items.length;
}

/** Read the whole report, with time for keys and paint in between. */
function readOn() {
  if (!readFor(12)) setTimeout(readOn);
}

/** The places where all words of a query stand, best first: `{place, best, count, terms}`; near misses if none does. */
function find(query) {
  readFor(Infinity);
  let hits = index.search(query);
  if (!hits.length) hits = index.search(query, { fuzzy: 0.2 });
  if (!hits.length) hits = index.search(query, { combineWith: "OR" });
  const places = new Map();
  for (const hit of hits) {
    const entry = entries[hit.id];
    const seen = places.get(entry.place);
    if (seen) seen.count += 1;
    else places.set(entry.place, { place: entry.place, best: entry, count: 1, terms: hit.terms });
  }
  return [...places.values()];
}
