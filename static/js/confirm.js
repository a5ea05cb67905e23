// A dangerous button asks first. `<details class="confirm"><summary class="btn danger">…</summary><dialog>…</dialog></details>`
// opens in place without this module and as a modal dialog with it.
document.addEventListener("click", (event) => {
  const summary = event.target.closest("details.confirm > summary");
  if (summary) {
    const box = summary.parentElement;
    const dialog = box.querySelector(":scope > dialog");
    if (!dialog) return;
    event.preventDefault();
    box.open = true;
    dialog.showModal();
    dialog.addEventListener("close", () => {
      box.open = false;
      summary.focus();
    }, { once: true });
    return;
  }
  if (event.target.closest("[data-close]")) {
    const dialog = event.target.closest("dialog");
    if (dialog?.open) dialog.close();
    else event.target.closest("details.confirm")?.removeAttribute("open");
  }
});
