"""Invitations leave the house: only with a signed letter, each once, the new ones when it is done again."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import Count, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.letters import letter_in_force, letter_of
from attendees.models import Invitation
from attendees.models.invitations import KIND, InvitationQuerySet
from attendees.notices import note_invited
from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer
from rakor.live.publish import publish
from rakor.mail.models import OutgoingMail, Run
from rakor.mail.outbox import addressed, cancel, queue_all
from rakor.mail.reasons import reason
from rakor.meetings.models import Meeting

MAILS = ("invitation", "delegation", "link_again")
"""The kinds of mail that bring a personal link."""

_UNSIGNED = _("The invitation letter is not signed yet. An unsigned letter is never sent.")
_MISSING = {
    "": _("The invitation letter is missing. Compose it first."),
    "draft": _UNSIGNED,
    "in_verification": _UNSIGNED,
    "numbered": _("The invitation letter has its number; its paper is being made."),
    "awaiting_signature": _("The invitation letter still waits for its signature."),
}


def check_sendable(meeting: Meeting) -> None:
    """Nothing when invitations may leave now; else a Refusal that says what is missing."""
    if meeting.is_over or meeting.status == "postponed":
        raise Refusal(_("The meeting is over or has no date at the moment; nothing can be sent."))
    if not meeting.is_published:
        raise Refusal(_("Publish the meeting first; until then no personal link works."))
    letter = letter_of(meeting)
    if letter is None or not letter.is_in_force:
        raise Refusal(_MISSING[letter.status if letter else ""])


def not_sent_yet(*meetings: Meeting) -> InvitationQuerySet:
    """Invitations to these with an address, for which no mail has left or waits and that nobody delivered by hand.

    An address that a server has refused before is not used again until somebody has corrected or confirmed it.
    """
    mail = OutgoingMail.objects.filter(kind="invitation").exclude(status="cancelled").latest_about(KIND)
    rows = Invitation.objects.filter(meeting__in=meetings, delivered_by_hand_at__isnull=True).active().addressed()
    # A value looked up by each row's index: as EXISTS it is joined in a loop over all mails while statistics are young.
    unsent = rows.exclude(email="").alias(mail=Subquery(mail.values("pk")[:1])).filter(mail__isnull=True)
    return unsent.with_refusal().filter(refused_at=None).in_protocol_order()


def send_invitations(meeting: Meeting, *, by: Viewer) -> int:
    """Queues a personal mail to everybody who has none yet; how many those are. The letter counts as distributed.

    A second call queues only what came since; without anybody to send to it is refused.
    """
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
        check_sendable(meeting)
        waiting = list(not_sent_yet(meeting).only("public_id", "email", "person_name", "position_name"))
        if not waiting:
            raise Refusal(_("Everybody with an address has been sent the invitation already."))
        numbers = _numbers(waiting)
        run = Run.objects.create(subject=meeting.public_id, started_by=by.actor)
        queue_all(_mail(one, "invitation", numbers[one.public_id] + 1, run) for one in waiting)
        record("invitations.queued", target=meeting, by=by, meeting=meeting, new=str(len(waiting)))
        _went_out(meeting, by=by)
        publish(meeting.channel, "answers")
    return len(waiting)


def paused_run(meeting: Meeting) -> Run | None:
    """The meeting's sending that waits for a decision, because too many addresses were refused."""
    return Run.objects.filter(subject=meeting.public_id, status="paused").first()


def paused_at(meeting: Meeting) -> dict[str, Any] | None:
    """Of the paused sending what it asks about: `done`, `refused`, `held`, and `reasons` as (sentence, how many)."""
    mails = OutgoingMail.objects.filter(run__subject=meeting.public_id, run__status="paused").order_by()
    counted = list(mails.values_list("status", "reply").annotate(count=Count("pk")))
    if not counted:
        return None
    states, reasons = Counter[str](), Counter[str]()
    for status, reply, count in counted:
        states[status] += count
        if status == "bounced_hard":
            reasons[str(reason(reply))] += count
    refused = states["bounced_hard"]
    return {
        "done": states["sent"] + refused, "refused": refused, "held": states["held"], "reasons": reasons.most_common()
    }  # fmt: skip


def decide(meeting: Meeting, *, goes_on: bool, by: Viewer) -> int:
    """Lets the paused sending go on, or ends it: then what was held counts as not sent. How many mails those are."""
    with transaction.atomic():
        run = paused_run(meeting)
        if run is None:
            raise Refusal(_("No sending is paused at the moment."))
        count = run.go_on(by=by) if goes_on else run.stop(by=by)
        verb = "invitations.resumed" if goes_on else "invitations.stopped"
        record(verb, target=meeting, by=by, meeting=meeting, new=str(count))
        publish(meeting.channel, "answers")
    return count


def stop_paused(meeting: Meeting, *, by: Viewer) -> None:
    """Of a meeting that is off, postponed or over nothing is held for later."""
    for run in Run.objects.filter(subject=meeting.public_id, status="paused"):
        run.stop(by=by)


