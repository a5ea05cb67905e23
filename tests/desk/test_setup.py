"""The first run of an installation: made once, by whoever holds the code."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils.translation import gettext as _

from attendees.models import Agency, Letterhead, Membership
from rakor.accounts.models import User
from rakor.audit.models import AuditEvent
from tests import factories as make
from tests.servers import SETTINGS

TYPED = {
    "code": SETTINGS["SETUP_CODE"],
    "ministry_name": "Kementerian Uji", "ministry_short": "KEMUJI", "unit_name": "Biro Uji", "unit_short": "BU",
    "zone": "Asia/Makassar", "lines": "KEMENTERIAN UJI\nBIRO UJI", "address": "Jalan Contoh 1", "place": "Denpasar",
    "number_pattern": "{seq}/{unit}/{year}", "unit_code": "BU", "classification": "KS.01", "full_name": "Wayan Uji",
    "email": "Wayan@uji.example", "password1": "kata-sandi-panjang-uji", "password2": "kata-sandi-panjang-uji",
}  # fmt: skip
PAGE = "/pengaturan-awal/"


def errors(answer):
    return list(answer.context["form"].errors)


@pytest.mark.parametrize("door", ["/", "/masuk/"])
def test_doors_lead_to_the_first_run(client, db, door):
    assert client.get(door).url == PAGE


@pytest.mark.parametrize("page", ["/sehat/siap/", "/panduan/", "/verifikasi/"])
def test_other_pages_stay_open_before_the_first_run(client, db, page):
    assert client.get(page).status_code == 200


def test_doors_are_doors_once_an_account_exists(client, db):
    make.UserFactory()

    assert client.get("/masuk/").status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_page_is_gone_once_an_account_exists(client, db, method):
    make.UserFactory()

    assert getattr(client, method)(PAGE, TYPED).status_code == 404


def test_first_run_makes_ministry_and_unit(client, db):
    client.post(PAGE, TYPED)

    made = list(Agency.objects.order_by("pk").values_list("code", "name", "parent__code", "zone"))
    assert made == [
        ("KEMUJI", "Kementerian Uji", None, "Asia/Makassar"),
        ("KEMUJI-BU", "Biro Uji", "KEMUJI", "Asia/Makassar"),
    ]


def test_first_run_makes_the_letterhead(client, db):
    client.post(PAGE, TYPED)

    letterhead = Letterhead.objects.get()
    assert (letterhead.agency.code, letterhead.lines, letterhead.number_pattern) == (
        "KEMUJI-BU", ["KEMENTERIAN UJI", "BIRO UJI"], "{seq}/{unit}/{year}",
    )  # fmt: skip


def test_first_organiser_organises_administers_and_runs_the_system(client, db):
    client.post(PAGE, TYPED)

    user = User.objects.get(email="wayan@uji.example", is_superuser=True)
    assert sorted(Membership.objects.filter(user=user).values_list("role", "agency__code")) == [
        ("agency_admin", "KEMUJI-BU"),
        ("organiser", "KEMUJI-BU"),
    ]


def test_first_organiser_is_logged_in(client, db):
    client.post(PAGE, TYPED)

    assert client.get("/").context["viewer"].email == "wayan@uji.example"


def test_first_organiser_may_plan_at_once(client, db):
    client.post(PAGE, TYPED)

    assert client.get("/rapat/baru/").context["form"]["zone"].value() == "Asia/Makassar"


def test_first_run_is_audited(client, db):
    client.post(PAGE, TYPED)

    assert AuditEvent.objects.filter(verb="installation.set_up").count() == 1


def test_directory_is_loaded_when_asked(client, db):
    client.post(PAGE, TYPED | {"directory": "on"})

    assert Agency.objects.filter(code="BP3MI-BALI").exists()


def test_ministry_of_the_directory_is_taken_over(client, db):
    """Setting up as KP2MI with the directory makes no second KP2MI."""
    client.post(PAGE, TYPED | {"directory": "on", "ministry_short": "KP2MI"})

    assert Agency.objects.get(name="Biro Uji").parent.code == "KP2MI"


WRONG = [
    ("ministry_name", ""), ("ministry_name", "x" * 201), ("ministry_short", ""), ("unit_name", ""), ("lines", " \n "),
    ("lines", "A\nB\nC\nD\nE\nF"), ("zone", "Europe/Berlin"), ("number_pattern", "tanpa nomor"),
    ("number_pattern", "{seq"), ("number_pattern", "{rahasia}{seq}"), ("full_name", ""), ("email", "bukan surel"),
    ("password1", "pendek"), ("password1", ""), ("password2", "kata-sandi-yang-lain"), ("unit_code", ""),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_bad_input_is_refused_at_its_field(client, db, field, value):
    change = {field: value} if field != "password1" or not value else {"password1": value, "password2": value}

    assert errors(client.post(PAGE, TYPED | change)) == [field]


def test_bad_input_loses_nothing(client, db):
    form = client.post(PAGE, TYPED | {"email": "bukan surel"}).context["form"]

    assert {name: form[name].value() for name in TYPED} == TYPED | {"email": "bukan surel"}


def test_bad_input_makes_nothing(client, db):
    client.post(PAGE, TYPED | {"email": "bukan surel"})

    assert (Agency.objects.count(), User.objects.count()) == (0, 0)


# -- the code ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["", "tebakan"])
def test_nothing_is_made_without_the_code(client, db, code):
    client.post(PAGE, TYPED | {"code": code})

    assert (Agency.objects.count(), User.objects.count()) == (0, 0)


def test_wrong_code_is_refused_at_its_field(client, db):
    answer = client.post(PAGE, TYPED | {"code": "tebakan"})

    assert answer.context["form"].errors["code"] == [_("This is not the set-up code of this installation.")]


@pytest.fixture
def production(settings):
    settings.TESTING = settings.DEBUG = settings.DEMO = False
    settings.SETUP_CODE = ""


def test_production_without_code_says_where_to_set_it(client, db, production):
    assert "SETUP_CODE" in client.get(PAGE).content.decode()


def test_production_without_code_makes_nothing(client, db, production):
    answer = client.post(PAGE, TYPED)

    assert (answer.status_code, User.objects.count()) == (403, 0)


# -- the race ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_of_two_first_runs_wins():
    barrier = threading.Barrier(2)

    def run(email):
        barrier.wait()
        Client().post(PAGE, TYPED | {"email": email})
        connection.close()

    threads = [threading.Thread(target=run, args=[email]) for email in ("a@uji.example", "b@uji.example")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (User.objects.count(), Agency.objects.count()) == (1, 2)
