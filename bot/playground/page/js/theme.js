/** Light or dark: the system's setting until the person chooses. */

const dark = matchMedia("(prefers-color-scheme: dark)");

/** @returns {string} */
const current = () => localStorage.getItem("playground theme") ?? (dark.matches ? "dark" : "light");

function apply() {
  document.documentElement.dataset.theme = current();
}

/** Switches to the other theme. */
export function toggleTheme() {
  localStorage.setItem("playground theme", current() === "dark" ? "light" : "dark");
  apply();
}

dark.addEventListener("change", apply);
apply();
