// The minute-taker's page: points save themselves while they are typed (data-autosave), a new point's text stays in this
// browser until the server has it (data-keep), and Ctrl+Enter presses the form's button (data-enter).
const english = document.documentElement.lang === "en";
const words = english
  ? { saving: "Saving …", saved: "Saved on the server ", waiting: "Not yet saved on the server, trying again – " }
  : { saving: "Menyimpan …", saved: "Tersimpan di server ", waiting: "Belum tersimpan di server, dicoba lagi – " };

const clock = () => new Date().toLocaleTimeString(english ? "en-GB" : "id-ID", { hour: "2-digit", minute: "2-digit" });
const key = (form) => `rakor:point:${form.dataset.keep ?? form.getAttribute("action")}`;

function tell(form, text, tone) {
  const place = form.querySelector("[data-saved]");
  if (!place) return;
  place.textContent = text;
  place.dataset.tone = tone;
  place.classList.toggle("tone", Boolean(tone));
}

function keep(form) {
  try {
    const typed = Object.fromEntries(new FormData(form));
    delete typed.csrfmiddlewaretoken;
    localStorage.setItem(key(form), JSON.stringify(typed));
  } catch { /* a full or closed store: the server copy still counts */ }
}

const forget = (form) => { try { localStorage.removeItem(key(form)); } catch { /* as above */ } };
const kept = (form) => { try { return JSON.parse(localStorage.getItem(key(form)) ?? "null"); } catch { return null; } };

class Autosave {
  constructor(form) {
    this.form = form;
    this.timer = 0;
    this.busy = false;
    this.dirty = false;
    form.addEventListener("input", () => this.later());
    form.addEventListener("change", () => this.later());
    form.addEventListener("click", (event) => this.take(event.target.closest("[data-take]")?.dataset.take));
    window.addEventListener("online", () => this.dirty && this.save());
    const typed = kept(form);
    if (typed && typed.text !== undefined && typed.text !== form.elements.text?.value) {
      form.elements.text.value = typed.text;
      this.later();
    }
  }

  later() {
    this.dirty = true;
    keep(this.form);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 800);
  }

  async save() {
    if (this.busy || !this.dirty || this.conflict) return;
    this.busy = true;
    this.dirty = false;
    tell(this.form, words.saving, "");
    try {
      const answer = await fetch(this.form.action, {
        method: "POST", body: new FormData(this.form), headers: { Accept: "application/json" }, credentials: "same-origin",
      });
      if (answer.redirected || ![200, 409, 422].includes(answer.status)) throw new Error(`HTTP ${answer.status}`);
      const said = await answer.json();
      if (answer.status === 200) {
        this.form.elements.revision.value = said.revision;
        if (!this.dirty) forget(this.form);
        tell(this.form, words.saved + said.saved_at, "ok");
      } else if (answer.status === 409) {
        this.clash(said.theirs);
      } else {
        tell(this.form, said.reason ?? Object.values(said.errors ?? {}).flat().map((error) => error.message).join(" "), "bad");
      }
    } catch {
      this.dirty = true;
      tell(this.form, words.waiting + clock(), "warn");
    } finally {
      this.busy = false;
      if (this.dirty && !this.conflict) { clearTimeout(this.timer); this.timer = setTimeout(() => this.save(), 1500 + Math.random() * 1000); }
    }
  }

  clash(theirs) {
    this.conflict = theirs;
    const box = this.form.querySelector("[data-conflict]");
    box.querySelector("[data-theirs]").textContent = theirs.text ?? [theirs.opening, theirs.closing].join("\n");
    box.hidden = false;
  }

  take(side) {
    if (!side || !this.conflict) return;
    const theirs = this.conflict;
    this.conflict = null;
    this.form.elements.revision.value = theirs.revision;
    if (side === "theirs") for (const name of ["text", "opening", "closing"]) if (name in theirs) this.form.elements[name].value = theirs[name];
    this.form.querySelector("[data-conflict]").hidden = true;
    this.later();
  }
}

for (const form of document.querySelectorAll("form[data-autosave]")) new Autosave(form);

// `jenis` in the address: the server has just taken the point that was typed here.
const taken = new URLSearchParams(location.search).has("jenis");

for (const form of document.querySelectorAll("form[data-keep]")) {
  if (taken) forget(form);
  // client_id is kept with the text: a point that reached the server although its answer was lost is not written twice
  const typed = kept(form);
  if (typed?.text) for (const name of ["text", "speaker", "kind", "client_id"]) if (typed[name]) form.elements[name].value = typed[name];
  form.addEventListener("input", () => keep(form));
  if (taken) form.elements.text.focus();
}

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-enter]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
