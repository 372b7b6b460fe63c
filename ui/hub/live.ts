import { $, replace } from "./dom";

// A page that says data-live is drawn again, in part, when the hub tells that
// something it shows has changed.
export function live(): void {
  const part = $("[data-live]");
  if (!part || !part.id) return;
  const { id } = part, then = part.dataset.then;
  const source = new EventSource("/events");
  let timer = 0, busy = false, again = false;
  async function load(): Promise<void> {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Part": id } });
      if (answer.ok && !answer.redirected) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const active = document.activeElement;
        if (!document.getElementById(id)?.contains(active) || active === document.body) replace(page, id);
        const to = page.getElementById(id)?.dataset.then ?? then;
        if (to) { source.close(); location.replace(to); } // going back must not lead here again
      }
    } catch { /* the next event tries again */ }
    busy = false;
    if (again) { again = false; void load(); }
  }
  source.addEventListener("message", (e) => {
    const want = document.getElementById(id)?.dataset.live ?? "";
    const event = JSON.parse(e.data as string) as { kind: string; site: number; ingest?: number };
    if (want !== "all" && want !== event.kind && want !== `${event.kind} ${event.ingest ?? event.site}`) return;
    clearTimeout(timer);
    timer = window.setTimeout(load, 250);
  });
  // What happened before the stream was open was told to nobody. Of lists a page
  // is asked for again only when a stream that broke is back: they are dear.
  let before = false;
  source.addEventListener("open", () => {
    if (before || part.dataset.live?.includes(" ")) void load();
    before = true;
  });
  addEventListener("pagehide", () => source.close());
}
