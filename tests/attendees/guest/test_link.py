"""`/u/<token>`: the personal link opens the invitation and nothing else."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from attendees.models import Invitation
from rakor.lib.tokens import link_token
from tests import factories as make
from tests.attendees.guest.conftest import see, snapshot


def path_of(invitation) -> str:
    return "/u/" + link_token("invitation", invitation.public_id, invitation.link_generation)


def test_link_leads_at_once_to_an_address_without_the_token(invitation):
    response = Client().get(path_of(invitation))

    assert (response.status_code, response["Location"]) == (302, f"/undangan/{invitation.public_id}/")


def test_link_is_kept_in_the_session_with_its_generation(invitation):
    client = Client()

    client.get(path_of(invitation))

    assert client.session["links"] == {f"invitation:{invitation.public_id}": 1}


def test_link_is_kept_by_no_cache_and_named_to_no_other_page(invitation):
    response = Client().get(path_of(invitation))

    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"


def test_link_changes_no_table(invitation):
    before = snapshot()

    Client().get(path_of(invitation))

    assert snapshot() == before


def test_head_of_a_link_opens_no_session(invitation):
    client = Client()

    response = client.head(path_of(invitation))

    assert (response.status_code, Session.objects.count(), dict(client.session)) == (302, 0, {})


def test_post_to_a_link_is_refused(invitation):
    assert Client().post(path_of(invitation)).status_code == 405


@pytest.mark.parametrize("stuck", [".", ",", ")", "/", "”", "*", "?"])
def test_link_works_with_what_a_chat_stuck_to_it(invitation, stuck):
    assert Client().get(path_of(invitation) + stuck).status_code == 302


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "SALAH",
        "ABCDEFGHJKLM.salah",
        "{id}",
        "{id}.",
        "{id}.AAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "ABCDEFGHJKLM.{mac}",
        "{id}.{mac}x",
        "{id}.é",
        "a" * 500,
        "../rapat/",
    ],
)
def test_wrong_link_is_a_friendly_page_that_says_what_to_do(invitation, token):
    mac = path_of(invitation).partition(".")[2]
    client = Client()

    response = client.get("/u/" + token.format(id=invitation.public_id, mac=mac))

    assert response.status_code == 404
    assert dict(client.session) == {}
    if token:
        assert "no-store" in response["Cache-Control"]
        assert "attendees/guest/bad_link.html" in [template.name for template in response.templates]
        assert mac not in response.content.decode()


def test_link_of_another_kind_of_subject_does_not_open(invitation):
    token = link_token("signatory", invitation.public_id, 1)

    assert Client().get("/u/" + token).status_code == 404


def test_raised_generation_revokes_the_link(invitation):
    old = path_of(invitation)
    Invitation.objects.update(link_generation=2)

    assert Client().get(old).status_code == 404


def test_raised_generation_ends_a_session_that_was_open(invitation, guest):
    client = guest(invitation)
    Invitation.objects.update(link_generation=2)

    assert see(client, invitation).status_code == 404


def test_withdrawn_invitation_does_not_open(invitation, cast):
    link = path_of(invitation)
    invitation.withdraw(by=cast.viewer(cast.sari))

    assert Client().get(link).status_code == 404


def test_link_to_a_draft_does_not_open(invitation):
    type(invitation.meeting).objects.update(status="draft", published_at=None, published_by="")

    assert Client().get(path_of(invitation)).status_code == 404


def test_account_keeps_itself_and_gains_the_link(invitation, cast, login):
    client = login(cast.citra)

    client.get(path_of(invitation))
    response = see(client, invitation)

    assert response.status_code == 200
    assert response.wsgi_request.user == cast.citra
    viewer = response.wsgi_request.viewer
    assert (viewer.link_subjects, viewer.unsaid_links) == ((), (("invitation", invitation.public_id),))


def test_link_gives_the_session_a_new_key(invitation, soon):
    client = Client()
    client.get(path_of(soon.invitations.get()))
    planted = client.session.session_key

    client.get(path_of(invitation))

    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()
    assert len(client.session["links"]) == 2


def test_link_opened_again_keeps_the_session(invitation):
    client = Client()
    client.get(path_of(invitation))
    before = client.session.session_key

    client.get(path_of(invitation))

    assert client.session.session_key == before


def test_whoever_logs_in_is_not_the_guest_before(invitation, cast, guest):
    client = guest(invitation)

    client.post("/masuk/", {"login": cast.citra.email, "password": make.PASSWORD})

    assert client.session["_auth_user_id"] == str(cast.citra.pk)
    assert [name for name in ("links", "known", "zone") if name in client.session] == []
    assert see(client, invitation).status_code == 404


def test_link_gives_the_guest_the_time_zone_of_the_agency(invitation):
    client = Client()
    client.get(path_of(invitation))

    assert see(client, invitation).wsgi_request.viewer.zone == "Asia/Makassar"


def test_second_link_acts_for_its_own_invitation_only(cast, guest, invitation, soon):
    other = soon.invitations.get()
    client = guest(invitation)
    client.get(path_of(other))
    client.post(f"/undangan/{other.public_id}/kenal/", {"who": "self"})

    client.post(f"/undangan/{invitation.public_id}/jawab/", {"answer": "online"})

    invitation.refresh_from_db()
    other.refresh_from_db()
    assert (invitation.answered_by, other.status) == (f"invitation:{invitation.public_id}", "pending")


@pytest.mark.parametrize(
    "part", ["", "kenal/", "dibuka/", "jawab/", "wakil/", "gabung/", "ruang/", "keluar/", "bukan-saya/", "rapat.ics"]
)
def test_invitation_of_somebody_else_is_not_found(cast, guest, invitation, soon, part):
    stranger, address = guest(invitation), f"/undangan/{soon.invitations.get().public_id}/{part}"

    assert {stranger.get(address).status_code, stranger.post(address).status_code} <= {404, 405}


@pytest.mark.parametrize("part", ["", "jawab/", "wakil/", "gabung/", "ruang/", "keluar/", "bukan-saya/", "rapat.ics"])
def test_invitation_without_its_link_is_not_found(invitation, part):
    address = f"/undangan/{invitation.public_id}/{part}"

    assert {Client().get(address).status_code, Client().post(address).status_code} <= {404, 405}
