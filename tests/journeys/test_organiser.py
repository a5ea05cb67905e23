"""An organiser plans a rakor: from log-in to the invitations that lie in every mailbox, signed here or elsewhere."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from agenda.models import AgendaRelease
from attendees.inviting import invite
from attendees.models import Invitation, Position
from rakor.documents.models import Document
from rakor.meetings.models import Meeting
from tests.conftest import staff_meeting
from tests.journeys.others import sign_elsewhere
from tests.journeys.steps import attached, cast_with_directory, choose, confirm, in_days, links_in, press, tab

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

BP3MI = 23
TITLE = "Rapat Koordinasi Pelindungan Pekerja Migran Terkendala Sakit"
RUNDOWN = [
    ("Pembukaan dan laporan penyelenggara", "opening", "30", "Sekretaris Jenderal"),
    ("Paparan alur rujukan dari debarkasi", "presentation", "60", "Direktur PWNI dan BHI"),
    ("Diskusi dan perumusan", "discussion", "90", "Kepala Biro"),
]


def plan(page, cast) -> None:
    """Fills every field of a new rakor and saves the draft."""
    page.locator('main a[href="/rapat/baru/"]').first.click()
    for name, text in {
        "title": TITLE,
        "theme": "Dari debarkasi sampai pulang ke daerah asal",
        "scope": "Nasional",
        "date": in_days(14),
        "start": "09:00",
        "end": "13:00",
        "reply_date": in_days(10),
        "reply_time": "16:00",
        "venue": "Aula Serbaguna",
        "city": "Bogor",
        "online_url": "https://rapat.example/ruang/415220",
        "online_code": "415 220",
        "online_dial_in": "(021) 0000-0000",
        "opener_name": "Ratna Uji, S.H.",
        "opener_position": "Sekretaris Jenderal",
        "chair_position": "Kepala Biro Perencanaan dan Kerja Sama",
        "moderator_name": "Dewi Uji",
        "moderator_position": "Kepala Bagian Kerja Sama",
        "minute_taker_position": "Analis Kebijakan",
        "dress_code": "batik",
        "contact_name": "Sari Wulandari",
        "contact_phone": "0812-0000-0000",
    }.items():
        page.locator(f"#id_{name}").fill(text)
    page.locator("#id_kind").select_option("coordination_meeting")
    page.locator("#id_host").select_option(str(cast.bureau.pk))
    page.locator("#id_chair").select_option(str(cast.karno.pk))
    page.locator("#id_minute_taker").select_option(str(cast.nia.pk))
    choose(page, "zone", "Asia/Jakarta")
    choose(page, "mode", "hybrid")
    page.locator("button.primary[form=rapat]").click()
    expect(page.locator("h1")).to_have_text(TITLE)


def choose_invitees(page) -> None:
    """All BP3MI by their kind, and the Ombudsman by search; the choice survives the next search."""
    page.locator("#id_kind").select_option("bp3mi")
    page.locator('button[value="filter"]').click()
    page.locator('button[value="all:bp3mi"]').click()
    page.locator("#id_kind").select_option("")
    page.locator("#id_q").fill("Ombudsman Republik Indonesia")
    page.locator('button[value="filter"]').click()
    page.locator(f'input[name="position"][value="{Position.objects.get(agency__code="ORI").pk}"]').check()
    expect(page.locator("[data-pick-count]")).to_contain_text(str(BP3MI + 1))
    page.locator('button[value="add"]').click()
    page.wait_for_url("**/undangan/")


def write_rundown(page) -> None:
    """Three items by hand, released."""
    for number, (title, kind, minutes, owner) in enumerate(RUNDOWN, start=1):
        page.locator("#id_title").fill(title)
        page.locator("#id_kind").select_option(kind)
        page.locator("#id_minutes").fill(minutes)
        page.locator("#id_owner").fill(owner)
        page.locator("#tambah form button").click()
        expect(page.locator("tr[id^=acara-]")).to_have_count(number)
    press(page, "/rundown/rilis/")
    expect(page.locator("#why-not")).to_be_visible()


def send(organiser, public_id: str, sink) -> None:
    """Sends from the board, waits for every mail, and sees each delivery on the page, which fetches itself anew."""
    page = organiser.open(f"/rapat/{public_id}/undangan/")
    confirm(page, "/undangan/kirim/")
    sink.wait_for(BP3MI + 1, 120)
    expect(page.locator("#papan .chip.sent")).to_have_count(BP3MI + 1)
    expect(page.locator("#papan .chip.sent").first).to_have_text("Terkirim")


def mails_are_right(sink, site, letter: bytes, holders: tuple = ()) -> None:
    """One mail for each invitee with the signed letter and the personal link of exactly this invitation.

    `holders` made a certificate, and were told of it.
    """
    invited = {row.email: row for row in Invitation.objects.all()}
    found = {mail.recipients: (links_in(mail, site.url), attached(mail, "application/pdf")) for mail in sink.mails()}
    certificates = {(user.email,): ([], []) for user in holders}
    assert found == {(email,): ([row.link], [letter]) for email, row in invited.items()} | certificates
    assert len(sink.mails()) == BP3MI + 1 + len(holders)


def test_organiser_plans_a_rakor_and_invites_with_a_letter_signed_here(site, worker, sink, visitor):
    cast = cast_with_directory()
    sari, karno = visitor(), visitor()

    page = sari.log_in(cast.sari)
    plan(page, cast)
    press(page, "/terbitkan/")
    expect(page.locator(".chip.scheduled").first).to_be_visible()
    meeting = Meeting.objects.get()
    assert (meeting.title, meeting.status, meeting.host_id) == (TITLE, "scheduled", cast.bureau.pk)
    assert sorted(meeting.roles.values_list("role", flat=True)) == ["chair", "minute_taker", "moderator", "opener"]

    tab(page, "/undangan/").click()
    page.locator('main a[href$="/undangan/tambah/"]').first.click()
    choose_invitees(page)
    kinds = [kind for (kind,) in meeting.invitations.values_list("agency__kind")]
    assert (kinds.count("bp3mi"), kinds.count("ombudsman"), len(kinds)) == (BP3MI, 1, BP3MI + 1)

    tab(page, "/rundown/").click()
    write_rundown(page)
    assert [row["title"] for row in AgendaRelease.objects.get(number=1).rows] == [title for title, *_rest in RUNDOWN]

    page.goto(f"{site.url}/rapat/{meeting.public_id}/surat/")
    expect(page.locator("#id_subject")).to_have_value(f"Undangan {TITLE}")
    expect(page.locator("#id_signatory")).to_have_value(str(cast.karno.pk))
    page.locator("#id_cc").fill("Menteri Pelindungan Pekerja Migran Indonesia")
    page.locator('button[name="path"][value="here"]').click()
    page.wait_for_url("**/dokumen/**")
    expect(page.locator('#paper a[href$="/unduh/"]')).to_be_visible(timeout=90_000)

    page = karno.log_in(cast.karno)
    page.locator('main a[href$="/tanda-tangan/"]').first.click()
    karno.make_certificate(page)
    karno.sign(page.url)
    page.wait_for_url(lambda url: not url.endswith("/tanda-tangan/"))
    expect(page.locator(".chip.signed").first).to_be_visible()
    letter = Document.objects.get()
    assert (letter.status, letter.signatories.get().signed_by) == ("signed", f"user:{cast.karno.pk}")

    send(sari, meeting.public_id, sink)
    mails_are_right(sink, site, bytes(letter.current.content), holders=(cast.karno,))
    assert (Meeting.objects.get().status, Document.objects.get().status) == ("invited", "distributed")


@pytest.mark.slow
def test_organiser_invites_with_a_letter_signed_elsewhere(site, worker, sink, visitor, tmp_path):
    cast = cast_with_directory()
    meeting = staff_meeting(cast)
    positions = Position.objects.filter(agency__kind="bp3mi") | Position.objects.filter(agency__code="ORI")
    invite(meeting, positions.select_related("agency"), by=cast.viewer(cast.sari))
    sari = visitor()

    sari.log_in(cast.sari)
    page = sari.open(f"/rapat/{meeting.public_id}/surat/")
    page.locator('button[name="path"][value="elsewhere"]').click()
    page.wait_for_url("**/dokumen/**")
    with page.expect_download() as taken:
        page.locator('#paper a[href$="/unduh/"]').click()
    prepared = taken.value.path().read_bytes()
    signed = tmp_path / "surat-bertanda-tangan.pdf"
    signed.write_bytes(sign_elsewhere(prepared, tmp_path))

    page.locator('main a[href$="/unggah/"]').first.click()
    page.locator("#id_number").fill("B-77/KSL/KS.01/2026")
    page.locator("#id_date").fill(timezone.localdate().isoformat())
    page.locator("#id_file").set_input_files(signed)
    page.locator("form:has(#id_file) button.primary").click()
    expect(page.locator('.verdict[data-tone="ok"]')).to_be_visible()
    page.locator("#id_confirmed").check()
    page.locator("form:has(#id_confirmed) button.primary").click()
    page.wait_for_url(lambda url: not url.endswith("/unggah/"))
    letter = Document.objects.get()
    assert (letter.status, letter.number, letter.date) == ("signed", "B-77/KSL/KS.01/2026", timezone.localdate())
    assert (letter.signed_elsewhere, letter.upload_finding) == (True, "same")

    send(sari, meeting.public_id, sink)
    mails_are_right(sink, site, signed.read_bytes())
