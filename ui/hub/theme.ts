import { $, kept } from "./dom";

// Light and dark, as in the report; boot.js applies what is kept before the page is drawn.
export function theme(): void {
  const button = $("#theme");
  if (!button) return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const label = () => { $("span", button)!.textContent = isDark() ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    const to = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = to;
    kept.set("theme", to);
    label();
  });
  dark.addEventListener("change", label);
  label();
}
