"""axe finds nothing on the pages around the account, on a phone and on a desk, in light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STRANGER = [
    "/masuk/",
    "/akun/lupa-sandi/",
    "/akun/lupa-sandi/terkirim/",
    "/akun/lupa-sandi/selesai/",
    "/akun/nonaktif/",
]
HOLDER = ["/akun/", "/akun/sandi/", "/keluar/"]


def looks(page):
    """Turns the page into a phone in light and a desk in dark; the colours do not depend on the width."""
    for width, scheme in ((360, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        yield width, scheme


def findings(page, url: str) -> list[str]:
    page.goto(url)
    return [f"{url}: {found['id']}" for found in Axe().run(page).response["violations"]]


def test_account_pages_are_accessible(site, watched):
    user = UserFactory()

    found = [line for _ in looks(watched) for path in STRANGER for line in findings(watched, site.url + path)]
    watched.goto(f"{site.url}/masuk/?next=/akun/")
    watched.locator("#id_login").fill(user.email)
    watched.locator("#id_password").fill(PASSWORD)
    watched.locator("main button.primary").click()
    watched.wait_for_url(f"{site.url}/akun/")
    found += [line for _ in looks(watched) for path in HOLDER for line in findings(watched, site.url + path)]

    assert found == []
