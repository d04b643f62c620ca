/** Light or dark: as the system says, until somebody chooses. */

const dark = matchMedia("(prefers-color-scheme: dark)");

/** @returns {string} */
const current = () => localStorage.getItem("playground theme") ?? (dark.matches ? "dark" : "light");

function apply() {
  document.documentElement.dataset.theme = current();
}

/** The other one, from now on. */
export function toggleTheme() {
  localStorage.setItem("playground theme", current() === "dark" ? "light" : "dark");
  apply();
}

dark.addEventListener("change", apply);
apply();
