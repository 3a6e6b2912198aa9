"""What is left to workers of files that are read by their heads, and what goes along."""

import pytest

from itemcat.bucket import Bucket
from itemcat.cluster.cell import packed
from itemcat.heads import Order, fit_to_travel, look
from itemcat.model import Asset, FetchRules, Rate

URL = "https://example.org/a.tif"


def order(url: str = URL, rules: FetchRules | None = None, *buckets: Bucket) -> Order | None:
    asset = Asset("a.tif", url)
    return fit_to_travel(Order(asset, "raster", {}, None, False, rules or FetchRules(), buckets))


@pytest.mark.parametrize(
    ("url", "rules"),
    [
        ("https://me:secret@example.org/a.tif", FetchRules()),
        (f"{URL}?token=secret", FetchRules()),
        ("https://zenodo.org/records/1/files/a.tif", FetchRules()),
        (URL, FetchRules(rate={"example.org": Rate(30, 60)})),
        (URL, FetchRules(headers={"example.org": {"X-Api-Key": "secret"}})),
    ],
)
def test_what_is_secret_or_counted_is_asked_for_here(url: str, rules: FetchRules) -> None:
    assert order(url, rules) is None


def test_an_order_holds_what_is_about_its_file_and_no_secret() -> None:
    headers = {
        "example.org": {"Authorization": "Bearer ${TOKEN}"},
        "other.org": {"X-Api-Key": "a secret of another host"},
    }
    rules = FetchRules(headers=headers, rate={"other.org": Rate(1, 1)}, netrc=True)
    found = order(URL, rules, Bucket("s3", "lakes", "data/"))
    assert found
    assert found.rules == FetchRules(headers={"example.org": headers["example.org"]}, netrc=True)
    assert found.buckets == ()
    assert b"secret" not in packed(look, found)


def test_an_order_names_the_bucket_that_takes_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    private, public = Bucket("s3", "lakes", "a/"), Bucket("s3", "lakes", "a/", anonymous=True)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an id")
    for bucket, signed in ((private, private), (public, None)):
        found = order(bucket.address("a/a.tif"), None, bucket)
        assert found
        assert (found.buckets, found.signed) == ((bucket,), signed)
        assert b"an id" not in packed(look, found)
