import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itemcat import manifest
from itemcat.errors import UsageError
from itemcat.manifest import lines
from itemcat.model import (
    Asset,
    Blob,
    KnownAsset,
    KnownItem,
    Manifest,
    Publication,
    Reading,
    Validators,
)
from itemcat.naming import is_safe_id

DIGEST = "ab" * 32


def known(n: int = 0, location: str = "https://example.org/a.tif") -> KnownItem:
    reading = Reading.of(
        "raster/1", {"statistics": "exact"}, {"shape": [n, 2], "bands": [], "geometry": None}
    )
    blob = Blob(f"{n:064x}", n, Validators('"e"', "Sun, 06 Nov 1994 08:49:37 GMT"))
    return KnownItem(DIGEST, {"data": KnownAsset(location, location, blob, reading)})


def sample(*ids: str) -> Manifest:
    listing = (Asset("a b.tif", "data/a b.tif", is_local=True), at("https://example.org/b%20c.tif"))
    return Manifest(
        "out/put", {"files: *": listing}, {name: known(n) for n, name in enumerate(ids)}
    )


def at(url: str) -> Asset:
    return Asset("b c.tif", url, href=url, size=5, checksum=f"md5:{'0' * 32}", etag='"e"')


def test_what_is_written_reads_back_the_same() -> None:
    data = manifest.dump(sample("b", "a"))
    assert manifest.parse("m", data) == sample("b", "a")
    assert manifest.dump(manifest.parse("m", data)) == data


def test_an_item_with_a_thumbnail_reads_back_the_same() -> None:
    item = replace(known(), folder="2019/02", thumbnail="cd" * 32)
    made = Manifest("out", {}, {"a": item, "b": replace(item, folder="")})
    data = manifest.dump(made)
    assert manifest.parse("m", data) == lines.read(data.decode()) == made


def remote(validators: Validators) -> Manifest:
    """A manifest of an asset of which only the head was read."""
    item = known()
    asset = replace(item.assets["data"], blob=Blob(None, 7, validators))
    return Manifest("out", {}, {"a": replace(item, assets={"data": asset})})


@pytest.mark.parametrize(
    "validators", [Validators('"e"'), Validators(None, "Sun, 06 Nov 1994 08:49:37 GMT")]
)
def test_an_asset_without_a_digest_reads_back_the_same(validators: Validators) -> None:
    made, data = remote(validators), manifest.dump(remote(validators))
    assert manifest.parse("m", data) == lines.read(data.decode()) == made


def test_an_asset_needs_a_digest_or_validators() -> None:
    data = manifest.dump(remote(Validators()))
    assert lines.read(data.decode()) is None
    with pytest.raises(UsageError, match="neither digest nor validators"):
        manifest.parse("m", data)


SAFE = st.text("abcXYZ019_.-", min_size=1, max_size=20).filter(is_safe_id)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    st.dictionaries(SAFE, st.tuples(st.integers(0, 9), TEXT), max_size=5),
)
def test_any_manifest_reads_back_the_same(items: dict[str, tuple[int, str]]) -> None:
    made = Manifest("out", {}, {name: known(n, f"u{text}") for name, (n, text) in items.items()})
    assert manifest.parse("m", manifest.dump(made)) == made


def test_items_are_sorted_and_a_record_is_one_line() -> None:
    written = manifest.dump(sample("b", "a")).decode().splitlines()
    assert written.index('    "a": {') < written.index('    "b": {')
    assert sum('"record": {' in line and line.endswith("}") for line in written) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"itemcat": 99, "output": "out", "sources": {}, "items": {}}',
        '{"itemcat": 1, "output": "../out", "sources": {}, "items": {}}',
        '{"itemcat": 1, "output": "/etc", "sources": {}, "items": {}}',
        '{"itemcat": 1, "output": "out", "sources": {}, "items": {"..": {}}}',
        '{"itemcat": 1, "output": "out", "sources": {}, "items": {"a": {"file": "x"}}}',
        '{"itemcat": 1, "output": "out", "sources": {}, "items": {"a": NaN}}',
        '{"itemcat": 1, "output": "out", "outputs": 5, "sources": {}, "items": {}}',
        "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        manifest.parse("catalog.manifest.json", text.encode("latin-1"))
    assert raised.value.where == "catalog.manifest.json"
    assert "version control" in raised.value.hint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"size": 0', '"size": "0"'),
        ('"reader": "raster/1"', '"reader": 5'),
        ('"options": {"statistics": "exact"}', '"options": null'),
        ('"geometry": null, ', ""),
        ('"geometry": null, ', '"geometry": null, "thumbnail": "x", '),
        ('"geometry": null, ', '"geometry": null, "thumbnail": {}, '),
        ('"geometry": null, ', '"geometry": null, "thumbnail": {"sha256": "../x", "size": 5}, '),
        ('"geometry": null, ', f'"geometry": null, "thumbnail": {{"sha256": "{"a" * 64}"}}, '),
        ('      "assets": {', '      "thumbnail": "sha256:..",\n      "assets": {'),
        ('      "assets": {', '      "thumbnail": 5,\n      "assets": {'),
        ('"href": "https', '"hrefs": "https'),
        ('"size": 5', '"size": "5"'),
        ('"etag": ', '"etags": '),
        ('"checksum": "md5', '"checksum": 5, "x": "md5'),
    ],
)
def test_a_manifest_with_a_wrong_field_is_refused(old: str, new: str) -> None:
    text = manifest.dump(sample("a")).decode()
    assert old in text
    with pytest.raises(UsageError, match="cannot be used"):
        manifest.parse("m", text.replace(old, new, 1).encode())


