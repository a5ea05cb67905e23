"""What the organiser can do with one invitation."""

import pytest
from django.urls import reverse
from django.utils import timezone

from attendees.models import Invitation
from rakor.audit.models import AuditEvent
from rakor.mail.models import OutgoingMail
from tests import factories as make
from tests.attendees.conftest import sign


@pytest.fixture
def at(meeting, invitation):
    """`at("alamat/")`: the address of a page of Budi's invitation."""
    return lambda page="": f"/rapat/{meeting.public_id}/undangan/{invitation.public_id}/{page}"


def present(invitation) -> Invitation:
    return Invitation.objects.get(pk=invitation.pk)


def test_address_is_corrected(sari, invitation, at):
    sari.post(
        at("alamat/"),
        {"alamat-person_name": "I Made  Contoh", "alamat-email": "Made@uji.example", "alamat-phone": "0812-1111-2222"},
    )

    now = present(invitation)
    assert (now.person_name, now.email, now.phone) == ("I Made Contoh", "made@uji.example", "+6281211112222")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("email", "bukan alamat"),
        ("email", f"{'x' * 250}@uji.example"),
        ("phone", "telepon"),
        ("person_name", "x" * 121),
    ],
)
def test_address_form_refuses_at_the_field(sari, invitation, at, field, typed):
    filled = {"alamat-person_name": "Made", "alamat-email": "made@uji.example", "alamat-phone": ""}
    response = sari.post(at("alamat/"), filled | {f"alamat-{field}": typed})

    assert (response.status_code, list(response.context["address"].errors)) == (422, [field])
    assert typed in response.content.decode()
    assert present(invitation).email == "kepala.bali@uji.example"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ({"jawab-answer": "in_person"}, ("accepted", "in_person", "")),
        ({"jawab-answer": "online"}, ("accepted", "online", "")),
        ({"jawab-answer": "declined", "jawab-reason": "Cuti"}, ("declined", "", "Cuti")),
    ],
)
def test_answer_is_recorded_on_behalf(sari, cast, invitation, at, typed, answer):
    sari.post(at("jawaban/"), typed)

    now = present(invitation)
    assert (now.status, now.mode, now.reason) == answer
    assert now.answered_by == f"user:{cast.sari.pk}"


def test_deputy_is_recorded_on_behalf(sari, invitation, at):
    sari.post(
        at("jawaban/"),
        {
            "jawab-answer": "delegated",
            "jawab-name": "I Gede Wirya",
            "jawab-position": "Kepala Seksi",
            "jawab-mode": "online",
        },
    )

    assert present(invitation).delegate.person_name == "I Gede Wirya"


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({}, ["answer"]),
        ({"jawab-answer": "mungkin"}, ["answer"]),
        ({"jawab-answer": "delegated"}, ["name", "position", "mode"]),
        ({"jawab-answer": "delegated", "jawab-name": "A", "jawab-position": "B", "jawab-mode": "terbang"}, ["mode"]),
        (
            {
                "jawab-answer": "delegated",
                "jawab-name": "A",
                "jawab-position": "B",
                "jawab-mode": "online",
                "jawab-email": "x",
            },
            ["email"],
        ),
        ({"jawab-answer": "declined", "jawab-reason": "x" * 301}, ["reason"]),
    ],
)
def test_answer_form_refuses_at_the_field(sari, invitation, at, typed, fields):
    response = sari.post(at("jawaban/"), typed)

    assert (response.status_code, list(response.context["answer"].errors)) == (422, fields)
    assert present(invitation).status == "pending"


def test_answer_of_a_held_meeting_is_refused_with_a_message(sari, meeting, invitation, at):
    type(meeting).objects.update(
        status="held", started_at=meeting.starts_at, started_by="system", ended_at=meeting.ends_at, ended_by="system"
    )

    response = sari.post(at("jawaban/"), {"jawab-answer": "online"}, follow=True)

    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert present(invitation).status == "pending"


def test_delivery_by_hand_is_noted(sari, cast, letter, invitation, at):
    sari.post(at("disampaikan/"), {"cara-how": "WhatsApp"})

    now = present(invitation)
    assert (now.delivered_how, now.delivered_by_hand_by) == ("WhatsApp", f"user:{cast.sari.pk}")


@pytest.mark.parametrize("how", ["", "Merpati"])
def test_delivery_by_hand_needs_a_known_way(sari, letter, invitation, at, how):
    response = sari.post(at("disampaikan/"), {"cara-how": how})

    assert (response.status_code, list(response.context["by_hand"].errors)) == (422, ["how"])
    assert present(invitation).delivered_by_hand_at is None


def test_withdrawn_invitation_ends_its_link(sari, invitation, guest, at):
    visitor = guest(invitation)
    sari.post(at("hapus/"))

    assert present(invitation).end_reason == "withdrawn"
    assert visitor.get(f"/undangan/{invitation.public_id}/").status_code == 404


def test_text_carries_the_personal_link(sari, letter, invitation, at):
    page = sari.get(at("teks-wa/"))

    assert invitation.link in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_showing_a_link_is_on_record(sari, cast, letter, at):
    sari.get(at("teks-wa/"))

    assert AuditEvent.objects.get(verb="invitation.link_shown").actor == f"user:{cast.sari.pk}"


def test_text_waits_for_the_signed_letter(sari, invitation, at):
    page = sari.get(at("teks-wa/"))

    assert (page.status_code, invitation.link in page.content.decode()) == (200, False)


