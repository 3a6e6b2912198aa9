"""All objects of a bucket, in as many attempts as it takes; each goes on where the last stopped."""

from itemcat.bucket import Bucket, Stored
from itemcat.errors import FetchError
from itemcat.fetch.client import Client
from itemcat.fetch.patience import PASSING, PAUSING, Setback
from itemcat.fetch.stores import PAGE, Refused, Stores, uses_credentials
from itemcat.urls import host

MOST = 200_000  # objects
_HINTS = {
    301: "it is in another region: name that as `region:`",
    400: "check the name, and the region of the bucket (`region:`)",
    404: "check its name, and `endpoint:` where it is not one of the cloud's own",
}


class Inventory:
    """The listing of one bucket on its way; `found` is what has come so far, in the store's order.

    Every page counts as a request of `client`, and waits until its host may be asked. How many
    bytes it has, obstore does not tell.
    """

    def __init__(self, bucket: Bucket, stores: Stores, client: Client) -> None:
        self._bucket = bucket
        self._stores = stores
        self._client = client
        self.found: list[Stored] = []

    def attempt(self) -> list[Stored]:
        """Ask for the rest. Raises Setback where another try may help, FetchError otherwise."""
        after = self.found[-1].key if self.found else None
        pages = self._stores.pages(self._bucket, after)
        is_last = False
        while not is_last:
            self._client.begin(host(self._bucket.base))
            try:
                page = next(pages, [])
            except Refused as refused:
                raise self._failure(refused) from None
            self.found += page
            is_last = len(page) < PAGE
            if len(self.found) > MOST:
                what = f"lists more than {MOST:,} objects"
                raise FetchError(self._bucket.shown, what, "name a longer prefix")
        return self.found

    def _failure(self, refused: Refused) -> Setback | FetchError:
        """The error for a page that did not come."""
        where, status, asked = self._bucket.shown, refused.status, host(self._bucket.base)
        if refused.is_bad_key:
            what = "lists an object whose key is no path: part of it is empty, `.` or `..`"
            hint = "name a prefix without it, and tell its publisher"
            return FetchError(where, f"{what}, or a control sign", hint)
        if status is None:
            return Setback(f"host {asked} gave no proper answer", asked)
        what = f"its host answers {refused}"
        if status in PASSING:
            return Setback(f"host {asked} answers {refused}", asked, pauses=status in PAUSING)
        if status in (401, 403):
            return FetchError(where, f"may not be listed: {what}", self._key)
        return FetchError(where, f"cannot be listed: {what}", _HINTS.get(status, _HINTS[404]))

    @property
    def _key(self) -> str:
        if uses_credentials(self._bucket):
            return "the credentials in the environment do not suffice; without: `anonymous: true`"
        return "is it public? Else put the credentials of its cloud into the environment"
