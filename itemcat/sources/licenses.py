"""Licences by the names that repositories use, as SPDX identifiers (https://spdx.org/licenses)."""

import re

_CREATIVE_COMMONS = re.compile(r"cc-by(?:-nc)?(?:-sa|-nd)?-[1-4]\.[05](?:-[a-z]{2,3})?")
_DEED = re.compile(
    r"https?://creativecommons\.org/(?:publicdomain/zero/1\.0"
    r"|licenses/([a-z-]+)/([0-9.]+)(?:/(?!deed|legalcode)([a-z]+))?)(?:/|\Z)"
)
# InvenioRDM has the SPDX identifiers in lower case; Zenodo's older API has names of its own.
_OTHERS = {
    name.lower(): name
    for name in (
        *("AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-2.0", "Artistic-2.0", "BSD-2-Clause"),
        *("BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CC-PDDC", "CDLA-Permissive-1.0", "ECL-2.0"),
        *("CDLA-Permissive-2.0", "CDLA-Sharing-1.0", "CECILL-2.1", "EPL-2.0", "EUPL-1.1"),
        *("EUPL-1.2", "GFDL-1.3-only", "GFDL-1.3-or-later", "GPL-2.0-only", "GPL-2.0-or-later"),
        *("GPL-3.0-only", "GPL-3.0-or-later", "ISC", "LGPL-2.1-only", "LGPL-2.1-or-later"),
        *("LGPL-3.0-only", "LGPL-3.0-or-later", "MIT", "MIT-0", "MPL-2.0", "NLOD-1.0"),
        *("NLOD-2.0", "ODbL-1.0", "ODC-By-1.0", "OGL-UK-3.0", "OGL-Canada-2.0", "PDDL-1.0"),
        *("Unlicense", "Zlib", "etalab-2.0", "DL-DE-BY-2.0", "DL-DE-ZERO-2.0"),
    )
} | {
    "cc-zero": "CC0-1.0",
    "cc0": "CC0-1.0",
    "mit-license": "MIT",
    "apache2.0": "Apache-2.0",
    "odc-odbl": "ODbL-1.0",
    "odc-by": "ODC-By-1.0",
    "odc-pddl": "PDDL-1.0",
}


def spdx(name: object) -> str:
    """The SPDX identifier of a licence by a repository's name for it; empty where there is none."""
    text = name.lower() if isinstance(name, str) else ""
    return text.upper() if _CREATIVE_COMMONS.fullmatch(text) else _OTHERS.get(text, "")


def spdx_at(name: object, address: object) -> str:
    """The same by a name with spaces, as in `CC BY 4.0`, and by the address of its text."""
    found = _DEED.match(address) if isinstance(address, str) else None
    if found:
        parts = ("cc", *filter(None, found.groups()))  # the last may be a port, such as us
        return spdx("-".join(parts) if found[1] else "cc0-1.0")
    return spdx("-".join(name.split()) if isinstance(name, str) else name)