def test_manage_page_shows_no_link(sari, letter, at):
    assert "/u/" not in sari.get(at()).content.decode()


@pytest.mark.parametrize("page", ["", "teks-wa/"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("sari", 200),
        ("karno", 403),
        ("nia", 403),
        ("aulia", 403),
        ("sinta", 403),
        ("rina", 403),
        ("citra", 404),
        ("admin", 404),
    ],
)
def test_one_invitation_is_for_the_organiser(cast, login, letter, at, page, who, status):
    assert login(getattr(cast, who)).get(at(page)).status_code == status


@pytest.mark.parametrize(
    "name",
    ["invitation_remove", "invitation_resend", "invitation_address", "invitation_manual", "invitation_record_answer"],
)
@pytest.mark.parametrize(("who", "status"), [("karno", 403), ("aulia", 403), ("rina", 403), ("citra", 404)])
def test_verbs_are_for_the_organiser(cast, login, letter, meeting, invitation, name, who, status):
    url = reverse(name, args=[meeting.public_id, invitation.public_id])

    assert login(getattr(cast, who)).post(url, {"jawab-answer": "online", "cara-how": "Kurir"}).status_code == status
    now = present(invitation)
    assert (now.status, now.ended_at, now.delivered_by_hand_at) == ("pending", None, None)


def test_invitation_of_another_meeting_is_not_found(sari, cast, meeting):
    other = make.MeetingFactory(host=cast.bureau)
    sign(other)
    bait = make.InvitationFactory(meeting=other)

    assert sari.get(f"/rapat/{meeting.public_id}/undangan/{bait.public_id}/").status_code == 404


def test_manage_page_costs_little(sari, letter, at, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        sari.get(at())


# -- when the meeting is over ------------------------------------------------------------------------------------


@pytest.fixture
def over(meeting):
    """`over("held")`: the meeting in this state."""

    def _over(status):
        now = timezone.now()
        facts = {"started_at": now, "ended_at": now, "cancelled_at": now}
        names = {"started_by": "system", "ended_by": "system", "cancelled_by": "system"}
        type(meeting).objects.update(
            status=status, cancel_reason="Dialihkan", invited_at=now, invited_by="s", **facts, **names
        )
        meeting.refresh_from_db()

    return _over


@pytest.mark.parametrize("status", ["held", "closed", "cancelled"])
def test_invitation_to_what_is_over_is_not_withdrawn(sari, invitation, at, over, status):
    over(status)
    answer = sari.post(at("hapus/"), follow=True)

    assert "daftar undangannya tidak berubah lagi" in answer.content.decode()
    assert (present(invitation).ended_at, AuditEvent.objects.filter(verb="invitation.withdrawn").count()) == (None, 0)


@pytest.mark.parametrize(
    ("status", "forms"),
    [("scheduled", ["hapus/", "jawaban/", "alamat/"]), ("held", ["alamat/"]), ("closed", []), ("cancelled", [])],
)
def test_page_offers_what_the_state_allows(sari, at, over, status, forms):
    over(status)
    page = sari.get(at()).content.decode()

    assert [
        path for path in ("hapus/", "jawaban/", "alamat/", "disampaikan/") if f'action="{at(path)}"' in page
    ] == forms


@pytest.mark.parametrize(("status", "offered"), [("scheduled", True), ("held", False), ("cancelled", False)])
def test_board_offers_to_invite_until_the_meeting_is_over(sari, meeting, over, status, offered):
    over(status)
    page = sari.get(f"/rapat/{meeting.public_id}/undangan/").content.decode()

    assert (f'href="/rapat/{meeting.public_id}/undangan/tambah/"' in page) is offered


def test_address_is_corrected_after_the_meeting_for_its_minutes(sari, invitation, letter, at, over):
    over("held")
    sari.post(at("alamat/"), {"alamat-email": "baru@uji.example"})

    assert (present(invitation).email, OutgoingMail.objects.count()) == ("baru@uji.example", 0)


@pytest.mark.parametrize("status", ["closed", "cancelled"])
def test_address_is_not_corrected_when_nothing_is_sent_any_more(sari, invitation, at, over, status):
    over(status)
    answer = sari.post(at("alamat/"), {"alamat-email": "baru@uji.example"})

    assert (answer.status_code, present(invitation).email) == (422, "kepala.bali@uji.example")


def mailed(invitation, status):
    return make.OutgoingMailFactory(
        kind="invitation", subject_kind="invitation", subject_id=invitation.public_id, status=status,
        sent_at=timezone.now() if status == "sent" else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "mail", "lead"),
    [
        ("invited", "", "send"),
        ("invited", "sent", "answer"),
        ("invited", "bounced_hard", "address"),
        ("held", "sent", ""),
    ],
)
def test_primary_button_is_what_the_organiser_comes_for(sari, letter, invitation, at, over, status, mail, lead):
    over(status)
    if mail:
        mailed(invitation, mail)

    page = sari.get(at())

    assert page.context["lead"] == lead
    assert page.content.decode().count('class="btn primary"') == bool(lead)


def test_address_is_what_matters_until_the_invitations_go_out(sari, letter, invitation, at):
    assert sari.get(at()).context["lead"] == "address"


def test_answered_invitation_has_no_primary_button(sari, letter, invitation, by, at):
    invitation.respond("declined", by=by)
    mailed(invitation, "sent")

    assert sari.get(at()).context["lead"] == ""
