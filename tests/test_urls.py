import pytest
from hypothesis import given
from hypothesis import strategies as st

from itemcat.urls import file_name, host, is_url, public, redacted

PLAIN = "https://example.org/a/b.tif"


@pytest.mark.parametrize(
    "url",
    [
        PLAIN,
        f"{PLAIN}?download=1",
        f"{PLAIN}?se=1&sp=2",  # without a signature these are anybody's parameters
        f"{PLAIN}?expires=never&format=tif",
        f"{PLAIN}?keyword=ice&tokens=3",
        "data/a b.tif",
        "C:/data/a.tif",
    ],
)
def test_an_innocent_address_stays_as_it_is(url: str) -> None:
    assert public(url) == url


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("token=x&download=1", "?download=1"),
        ("access_token=x", ""),
        ("x-api-key=x", ""),
        ("X-Amz-Signature=x&X-Amz-Credential=y&X-Amz-Date=z", ""),
        ("X%2DAmz%2DSignature=x", ""),
        ("AWSAccessKeyId=x&Signature=y&Expires=1", ""),
        ("X-Goog-Signature=x", ""),
        ("sv=2020&se=2021&sr=b&sp=r&sig=x&download=1", "?download=1"),
        ("Policy=p&Signature=s&Key-Pair-Id=k", ""),
        ("password=x&user=me", "?user=me"),
    ],
)
def test_secrets_and_their_companions_go(query: str, kept: str) -> None:
    assert public(f"{PLAIN}?{query}") == PLAIN + kept


def test_user_info_and_fragment_go() -> None:
    assert public("https://me:pw@example.org:8080/a.tif#access_token=x") == (
        "https://example.org:8080/a.tif"
    )


def test_every_address_in_a_text_is_made_public() -> None:
    text = "GET 'https://me:pw@example.org/a?sig=x' failed, tried http://b.org/?token=y too"
    assert redacted(text) == "GET 'https://example.org/a' failed, tried http://b.org/ too"


@given(st.text(max_size=80))
def test_what_is_public_stays_public(text: str) -> None:
    once = public(f"https://example.org/{text}")
    assert public(once) == once


def test_hosts_and_file_names() -> None:
    assert host("https://me:pw@Example.org:8080/a") == "example.org:8080"
    assert host("data/a.tif") == ""
    assert file_name("https://example.org/a/b%20c.tif?x=1") == "b c.tif"
    assert file_name("https://example.org/") == ""
    assert file_name("data/a%20b.tif") == "a%20b.tif"
    assert is_url("HTTP://example.org/a")
    assert not is_url("ftp://example.org/a")
    assert not is_url("https:///a")
