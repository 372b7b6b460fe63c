"use strict";
// Moves about in a report that is already complete: filters and sorts the table
// of devices, and opens a device beside it. It makes no request and writes no
// markup: text goes in as text.
(() => {
  const $ = (sel, from = document) => from.querySelector(sel);
  const $$ = (sel, from = document) => [...from.querySelectorAll(sel)];
  const store = {
    get(key) { try { return localStorage.getItem("lenscap-" + key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem("lenscap-" + key, value); } catch { /* none in a file opened here */ } },
  };
  const table = $("#t"), tbody = table.tBodies[0], search = $("#q"), count = $("#count"), clear = $("#clear");
  const drawer = $("#drawer"), help = $("#help");

  const isDevice = (hash) => document.getElementById(hash.slice(1))?.classList.contains("dev");

  const rows = [...tbody.rows].map((tr, place) => ({
    tr, place, id: $("a", tr).hash.slice(1), kind: tr.dataset.k, maker: tr.dataset.m, grade: tr.dataset.g,
    worst: tr.dataset.w, rules: tr.dataset.v, talks: tr.dataset.t, country: (tr.dataset.c || "").split(" "), company: (tr.dataset.o || "").split(" "), text: "", out: false,
  }));
  const textOf = (row) => row.text || (row.text = (row.tr.textContent + " " + $("a", row.tr).title + " " + (row.tr.dataset.s || "")).toLowerCase());

  // Filters. What is chosen lives in the inputs; the address bar follows.
  const facets = $$(".menu[data-facet]").map((menu) => ({ key: menu.dataset.facet, menu, inputs: $$("input", menu) }));
  const facet = (key) => facets.find((f) => f.key === key);
  const chosen = (f) => f.inputs.filter((i) => i.checked && i.value !== "").map((i) => i.value);
  const valueOf = (row, key, rule) => {
    if (key === "verdict") return rule === "" ? row.worst : row.rules[rule];
    return row[key];
  };
  const passes = (row, picks, rule, words, but) => {
    for (const [key, set] of picks) {
      if (key !== but && ![valueOf(row, key, rule)].flat().some((v) => set.has(v))) return false;
    }
    if (but !== "rule" && rule !== "" && !picks.has("verdict") && "-n".includes(row.rules[rule])) return false;
    return words.every((w) => textOf(row).includes(w));
  };

  // A page draws the first lines and the rest when asked: 5,000 lines take
  // seconds to lay out, and nobody reads them all.
  const STEP = 300;
  let limit = STEP;
  const more = $("#more");
  function draw() {
    let n = 0;
    for (const tr of tbody.rows) tr.classList.toggle("over", !tr.hidden && ++n > limit);
    table.classList.remove("fresh");
    more.hidden = n <= limit;
    $("button", more).textContent = `Show all ${n.toLocaleString("en")}`;
  }
  $("button", more).addEventListener("click", () => {
    const next = $("tr.over a", tbody);
    limit = Infinity;
    draw();
    next?.focus();
  });

  function apply(remember = true) {
    const picks = new Map(facets.filter((f) => f.key !== "rule").map((f) => [f.key, new Set(chosen(f))]).filter(([, set]) => set.size));
    const rule = chosen(facet("rule"))[0] ?? "";
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const row of rows) {
      row.out = !passes(row, picks, rule, words, "");
      if (row.tr.hidden !== row.out) row.tr.hidden = row.out;
      const part = document.getElementById(row.id);
      if (part && part.hasAttribute("data-out") !== row.out) part.toggleAttribute("data-out", row.out);
      if (!row.out) n++;
    }
    draw();
    for (const f of facets) recount(f, picks, rule, words);
    const some = picks.size > 0 || rule !== "" || words.length > 0;
    count.textContent = some ? `${n.toLocaleString("en")} of ${rows.length.toLocaleString("en")} devices` : `${rows.length.toLocaleString("en")} ${rows.length === 1 ? "device" : "devices"}`;
    clear.hidden = !some;
    $("#none").hidden = n > 0 || rows.length === 0;
    if (remember) note(picks, rule);
  }

  function recount(f, picks, rule, words) {
    f.menu.classList.toggle("on", chosen(f).length > 0);
    const tally = new Map();
    for (const row of rows) {
      if (!passes(row, picks, rule, words, f.key)) continue;
      if (f.key === "rule") {
        for (let i = 0; i < row.rules.length; i++) if (!"-n".includes(row.rules[i])) tally.set(String(i), (tally.get(String(i)) || 0) + 1);
        tally.set("", (tally.get("") || 0) + 1);
      } else {
        for (const v of [valueOf(row, f.key, rule)].flat()) tally.set(v, (tally.get(v) || 0) + 1);
      }
    }
    for (const input of f.inputs) {
      const c = tally.get(input.value) || 0;
      $(".num", input.parentElement).textContent = c.toLocaleString("en");
      input.parentElement.classList.toggle("nil", c === 0);
    }
  }

  function note(picks, rule) {
    const p = new URLSearchParams();
    if (search.value) p.set("q", search.value);
    for (const [key, set] of picks) for (const v of set) p.append(key, v);
    if (rule !== "") p.set("rule", rule);
    const s = p.toString();
    try { history.replaceState(null, "", s ? "#?" + s : location.pathname + location.search); } catch { /* some files forbid it */ }
  }

  function choose(query) {
    const p = new URLSearchParams(query === "all" ? "" : query);
    search.value = p.get("q") || "";
    for (const f of facets) {
      const want = p.getAll(f.key);
      for (const i of f.inputs) i.checked = i.type === "radio" ? i.value === (want[0] ?? "") : want.includes(i.value);
    }
    apply();
  }

  document.addEventListener("change", (e) => { if (e.target.closest(".menu[data-facet]")) apply(); });
  search.addEventListener("input", () => apply());
  clear.addEventListener("click", () => { choose("all"); search.focus(); });
  document.addEventListener("click", (e) => {
    for (const m of $$(".menu[open]")) if (!m.contains(e.target)) m.open = false;
    const number = e.target.closest("a[data-set]");
    if (number) { leave(); choose(number.dataset.set); return; }
    const link = e.target.closest('a[href^="#dev-"]');
    if (link && isDevice(link.hash)) { e.preventDefault(); open(link.hash.slice(1)); return; }
    const inside = e.target.closest('dialog a[href^="#"]');
    if (inside && !inside.hash.startsWith("#dev-")) leave();
  });

  // Sorting.
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const order = { 5: (r) => ({ confirmed: 0, probable: 1, possible: 2, unknown: 3 })[r.grade], 9: (r) => "prPRaAcn-".indexOf(r.worst) };
  $$("thead th", table).forEach((th, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = th.textContent;
    th.replaceChildren(button);
    button.addEventListener("click", () => sort(th, i));
  });
  function sort(th, i) {
    const down = th.getAttribute("aria-sort") === "ascending";
    const keyOf = order[i] || ((r) => (i === 0 ? $("a", r.tr).title : r.tr.cells[i].title) || r.tr.cells[i].textContent);
    const keyed = rows.map((r) => [keyOf(r), r]);
    keyed.sort(([a, ra], [b, rb]) => {
      if (a === "" || b === "") return (a === "") - (b === "") || ra.place - rb.place;
      const c = typeof a === "number" ? a - b : collator.compare(a, b);
      return (down ? -c : c) || ra.place - rb.place;
    });
    for (const t of $$("thead th", table)) t.removeAttribute("aria-sort");
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    tbody.append(...keyed.map(([, r]) => r.tr));
    draw();
  }

  draw();

  // Columns. Until a person chooses, the stylesheet fits them to the width.
  const boxes = $$("#columns input");
  function shown() { return boxes.map((b) => getComputedStyle(table.rows[0].cells[b.value]).display !== "none"); }
  function columns(list) {
    table.className = list.map((on, i) => (on ? "" : "hide-" + (i + 1))).join(" ").trim();
    store.set("columns", JSON.stringify(list));
  }
  $("#columns").addEventListener("toggle", () => { const now = shown(); boxes.forEach((b, i) => { b.checked = now[i]; }); });
  $("#columns").addEventListener("change", () => columns(boxes.map((b) => b.checked)));
  try {
    const kept = JSON.parse(store.get("columns"));
    if (Array.isArray(kept) && kept.length === boxes.length) columns(kept);
  } catch { /* nothing kept */ }

  // The drawer holds a device's own part while it is open.
  let home = null, came = null;
  function open(id) {
    const part = document.getElementById(id);
    if (!part) return;
    if (home) putBack(); else came = document.activeElement;
    home = document.createComment("");
    part.before(home);
    $("#drawer-title").textContent = $("h3", part).textContent;
    const body = $(".body", drawer);
    body.replaceChildren(part);
    enrich(part);
    if (!drawer.open) drawer.showModal();
    drawer.scrollTop = 0;
    body.focus();
  }
  // What devices share stands once in the page; an open device shows it in place.
  function enrich(part) {
    const judged = $(".judged", part);
    const says = judged && $(".says", document.getElementById($("a", judged).hash.slice(1)));
    if (says) judged.after(added(says));
    for (const row of $$("a.kb", part)) {
      const source = $(".src", document.getElementById(row.hash.slice(1)));
      if (source) row.after(added(source));
    }
  }
  function added(node) {
    const copy = node.cloneNode(true);
    copy.classList.add("added");
    return copy;
  }
  function putBack() {
    const part = $(".dev", drawer);
    if (part) for (const copy of $$(".added", part)) copy.remove();
    if (part) home.replaceWith(part);
    home = null;
  }
  function leave() { if (drawer.open) { came = null; drawer.close(); } }
  drawer.addEventListener("close", () => { putBack(); if (came) came.focus(); came = null; });
  drawer.addEventListener("click", (e) => { if (e.target === drawer && e.clientX < drawer.getBoundingClientRect().left) drawer.close(); });
  $("#close").addEventListener("click", () => drawer.close());
  $(".close", help).addEventListener("click", () => help.close());
  $("#keys").addEventListener("click", () => help.showModal());

  // Keys. Single letters can be turned off (WCAG 2.1.4).
  const single = $("#single");
  single.checked = store.get("single") !== "off";
  single.addEventListener("change", () => store.set("single", single.checked ? "on" : "off"));
  const current = () => (drawer.open ? rows.find((r) => r.id === $(".dev", drawer)?.id) : rows.find((r) => r.tr.contains(document.activeElement)));
  function move(step) {
    const list = $$("tr", tbody).filter((tr) => !tr.hidden);
    const at = list.indexOf(current()?.tr);
    const to = list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + step))];
    if (!to) return;
    if (to.classList.contains("over")) { limit += STEP; draw(); }
    const link = $("a", to);
    if (drawer.open) { open(link.hash.slice(1)); came = link; } else { link.focus(); to.scrollIntoView({ block: "nearest" }); }
  }
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    const typing = e.target.closest("input[type=search]");
    if (e.key === "Escape") {
      const menu = $(".menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); }
      else if (typing && search.value) { search.value = ""; apply(); e.preventDefault(); }
      return;
    }
    if (typing || !single.checked || help.open) return;
    switch (e.key) {
      case "/": if (!drawer.open) { e.preventDefault(); search.focus(); } break;
      case "j": move(1); break;
      case "k": move(-1); break;
      case "?": help.showModal(); break;
    }
  });

  // Light and dark.
  const theme = $("#theme"), dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const label = () => { $("span", theme).textContent = isDark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => {
    const to = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = to;
    store.set("theme", to);
    label();
  });
  dark.addEventListener("change", label);
  label();

  // An address with a list or a device in it opens there.
  function arrive() {
    if (location.hash.startsWith("#?")) choose(location.hash.slice(2));
    else if (isDevice(location.hash)) open(location.hash.slice(1));
  }
  if (facet("rule") && !chosen(facet("rule")).length) facet("rule").inputs[0].checked = true;
  addEventListener("hashchange", arrive);
  arrive();
})();
