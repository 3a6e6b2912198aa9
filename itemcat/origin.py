"""Where a fact of an item comes from, in words: the spec's line, the file, or its publisher."""

from dataclasses import dataclass
from typing import Any

from itemcat.missions import READY
from itemcat.model import DatetimeRule, KnownAsset, Record
from itemcat.naming import NamedAsset, NamedItem, label
from itemcat.spec.lines import Lines
from itemcat.templates import GIVEN, fields_of

_OF_THE_GRID = "the file: its {}"
_COMPUTED = "computed from the file's size and geotransform"
_WHOLE = {
    "proj:code": _OF_THE_GRID.format("CRS"),
    "proj:epsg": _OF_THE_GRID.format("CRS"),
    "proj:wkt2": _OF_THE_GRID.format("CRS, which has no code"),
    "proj:shape": _OF_THE_GRID.format("size, rows and columns"),
    "proj:transform": _OF_THE_GRID.format("geotransform"),
    "proj:bbox": _COMPUTED,
    "proj:geometry": _COMPUTED,
    "table:columns": "the file: the columns of its layer",
    "table:primary_geometry": "the file: the column of its layer's geometry",
    "table:row_count": "the file: the features of its layer",
    "cube:dimensions": "the file: its dimensions and their coordinates (CF)",
    "cube:variables": "the file: its variables and their attributes (CF)",
}
_BANDS = {
    "name": "the reader: the band's number, or its name in the file",
    "description": "the file: the band's description or colour",
    "data_type": "the file: the type of its pixels",
    "nodata": "the file: the band's nodata value",
    "unit": "the file: the band's unit",
    "scale": "the file: the band's scale",
    "offset": "the file: the band's offset",
    "sampling": "the file: its tag AREA_OR_POINT",
    "bits_per_sample": "the file: its tag NBITS",
    "center_wavelength": "the file: its tag CENTRAL_WAVELENGTH_UM",
    "full_width_half_max": "the file: its tag FWHM_UM",
}
_STATISTICS = {
    "exact": "the reader: over all pixels",
    "sampled": "the reader: over a sample of at most 1024 pixels a side",
}


@dataclass(frozen=True, slots=True)
class Origins:
    """The sources of the facts of an item and of one of its files, of which `known` is known.

    `index` is the number of the file's entry under `assets`.
    """

    item: NamedItem
    member: NamedAsset
    known: KnownAsset
    lines: Lines
    index: int

    @property
    def record(self) -> Record:
        """What the reader found in the file."""
        return self.known.reading.record

    def rule(self, *keys: str, template: Any = None, default: str = "the default") -> str:
        """A rule of the spec, and what its template takes from elsewhere."""
        place = self.lines.rule(self.index, *keys) or default
        taken = self._taken(template) if isinstance(template, str) else ""
        return f"{place}{taken}"

    def prop(self, name: str, value: Any) -> str:
        """A property that is neither a time nor of an extension that the reader fills."""
        if self.lines.rule(self.index, "properties", name):
            template = self.item.source.rules.properties.get(name)
            return self.rule("properties", name, template=template)
        if name == "title":
            return self.rule("title", template=self.item.source.rules.title)
        return f"the file name, by the ready pattern at {self.rule('pattern')}"

    def geometry(self) -> str:
        """The footprint and its box."""
        for key in ("geometry", "bbox"):
            if getattr(self.item.source.rules, key) is not None:
                return self.rule(key)
        if self.record.get("geometry") is None:
            return "the reader: not known"
        if "columns" in self.record:
            return "the reader: the extent of the layer, by its CRS"
        if "dimensions" in self.record:
            return "the reader: the outline of the grid, by its coordinates"
        is_of_data = self.known.reading.options.get("footprint") == "valid-data"
        pixels = "the valid pixels" if is_of_data else "all pixels"
        has_grid = "transform" in self.record and "crs" in self.record
        means = "geotransform and CRS" if has_grid else "control points or RPCs"
        return f"the reader: the outline of {pixels}, by {means}"

    def time(self, name: str) -> str:
        """`datetime`, `start_datetime` or `end_datetime`."""
        rules = self.item.source.rules
        if rules.datetime is not None:
            return self._ruled_time(rules.datetime, name)
        if ready := READY.get(rules.pattern or ""):
            template = ready.datetime.end if name == "end_datetime" else None
            template = template or ready.datetime.start or ready.datetime.instant
            return f"{self.rule('pattern')}{self._taken(template or '')}"
        return f"the file: its tag {self.record['times']['tag']}"

    def whole(self, name: str) -> str:
        """A field of the projection, table or datacube extension."""
        return _WHOLE[name]

    def band(self, name: str) -> str:
        """A field of a band, by its name in the record or in the item."""
        key = name.rpartition(":")[2]
        if key in ("statistics", "histogram"):
            mode = self.known.reading.options.get("statistics", "exact")
            place = self.lines.key("read", "statistics")
            return _STATISTICS[mode] + (f" ({place})" if place else "")
        return _BANDS[key]

    def href(self) -> str:
        """The address of the asset."""
        source = self.member.source
        if source.href is not None:
            return self.rule("href", template=source.href)
        if source.kind == "files":
            return f"{source.place.file}:{source.place.line}: the local file"
        return f"{source.place.file}:{source.place.line} {source.kind}"

    def file(self, name: str) -> str:
        """`file:size` or `file:checksum`, with what the publisher said of it."""
        asset, is_size = self.member.asset, name == "file:size"
        if self.known.blob.sha256 is None:
            word = "its server, in the answer to a range request"
            place = self.lines.key("read", "access")
            return f"{word if is_size else 'its publisher, not verified'} ({place})"
        declared = asset.size if is_size else asset.checksum
        said = " (as its publisher declares)" if declared and not asset.is_local else ""
        return "the bytes of the file" + said

    def thumbnail(self, name: str) -> str:
        """A field of the thumbnail's asset."""
        if name.startswith("file:"):
            return "the bytes of the thumbnail"
        place = self.lines.key("thumbnails")
        return f"the pixels of {label(self.member.asset)}" + (f" ({place})" if place else "")

    def _ruled_time(self, rule: DatetimeRule, name: str) -> str:
        if rule.tag is not None:
            return f"the file: its tag {rule.tag}, named at {self.rule('datetime', 'tag')}"
        if rule.instant is not None:
            return self.rule("datetime", template=rule.instant)
        key, template = ("end", rule.end) if name == "end_datetime" else ("start", rule.start)
        return self.rule("datetime", key, template=template)

    def _taken(self, template: str) -> str:
        """What a template's fields are of."""
        words: dict[str, None] = {}
        for field in fields_of(template):
            if field == "n":
                words["the position in the spec"] = None
            elif field in GIVEN:
                words["the file name"] = None
            else:
                words[f"the file name by {self.rule('pattern')}"] = None
        return f", with {' and '.join(words)}" if words else ""
