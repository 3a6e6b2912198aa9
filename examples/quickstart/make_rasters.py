"""Make the sample rasters of the quickstart: five small scenes of made-up lakes in Greenland.

    python examples/quickstart/make_rasters.py

The names and the projection are those of the supraglacial lakes of Zenodo record 7568049; the
pixels are drawn here, always the same.
"""

from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

HERE = Path(__file__).parent
ROWS, COLUMNS, PIXEL = 96, 128, 400.0  # metres
SCENES = {  # name: easting and northing of the upper left corner in EPSG:32623, metres
    "extent_S1B_EW_GRDH_1SDH_20170620T205332_20170620T205433_006139_00AC89_6857.tif": (
        (272400.0, 7476000.0)
    ),
    "extent_S1B_EW_GRDH_1SDH_20171111T205337_20171111T205438_008239_00E91A_F8D1.tif": (
        (272400.0, 7437600.0)
    ),
    "extent_S1B_EW_GRDH_1SDH_20180923T202118_20180923T202218_012847_017B82_7DD5.tif": (
        (323600.0, 7476000.0)
    ),
    "extent_S1B_EW_GRDH_1SDH_20181108T203747_20181108T203847_013518_01903B_D463.tif": (
        (323600.0, 7437600.0)
    ),
    "extent_S1B_EW_GRDH_1SDH_20190224T203744_20190224T203844_015093_01C356_B9C1.tif": (
        (374800.0, 7476000.0)
    ),
}


def lakes(scene: int) -> np.ndarray:
    """A mask of ROWS x COLUMNS pixels: 1 is a lake, 0 is ice, 255 is outside the swath."""
    row, column = np.mgrid[0:ROWS, 0:COLUMNS]
    mask = np.zeros((ROWS, COLUMNS), np.uint8)
    for lake in range(6):
        y, x = (17 * lake + 31 * scene + 11) % ROWS, (41 * lake + 23 * scene + 19) % COLUMNS
        mask[(row - y) ** 2 + (column - x) ** 2 <= (3 + lake % 4) ** 2] = 1
    mask[column + row // 3 < 8 + scene] = 255
    return mask


def main() -> None:
    """Write every scene into `rasters/`."""
    folder = HERE / "rasters"
    folder.mkdir(exist_ok=True)
    for scene, (name, (west, north)) in enumerate(SCENES.items()):
        with rasterio.open(
            folder / name,
            "w",
            driver="GTiff",
            width=COLUMNS,
            height=ROWS,
            count=1,
            dtype="uint8",
            nodata=255,
            crs="EPSG:32623",
            transform=from_origin(west, north, PIXEL, PIXEL),
            compress="deflate",
        ) as raster:
            raster.write(lakes(scene), 1)
            raster.set_band_description(1, "lake extent")
            print(folder.name, name, sep="/")


if __name__ == "__main__":
    main()
