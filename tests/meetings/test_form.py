"""Planning and changing a meeting in the browser's form."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _

from rakor.audit.models import AuditEvent
from rakor.meetings.models import Meeting, MeetingRole
from tests import factories as make
from tests.conftest import staff_meeting

JAKARTA = ZoneInfo("Asia/Jakarta")


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def typed(cast):
    """`typed(**changes)`: what the browser posts of a filled form; None leaves a field out."""

    def _typed(**changes):
        filled = {
            "title": "Rapat Koordinasi Pelindungan", "theme": "Layanan satu pintu", "kind": "coordination_meeting",
            "scope": "Bali", "host": cast.bureau.pk, "date": in_days(10).isoformat(), "start": "09:00", "end": "12:00",
            "zone": "Asia/Jakarta", "mode": "hybrid", "venue": "Aula", "city": "Bogor", "provider": "link",
            "online_url": "https://ruang.example/a", "opener_position": "Deputi", "chair": cast.karno.pk,
            "chair_position": "Kepala Biro", "minute_taker": cast.nia.pk, "minute_taker_position": "Analis",
            "reply_date": in_days(8).isoformat(), "reply_time": "16:00", "contact_name": "Sari",
        }  # fmt: skip
        return {name: value for name, value in (filled | changes).items() if value is not None}

    return _typed


@pytest.fixture
def sari(cast, login):
    return login(cast.sari)


def test_form_makes_a_draft(sari, typed):
    sari.post("/rapat/baru/", typed())

    assert Meeting.objects.get().status == "draft"


def test_form_takes_times_in_the_meetings_zone(sari, typed):
    sari.post("/rapat/baru/", typed(zone="Asia/Makassar"))

    assert Meeting.objects.get().starts_at == datetime.combine(in_days(10), time(9), ZoneInfo("Asia/Makassar"))


def test_form_appoints_officers(cast, sari, typed):
    sari.post("/rapat/baru/", typed())

    held = list(MeetingRole.objects.order_by("order").values_list("role", "user", "name", "position"))
    assert held == [
        ("opener", None, "", "Deputi"),
        ("chair", cast.karno.pk, "Karno Wibisono", "Kepala Biro"),
        ("minute_taker", cast.nia.pk, "Nia Kurniasih", "Analis"),
    ]


def test_form_fills_in_the_position_of_an_account(cast, sari, typed):
    make.PositionFactory(agency=cast.bureau, name="Kepala Biro Umum", user=cast.karno)

    sari.post("/rapat/baru/", typed(chair_position=""))

    assert MeetingRole.objects.get(role="chair").position == "Kepala Biro Umum"


def test_form_leads_to_the_new_meeting(sari, typed):
    answer = sari.post("/rapat/baru/", typed())

    assert answer.url == f"/rapat/{Meeting.objects.get().public_id}/"


def test_same_form_twice_makes_one_meeting(sari, typed):
    token = sari.get("/rapat/baru/").context["form"]["token"].value()

    for _again in range(2):
        sari.post("/rapat/baru/", typed(token=token))

    assert Meeting.objects.count() == 1


def test_replayed_form_leads_to_the_meeting_made_first(sari, typed):
    token = sari.get("/rapat/baru/").context["form"]["token"].value()
    first = sari.post("/rapat/baru/", typed(token=token))

    second = sari.post("/rapat/baru/", typed(token=token))

    assert second.url == first.url


def test_forged_token_does_not_choose_the_address(sari, typed):
    sari.post("/rapat/baru/", typed(token="ABCDEFGHJKMN:palsu"))

    assert Meeting.objects.get().public_id != "ABCDEFGHJKMN"


def test_form_offers_only_own_units(cast, sari):
    offered = [agency.code for agency in sari.get("/rapat/baru/").context["form"].fields["host"].queryset]

    assert offered == ["KP2MI-BIRO"]


def test_form_offers_only_colleagues(cast, sari):
    """Bait: Rina and Citra have accounts in other houses."""
    offered = {user.full_name for user in sari.get("/rapat/baru/").context["form"].fields["chair"].queryset}

    assert offered == {"Sari Wulandari", "Nia Kurniasih", "Karno Wibisono", "Sinta Dewi", "Aulia Rahman"}


def test_new_form_comes_filled_with_sensible_values(sari):
    form = sari.get("/rapat/baru/").context["form"]

    values = {name: form[name].value() for name in ("start", "end", "mode", "zone")}
    assert values == {"start": time(9), "end": time(12), "mode": "hybrid", "zone": "Asia/Jakarta"}


def test_staff_may_not_plan(cast, login):
    assert login(cast.sinta).get("/rapat/baru/").status_code == 403


def test_stranger_is_asked_to_log_in(client):
    assert client.get("/rapat/baru/").url == "/masuk/?next=/rapat/baru/"


WRONG = [
    ("title", {"title": "  "}, "Enter the title of the meeting."),
    ("title", {"title": "x" * 251}, None),
    ("date", {"date": ""}, "Enter the date of the meeting."),
    ("date", {"date": "2026-02-31"}, None),
    ("date", {"date": (date(2020, 1, 2)).isoformat()}, "This lies in the past. Enter a date and time from now on."),
    ("date", {"date": "2199-01-02"}, "This is more than three years away. Check the year."),
    ("start", {"start": ""}, "Enter when the meeting starts."),
    ("start", {"start": "25:00"}, None),
    ("end", {"end": "08:59"}, "The end must be after the start."),
    ("end", {"end": ""}, "Enter when the meeting ends, or tick “until finished”."),
    ("last_day", {"last_day": "2020-01-01"}, "The last day must not be before the first."),
    ("zone", {"zone": "Europe/Berlin"}, "Choose WIB, WITA or WIT."),
    ("zone", {"zone": None}, "Choose WIB, WITA or WIT."),
    ("mode", {"mode": "telepati"}, "Choose one of the ways shown."),
    ("kind", {"kind": "pesta"}, "Choose one of the kinds shown."),
    ("host", {"host": "999999"}, "Choose one of your own units."),
    ("host", {"host": None}, "Choose the unit that invites."),
    ("online_url", {"online_url": "http://ruang.example"}, None),
    ("online_url", {"online_url": "javascript:alert(1)"}, None),
    ("online_url", {"online_url": "https://u:p@ruang.example/"}, None),
    ("reply_date", {"reply_date": "2199-01-02"}, "Answers are needed before the meeting starts."),
    ("reply_date", {"reply_date": "2020-01-02"}, "This lies in the past. Leave guests some time to answer."),
    ("chair", {"chair": "999999"}, "Choose an account of the host's house from the list."),
    ("opener_name", {"opener_name": "x" * 161}, None),
    ("contact_phone", {"contact_phone": "0" * 31}, None),
]


@pytest.mark.parametrize(("field", "change", "sentence"), WRONG)
def test_bad_input_is_refused_at_its_field(sari, typed, field, change, sentence):
    errors = sari.post("/rapat/baru/", typed(**change)).context["form"].errors

    assert list(errors) == [field]
    assert sentence is None or list(errors[field]) == [_(sentence)]


def test_bad_input_loses_nothing(sari, typed):
    answer = sari.post("/rapat/baru/", typed(end="08:00", theme="Tema yang panjang"))

    assert (answer.status_code, answer.context["form"]["theme"].value()) == (422, "Tema yang panjang")


def test_bad_input_makes_no_meeting(sari, typed):
    sari.post("/rapat/baru/", typed(end="08:00"))

    assert not Meeting.objects.exists()


def test_account_of_another_house_cannot_chair(cast, sari, typed):
    errors = sari.post("/rapat/baru/", typed(chair=cast.citra.pk)).context["form"].errors

    assert list(errors) == ["chair"]


def test_chair_cannot_take_the_minutes(cast, sari, typed):
    errors = sari.post("/rapat/baru/", typed(minute_taker=cast.karno.pk)).context["form"].errors

    assert list(errors) == ["minute_taker"]


def test_open_end_plans_three_hours(sari, typed):
    sari.post("/rapat/baru/", typed(end="", end_open="on"))

    meeting = Meeting.objects.get()
    assert (meeting.end_open, meeting.ends_at - meeting.starts_at) == (True, timedelta(hours=3))


def test_last_day_makes_a_meeting_of_several_days(sari, typed):
    sari.post("/rapat/baru/", typed(last_day=in_days(12).isoformat()))

    assert Meeting.objects.get().ends_at == datetime.combine(in_days(12), time(12), JAKARTA)


# -- changing ----------------------------------------------------------------------------------------------------


def as_read(client, meeting, **changes):
    """What the browser posts when the form of this meeting is sent back with some changes."""
    form = client.get(f"/rapat/{meeting.public_id}/ubah/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    shown = {name: value for name, value in values.items() if value not in (None, "", False)}
    return {**shown, "read": form.initial["read"], **changes}


def test_unchanged_form_changes_nothing(sari, meeting):
    sari.post(f"/rapat/{meeting.public_id}/ubah/", as_read(sari, meeting))

    assert list(AuditEvent.objects.filter(verb="meeting.revised")) == []


def test_change_counts_a_revision_once_published(sari, meeting):
    sari.post(f"/rapat/{meeting.public_id}/ubah/", as_read(sari, meeting, venue="Aula Baru"))

    meeting.refresh_from_db()
    assert (meeting.venue, meeting.revision) == ("Aula Baru", 2)


def test_change_is_audited_by_field(sari, meeting):
    sari.post(f"/rapat/{meeting.public_id}/ubah/", as_read(sari, meeting, venue="Aula Baru", chair=""))

    assert AuditEvent.objects.get(verb="meeting.revised").fields == ["chair", "venue"]


def test_change_is_told(sari, meeting):
    answer = sari.post(f"/rapat/{meeting.public_id}/ubah/", as_read(sari, meeting, venue="Aula Baru"), follow=True)

    told = _("Changed: %(fields)s.") % {"fields": _("Hall or building").lower()}
    assert [str(message) for message in answer.context["messages"]] == [told]


def test_draft_keeps_its_revision(cast, sari):
    meeting = staff_meeting(cast, status="draft")

    sari.post(f"/rapat/{meeting.public_id}/ubah/", as_read(sari, meeting, city="Ciawi"))

    meeting.refresh_from_db()
    assert (meeting.city, meeting.revision) == ("Ciawi", 1)


def test_edit_never_overwrites_unseen(sari, meeting):
    mine = as_read(sari, meeting, venue="Aula Saya")
    Meeting.objects.filter(pk=meeting.pk).update(venue="Aula Orang Lain")

    answer = sari.post(f"/rapat/{meeting.public_id}/ubah/", mine)

    meeting.refresh_from_db()
    assert (answer.status_code, meeting.venue) == (409, "Aula Orang Lain")


def test_edit_overwrites_when_asked_again(sari, meeting):
    mine = as_read(sari, meeting, venue="Aula Saya")
    Meeting.objects.filter(pk=meeting.pk).update(venue="Aula Orang Lain")
    read = sari.post(f"/rapat/{meeting.public_id}/ubah/", mine).context["read"]

    sari.post(f"/rapat/{meeting.public_id}/ubah/", mine | {"read": read})

    meeting.refresh_from_db()
    assert meeting.venue == "Aula Saya"


def test_double_click_on_save_changes_once(sari, meeting):
    mine = as_read(sari, meeting, venue="Aula Baru")

    answers = [sari.post(f"/rapat/{meeting.public_id}/ubah/", mine).status_code for _again in range(2)]

    meeting.refresh_from_db()
    assert (answers, meeting.revision) == ([302, 302], 2)


def test_held_meeting_is_not_changed(cast, sari):
    meeting = staff_meeting(cast, status="held")

    answer = sari.post(f"/rapat/{meeting.public_id}/ubah/", as_read(sari, meeting, venue="Aula Baru"))

    meeting.refresh_from_db()
    assert (answer.status_code, meeting.venue) == (422, "Aula Uji")


def test_past_start_stays_when_it_is_not_touched(cast, sari):
    start = timezone.now().replace(microsecond=0, second=0) - timedelta(hours=1)
    meeting = staff_meeting(cast, starts_at=start, ends_at=start + timedelta(hours=3))

    sari.post(f"/rapat/{meeting.public_id}/ubah/", as_read(sari, meeting, venue="Aula Baru"))

    meeting.refresh_from_db()
    assert (meeting.venue, meeting.starts_at) == ("Aula Baru", start)


def test_printed_chair_without_account_stays(cast, sari, meeting):
    meeting.roles.filter(role="chair").update(user=None, name="Ketua Lama")

    sari.post(f"/rapat/{meeting.public_id}/ubah/", as_read(sari, meeting, venue="Aula Baru"))

    assert meeting.roles.get(role="chair").name == "Ketua Lama"


def test_chair_may_not_change_the_meeting(cast, login, meeting):
    assert login(cast.karno).get(f"/rapat/{meeting.public_id}/ubah/").status_code == 403


def test_outsider_does_not_find_the_form(cast, login, meeting):
    assert login(cast.citra).get(f"/rapat/{meeting.public_id}/ubah/").status_code == 404


def test_form_marks_all_but_what_it_needs(sari):
    form = sari.get("/rapat/baru/").context["form"]

    unmarked = {bound.name for bound in form.visible_fields() if not bound.mark and not bound.is_check}
    assert unmarked == {"title", "kind", "host", "date", "start", "zone", "mode", "security"}


def test_times_of_the_form_say_that_they_are_times(sari):
    form = sari.get("/rapat/baru/").context["form"]

    labels = [str(form[name].label) for name in ("start", "end", "reply_time")]
    assert labels == ["Mulai pukul", "Selesai pukul", "Batas jawaban pukul"]


def test_title_of_the_edit_page_says_that_it_is_a_form(sari, meeting):
    text = sari.get(f"/rapat/{meeting.public_id}/ubah/").content.decode()

    assert re.search(r"<h1[^>]*>\s*Ubah rapat\s*</h1>", text)


@pytest.mark.parametrize(
    ("status", "beside"), [("scheduled", "Surat yang sudah ditandatangani tidak berubah."), ("draft", "Terbitkan: ")]
)
def test_form_of_a_meeting_says_beside_it_what_comes_of_saving(cast, sari, status, beside):
    text = sari.get(f"/rapat/{staff_meeting(cast, status=status).public_id}/ubah/").content.decode()

    assert beside in text.split("<aside")[1]


def test_class_is_chosen_in_the_form_and_is_ordinary_without_a_choice(sari, typed):
    for title, chosen in (("Rapat Biasa", None), ("Rapat Rahasia", "R")):
        sari.post("/rapat/baru/", typed(title=title, security=chosen))

    assert dict(Meeting.objects.values_list("title", "security")) == {"Rapat Biasa": "B", "Rapat Rahasia": "R"}
