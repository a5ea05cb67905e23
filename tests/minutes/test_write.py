"""Writing: by item, saved as typed, never doubled, never overwritten unseen."""

from uuid import uuid4

import pytest
from django.urls import reverse

from minutes.models import Minutes, Point
from tests import factories as make
from tests.conftest import rows, staff_meeting

AS_JSON = {"headers": {"accept": "application/json"}}


@pytest.fixture
def item(meeting):
    return make.AgendaItemFactory(meeting=meeting, title="Diskusi")


@pytest.fixture
def minutes(cast, meeting):
    return Minutes.begin(meeting, by=cast.viewer(cast.nia))


@pytest.fixture
def point(cast, minutes, item):
    return minutes.write(
        kind="response", text="Ambulans dipesan sehari sebelumnya.", item=item, by=cast.viewer(cast.nia)
    )


def write(client, meeting, item, **changes):
    data = {
        "kind": "response",
        "text": "Butir satu.",
        "speaker": "Kepala BP3MI Bali",
        "item": item.pk,
        "client_id": str(uuid4()),
    }
    return client.post(reverse("point_create", args=[meeting.public_id]), data | changes)


def save(client, point, **changes):
    data = {"kind": point.kind, "text": "Teks baru.", "speaker": "", "revision": point.revision}
    return client.post(
        reverse("point_save", args=[point.minutes.meeting.public_id, point.pk]), data | changes, **AS_JSON
    )


def test_first_point_begins_the_minutes(cast, meeting, item, login):
    write(login(cast.nia), meeting, item)
    assert list(Point.objects.values_list("minutes__meeting", "item", "text", "speaker")) == [
        (meeting.pk, item.pk, "Butir satu.", "Kepala BP3MI Bali")
    ]


def test_save_whose_answer_was_lost_is_no_conflict_when_it_comes_again(cast, point, login):
    client, said = login(cast.nia), {"text": "Disepakati.", "kind": "follow_up", "due_days": "7", "output": "Laporan"}

    answers = [save(client, point, **said) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["revision"] for answer in answers] == [2, 2]
    assert Point.objects.get().revision == 2


def test_same_words_with_another_day_are_a_conflict(cast, point, login):
    client, said = login(cast.nia), {"text": "Disepakati.", "kind": "follow_up", "due_days": "7", "output": "Laporan"}
    save(client, point, **said)

    assert save(client, point, **said | {"due_days": "9"}).status_code == 409


def test_replayed_form_makes_one_point(cast, meeting, item, login):
    client, same = login(cast.nia), str(uuid4())
    write(client, meeting, item, client_id=same)
    write(client, meeting, item, client_id=same)
    assert Point.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": ""}, "Tulis apa yang disampaikan atau disepakati"),
        ({"text": "x" * 4001}, "4000"),
        ({"kind": "lelucon"}, "pilihan yang valid"),
        ({"kind": "follow_up", "due_date": "2020-01-01"}, "sudah lewat"),
    ],
)
def test_bad_point_comes_back_with_its_sentence(cast, meeting, item, login, changes, sentence):
    answer = write(login(cast.nia), meeting, item, **changes)
    assert (answer.status_code, Point.objects.count(), sentence in answer.content.decode()) == (422, 0, True)


def test_decisions_keep_their_number_when_one_is_struck(cast, minutes, item):
    by = cast.viewer(cast.nia)
    first, second = (minutes.write(kind="decision", text=t, item=item, by=by) for t in ("Satu.", "Dua."))
    first.strike(by=by)
    third = minutes.write(kind="decision", text="Tiga.", item=item, by=by)
    assert (second.number, third.number) == (2, 3)


def test_autosave_answers_with_the_new_revision(cast, point, login):
    answer = save(login(cast.nia), point)
    point.refresh_from_db()
    assert (answer.json()["revision"], point.text, point.revision) == (2, "Teks baru.", 2)


def test_second_window_is_told_of_the_conflict_and_nothing_is_overwritten(cast, point, login):
    client = login(cast.nia)
    save(client, point, text="Dari jendela pertama.")
    answer = save(client, point, text="Dari jendela kedua.")
    point.refresh_from_db()
    assert (answer.status_code, answer.json()["theirs"]["text"], point.text) == (
        409,
        "Dari jendela pertama.",
        "Dari jendela pertama.",
    )


def test_conflict_without_script_shows_both_texts(cast, point, login):
    client = login(cast.nia)
    save(client, point, text="Dari jendela pertama.")
    url = reverse("point_save", args=[point.minutes.meeting.public_id, point.pk])
    page = client.post(url, {"kind": "response", "text": "Dari jendela kedua.", "revision": 1}).content.decode()
    assert ("Dari jendela pertama." in page, "Dari jendela kedua." in page) == (True, True)


@pytest.mark.parametrize(("who", "status"), [("sari", 403), ("karno", 403), ("sinta", 403), ("citra", 404)])
def test_only_the_minute_taker_writes(cast, meeting, item, login, who, status):
    assert write(login(getattr(cast, who)), meeting, item).status_code == status


