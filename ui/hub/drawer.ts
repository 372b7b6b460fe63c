import { $, $$, element } from "./dom";

// Evidence opens in a drawer beside the page; closing it returns to the line it
// was opened from. Without script it folds out in place.
export function drawer(): void {
  const proofs = () => $$<HTMLDetailsElement>("details.proof");
  if (proofs().length === 0) return;
  const box = element("dialog", "", { id: "drawer", "aria-labelledby": "drawer-title" }) as HTMLDialogElement;
  const head = element("div", "", { class: "head" }), title = element("h2", "", { id: "drawer-title" }), close = element("button", "Close", { type: "button" });
  const body = element("div", "", { class: "body", tabindex: "-1" });
  head.append(title, close);
  box.append(head, body);
  document.body.append(box);
  let from: HTMLDetailsElement | null = null;

  // The evidence itself is moved, not copied: its ids stay the only ones.
  function back(): void {
    if (!from) return;
    const summary = $("summary", from);
    for (const n of [...body.childNodes]) if (n !== body.firstChild || !(n as HTMLElement).dataset?.claim) from.append(n);
    body.replaceChildren();
    from = null;
    summary?.focus({ preventScroll: true });
  }
  function open(d: HTMLDetailsElement, at?: string): void {
    back();
    from = d;
    const claim = d.closest(".claim"), what = $(".what", claim ?? d);
    title.textContent = $(".cname", claim ?? d)?.textContent?.trim() ?? "Evidence";
    if (what) {
      const line = what.cloneNode(true) as HTMLElement;
      line.dataset.claim = "1";
      body.append(line);
    }
    for (const n of [...d.childNodes]) if ((n as Element).tagName !== "SUMMARY") body.append(n);
    if (!box.open) box.showModal();
    const target = at ? document.getElementById(at) : null;
    body.focus({ preventScroll: true });
    if (target) target.scrollIntoView({ block: "center" });
    else box.scrollTop = 0;
  }
  function holder(id: string): HTMLDetailsElement | null {
    const e = document.getElementById(id);
    if (e && body.contains(e)) return from;
    return e?.closest<HTMLDetailsElement>("details.proof") ?? null;
  }
  document.addEventListener("click", (e) => {
    const t = e.target as Element;
    const summary = t.closest("details.proof > summary");
    if (summary) {
      e.preventDefault();
      open(summary.parentElement as HTMLDetailsElement);
      return;
    }
    const link = t.closest<HTMLAnchorElement>('a[href^="#"]');
    const id = link?.getAttribute("href")?.slice(1);
    if (!id) return;
    const d = holder(id);
    if (d) {
      e.preventDefault();
      if (d === from) document.getElementById(id)?.scrollIntoView({ block: "center" });
      else open(d, id);
    } else if (box.open && box.contains(link)) {
      box.close(); // what it leads to stands in the page
      document.getElementById(id)?.closest("details")?.setAttribute("open", "");
    }
  });
  close.addEventListener("click", () => box.close());
  box.addEventListener("click", (e) => { if (e.target === box) box.close(); });
  box.addEventListener("close", back);
}
