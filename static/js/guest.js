// The invited person's page: tells once that it was seen, copies a name or a link, counts down to the opening of the room.

// Seen: only a page that somebody looks at says so. Scanners of mails and previews in chats open links too.
const seen = document.querySelector("form[data-seen]");
const tell = () => {
  if (document.visibilityState !== "visible") return;
  document.removeEventListener("visibilitychange", tell);
  fetch(seen.action, { method: "POST", body: new FormData(seen) }).catch(() => {});
};
if (seen) {
  document.addEventListener("visibilitychange", tell);
  tell();
}

// Copy: `data-copy` names the element whose text is taken, `data-done` says that it worked.
async function copy(button) {
  const place = document.querySelector(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(place.textContent.trim());
  } catch {
    getSelection().selectAllChildren(place);
    if (!document.execCommand("copy")) return; // selected: copying by hand is one touch
  }
  const label = button.querySelector("span");
  const before = label.textContent;
  label.textContent = button.dataset.done;
  setTimeout(() => (label.textContent = before), 3000);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

// Countdown: `data-seconds` are left by the server's clock; at zero the page loads again, not all at the same moment.
const unit = (value, name) => new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: name, unitDisplay: "long" }).format(value);
const words = (left) => {
  if (left >= 3600) return `${unit(Math.floor(left / 3600), "hour")} ${unit(Math.floor((left % 3600) / 60), "minute")}`;
  if (left >= 60) return `${unit(Math.floor(left / 60), "minute")} ${unit(left % 60, "second")}`;
  return unit(left, "second");
};
let ticking = 0;
function start() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  clearInterval(ticking);
  const place = document.querySelector("[data-seconds]");
  if (!place) return;
  place.parentElement.hidden = false;
  const until = Date.now() + 1000 * Number(place.dataset.seconds);
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    place.textContent = words(Math.max(left, 0));
    if (left > 0) return;
    clearInterval(ticking);
    setTimeout(() => location.reload(), Math.random() * 3000);
  };
  ticking = setInterval(tick, 1000);
  tick();
}
document.addEventListener("htmx:afterSettle", start);
start();
