from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgendaConfig(AppConfig):
    name = "agenda"
    label = "agenda"
    verbose_name = _("Agenda")

    def ready(self) -> None:
        """Fills the registries of the rooms below and listens to meetings."""
        from agenda import panels
        from agenda.conduct import end_item_with_meeting
        from rakor.meetings.signals import meeting_moved

        panels.register()
        meeting_moved.connect(end_item_with_meeting, dispatch_uid="agenda.end_item_with_meeting")
