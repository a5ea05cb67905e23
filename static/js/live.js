// Keeps a page fresh. `data-live` names the event stream (rakor.live); each of its events becomes `live:<event>` and `live`
// on the body, so that a fragment fetches itself anew: hx-get="…" hx-trigger="live:agenda from:body". `refresh` (events may
// have been missed) sets off all of them. Answers are spread over a moment, so that 500 pages do not ask at once. An event that
// arrives while a fragment is being fetched waits for it: htmx would drop it together with the fragment that is replaced.
const place = document.querySelector("[data-live]");

if (place) {
  const lost = document.querySelector("[data-live-lost]");
  const spread = Number(place.dataset.liveSpread ?? 800);
  const longest = 30000; // milliseconds that a fragment may take before the page tries again
  const busy = 5000; // milliseconds after which a fragment that was in use is fetched again
  const settling = 100; // milliseconds after its arrival in which htmx puts a fragment in place and lets it listen
  const pending = new Set();
  const flying = new Set();
  const late = new Map();
  let heard = new Set();
  let stream = null;
  let tries = 0;
  let wait = 0;
  let again = 0;
  let missed = false;

  const names = () => {
    const triggers = [...document.querySelectorAll("[hx-trigger*='live:']")].map((part) => part.getAttribute("hx-trigger"));
    const found = triggers.join(" ").matchAll(/live:([\w.-]+)/g);
    return new Set([...found].map((match) => match[1]).concat(place.dataset.liveEvents?.split(" ") ?? []));
  };

  const tell = (name, ids) => {
    document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail: ids }));
    document.body.dispatchEvent(new CustomEvent("live", { detail: { event: name, ids } }));
  };

  const soon = (name, data) => {
    if (pending.has(name)) return;
    pending.add(name);
    setTimeout(() => {
      pending.delete(name);
      const ids = data ? JSON.parse(data) : {};
      if (flying.size) late.set(name, ids);
      else tell(name, ids);
    }, Math.random() * spread);
  };

  const all = () => {
    for (const name of names()) soon(name);
  };

  const listen = () => {
    for (const name of names()) {
      if (heard.has(name)) continue;
      heard.add(name);
      stream?.addEventListener(name, (event) => soon(name, event.data));
    }
  };

  const landed = (xhr) => {
    flying.delete(xhr);
    if (flying.size) return;
    const waiting = [...late];
    late.clear();
    for (const [name, ids] of waiting) tell(name, ids);
  };

  const shut = () => {
    clearTimeout(wait);
    stream?.close();
    stream = null;
  };

  const open = () => {
    shut();
    heard = new Set(["refresh"]);
    stream = new EventSource(place.dataset.live);
    stream.addEventListener("refresh", all);
    stream.addEventListener("open", () => {
      tries = 0;
      if (lost) lost.hidden = true;
      if (missed) all();
      missed = false;
    });
    stream.addEventListener("error", () => {
      tries += 1;
      if (lost && tries > 1) lost.hidden = false;
      if (stream?.readyState !== EventSource.CLOSED) return; // the browser connects again, after the server's own delay
      missed = true;
      wait = setTimeout(open, Math.min(1000 * 2 ** tries, 20000) * (0.5 + Math.random()));
    });
    listen();
  };

  document.addEventListener("htmx:load", listen);
  document.addEventListener("htmx:beforeSend", ({ target, detail: { xhr } }) => {
    if (!target.matches("[hx-trigger*='live:']")) return;
    flying.add(xhr);
    xhr.timeout = longest;
    xhr.addEventListener("loadend", () => setTimeout(landed, settling, xhr));
  });
  document.addEventListener("htmx:beforeSwap", (event) => { // a fragment in which somebody writes or is asked something stays
    const { target } = event.detail;
    if (!target.matches("[hx-trigger*='live:']")) return;
    const written = [...target.querySelectorAll("textarea, input")].some((field) => field.value !== field.defaultValue);
    if (!written && !target.querySelector("details.confirm[open]")) return;
    event.detail.shouldSwap = false;
    clearTimeout(again);
    again = setTimeout(all, busy);
  });
  document.addEventListener("htmx:responseError", ({ target, detail }) => { // a fragment missed an event while Rakor was away
    if (detail.xhr.status === 503 && target.matches("[hx-trigger*='live:']")) setTimeout(all, 5000);
  });
  window.addEventListener("pagehide", shut);
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    missed = true;
    open();
  });
  open();
}
