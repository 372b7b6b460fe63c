import { $, $$, kept } from "./dom";

// Keys: / j k Enter x Esc ?. Single letters can be turned off (WCAG 2.1.4).
export function keys(): void {
  const help = $<HTMLDialogElement>("#help"), single = $<HTMLInputElement>("#single");
  if (!help || !single) return;
  single.checked = kept.get("single") !== "off";
  single.addEventListener("change", () => kept.set("single", single.checked ? "on" : "off"));
  $("#keys")?.addEventListener("click", () => help.showModal());
  $(".close", help)?.addEventListener("click", () => help.close());

  const links = () => $$<HTMLAnchorElement>("main table tbody th > a:first-of-type");
  const at = () => links().findIndex((a) => a.closest("tr")!.contains(document.activeElement));
  function move(step: number): void {
    const list = links(), i = at();
    const to = list[i < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, i + step))];
    to?.focus();
    to?.closest("tr")?.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    const from = e.target as HTMLElement;
    const typing = from.closest("input:not([type=checkbox], [type=radio]), textarea, select");
    if (e.key === "Escape") {
      const menu = $<HTMLDetailsElement>(".menu[open]");
      if (menu) { menu.open = false; $("summary", menu)?.focus(); }
      else if (typing instanceof HTMLInputElement && typing.id === "q") typing.blur();
      return;
    }
    if (typing || !single.checked || $("dialog[open]")) return;
    switch (e.key) {
      case "/": {
        const q = $<HTMLInputElement>("#q");
        if (q) { e.preventDefault(); q.focus(); q.select(); }
        break;
      }
      case "j": move(1); break;
      case "k": move(-1); break;
      case "x": {
        const box = from.closest("tr")?.querySelector<HTMLInputElement>(".pick input");
        if (box) box.click();
        break;
      }
      case "?": help.showModal(); break;
    }
  });
}
