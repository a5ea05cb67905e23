// Copies a text field: `<button data-copies="id" data-done="Copied" hidden>`. Without this module the field is selected by hand.
for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const words = button.querySelector("span");
  const before = words.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.select();
      document.execCommand("copy");
    }
    words.textContent = button.dataset.done;
    setTimeout(() => (words.textContent = before), 3000);
  });
}
