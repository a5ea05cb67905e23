"""The shipped directory: complete, in protocol order, and never in the way of hand edits."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from attendees.loading import load
from attendees.models import Agency, Position

pytestmark = pytest.mark.django_db


def test_load_agencies_brings_every_row():
    call_command("load_agencies", stdout=StringIO())

    assert Agency.objects.count() == 205


def test_load_agencies_again_adds_nothing():
    load()

    assert load() == (0, 0)


def test_load_agencies_keeps_hand_edits():
    load()
    Agency.objects.filter(code="DISNAKER-BALI").update(name="Dinas Tenaga Kerja Bali", confidence="high")
    Position.objects.get(name="Kepala BP3MI Bali").delete()

    load()

    kept = Agency.objects.get(code="DISNAKER-BALI")
    assert (kept.name, kept.confidence) == ("Dinas Tenaga Kerja Bali", "high")
    assert not Position.objects.filter(name="Kepala BP3MI Bali").exists()


def test_load_agencies_orders_by_protocol():
    load()

    firsts = {}
    for agency in Agency.objects.protocol():
        firsts.setdefault(agency.kind, agency.protocol_order)
    order = sorted(firsts, key=firsts.get)
    assert (
        order.index("central") < order.index("foreign_affairs") < order.index("bp3mi") < order.index("local_government")
    )


def test_load_agencies_orders_bp3mi_by_province():
    load()

    provinces = list(Agency.objects.filter(kind="bp3mi").protocol().values_list("province_code", flat=True))
    assert provinces == sorted(provinces)
    assert len(provinces) == 23


def test_load_agencies_puts_an_office_behind_its_government():
    load()

    codes = list(
        Agency.objects.filter(province_code="51", kind="local_government").protocol().values_list("code", flat=True)
    )
    assert codes == ["PEMPROV-BALI", "DISNAKER-BALI"]


def test_load_agencies_keeps_former_names_with_their_successor():
    load()

    former = Agency.objects.get(code="BNP2TKI")
    assert (former.valid_to, former.successor.code) == (date(2020, 1, 1), "BP2MI")


def test_load_agencies_makes_one_house_of_a_tree():
    load()

    assert Agency.objects.get(code="POLRI-PUSDOKKES-BINFUNG").house.code == "POLRI"


@pytest.mark.parametrize(
    ("code", "head"),
    [
        ("BP3MI-BALI", "Kepala BP3MI Bali"),
        ("KP2MI", "Menteri Pelindungan Pekerja Migran Indonesia"),
        ("KP2MI-DJ-PELINDUNGAN", "Direktur Jenderal Pelindungan"),
        ("KP2MI-SETJEN", "Sekretaris Jenderal"),
        ("KEMENLU-PWNI-BHI", "Direktur Pelindungan Warga Negara Indonesia dan Badan Hukum Indonesia"),
        ("BPJS-TK", "Direktur Utama BPJS Ketenagakerjaan"),
        ("ORI-BALI", "Kepala Perwakilan Ombudsman Republik Indonesia Provinsi Bali"),
        ("PEMPROV-BALI", "Gubernur Bali"),
        ("BIDDOKKES-BALI", "Kepala Biddokkes Polda Bali"),
        ("BP2MI-BIRO-RENKS", "Kepala Biro Perencanaan dan Kerja Sama"),
    ],
)
def test_load_agencies_names_the_head(code, head):
    load()

    assert list(Position.objects.filter(agency__code=code).values_list("name", "email")) == [(head, "")]


def test_load_agencies_gives_no_position_to_a_former_name():
    load()

    assert not Position.objects.filter(agency__code="BNP2TKI").exists()
