"""A coordinate reference system (CRS) as a record has it."""

import re
from functools import lru_cache

import pyproj
from rasterio.crs import CRS
from rasterio.errors import CRSError

_AUTHORITY = re.compile(r',\s*ID\["(?P<name>[^"]+)",\s*"?(?P<code>[\w.-]+)"?\]\]$')


@lru_cache(maxsize=64)
def crs_facts(wkt: str) -> dict[str, str]:
    """The code of a CRS whose definition is that code's to the letter, else its WKT2.

    Both where the code is of another authority than EPSG; neither where nobody can read it.
    """
    try:
        crs = CRS.from_wkt(wkt)
    except CRSError:
        return _without_gdal(wkt)
    wkt2: str = crs.to_wkt(version="WKT2_2019")
    if identified := _AUTHORITY.search(wkt2):
        name, code = identified["name"], identified["code"]
        try:
            if CRS.from_authority(name, code) == crs:
                found = {"code": f"{name}:{code}"}
                return found if name == "EPSG" else {**found, "wkt2": wkt2}
        except CRSError:
            pass  # the file names a code that nobody else knows
    return {"wkt2": wkt2}


def _without_gdal(wkt: str) -> dict[str, str]:
    try:
        return {"wkt2": pyproj.CRS.from_wkt(wkt).to_wkt()}
    except pyproj.exceptions.ProjError:
        return {}
