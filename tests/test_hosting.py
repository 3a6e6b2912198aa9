"""Where a git host shows a file: by the remote's address alone."""

import pytest

from itemcat.hosting import Kind, addresses, approval, hosted

PATH = "out/catalog.json"
GITHUB = "https://raw.githubusercontent.com/Ice/lakes/main/out/catalog.json"


def urls(remote: str, branch: str = "main", path: str = PATH) -> list[str]:
    return [address.url for address in addresses(remote, branch, path)]


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/Ice/lakes.git",
        "https://github.com/Ice/lakes",
        "https://github.com/Ice/lakes/",
        "https://ice:tok3n@github.com/Ice/lakes.git",
        "https://www.github.com/Ice/lakes",
        "HTTPS://GitHub.com/Ice/lakes",
        "git@github.com:Ice/lakes.git",
        "github.com:Ice/lakes.git",
        "ssh://git@github.com/Ice/lakes.git",
        "ssh://git@ssh.github.com:443/Ice/lakes.git",
        "git://github.com/Ice/lakes.git",
    ],
)
def test_every_way_to_write_a_remote_at_github(remote: str) -> None:
    assert urls(remote) == [GITHUB, "https://ice.github.io/lakes/out/catalog.json"]


def test_a_branch_and_a_path_with_signs_that_addresses_quote() -> None:
    found = urls("git@github.com:ice/lakes.git", "feature/#1", "mes données/catalog.json")
    quoted = "mes%20donn%C3%A9es/catalog.json"
    assert found == [
        f"https://raw.githubusercontent.com/ice/lakes/feature/%231/{quoted}",
        f"https://ice.github.io/lakes/{quoted}",
    ]


@pytest.mark.parametrize(
    ("remote", "root"),
    [
        ("git@github.com:Ice/ice.github.io.git", "https://ice.github.io/out/catalog.json"),
        ("git@gitlab.com:ice/ice.gitlab.io.git", "https://ice.gitlab.io/out/catalog.json"),
    ],
)
def test_the_repository_that_is_the_root_of_its_owner_s_pages(remote: str, root: str) -> None:
    assert urls(remote)[1] == root


def test_gitlab_has_groups_in_groups() -> None:
    assert urls("git@gitlab.com:Ice/greenland/lakes.git") == [
        "https://gitlab.com/Ice/greenland/lakes/-/raw/main/out/catalog.json",
        "https://ice.gitlab.io/greenland/lakes/out/catalog.json",
    ]


def test_a_gitlab_of_an_institute_has_no_pages_that_are_known() -> None:
    assert urls("https://gitlab.example.org:8443/ice/lakes.git") == [
        "https://gitlab.example.org:8443/ice/lakes/-/raw/main/out/catalog.json"
    ]
    assert urls("ssh://git@gitlab.example.org:2222/ice/lakes.git") == [
        "https://gitlab.example.org/ice/lakes/-/raw/main/out/catalog.json"
    ]


def test_codeberg_and_hosts_like_it() -> None:
    assert urls("git@codeberg.org:Ice/lakes.git") == [
        "https://codeberg.org/Ice/lakes/raw/branch/main/out/catalog.json",
        "https://ice.codeberg.page/lakes/out/catalog.json",
    ]
    assert urls("https://forgejo.example.org/ice/lakes") == [
        "https://forgejo.example.org/ice/lakes/raw/branch/main/out/catalog.json"
    ]


def test_pages_are_said_to_need_something() -> None:
    remotes = ("git@github.com:a/b", "git@gitlab.com:a/b", "git@codeberg.org:a/b")
    for remote in remotes:
        raw, pages = addresses(remote, "main", PATH)
        assert (raw.condition, bool(pages.condition)) == ("", True)


@pytest.mark.parametrize(
    "remote",
    [
        "file:///srv/git/lakes.git",
        "/srv/git/lakes.git",
        "../lakes.git",
        r"C:\git\lakes.git",
        "C:/git/lakes.git",
        "https://git.example.org/ice/lakes.git",
        "https://github.com.example.org/ice/lakes.git",
        "https://example.org/github.com/lakes.git",
        "https://evil.org/x@github.com/a",
        "https://github.com/lakes.git",
        "https://github.com/ice/lakes/tree",
        "https://gist.github.com/ice/0123.git",
        "git@work:ice/lakes.git",
        "",
        "github.com",
    ],
)
def test_what_is_no_repository_at_a_known_host_has_no_address(remote: str) -> None:
    assert hosted(remote) is None
    assert urls(remote) == []


def test_no_secret_of_the_remote_is_in_an_address() -> None:
    for remote in ("https://ice:tok3n@gitlab.com/a/b.git", "https://tok3n@codeberg.org/a/b"):
        assert all("tok3n" not in url for url in urls(remote))


def test_the_kind_of_a_host() -> None:
    kinds = {"github.com": Kind.GITHUB, "gitlab.org.int": Kind.GITLAB, "gitea.com": Kind.GITEA}
    for name, kind in kinds.items():
        found = hosted(f"git@{name}:a/b.git")
        assert found is not None
        assert found.kind is kind


def test_what_the_open_science_catalog_says_of_a_host() -> None:
    assert "raw.githubusercontent.com is no approved host" in approval(GITHUB)
    assert "ice.github.io is no approved host" in approval("https://ice.github.io/lakes/c.json")
    for url in ("https://eo.esa.int/c.json", "https://github.io.example.org/", "https://a.org/c"):
        assert approval(url) == ""
