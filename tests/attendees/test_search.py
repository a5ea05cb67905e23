"""The directory is found by words typed in a hurry: wrong letters, former names, accents, holders of positions."""

from datetime import date
from random import Random

import pytest
from django.db import connection

from attendees import loading
from attendees.models import Agency, Position
from tests import factories as make


def codes(response) -> list[str]:
    return [agency.code for agency in response.context["page"].object_list]


@pytest.fixture
def some(cast):
    """Agencies that people misspell, beside the cast's."""
    for code, name, short, aliases, order in (
        ("KEMENLU", "Kementerian Luar Negeri", "Kemenlu", [], 100),
        ("ORI", "Ombudsman Republik Indonesia", "Ombudsman RI", [], 200),
        ("BNP2TKI", "Badan Nasional Penempatan dan Perlindungan TKI", "BNP2TKI", [], 50),
        ("BP2MI", "Badan Pelindungan Pekerja Migran Indonesia", "BP2MI", ["BNP2TKI (lama)"], 40),
        ("KONJEN", "Konsulat Jenderal São Tomé", "Konjen", [], 300),
        ("DISNAKER", "Dinas Tenaga Kerja Provinsi Balikpapan", "Disnaker", [], 30),
    ):
        make.AgencyFactory(code=code, name=name, short_name=short, aliases=aliases, protocol_order=order)
    Agency.objects.filter(code="BNP2TKI").update(valid_to=date(2020, 1, 1), successor=Agency.objects.get(code="BP2MI"))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kemnlu", ["KEMENLU"]),
        ("bp2m", ["BP2MI"]),
        ("Ombudsmn", ["ORI"]),
        ("ombudsman repblik", ["ORI"]),
        ("BNP2TKI", ["BNP2TKI", "BP2MI"]),
        ("sao tome", ["KONJEN"]),
        ("SÃO", ["KONJEN"]),
        ("bp3mi-bali", ["BP3MI-BALI"]),
        ("bali", ["DISNAKER", "BP3MI-BALI"]),
        ("bp3mi bali", ["BP3MI-BALI"]),
        ("hartanto", ["BP3MI-BALI"]),
        ("bali hartnato budi", []),
        ("bali hartant budi", ["BP3MI-BALI"]),
        ("%", []),
    ],
)
def test_search_forgives(some, sari, typed, found):
    assert codes(sari.get("/instansi/", {"q": typed})) == found


def test_what_is_called_so_stands_before_what_only_has_or_resembles_it(some, sari):
    names = (("MIRIP", "Lembaga Bersama Kemenlo"), ("PUNYA", "Sekretariat Kemenlu"), ("AWAL", "Kemenlu Uji"))
    for order, (code, name) in enumerate(names):
        make.AgencyFactory(code=code, name=name, short_name="", protocol_order=order)

    assert codes(sari.get("/instansi/?q=kemenlu")) == ["KEMENLU", "AWAL", "PUNYA", "MIRIP"]


@pytest.mark.parametrize(("typed", "told"), [("kemnlu", True), ("kemenlu", False), ("tidakada", False)])
def test_page_tells_that_entries_are_only_similar(some, sari, typed, told):
    assert sari.get(f"/instansi/?q={typed}").context["only_similar"] is told


@pytest.mark.parametrize(
    ("typed", "named"), [("hartanto", ["Kepala BP3MI Bali"]), ("kepala bali", ["Kepala BP3MI Bali"]), ("bali", [])]
)
def test_page_names_the_position_that_was_looked_for(cast, sari, typed, named):
    [(_agency, positions)] = sari.get(f"/instansi/?q={typed}").context["found_by"]

    assert [position.name for position in positions] == named


def test_search_follows_what_is_changed(cast, sari):
    Position.objects.filter(pk=cast.head_of_bali.pk).update(holder="Ni Luh Ayu")
    Agency.objects.filter(pk=cast.bali.pk).update(aliases=["Balai Denpasar"])

    assert [codes(sari.get(f"/instansi/?q={words}")) for words in ("hartanto", "luh", "denpasar")] == [
        [],
        ["BP3MI-BALI"],
        ["BP3MI-BALI"],
    ]


def test_choosing_invitees_searches_likewise(some, sari, meeting):
    kemenlu = make.PositionFactory(agency=Agency.objects.get(code="KEMENLU"), name="Direktur Pelindungan WNI")
    make.PositionFactory(agency=kemenlu.agency, name="Menteri Luar Negeri", order=1)
    url = f"/rapat/{meeting.public_id}/undangan/tambah/"

    found = [[p.name for p in sari.get(url, {"q": q}).context["picker"].shown] for q in ("kemnlu direktr", "hartant")]
    assert found == [["Direktur Pelindungan WNI"], ["Kepala BP3MI Bali"]]


def test_a_door_finds_no_agency_by_its_people(cast):
    from attendees.door import agencies_named

    assert [[a.code for a in agencies_named(words)[0]] for words in ("hartanto", "bp3m bali", "dians lain")] == [
        [],
        ["BP3MI-BALI"],
        [],
    ]


def filled() -> None:
    """10,000 agencies with a position each beside the 205 of the directory."""
    loading.load()
    chance = Random(4)
    syllables = ["ka", "ri", "ma", "no", "su", "ta", "le", "wa", "di", "pe", "ba", "jo", "nga", "si", "tu", "mo"]

    def word() -> str:
        return "".join(chance.choices(syllables, k=chance.randint(2, 4))).title()

    made = Agency.objects.bulk_create(
        Agency(
            code=f"BANYAK-{n}", name=f"Dinas {word()} {word()} {word()}", short_name=f"Dinas {n}",
            city=word(), province="Bali", province_code="51", aliases=[word()],
        )
        for n in range(10_000)
    )  # fmt: skip
    Position.objects.bulk_create(
        Position(agency=agency, name=f"Kepala Dinas {word()}", holder=f"{word()} {word()}") for agency in made
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE attendees_agency, attendees_position")


@pytest.mark.slow
def test_twenty_thousand_rows_are_searched_by_the_index_in_few_queries(cast, sari, django_assert_max_num_queries):
    filled()

    with django_assert_max_num_queries(12):
        page = sari.get("/instansi/?q=ombudsmn+bali")
    assert codes(page) == ["ORI-BALI"]
    for found in (
        Agency.objects.matching("ombudsmn"),
        Position.objects.matching("ombudsmn"),
        Agency.objects.named("ori"),
    ):
        plan = found.explain()
        assert ("Bitmap Index Scan on agency_search" in plan, "Seq Scan" in plan) == (True, False), plan
