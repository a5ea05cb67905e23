"""What people do in more than one journey, by addresses, names of fields and roles rather than by words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from attendees import loading
from attendees.models import Position
from rakor.demo.mailcatcher import Mail
from tests.conftest import Cast, make_cast
from tests.factories import PASSWORD

expect.set_options(timeout=30_000)

PASSPHRASE = "empat kata milik saya sendiri"
"""Every signatory of a journey chooses this one."""

FORM_CAME_BACK = "the server responded with a status of 422"
"""What Chromium logs as an error when a form comes back with its errors, which is what it should do."""


@dataclass
class Visitor:
    """Somebody with a browser: what went wrong in it is kept in `errors` and `outside`."""

    page: Page
    site: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    email: str = ""
    """Of the account, once logged in."""

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._see)

    def _hear(self, message) -> None:
        if message.type == "error" and FORM_CAME_BACK not in message.text:
            self.errors.append(f"{self.page.url}: {message.text}")

    def _see(self, request) -> None:
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.outside.append(request.url)

    def open(self, path: str) -> Page:
        self.page.goto(path if path.startswith("http") else self.site + path)
        return self.page

    def log_in(self, user) -> Page:
        """Through the log-in page, to the home page."""
        self.email = user.email
        page = self.open("/masuk/")
        page.locator("#id_login").fill(user.email)
        page.locator("#id_password").fill(PASSWORD)
        page.locator("main form button.primary").click()
        page.wait_for_url(f"{self.site}/")
        return page

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Without network meanwhile; that requests fail then is no error."""
        before = len(self.errors)
        self.page.context.set_offline(True)
        yield
        self.page.context.set_offline(False)
        failed = "Failed to load resource: net::ERR_INTERNET_DISCONNECTED"
        self.errors[before:] = [error for error in self.errors[before:] if failed not in error]

    def sign(self, path: str, passphrase: str = PASSPHRASE) -> Page:
        """Puts the own signature on the document whose signing page this is."""
        page = self.open(path)
        page.locator("#id_read").check()
        page.locator("#id_passphrase").fill(passphrase)
        page.locator("form:has(#id_passphrase) button.primary").click()
        return page

    def make_certificate(self, page: Page) -> None:
        """From the signing page of somebody without a certificate and back to it."""
        page.locator('main a[href^="/akun/sertifikat/"]').click()
        page.locator("#id_password").fill(PASSWORD)
        page.locator("#id_passphrase1").fill(PASSPHRASE)
        page.locator("#id_passphrase2").fill(PASSPHRASE)
        page.locator("form:has(#id_passphrase1) button.primary").click()
        page.wait_for_url("**/tanda-tangan/")


def choose(page: Page, name: str, value: str) -> None:
    """Picks one of the radios of this name by what people touch: its label."""
    page.locator(f'label:has(input[name="{name}"][value="{value}"])').click()
    expect(page.locator(f'input[name="{name}"][value="{value}"]')).to_be_checked()


def confirm(page: Page, action: str) -> None:
    """Presses the button that asks first, then the one in its dialog; `action` ends the form's address."""
    form = f'dialog form[action$="{action}"]'
    page.locator(f"details.confirm:has({form}) > summary").click()
    page.locator(f"{form} button:not([type=button])").click()


def press(page: Page, action: str) -> None:
    """Presses the button of the form whose address ends so."""
    page.locator(f'form[action$="{action}"] button').first.click()


def tab(page: Page, path: str) -> Locator:
    """The link of the meeting's tab that leads to this address."""
    return page.locator(f'nav.tabs a[href$="{path}"]')


def links_in(mail: Mail | EmailMessage, site: str) -> list[str]:
    """The personal links of the mail's plain text."""
    message = mail.message() if isinstance(mail, Mail) else mail
    body = message.get_body(("plain",))
    return re.findall(rf"{re.escape(site)}/u/[\w.-]+", body.get_content() if body else "")


def attached(mail: Mail, media_type: str) -> list[bytes]:
    """The contents of the attachments of this type."""
    return [part.get_content() for part in mail.message().iter_attachments() if part.get_content_type() == media_type]


def cast_with_directory() -> Cast:
    """The cast in the real directory; the heads of the BP3MI and of the Ombudsman have addresses."""
    cast = make_cast()
    loading.load()
    for position in Position.objects.filter(agency__kind="bp3mi") | Position.objects.filter(agency__code="ORI"):
        position.email = f"kepala@{position.agency.code.lower()}.example"
        position.save(update_fields=["email"])
    return cast


def in_days(number: int) -> str:
    """The ISO date so many days from today in Jakarta."""
    return (timezone.localdate() + timedelta(days=number)).isoformat()
