"""The own certificate: made with a passphrase, renewed, revoked; what the page says of it."""

import re

import pytest
from django.test import Client

from rakor.audit.models import AuditEvent
from rakor.audit.moves import StaleState
from rakor.documents import certificates
from rakor.documents.models import Certificate
from tests import factories as make
from tests.documents.conftest import OTHER_PASSPHRASE, PASSPHRASE

URL = "/akun/sertifikat/"


def _entered(first=PASSPHRASE, second=None, replaces=""):
    return {"passphrase1": first, "passphrase2": first if second is None else second, "replaces": replaces}


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
    assert all(text in shown for text in ("CN=Nia Kurniasih, T=Analis", made.serial, str(made.not_after.year)))


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
    assert _tables_with(PASSPHRASE) == []
