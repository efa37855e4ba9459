// The contents: branches that open, a drawer on a narrow screen, and a mark at what is being read.
const nav = byId("contents");
const menu = byId("menu");
const shade = document.querySelector(".shade");
const wide = matchMedia("(min-width: 64rem)");

const branches = [...nav.querySelectorAll("li")].filter((item) => item.querySelector(":scope > ol"));
for (const item of branches) {
  const link = item.querySelector("a");
  const button = make("button", { type: "button", className: "branch" });
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-label", `Sections of ${link.textContent}`);
  button.addEventListener("click", () => openBranch(item, button.getAttribute("aria-expanded") !== "true"));
  item.prepend(button);
}

function openBranch(item, open) {
  item.classList.toggle("open", open);
  item.querySelector(":scope > .branch").setAttribute("aria-expanded", String(open));
}

// On a wide screen the button hides the contents at the side; on a narrow one it lets them in as a drawer.
function showContents(open) {
  root.classList.toggle("contents-open", open);
  root.classList.toggle("contents-shut", !open);
  menu.setAttribute("aria-expanded", String(open));
  const drawer = open && !wide.matches;
  shade.hidden = !drawer;
  main.inert = drawer;
}
const arrange = () => showContents(wide.matches);
wide.addEventListener("change", arrange);
arrange();
menu.addEventListener("click", () => {
  const open = menu.getAttribute("aria-expanded") !== "true";
  showContents(open);
  if (open && !wide.matches) (nav.querySelector("[aria-current]") ?? nav.querySelector("a")).focus();
});
const shut = () => {
  arrange();
  menu.focus();
};
shade.addEventListener("click", shut);
byId("shut").addEventListener("click", shut);
nav.addEventListener("click", (event) => { if (event.target.closest("a") && !wide.matches) arrange(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !shade.hidden) shut();
});

// What is being read is the last section or display that begins above the upper part of the window.
const links = new Map([...nav.querySelectorAll("a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
// Of a display the frame is looked at: what is in it has no place of its own before it is drawn.
const places = [...main.querySelectorAll("[id]")].filter(({ id }) => links.has(id)).map((element) => {
  const frame = element.closest(".display");
  return { link: links.get(element.id), box: frame ?? element, isDisplay: frame !== null };
});
let marked = [];

/** The last place above a line of the window: they follow each other, so half of them can be passed over each time. */
function lastAbove(line) {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle].box.getBoundingClientRect().top < line) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function follow() {
  const at = lastAbove(Math.max(140, innerHeight / 4));
  const section = places.slice(0, at + 1).findLast((place) => !place.isDisplay)?.link;
  const display = places[at]?.isDisplay ? places[at].link : null;
  const now = [section, display].filter(Boolean);
  if (now.length === marked.length && now.every((link, i) => link === marked[i])) return;
  for (const link of marked) link.removeAttribute("aria-current");
  marked = now;
  for (const link of marked) link.setAttribute("aria-current", "location");
  byId("here").textContent = section?.textContent ?? "";
  if (section) unfold(section);
}

/** Open the branches down to the current link, close those that only the last place had opened, and show the link. */
function unfold(link) {
  const above = new Set();
  for (let item = link.closest("li"); item; item = item.parentElement.closest("li")) above.add(item);
  for (const item of branches) {
    if (above.has(item) !== item.classList.contains("open") && (above.has(item) || item.dataset.followed)) {
      openBranch(item, above.has(item));
    }
    if (above.has(item)) item.dataset.followed = "true";
    else delete item.dataset.followed;
  }
  const top = link.getBoundingClientRect().top - nav.getBoundingClientRect().top;
  if (wide.matches && (top < 40 || top > nav.clientHeight - 60)) nav.scrollTop += top - nav.clientHeight / 3;
}

let waiting = false;
const followSoon = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; follow(); });
};
addEventListener("scroll", followSoon, { passive: true });
addEventListener("resize", followSoon, { passive: true });
follow();

// On paper all lists are open.
const lists = [...nav.querySelectorAll("details")];
let wereOpen = [];
addEventListener("beforeprint", () => {
  wereOpen = lists.filter((list) => list.open);
  for (const list of lists) list.open = true;
});
addEventListener("afterprint", () => {
  for (const list of lists) list.open = wereOpen.includes(list);
});
