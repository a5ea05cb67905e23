// Brings the current tab into view where tabs or the main navigation scroll sideways.
for (const current of document.querySelectorAll(":is(.tabs, .topbar nav) [aria-current]")) {
  const strip = current.closest("nav");
  const [tab, view] = [current.getBoundingClientRect(), strip.getBoundingClientRect()];
  if (tab.right > view.right || tab.left < view.left) {
    strip.scrollLeft += tab.left - view.left - (view.width - tab.width) / 2;
  }
}
