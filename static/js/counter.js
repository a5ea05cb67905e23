// Shows how much of a field's maximum is used: `12/120` in the element whose data-counter names the field's id;
// with data-late only once the field is nearly full.
const number = new Intl.NumberFormat(document.documentElement.lang || "id");

function count(field) {
  const place = field.id && document.querySelector(`[data-counter="${CSS.escape(field.id)}"]`);
  if (!place || field.maxLength < 0) return;
  place.textContent = `${number.format(field.value.length)}/${number.format(field.maxLength)}`;
  place.hidden = "late" in place.dataset && field.value.length < 0.8 * field.maxLength;
  place.classList.toggle("full", field.value.length >= field.maxLength);
}

function countAll() {
  for (const place of document.querySelectorAll("[data-counter]")) {
    const field = document.getElementById(place.dataset.counter);
    if (field) count(field);
  }
}

document.addEventListener("input", (event) => count(event.target));
document.addEventListener("htmx:load", countAll);
window.addEventListener("pageshow", countAll);