SAID = Publication(
    "1234",
    "https://zenodo.org/records/1234",
    title="Lakes",
    providers=({"name": "Doe, Jane", "roles": ["producer"]},),
    keywords=("ice",),
)


def test_what_a_record_says_of_itself_is_kept() -> None:
    made = replace(sample("a"), records={"zenodo: 1234": SAID})
    assert manifest.parse("m", manifest.dump(made)) == made


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"title": "Lakes"', '"title": 5'),
        ('"title": "Lakes"', '"titles": "Lakes"'),
        ('"id": "1234"', '"id": null'),
        ('"keywords": ["ice"]', '"keywords": [5]'),
        ('"keywords": ["ice"]', '"keywords": "ice"'),
        ('"providers": [{', '"providers": ["x", {'),
        ('"page": ', '"pages": '),
    ],
)
def test_a_record_with_a_wrong_field_is_refused(old: str, new: str) -> None:
    text = manifest.dump(replace(sample("a"), records={"zenodo: 1234": SAID})).decode()
    assert old in text
    with pytest.raises(UsageError, match="cannot be used"):
        manifest.parse("m", text.replace(old, new, 1).encode())


def test_records_of_both_sides_of_a_conflict_are_kept_where_they_agree(tmp_path: Path) -> None:
    sides = [
        replace(sample("a"), records={"zenodo: 1234": SAID, **more})
        for more in ({}, {"zenodo: 5": SAID}, {"zenodo: 6": SAID})
    ]
    merged = manifest.parse("m", git_merge(tmp_path, *sides))
    assert merged.records == {**sides[1].records, **sides[2].records}


def test_outputs_read_back_and_those_of_both_sides_of_a_conflict_are_remembered(
    tmp_path: Path,
) -> None:
    plain, both = sample("a"), replace(sample("a"), outputs=("stac", "geoparquet"))
    assert manifest.parse("m", manifest.dump(both)) == both
    assert b'"outputs"' not in manifest.dump(plain)
    ours = replace(both, items=sample("a", "n1").items)
    theirs = replace(plain, items=sample("a", "n0").items)
    merged = manifest.parse("m", git_merge(tmp_path, plain, ours, theirs))
    assert merged.outputs == both.outputs


def git_merge(folder: Path, *versions: Manifest) -> bytes:
    """What git makes of two changes of one manifest; the files are base, ours and theirs."""
    for name, version in zip(("base", "ours", "theirs"), versions, strict=True):
        (folder / name).write_bytes(manifest.dump(version))
    merged = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert merged.returncode > 0, "the test needs a conflict"
    return merged.stdout


def test_a_conflict_of_additions_is_repaired_from_both_sides(tmp_path: Path) -> None:
    base, ours, theirs = sample("a"), sample("a", "n1"), sample("a", "n0")
    merged = manifest.parse("m", git_merge(tmp_path, base, ours, theirs))
    assert merged == Manifest("out/put", base.listings, {**theirs.items, **ours.items})


def test_a_conflict_over_one_item_is_refused_with_a_hint(tmp_path: Path) -> None:
    def version(n: int) -> Manifest:
        return Manifest("out", {}, {"a": known(n)})

    with pytest.raises(UsageError, match="both sides changed a") as raised:
        manifest.parse("m", git_merge(tmp_path, version(1), version(2), version(3)))
    assert "git checkout --ours" in raised.value.hint
