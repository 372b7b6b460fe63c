import { $, $$, element, replace } from "./dom";

// The search box: results as one types, and words that could stand at the cursor.
export function estate(): void {
  const form = $<HTMLFormElement>("#search"), q = $<HTMLInputElement>("#q");
  if (!form || !q) return;
  if (form.dataset.instant) instant(form, q);
  if (form.dataset.complete) complete(form, q, form.dataset.complete);
}

function instant(form: HTMLFormElement, q: HTMLInputElement): void {
  let timer = 0, asked = 0;
  async function load(): Promise<void> {
    const mine = ++asked;
    const url = new URL(form.action);
    for (const [k, v] of new FormData(form)) if (typeof v === "string" && v !== "") url.searchParams.set(k, v);
    const box = document.getElementById("results");
    box?.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { headers: { "X-Part": "results" } });
      if (mine !== asked) return;
      if (answer.redirected) { location.assign(url); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      replace(page, "results");
      replace(page, "query-error");
      history.replaceState(null, "", url);
    } catch {
      const error = document.getElementById("query-error");
      if (error) error.textContent = "The hub did not answer. The list below is as it was.";
    } finally {
      document.getElementById("results")?.removeAttribute("aria-busy");
    }
  }
  q.addEventListener("input", () => { clearTimeout(timer); timer = window.setTimeout(load, 200); });
}

type Suggestion = { text: string; from: number; to: number; says: string };

function complete(form: HTMLFormElement, q: HTMLInputElement, where: string): void {
  const list = element("ul", "", { class: "suggest", id: "suggest", role: "listbox", "aria-label": "What could stand here" });
  list.hidden = true;
  $(".find", form)!.append(list);
  q.setAttribute("role", "combobox");
  q.setAttribute("aria-controls", "suggest");
  q.setAttribute("aria-expanded", "false");
  q.setAttribute("aria-autocomplete", "list");
  let items: Suggestion[] = [], at = -1, asked = 0, timer = 0;
  const show = (on: boolean) => { list.hidden = !on; q.setAttribute("aria-expanded", String(on)); if (!on) { at = -1; q.removeAttribute("aria-activedescendant"); } };
  const mark = () => $$("li", list).forEach((li, i) => {
    li.setAttribute("aria-selected", String(i === at));
    if (i === at) { q.setAttribute("aria-activedescendant", li.id); li.scrollIntoView({ block: "nearest" }); }
  });
  function take(s: Suggestion): void {
    const bytes = new TextEncoder().encode(q.value), text = (b: Uint8Array) => new TextDecoder().decode(b);
    const head = text(bytes.slice(0, s.from)) + s.text;
    q.value = head + text(bytes.slice(s.to));
    q.setSelectionRange(head.length, head.length);
    show(false);
    q.focus();
    q.dispatchEvent(new Event("input"));
  }
  async function ask(): Promise<void> {
    const mine = ++asked;
    const cursor = new TextEncoder().encode(q.value.slice(0, q.selectionStart ?? q.value.length)).length;
    try {
      const answer = await fetch(`${where}?${new URLSearchParams({ q: q.value, at: String(cursor) })}`, { headers: { Accept: "application/json" } });
      if (mine !== asked || !answer.ok || document.activeElement !== q) return;
      items = (await answer.json()) as Suggestion[];
    } catch { items = []; }
    list.replaceChildren(...items.map((s, i) => {
      const li = element("li", "", { role: "option", id: "suggest-" + i, "aria-selected": "false" });
      li.append(element("code", s.text), element("span", s.says));
      li.addEventListener("mousedown", (e) => { e.preventDefault(); take(s); });
      return li;
    }));
    at = -1;
    show(items.length > 0);
  }
  q.addEventListener("input", () => { clearTimeout(timer); timer = window.setTimeout(ask, 120); });
  q.addEventListener("blur", () => show(false));
  q.addEventListener("keydown", (e) => {
    if (e.key === "ArrowDown" && list.hidden) { void ask(); e.preventDefault(); return; }
    if (list.hidden) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      at = (at + (e.key === "ArrowDown" ? 1 : -1) + items.length) % items.length;
      mark();
      e.preventDefault();
    } else if ((e.key === "Enter" || e.key === "Tab") && at >= 0) {
      e.preventDefault();
      take(items[at]);
    } else if (e.key === "Escape") {
      e.stopPropagation();
      show(false);
    }
  });
}
