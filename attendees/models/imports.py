"""The rows of an uploaded list, while a person looks at what they would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.lib.access import Viewer
from rakor.lib.tokens import new_public_id

if TYPE_CHECKING:
    from attendees.importing import Outcome


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, viewer: Viewer) -> ImportQuerySet:
        """Only one's own: the file was somebody's, and nobody else has asked for it."""
        return self.filter(user_id=viewer.user_id) if viewer.user_id is not None else self.none()


class Import(models.Model):
    """A list that waits for its confirmation; the rows go once it is confirmed or given up, at the latest after a day.

    With a meeting they are its invitees, else positions of the directory.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="imports")
    meeting = models.ForeignKey("meetings.Meeting", models.CASCADE, null=True, blank=True, related_name="imports")
    headings = models.JSONField(default=dict)
    """Field → the heading that its column has in the file."""
    rows = models.JSONField(default=list)
    """[number in the sheet, {field: text}]"""
    choices = models.JSONField(default=dict)
    """What the file calls an agency → the agency that the person says it is."""
    uploaded_at = models.DateTimeField(default=timezone.now, db_index=True)
    uploaded_by = models.CharField(max_length=80)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.CharField(max_length=80, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        constraints = [
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | ~Q(applied_by=""), name="import_applied_pair"
            ),
            models.CheckConstraint(condition=Q(applied_at__isnull=True) | Q(rows=[]), name="import_applied_is_empty"),
        ]

    def __str__(self) -> str:
        return self.public_id

    def choose(self, chosen: dict[str, int]) -> None:
        """Keeps which agencies are meant (what the file says → id)."""
        self.choices = self.choices | chosen
        self.save(update_fields=["choices"])

    def apply(self, *, seen: str, by: Viewer) -> Outcome:
        """Writes all rows or none, once; see attendees.importing."""
        from attendees.importing import apply

        return apply(self, seen=seen, by=by)

    def give_up(self, **_by: Any) -> None:
        """The rows are gone; nothing was written."""
        self.delete()
