// Keeps a page fresh. `data-live` names the event stream; every message says what changed, as a topic or as JSON with
// a `topic` or `event`, and becomes the events `live` and `live:<topic>` on the body, so that a fragment fetches itself anew with
// hx-get="…" hx-trigger="live:agenda from:body". Answers and reconnections are spread, so that 500 pages do not ask at once.
const source = document.querySelector("[data-live]");

if (source) {
  const lost = document.querySelector("[data-live-lost]");
  const spread = Number(source.dataset.liveSpread ?? 800);
  let stream = null;
  let tries = 0;
  let wait = 0;
  let stale = false;

  const topicOf = (data) => {
    try {
      const value = JSON.parse(data);
      return typeof value === "object" && value ? String(value.topic ?? value.event ?? "") : String(value);
    } catch {
      return data.trim();
    }
  };

  const tell = (topic) => {
    document.body.dispatchEvent(new CustomEvent("live", { detail: { topic } }));
    const names = new Set(topic ? [`live:${topic}`] : []);
    if (!topic) {
      for (const part of document.querySelectorAll("[hx-trigger*='live:']")) {
        for (const [name] of part.getAttribute("hx-trigger").matchAll(/live:[\w-]+/g)) names.add(name);
      }
    }
    for (const name of names) document.body.dispatchEvent(new CustomEvent(name, { detail: { topic } }));
  };

  const pending = new Set();
  const soon = (topic) => {
    if (pending.has(topic)) return;
    pending.add(topic);
    setTimeout(() => {
      pending.delete(topic);
      tell(topic);
    }, Math.random() * spread);
  };

  const shut = () => {
    clearTimeout(wait);
    stream?.close();
    stream = null;
  };

  const open = () => {
    shut();
    stream = new EventSource(source.dataset.live);
    stream.addEventListener("open", () => {
      tries = 0;
      if (lost) lost.hidden = true;
      if (stale) soon("");
      stale = false;
    });
    stream.addEventListener("message", (event) => soon(topicOf(event.data)));
    stream.addEventListener("error", () => {
      shut();
      stale = true;
      tries += 1;
      if (lost && tries > 1) lost.hidden = false;
      wait = setTimeout(open, Math.min(1000 * 2 ** tries, 30000) * (0.5 + Math.random()));
    });
  };

  window.addEventListener("pagehide", () => {
    stale = true;
    shut();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) open();
  });
  window.addEventListener("online", () => {
    if (!stream) open();
  });
  open();
}
