"""Lints: what no schema sees. Each is one small function of a document, by its name.

A lint is told the document and its surroundings, and yields what it sees. `geometry`,
`projection`, `times`, `assets`, `hrefs`, `links`, `statistics`, `names` and `catalog` hold them.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from itemcat.check.finding import Spot
from itemcat.check.lints import (
    assets,
    catalog,
    geometry,
    hrefs,
    links,
    names,
    projection,
    statistics,
    times,
)
from itemcat.check.page import Page
from itemcat.check.surroundings import Surroundings

Lint = Callable[[Page, Surroundings], Iterator[Spot]]
_MOST = 10  # spots of one kind that are told for one document

LINTS: Mapping[str, Lint] = {
    "off-earth": geometry.off_earth,
    "bbox-order": geometry.bbox_order,
    "bbox-disagrees": geometry.bbox_disagrees,
    "ring-open": geometry.ring_open,
    "ring-clockwise": geometry.ring_clockwise,
    "footprint-disagrees": projection.footprint_disagrees,
    "grid-disagrees": projection.grid_disagrees,
    "time-order": times.order,
    "time-of-build": times.of_build,
    "time-not-of-name": times.not_of_name,
    "time-in-future": times.in_future,
    "no-assets": assets.none,
    "asset-key": assets.key,
    "asset-roles": assets.roles,
    "asset-type": assets.media_type,
    "asset-titles-equal": assets.titles_equal,
    "title-empty": names.title_empty,
    "cog-untrue": assets.cog_untrue,
    "asset-missing": assets.missing,
    "asset-size": assets.size,
    "checksum-form": assets.checksum_form,
    "href-relative": hrefs.relative,
    "href-of-machine": hrefs.of_machine,
    "href-secret": hrefs.secret,
    "href-unquoted": hrefs.unquoted,
    "statistics-impossible": statistics.impossible,
    "statistics-of-nodata": statistics.of_nodata,
    "nodata-impossible": statistics.nodata_impossible,
    "nodata-swallows": statistics.nodata_swallows,
    "histogram-impossible": statistics.histogram_impossible,
    "band-names-equal": statistics.band_names_equal,
    "id-unsafe": names.id_unsafe,
    "path-too-long": names.path_too_long,
    "link-root": links.root,
    "link-self": links.to_self,
    "link-type": links.media_type,
    "extension-undeclared": links.extension_undeclared,
    "catalog-too-large": catalog.too_large,
    "catalog-empty": catalog.empty,
    "extent-two-boxes": catalog.two_boxes,
    "extent-overall": catalog.overall,
    "extent-order": catalog.extent_order,
}


def lint(page: Page, surroundings: Surroundings) -> Iterator[tuple[str, Spot]]:
    """Everything that the lints see in a document, by their names."""
    for name, look in LINTS.items():
        for spot in islice(look(page, surroundings), _MOST):
            yield name, spot
