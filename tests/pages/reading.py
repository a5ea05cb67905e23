"""Reads pages as a browser does: links, and forms with their fields and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Field:
    """One entry: its `kind` is the input's type, `textarea` or `select`; `values` are those that stand in it."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    longest: int | None = None

    @property
    def is_text(self) -> bool:
        return self.kind in ("text", "textarea", "email", "search", "password", "tel", "url")


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)
    ways: list[tuple[str, str, str]] = field(default_factory=list)
    """Its buttons: (address, name, value); the address is the form's own unless the button has another."""

    @property
    def entered_by_hand(self) -> list[Field]:
        return [entry for entry in self.fields.values() if entry.kind != "hidden"]

    def sent(self, **changes: list[str]) -> dict[str, list[str]]:
        """What a browser sends: the values that stand in it, with these instead."""
        return {name: entry.values for name, entry in self.fields.items()} | changes


class Page(HTMLParser):
    """The forms and links of a page, and the sentences that stand as errors or alerts on it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.errors: list[str] = []
        self._form: Form | None = None
        self._text: Field | None = None
        self._select: Field | None = None
        self._error, self._within = "", 0
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag != "link":
            self.links += [given[name] for name in ("href", "src", "hx-get") if given.get(name)]
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        if self._error:
            self._within += tag == self._error
        elif "error" in given.get("class", "").split() or given.get("role") == "alert":
            self._error, self._within = tag, 1
            self.errors.append("")
        if self._form is not None:
            self._read(self._form, tag, given)

    def _read(self, form: Form, tag: str, given: dict[str, str]) -> None:
        if tag == "button" and given.get("type", "submit") == "submit":
            form.ways.append((given.get("formaction", form.action), given.get("name", ""), given.get("value", "")))
        name = given.get("name", "")
        if not name or "disabled" in given or tag not in ("input", "textarea", "select", "option"):
            if tag == "option" and self._select and "selected" in given:
                self._select.values = [given.get("value", "")]
            return
        kind = given.get("type", "text") if tag == "input" else tag
        longest = int(given["maxlength"]) if given.get("maxlength") else None
        entry = form.fields.setdefault(name, Field(name, kind, [], longest))
        if tag == "textarea":
            self._text = entry
            entry.values = [""]
        elif tag == "select":
            self._select = entry
        elif kind not in ("checkbox", "radio", "file") or "checked" in given:
            entry.values.append(given.get("value", "on" if kind == "checkbox" else ""))

    def handle_endtag(self, tag) -> None:
        if tag == "form":
            self._form = None
        if tag == "textarea" and self._text:
            self._text.values[0] = self._text.values[0].removeprefix("\n")
            self._text = None
        if tag == "select":
            self._select = None
        if tag == self._error:
            self._within -= 1
            if not self._within:
                self._error = ""

    def handle_data(self, data) -> None:
        if self._text is not None:
            self._text.values[0] += data
        if self._error:
            self.errors[-1] += data
