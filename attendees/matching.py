"""Which agency is meant by what somebody wrote: by code, name, short name or alias, else what is similar."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property

from attendees.models import Agency
from attendees.models.searching import plain

LEAST = 0.3
"""Similarity from which a name is worth suggesting; that of PostgreSQL's pg_trgm."""
SUGGESTED = 3


def trigrams(text: str) -> frozenset[str]:
    """Three letters in a row of each word, with two spaces before it and one behind, as pg_trgm has them."""
    padded = (f"  {word} " for word in plain(text).split())
    return frozenset(word[at : at + 3] for word in padded for at in range(len(word) - 2))


class Agencies:
    """The agencies by their names; one query, whatever is looked for."""

    def __init__(self) -> None:
        in_force = set(Agency.objects.in_force().values_list("pk", flat=True))
        everything = list(Agency.objects.protocol())
        self.by_pk = {agency.pk: agency for agency in everything if agency.pk in in_force}
        self._called: dict[str, list[Agency]] = defaultdict(list)
        self._formerly: dict[str, list[Agency]] = defaultdict(list)
        for agency in everything:
            now = self.by_pk.get(agency.pk)
            after = self.by_pk.get(agency.successor_id or 0)
            for name in self._names(agency):
                if now and now not in self._called[name]:
                    self._called[name].append(now)
                elif after and after not in self._formerly[name]:
                    self._formerly[name].append(after)

    def called(self, text: str) -> list[Agency]:
        """Those in force that have exactly this name, but for accents, capitals and punctuation."""
        return self._called.get(plain(text), [])

    def suggested(self, text: str) -> list[Agency]:
        """What may be meant instead: bearers of the name if several, who bore it before, else what is similar."""
        return self.called(text) or self._formerly.get(plain(text), []) or self._similar(text)

    def _similar(self, text: str) -> list[Agency]:
        wanted = trigrams(text)
        shared: Counter[int] = Counter(at for part in wanted for at in self._with_trigram[0].get(part, ()))
        best: dict[int, float] = {}
        for at, count in shared.items():
            pk, size = self._with_trigram[1][at]
            best[pk] = max(best.get(pk, 0), count / (len(wanted) + size - count))
        ranked = sorted((pk for pk in best if best[pk] >= LEAST), key=lambda pk: -best[pk])
        return [self.by_pk[pk] for pk in ranked[:SUGGESTED]]

    @cached_property
    def _with_trigram(self) -> tuple[dict[str, list[int]], list[tuple[int, int]]]:
        places: dict[str, list[int]] = defaultdict(list)
        names: list[tuple[int, int]] = []
        for agency in self.by_pk.values():
            for name in self._names(agency):
                parts = trigrams(name)
                for part in parts:
                    places[part].append(len(names))
                names.append((agency.pk, len(parts)))
        return places, names

    @staticmethod
    def _names(agency: Agency) -> Iterable[str]:
        every = (agency.code, agency.name, agency.short_name, *agency.aliases)
        return {plain(name): None for name in every if plain(name)}
