// Runs before anything is drawn: controls are shown only where scripts run, and the colours that were chosen come back.
const root = document.documentElement;
root.classList.add("script");
try {
  const chosen = localStorage.getItem("csr-theme");
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
} catch { /* storage is refused: the system's preference holds */ }
