"""What the audit of EarthCODE's library will say of a product, and what would make it say more.

Source: `earthcode.fairtool`, the 20 values that it writes as `fair:…`. It judges by the letter, and
so does this. What only a network can tell (whether an address answers) is taken to be so.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from itemcat.osc.links import first
from itemcat.osc.product import DOCUMENTATION

# Hosts; what begins with a dot stands for all hosts below.
_DATA_HOSTS = (
    *(".esa.int", "s3.waw4-1.cloudferro.com", "zenodo.org", "doi.org"),
    *(".pangaea.de", ".copernicus.eu", ".ac.uk"),
)
_METADATA_HOSTS = (".esa.int", "s3.waw4-1.cloudferro.com", ".github.org")
_CLOUD_NATIVE = ("application/vnd.apache.geoparquet", "application/vnd+zarr", "image/cog")
_OPENED = (
    *_CLOUD_NATIVE,
    *("application/geo+json", "application/pdf", "application/vnd.apache.parquet"),
    *("application/x-netcdf", "application/x-shapefile", "application/zip", "image/tiff"),
    *("text/csv", "text/plain"),
)
_GRANTED = {  # by the validation that comes before the audit
    "F2": "described by the OSC extension",
    "F3": "names the data by their identifier",
    "F4": "in the index of the catalog",
    "A1": "metadata over HTTPS",
    "A1.1": "by an open protocol",
    "I1": "JSON in STAC",
    "I2": "in the vocabularies of the catalog",
    "I3": "linked to project, themes, variables",
    "R1": "described with themes and extent",
    "R1.1": "has a licence",
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion by its name, what it asks, its value from 0 to 1, and what would raise that."""

    name: str
    what: str
    value: float
    advice: str = ""


def audit(product: Mapping[str, Any], types: Counter[str]) -> tuple[Criterion, ...]:
    """The criteria in their order. `types` counts the data assets of its items by media type."""
    found = [*_granted(), *_linked(product), *_hosted(product), *_of_assets(product, types)]
    order = ("F", "A", "I", "R")
    return tuple(sorted(found, key=lambda one: (order.index(one.name[0]), one.name)))


def _granted() -> Iterator[Criterion]:
    for name, what in _GRANTED.items():
        yield Criterion(name, what, 1)


def _linked(product: Mapping[str, Any]) -> Iterator[Criterion]:
    """What the product says and links to."""
    links = product["links"]
    titles = [str(one.get("title")) for one in links]
    is_made = any(
        one.get("rel") == "related" and "Experiment: " in str(one.get("title")) for one in links
    )
    yield _yes("F1", "a DOI", "sci:doi" in product, "give `osc.doi`")
    advice = "give `osc.documentation`, which is a link of just this title"
    yield _yes("I3", "documentation", DOCUMENTATION in titles, advice)
    yield _yes("R1.2", "an experiment that made it", is_made, "give `osc.experiment`")
    is_shown = bool(first(links, "visualisation"))
    yield _yes("R1.4", "a visualisation", is_shown, "give `osc.visualisation`")
    yield _yes("R1.5", "an example of access", bool(first(links, "example")), "give `osc.example`")


def _hosted(product: Mapping[str, Any]) -> Iterator[Criterion]:
    """Where metadata and data are, by the first link of each relation."""
    catalog, data = first(product["links"], "child"), first(product["links"], "via")
    yield _yes("F3.1", "an item catalog", bool(catalog), "publish one (without `--inline`)")
    advice = f"publish the item catalog at {_listed(_METADATA_HOSTS)} (`catalog.published_url`)"
    if catalog and not _is_at(catalog, _METADATA_HOSTS):
        advice = f"{urlsplit(catalog).hostname} is none; {advice}"
    yield _yes("F4.1", "an approved host of metadata", _is_at(catalog, _METADATA_HOSTS), advice)
    advice = f"give `osc.via` at {_listed(_DATA_HOSTS)}"
    yield _yes("F4.2", "an approved host of data", _is_at(data, _DATA_HOSTS), advice)


def _of_assets(product: Mapping[str, Any], types: Counter[str]) -> Iterator[Criterion]:
    """What the files are: the audit takes some of those that a child link leads to, by chance."""
    counted = types if first(product["links"], "child") else Counter[str]()
    # The audit takes a file without a media type for netCDF.
    kinds = Counter({name or "application/x-netcdf": count for name, count in counted.items()})
    strange = sorted(name for name in kinds if name not in _OPENED)
    none = "it counts what an item catalog has with the roles [data], and no others"
    advice = f"it knows no reader for {', '.join(strange)}" if strange else none
    yield _share("A1.2", "files that it can open", kinds, _OPENED, advice)
    advice = f"it counts files of the types {_listed(_CLOUD_NATIVE)}"
    yield _share("R1.3", "cloud-native files", kinds, _CLOUD_NATIVE, advice if counted else none)


def _share(
    name: str, what: str, kinds: Counter[str], wanted: Sequence[str], advice: str
) -> Criterion:
    total = kinds.total()
    value = sum(kinds[one] for one in wanted) / total if total else 0.0
    return Criterion(name, what, value, "" if value == 1 else advice)


def _yes(name: str, what: str, is_so: bool, advice: str) -> Criterion:
    return Criterion(name, what, float(is_so), "" if is_so else advice)


def _is_at(url: str, hosts: Sequence[str]) -> bool:
    name = urlsplit(url).hostname or ""
    return any(name.endswith(one) if one.startswith(".") else name == one for one in hosts)


def _listed(words: Sequence[str]) -> str:
    shown = [f"*{word}" if word.startswith(".") else word for word in words]
    return f"{', '.join(shown[:-1])} or {shown[-1]}"
