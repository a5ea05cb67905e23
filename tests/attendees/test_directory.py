"""The pages of the directory: what is found, who may look, who may change."""

import re
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext as _

from attendees.models import Letterhead, Position
from rakor.audit.models import AuditEvent
from tests import factories as make


def codes(response) -> list[str]:
    return [agency.code for agency in response.context["page"].object_list]


def test_directory_lists_in_protocol_order(cast, sari):
    assert codes(sari.get("/instansi/")) == ["KP2MI", "KP2MI-BIRO", "BP3MI-BALI", "LAIN"]


def test_directory_finds_an_alias(cast, sari):
    cast.bali.aliases = ["BP3TKI Denpasar"]
    cast.bali.save()

    assert codes(sari.get("/instansi/?q=bp3tki")) == ["BP3MI-BALI"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=bp3mi", ["BP3MI-BALI"]),
        ("zone=WITA", ["BP3MI-BALI"]),
        ("province=51", ["BP3MI-BALI"]),
        ("data=verify", ["LAIN"]),
        ("data=former", ["LAMA"]),
        ("q=lama", ["LAMA"]),
        ("kind=unknown&zone=XYZ", ["KP2MI", "KP2MI-BIRO", "BP3MI-BALI", "LAIN"]),
        ("q=tidakada", []),
        ("page=99", ["KP2MI", "KP2MI-BIRO", "BP3MI-BALI", "LAIN"]),
    ],
)
def test_directory_filters(cast, sari, query, found):
    cast.bali.province_code, cast.bali.province = "51", "Bali"
    cast.bali.save()
    cast.stranger_agency.confidence = "low"
    cast.stranger_agency.save()
    make.AgencyFactory(
        code="LAMA", name="Badan Lama", valid_to=date(2020, 1, 1), protocol_order=5, successor=cast.ministry
    )

    assert codes(sari.get(f"/instansi/?{query}")) == found


def test_directory_says_what_a_former_name_became(cast, sari):
    make.AgencyFactory(
        code="LAMA", name="Badan Lama", short_name="BL", valid_to=date(2020, 1, 1), successor=cast.ministry
    )

    assert [agency.code for agency in sari.get("/instansi/?q=lama").context["renamed"]] == ["LAMA"]


@pytest.mark.parametrize("count", [1, 3])
def test_directory_costs_the_same_for_more_rows(cast, sari, count, django_assert_max_num_queries):
    for number in range(count):
        make.AgencyFactory(parent=cast.ministry, name=f"Unit {number}")

    with django_assert_max_num_queries(12):
        sari.get("/instansi/")


def test_directory_asks_strangers_to_log_in(db):
    response = Client().get("/instansi/")

    assert (response.status_code, response.url) == (302, "/masuk/?next=/instansi/")


@pytest.mark.parametrize("who", ["admin", "citra"])
def test_directory_is_hidden_from_those_without_a_part_in_any_meeting(cast, meeting, login, who):
    assert login(getattr(cast, who)).get("/instansi/").status_code == 404


def test_agency_shows_units_positions_and_letterhead(cast, sari):
    response = sari.get("/instansi/KP2MI/")

    assert [unit.code for unit in response.context["units"]] == ["KP2MI-BIRO"]


def test_agency_hides_addresses_from_those_who_may_not_edit(cast, meeting, login):
    page = login(cast.sinta).get("/instansi/BP3MI-BALI/").content.decode()

    assert "kepala.bali@uji.example" not in page
    assert "Budi Hartanto" in page


@pytest.mark.parametrize(
    ("who", "status"), [("sari", 200), ("rina", 200), ("sinta", 403), ("citra", 404), ("aulia", 403), ("admin", 404)]
)
def test_position_form_is_for_organisers_and_the_agency_itself(cast, meeting, login, who, status):
    assert login(getattr(cast, who)).get("/instansi/BP3MI-BALI/jabatan/baru/").status_code == status


def test_position_form_of_another_agency_is_not_for_the_contact(cast, login):
    client = login(cast.rina)

    answers = [client.get(f"/instansi/{code}/jabatan/baru/").status_code for code in ("BP3MI-BALI", "LAIN")]
    assert answers == [200, 403]


TYPED = {
    "name": "Kepala Seksi",
    "acting": "Plt.",
    "holder": "Made Contoh",
    "email": "seksi@uji.example",
    "phone": "0812 3456 7890",
    "user": "",
    "order": "2",
}


def test_position_is_added(cast, sari):
    sari.post("/instansi/BP3MI-BALI/jabatan/baru/", TYPED)

    made = Position.objects.get(name="Kepala Seksi")
    assert (str(made), made.phone, made.agency) == ("Plt. Kepala Seksi", "+6281234567890", cast.bali)


def test_position_change_is_audited_by_field_names(cast, sari):
    url = f"/instansi/BP3MI-BALI/jabatan/{cast.head_of_bali.pk}/"
    sari.post(url, TYPED | {"name": "Kepala BP3MI Bali", "order": "10"})

    event = AuditEvent.objects.get(verb="position.changed")
    assert event.fields == ["acting", "email", "holder", "phone"]


