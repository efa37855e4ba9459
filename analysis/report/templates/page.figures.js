// Figures that enlarge, to the window first and to their full size then.
const enlarged = byId("enlarged");
const picture = enlarged.querySelector(".picture");
const zoom = enlarged.querySelector("[data-do=zoom]");

function setZoom(full) {
  picture.classList.toggle("full", full);
  zoom.setAttribute("aria-pressed", String(full));
}

function enlarge(display) {
  const image = display.querySelector("img");
  const title = nameOf(display);
  enlarged.setAttribute("aria-label", title);
  byId("enlarged-title").textContent = title;
  picture.replaceChildren(make("img", { src: image.src, alt: image.alt }));
  setZoom(false);
  enlarged.showModal();
}

main.addEventListener("click", (event) => {
  const display = event.target.closest(".display.figure");
  if (display && (event.target.closest("[data-do=enlarge]") || event.target.tagName === "IMG")) {
    // The dialog gives the focus back to what had it: from a click on the picture, to the button that does the same.
    display.querySelector("[data-do=enlarge]").focus({ preventScroll: true });
    enlarge(display);
  }
});
const toggleZoom = () => setZoom(!picture.classList.contains("full"));
zoom.addEventListener("click", toggleZoom);
picture.addEventListener("click", toggleZoom);
