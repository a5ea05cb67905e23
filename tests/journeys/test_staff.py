"""Staff: minutes written while people talk, approved, signed by two, told to everybody, found and checked by others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import segno
from django.utils import timezone
from django.utils.translation import gettext as _
from playwright.sync_api import Page, expect

from minutes.models import Minutes, Point
from rakor.documents import certificates
from rakor.documents.models import Document, Download
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.conftest import make_cast, staff_meeting
from tests.documents.pdf_assertions import assert_archival, page_count, pdfsig
from tests.journeys import others
from tests.journeys.steps import PASSPHRASE, Visitor, confirm, links_in, press

pytestmark = [pytest.mark.browser, pytest.mark.timeout(500)]

TITLE = "Rapat Koordinasi Alur Rujukan"
OPENING = "Rapat dibuka oleh Sekretaris Jenderal."
RESPONSE = "Ambulans belum tersedia pada malam hari."
DECISION = "Alur rujukan disusun bersama."
FOLLOW_UP = "Menyusun daftar narahubung."
SOUND = ("Signature is Valid.", "Certificate is Trusted.")


def saved(form) -> None:
    expect(form.locator('[data-saved][data-tone="ok"]')).to_be_visible()


def write_opening(page: Page) -> None:
    """The opening saves itself; the page loaded again has it."""
    form = page.locator('form[action$="/notula/kepala/"]')
    page.get_by_text("Pembukaan dan penutup").click()
    form.locator("#id_opening").press_sequentially(OPENING)
    saved(form)
    page.reload()
    expect(page.locator("#id_opening")).to_have_value(OPENING)


def write_point(page: Page, item, kind: str, text: str, **facts: str) -> Point:
    """A point below this item of the rundown; it has reached the server when the page is back."""
    if not page.locator(f'#butir-baru input[name="item"][value="{item.pk}"]').count():
        page.locator(f'a[href="?acara={item.pk}#butir-baru"]').click()
    form = page.locator("#butir-baru")
    form.locator("#id_kind").select_option(kind)
    form.locator("#id_text").fill(text)
    if facts:
        if not form.locator("#id_agency").is_visible():
            form.locator("details.follow-up summary").click()
        form.locator("#id_agency").select_option(facts["agency"])
        form.locator("#id_due_days").fill(facts["days"])
    form.locator("button.primary").click()
    expect(page.locator("article.point", has_text=text)).to_be_visible()
    return Point.objects.get(item=item, text=text)


def rewrite_offline(nia: Visitor, point: Point, text: str) -> None:
    """What is typed while the network is gone says so, and is saved as soon as it is back."""
    page = nia.page
    page.locator(f'#butir-{point.pk} a[href*="ubah={point.pk}"]').click()
    form = page.locator(f"form#butir-{point.pk}")
    with nia.offline():
        form.locator("#id_text").fill(text)
        expect(form.locator('[data-saved][data-tone="warn"]')).to_contain_text("Belum tersimpan di server")
        assert Point.objects.get(pk=point.pk).text == point.text
    saved(form)
    assert Point.objects.get(pk=point.pk).text == text
    page.reload()
    expect(page.locator(f"form#butir-{point.pk} #id_text")).to_have_value(text)


def sign_with_a_wrong_passphrase_first(somebody: Visitor, document: Document) -> None:
    page = somebody.open(f"/dokumen/{document.public_id}/tanda-tangan/")
    somebody.make_certificate(page)
    somebody.sign(page.url, passphrase="bukan frasa sandi yang benar")
    field = page.locator(".field", has=page.locator("#id_passphrase"))
    expect(field.locator(".error")).to_be_visible()
    expect(page.locator("#id_passphrase")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_read")).to_be_checked()
    assert document.signatories.filter(signed_at__isnull=False, user__email=somebody.email).count() == 0
    page.locator("#id_passphrase").fill(PASSPHRASE)
    page.locator("form:has(#id_passphrase) button.primary").click()
    page.wait_for_url(lambda url: not url.endswith("/tanda-tangan/"))


def verdict(page: Page, pdf: bytes, folder: Path) -> tuple[str, str]:
    """(tone, heading) with which the verification page answers on this file."""
    file = folder / "diperiksa.pdf"
    file.write_bytes(pdf)
    page.locator("#id_file").set_input_files(file)
    with page.expect_navigation():
        page.locator("form:has(#id_file) button").click()
    shown = page.locator("section.verdict")
    return shown.get_attribute("data-tone") or "", shown.locator("h2").inner_text()


def test_staff_write_sign_and_trust_the_minutes(site, worker, sink, visitor, tmp_path):
    cast = make_cast()
    start = timezone.now() + timedelta(minutes=2)
    meeting = staff_meeting(cast, title=TITLE, starts_at=start, ends_at=start + timedelta(hours=3))
    second = make.PositionFactory(agency=cast.stranger_agency, name="Kepala Dinas Lain", email="kepala@lain.example")
    make.InvitationFactory(meeting=meeting, position=second, email=second.email)
    talk, wording = (make.AgendaItemFactory(meeting=meeting, title=title) for title in ("Diskusi", "Perumusan"))
    nia, karno, sinta, stranger = visitor(), visitor(), visitor(), visitor(width=360, height=740)

    # the chair runs the meeting: mulai, berikutnya, selesai
    karno.log_in(cast.karno)
    page = karno.open(f"/rapat/{meeting.public_id}/pelaksanaan/")
    press(page, "/pelaksanaan/berikutnya/")
    expect(page.locator("#kini")).to_have_text("Diskusi")

    # the minute-taker writes meanwhile
    nia.log_in(cast.nia)
    page = nia.open(f"/rapat/{meeting.public_id}/notula/")
    write_opening(page)
    response = write_point(page, talk, "response", RESPONSE)
    write_point(page, wording, "decision", DECISION)
    write_point(page, wording, "follow_up", FOLLOW_UP, agency=str(cast.bali.pk), days="10")
    rewrite_offline(nia, response, f"{RESPONSE} Perlu jadwal jaga.")

    page = karno.page
    press(page, "/pelaksanaan/berikutnya/")
    expect(page.locator("#kini")).to_have_text("Perumusan")
    confirm(page, "/selesai/")
    expect(page.locator(".chip.held").first).to_be_visible()
    times = [(item.started_at is not None, item.ended_at is not None) for item in meeting.agenda_items.all()]
    assert (times, Meeting.objects.get().status) == ([(True, True), (True, True)], "held")

    # submitted, approved, signed by both, in order
    page = nia.open(f"/rapat/{meeting.public_id}/notula/")
    confirm(page, "/notula/ajukan/")
    expect(page.locator(".chip.submitted").first).to_be_visible()
    page = karno.open("/")
    page.locator(f'main a[href="/rapat/{meeting.public_id}/notula/"]').first.click()
    press(page, "/notula/setujui/")
    page.wait_for_url("**/dokumen/**")
    expect(page.locator('#paper a[href$="/unduh/"]')).to_be_visible(timeout=120_000)
    document = Document.objects.get()
    sign_with_a_wrong_passphrase_first(nia, document)
    expect(nia.page.locator(".chip.awaiting_signature").first).to_be_visible()
    sign_with_a_wrong_passphrase_first(karno, document)
    expect(karno.page.locator(".chip.distributed").first).to_be_visible()
    document.refresh_from_db()
    assert (document.status, Minutes.objects.get().status) == ("distributed", "distributed")
    assert [s.user_id for s in document.signatories.order_by("signed_at")] == [cast.nia.pk, cast.karno.pk]

    # everybody invited is told, each with the own link; both holders were told of their new certificates
    sink.wait_for(4, 60)
    told = {mail.recipients: links_in(mail, site.url) for mail in sink.mails()}
    holders = {(user.email,): [] for user in (cast.nia, cast.karno)}
    assert told == {(row.email,): [row.link] for row in meeting.invitations.all()} | holders

    # somebody who was not there finds the rakor and takes the PDF
    sinta.log_in(cast.sinta)
    page = sinta.open("/rapat/")
    page.locator("#id_q").fill("alur rujukan")
    page.locator("form.filters button").first.click()
    page.locator("ul.calendar h3 a", has_text=TITLE).click()
    with page.expect_download() as taken:
        page.locator('#panel-minutes a[href$="/unduh/"]').click()
    pdf = taken.value.path().read_bytes()
    assert pdf == bytes(document.current.content)
    assert Download.objects.filter(document=document, actor=f"user:{cast.sinta.pk}").count() == 1

    # what the tools of others say
    root = certificates.authority().root_pem
    assert pdfsig(pdf, root, tmp_path) == [SOUND, SOUND]
    signed = [("sig-notulis", True, True, "ENTIRE_REVISION"), ("sig-pimpinan", True, True, "ENTIRE_FILE")]
    assert others.pyhanko_says(pdf, root) == signed
    assert_archival(pdf, verify_url=f"{site.url}/verifikasi/")

    # the QR code leads a stranger to the page that compares
    link = f"{site.url}/verifikasi/{document.public_id}/"
    assert others.qr_on_last_page(pdf, tmp_path) == [
        [bool(module) for module in row] for row in segno.make(link, error="m", micro=False).matrix
    ]
    page = stranger.open(link)
    expect(page.locator("main")).to_contain_text(document.number)
    assert verdict(page, pdf, tmp_path) == ("ok", _("Genuine and in force"))
    assert verdict(page, others.flip_a_byte(pdf), tmp_path) == ("bad", _("Does not match"))
    longer = others.append_a_page(pdf)
    assert page_count(longer) == page_count(pdf) + 1
    assert verdict(page, longer, tmp_path) == ("bad", _("Does not match"))
    assert verdict(page, others.drop_the_last_signature(pdf), tmp_path) == ("bad", _("Signatures are missing"))
