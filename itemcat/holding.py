"""What is had of a file: its bytes, and their reading, from wherever they are soonest had."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from itemcat import readers
from itemcat.choice import RASTER
from itemcat.errors import ReadError
from itemcat.excerpt import Excerpt, Span
from itemcat.files import json_line
from itemcat.heads import Order, fit_to_travel, is_sampled, spans
from itemcat.hiring import Staff
from itemcat.model import Blob, Reading
from itemcat.naming import label
from itemcat.parcel import Parcel
from itemcat.plan import Task, Work
from itemcat.shared import SharedCache
from itemcat.thumbnails import picture_in
from itemcat.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Held:
    """An asset whose bytes are known: with its reading where that is known too, or what to read.

    `is_again` tells that a worker has looked for the bytes in vain before.
    """

    blob: Blob
    reading: Reading | None = None
    source: Path | Excerpt | Parcel | None = None
    is_again: bool = False


class Holdings:
    """The files of one build. Methods wait for hosts, and run in the threads of lanes."""

    def __init__(self, shop: Workshop, staff: Staff) -> None:
        self._shop = shop
        self._found = shop.found
        self._cache = shop.found.places.cache
        self._staff = staff

    def hold(self, task: Task) -> Held | Order:
        """The bytes of an asset, and their reading if anybody has it."""
        shop, asset = self._shop, task.member.asset
        if task.is_remote:
            return self._hold_head(task)
        blob = self._blob(task)
        if reading := self.remembered(task, blob):
            return Held(blob, reading)
        if asset.is_local:
            return Held(blob, source=self._found.sightings.base / asset.location)
        path, reading = self._bytes_of(blob), None
        if path is None:  # known from the manifest only, or corrupted, and now needed here
            blob = shop.fetcher.fetch(asset)
            path, reading = self._bytes_of(blob), self.remembered(task, blob)
        if path is None:
            raise ReadError(label(asset), "its bytes vanished from the cache", "build again")
        return Held(blob, reading, path)

    def hold_again(self, task: Task, blob: Blob) -> Held | Order:
        """The same where workers have found that the shared cache has not got the bytes."""
        if isinstance(self._cache, SharedCache) and blob.sha256:
            self._cache.lose(blob.sha256)
        held = self.hold(task)
        return replace(held, is_again=True) if isinstance(held, Held) else held

    def _bytes_of(self, blob: Blob) -> Path | Parcel | None:
        """All bytes of a blob: the file in the cache, or where workers take them from."""
        if blob.sha256 is None:
            return None
        if self._staff.takes and isinstance(self._cache, SharedCache):
            return self._cache.parcel(blob.sha256, blob.size)
        return self._cache.sound_blob(blob.sha256, blob.size)

    def _hold_head(self, task: Task) -> Held | Order:
        """The same by the head of a file; what is known already is asked for no more than once."""
        asset = task.member.asset
        name = readers.name_of(self._found.wanted.reader_of(task.member))
        if name != RASTER:
            what = f"is for the {name} reader, which needs the whole file"
            raise ReadError(label(asset), what, "set `access: download` under `read:`")
        known, is_asked = self._known_head(task), task.work in (Work.FETCH, Work.REVALIDATE)
        reading = self.remembered(task, known) if known else None
        if known and not is_asked:
            if reading:
                return Held(known, reading)
            if not self._staff.asks and (path := self._bytes_of(known)):  # of an earlier download
                return Held(known, source=path)
        is_listed = task.work is Work.REVALIDATE
        then, spec = known if reading else None, self._found.spec
        if self._staff.asks:
            options = dict(task.options)
            order = Order(asset, name, options, then, is_listed, spec.fetch, spec.buckets)
            if fit := fit_to_travel(order):
                return fit
        seen = self._shop.fetcher.glimpse(asset, then, is_listed=is_listed)
        if seen.excerpt is None:  # nothing new: what is known may be the word of others
            return Held(seen.blob, reading)
        self._cache.keep_glimpse(asset.location, seen.blob.unhashed())
        return Held(seen.blob, self.remembered(task, seen.blob), seen.excerpt)

    def _known_head(self, task: Task) -> Blob | None:
        if task.known is not None and task.work is not Work.FETCH:
            return task.known.blob
        return self._cache.glimpse(task.member.asset.location)

    def extend(self, task: Task, held: Held, excerpt: Excerpt, gaps: list[Span]) -> Held:
        """More of a file, since its head does not hold all that is to be read."""
        asset = task.member.asset
        wanted = spans(excerpt, gaps, label(asset), is_sampled=is_sampled(task.options))
        more = self._shop.fetcher.extended(asset, held.blob, excerpt, wanted)
        return Held(held.blob, source=more)

    def _blob(self, task: Task) -> Blob:
        asset, known, fetcher = task.member.asset, task.known, self._shop.fetcher
        if asset.is_local:
            return self._local(task)
        if task.work is Work.REVALIDATE and known is not None:
            return fetcher.revalidate(asset, known.blob)
        if task.work is Work.READ and known is not None:
            return known.blob
        return fetcher.fetch(asset)

    def _local(self, task: Task) -> Blob:
        location = task.member.asset.location
        stat = self._found.sightings.see(location)
        if stat is None:
            what = "is not here, and has to be read"
            raise ReadError(location, what, f"put it back; it is needed for this: {task.reason}")
        return Blob(self._found.sightings.digest(location), stat[0])

    def remembered(self, task: Task, blob: Blob) -> Reading | None:
        """The reading of these bytes in the manifest or the cache, if it is what is wanted."""
        wanted, known = self._found.wanted, task.known
        if wanted.reread and task.work is not Work.FETCH:
            return None
        address, reader = label(task.member.asset), wanted.reader_of(task.member)
        is_same = known is not None and _is_same(known.blob, blob, task)
        is_met = known is not None and is_same and task.is_met(known.reading)
        if known is not None and is_met and self._has_picture(known.reading):
            return known.reading
        line = self._cache.record(_record_key(blob.name(address), reader, task.options))
        kept = None if line is None else Reading(reader, task.options, line)
        return kept if kept is not None and self._has_picture(kept) else None

    def _has_picture(self, reading: Reading) -> bool:
        """Whether the picture that a reading names, if it does, is at hand."""
        picture = picture_in(reading)
        return picture is None or self._found.pictures.has(picture.sha256)

    def kept(self, task: Task, blob: Blob, line: str) -> Reading:
        """The reading of these bytes by its record, a line of JSON, which is kept in the cache."""
        reader, options = self._found.wanted.reader_of(task.member), task.options
        address = label(task.member.asset)
        self._cache.keep_record(_record_key(blob.name(address), reader, options), line)
        return Reading(reader, options, line)


def _is_same(known: Blob, blob: Blob, task: Task) -> bool:
    """Whether these are the same bytes, as far as can be told."""
    if not task.is_remote:
        return known.sha256 == blob.sha256 is not None
    return known.unhashed() == blob.unhashed()


def _record_key(name: str, reader: str, options: Mapping[str, str]) -> str:
    """All that a record depends on; `name` is that of the bytes."""
    return f"{name} {reader} {json_line(dict(options))}"
