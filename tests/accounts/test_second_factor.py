"""The second factor of an account: set up, asked at log-in and before what is restricted, encrypted at rest."""

import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from tests.conftest import staff_meeting
from tests.factories import PASSWORD

HERE = "/akun/dua-langkah/"


def code_of(secret: str, *, later: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def log_in(user) -> Client:
    client = Client()
    client.post("/masuk/", {"login": user.email, "password": PASSWORD})
    return client


def set_up(client) -> str:
    """Sets the app up, after the password once more, and gives the secret that it now shares with us."""
    client.post(f"/akun/sandi/lagi/?next={HERE}aktif/", {"password": PASSWORD})
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", client.get(f"{HERE}aktif/").content.decode())[1]
    assert client.post(f"{HERE}aktif/", {"code": code_of(secret)}).url == f"{HERE}pemulihan/"
    return secret


@pytest.fixture
def nia(cast):
    """An address of this test's own: attempts are counted by it, in a cache that outlives the test."""
    cast.nia.email = f"nia.{time.time_ns()}@uji.example"
    cast.nia.save()
    return cast.nia


def test_set_up_leads_to_what_was_to_be_read(cast, nia):
    page = f"/rapat/{staff_meeting(cast, security='R', title='Kasus Melati').public_id}/"
    client = log_in(nia)

    asked = client.get(page)
    assert asked.url.startswith(f"{HERE}?next=")
    assert "aktif" in client.get(asked.url).content.decode()
    set_up(client)

    assert f'href="{page}"' in client.get(f"{HERE}pemulihan/").content.decode()
    assert "Kasus Melati" in client.get(page).content.decode()


def test_login_asks_for_the_code_of_whoever_has_one(nia):
    secret = set_up(log_in(nia))

    client = Client()
    assert client.post("/masuk/", {"login": nia.email, "password": PASSWORD}).url == f"{HERE}masuk/"
    assert "_auth_user_id" not in client.session
    assert client.post(f"{HERE}masuk/", {"code": "000000"}).status_code == 200
    assert client.post(f"{HERE}masuk/", {"code": code_of(secret, later=1)}).url == "/"


def test_recovery_code_takes_the_place_of_the_app_once(nia):
    client = log_in(nia)
    set_up(client)
    spare = re.findall(r'<code class="num">(\d{8})</code>', client.get(f"{HERE}pemulihan/").content.decode())[0]

    for leads_on in (True, False):
        other = log_in(nia)
        assert (other.post(f"{HERE}masuk/", {"code": spare}).status_code == 302) is leads_on


def test_session_of_before_is_asked_for_the_code_and_comes_back(cast, nia, login):
    page = f"/rapat/{staff_meeting(cast, security='T').public_id}/"
    before = login(nia)
    secret = set_up(log_in(nia))

    asked = before.get(page)
    again = before.get(asked.url)
    assert again.url.startswith(f"{HERE}lagi/?next=")
    assert before.post(again.url, {"code": code_of(secret, later=1)}).url == page
    assert before.get(page).status_code == 200


def test_nothing_of_the_secret_is_stored_in_the_clear(nia):
    client = log_in(nia)
    client.post("/akun/sandi/lagi/", {"password": PASSWORD})
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", client.get(f"{HERE}aktif/").content.decode())[1]
    assert secret not in json.dumps(dict(client.session))

    client.post(f"{HERE}aktif/", {"code": code_of(secret)})
    rows = json.dumps([row.data for row in Authenticator.objects.all()])
    assert (Authenticator.objects.count(), secret in rows) == (2, False)


def test_secret_of_another_key_takes_no_code(nia, settings):
    set_up(log_in(nia))
    settings.SECRET_KEY = "kunci lain " * 5

    for row in Authenticator.objects.all():
        assert not row.wrap().validate_code(code_of("A" * 32))
    [app] = Authenticator.objects.filter(type="totp")
    assert not app.wrap().validate_code(format_hotp_value(hotp_value("", int(time.time()) // 30)))


def test_switching_off_needs_the_password_again_and_closes_what_is_restricted(nia, login):
    set_up(log_in(nia))

    assert login(nia).get(f"{HERE}nonaktif/").url.startswith("/akun/sandi/lagi/")


def test_code_to_scan_is_dark_on_white_in_every_theme(nia):
    client = log_in(nia)
    client.post("/akun/sandi/lagi/", {"password": PASSWORD})

    page = client.get(f"{HERE}aktif/")
    assert 'fill="#fff"' in page.context["totp_svg"]
    assert "viewBox" in page.context["totp_svg"]


def test_no_open_redirect(nia, login):
    page = login(nia).get(f"{HERE}?next=https://jahat.example/")

    assert (page.status_code, 'href="https://jahat' in page.content.decode()) == (200, False)
    assert "second_factor_for" not in page.client.session
