import { $$ } from "./dom";

// A table that is no wider than its box keeps its head in view while the page
// scrolls; a wider one scrolls within its box.
export function tables(): void {
  const look = new ResizeObserver((seen) => seen.forEach((s) => fit(s.target as HTMLElement)));
  const watch = () => $$(".list-box").forEach((box) => { look.observe(box); fit(box); });
  document.addEventListener("replaced", watch);
  watch();
}

function fit(box: HTMLElement): void {
  const table = box.querySelector("table");
  if (table) box.classList.toggle("fits", table.offsetWidth <= box.clientWidth + 1);
}
