// Short names for what every piece does.
export function $<T extends Element = HTMLElement>(sel: string, from: ParentNode = document): T | null {
  return from.querySelector<T>(sel);
}

export function $$<T extends Element = HTMLElement>(sel: string, from: ParentNode = document): T[] {
  return [...from.querySelectorAll<T>(sel)];
}

// What is kept in this browser; a browser may refuse.
export const kept = {
  get(key: string): string | null {
    try { return localStorage.getItem("lenscap-" + key); } catch { return null; }
  },
  set(key: string, value: string): void {
    try { localStorage.setItem("lenscap-" + key, value); } catch { /* nothing is kept then */ }
  },
};

export function csrf(): string {
  return $<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";
}

// element makes one with text in it, never markup.
export function element(name: string, text = "", attributes: Record<string, string> = {}): HTMLElement {
  const e = document.createElement(name);
  e.textContent = text;
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  return e;
}

// replace puts the part with this id of a fetched page in the place of ours.
export function replace(page: Document, id: string): boolean {
  const from = page.getElementById(id), to = document.getElementById(id);
  if (!from || !to) return false;
  to.replaceWith(document.importNode(from, true));
  document.dispatchEvent(new Event("replaced"));
  return true;
}
