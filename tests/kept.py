"""Schemas for tests, kept in a cache as if they had been fetched: no test needs a network."""

import os
from pathlib import Path

import requests
import requests_cache
from server import Server

from itemcat.check.schemas import FILE

HOSTS = ("schemas.stacspec.org", "stac-extensions.github.io", "geojson.org", "proj.org")
NOWHERE = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "", "NO_PROXY": "127.0.0.1"}
"""An environment in which no schema can be fetched from outside, and which is told at once."""


def keep_schemas(cache: Path) -> bool:
    """Keep all schemas of ITEMCAT_SCHEMAS in a cache; whether there are any."""
    named = os.environ.get("ITEMCAT_SCHEMAS")
    if not named:
        return False
    cache.mkdir(parents=True, exist_ok=True)
    never = requests_cache.NEVER_EXPIRE
    session = requests_cache.CachedSession(str(cache / FILE), "sqlite", "json", expire_after=never)
    with Server() as server, session:
        for host in HOSTS:
            for path in sorted((Path(named) / host).rglob("*.json")):
                name = path.relative_to(named).as_posix()
                server.put(name, path.read_bytes())
                response = requests.get(server.url(name), timeout=10)
                response.url = response.request.url = f"https://{name}"
                session.cache.save_response(response)
    return True
