from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeetingsConfig(AppConfig):
    name = "rakor.meetings"
    label = "meetings"
    verbose_name = _("Meetings")

    def ready(self) -> None:
        """Fills its own registries: overview and history, and what the form alone must hold."""
        from rakor.meetings import overview

        overview.register()
