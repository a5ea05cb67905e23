"""The cast stands where the tests expect it."""

from rakor.meetings.access import standing
from rakor.meetings.models import Meeting


def test_cast_sees_the_meeting_as_the_table_says(cast, meeting):
    seen = {
        name
        for name in ("sari", "nia", "karno", "rina", "citra", "sinta", "aulia", "admin")
        if Meeting.objects.visible_to(cast.viewer(getattr(cast, name))).exists()
    }
    assert seen == {"sari", "nia", "karno", "rina", "sinta", "aulia"}


def test_sari_stands_as_host(cast, meeting):
    assert standing(cast.viewer(cast.sari), meeting) == {"host", "staff"}
