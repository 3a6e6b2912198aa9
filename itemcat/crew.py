"""Those who fetch and read: lanes of threads and a pool of processes, at work on the same tasks.

While a file is read in a worker process, others are on their way.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

from itemcat import parcel, readers
from itemcat.errors import ItemcatError, MachineError, ReadError
from itemcat.excerpt import Excerpt, Span
from itemcat.fetch import Lanes
from itemcat.fetch.lanes import FILES, HEADS
from itemcat.heads import Look, Order, can_travel, is_sampled, look
from itemcat.hiring import Staff
from itemcat.holding import Held, Holdings
from itemcat.model import Blob, KnownAsset
from itemcat.naming import label
from itemcat.naps import first_of
from itemcat.parcel import Parcel
from itemcat.plan import Gathered, Task, Work, known_now
from itemcat.pool import explained
from itemcat.sharing import sharing
from itemcat.thumbnails import OPTION
from itemcat.urls import host
from itemcat.workshop import Workshop

T = TypeVar("T")
Known = KnownAsset | None
"""What is known of a file after a step; None if there is another one to come."""

Event = Callable[[], Known]
"""Does what follows upon a step."""

_MOST_UNDER_WAY = 32  # tasks of one host that are being fetched, or wait to be read
_MOST_SAMPLED = 8  # of those whose pixels are held in memory


def work(tasks: list[Task], shop: Workshop) -> Iterator[Gathered]:
    """Do all tasks, and give each when it is done. A failure costs its own asset only."""
    shop.fetcher.expect(Counter(host(label(task.member.asset)) for task in tasks if _asks(task)))
    is_light = all(task.is_remote or task.member.asset.is_local for task in tasks)
    with sharing(shop) as sharer, sharer.staff(tasks) as staff:
        with Lanes(default=HEADS if is_light else FILES) as lanes:
            yield from _Crew(sharer, lanes, staff).run(tasks)
        staff.executor.shutdown(wait=False)  # there is nothing left that it could do


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
        self._holdings = Holdings(shop, staff)
        self._waiting: dict[str, list[Task]] = {}
        self._under_way: Counter[str] = Counter()
        self._events: SimpleQueue[tuple[Task, Event]] = SimpleQueue()

    def run(self, tasks: list[Task]) -> Iterator[Gathered]:
        for task in reversed(tasks):
            self._waiting.setdefault(host(label(task.member.asset)), []).append(task)
        done = 0
        try:
            while done < len(tasks):
                self._begin()
                self._shop.listener.progress(done, len(tasks))
                task, event = first_of(self._events)
                if known := self._known(task, event):
                    self._under_way[host(label(task.member.asset))] -= 1
                    done += 1
                    yield task, known
        except BaseException:  # or nobody wants the others any more
            self._shop.fetcher.close()
            self._lanes.shutdown(cancel=True)
            self._executor.shutdown(cancel_futures=True)
            raise

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
                held = self._lanes.submit(name, partial(self._holdings.hold, task))
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

    def _follow(self, task: Task, future: Future[T], then: Callable[[Task, T], Known]) -> None:
        """When a step of a task is done, `then` takes what came of it, and may begin the next."""
        future.add_done_callback(
            lambda done: self._events.put((task, lambda: then(task, done.result())))
        )

    def _known(self, task: Task, event: Event) -> KnownAsset | ItemcatError | None:
        """What is known of a file after an event; None if there is another step to come."""
        try:
            return event()
        except MachineError:
            raise  # a full disk is no fault of this asset, and stays full for the next
        except Exception as error:  # noqa: BLE001 (a bug is raised again by `explained`)
            asset = task.member.asset
            failure = explained(error, label(asset))
            if isinstance(error, ReadError) and not asset.is_local:
                self._cache.forget(asset.location)  # the next build asks for the bytes anew
            return failure

    def _on_held(self, task: Task, held: Held | Order) -> Known:
        if isinstance(held, Order):
            self._follow(task, self._executor.submit(look, held), self._on_looked)
            return None
        if held.reading is not None:
            return known_now(task, held.blob, held.reading)
        wanted, source = self._found.wanted, held.source
        name, options = readers.name_of(wanted.reader_of(task.member)), dict(task.options)
        if isinstance(source, Excerpt):
            found = self._executor.submit(readers.read_excerpt, name, source, options)
            self._follow(task, found, partial(self._on_excerpt_read, held, source))
        elif isinstance(source, Parcel):
            read = self._executor.submit(parcel.read, name, source, options)
            self._follow(task, read, partial(self._on_unpacked, held))
        elif source is not None and OPTION in options:
            pictured = self._executor.submit(readers.read_pictured, source, options)
            self._follow(task, pictured, partial(self._on_pictured, held.blob))
        elif source is not None:
            line = self._executor.submit(readers.read_line, name, source, options)
            self._follow(task, line, partial(self._on_read, held.blob))
        return None

    def _on_excerpt_read(
        self, held: Held, excerpt: Excerpt, task: Task, found: str | list[Span]
    ) -> Known:
        if isinstance(found, str):
            return self._on_read(held.blob, task, found)
        name = host(label(task.member.asset))
        extend = partial(self._holdings.extend, task, held, excerpt, found)
        self._follow(task, self._lanes.submit(name, extend), self._on_held)
        return None

    def _on_unpacked(self, held: Held, task: Task, found: tuple[str, bytes] | None) -> Known:
        """A worker has read what it took from the shared cache, if it was there and whole."""
        if found is not None:
            return self._on_pictured(held.blob, task, found)
        name = label(task.member.asset)
        if held.is_again:
            raise ReadError(name, "the shared cache does not give its bytes", "build again")
        again = partial(self._holdings.hold_again, task, held.blob)
        self._follow(task, self._lanes.submit(host(name), again), self._on_held)
        return None

    def _on_pictured(self, blob: Blob, task: Task, found: tuple[str, bytes]) -> Known:
        line, picture = found
        if picture:  # first, for the record names it
            self._found.pictures.keep(picture)
        return self._on_read(blob, task, line)

    def _on_looked(self, task: Task, seen: Look) -> Known:
        """A worker has asked for a head, and read it."""
        self._shop.messenger.count(seen.requests, seen.size)
        if seen.line is not None:
            self._cache.keep_glimpse(task.member.asset.location, seen.blob.unhashed())
            return self._on_read(seen.blob, task, seen.line)
        reading = self._holdings.remembered(task, seen.blob)
        if reading is None:
            what = "its record vanished from the cache"
            raise ReadError(label(task.member.asset), what, "build again")
        return known_now(task, seen.blob, reading)

    def _on_read(self, blob: Blob, task: Task, line: str) -> Known:
        asset = task.member.asset
        if asset.is_local and not self._found.sightings.is_untouched(asset.location):
            raise ReadError(asset.location, "changed while it was read", "build again")
        blob = blob.unhashed() if task.is_remote else blob
        return known_now(task, blob, self._holdings.kept(task, blob, line))
