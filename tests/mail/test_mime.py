"""A mail's bytes: what any reader of RFC 5322 and 2045-2047 takes out again, and nothing that a server could refuse."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from rakor.mail.kinds import Attachment, Message
from rakor.mail.mime import build
from rakor.mail.models import OutgoingMail

TEXT = (
    "Yth. Bapak/Ibu Kepala BP3MI – Jawa Barat\n.\n.titik\nFrom awal baris  \n"
    + "panjang sekali " * 90
    + "\n\n= 100 %\n"
)
HTML = "<p>Rapat “koordinasi” pukul 09.00 WIB</p>\n" * 40
LETTER = bytes(range(256)) * 300
STRICT = policy.SMTP.clone(raise_on_defect=True)


def made(**parts: object) -> bytes:
    mail = OutgoingMail(to="kepala@uji.example", to_name="Kepala, “Dr.” Ñoño", message_id="<abc@uji.example>")
    return build(mail, Message(**{"subject": "Undangan rapat – évaluasi", "text": TEXT, **parts}))


def read(body: bytes):
    parsed = message_from_bytes(body, policy=STRICT)
    for part in parsed.walk():
        assert part.defects == []
        for value in part.values():
            assert value.defects == ()
    return parsed


def test_words_and_attachments_come_out_as_they_went_in() -> None:
    letter = Attachment("und-1-x-2026.pdf", LETTER, "application/pdf")
    event = Attachment(
        "rapat.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar; charset=utf-8; method=PUBLISH"
    )
    parsed = read(made(html=HTML, attachments=[letter, event], headers={"X-Rakor": "ya"}))
    assert parsed.get_content_type() == "multipart/mixed"
    assert parsed["MIME-Version"] == "1.0"
    assert parsed["X-Rakor"] == "ya"
    assert parsed["Subject"] == "Undangan rapat – évaluasi"
    assert parsed["To"].addresses[0].display_name == "Kepala, “Dr.” Ñoño"
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert text.get_content().replace("\r\n", "\n") == TEXT
    assert html.get_content().replace("\r\n", "\n") == HTML
    first, second = parsed.iter_attachments()
    assert (first.get_filename(), first.get_content_type(), first.get_content()) == (
        letter.name,
        letter.mimetype,
        LETTER,
    )
    assert second["Content-Type"].params["method"] == "PUBLISH"
    assert second.get_filename() == "rapat.ics"
    assert second.get_payload(decode=True) == event.content


def test_event_is_offered_beside_the_words_and_again_as_a_file() -> None:
    event = Attachment("rapat.ics", "SUMMARY:Évaluasi\r\n".encode(), "text/calendar; charset=utf-8; method=REQUEST")
    parsed = read(made(html=HTML, event=event))
    words, file = parsed.iter_parts()
    assert words.get_content_type() == "multipart/alternative"
    offered = list(words.iter_parts())[-1]
    assert [part.get_content_type() for part in words.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    for part in (offered, file):
        assert dict(part["Content-Type"].params) | {"name": ""} == {"charset": "utf-8", "method": "REQUEST", "name": ""}
        assert part.get_payload(decode=True) == event.content
    assert (offered.get_filename(), file.get_filename()) == (None, "rapat.ics")


@pytest.mark.parametrize(("html", "kind"), [("", "text/plain"), (HTML, "multipart/alternative")])
def test_nothing_is_wrapped_that_has_no_company(html: str, kind: str) -> None:
    parsed = read(made(html=html))
    assert parsed.get_content_type() == kind
    assert parsed.get_body(("plain",)).get_content().replace("\r\n", "\n") == TEXT


def test_every_line_is_short_plain_ascii_with_crlf() -> None:
    body = made(html=HTML, attachments=[Attachment("surat – ü.pdf", LETTER, "application/pdf")])
    assert body.isascii()
    assert body.endswith(b"\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert b"\r" not in body.replace(b"\r\n", b"")
    assert max(map(len, body.split(b"\r\n"))) <= 100  # RFC 5322, 2.1.1 allows 998
    assert [part.get_filename() for part in read(body).iter_attachments()] == ["surat – ü.pdf"]


def test_a_name_cannot_bring_a_header_of_its_own() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        made(subject="Undangan\r\nBcc: lain@uji.example")
