// What the other parts share: saying something to a screen reader, and the switch of colours.
const root = document.documentElement;
const byId = (name) => document.getElementById(name);
const main = byId("report");

/** An element with properties and children; a text child can never become markup. */
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

/** Have a screen reader say something; the same words twice are said twice. */
const say = (words) => {
  const place = byId("said");
  place.textContent = "";
  setTimeout(() => { place.textContent = words; }, 60);
};

/** Whether a key press is typing: then it is no shortcut. */
const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]") !== null;

// Motion is for those who want it.
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches);
const showTheme = () => byId("dark").setAttribute("aria-pressed", String(isDark()));
byId("dark").addEventListener("click", () => {
  const next = isDark() ? "light" : "dark";
  // A choice that agrees with the system is no choice: the page then follows the system again.
  const kept = (next === "dark") !== systemDark.matches;
  if (kept) root.dataset.theme = next;
  else delete root.dataset.theme;
  try {
    if (kept) localStorage.setItem("csr-theme", next);
    else localStorage.removeItem("csr-theme");
  } catch { /* storage is refused: the choice holds until the page is left */ }
  showTheme();
});
systemDark.addEventListener("change", showTheme);
showTheme();

// Buttons inside a dialog that close it, and a click beside it.
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-do=close]")) dialog.close();
  });
}
