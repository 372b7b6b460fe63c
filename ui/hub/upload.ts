import { $, csrf, element } from "./dom";

// Hands a file in piece by piece, so that a cut line goes on where it ended, and
// says how far it is. Without a script the form sends it in one.
const piece = 4 << 20;

export function drop(): void {
  const form = $<HTMLFormElement>("#upload");
  if (!form) return;
  const input = $<HTMLInputElement>('input[type="file"]', form)!, box = $(".drop", form)!, list = $("#sending")!;
  form.addEventListener("submit", (e) => {
    if (!input.files?.length) return;
    e.preventDefault();
    begin([...input.files]);
  });
  box.addEventListener("dragover", (e) => { e.preventDefault(); box.classList.add("over"); });
  box.addEventListener("dragleave", () => box.classList.remove("over"));
  box.addEventListener("drop", (e) => {
    e.preventDefault();
    box.classList.remove("over");
    const files = [...((e as DragEvent).dataTransfer?.files ?? [])];
    if (files.length) begin(files);
  });

  // One lot is sent at a time: a second click sends nothing twice.
  let sending = false;
  function begin(files: File[]): void {
    if (sending) return;
    const hold = (on: boolean) => {
      sending = on;
      form!.setAttribute("aria-busy", String(on));
      for (const b of form!.querySelectorAll<HTMLButtonElement | HTMLInputElement>('button:not([type="button"]), input[type="file"]')) b.disabled = on;
    };
    hold(true);
    all(files).finally(() => hold(false));
  }

  async function all(files: File[]): Promise<void> {
    const site = new FormData(form!).get("site") as string;
    const done: Done[] = [];
    for (const f of files) {
      const d = await one(f, site, files.length > 1);
      if (d) done.push(d);
    }
    if (!done.length) return;
    const ids = (list: Done[]) => [...new Set(list.map((d) => d.ingest))].join(",");
    let to = done[0].href;
    if (files.length > 1) {
      const before = ids(done.filter((d, i) => d.again && !done.slice(0, i).some((e) => e.ingest === d.ingest)));
      to = "/inputs?" + new URLSearchParams({ of: ids(done), ...(before && { again: before }) });
    }
    if (done.length === files.length) { location.assign(to); return; }
    // Why one was refused stays to be read.
    const on = element("p", "");
    on.append(element("a", `See what became of the ${done.length} handed in`, { href: to, class: "button" }));
    list.append(on);
  }

  // one says where the result will be; null when it was cancelled or refused.
  async function one(f: File, site: string, several: boolean): Promise<Done | null> {
    const row = element("div", "", { class: "field" }), bar = document.createElement("progress"), words = element("p", "", { class: "bar-words", role: "status" });
    const left = element("span", f.name), right = element("span", ""), stop = element("button", "Cancel", { type: "button" });
    bar.max = f.size || 1;
    bar.setAttribute("aria-label", f.name);
    words.append(left, right, stop);
    row.append(bar, words);
    list.append(row);
    const control = new AbortController();
    stop.addEventListener("click", () => control.abort());
    try {
      if (!f.size) throw new Refused("The file is empty.");
      const id = await name(f, site), begun = performance.now();
      let at = await offset(id, control.signal);
      const from = at;
      for (let failed = 0; at < f.size; ) {
        try {
          at = await send(id, f, at, control.signal);
          failed = 0;
        } catch (e) {
          if (control.signal.aborted || e instanceof Refused || ++failed > 8) throw e;
          right.textContent = "the line is cut; trying again";
          await new Promise((r) => setTimeout(r, 500 * 2 ** failed));
          at = await offset(id, control.signal).catch(() => at);
        }
        bar.value = at;
        const seconds = (performance.now() - begun) / 1000, rate = (at - from) / Math.max(seconds, 0.01);
        right.textContent = `${size(at)} of ${size(f.size)}, ${size(rate)}/s, ${time((f.size - at) / Math.max(rate, 1))} left`;
      }
      const done = await fetch(`/upload/${id}`, { method: "POST", headers: { "X-CSRF": csrf(), Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ site, name: f.name, ...(several && { several: "1" }) }), signal: control.signal });
      if (!done.ok) throw new Refused(await why(done));
      right.textContent = "handed in";
      stop.remove();
      return (await done.json()) as Done;
    } catch (e) {
      stop.remove();
      right.textContent = control.signal.aborted ? "cancelled" : e instanceof Error ? e.message : "The hub did not answer.";
      right.className = control.signal.aborted ? "" : "error";
      return null;
    }
  }
}

class Refused extends Error {}

interface Done { ingest: number; href: string; again: boolean }

// name is the same for the same file and site, so that one that was cut goes on.
async function name(f: File, site: string): Promise<string> {
  const text = [f.name, f.size, f.lastModified, site].join("\n");
  if (!crypto.subtle) return Array.from(crypto.getRandomValues(new Uint8Array(16)), hex).join(""); // plain http: does not go on
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(sum).slice(0, 16), hex).join("");
}

const hex = (b: number) => b.toString(16).padStart(2, "0");

async function offset(id: string, signal: AbortSignal): Promise<number> {
  const r = await fetch(`/upload/${id}`, { headers: { Accept: "application/json" }, signal, cache: "no-store" });
  if (!r.ok) throw new Refused(await why(r));
  return ((await r.json()) as { offset: number }).offset;
}

async function send(id: string, f: File, at: number, signal: AbortSignal): Promise<number> {
  const r = await fetch(`/upload/${id}?offset=${at}`, { method: "PUT", headers: { "X-CSRF": csrf(), Accept: "application/json", "Content-Type": "application/octet-stream" }, body: f.slice(at, at + piece), signal });
  if (r.status === 409) return offset(id, signal);
  if (!r.ok) throw r.status < 500 ? new Refused(await why(r)) : new Error(await why(r));
  return ((await r.json()) as { offset: number }).offset;
}

async function why(r: Response): Promise<string> {
  try { return ((await r.json()) as { detail: string }).detail; } catch { return `The hub answered with ${r.status}.`; }
}

function size(n: number): string {
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (n < 999.5) return `${n < 99.95 && unit !== "B" ? n.toFixed(1) : n.toFixed(0)} ${unit}`;
    n /= 1000;
  }
  return `${n.toFixed(1)} TB`;
}

function time(s: number): string {
  return s < 90 ? `${Math.ceil(s)} s` : `${Math.ceil(s / 60)} min`;
}
