"""Log-in, password, profile and language, as people meet them."""

import re

import pytest
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from rakor.accounts.models import User
from rakor.accounts.views import forbidden
from rakor.lib.access import NOBODY, Refusal
from rakor.lib.tokens import new_public_id
from rakor.mail.kinds import kinds
from rakor.mail.models import OutgoingMail
from tests.factories import PASSWORD, UserFactory

NEW = "sandi-baru-yang-panjang"


@pytest.fixture
def sari(db):
    """A fresh address in every test: attempts are counted by address, in a cache that outlives the test."""
    return UserFactory(email=f"sari.{new_public_id()}@uji.example".lower(), full_name="Sari Wulandari")


def message(mail: OutgoingMail):
    """What this mail will say."""
    return kinds[mail.kind].render(**mail.ids)


def reset_link(client: Client, user: User) -> str:
    """The path in the mail that a request for a new password sends."""
    client.post("/akun/lupa-sandi/", {"email": user.email})
    return re.search(r"https?://[^/\s]+(/akun/lupa-sandi/kunci/\S+)", message(OutgoingMail.objects.get()).text)[1]


def errors(response) -> list[str]:
    """The sentences at the fields and in the summary, without markup."""
    text = response.content.decode()
    found = re.findall(r'<p class="error">.*?<span>(.*?)</span>', text, re.S)
    summary = re.search(r'role="alert".*?</div>', text, re.S)
    return found + re.findall(r"<p>([^<]+)</p>", summary[0] if summary else "")


# -- log-in ------------------------------------------------------------------------------------------------------


