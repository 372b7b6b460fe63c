import { $, $$ } from "./dom";

// Choosing lines: one box for all that are shown, and how many are chosen.
export function bulk(): void {
  document.addEventListener("change", (e) => {
    const box = e.target as HTMLInputElement;
    if (box.id === "pick-all") for (const b of $$<HTMLInputElement>(".list tbody .pick input")) b.checked = box.checked;
    if (box.closest?.(".pick") || box.id === "pick-all") count();
    if (box.name === "all") count();
    if (box.dataset.submit) box.form?.requestSubmit();
  });
  document.addEventListener("replaced", count);
  count();
}

function count(): void {
  const said = $("#picked");
  if (!said) return;
  const n = $$(".list tbody .pick input:checked").length;
  const all = $<HTMLInputElement>(".bulk input[name=all]")?.checked;
  said.textContent = all ? "All chosen" : n === 0 ? "None chosen" : `${n.toLocaleString("en")} chosen`;
  said.closest(".bulk")?.classList.toggle("some", n > 0 || !!all);
}
