"""Those who fetch and read: lanes of threads and a pool of processes, at work on the same tasks.

While a file is read in a worker process, others are on their way.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from itemcat import readers
from itemcat.choice import RASTER
from itemcat.errors import MachineError, ReadError
from itemcat.excerpt import Excerpt, Span
from itemcat.fetch import Lanes
from itemcat.fetch.lanes import FILES, HEADS
from itemcat.files import json_line
from itemcat.heads import Look, Order, can_travel, fit_to_travel, is_sampled, look, spans
from itemcat.hiring import Staff
from itemcat.model import Blob, Reading
from itemcat.naming import label
from itemcat.plan import Outcome, Task, Work, key_of, known_now
from itemcat.pool import explained
from itemcat.thumbnails import OPTION, picture_in
from itemcat.urls import host
from itemcat.workshop import Workshop

T = TypeVar("T")
_MOST_UNDER_WAY = 32  # tasks of one host that are being fetched, or wait to be read
_MOST_SAMPLED = 8  # of those whose pixels are held in memory


@dataclass(frozen=True, slots=True)
class _Held:
    """An asset whose bytes are known: with its reading where that is known too, or what to read."""

    blob: Blob
    reading: Reading | None = None
    source: Path | Excerpt | None = None


def work(tasks: list[Task], shop: Workshop) -> Outcome:
    """Do all tasks. A failure costs its own asset only."""
    shop.fetcher.expect(Counter(host(label(task.member.asset)) for task in tasks if _asks(task)))
    with shop.staff(tasks) as staff:
        is_light = all(task.is_remote or task.member.asset.is_local for task in tasks)
        with Lanes(default=HEADS if is_light else FILES) as lanes:
            outcome = _Crew(shop, lanes, staff).run(tasks)
        staff.executor.shutdown(wait=False)  # there is nothing left that it could do
    return outcome


def _asks(task: Task) -> bool:
    """Whether the work of a task begins with a request."""
    return task.work in (Work.FETCH, Work.REVALIDATE) and not task.member.asset.is_local


class _Crew:
    """One run: every event comes back through a queue to the thread that called."""

    def __init__(self, shop: Workshop, lanes: Lanes, staff: Staff) -> None:
        self._shop = shop
        self._found = shop.found
        self._cache = shop.found.places.cache
        self._lanes = lanes
        self._executor = staff.executor
        self._staff = staff
        self._outcome: Outcome = {}
        self._waiting: dict[str, list[Task]] = {}
        self._under_way: Counter[str] = Counter()
        self._events: SimpleQueue[tuple[Task, Callable[[], None]]] = SimpleQueue()

    def run(self, tasks: list[Task]) -> Outcome:
        for task in reversed(tasks):
            self._waiting.setdefault(host(label(task.member.asset)), []).append(task)
        try:
            while len(self._outcome) < len(tasks):
                self._begin()
                self._shop.listener.progress(len(self._outcome), len(tasks))
                self._take(*self._events.get())
        except BaseException:
            self._shop.fetcher.close()
            self._lanes.shutdown(cancel=True)
            self._executor.shutdown(cancel_futures=True)
            raise
        return self._outcome

    def _begin(self) -> None:
        """Send tasks on their way, as many for each host as keep its lane busy.

        Not all at once: each of them costs memory, and what is fetched has to be read, too.
        """
        room = max(_MOST_UNDER_WAY, self._staff.room // max(1, len(self._waiting)))
        for name in [*self._waiting]:
            tasks = self._waiting[name]
            while tasks and self._under_way[name] < self._most(tasks[-1], room):
                self._under_way[name] += 1
                task = tasks.pop()
                held = self._lanes.submit(name, partial(self._hold, task))
                self._follow(task, held, self._on_held)
            if not tasks:
                del self._waiting[name]

    def _most(self, task: Task, room: int) -> int:
        """How many tasks of its host may be under way with this one; few, if pixels are held."""
        location, rules = task.member.asset.location, self._found.spec.fetch
        is_held = task.is_remote and is_sampled(self._found.wanted.options)
        if is_held and not (self._staff.asks and can_travel(location, rules)):
            return _MOST_SAMPLED
        return room

    def _follow(self, task: Task, future: Future[T], then: Callable[[Task, T], None]) -> None:
        future.add_done_callback(
            lambda done: self._events.put((task, lambda: then(task, done.result())))
        )

    def _take(self, task: Task, event: Callable[[], None]) -> None:
        try:
            event()
        except MachineError:
            raise  # a full disk is no fault of this asset, and stays full for the next
        except Exception as error:  # noqa: BLE001 (a bug is raised again by `explained`)
            asset = task.member.asset
            self._outcome[key_of(task)] = explained(error, label(asset))
            if isinstance(error, ReadError) and not asset.is_local:
                self._cache.forget(asset.location)  # the next build asks for the bytes anew
        if key_of(task) in self._outcome:
            self._under_way[host(label(task.member.asset))] -= 1

    def _hold(self, task: Task) -> _Held | Order:
        """The bytes of an asset, and their reading if anybody has it. Runs in a lane's thread."""
        shop, asset = self._shop, task.member.asset
        if task.is_remote:
            return self._hold_head(task)
        blob = self._blob(task)
        if reading := self._remembered(task, blob):
            return _Held(blob, reading)
        if asset.is_local:
            return _Held(blob, source=self._found.sightings.base / asset.location)
        path = self._bytes_of(blob)
        if path is None:  # known from the manifest only, or corrupted, and now needed here
            blob = shop.fetcher.fetch(asset)
            path = self._bytes_of(blob)
        if path is None:
            raise ReadError(label(asset), "its bytes vanished from the cache", "build again")
        return _Held(blob, self._remembered(task, blob), path)

    def _bytes_of(self, blob: Blob) -> Path | None:
        """The file in the cache with all bytes of a blob."""
        return self._cache.sound_blob(blob.sha256, blob.size) if blob.sha256 else None

    def _hold_head(self, task: Task) -> _Held | Order:
        """The same by the head of a file; what is known already is asked for no more than once."""
        asset = task.member.asset
        name = readers.name_of(self._found.wanted.reader_of(task.member))
        if name != RASTER:
            what = f"is for the {name} reader, which needs the whole file"
            raise ReadError(label(asset), what, "set `access: download` under `read:`")
        known, is_asked = self._known_head(task), task.work in (Work.FETCH, Work.REVALIDATE)
        reading = self._remembered(task, known) if known else None
        if known and not is_asked:
            if reading:
                return _Held(known, reading)
            if not self._staff.asks and (path := self._bytes_of(known)):  # of an earlier download
                return _Held(known, source=path)
        is_listed = task.work is Work.REVALIDATE
        then, spec = known if reading else None, self._found.spec
        if self._staff.asks:
            options = dict(task.options)
            order = Order(asset, name, options, then, is_listed, spec.fetch, spec.buckets)
            if fit := fit_to_travel(order):
                return fit
        seen = self._shop.fetcher.glimpse(asset, then, is_listed=is_listed)
        self._cache.keep_glimpse(asset.location, seen.blob.unhashed())
        if seen.excerpt is None:
            return _Held(seen.blob, reading)
        return _Held(seen.blob, self._remembered(task, seen.blob), seen.excerpt)

    def _known_head(self, task: Task) -> Blob | None:
        if task.known is not None and task.work is not Work.FETCH:
            return task.known.blob
        return self._cache.glimpse(task.member.asset.location)

    def _extend(self, task: Task, held: _Held, excerpt: Excerpt, gaps: list[Span]) -> _Held:
        """More of a file, since its head does not hold all that is to be read. Runs in a lane."""
        asset = task.member.asset
        wanted = spans(excerpt, gaps, label(asset), is_sampled=is_sampled(task.options))
        more = self._shop.fetcher.extended(asset, held.blob, excerpt, wanted)
        return _Held(held.blob, source=more)

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

    def _remembered(self, task: Task, blob: Blob) -> Reading | None:
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

    def _on_held(self, task: Task, held: _Held | Order) -> None:
        if isinstance(held, Order):
            self._follow(task, self._executor.submit(look, held), self._on_looked)
            return
        if held.reading is not None:
            self._outcome[key_of(task)] = known_now(task, held.blob, held.reading)
            return
        wanted, source = self._found.wanted, held.source
        name, options = readers.name_of(wanted.reader_of(task.member)), dict(task.options)
        if isinstance(source, Excerpt):
            found = self._executor.submit(readers.read_excerpt, name, source, options)
            self._follow(task, found, partial(self._on_excerpt_read, held, source))
        elif source is not None and OPTION in options:
            pictured = self._executor.submit(readers.read_pictured, source, options)
            self._follow(task, pictured, partial(self._on_pictured, held.blob))
        elif source is not None:
            line = self._executor.submit(readers.read_line, name, source, options)
            self._follow(task, line, partial(self._on_read, held.blob))

    def _on_excerpt_read(
        self, held: _Held, excerpt: Excerpt, task: Task, found: str | list[Span]
    ) -> None:
        if isinstance(found, str):
            self._on_read(held.blob, task, found)
            return
        name, extend = host(label(task.member.asset)), partial(self._extend, task, held, excerpt)
        self._follow(task, self._lanes.submit(name, partial(extend, found)), self._on_held)

    def _on_pictured(self, blob: Blob, task: Task, found: tuple[str, bytes]) -> None:
        line, picture = found
        if picture:  # first, for the record names it
            self._found.pictures.keep(picture)
        self._on_read(blob, task, line)

    def _on_looked(self, task: Task, seen: Look) -> None:
        """A worker has asked for a head, and read it."""
        self._shop.messenger.count(seen.requests, seen.size)
        self._cache.keep_glimpse(task.member.asset.location, seen.blob.unhashed())
        if seen.line is not None:
            self._on_read(seen.blob, task, seen.line)
            return
        reading = self._remembered(task, seen.blob)
        if reading is None:
            what = "its record vanished from the cache"
            raise ReadError(label(task.member.asset), what, "build again")
        self._outcome[key_of(task)] = known_now(task, seen.blob, reading)

    def _on_read(self, blob: Blob, task: Task, line: str) -> None:
        asset, wanted = task.member.asset, self._found.wanted
        if asset.is_local and not self._found.sightings.is_untouched(asset.location):
            raise ReadError(asset.location, "changed while it was read", "build again")
        reader, options = wanted.reader_of(task.member), task.options
        blob = blob.unhashed() if task.is_remote else blob
        self._cache.keep_record(_record_key(blob.name(label(asset)), reader, options), line)
        reading = Reading(reader, options, line)
        self._outcome[key_of(task)] = known_now(task, blob, reading)


def _is_same(known: Blob, blob: Blob, task: Task) -> bool:
    """Whether these are the same bytes, as far as can be told."""
    if not task.is_remote:
        return known.sha256 == blob.sha256 is not None
    return known.unhashed() == blob.unhashed()


def _record_key(name: str, reader: str, options: Mapping[str, str]) -> str:
    """All that a record depends on; `name` is that of the bytes."""
    return f"{name} {reader} {json_line(dict(options))}"
