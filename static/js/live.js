// Keeps a page fresh. `data-live` names the event stream (rakor.live); each of its events becomes `live:<event>` and `live`
// on the body, so that a fragment fetches itself anew: hx-get="…" hx-trigger="live:agenda from:body". `refresh` (events may
// have been missed) sets off all of them. Answers are spread over a moment, so that 500 pages do not ask at once.
const place = document.querySelector("[data-live]");

if (place) {
  const lost = document.querySelector("[data-live-lost]");
  const spread = Number(place.dataset.liveSpread ?? 800);
  const pending = new Set();
  let heard = new Set();
  let stream = null;
  let tries = 0;
  let wait = 0;
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
      tell(name, data ? JSON.parse(data) : {});
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
