// Brings the current tab into view where tabs or the main navigation scroll sideways, and fades the side where there are more.
const fade = (strip) => {
  strip.toggleAttribute("data-before", strip.scrollLeft > 1);
  strip.toggleAttribute("data-after", strip.scrollLeft + strip.clientWidth < strip.scrollWidth - 1);
};

for (const strip of document.querySelectorAll(".tabs, .topbar nav")) {
  const current = strip.querySelector("[aria-current]");
  if (current) {
    const [tab, view] = [current.getBoundingClientRect(), strip.getBoundingClientRect()];
    if (tab.right > view.right || tab.left < view.left) {
      strip.scrollLeft += tab.left - view.left - (view.width - tab.width) / 2;
    }
  }
  strip.addEventListener("scroll", () => fade(strip), {passive: true});
  new ResizeObserver(() => fade(strip)).observe(strip);
}
