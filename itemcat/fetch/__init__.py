"""Fetching: from an asset to its blob in the cache; nothing here knows STAC.

`fetcher` decides, `download` brings one body over several attempts, `client` sends one request,
`part` is a body on its way, `ranges` asks for parts of a file only, `pages` are answers that are
no file, `store` is what is asked of a cache, `promises` what was declared of a file, `transport`
what is small and asked for by others, `probe` only asks whether there is an answer; `stores` knows
object stores, `inventory` lists them, and `depot` reads and writes objects; `patience`, `hosts` and
`lanes` are the manners: how long to wait, whom to leave alone, how much at once.
"""

from itemcat.fetch.fetcher import Fetcher
from itemcat.fetch.lanes import Lanes
from itemcat.fetch.probe import Probe

__all__ = ["Fetcher", "Lanes", "Probe"]