def test_position_of_another_agency_is_not_found(cast, sari):
    assert sari.get(f"/instansi/LAIN/jabatan/{cast.head_of_bali.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "kepala bp3mi BALI"),
        ("email", "bukan alamat"),
        ("email", f"{'x' * 250}@uji.example"),
        ("phone", "telepon"),
        ("phone", "12"),
        ("acting", "Pj."),
        ("order", "-1"),
        ("order", "banyak"),
        ("user", "999999"),
        ("holder", "x" * 161),
    ],
)
def test_position_form_refuses_at_the_field(cast, sari, field, typed):
    response = sari.post("/instansi/BP3MI-BALI/jabatan/baru/", TYPED | {field: typed})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Position.objects.filter(holder="Made Contoh").exists()


def test_position_form_twice_adds_one(cast, sari):
    for _once in range(2):
        sari.post("/instansi/BP3MI-BALI/jabatan/baru/", TYPED)

    assert Position.objects.filter(name="Kepala Seksi").count() == 1


@pytest.fixture
def admin(cast, login):
    """The system administrator's browser."""
    return login(cast.admin)


KOP = {
    "lines": "KEMENTERIAN UJI\nBIRO BARU", "address": "Jalan Baru 2", "place": "Bogor", "layout": "B",
    "number_pattern": "{seq}/{unit}/{year}",
    "unit_code": "BARU", "classification": "KS.02", "valid_from": "2026-12-01", "valid_to": "",
}  # fmt: skip


def test_letterhead_of_a_later_day_ends_the_present_one(cast, admin):
    admin.post("/instansi/KP2MI-BIRO/kop/", KOP)

    periods = list(
        Letterhead.objects.filter(agency=cast.bureau).order_by("valid_from").values_list("valid_from", "valid_to")
    )
    assert periods == [(date(2000, 1, 1), date(2026, 12, 1)), (date(2026, 12, 1), None)]


def test_letterhead_of_the_same_day_is_corrected(cast, admin):
    admin.post("/instansi/KP2MI-BIRO/kop/", KOP | {"valid_from": "2000-01-01"})

    kept = Letterhead.objects.get(agency=cast.bureau)
    assert (kept.lines, kept.place) == (["KEMENTERIAN UJI", "BIRO BARU"], "Bogor")


def test_letterhead_before_the_present_one_ends_where_that_begins(cast, admin):
    admin.post("/instansi/KP2MI-BIRO/kop/", KOP | {"valid_from": "1999-01-01"})

    assert cast.bureau.letterhead_on(date(1999, 6, 1)).valid_to == date(2000, 1, 1)
    assert cast.bureau.letterhead_on(timezone.localdate()).place == "Jakarta"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("lines", ""),
        ("lines", "\n".join("abcdef")),
        ("lines", "x" * 121),
        ("address", "y" * 161),
        ("number_pattern", "{unit}/{year}"),
        ("number_pattern", "{seq}/{kota}"),
        ("number_pattern", "{seq"),
        ("valid_from", "kapan"),
        ("valid_to", "2026-11-30"),
        ("layout", "C"),
    ],
)
def test_letterhead_form_refuses_at_the_field(cast, admin, field, typed):
    response = admin.post("/instansi/KP2MI-BIRO/kop/", KOP | {field: typed})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


@pytest.mark.parametrize(("who", "status"), [("sari", 403), ("sinta", 403), ("citra", 404), ("admin", 200)])
def test_letterhead_is_changed_by_the_system_administrator(cast, meeting, login, who, status):
    assert login(getattr(cast, who)).get("/instansi/KP2MI-BIRO/kop/").status_code == status


def test_letterhead_page_shows_the_next_number(cast, admin):
    example = admin.get("/instansi/KP2MI-BIRO/kop/").context["example"]

    assert example.startswith("B-1/RENKS/KS.01/")


def test_empty_state_says_what_to_do(cast, sari):
    assert _("No agency fits") in sari.get("/instansi/?q=tidakada").content.decode()


def test_letterhead_refused_still_shows_the_number_of_what_is_kept(admin):
    kept = admin.get("/instansi/KP2MI-BIRO/kop/").context["example"]

    answer = admin.post("/instansi/KP2MI-BIRO/kop/", KOP | {"classification": "", "unit_code": "", "valid_from": ""})

    assert (answer.status_code, answer.context["example"]) == (422, kept)


def test_agency_page_shows_a_number_as_it_is_printed_not_its_pattern(cast, login):
    page = login(cast.sari).get("/instansi/KP2MI-BIRO/").content.decode()

    assert re.search(r'Nomor seperti <b class="num">B-1/RENKS/KS\.01/[IVX]+/\d{4}</b>', page)
    assert "{seq}" not in page


@pytest.mark.parametrize("positions", [0, 1])
def test_agency_page_leads_with_one_button(cast, login, positions):
    for _number in range(positions):
        make.PositionFactory(agency=cast.bureau)

    page = login(cast.sari).get("/instansi/KP2MI-BIRO/").content.decode()

    assert page.count('class="btn primary"') == 1


def test_letterhead_form_says_what_each_piece_of_the_pattern_stands_for(admin):
    page = admin.get("/instansi/KP2MI-BIRO/kop/").content.decode()

    assert "{sifat}-{nomor}/{unit}/{klasifikasi}/{bulan_romawi}/{tahun}" in page
    assert "{seq}" not in page


def test_position_without_an_account_says_so(sari):
    page = sari.get("/instansi/BP3MI-BALI/jabatan/baru/").content.decode()

    assert ("---------" in page, "Tanpa akun" in page) == (False, True)
