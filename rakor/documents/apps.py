from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    name = "rakor.documents"
    label = "documents"
    verbose_name = _("Documents")

    def ready(self) -> None:
        """Files this room's messages."""
        from rakor.documents import mails
        from rakor.mail.kinds import kinds

        for kind in mails.kinds():
            kinds.add(kind)
