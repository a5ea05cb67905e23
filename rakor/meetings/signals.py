"""What higher rooms may listen to. Sent inside the transaction: a failing receiver rolls the verb back."""

from django.dispatch import Signal

meeting_moved = Signal()
"""Arguments: meeting, old, new, by. After every move of a meeting's status."""

meeting_revised = Signal()
"""Arguments: meeting, fields (names that changed), by. After an edit of a published meeting."""
