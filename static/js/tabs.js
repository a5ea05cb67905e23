// Brings the current tab fully into view where tabs or the main navigation scroll sideways, the one before it at the edge, and fades
// the side where there are more.
const FADE = 32;
const fade = (strip) => {
  strip.toggleAttribute("data-before", strip.scrollLeft > 1);
  strip.toggleAttribute("data-after", strip.scrollLeft + strip.clientWidth < strip.scrollWidth - 1);
};

for (const strip of document.querySelectorAll(".tabs, .topbar nav")) {
  const current = strip.querySelector("[aria-current]");
  if (current) {
    const [tab, view] = [current.getBoundingClientRect(), strip.getBoundingClientRect()];
    if (tab.right > view.right - FADE || tab.left < view.left) {
      const first = current.closest("li").previousElementSibling?.getBoundingClientRect() ?? tab;
      strip.scrollLeft += (tab.right - first.left > view.width - FADE ? tab : first).left - view.left;
    }
  }
  strip.addEventListener("scroll", () => fade(strip), {passive: true});
  new ResizeObserver(() => fade(strip)).observe(strip);
}
