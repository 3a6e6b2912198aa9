"""A repository as Zenodo and InvenioRDM are, on the test server: its API's answers, and its files.

    repository = Repository(server)
    repository.publish("abc12-34567", {"a.tif": data})     # answers as InvenioRDM does
    ...  # - invenio: <repository.page("abc12-34567")>

The shapes were written by hand from what the two document.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from server import Fault, Server

ABOUT: dict[str, Any] = {
    "title": "Lakes on ice",
    "description": "<p>Extents of <em>lakes</em>.</p><p>Water &amp; ice.</p>",
    "publication_date": "2023-01-25",
    "version": "1.0",
    "creators": [
        {"name": "Doe, Jane", "affiliation": "Ice Lab", "orcid": "0000-0002-1825-0097"},
        {"name": "Roe, Rick"},
    ],
    "keywords": ["lakes", "ice"],
    "license": "cc-by-4.0",
}
DOI = "10.5281/zenodo.{}"


def md5(data: bytes) -> str:
    return f"md5:{hashlib.md5(data, usedforsecurity=False).hexdigest()}"


class Repository:
    """Records on a server; `host` is the address that they name themselves by."""

    def __init__(self, server: Server, host: str = "") -> None:
        self.server = server
        self.host = host or server.url("").rstrip("/")

    def page(self, record: str) -> str:
        """The public address of a record."""
        return f"{self.host}/records/{record}"

    def publish(
        self,
        record: str,
        files: Mapping[str, bytes],
        *,
        form: str = "invenio",
        concept: str = "concept-1",
        is_latest: bool = True,
        **about: Any,
    ) -> dict[str, Any]:
        """Serve a record and its files; `about` replaces parts of ABOUT. Its answer comes back."""
        said = {**ABOUT, **about}
        make = {"zenodo": self._zenodo, "invenio": self._invenio, "apart": self._apart}[form]
        answer = make(record, files, concept, is_latest, said)
        self.answer(record, answer)
        for name, data in files.items():
            path = f"records/{record}/files/{quote(name, safe='')}"
            self.server.put(path, data, etag=f'"{md5(data)}"')
        if is_latest:
            self.server.fault(
                f"api/records/{concept}",
                always=Fault(302, {"Location": f"{self.server.url(f'api/records/{record}')}"}),
            )
        return answer

    def answer(self, record: str, value: Any, path: str = "") -> None:
        """Let the API answer with this value (or these bytes) for a record."""
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.server.put(
            f"api/records/{record}{path}",
            data,
            etag=f'"{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"',
            headers={"Content-Type": "application/json", "Set-Cookie": "session=s3cret"},
        )

    def _links(self, record: str, concept: str) -> dict[str, str]:
        api = f"{self.host}/api/records"
        return {
            "self": f"{api}/{record}",
            "self_html": self.page(record),
            "parent": f"{api}/{concept}",
            "files": f"{api}/{record}/files",
            "latest": f"{api}/{record}/versions/latest",
            "latest_html": f"{self.page(record)}/latest",
            "versions": f"{api}/{record}/versions",
        }

    def _zenodo(
        self, record: str, files: Mapping[str, bytes], concept: str, is_latest: bool, said: Any
    ) -> dict[str, Any]:
        """https://developers.zenodo.org/#records: numbers for ids, `files` as a list."""
        links = self._links(record, concept)
        version = {"index": 0, "is_last": is_latest}
        parent = {"pid_type": "recid", "pid_value": concept}
        return {
            "created": "2023-01-25T10:00:00.000000+00:00",
            "id": int(record),
            "recid": record,
            "conceptrecid": concept,
            "doi": DOI.format(record),
            "conceptdoi": DOI.format(concept),
            "title": said["title"],
            "metadata": {
                **said,
                "doi": DOI.format(record),
                "access_right": "open",
                "resource_type": {"title": "Dataset", "type": "dataset"},
                "license": {"id": said["license"]},
                "relations": {"version": [{**version, "parent": parent}]},
            },
            "links": links,
            "files": [
                {
                    "id": f"00000000-0000-4000-8000-{n:012}",
                    "key": name,
                    "size": len(data),
                    "checksum": md5(data),
                    "links": {"self": f"{links['files']}/{name}/content"},
                }
                for n, (name, data) in enumerate(files.items())
            ],
            "state": "done",
            "submitted": True,
        }

    def _invenio(
        self, record: str, files: Mapping[str, bytes], concept: str, is_latest: bool, said: Any
    ) -> dict[str, Any]:
        """InvenioRDM's own form: `files.entries` by name, people as `person_or_org`."""
        creators = [
            {
                "person_or_org": {
                    "type": "personal",
                    "name": one["name"],
                    "identifiers": [
                        {"scheme": "orcid", "identifier": one["orcid"]}
                        for _ in range("orcid" in one)
                    ],
                }
            }
            for one in said["creators"]
        ]
        same = {key: said[key] for key in ("title", "description", "publication_date", "version")}
        return {
            "id": record,
            "parent": {"id": concept},
            "versions": {"index": 1, "is_latest": is_latest},
            "is_published": True,
            "pids": {"doi": {"identifier": f"10.1234/{record}", "provider": "datacite"}},
            "metadata": {
                **same,
                "publisher": "Ice Archive",
                "creators": creators,
                "subjects": [{"subject": word} for word in said["keywords"]],
                "rights": [{"id": said["license"], "props": {"scheme": "spdx"}}],
            },
            "access": {"record": "public", "files": "public", "status": "open"},
            "links": self._links(record, concept),
            "files": {
                "enabled": True,
                "count": len(files),
                "entries": {name: self._entry(name, data) for name, data in files.items()},
            },
        }

    def _apart(
        self, record: str, files: Mapping[str, bytes], concept: str, is_latest: bool, said: Any
    ) -> dict[str, Any]:
        """As earlier versions of InvenioRDM answer: the files are listed at an address apart."""
        answer = self._invenio(record, files, concept, is_latest, said)
        answer["files"] = {"enabled": True, "order": []}
        entries = [self._entry(name, data) for name, data in files.items()]
        self.answer(record, {"enabled": True, "entries": entries}, "/files")
        return answer

    def _entry(self, name: str, data: bytes) -> dict[str, Any]:
        return {
            "key": name,
            "ext": name.rpartition(".")[2],
            "size": len(data),
            "checksum": md5(data),
            "mimetype": "image/tiff",
            "access": {"hidden": False},
        }
