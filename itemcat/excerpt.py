"""Some bytes of a file that is elsewhere: what is at hand of it, and what to ask for next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

Span = tuple[int, int]
"""Offsets in bytes: of the first byte, and of the one after the last."""

_LEAST = 1 << 14  # bytes to ask for at once; a request costs more than they do
_MOST_AHEAD = 1 << 20  # bytes that nobody has asked for yet


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Parts of a file of `size` bytes, by their offsets; they do not overlap."""

    name: str
    size: int
    parts: Mapping[int, bytes]

    @property
    def held(self) -> int:
        """How many bytes are at hand."""
        return sum(map(len, self.parts.values()))

    def bytes_at(self, start: int, stop: int) -> bytes:
        """The bytes of a span up to the first one that is missing, or to the end of the file."""
        for offset, data in self.parts.items():  # nearly always there, and asked for often
            if offset <= start and stop <= offset + len(data):
                return data[start - offset : stop - offset]
        found = bytearray()
        while start < min(stop, self.size) and (part := self._part_at(start)):
            offset, data = part
            piece = data[start - offset : stop - offset]
            found += piece
            start += len(piece)
        return bytes(found)

    def missing(self, gaps: Iterable[Span]) -> list[Span]:
        """What to ask for so that all of these are at hand: few spans, each worth a request.

        What goes on behind a part is taken to be as long once more, but for a very long one.
        """
        spans: list[Span] = []
        behind = {start + len(data): len(data) for start, data in self.parts.items()}
        for start, stop in sorted(gaps):
            least = max(_LEAST, min(behind.get(start, 0), _MOST_AHEAD))
            wide = min(max(stop, start + least), self._next_part(start))
            if spans and start <= spans[-1][1] + _LEAST and wide <= self._next_part(spans[-1][0]):
                spans[-1] = (spans[-1][0], max(spans[-1][1], wide))
            else:
                spans.append((start, wide))
        return spans

    def extended(self, parts: Mapping[int, bytes]) -> Self:
        """The same with more parts."""
        return replace(self, parts={**self.parts, **parts})

    def _part_at(self, offset: int) -> tuple[int, bytes] | None:
        for start, data in self.parts.items():
            if start <= offset < start + len(data):
                return start, data
        return None

    def _next_part(self, offset: int) -> int:
        """Where the next part begins after an offset, or the file ends."""
        return min((start for start in self.parts if start > offset), default=self.size)
