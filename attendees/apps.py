from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendeesConfig(AppConfig):
    name = "attendees"
    label = "attendees"
    verbose_name = _("Attendees")

    def ready(self) -> None:
        """Fills the registries of the rooms below and listens to meetings."""
        from django.contrib.auth.signals import user_logged_in

        from attendees import panels, signals  # noqa: F401
        from attendees.access import directory_opens
        from attendees.devices import forget_links
        from attendees.letters import LetterAttachment, attachments, invitee_list, letter_kind
        from attendees.links import invitation_kind, link_kinds
        from attendees.mails import KINDS
        from rakor.accounts.context import Door, doors
        from rakor.documents.kinds import kinds as document_kinds
        from rakor.mail.kinds import kinds as message_kinds

        user_logged_in.connect(forget_links)
        doors.add(Door("agency_list", directory_opens))
        link_kinds.add(invitation_kind())
        document_kinds.add(letter_kind())
        attachments.add(LetterAttachment("invitees", 10, invitee_list, _("List of invitees")))
        for kind in KINDS:
            message_kinds.add(kind)
        panels.register()