def deliver_by_hand(invitation: Invitation, how: str, *, by: Viewer) -> None:
    """Notes that the letter and the personal link were handed over by WhatsApp, courier or in person."""
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update().get(pk=invitation.meeting_id)
        check_sendable(meeting)
        invitation.record_by_hand(how, by=by)
        _went_out(meeting, by=by)


def resend(invitation: Invitation, *, by: Viewer) -> None:
    """Sends just this one again, once the mail before has come to its end."""
    with transaction.atomic():
        present = Invitation.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=invitation.pk)
        _check_reachable(present)
        mails = _mails(present)
        if mails and mails[0].status == "held":
            raise Refusal(_("The sending is paused. Let it go on or end it first."))
        if mails and mails[0].status in {"queued", "sending", "bounced_soft"}:
            raise Refusal(_("The mail before is still on its way; it is tried again by itself."))
        queue_all([_mail(present, _kind(present), len(mails) + 1)])
        record("invitation.resent", target=present, by=by, meeting=present.meeting)
        _went_out(present.meeting, by=by)
        publish(present.meeting.channel, "answers")


def correct_address(
    invitation: Invitation, *, email: str, phone: str, person_name: str, keep_in_directory: bool, by: Viewer
) -> bool:
    """Saves the contact; with a new e-mail address the invitation is sent to it. True when a mail was queued.

    What waited for the old address is withdrawn, and a link that had reached it stops working.
    """
    with transaction.atomic():
        rows = Invitation.objects.select_for_update(of=("self",)).select_related("meeting", "position")
        present = rows.get(pk=invitation.pk)
        if present.ended_at is not None:
            raise Refusal(_("This invitation is no longer in force."))
        if present.meeting.status in {"closed", "cancelled"}:
            raise Refusal(_("Nothing is sent to the invitees of this meeting any more. Correct the directory instead."))
        wanted = {"email": email, "phone": phone, "person_name": person_name}
        changed = [name for name, value in wanted.items() if getattr(present, name) != value]
        mails = _mails(present)
        if "email" in changed:
            for kind in (_kind(present), "link_again"):
                cancel(by=by, about=(KIND, present.public_id), kind=kind)
            mails = _mails(present)
            if any(mail.status in {"queued", "sending", "bounced_soft"} for mail in mails):
                raise Refusal(_("A mail to the old address is being sent at this moment. Try again in a minute."))
            if any(mail.status == "sent" or mail.maybe_twice for mail in mails):
                present.link_generation += 1
                changed.append("link_generation")
        for name, value in wanted.items():
            setattr(present, name, value)
        present.address_checked_at, present.address_checked_by = timezone.now(), by.actor
        present.save(update_fields=[*changed, "address_checked_at", "address_checked_by"])
        if changed:
            record(
                "invitation.address_corrected", target=present, by=by, meeting=present.meeting, fields=tuple(changed)
            )
        if keep_in_directory and present.position is not None and present.delegated_from_id is None:
            if email and present.position.email == email:
                present.position.confirm_email(by=by)
            present.position.change(by=by, email=email, phone=phone)
        goes_out = present.meeting.invited_at is not None and not present.meeting.is_over  # later only the minutes do
        send = "email" in changed and bool(email) and goes_out
        if send:
            _check_reachable(present)
            queue_all([_mail(present, _kind(present), len(mails) + 1)])
        publish(present.meeting.channel, "answers")
    return send


def _went_out(meeting: Meeting, *, by: Viewer) -> None:
    """The first invitation that leaves moves the meeting to invited and the letter to distributed."""
    if meeting.status == "scheduled":
        meeting.invitations_went_out(by=by)
    note_invited(meeting, by=by)
    letter = letter_in_force(meeting)
    if letter is not None and letter.status == "signed":
        letter.distribute(by=by)


def _check_reachable(invitation: Invitation) -> None:
    if invitation.ended_at is not None:
        raise Refusal(_("This invitation is no longer in force."))
    if not invitation.email:
        raise Refusal(_("There is no e-mail address. Enter one, or deliver the invitation by hand."))
    check_sendable(invitation.meeting)


def _kind(invitation: Invitation) -> str:
    return "delegation" if invitation.delegated_from_id else "invitation"


def _mails(invitation: Invitation) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.about(KIND, [invitation.public_id]).filter(kind__in=MAILS))


def _numbers(invitations: list[Invitation]) -> Counter[str]:
    """How many mails were made for each already, those that were not needed in the end."""
    mails = OutgoingMail.objects.about(KIND, [invitation.public_id for invitation in invitations])
    return Counter(mails.filter(kind__in=MAILS).values_list("subject_id", flat=True))


def _mail(invitation: Invitation, kind: str, number: int, run: Run | None = None) -> OutgoingMail:
    suffix = f":{number}" if kind == "invitation" or number > 1 else ""
    return addressed(
        kind,
        key=f"{kind}:{invitation.public_id}{suffix}",
        to=invitation.email,
        to_name=invitation.person_name or invitation.position_name,
        ids={"invitation": invitation.pk},
        about=(KIND, invitation.public_id),
        run=run,
    )
