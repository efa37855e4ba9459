"use strict";
// One comparison is shown at a time: that of the two cuts chosen, or the one that the address names.
const form = document.querySelector("form");
if (form) {
  const [from, to] = form.elements;
  const pairs = new Map([...document.querySelectorAll(".pair")].map((pair) => [pair.id, pair]));
  const shown = document.getElementById("shown");
  const show = (one, other) => {
    const [early, late] = one < other ? [one, other] : [other, one];
    const chosen = pairs.get(`pair-${early}-${late}`);
    for (const pair of pairs.values()) pair.hidden = pair !== chosen;
    from.value = one;
    to.value = other;
    if (!chosen) shown.textContent = "Choose two different cuts.";
    else shown.textContent = `Shown: ${chosen.dataset.what}${one > other ? ", the earlier cut first" : ""}.`;
    return chosen;
  };
  const follow = () => {
    const name = /^#(pair-(\d+)-(\d+))/.exec(location.hash);
    if (!name || !pairs.has(name[1])) return;
    show(Number(name[2]), Number(name[3]));
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  };
  form.addEventListener("change", () => {
    const chosen = show(Number(from.value), Number(to.value));
    if (chosen) history.replaceState(null, "", `#${chosen.id}`);
  });
  addEventListener("hashchange", follow);
  show(Number(from.value), Number(to.value));
  follow();
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-open]");
  if (!button) return;
  for (const part of button.closest(".pair").querySelectorAll("details")) part.open = button.dataset.open === "yes";
});
