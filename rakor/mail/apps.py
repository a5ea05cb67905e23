from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    name = "rakor.mail"
    label = "mail"
    verbose_name = _("Mail")

    def ready(self) -> None:
        """Gives the accounts a way to send, and files their kinds: they may not import this room."""
        from rakor.accounts.adapter import PostOffice, mail_hook
        from rakor.accounts.mails import KINDS
        from rakor.mail.accounts import kind_of
        from rakor.mail.kinds import kinds
        from rakor.mail.outbox import queue

        mail_hook.add(PostOffice("outbox", queue))
        for mail in KINDS:
            kinds.add(kind_of(mail))
