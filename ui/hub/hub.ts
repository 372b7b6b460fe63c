// What moves in the hub's pages. Everything can be read without it; it makes no
// request but to the hub, and writes what comes from a device as text only.
import { bulk } from "./bulk";
import { drop } from "./upload";
import { drawer } from "./drawer";
import { estate } from "./estate";
import { keys } from "./keys";
import { live } from "./live";
import { tables } from "./table";
import { theme } from "./theme";

theme();
keys();
estate();
bulk();
drop();
live();
tables();
drawer();

// A menu closes when one clicks elsewhere.
document.addEventListener("click", (e) => {
  for (const m of document.querySelectorAll<HTMLDetailsElement>(".menu[open]")) if (!m.contains(e.target as Node)) m.open = false;
});

// What is shown short can be taken whole.
document.addEventListener("click", (e) => {
  const b = (e.target as Element).closest<HTMLElement>("[data-copy]");
  if (!b) return;
  const word = b.firstChild!, said = word.textContent;
  navigator.clipboard?.writeText(b.dataset.copy!).then(() => { word.textContent = "Copied"; }, () => { word.textContent = "Not copied"; });
  setTimeout(() => { word.textContent = said; }, 2000);
});

// Where the menu is wider than the window, the page one is on is in view.
const here = document.querySelector<HTMLElement>(".top nav [aria-current]");
if (here) here.parentElement!.scrollLeft += here.getBoundingClientRect().left - here.parentElement!.getBoundingClientRect().left - 16;

for (const b of document.querySelectorAll("[data-print]")) b.addEventListener("click", () => window.print());
