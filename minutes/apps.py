from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MinutesConfig(AppConfig):
    name = "minutes"
    label = "minutes"
    verbose_name = _("Minutes")

    def ready(self) -> None:
        """Fills the registries of the rooms below."""
        from minutes import mails, panels
        from minutes.sealing import document_kind
        from rakor.documents.kinds import kinds as document_kinds
        from rakor.mail.kinds import kinds as message_kinds

        panels.register()
        document_kinds.add(document_kind())
        for kind in mails.kinds():
            message_kinds.add(kind)
