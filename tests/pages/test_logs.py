"""No log keeps what opens a personal link."""

from __future__ import annotations

import pytest

from tests.pages.world import GUESTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_personal_links_stand_in_no_log(site, world, browse):
    tokens = {name: invitation.link.rpartition("/u/")[2] for name, invitation in world.links.items()}
    for who in GUESTS:
        page = browse(who)
        page.goto(f"/u/{tokens[who]}")
        page.goto(f"/u/{tokens[who]}?dari=surel")
        page.goto(f"/u/{tokens[who]}x")
        page.context.close()
    log = site.log.read_text()
    macs = {name: token.partition(".")[2] for name, token in tokens.items()}
    assert {name: mac for name, mac in macs.items() if mac in log} == {}
    assert log.count("/u/…") >= len(GUESTS) * 3
