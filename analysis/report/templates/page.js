
"use strict";
// Contents are closed on a narrow screen, and say where the reader is.
const contents = document.querySelector("nav details");
const wide = matchMedia("(min-width: 64rem)");
const arrange = () => { contents.open = wide.matches; };
arrange();
wide.addEventListener("change", arrange);
contents.addEventListener("click", (event) => {
  if (event.target.closest("a") && !wide.matches) contents.open = false;
});
addEventListener("beforeprint", () => { contents.open = true; });
const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
const headings = [...document.querySelectorAll("main section[id]")].filter((section) => links.has(section.id));
let current = null;
const follow = () => {
  const above = headings.filter((section) => section.getBoundingClientRect().top < 120);
  const link = above.length ? links.get(above[above.length - 1].id) : null;
  if (link === current) return;
  if (current) current.removeAttribute("aria-current");
  current = link;
  if (!link) return;
  link.setAttribute("aria-current", "location");
  const box = document.querySelector("nav");
  if (wide.matches) box.scrollTop = link.offsetTop - box.clientHeight / 2;
};
let waiting = false;
addEventListener("scroll", () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; follow(); });
}, { passive: true });
follow();