def test_opening_is_saved_by_itself(cast, meeting, minutes, login):
    url = reverse("minutes_save", args=[meeting.public_id])
    login(cast.nia).post(url, {"opening": "Rapat dibuka.", "closing": "", "revision": minutes.revision}, **AS_JSON)
    minutes.refresh_from_db()
    assert (minutes.opening, minutes.revision) == ("Rapat dibuka.", 2)


def test_stale_opening_changes_nothing(cast, meeting, minutes, login):
    client, url = login(cast.nia), reverse("minutes_save", args=[meeting.public_id])
    client.post(url, {"opening": "Pertama.", "closing": "", "revision": 1}, **AS_JSON)
    answer = client.post(url, {"opening": "Kedua.", "closing": "", "revision": 1}, **AS_JSON)
    minutes.refresh_from_db()
    assert (answer.status_code, minutes.opening) == (409, "Pertama.")


def test_looking_begins_nothing(cast, meeting, login):
    before = rows(Minutes, Point)
    login(cast.nia).get(reverse("minutes", args=[meeting.public_id]))
    assert rows(Minutes, Point) == before


def test_draft_is_hidden_from_invitees_and_staff(cast, meeting, point, invitation, login, guest):
    url = reverse("minutes", args=[meeting.public_id])
    pages = [guest(invitation).get(url), login(cast.sinta).get(url), login(cast.rina).get(url)]
    assert [(p.status_code, point.text in p.content.decode()) for p in pages] == [(200, False)] * 3


@pytest.mark.parametrize("count", [1, 3])
def test_page_needs_few_queries(cast, meeting, minutes, item, login, count, django_assert_max_num_queries):
    for n in range(count):
        minutes.write(
            kind="follow_up",
            text=f"Butir {n}",
            item=item,
            by=cast.viewer(cast.nia),
            follow_up={"agency": cast.bali, "due_days": 3},
        )
    client = login(cast.nia)
    with django_assert_max_num_queries(22):
        client.get(reverse("minutes", args=[meeting.public_id]))


# -- when there is nothing to write of ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["draft", "postponed", "cancelled"])
@pytest.mark.parametrize("path", ["butir", "kepala", "ajukan"])
def test_no_minutes_of_what_does_not_take_place(cast, login, status, path):
    meeting = staff_meeting(cast, status=status)
    form = {"kind": "response", "text": "Butir satu.", "client_id": str(uuid4()), "opening": "Dibuka.", "revision": "1"}
    answer = login(cast.nia).post(f"/rapat/{meeting.public_id}/notula/{path}/", form, follow=True)

    assert (answer.status_code, Minutes.objects.count()) == (200 if path == "ajukan" else 422, 0)


@pytest.mark.parametrize(("status", "writes"), [("draft", False), ("scheduled", True), ("cancelled", False)])
def test_page_lets_write_once_the_meeting_is_published(cast, login, status, writes):
    meeting = staff_meeting(cast, status=status)
    page = login(cast.nia).get(f"/rapat/{meeting.public_id}/notula/").content.decode()

    assert ("/notula/butir/" in page) is writes


def test_minutes_are_not_submitted_while_people_talk(cast, login, point):
    meeting = point.minutes.meeting
    meeting.start(by=cast.viewer(cast.karno))
    answer = login(cast.nia).post(f"/rapat/{meeting.public_id}/notula/ajukan/", follow=True)

    page = answer.content.decode()
    assert (page.count("Notula diajukan setelah rapat selesai"), Minutes.objects.get().status) == (2, "draft")
    assert f'action="/rapat/{meeting.public_id}/notula/ajukan/"' not in page


def test_nothing_is_said_of_submitting_before_the_meeting(cast, login, meeting):
    page = login(cast.nia).get(f"/rapat/{meeting.public_id}/notula/").content.decode()

    assert "Notula diajukan setelah rapat selesai" not in page


def test_opening_and_closing_are_folded_above_the_point_that_is_written(cast, meeting, login):
    page = login(cast.nia).get(f"/rapat/{meeting.public_id}/notula/").content.decode()

    assert page.index('<details class="card frame">') < page.index('id="id_opening"') < page.index('id="butir-baru"')


def test_opening_that_somebody_else_changed_is_not_folded_away(cast, meeting, minutes, login):
    client, url = login(cast.nia), f"/rapat/{meeting.public_id}/notula/kepala/"
    client.post(url, {"opening": "Pertama.", "closing": "", "revision": minutes.revision})

    answer = client.post(url, {"opening": "Kedua.", "closing": "", "revision": minutes.revision})

    assert (answer.status_code, '<details class="card frame" open>' in answer.content.decode()) == (409, True)


def test_page_marks_what_may_be_left_empty_and_nothing_else(cast, meeting, login):
    page = login(cast.nia).get(f"/rapat/{meeting.public_id}/notula/").content.decode()

    assert (page.count("(wajib)"), page.count("(boleh kosong)")) == (0, 7)
