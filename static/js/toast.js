// Messages over the page. Good news leaves by itself after eight seconds unless somebody points at it; bad news stays.
// A failed htmx request speaks here too, with the sentences in the data attributes of #toasts.
const place = document.getElementById("toasts");

function watch(toast) {
  if (toast.dataset.tone === "bad" || toast.dataset.tone === "warn") return;
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, 8000);
}

function say(text) {
  if (!text) return;
  const toast = document.getElementById("toast-shape").content.firstElementChild.cloneNode(true);
  toast.querySelector("span").textContent = text;
  place.append(toast);
}

if (place) {
  place.querySelectorAll(".toast").forEach(watch);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node.nodeType === 1) watch(node);
    }
  }).observe(place, { childList: true });
  place.addEventListener("click", (event) => {
    if (event.target.closest("button")) event.target.closest(".toast").remove();
  });
  document.addEventListener("htmx:sendError", () => say(place.dataset.offline));
  document.addEventListener("htmx:timeout", () => say(place.dataset.offline));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    say({ 403: place.dataset.refused, 503: place.dataset.away }[status] ?? place.dataset.failed);
  });
}
