"""People of an agency: inviting a colleague, ending a role."""

import pytest
from django.test import Client
from django.utils.translation import override

from attendees.models import Membership
from rakor.accounts.models import User
from rakor.lib.access import Refusal
from rakor.mail.kinds import kinds
from rakor.mail.models import OutgoingMail
from tests import factories as make

TYPED = {"full_name": "Wayan Contoh", "email": "Wayan@uji.example", "role": "contact"}


@pytest.fixture
def rina(cast, login):
    """Rina's browser; she administers BP3MI Bali."""
    make.MembershipFactory(user=cast.rina, agency=cast.bali, role="agency_admin")
    return login(cast.rina)


def test_colleague_gets_an_account_and_a_role(cast, rina):
    rina.post("/instansi/BP3MI-BALI/orang/", TYPED)

    user = User.objects.get(email="wayan@uji.example")
    assert (user.full_name, user.has_usable_password(), user.zone) == ("Wayan Contoh", False, "Asia/Makassar")
    assert list(user.memberships.values_list("agency__code", "role")) == [("BP3MI-BALI", "contact")]


def test_colleague_is_told_without_a_secret_in_the_row(cast, rina):
    rina.post("/instansi/BP3MI-BALI/orang/", TYPED)

    mail = OutgoingMail.objects.get()
    user = User.objects.get(email="wayan@uji.example")
    assert (mail.kind, mail.to, mail.ids) == (
        "account.colleague_invited",
        "wayan@uji.example",
        {"user": user.pk, "invited_by": "Rina Ayu"},
    )


def test_link_of_the_mail_sets_a_password(cast, rina):
    rina.post("/instansi/BP3MI-BALI/orang/", TYPED)
    with override("id"):
        text = kinds["account.colleague_invited"].render(**OutgoingMail.objects.get().ids).text
    link = next(line for line in text.splitlines() if "/kunci/" in line).strip()

    page = Client().get(link.removeprefix("http://127.0.0.1:8000"), follow=True)

    assert page.status_code == 200
    assert "password1" in page.content.decode()


def test_colleague_twice_is_one_of_each(cast, rina):
    for _once in range(2):
        rina.post("/instansi/BP3MI-BALI/orang/", TYPED)

    assert Membership.objects.filter(user__email="wayan@uji.example").count() == 1
    assert OutgoingMail.objects.count() == 1


def test_colleague_with_an_account_keeps_name_and_password(cast, rina):
    rina.post("/instansi/BP3MI-BALI/orang/", TYPED | {"email": "CITRA@uji.example"})

    cast.citra.refresh_from_db()
    assert (cast.citra.full_name, cast.citra.has_usable_password()) == ("Citra Lestari", True)
    assert cast.citra.memberships.filter(agency=cast.bali, role="contact").exists()
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("full_name", ""),
        ("full_name", "x" * 121),
        ("email", ""),
        ("email", "bukan alamat"),
        ("role", "raja"),
        ("role", "auditor"),
    ],
)
def test_colleague_form_refuses_at_the_field(cast, rina, field, typed):
    response = rina.post("/instansi/BP3MI-BALI/orang/", TYPED | {field: typed})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not User.objects.filter(email="wayan@uji.example").exists()


def test_closed_account_is_refused_at_the_address(cast, rina):
    User.objects.filter(pk=cast.citra.pk).update(is_active=False)

    response = rina.post("/instansi/BP3MI-BALI/orang/", TYPED | {"email": "citra@uji.example"})

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["email"])


@pytest.mark.parametrize(("agency", "role"), [("bureau", "auditor"), ("bali", "auditor"), ("bali", "organiser")])
def test_an_administrator_of_the_agency_may_not_name(cast, agency, role):
    own = getattr(cast, agency)
    admin = make.MembershipFactory(agency=own, role="agency_admin").user

    with pytest.raises(Refusal):
        own.invite_colleague(full_name="A", email="a@uji.example", role=role, by=cast.viewer(admin))

    assert not Membership.objects.filter(user__email="a@uji.example").exists()


def test_administrator_of_another_agency_names_nobody(cast):
    admin = make.MembershipFactory(agency=cast.bureau, role="agency_admin").user

    with pytest.raises(Refusal):
        cast.bali.invite_colleague(full_name="A", email="a@uji.example", role="staff", by=cast.viewer(admin))


def test_a_regional_office_cannot_make_itself_organiser(cast, rina):
    response = rina.post("/instansi/BP3MI-BALI/orang/", TYPED | {"email": cast.rina.email, "role": "organiser"})

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["role"])
    assert not cast.rina.memberships.filter(role="organiser").exists()


def test_administrator_of_a_unit_of_the_ministry_names_its_organisers(cast, login):
    admin = make.MembershipFactory(agency=cast.bureau, role="agency_admin").user

    login(admin).post("/instansi/KP2MI-BIRO/orang/", TYPED | {"role": "organiser"})

    assert Membership.objects.filter(user__email="wayan@uji.example", role="organiser").exists()


def test_system_administrator_names_an_auditor(cast, login):
    login(cast.admin).post("/instansi/BP3MI-BALI/orang/", TYPED | {"role": "auditor"})

    assert Membership.objects.filter(user__email="wayan@uji.example", role="auditor").exists()


@pytest.mark.parametrize(
    ("who", "status"), [("sari", 403), ("citra", 404), ("nia", 403), ("aulia", 403), ("admin", 200)]
)
def test_people_are_managed_by_administrators(cast, meeting, login, who, status):
    assert login(getattr(cast, who)).get("/instansi/BP3MI-BALI/orang/").status_code == status


def test_people_lists_this_agency_only(cast, rina):
    members = rina.get("/instansi/BP3MI-BALI/orang/").context["members"]

    assert [(m.user.full_name, m.role) for m in members] == [("Rina Ayu", "agency_admin"), ("Rina Ayu", "contact")]


def test_role_ends(cast, rina):
    membership = cast.rina.memberships.get(role="contact")
    rina.post(f"/instansi/BP3MI-BALI/orang/{membership.pk}/akhiri/")

    membership.refresh_from_db()
    assert membership.ended_by == f"user:{cast.rina.pk}"


def test_last_administrator_stays(cast, rina):
    membership = cast.rina.memberships.get(role="agency_admin")
    rina.post(f"/instansi/BP3MI-BALI/orang/{membership.pk}/akhiri/")

    membership.refresh_from_db()
    assert membership.ended_at is None


def test_role_of_another_agency_is_not_found(cast, rina):
    membership = cast.citra.memberships.get()

    assert rina.post(f"/instansi/BP3MI-BALI/orang/{membership.pk}/akhiri/").status_code == 404
