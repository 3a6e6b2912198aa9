"""All that is said of a product: by the spec, by the record of its data, and by its items."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from itemcat.collection import Box, hull
from itemcat.model import Publication, Spec
from itemcat.openscience import OpenScience
from itemcat.urls import is_url

DATA = ["data"]
"""The roles of an asset that the audit counts."""


@dataclass(slots=True)
class Reach:
    """Where and when the items are, and what their files are; taken in item by item.

    `types` counts the assets whose roles are exactly those of data, by media type (empty: none);
    `unplaced` items have no bbox, and `local` ones a file without a public address.
    """

    items: int = 0
    boxes: list[Box] = field(default_factory=list)
    start: str = ""
    end: str = ""
    types: Counter[str] = field(default_factory=Counter)
    unplaced: list[str] = field(default_factory=list)
    local: list[str] = field(default_factory=list)

    def take(self, item: Mapping[str, Any]) -> None:
        """Take in a STAC Item that itemcat wrote."""
        properties = item["properties"]
        start = properties.get("start_datetime") or properties["datetime"]
        end = properties.get("end_datetime") or properties["datetime"]
        self.start = min(self.start or start, start, key=datetime.fromisoformat)
        self.end = max(self.end or end, end, key=datetime.fromisoformat)
        self.items += 1
        if "bbox" in item:
            self.boxes.append(item["bbox"])
        else:
            self.unplaced.append(item["id"])
        assets = item["assets"].values()
        self.types.update(a.get("type", "") for a in assets if a.get("roles") == DATA)
        # What lies beside the item, its thumbnail, is published along with it.
        if not all(is_url(a["href"]) or a["href"].startswith("./") for a in assets):
            self.local.append(item["id"])

    @property
    def extent(self) -> dict[str, Any]:
        """A Collection's `extent`: one box, west > east where it crosses 180°, and one interval."""
        box = [[float(side) for side in hull(self.boxes)]] if self.boxes else []
        return {
            "spatial": {"bbox": box},
            "temporal": {"interval": [[self.start, self.end]]},
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """A product as it is to stand in the Open Science Catalog.

    `address` is that of the item catalog, empty where it is not known, or where items are inline;
    `extent` is a Collection's.
    """

    id: str
    title: str
    description: str
    license: str
    keywords: Sequence[str]
    doi: str
    via: str
    address: str
    reach: Reach
    extent: Mapping[str, Any]
    said: OpenScience

    @classmethod
    def of(
        cls,
        spec: Spec,
        said: OpenScience,
        record: Publication | None,
        address: str,
        reach: Reach,
    ) -> "Entry":
        """What spec and record say, the spec first. `spec` has the record's words in it."""
        catalog = spec.catalog
        doi = said.doi or (record.doi if record else "")
        page = record.page if record else ""
        return cls(
            id=said.product or catalog.id,
            title=catalog.title,
            description=catalog.description,
            license=catalog.license,
            keywords=tuple(dict.fromkeys(catalog.keywords)),
            doi=doi,
            via=said.via or page or (f"https://doi.org/{quote(doi)}" if doi else ""),
            address=address,
            reach=reach,
            extent=reach.extent,
            said=said,
        )
