from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendeesConfig(AppConfig):
    name = "attendees"
    label = "attendees"
    verbose_name = _("Attendees")

    def ready(self) -> None:
        """Fills the registries of the rooms below and listens to meetings."""
        from attendees import signals  # noqa: F401
        from attendees.links import invitation_kind, link_kinds

        link_kinds.add(invitation_kind())
