"""The plainest provider: a link that the organiser pastes, opened in a new tab."""

from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from rakor.conferencing.providers import Room


class Link:
    name = "link"
    embedded = False

    def check(self, room: Room) -> None:
        """Nothing when the room can be opened; ValueError with a sentence for the field otherwise."""
        parts = urlsplit(room.url)
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
            raise ValueError(_("Enter the full link of the room; it begins with https:// and carries no user name."))

    def join_url(self, room: Room, display_name: str) -> str:
        """The organiser's link, unchanged: the name is copied by hand, so the provider learns nothing from us."""
        return room.url

    def csp_sources(self, room: Room) -> dict[str, list[str]]:
        """Nothing: the room opens in its own tab."""
        return {}
