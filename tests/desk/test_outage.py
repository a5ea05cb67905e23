"""While the database is away: an honest 503; after its restart nobody meets a dead connection."""

import threading
import time

import pytest
from django.db import connection
from django.test import Client

from rakor.accounts.models import User
from tests.factories import PASSWORD
from tests.faults.connections import end_all, ends_at


@pytest.fixture
def visitor():
    yield Client(raise_request_exception=False)
    connection.close()  # which a server does at the end of a request and the test's client does not


def test_page_says_that_rakor_is_being_restarted(visitor, no_database):
    answer = visitor.get("/")

    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    assert "Rakor sedang dimulai ulang" in answer.text
    assert '<html lang="id">' in answer.text
    assert 'data-again="/sehat/siap/"' in answer.text
    assert "style-src 'self'" in answer["Content-Security-Policy"]


def test_page_follows_the_language_cookie(visitor, no_database):
    visitor.cookies["django_language"] = "en"

    answer = visitor.get("/")

    assert "Rakor is being restarted" in answer.text
    assert '<html lang="en">' in answer.text


@pytest.mark.parametrize("sends", [False, True])
@pytest.mark.parametrize(("chosen", "other"), [("id", "en"), ("en", "id")])
def test_page_says_it_in_the_other_language_too(visitor, no_database, chosen, other, sends):
    """A switch would need another request, and lead away from what was typed."""
    visitor.cookies["django_language"] = chosen

    answer = visitor.post("/masuk/", {"login": "x"}) if sends else visitor.get("/")
    first, _tag, second = answer.text.partition(f'<section class="stack s muted" lang="{other}">')

    title = {"id": "Rakor sedang dimulai ulang", "en": "Rakor is being restarted"}
    assert (f"<h1>{title[chosen]}</h1>" in first, f"<h2>{title[other]}</h2>" in second) == (True, True)
    assert ("go back and send it again" in answer.text, "kembalilah dan kirim lagi" in answer.text) == (sends, sends)


def test_form_is_asked_for_again(visitor, no_database):
    answer = visitor.post("/masuk/", {"login": "sari@uji.example", "password": "x"})

    assert answer.status_code == 503
    assert "kembalilah dan kirim lagi" in answer.text
    assert "data-again" not in answer.text
    assert "sari@uji.example" not in answer.text


def test_program_is_answered_with_json(visitor, no_database):
    visitor.cookies["sessionid"] = "x" * 32

    answer = visitor.post("/akun/", {"full_name": "x"}, headers={"accept": "application/json"})

    assert (answer.status_code, answer["Content-Type"], answer["Retry-After"]) == (503, "application/json", "5")
    assert list(answer.json()) == ["reason"]


@pytest.mark.django_db(transaction=True)
def test_page_is_read_again_when_the_database_goes_away_in_its_midst(visitor, cast):
    visitor.force_login(cast.sari, backend="allauth.account.auth_backends.AuthenticationBackend")

    with ends_at('FROM "meetings_meeting"'):
        answer = visitor.get("/rapat/")

    assert answer.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_form_is_not_sent_again_when_the_database_goes_away_in_its_midst(visitor, cast):
    visitor.force_login(cast.sari, backend="allauth.account.auth_backends.AuthenticationBackend")

    with ends_at('UPDATE "accounts_user"'):
        answer = visitor.post("/akun/", {"full_name": "Nama Lain", "zone": "Asia/Jakarta"})

    connection.close()
    assert answer.status_code == 503
    assert User.objects.get(pk=cast.sari.pk).full_name == "Sari Wulandari"


@pytest.mark.django_db(transaction=True)
def test_session_that_cannot_be_kept_is_no_bad_request(visitor, cast):
    with ends_at('UPDATE "django_session"'):
        answer = visitor.post("/masuk/", {"login": cast.sari.email, "password": PASSWORD})

    assert answer.status_code == 503


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls("tests.desk.urls")
def test_fault_of_ours_stays_a_500(visitor):
    assert visitor.get("/rusak/").status_code == 500


@pytest.mark.django_db(transaction=True)
def test_restart_leaves_no_dead_connection_to_meet(visitor, cast):
    """Ten connections lie in the pool when the server ends them all; the next visitor does not feel it."""
    pool = connection.pool
    connection.close()
    held = [pool.getconn() for _ in range(pool.max_size)]
    for one in held:
        pool.putconn(one)
    end_all()

    began = time.monotonic()
    answers = {visitor.get("/masuk/").status_code for _ in range(3)}

    assert answers == {200}
    assert time.monotonic() - began < 3


def test_busy_pool_is_waited_for_longer_than_one_that_cannot_connect(visitor, cast, impatient_pool):
    connection.close()
    held = [impatient_pool.getconn() for _ in range(impatient_pool.max_size)]
    release = threading.Timer(2.5, lambda: [impatient_pool.putconn(one) for one in held])
    release.start()

    answer = visitor.get("/masuk/?next=/rapat/")
    release.join()

    assert answer.status_code == 200
