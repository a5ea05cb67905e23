"""The own certificate: made with the log-in password and a passphrase, renewed, revoked; what is said of it."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from rakor.audit.models import AuditEvent
from rakor.audit.moves import StaleState
from rakor.documents import certificates
from rakor.documents.models import Certificate, Tries
from rakor.mail.kinds import kinds as message_kinds
from rakor.mail.models import OutgoingMail
from tests import factories as make
from tests.documents.conftest import OTHER_PASSPHRASE, PASSPHRASE

URL = "/akun/sertifikat/"


def _entered(first=PASSPHRASE, second=None, replaces="", password=make.PASSWORD):
    return {
        "password": password,
        "passphrase1": first,
        "passphrase2": first if second is None else second,
        "replaces": replaces,
    }


def test_visitors_without_an_account_go_to_log_in(db):
    assert Client().get(URL)["Location"] == f"/masuk/?next={URL}"


def test_the_form_makes_a_certificate_of_directory_facts(cast, login):
    make.PositionFactory(agency=cast.bureau, name="Analis Kebijakan", user=cast.nia)
    answer = login(cast.nia).post(URL, _entered())
    made = Certificate.objects.get(user=cast.nia)
    assert (answer.status_code, answer["Location"]) == (302, URL)
    assert made.subject == "CN=Nia Kurniasih,2.5.4.12=Analis Kebijakan,O=Biro Perencanaan dan Kerja Sama,C=ID"


def test_the_certificate_is_sealed_at_rest(cast, nia):
    made = certificates.issue(cast.nia, passphrase=PASSPHRASE, by=nia)
    bundle = certificates.open_bundle(made)
    assert (bytes(made.sealed).startswith(b"RKR1"), bundle[:1], bundle in bytes(made.sealed)) == (True, b"\x30", False)


def test_issuing_is_audited(cast, nia):
    certificates.issue(cast.nia, passphrase=PASSPHRASE, by=nia)
    assert list(AuditEvent.objects.values_list("verb", "actor")) == [("certificate.issued", nia.actor)]


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ("pendek", None, "passphrase1"),
        ("123456789012345", None, "passphrase1"),
        (make.PASSWORD, None, "passphrase1"),
        (PASSPHRASE, OTHER_PASSPHRASE, "passphrase2"),
        ("", "", "passphrase1"),
        ("a" * 201, None, "passphrase1"),
    ],
)
def test_a_weak_or_mistyped_passphrase_is_told_at_its_field(cast, login, first, second, field):
    answer = login(cast.nia).post(URL, _entered(first, second))
    assert (answer.status_code, field in answer.context["form"].errors) == (422, True)
    assert Certificate.objects.count() == 0


def test_a_refused_passphrase_is_not_shown_again(cast, login):
    shown = login(cast.nia).post(URL, _entered(PASSPHRASE, OTHER_PASSPHRASE)).content.decode()
    assert [p for p in (PASSPHRASE, OTHER_PASSPHRASE) if p in shown] == []


# -- the log-in password -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["", "bukan kata sandi Nia", f"{make.PASSWORD} "])
def test_a_session_alone_makes_no_certificate(cast, certified, login, password):
    """Who stole the session, or found the screen open, cannot come to sign as the official."""
    present = certificates.in_force(cast.nia.pk)
    answer = login(cast.nia).post(URL, _entered(OTHER_PASSPHRASE, replaces=present.serial, password=password))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["password"])
    assert (certificates.in_force(cast.nia.pk), OutgoingMail.objects.count()) == (present, 0)


def test_for_a_wrong_password_no_key_is_made(cast, login):
    """The authority is not even opened: an RSA key costs half a second of a processor."""
    folder = certificates.settings.DATA_DIR / "authority"
    moved = folder.rename(folder.with_name("authority-aside")) if folder.exists() else None
    try:
        login(cast.nia).post(URL, _entered(password="bukan kata sandi Nia"))
        assert not folder.exists()
    finally:
        if moved:
            moved.rename(folder)


def test_the_sixth_password_is_refused_even_when_it_is_right(cast, login):
    client = login(cast.nia)
    for _try in range(5):
        client.post(URL, _entered(password="bukan kata sandi Nia"))
    answer = client.post(URL, _entered())
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["password"])
    assert Certificate.objects.count() == 0


def test_the_field_of_the_passphrase_tells_nobody_the_password(cast, login):
    """Else a thief of the session could guess there, and nobody would count."""
    answer = login(cast.nia).post(URL, _entered(make.PASSWORD, password="bukan kata sandi Nia"))
    assert list(answer.context["form"].errors) == ["password"]


def test_the_password_is_not_shown_again(cast, login):
    assert make.PASSWORD not in login(cast.nia).post(URL, _entered(PASSPHRASE, OTHER_PASSPHRASE)).content.decode()


def test_a_new_certificate_keeps_the_count_of_wrong_passphrases(cast, nia):
    make.TriesFactory(user=cast.nia, count=5)
    certificates.issue(cast.nia, passphrase=PASSPHRASE, by=nia)
    with pytest.raises(certificates.TooManyTries), certificates.counted_try(cast.nia.pk, Tries.Secret.PASSPHRASE):
        pass


def test_the_right_password_clears_its_own_count_only(cast, login):
    make.TriesFactory(user=cast.nia, count=4)
    make.TriesFactory(user=cast.nia, count=4, secret=Tries.Secret.PASSWORD)
    login(cast.nia).post(URL, _entered())
    assert list(Tries.objects.values_list("secret", "count")) == [("passphrase", 4)]


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_account_without_a_password_is_led_to_set_one(cast, login, method):
    client = login(cast.nia)
    cast.nia.set_unusable_password()
    cast.nia.save()
    client.force_login(cast.nia, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = getattr(client, method)(URL, _entered() if method == "post" else None).content.decode()
    assert ('href="/akun/sandi/baru/"' in shown, 'type="password"' in shown) == (True, False)
    assert Certificate.objects.count() == 0


# -- the mail to the holder ----------------------------------------------------------------------------------------


def _told(mail):
    return message_kinds[mail.kind].render(**mail.ids)


def test_the_holder_is_told_of_each_new_certificate_once(cast, login):
    client = login(cast.nia)
    client.post(URL, _entered())
    client.post(URL, _entered())
    first = Certificate.objects.get(user=cast.nia)
    client.post(URL, _entered(OTHER_PASSPHRASE, replaces=first.serial))
    serials = list(Certificate.objects.order_by("pk").values_list("serial", flat=True))
    assert len(serials) == 2
    assert list(OutgoingMail.objects.values_list("key", "to", "to_name")) == [
        (f"certificate_issued:{serial}", "nia@uji.example", "Nia Kurniasih") for serial in serials
    ]


def test_the_mail_says_when_and_where_to_revoke_it(cast, nia, settings):
    made = certificates.issue(cast.nia, passphrase=PASSPHRASE, by=nia)
    Certificate.objects.update(issued_at="2026-04-15T02:05:00Z")
    message = _told(OutgoingMail.objects.get())
    facts = ["Nia Kurniasih", "Rabu, 15 April 2026", "09.05 WIB", made.serial]
    places = [f"{settings.BASE_URL}{path}" for path in (URL, "/akun/sandi/")]
    assert [fact for fact in facts + places if fact not in message.text or fact not in message.html] == []


def test_the_mail_goes_out_also_when_the_certificate_is_revoked_by_then(cast, nia):
    certificates.revoke(certificates.issue(cast.nia, passphrase=PASSPHRASE, by=nia), by=nia)
    assert _told(OutgoingMail.objects.get()) is not None


def test_an_issue_that_fails_tells_nobody(cast, certified, nia):
    with pytest.raises(StaleState):
        certificates.issue(cast.nia, passphrase=OTHER_PASSPHRASE, replaces="abc", by=nia)
    assert OutgoingMail.objects.count() == 0


# -- renewed and revoked -------------------------------------------------------------------------------------------


def test_a_form_sent_twice_issues_once(cast, login):
    client = login(cast.nia)
    client.post(URL, _entered())
    again = client.post(URL, _entered())
    assert (again.status_code, Certificate.objects.count()) == (302, 1)


def test_renewing_puts_the_former_certificate_aside(cast, certified, login):
    former = Certificate.objects.get(user=cast.nia)
    login(cast.nia).post(URL, _entered(OTHER_PASSPHRASE, replaces=former.serial))
    former.refresh_from_db()
    in_force = certificates.in_force(cast.nia.pk)
    assert (former.is_in_force, in_force.serial == former.serial, in_force.is_in_force) == (False, False, True)


def test_renewing_another_than_the_present_one_is_refused(cast, certified, nia):
    with pytest.raises(StaleState):
        certificates.issue(cast.nia, passphrase=OTHER_PASSPHRASE, replaces="abc", by=nia)
    assert Certificate.objects.filter(user=cast.nia).count() == 1


def test_revoking_ends_it_and_tells_the_authority(cast, nia, login, django_capture_on_commit_callbacks):
    made = certificates.issue(cast.nia, passphrase=PASSPHRASE, by=nia)
    with django_capture_on_commit_callbacks(execute=True):
        login(cast.nia).post(URL, {"serial": made.serial})
    from cryptography import x509

    revoked = x509.load_der_x509_crl(certificates.authority().crls[0])
    assert certificates.in_force(cast.nia.pk) is None
    assert revoked.get_revoked_certificate_by_serial_number(int(made.serial, 16)) is not None


def test_nobody_revokes_the_certificate_of_another(cast, certified, login):
    login(cast.karno).post(URL, {"serial": Certificate.objects.get(user=cast.nia).serial})
    assert certificates.in_force(cast.nia.pk).is_in_force


def test_the_page_shows_subject_serial_and_validity(cast, certified, login):
    shown = login(cast.nia).get(URL).content.decode()
    made = Certificate.objects.get(user=cast.nia)
    assert all(
        text in shown
        for text in (
            "<dd>Nia Kurniasih, Analis, Biro Uji</dd>",
            made.serial,
            str(made.not_after.year),
        )
    )


def test_the_page_says_that_it_is_not_bsre(cast, login):
    assert "BSrE" in re.sub(r"\s+", " ", login(cast.nia).get(URL).content.decode())


def test_an_account_without_an_agency_is_told_what_to_do(db, login):
    answer = login(make.UserFactory()).get(URL)
    assert (answer.status_code, 'type="password"' in answer.content.decode()) == (200, False)


def test_after_making_it_one_goes_on_to_where_one_came_from(cast, login):
    answer = login(cast.nia).post(URL, _entered() | {"lanjut": "/dokumen/ABC/tanda-tangan/"})
    assert answer["Location"] == "/dokumen/ABC/tanda-tangan/"


@pytest.mark.parametrize("away", ["https://luar.example/", "//luar.example/", "javascript:alert(1)", "/\\luar.example"])
def test_one_never_goes_on_to_another_host(cast, login, away):
    answer = login(cast.nia).post(URL, _entered() | {"lanjut": away})
    assert answer["Location"] == URL


def test_the_passphrase_is_in_no_table(cast, login):
    from tests.documents.test_sign_page import _tables_with

    login(cast.nia).post(URL, _entered())
    assert _tables_with(PASSPHRASE) + _tables_with(make.PASSWORD) == []


def test_a_subject_that_cannot_be_read_is_shown_as_it_is():
    assert Certificate(subject="CN=terpotong,O").holder == "CN=terpotong,O"


def test_renewing_is_folded_while_the_certificate_is_in_force(cast, certified, login):
    client = login(cast.nia)
    shown = client.get(URL).content.decode()
    refused = client.post(URL, {"password": "salah"}).content.decode()
    Certificate.objects.filter(user=cast.nia).update(not_after=timezone.now())
    run_out = client.get(URL).content.decode()

    folded, opened = '<details class="card frame stack">', '<details class="card frame stack" open>'
    assert [(folded in page, opened in page) for page in (shown, refused, run_out)] == [
        (True, False),
        (False, True),
        (False, False),
    ]
