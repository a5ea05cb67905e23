// The page of an outage: `data-again` names where to ask whether Rakor is ready; then the page is loaded again, not all of
// them at the same moment. `data-back` is a button that goes back to the form.
const back = document.querySelector("[data-back]");
if (back) {
  back.hidden = false;
  back.addEventListener("click", () => history.back());
}

const place = document.querySelector("[data-again]");

async function ask() {
  try {
    const answer = await fetch(place.dataset.again, { cache: "no-store" });
    if (answer.ok) return location.reload();
  } catch { /* the server itself is away: ask on */ }
  later();
}

function later() {
  setTimeout(ask, 3000 + Math.random() * 4000);
}

if (place) later();