def test_login_with_email_in_any_case_opens_a_session(client, sari):
    response = client.post("/masuk/", {"login": sari.email.upper(), "password": PASSWORD})

    assert (response.status_code, response.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(sari.pk)


def test_login_wrong_password_says_so_and_keeps_the_address(client, sari):
    response = client.post("/masuk/", {"login": sari.email, "password": "salah"})

    assert len(errors(response)) == 1
    assert f'value="{sari.email}"' in response.content.decode()
    assert "salah" not in response.content.decode()


def test_login_unknown_address_answers_like_a_wrong_password(client, sari):
    wrong = client.post("/masuk/", {"login": sari.email, "password": "salah"})
    unknown = client.post("/masuk/", {"login": "tidak.ada@uji.example", "password": "salah"})

    assert errors(unknown) == errors(wrong)


def test_login_empty_says_so_at_both_fields(client, db):
    response = client.post("/masuk/", {"login": "", "password": ""})

    assert re.findall(r'id="(id_\w+_error)"', response.content.decode()) == ["id_login_error", "id_password_error"]


def test_login_sixth_wrong_password_closes_the_door_for_this_address(client, sari):
    for _ in range(5):
        client.post("/masuk/", {"login": sari.email, "password": "salah"}, REMOTE_ADDR="203.0.113.1")

    response = client.post("/masuk/", {"login": sari.email, "password": PASSWORD}, REMOTE_ADDR="203.0.113.2")

    assert "_auth_user_id" not in client.session
    assert len(errors(response)) == 1


def test_login_thirty_first_attempt_of_one_machine_answers_429(client, db):
    for _ in range(30):
        client.post("/masuk/", {"login": "", "password": ""}, REMOTE_ADDR="203.0.113.3")

    response = client.post("/masuk/", {"login": "", "password": ""}, REMOTE_ADDR="203.0.113.3")

    assert response.status_code == 429
    assert "<h1>" in response.content.decode()


def test_login_inactive_account_is_told_so(client, sari):
    User.objects.filter(pk=sari.pk).update(is_active=False)

    response = client.post("/masuk/", {"login": sari.email, "password": PASSWORD})

    assert response.url == "/akun/nonaktif/"
    assert client.get(response.url).status_code == 200


def test_signup_does_not_exist():
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


def test_logout_get_only_asks(login, sari):
    client = login(sari)

    response = client.get("/keluar/")

    assert response.status_code == 200
    assert client.session["_auth_user_id"] == str(sari.pk)


def test_logout_post_ends_the_session(login, sari):
    client = login(sari)

    response = client.post("/keluar/")

    assert response.url == "/masuk/"
    assert "_auth_user_id" not in client.session


# -- a forgotten password ------------------------------------------------------------------------------------------


def test_reset_queues_ids_and_no_link(client, sari):
    response = client.post("/akun/lupa-sandi/", {"email": sari.email})

    assert response.url == "/akun/lupa-sandi/terkirim/"
    assert list(OutgoingMail.objects.values_list("kind", "to", "ids")) == [
        ("account.password_reset", sari.email, {"user": sari.pk})
    ]


def test_reset_pressed_twice_sends_once(client, sari):
    client.post("/akun/lupa-sandi/", {"email": sari.email})
    client.post("/akun/lupa-sandi/", {"email": sari.email})

    assert OutgoingMail.objects.count() == 1


def test_reset_unknown_address_answers_the_same_and_sends_nothing(client, db):
    response = client.post("/akun/lupa-sandi/", {"email": "tidak.ada@uji.example"})

    assert response.url == "/akun/lupa-sandi/terkirim/"
    assert OutgoingMail.objects.count() == 0


def test_reset_link_leads_to_an_address_without_the_key(client, sari):
    path = reset_link(client, sari)

    response = client.get(path)

    assert response.status_code == 302
    assert response.url == re.sub(r"(kunci/[0-9a-z]+)-.*", r"\1-set-password/", path)


def test_reset_chooses_a_password_that_logs_in(client, sari):
    form = client.get(reset_link(client, sari)).url

    done = client.post(form, {"password1": NEW, "password2": NEW})

    assert done.url == "/akun/lupa-sandi/selesai/"
    assert client.post("/masuk/", {"login": sari.email, "password": NEW}).url == "/"


def test_reset_link_works_once(client, sari):
    path = reset_link(client, sari)
    client.post(client.get(path).url, {"password1": NEW, "password2": NEW})

    response = Client().get(path)

    assert response.status_code == 200
    assert response.context["token_fail"] is True


def test_reset_two_different_passwords_say_so_at_the_second(client, sari):
    form = client.get(reset_link(client, sari)).url

    response = client.post(form, {"password1": NEW, "password2": "lain-sekali-juga"})

    assert re.findall(r'id="(id_\w+_error)"', response.content.decode()) == ["id_password2_error"]


def test_reset_mail_of_a_closed_account_is_not_sent(client, sari):
    client.post("/akun/lupa-sandi/", {"email": sari.email})
    User.objects.filter(pk=sari.pk).update(is_active=False)

    assert message(OutgoingMail.objects.get()) is None


@pytest.mark.parametrize("kind", ["account.password_reset", "account.colleague_invited"])
def test_mail_says_the_same_as_text_and_html(sari, kind):
    mail = kinds[kind].render(user=sari.pk)

    links = [set(re.findall(r"http://[^\s\"<]+/kunci/[^\s\"<]+", part)) for part in (mail.text, mail.html)]
    assert len(links[0]) == 1
    assert links[0] == links[1]
    assert "style=" not in mail.html


# -- password, profile, language -----------------------------------------------------------------------------------


def test_change_password_wrong_present_one_says_so_at_its_field(login, sari):
    response = login(sari).post("/akun/sandi/", {"oldpassword": "salah", "password1": NEW, "password2": NEW})

    assert re.findall(r'id="(id_\w+_error)"', response.content.decode()) == ["id_oldpassword_error"]


def test_change_password_leads_back_to_the_profile(login, sari):
    response = login(sari).post("/akun/sandi/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    sari.refresh_from_db()
    assert response.url == "/akun/"
    assert sari.check_password(NEW)


@pytest.mark.parametrize("password", ["pendek", "123456789012345", "Sari Wulandari"])
def test_change_password_weak_one_is_refused_at_its_field(login, sari, password):
    response = login(sari).post("/akun/sandi/", {"oldpassword": PASSWORD, "password1": password, "password2": password})

    assert re.findall(r'id="(id_\w+_error)"', response.content.decode()) == ["id_password1_error"]


def test_profile_asks_strangers_to_log_in(client, db):
    assert client.get("/akun/").url == "/masuk/?next=/akun/"


def test_profile_saves_name_and_zone(login, sari):
    response = login(sari).post("/akun/", {"full_name": "Sari Wulandari, S.Sos.", "zone": "Asia/Jayapura"})

    sari.refresh_from_db()
    assert (response.url, sari.full_name, sari.zone) == ("/akun/", "Sari Wulandari, S.Sos.", "Asia/Jayapura")


@pytest.mark.parametrize(
    ("name", "zone", "field"),
    [("", "Asia/Jakarta", "full_name"), ("x" * 121, "Asia/Jakarta", "full_name"), ("Sari", "Europe/Paris", "zone")],
)
def test_profile_bad_entry_is_refused_at_its_field_and_changes_nothing(login, sari, name, zone, field):
    response = login(sari).post("/akun/", {"full_name": name, "zone": zone})

    sari.refresh_from_db()
    assert response.status_code == 422
    assert re.findall(r'id="id_(\w+)_error"', response.content.decode()) == [field]
    assert (sari.full_name, sari.zone) == ("Sari Wulandari", "Asia/Jakarta")


def test_language_ignores_the_browser_and_follows_the_choice(client, db):
    before = client.get("/masuk/", headers={"accept-language": "en"})
    chosen = client.post("/bahasa/", {"language": "en", "next": "/masuk/"})
    after = client.get("/masuk/")

    assert chosen.url == "/masuk/"
    assert [r.headers["Content-Language"] for r in (before, after)] == ["id", "en"]


def test_language_get_changes_nothing(client, db):
    client.get("/bahasa/?language=en&next=/masuk/")

    assert "django_language" not in client.cookies


def test_language_never_leads_to_another_host(client, db):
    response = client.post("/bahasa/", {"language": "en", "next": "https://lain.example/"})

    assert response.url == "/"


# -- refusals --------------------------------------------------------------------------------------------------------


def test_forbidden_shows_the_sentence_of_the_refusal(db):
    request = RequestFactory().get("/")
    request.viewer = NOBODY

    response = forbidden(request, Refusal("Hanya sekretariat yang boleh mengirim undangan."))

    assert response.status_code == 403
    assert "Hanya sekretariat yang boleh mengirim undangan." in response.content.decode()


def test_unknown_address_answers_404_with_what_to_try(client, db):
    response = client.get("/tidak-ada/")

    assert response.status_code == 404
    assert response.content.decode().count("<h1>") == 1


def test_stale_form_answers_with_how_not_to_lose_the_text(sari):
    client = Client(enforce_csrf_checks=True)

    response = client.post("/masuk/", {"login": sari.email, "password": PASSWORD})

    assert response.status_code == 403
    assert "403_csrf.html" in [template.name for template in response.templates]


@pytest.mark.parametrize("address", ["/", "/rapat/", "/akun/", "/tindak-lanjut/", "/tidak-ada/"])
def test_pages_of_an_account_are_kept_by_no_cache(cast, login, address):
    assert login(cast.sari).get(address)["Cache-Control"] == "private, no-store"


def test_pages_for_anybody_may_be_kept(db, client):
    assert "Cache-Control" not in client.get("/verifikasi/")


@pytest.mark.parametrize("page", ["/akun/nonaktif/", "/akun/lupa-sandi/terkirim/"])
def test_dead_end_has_a_button_that_leads_out_of_it(db, page):
    assert re.search(r'<a class="btn [^"]*" href="/masuk/">', Client().get(page).content.decode())
