"""The page on which one reads what the mail catcher keeps: a list, one mail, its attachments.

It is a tiny server of its own, because what is read here comes from outside the application. An HTML body is shown in
a sandboxed frame under a policy that allows neither script nor any address but its own.
"""

from __future__ import annotations

import gettext
import mimetypes
import re
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from html import escape
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from lucide import _render_icon

from .mailcatcher import HOST, Mail, Maildir

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
STYLES = ("tokens.css", "base.css", "components.css", "mailbox.css")
PER_PAGE = 50
LONGEST_SEARCH = 100
LONGEST_CHOICE = 2000
LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
COOKIE = "django_language"
WIB = timezone(timedelta(hours=7))
ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
BODY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


class MailPage:
    """The server, in a thread of its own; a port of 0 takes any free one, and a `listening` socket is used as it is."""

    def __init__(self, box: Maildir, port: int = 0, listening: socket.socket | None = None):
        handler = type("Handler", (_Handler,), {"box": box})
        self._server = ThreadingHTTPServer((HOST, port), handler, bind_and_activate=listening is None)
        if listening is not None:
            self._server.socket.close()
            self._server.socket = listening
            self._server.server_port = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="mailpage", daemon=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._server.server_port}/"

    def __enter__(self) -> MailPage:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    box: Maildir
    server_version = "Rakor"
    sys_version = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if (self.headers.get("Host") or "").rsplit(":", 1)[0] not in (HOST, "localhost"):
            self._send(421, "text/plain", b"Misdirected\n")
            return
        parts = urlsplit(self.path)
        match parts.path.strip("/").split("/"):
            case [""]:
                self._list(parse_qs(parts.query))
            case ["static", "css", name] if name in STYLES and (STATIC / "css" / name).exists():
                self._send(200, "text/css", (STATIC / "css" / name).read_bytes())
            case ["static", "mark.svg"]:
                self._send(200, "image/svg+xml", (STATIC / "mark.svg").read_bytes())
            case ["surat", name, *rest] if mail := self.box.get(name):
                self._mail(mail, rest)
            case _:
                self._missing()

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """The language switch: the cookie that Rakor reads too, and back to the page."""
        if (self.headers.get("Host") or "").rsplit(":", 1)[0] not in (HOST, "localhost"):
            self._send(421, "text/plain", b"Misdirected\n")
            return
        length = self.headers.get("Content-Length", "")
        sent = self.rfile.read(int(length)) if length.isdecimal() and int(length) < LONGEST_CHOICE else b""
        chosen = {name: values[0] for name, values in parse_qs(sent.decode("ascii", "replace")).items()}
        back = chosen.get("next", "")
        if self.path != "/bahasa/" or chosen.get("language") not in LANGUAGES:
            self.close_connection = True
            self._missing()
            return
        self._send(
            303, "text/plain", b"",
            extra={
                "Location": back if re.fullmatch(r"/(?!/)[\w/?=&%.,:+-]*", back) else "/",
                "Set-Cookie": f"{COOKIE}={chosen['language']}; Path=/; HttpOnly; SameSite=Lax",
            },
        )  # fmt: skip

    def _mail(self, mail: Mail, rest: list[str]) -> None:
        message = mail.message()
        match rest:
            case []:
                self._page(mail.subject, mail_page(mail, message, self._words()))
            case ["html"] if (html := body(message, "html")) is not None:
                framed = f'<!doctype html><meta charset="utf-8"><base target="_blank">{html}'
                self._send(200, "text/html", framed.encode(), policy=BODY_POLICY)
            case ["sumber"]:
                self._send(200, "text/plain", mail.path.read_bytes())
            case ["lampiran", number] if (found := dict(attachments(message)).get(number)) is not None:
                self._attachment(found)
            case _:
                self._missing()

    def _attachment(self, part: EmailMessage) -> None:
        content = part.get_payload(decode=True) or b""
        name = quote(file_name(part))
        self._send(
            200, "application/octet-stream", content,
            extra={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        )  # fmt: skip

    def _list(self, query: dict[str, list[str]]) -> None:
        words = self._words()
        searched = query.get("cari", [""])[0][:LONGEST_SEARCH].strip()
        wanted = query.get("halaman", ["1"])[0]
        page = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 1
        self._page(words.gettext("Mailbox"), list_page(self.box.mails()[::-1], searched, max(page, 1), words))

    def _missing(self) -> None:
        _ = self._words().gettext
        text = _("This mail is not here. It may have been thrown away by a reset.")
        title, back = _("Not found"), _("Back to the mailbox")
        button = f'<a class="btn" href="/">{e(back)}</a>'
        self._page(title, f'<div class="empty"><h1>{e(title)}</h1><p>{e(text)}</p>{button}</div>', 404)

    def _page(self, title: str, content: str, status: int = 200) -> None:
        html = frame(title, content, self._words(), self._language(), self.path)
        self._send(status, "text/html", html.encode())

    def _language(self) -> str:
        try:
            chosen = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
        except CookieError:
            chosen = None
        return "en" if chosen is not None and chosen.value == "en" else "id"

    def _words(self) -> gettext.NullTranslations:
        return gettext.translation("django", ROOT / "rakor" / "locale", languages=[self._language()], fallback=True)

    def _send(
        self, status: int, kind: str, content: bytes, policy: str = PAGE_POLICY, extra: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        charset = "; charset=utf-8" if kind.startswith("text/") else ""
        headers = {
            "Content-Type": kind + charset,
            "Content-Length": str(len(content)),
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            **(extra or {}),
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: mails carry personal links, and links do not belong in a log."""


def e(text: object) -> str:
    return escape(str(text), quote=True)


def icon(name: str) -> str:
    return _render_icon(name, None, **{"class": "icon", "aria-hidden": "true"})


def when(mail: Mail, words: gettext.NullTranslations) -> str:
    """`24-11-2026 09.00 WIB`, in English `24-11-2026 09:00 WIB`."""
    separator = "." if words.info().get("language") == "id" else ":"
    return f"{datetime.fromtimestamp(mail.arrived, WIB):%d-%m-%Y %H{separator}%M} WIB"


def linked(text: str) -> str:
    """Return the text as HTML in which web addresses can be followed."""
    parts, end = [], 0
    for found in ADDRESS.finditer(text):
        parts.append(e(text[end : found.start()]))
        parts.append(f'<a href="{e(found[0])}" target="_blank" rel="noopener noreferrer">{e(found[0])}</a>')
        end = found.end()
    return "".join([*parts, e(text[end:])])


def body(message: EmailMessage, kind: str) -> str | None:
    """Return the plain or the HTML body, whatever its charset claims to be."""
    part = message.get_body((kind,))
    if part is None:
        return None
    try:
        return part.get_content()
    except (LookupError, ValueError):
        return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def attachments(message: EmailMessage) -> Iterator[tuple[str, EmailMessage]]:
    """Number the attachments from 1, as their addresses do."""
    for number, part in enumerate(message.iter_attachments(), 1):
        yield str(number), part


def file_name(part: EmailMessage) -> str:
    extension = mimetypes.guess_extension(part.get_content_type()) or ".bin"
    return (part.get_filename() or f"lampiran{extension}").replace("/", "-").replace("\\", "-")


def size(part: EmailMessage) -> str:
    count = len(part.get_payload(decode=True) or b"")
    return f"{count / 1024:.0f} KiB" if count >= 1024 else f"{count} B"


def frame(title: str, content: str, words: gettext.NullTranslations, language: str, here: str) -> str:
    _ = words.gettext
    buttons = "".join(
        f'<button name="language" value="{code}" lang="{code}"{_current(code == language)}>{name}</button>'
        for code, name in LANGUAGES.items()
    )
    styles = "".join(f'<link rel="stylesheet" href="/static/css/{name}">' for name in STYLES)
    note = _("Mails end here and never leave this machine.")
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{e(title)} · Rakor</title>
<link rel="icon" href="/static/mark.svg">
{styles}
</head>
<body>
<aside class="demo-mark" lang="id" aria-label="Contoh">CONTOH – BUKAN DOKUMEN RESMI</aside>
<a class="skip" href="#isi">{e(_("Skip to the content"))}</a>
<header class="topbar"><div class="wrap"><a class="brand" href="/">{icon("mail")}{e(_("Mailbox"))}</a></div></header>
<main id="isi" class="wrap">{content}</main>
<footer class="footer"><div class="wrap">
<form class="language" method="post" action="/bahasa/"><span class="vh">{e(_("Language"))}</span>
<input type="hidden" name="next" value="{e(here)}">{buttons}</form>
<p>{e(note)}</p></div></footer>
</body>
</html>
"""


def _current(is_chosen: bool) -> str:
    return ' aria-current="true"' if is_chosen else ""


def list_page(mails: list[Mail], searched: str, page: int, words: gettext.NullTranslations) -> str:
    _, ngettext = words.gettext, words.ngettext
    if not mails:
        text = _("As soon as Rakor sends a mail, it appears here. Reload the page to look again.")
        title, again = _("No mail yet"), _("Reload")
        button = f'<a class="btn" href="/">{e(again)}</a>'
        return f'<div class="empty">{icon("inbox")}<h1>{e(title)}</h1><p>{e(text)}</p>{button}</div>'
    found = [mail for mail in mails if _matches(mail, searched)]
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(page, pages)
    counted = ngettext("%(count)s mail", "%(count)s mails", len(found)) % {"count": len(found)}
    hint = _("Address or subject")
    parts = [
        f'<div class="page-head"><h1>{e(_("Mailbox"))}</h1><p class="muted">{e(counted)}</p></div>',
        '<div class="section stack">',
        f'<form class="filters" role="search" action="/"><div class="field search"><label for="cari">{e(_("Search"))}'
        f'</label><input id="cari" name="cari" type="search" maxlength="{LONGEST_SEARCH}" value="{e(searched)}" '
        f'placeholder="{e(hint)}"></div><button class="btn">{e(_("Search"))}</button></form>',
        _table(found[(page - 1) * PER_PAGE : page * PER_PAGE], words) if found else _nothing(searched, _),
        _pager(page, pages, searched, _) if pages > 1 else "",
        "</div>",
    ]
    return "".join(parts)


def _matches(mail: Mail, searched: str) -> bool:
    return searched.casefold() in f"{mail.subject} {mail.sender} {' '.join(mail.recipients)}".casefold()


def _table(mails: list[Mail], words: gettext.NullTranslations) -> str:
    _ = words.gettext
    caption, without = _("Mails, the newest first"), _("(no subject)")
    heads = "".join(f'<th scope="col">{e(text)}</th>' for text in (_("Subject"), _("To"), _("Arrived")))
    rows = "".join(
        f'<tr><th scope="row"><a href="/surat/{mail.name}">{e(mail.subject or without)}</a></th>'
        f'<td data-label="{e(_("To"))}">{e(", ".join(mail.recipients))}</td>'
        f'<td data-label="{e(_("Arrived"))}">{when(mail, words)}</td></tr>'
        for mail in mails
    )
    return (
        f'<div class="table-wrap"><table class="table cards"><caption class="vh">{e(caption)}'
        f"</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _nothing(searched: str, _) -> str:
    text = _("No mail with “%(text)s” in its address or subject.") % {"text": searched}
    return f'<div class="empty">{icon("search")}<p>{e(text)}</p><a class="btn" href="/">{e(_("Show all"))}</a></div>'


def _pager(page: int, pages: int, searched: str, _) -> str:
    def link(number: int) -> str:
        current = ' aria-current="page"' if number == page else ""
        return f'<li><a href="/?{e(urlencode({"cari": searched, "halaman": number}))}"{current}>{number}</a></li>'

    label = _("Pages")
    near = sorted({1, *range(max(1, page - 2), min(pages, page + 2) + 1), pages})
    return f'<nav class="pager" aria-label="{e(label)}"><ul>{"".join(map(link, near))}</ul></nav>'


def mail_page(mail: Mail, message: EmailMessage, words: gettext.NullTranslations) -> str:
    _ = words.gettext
    facts = ((_("From"), mail.sender), (_("To"), ", ".join(mail.recipients)), (_("Arrived"), when(mail, words)))
    rows = "".join(f"<div><dt>{e(name)}</dt><dd>{e(value)}</dd></div>" for name, value in facts)
    text, html = body(message, "plain"), body(message, "html")
    without, as_text, formatted = _("(no subject)"), _("Text"), _("As formatted")
    title, source = _("The mail as formatted"), _("Source of the mail")
    parts = [
        f'<div class="page-head"><p class="crumbs"><a href="/">{e(_("Mailbox"))}</a></p>'
        f'<h1>{e(mail.subject or without)}</h1></div><div class="section stack l">',
        f'<div class="card"><dl class="dl">{rows}</dl></div>',
        _attached(mail, message, _),
    ]
    if text is not None:
        parts.append(f'<section class="card" aria-labelledby="teks"><header><h2 id="teks">{e(as_text)}</h2></header>')
        parts.append(f'<pre class="mail-text">{linked(text)}</pre></section>')
    if html is not None:
        parts.append(f'<section class="card" aria-labelledby="html"><header><h2 id="html">{e(formatted)}</h2>')
        parts.append(f'</header><iframe class="mail-html" title="{e(title)}" ')
        parts.append('sandbox="allow-popups allow-popups-to-escape-sandbox" ')
        parts.append(f'src="/surat/{mail.name}/html"></iframe></section>')
    parts.append(f'<p><a href="/surat/{mail.name}/sumber">{e(source)}</a></p></div>')
    return "".join(parts)


def _attached(mail: Mail, message: EmailMessage, _) -> str:
    items = "".join(
        f'<li><a class="btn small" href="/surat/{mail.name}/lampiran/{number}" download>{icon("paperclip")}'
        f'{e(file_name(part))} <span class="muted">{size(part)}</span></a></li>'
        for number, part in attachments(message)
    )
    return f'<ul class="row" role="list" aria-label="{e(_("Attachments"))}">{items}</ul>' if items else ""
