"""Addresses as they may be shown: without user info, tokens and signatures."""

import re
from pathlib import PurePosixPath
from urllib.parse import unquote, unquote_plus, urlsplit, urlunsplit

# Names that carry a credential in a query, alone or as the end of a longer one (`access_token`,
# `x-api-key`), and the whole families of signed addresses (AWS, Google, Huawei, Tencent).
_SECRET = re.compile(
    r"""(?:x-(?:amz|goog|obs|oss|cos)-.*
        | (?:.*[._-])?(?:token|auth|authorization|api[._-]?key|access[._-]?key(?:[._-]?id)?
            |key-pair-id|secret|password|passwd|pwd|credentials?|signature|sig|session|jwt)
        | accesstoken | key | awsaccesskeyid | googleaccessid | ossaccesskeyid)""",
    re.IGNORECASE | re.VERBOSE,
)
# What travels with a signature and means nothing without it: AWS V2, CloudFront, Azure SAS.
_COMPANIONS = frozenset(
    {"expires", "policy", "sv", "ss", "srt", "sr", "st", "se", "sp", "spr", "sip", "si"}
    | {"skoid", "sktid", "skt", "ske", "sks", "skv", "sdd", "ses"}
)
_SIGNATURES = frozenset({"signature", "sig"})
_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_PLAIN = re.compile(r"(?:https?://[\w.:-]+/)?(?:[\w~+,=@-][\w.~+,=@-]*/)*[\w~+,=@-][\w.~+,=@-]*")
_ADDRESS = re.compile(r"""[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"'<>]+""")


def public(url: str) -> str:
    """The address without what only its owner may know; an innocent `?download=1` stays.

    User info, secrets in the query and the fragment go. What is no URL with a host comes back
    as it is.
    """
    if "?" not in url and "@" not in url and "#" not in url:
        return url  # nothing that could hide anything, and there may be many
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if not parts.netloc:
        return url
    pairs = [(_name(pair), pair) for pair in parts.query.split("&")]
    signed = any(name in _SIGNATURES for name, _ in pairs)
    kept = [
        pair
        for name, pair in pairs
        if not _SECRET.fullmatch(name) and not (signed and name in _COMPANIONS)
    ]
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, netloc, parts.path, "&".join(kept), ""))


def redacted(text: str) -> str:
    """A text, such as another library's error message, with every address in it made public."""
    return _ADDRESS.sub(lambda match: public(match.group()), text)


def host(url: str) -> str:
    """The host and port that an address names, in lower case; empty for a local path."""
    return urlsplit(public(url)).netloc.lower()


def is_url(text: str) -> bool:
    """Whether a text is an http or https address, as opposed to a path."""
    return _URL.fullmatch(text) is not None


def file_name(location: str) -> str:
    """The file name that an address or a path with slashes ends in; empty where there is none."""
    if _PLAIN.fullmatch(location):
        return location.rpartition("/")[2]
    path = unquote(urlsplit(location).path) if is_url(location) else location
    return PurePosixPath(path).name


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0]).lower()
