// A form is sent once: the second submit is swallowed until the answer is there, and the pressed button says it is busy.
// `data-again` on a form (a download that leaves the page open) lets it be sent again after three seconds.
const sent = new Map();

function release(form) {
  const button = sent.get(form);
  sent.delete(form);
  button?.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  if (sent.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  const button = event.submitter ?? form.querySelector("button:not([type=button])");
  sent.set(form, button);
  setTimeout(() => {
    const byHtmx = form.matches("[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete]");
    if (event.defaultPrevented && !byHtmx) release(form);
    else button?.setAttribute("aria-busy", "true");
  });
  if ("again" in form.dataset) setTimeout(release, 3000, form);
}, true);

// htmx: the answer to the submit, or the lack of one, frees the form again; an autosave in between does not.
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, requestConfig } = event.detail;
  if (requestConfig?.triggeringEvent?.type === "submit") release(elt.closest("form"));
});

// Coming back with the browser's arrow shows the page as it was left: free it.
window.addEventListener("pageshow", () => {
  for (const form of [...sent.keys()]) release(form);
  for (const button of document.querySelectorAll("form [aria-busy=true]")) button.removeAttribute("aria-busy");
});
