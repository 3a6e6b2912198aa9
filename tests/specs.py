"""Sound specs, small and whole, for tests to read and to break."""

CATALOG = "catalog: {id: lakes, title: Lakes, description: Of Greenland.}\n"
URL = "https://example.org/a.tif"
ASSETS = f"assets:\n  - {URL}\n"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

FULL = f"""\
catalog:
  id: lakes-2025
  title: 2025
  description: |
    Lakes, in two lines.
    Of Greenland.
  published_url: https://example.org/lakes/catalog.json
output: stac/lakes
items:
  pattern: "lakes_{{platform}}_{{start:%Y%m%dT%H%M%S}}.tif"
  id: item_{{n}}
  title: Lakes, {{start:%Y-%m-%d}}
  datetime: {{start: "{{start}}", end: 2019-12-31}}
  properties: {{license: CC-BY-4.0, orbit: 12, note: no}}
  asset: {{key: extent, roles: [data, visual]}}
read:
  extensions: [proj, file]
  statistics: none
fetch:
  rate: {{Example.org: 30/min, "localhost:8080": 2000/h}}
  headers: {{example.org: {{Authorization: "Bearer ${{TOKEN}}"}}}}
  netrc: true
assets:
  - {URL}?token=s3cret
  - url: https://example.org/b.tif
    id: 12
    datetime: 2019-02-24T20:37:44Z
    sha256: {SHA256}
    properties: {{orbit: 13, when: 2019-02-24}}
    asset: {{roles: [], title: Lake}}
  - urls: links.txt
    datetime: {{tag: TIFFTAG_DATETIME}}
  - files: data/**/*.tif
    href: https://example.org/data/{{name}}
    title: 1.10
layout: "{{year}}/{{month}}"
osc:
  product: lakes-of-greenland
  project:
    id: greenland-lakes
    title: 4711
    description: Maps lakes.
    via: https://example.org/project
    technical_officer: {{name: Ada Ice, email: ada@example.org}}
    consortium: [University of Iceland]
  status: ongoing
  themes: [cryosphere]
  missions: [sentinel-1]
  doi: 10.5281/zenodo.7568049
"""
