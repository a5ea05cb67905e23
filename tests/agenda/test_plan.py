"""The working copy: adding, timing, moving, dropping, and who may."""

from datetime import timedelta

import pytest
from django.urls import reverse

from agenda.models import AgendaItem, timed
from rakor.audit.models import AuditEvent
from tests import factories as make

FORM = {"title": "Paparan Kemenlu", "kind": "presentation", "minutes": "45", "owner": "Direktur PWNI", "note": ""}


def add(client, meeting, **changes):
    return client.post(reverse("agenda_item_create", args=[meeting.public_id]), FORM | changes)


def test_items_follow_each_other(meeting):
    make.AgendaItemFactory(meeting=meeting, order=1, minutes=30)
    make.AgendaItemFactory(meeting=meeting, order=2, minutes=60)
    assert [(r["starts_at"] - meeting.starts_at, r["ends_at"] - meeting.starts_at) for r in timed(meeting)] == [
        (timedelta(0), timedelta(minutes=30)),
        (timedelta(minutes=30), timedelta(minutes=90)),
    ]


def test_pinned_start_holds_and_the_rest_follows(meeting):
    make.AgendaItemFactory(meeting=meeting, order=1, minutes=30)
    make.AgendaItemFactory(meeting=meeting, order=2, minutes=15, starts_at=meeting.starts_at + timedelta(hours=1))
    make.AgendaItemFactory(meeting=meeting, order=3, minutes=10)
    assert timed(meeting)[2]["starts_at"] - meeting.starts_at == timedelta(minutes=75)


def test_organiser_adds_an_item(cast, meeting, login):
    assert add(login(cast.sari), meeting).status_code == 302
    assert list(meeting.agenda_items.values_list("title", "minutes", "owner")) == [
        ("Paparan Kemenlu", 45, "Direktur PWNI")
    ]


def test_first_item_is_proposed_as_the_opening_and_of_others_the_kind_is_asked(cast, meeting, login):
    client, url = login(cast.sari), reverse("agenda", args=[meeting.public_id])
    proposed = []
    for _time in range(2):
        proposed.append(client.get(url).context["form"]["kind"].value())
        add(client, meeting)

    assert proposed == ["opening", ""]
    assert '<option value="" selected>Pilih jenis</option>' in client.get(url).content.decode()


def test_adding_is_audited(cast, meeting, login):
    add(login(cast.sari), meeting)
    assert list(AuditEvent.objects.filter(verb="agenda_item.added").values_list("actor", "meeting")) == [
        (f"user:{cast.sari.pk}", meeting.public_id)
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Isi judul."),
        ({"title": "x" * 251}, "250"),
        ({"minutes": "0"}, "antara 1 menit dan 24 jam"),
        ({"minutes": "lama"}, "Masukkan"),
        ({"kind": "pesta"}, "Masukkan pilihan yang valid"),
        ({"kind": ""}, "Pilih jenis mata acara."),
        ({"at": "23:59"}, "di luar waktu rapat"),
        ({"at": "jam sembilan"}, "Masukkan waktu yang valid"),
    ],
)
def test_bad_item_comes_back_with_its_sentence_and_what_was_typed(cast, meeting, login, changes, sentence):
    answer = add(login(cast.sari), meeting, **changes)
    page = answer.content.decode()
    assert (answer.status_code, AgendaItem.objects.count(), sentence in page, "Direktur PWNI" in page) == (
        422,
        0,
        True,
        True,
    )


@pytest.mark.parametrize("who", ["nia", "karno"])
def test_those_who_prepare_see_the_copy_but_may_not_change_it(cast, meeting, login, who):
    client = login(getattr(cast, who))
    assert (client.get(reverse("agenda", args=[meeting.public_id])).status_code, add(client, meeting).status_code) == (
        200,
        403,
    )


def test_stranger_gets_404(cast, meeting, login):
    assert login(cast.citra).get(reverse("agenda", args=[meeting.public_id])).status_code == 404


def test_moving_up_changes_places(cast, meeting, login):
    first = make.AgendaItemFactory(meeting=meeting, order=1)
    second = make.AgendaItemFactory(meeting=meeting, order=2)
    login(cast.sari).post(reverse("agenda_item_move", args=[meeting.public_id, second.pk]), {"to": "up"})
    assert list(meeting.agenda_items.in_order()) == [second, first]


def test_dropping_twice_is_no_error(cast, meeting, login):
    item = make.AgendaItemFactory(meeting=meeting)
    client = login(cast.sari)
    url = reverse("agenda_item_delete", args=[meeting.public_id, item.pk])
    assert [client.post(url).status_code, client.post(url).status_code, AgendaItem.objects.count()] == [302, 302, 0]


def test_item_of_another_meeting_is_not_reached(cast, meeting, login):
    foreign = make.AgendaItemFactory()
    answer = login(cast.sari).post(reverse("agenda_item_edit", args=[meeting.public_id, foreign.pk]), FORM)
    assert answer.status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_plan_needs_few_queries(cast, meeting, login, rows, django_assert_max_num_queries):
    for _ in range(rows):
        make.AgendaItemFactory(meeting=meeting)
    client = login(cast.sari)
    with django_assert_max_num_queries(22):
        client.get(reverse("agenda", args=[meeting.public_id]))
