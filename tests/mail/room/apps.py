from django.apps import AppConfig


class RoomConfig(AppConfig):
    """A room that has kinds of its own, as every real room files them."""

    name = "tests.mail.room"
    label = "mailroom"

    def ready(self) -> None:
        from rakor.mail.kinds import kinds
        from tests.mail.room.mails import KINDS

        for kind in KINDS:
            kinds.add(kind)
