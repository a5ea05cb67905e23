"""A guest who meets a page that is not there, or not for him, is led back to the own invitation."""

import pytest
from django.test import Client

from tests.attendees.guest.conftest import see

AGAIN = "Kembali ke undangan"


@pytest.mark.parametrize("known", [True, False])
def test_guest_is_led_back_from_a_page_that_is_not_there(guest, today, known):
    answer = guest(today, known=known).get("/rapat/TIDAKADATIDA/")

    assert answer.status_code == 404
    assert f'<a class="btn primary" href="/undangan/{today.public_id}/">{AGAIN}</a>' in answer.content.decode()


def test_guest_is_led_to_the_invitation_opened_last(guest, today, cast):
    from tests.conftest import staff_meeting

    client, later = guest(today), staff_meeting(cast).invitations.get()
    client.get(f"/u/{later.link.rpartition('/u/')[2]}")

    assert f'href="/undangan/{later.public_id}/">{AGAIN}' in client.get("/tidak-ada/").content.decode()


def test_way_back_opens(budi, today):
    assert see(budi, today).status_code == 200


def test_stranger_and_account_are_led_to_the_first_page(cast, login):
    pages = [client.get("/tidak-ada/").content.decode() for client in (Client(), login(cast.sinta))]

    assert [(AGAIN in page, 'class="btn primary" href="/"' in page) for page in pages] == [(False, True)] * 2
