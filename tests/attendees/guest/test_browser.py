"""The invited person's pages in a real browser on a phone, against a real server."""

import re
from datetime import timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from attendees.models import Invitation, Presence
from rakor.audit.models import AuditEvent
from rakor.lib.access import SYSTEM
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.conftest import make_cast, staff_meeting

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = {"width": 360, "height": 740}
LIMIT = 60_000
DEPUTY = {"name": "I Gede Wirya", "position": "Kepala Seksi", "contact": "0812-3456-7890"}

TARGETS = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, summary')]
  .filter((e) => e.checkVisibility() && !e.closest('.skip, [hidden]') && !e.matches('.skip, .choice input'))
  .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.height < 43.5 || box.width < 43.5))
  .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""


@pytest.fixture
def world(site):
    """A meeting in ten minutes on the server's database, with a released rundown and a signed letter."""
    cast = make_cast()
    start = timezone.now() + timedelta(minutes=10)
    meeting = staff_meeting(
        cast,
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        title="Rapat Koordinasi Uji " + "Penguatan Layanan " * 5,
        online_code="415 220",
        online_dial_in="(021) 5550 100",
        contact_name="Sari Wulandari",
        contact_phone="(021) 5550 101",
    )
    items = [make.AgendaItemFactory(meeting=meeting, title=f"Paparan {n}", owner="Deputi Bidang Uji") for n in range(8)]
    rows = [
        {
            "id": item.pk,
            "no": n,
            "kind": item.kind,
            "title": item.title,
            "owner": item.owner,
            "note": "",
            "starts_at": (start + timedelta(minutes=20 * n)).isoformat(),
            "ends_at": (start + timedelta(minutes=20 * n + 20)).isoformat(),
        }
        for n, item in enumerate(items)
    ]
    make.AgendaReleaseFactory(meeting=meeting, rows=rows)
    file = make.FileFactory()
    make.DocumentFactory(
        kind="invitation_letter",
        meeting=meeting,
        status="signed",
        number="UND-1/UJI/2026",
        date=timezone.localdate(),
        prepared=file,
        current=file,
        signed_at=timezone.now(),
        signed_by="system",
    )
    return meeting


@pytest.fixture
def budi(world) -> Invitation:
    return world.invitations.get()


@pytest.fixture
def phone(watched):
    watched.set_viewport_size(PHONE)
    return watched


def opened(page, invitation):
    """Opens the link and says *Saya sendiri*."""
    page.goto(invitation.link)
    page.locator("button[value=self]").click()
    page.wait_for_selector("#invitation")
    return page


