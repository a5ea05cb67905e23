// Counts ticked positions and their agencies while they are chosen, and ticks a whole group at once.
const form = document.querySelector("[data-pick]");
const place = form?.querySelector("[data-pick-count]");
const number = new Intl.NumberFormat(document.documentElement.lang || "id");

function count() {
  const ticked = [...form.querySelectorAll("input[name=position]:checked")];
  const agencies = new Set(ticked.map((box) => box.dataset.agency));
  place.textContent = place.dataset.shape.replace("POSITIONS", number.format(ticked.length)).replace("AGENCIES", number.format(agencies.size));
}

if (place) {
  form.addEventListener("change", count);
  form.addEventListener("click", (event) => {
    const all = event.target.closest("[data-pick-all]");
    if (!all) return;
    event.preventDefault();
    for (const box of all.closest("details").querySelectorAll("input[name=position]:not(:disabled)")) box.checked = true;
    count();
  });
  window.addEventListener("pageshow", count);
}
