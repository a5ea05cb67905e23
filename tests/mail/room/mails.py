"""Kinds that need no other room: a letter, one that is not needed, one that breaks, one whose room fails afterwards."""

from rakor.mail.kinds import Attachment, Message, MessageKind

SETTLED: list[tuple[str, str]] = []
CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n"


def letter(number: int, heavy: int = 0) -> Message:
    return Message(
        subject=f"Contoh: undangan rapat ke-{number} – mohon kehadiran",
        text=f"Yth. Bapak/Ibu,\nini surat ke-{number}.\n.titik di awal baris\n",
        html=f"<p>Ini surat ke-{number}.</p>",
        attachments=[
            Attachment("surat undangan.pdf", b"%PDF-1.7 " + bytes(heavy), "application/pdf"),
            Attachment("rapat.ics", CALENDAR, "text/calendar; method=PUBLISH; charset=utf-8"),
        ],
        reply_to="Sekretariat <sekretariat@kp2mi.example>",
        from_name="Biro Contoh",
    )


def broken(to: str) -> Message:
    raise ValueError(f"cannot write to {to}")


def fail(mail) -> None:
    raise RuntimeError(f"no note of {mail.to}")


def note(mails) -> None:
    SETTLED.extend((mail.public_id, mail.status) for mail in mails)


KINDS = (
    MessageKind(
        "room.letter", letter, settled=lambda mails: SETTLED.extend((mail.public_id, mail.status) for mail in mails)
    ),
    MessageKind("room.obsolete", lambda: None),
    MessageKind("room.broken", broken),
    MessageKind("room.forgetful", lambda: Message("Halo", "Halo\n"), settled=fail),
)