def scan(link: str) -> None:
    """What a scanner of mails or the preview of a chat does: GET, and the page behind it, without running anything."""
    parts = urlsplit(link)
    connection = HTTPConnection(parts.hostname, parts.port)
    connection.request("GET", parts.path, headers={"User-Agent": "WhatsApp/2.23"})
    answer = connection.getresponse()
    answer.read()
    connection.request(
        "GET", answer.headers["Location"], headers={"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
    )
    assert connection.getresponse().status == 200
    connection.close()


def flaws(page) -> list[str]:
    """What axe finds, sideways scrolling, and targets too small for a thumb."""
    found = [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    return found + page.evaluate(TARGETS)


def looked_at(page) -> list[str]:
    """The flaws on a phone and on a desk, in light and dark."""
    found = []
    for size, scheme in ((PHONE, "light"), ({"width": 1280, "height": 800}, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{page.url} {scheme}: {flaw}" for flaw in flaws(page)]
    page.set_viewport_size(PHONE)
    return found


def test_head_answers_joins_and_leaves_on_a_phone(phone, budi, world):
    opened(phone, budi)
    phone.locator("button[value=online]").click()
    phone.wait_for_selector(".chip.accepted_online")
    phone.locator("form[action$='/gabung/'] button").click()
    phone.wait_for_url(f"**/undangan/{budi.public_id}/ruang/")
    room = phone.locator(f"a[href='{world.online_url}']")
    facts = (room.get_attribute("target"), room.get_attribute("rel"), phone.locator("#room-name").inner_text())
    phone.locator("form[action$='/keluar/'] button").click()
    phone.wait_for_selector("#invitation")

    assert facts == ("_blank", "noopener noreferrer", "BP3MI Bali – Budi Hartanto")
    assert [p.end_source for p in Presence.objects.all()] == ["left"]


def test_address_never_shows_the_token(phone, budi):
    opened(phone, budi)

    assert (phone.url.endswith(f"/undangan/{budi.public_id}/"), "/u/" in phone.content()) == (True, False)


def test_no_log_shows_a_token(phone, budi, site):
    opened(phone, budi)
    phone.goto(f"{site.url}/verifikasi/")
    scan(budi.link)
    mac = budi.link.rpartition(".")[2]
    log = site.log.read_text()

    assert (mac in log, budi.link.rpartition("/")[2] in log, "/u/…" in log) == (False, False, True)


def test_name_is_copied_with_one_touch(phone, budi):
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(phone, budi)
    phone.locator("form[action$='/gabung/'] button").click()
    phone.locator("[data-copy]").click()

    assert phone.evaluate("navigator.clipboard.readText()") == "BP3MI Bali – Budi Hartanto"


def test_visible_page_tells_that_it_was_opened(phone, budi):
    scan(budi.link)
    scanned = Invitation.objects.get().opened_at

    with phone.expect_response("**/dibuka/") as told:
        phone.goto(budi.link)

    assert (scanned, told.value.status) == (None, 204)
    assert Invitation.objects.get().opened_at is not None


def test_answer_pressed_twice_is_recorded_once(phone, budi):
    opened(phone, budi)
    phone.locator("button[value=declined]").dblclick()
    phone.wait_for_selector(".chip.declined")

    assert AuditEvent.objects.filter(verb="invitation.answered").count() == 1


def test_every_page_is_accessible_and_large_enough(phone, browser, budi, world, site):
    found = []
    phone.goto(budi.link)
    found += looked_at(phone)
    phone.locator("button[value=self]").click()
    found += looked_at(phone)
    phone.goto(f"{site.url}/undangan/{budi.public_id}/bukan-saya/")
    found += looked_at(phone)
    phone.goto(f"{site.url}/undangan/{budi.public_id}/")
    phone.locator("button[value=declined]").click()
    phone.wait_for_selector("#reason")
    phone.locator("#invitation details summary").click()
    found += looked_at(phone)
    phone.locator("form[action$='/gabung/'] button").click()
    found += looked_at(phone)
    Meeting.objects.update(status="in_progress", started_at=timezone.now(), started_by="x")
    phone.goto(f"{site.url}/undangan/{budi.public_id}/")
    found += looked_at(phone)
    phone.goto(f"{site.url}/undangan/{budi.public_id}/wakil/")
    for name, value in DEPUTY.items():
        phone.locator(f"[name={name}]").fill(value)
    phone.locator("[name=mode][value=in_person]").check()
    found += looked_at(phone)
    phone.locator("main form.form button.primary").click()
    phone.wait_for_selector("#deputy-link")
    found += looked_at(phone)
    phone.locator("a.primary").click()
    found += looked_at(phone)

    assert found == []


def test_refused_pages_are_accessible(browser, budi, site):
    page = browser.new_page(viewport=PHONE)
    page.goto(budi.link)
    page.locator("button[value=self]").click()
    page.wait_for_selector("#invitation")
    page.goto(f"{site.url}/undangan/{budi.public_id}/wakil/")
    page.locator("[name=contact]").fill("0812-3456")
    page.locator("main form.form button.primary").click()
    page.wait_for_selector("[aria-invalid=true]")
    found = looked_at(page)
    page.goto(f"{site.url}/u/{budi.public_id}.salah")
    found += looked_at(page)
    page.goto(f"{site.url}/undangan/{budi.public_id}/bukan-saya/")
    page.locator("button.danger").click()
    page.wait_for_selector(".empty")
    found += looked_at(page)
    page.close()

    assert found == []


def received(page, address: str) -> int:
    """All bytes as they came over the wire until three seconds after the page had loaded."""
    session = page.context.new_cdp_session(page)
    total = {"bytes": 0}
    session.on("Network.loadingFinished", lambda event: total.update(bytes=total["bytes"] + event["encodedDataLength"]))
    session.on(
        "Network.dataReceived", lambda event: total.update(stream=total.get("stream", 0) + event["encodedDataLength"])
    )
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(address)
    page.wait_for_load_state("load")
    page.wait_for_timeout(3000)
    session.detach()
    return int(max(total["bytes"], total.get("stream", 0)))


def test_pages_weigh_little(phone, budi, site):
    first = received(phone, budi.link)
    phone.locator("button[value=self]").click()
    phone.wait_for_selector("#invitation")
    phone.locator("form[action$='/gabung/'] button").click()
    phone.wait_for_selector("#room")
    pages = [received(phone, f"{site.url}/undangan/{budi.public_id}/{part}") for part in ("", "ruang/", "wakil/")]

    assert [size for size in (first, *pages) if not 5_000 < size <= LIMIT] == []


def test_answer_works_on_a_weak_connection(phone, budi):
    session = phone.context.new_cdp_session(phone)
    session.send("Network.enable")
    weak = {"offline": False, "latency": 400, "downloadThroughput": 256_000 / 8, "uploadThroughput": 256_000 / 8}
    session.send("Network.emulateNetworkConditions", weak)
    began = timezone.now()
    phone.goto(budi.link, wait_until="commit")
    phone.locator("button[value=self]").click()
    phone.locator("button[value=online]").click()
    phone.wait_for_selector(".chip.accepted_online")

    assert timezone.now() - began < timedelta(seconds=15)
    assert Invitation.objects.get().mode == "online"


def test_everything_works_without_javascript(browser, budi, world, site):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(budi.link)
    page.locator("button[value=self]").click()
    page.locator("button[value=declined]").click()
    page.locator("#reason").fill("Dinas luar")
    page.locator("form:has(#reason) button").click()
    page.locator("#invitation details summary").click()
    page.locator("button[value=online]").click()
    page.locator("form[action$='/gabung/'] button").click()
    url = page.locator("a[target=_blank]").get_attribute("href")
    page.locator("form[action$='/keluar/'] button").click()
    page.goto(f"{site.url}/undangan/{budi.public_id}/wakil/")
    for name, value in DEPUTY.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=mode][value=online]").check()
    page.locator("main form.form button.primary").click()
    link = page.locator("#deputy-link").inner_text()
    context.close()

    assert (url, link) == (world.online_url, budi.delegates.get().link)


def test_room_announces_a_new_link_by_itself(phone, budi, world):
    opened(phone, budi)
    phone.locator("form[action$='/gabung/'] button").click()
    phone.wait_for_selector("#room")
    phone.wait_for_timeout(500)
    meeting = Meeting.objects.get()
    meeting.online_url = "https://rapat.example/ruang-baru"
    meeting.revise(["online_url"], by=SYSTEM)

    phone.wait_for_selector("a[href='https://rapat.example/ruang-baru']", timeout=8000)
    assert phone.locator("#room [role=alert]").count() == 1


def test_page_tells_that_the_meeting_has_begun_and_is_over(phone, budi, world):
    opened(phone, budi)
    phone.wait_for_timeout(500)
    meeting = Meeting.objects.get()
    meeting.start(by=SYSTEM)
    phone.wait_for_selector("#news .now .dot", timeout=8000)
    meeting.end(by=SYSTEM)

    phone.wait_for_selector("#invitation .callout[data-tone=ok]", timeout=8000)
    assert phone.locator("button[name=answer]").count() == 0


def test_room_opens_by_itself_for_early_comers(phone, budi, world):
    Invitation.objects.get().respond("accepted", mode="online", by=SYSTEM)
    Meeting.objects.update(starts_at=timezone.now() + timedelta(minutes=30, seconds=8))
    opened(phone, budi)
    counted = phone.locator("[data-seconds]").inner_text()

    phone.wait_for_selector("form[action$='/gabung/']", timeout=20_000)
    assert re.match(r"^\d", counted)
