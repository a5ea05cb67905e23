"""What an address takes, and what is nobody's page."""

import pytest
from django.urls import Resolver404, resolve, reverse

from rakor.lib.tokens import new_public_id

MEETING = "ABCDEFGHJKMN"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (f"/rapat/{MEETING}/", "meeting_detail"),
        ("/rapat/baru/", "meeting_create"),
        ("/instansi/BP3MI-BALI/jabatan/9223372036854775807/", "position_edit"),
        ("/verifikasi/dakm-cykw b44w/", "verify_document"),
        ("/verifikasi/bukan\x00kode/", "verify_document"),
    ],
)
def test_somebodys_page(address, name):
    assert resolve(address).url_name == name


@pytest.mark.parametrize(
    "address",
    [
        *(f"/rapat/{part}/" for part in ("\x00", MEETING + "\n", MEETING.lower(), MEETING[:11], "ABCDEFGHJKMO")),
        *(f"/rapat/{MEETING}/rundown/{pk}/ubah/" for pk in ("0", "-1", "²", "9223372036854775808", "9" * 5000)),
        "/undangan/\x00/",
        "/dokumen/\x00/unduh/",
        "/instansi/BALI\x00/",
    ],
)
def test_nobodys_page(address):
    with pytest.raises(Resolver404):
        resolve(address)


def test_every_new_public_id_fits():
    for _once in range(200):
        reverse("meeting_detail", args=[new_public_id()])
