"""A meeting of class T, R or SR keeps its title to its own pages: mails, calendars, lists, exports, windows."""

import io
import re
import zipfile

import pytest
from django.utils import timezone

from attendees.calendar_file import calendar_file
from attendees.models import Notice
from attendees.notices import difference, facts
from rakor.mail.kinds import kinds
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.conftest import staff_meeting

TITLE = "Kasus Melati"


@pytest.fixture
def secret(cast):
    """A meeting of class R that is over, with everything of which a list may tell."""
    now = timezone.now()
    meeting = staff_meeting(cast, status="held", security="R", title=TITLE, theme=TITLE, invited_at=now, invited_by="x")
    for role in ("secretariat", "opener"):
        make.MeetingRoleFactory(meeting=meeting, role=role, user=cast.sari if role == "secretariat" else None, name="A")
    document = make.DocumentFactory(
        kind="minutes", meeting=meeting, subject=f"Notula {TITLE}", security="R", status="signed", number="NOT-1/R",
        date=timezone.localdate(), current=make.FileFactory(), prepared=make.FileFactory(),
        signed_at=now, signed_by="x",
    )  # fmt: skip
    minutes = make.MinutesFactory(
        meeting=meeting, document=document, status="signed", submitted_at=now, submitted_by="x", approved_at=now,
        approved_by="x", approved_sha256="0" * 64,
    )  # fmt: skip
    point = make.PointFactory(minutes=minutes, kind="follow_up", number=1, text=f"{TITLE}: periksa")
    make.FollowUpFactory(point=point, agency=cast.bureau, status="assigned", output=TITLE)
    return meeting


def parts(message) -> str:
    """Everything of a mail that somebody may read."""
    files = [*message.attachments, *([message.event] if message.event else [])]
    return "\n".join([message.subject, message.text, message.html, *(f.content.decode("latin-1") for f in files)])


def sheet(response) -> str:
    """All texts of an XLSX."""
    with zipfile.ZipFile(io.BytesIO(b"".join(response))) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def mails_about(meeting, by):
    """Each kind of mail about a meeting, made from ids as a worker makes it."""
    invitation = meeting.invitations.get()
    make.NoticeFactory(meeting=meeting)
    told = Notice.objects.create(meeting=meeting, number=2, kind="change", facts=facts(meeting), told_by="x")
    make.DocumentFactory(
        kind="invitation_letter", meeting=meeting, subject=f"Undangan {TITLE}", status="signed", number="UND-1/R",
        date=timezone.localdate(), current=make.FileFactory(), signed_at=timezone.now(), signed_by="x", security="R",
    )  # fmt: skip
    about = {"invitation": invitation.pk}

    def render(name, **more):
        message = kinds[name].render(**about, **more)
        return parts(message) if message is not None else None

    yield "minutes_signed", render("minutes_signed", document=meeting.documents.get(kind="minutes").pk)
    Meeting.objects.filter(pk=meeting.pk).update(status="invited")
    yield "invitation", render("invitation")
    yield "access_code", parts(kinds["access_code"].render(code=make.AccessCodeFactory(invitation=invitation).pk))
    yield "reminder", render("reminder")
    refused = make.DeputyRequestFactory(
        invitation=invitation, decision="refused", reason="Bukan pejabat", decided_at=timezone.now(), decided_by="x"
    )
    yield "deputy_refused", parts(kinds["deputy_refused"].render(request=refused.pk))
    yield "change", render("change", notice=told.pk)
    delegate = make.InvitationFactory(
        meeting=meeting, position=None, agency=invitation.agency, position_name="Staf", delegated_from=invitation,
        email="wakil@uji.example", status="accepted", mode="online", answered_at=timezone.now(), answered_by="x",
    )  # fmt: skip
    yield "delegation", parts(kinds["delegation"].render(invitation=delegate.pk))
    invitation.status, invitation.answered_at, invitation.answered_by = "delegated", timezone.now(), "x"
    invitation.save()
    yield "represented", render("represented")
    type(delegate).objects.get(pk=delegate.pk).withdraw(by=by)
    yield "withdrawn", parts(kinds["withdrawn"].render(invitation=delegate.pk))
    Meeting.objects.filter(pk=meeting.pk).update(
        status="cancelled", cancelled_at=timezone.now(), cancelled_by="x", cancel_reason=TITLE
    )
    yield "cancellation", render("cancellation")
    Meeting.objects.filter(pk=meeting.pk).update(status="invited")
    type(invitation).objects.filter(pk=invitation.pk).update(
        ended_at=timezone.now(), ended_by="x", end_reason="withdrawn"
    )
    yield "withdrawn", render("withdrawn")


NOT_ABOUT_A_MEETING = {"account.colleague_invited", "account.password_reset", "certificate_issued"}
NEVER_SENT = {"link_again"}
"""A restricted meeting has no door at which a link could be asked for."""


def test_no_mail_has_the_title(secret, cast):
    told = dict(mails_about(secret, cast.viewer(cast.sari)))

    assert set(kinds.names()) - NOT_ABOUT_A_MEETING - NEVER_SENT == set(told)
    assert {name: bool(text) and TITLE not in text for name, text in told.items()} == dict.fromkeys(told, True)


def test_no_calendar_has_the_title(secret):
    assert TITLE not in calendar_file(secret).decode()
    assert "Rapat terbatas" in calendar_file(secret).decode()


def test_no_list_and_no_export_has_the_title(secret, cast, login):
    sari, told = login(cast.sari), {}
    for path in ("/", "/rapat/", f"/rapat/?q={TITLE}", "/dokumen/", "/tindak-lanjut/"):
        page = re.sub(r'value="[^"]*"', "", sari.get(path).content.decode())  # what was typed comes back
        told[path] = (TITLE in page, "Rapat terbatas" in page or "Notula" in page)
    for path in ("/dokumen/ekspor/", "/tindak-lanjut/ekspor/"):
        text = sheet(sari.get(path))
        told[path] = (TITLE in text, secret.code in text or "Rapat terbatas" in text)

    assert told == dict.fromkeys(told, (False, True))


def test_lists_of_the_home_page_are_neutral(secret, cast, login):
    for status in ("draft", "scheduled", "in_progress"):
        staff_meeting(cast, status=status, security="SR", title=TITLE)

    assert TITLE not in login(cast.sari).get("/").content.decode()
    assert TITLE not in login(cast.nia).get("/").content.decode()


def test_verification_says_number_and_date_only(secret, client):
    document = secret.documents.get()
    type(document).objects.filter(pk=document.pk).update(security="B")

    assert TITLE not in client.get(f"/verifikasi/{document.code}/").content.decode()


def test_class_can_be_chosen_and_is_told_as_a_change(cast):
    meeting = staff_meeting(cast, status="invited")
    before = facts(meeting)
    meeting.security = "R"
    meeting.revise(["security"], by=cast.viewer(cast.sari))

    [change] = difference(before, facts(meeting), "Asia/Jakarta", open_to_read=False)
    assert (meeting.revision, change.before, change.after) == (2, "Biasa", "Rahasia")
