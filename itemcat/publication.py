"""What a record says of itself, as the fields of a catalog that the spec leaves open."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from itemcat.model import CatalogFields, Publication


def only_one(records: Sequence[Publication | None]) -> Publication | None:
    """The record that all of a spec's entries are of; None where there is no such record."""
    first = records[0] if records else None
    return first if all(other == first for other in records) else None


def completed(catalog: CatalogFields, record: Publication) -> CatalogFields:
    """The catalog's fields with the record's words where the spec has none."""
    return replace(
        catalog,
        title=catalog.title or record.title,
        description=catalog.description or record.description,
        license=catalog.license or record.license,
        providers=catalog.providers or record.providers,
        keywords=catalog.keywords or record.keywords,
    )


def doi_links(record: Publication) -> list[dict[str, str]]:
    """The link from a document to its DOI, by the relation of RFC 8574; none without a DOI."""
    href = f"https://doi.org/{quote(record.doi)}"
    return [{"rel": "cite-as", "href": href}] if record.doi else []


def catalog_fields(catalog: CatalogFields, record: Publication | None) -> Mapping[str, Any]:
    """Licence, providers and keywords (STAC common metadata), `sci:doi` and `sci:citation`.

    The scientific extension 1.0.0 has a schema for items and collections; by that, no catalog may
    name it among its `stac_extensions`.
    """
    fields = {
        "license": catalog.license,
        "providers": [dict(provider) for provider in catalog.providers],
        "keywords": list(catalog.keywords),
        "sci:doi": record.doi if record else "",
        "sci:citation": record.citation if record else "",
    }
    return {name: value for name, value in fields.items() if value}
