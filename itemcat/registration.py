"""A catalog's entry in the Open Science Catalog: put together, checked, and written into a clone.

Nothing is fetched, and nothing is written before everything has been checked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from itemcat import jsontext
from itemcat.clone import Clone
from itemcat.errors import ItemcatError, MachineError, Problems, SpecError, UsageError
from itemcat.files import json_value
from itemcat.hosting import approval
from itemcat.layout import item_file
from itemcat.listener import Listener
from itemcat.messenger import Messenger
from itemcat.model import Document, Spec
from itemcat.naming import NamedItem
from itemcat.openscience import OpenScience
from itemcat.options import Options
from itemcat.osc import (
    Bundle,
    Criterion,
    Entry,
    Objection,
    Reach,
    audit,
    bundle,
    product_file,
    proposal,
)
from itemcat.places import Places
from itemcat.publishing import public_addresses
from itemcat.readiness import refuse_drift, refuse_faults, refuse_secrets
from itemcat.render import render_item
from itemcat.spec.lines import Lines
from itemcat.survey import Survey, survey
from itemcat.thumbnails import without_picture

_PROCESSED = "TIFFTAG_DATETIME"


@dataclass(frozen=True, slots=True)
class Registration:
    """An entry as it would be written, or why it cannot be; `clone` is None where none is named.

    `files` are all files of the entry, from the clone's top, as they should be, the product's last;
    `changed` are those that are not so yet. `message` is that of a commit, but for its verb.
    """

    places: Places
    product: str
    clone: Clone | None
    objections: tuple[ItemcatError, ...]
    criteria: tuple[Criterion, ...]
    files: Mapping[str, str]
    changed: tuple[str, ...]
    notes: tuple[str, ...]
    message: str


def prepare(
    what: Path,
    metadata: Path | None,
    cache_dir: Path | None = None,
    listener: Listener | None = None,
    *,
    inline: bool = False,
) -> Registration:
    """Put the entry together, and hold it against all rules; nothing is written.

    `what` is the spec or its folder, `metadata` the clone; without it nothing that has to be there
    is looked for. `inline` puts the items into the product's folder, where they then stay. Raises
    UsageError, Drift or another ItemcatError where there is nothing to make an entry of.
    """
    if what.suffix.lower() == ".json":
        hint = "name a spec: what it says under `osc:` is needed, too"
        raise UsageError(str(what), "is no spec", hint)
    places = Places.of(what, cache_dir)
    clone = Clone(metadata) if metadata else None
    refuse_drift(places, cache_dir, listener)
    with Messenger(places.cache, (listener or Listener()).note, offline=True) as messenger:
        found = survey(places, Options(offline=True, cache_dir=cache_dir), messenger)
    said = _said(found.spec)
    refuse_secrets(found.spec)
    inline = inline or _is_inline(clone, said.product or found.spec.catalog.id, found)
    address = "" if inline else _address(places, found.spec)
    entry = Entry.of(found.spec, said, found.listing.record, address, _reach(found))
    made = bundle(entry, clone, list(_items(found)) if inline else None)
    made.notes += _notes(found.spec, address)
    return _registration(places, made, clone)


def refuse(registration: Registration, listener: Listener | None = None) -> None:
    """Raises Problems with all objections, and Unfit where `check` finds errors in the catalog."""
    if registration.objections:
        raise Problems(registration.objections, "nothing was written")
    places = registration.places
    refuse_faults(places, places.cache.root, listener)


def write(registration: Registration) -> None:
    """Write into the clone what differs, once it has not been refused."""
    if registration.clone is not None:
        registration.clone.write({path: registration.files[path] for path in registration.changed})


def _said(spec: Spec) -> OpenScience:
    """The spec's section. Raises UsageError without one, or without what checks licences."""
    if spec.osc is None:
        what = "has no section `osc:`, which says what the product is related to"
        hint = "for example osc: {project: 4d-greenland, status: completed, themes: [cryosphere]}"
        raise UsageError(spec.path.name, what, hint)
    if find_spec("packaging") is None:
        what = "needs the package `packaging`, which knows licences, and it is not installed"
        raise UsageError("itemcat osc", what, 'install it with `pip install "itemcat[osc]"`')
    return spec.osc


def _is_inline(clone: Clone | None, product: str, found: Survey) -> bool:
    """Whether items of the catalog lie in the product's folder already."""
    old = clone.document(product_file(product)) if clone else None
    hrefs = {f"./{item_id}.json" for item_id in found.old.items}
    return any(
        one.get("rel") == "item" and one.get("href") in hrefs
        for one in (old["links"] if old else ())
    )


def _reach(found: Survey) -> Reach:
    """Where and when the items on disk are, read one by one."""
    reach = Reach()
    for item_id, known in found.old.items.items():
        path = found.folder / item_file(item_id, known.folder)
        reach.take(json_value(path.read_bytes()))
    return reach


def _address(places: Places, spec: Spec) -> str:
    """The address of the item catalog; empty where nothing tells."""
    try:
        told = public_addresses(places, spec)
    except (UsageError, MachineError):  # no branch, several remotes, no git: nobody knows
        return ""
    return told[0].url if told else ""


def _items(found: Survey) -> Iterator[Document]:
    """The items as the Open Science Catalog has them, in the spec's order.

    Their thumbnails, which lie beside the documents of the catalog, are not there.
    """
    catalog = replace(found.spec.catalog, stac_version="1.0.0", type="Catalog")
    spec = replace(found.spec, catalog=catalog, layout=None)
    for item in found.named:
        if isinstance(item, NamedItem):
            known = found.old.items[item.id].assets.items()
            yield render_item(spec, item, {key: without_picture(one) for key, one in known})


def _notes(spec: Spec, address: str) -> Iterator[str]:
    if address and (said := approval(address)):
        yield said
    rules = [source.rules.datetime for source in spec.sources]
    if any(rule and rule.tag == _PROCESSED for rule in rules):
        yield (
            f"the items' times are those of {_PROCESSED}, which often is when a file was "
            "processed: reviewers refuse that as the time of the data"
        )


def _registration(places: Places, made: Bundle, clone: Clone | None) -> Registration:
    texts = {path: clone.text(path) if clone else None for path in made.made}
    files = {path: _text(texts[path], document) for path, document in made.made.items()}
    product, entry = made.made[made.file], made.entry
    return Registration(
        places=places,
        product=entry.id,
        clone=clone,
        objections=tuple(_located(made.faults, places, clone)),
        criteria=audit(product, entry.reach.types),
        files=files,
        changed=tuple(path for path in files if files[path] != texts[path]),
        notes=tuple(made.notes),
        message=proposal(entry, made.titles, product["links"]),
    )


def _text(before: str | None, document: Document) -> str:
    return jsontext.fresh(document) if before is None else jsontext.patched(before, document)


def _located(
    faults: Sequence[Objection], places: Places, clone: Clone | None
) -> Iterator[ItemcatError]:
    """Each objection at its line of the spec, or at a file of the clone."""
    lines = Lines.of(places.spec) if faults else None
    for fault in faults:
        if fault.file and clone is not None:
            yield SpecError((clone.folder / fault.file).as_posix(), fault.what, fault.hint)
        elif lines is not None:
            yield SpecError(lines.nearest(*fault.path), fault.what, fault.hint)
