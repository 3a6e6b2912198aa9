"""A folder on a web server as a source: the files that its page links to."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from project import Project, raster_bytes
from server import Server

from itemcat.errors import ItemcatError, Problems

NAMES = [f"a_2019022{day}T203744.tif" for day in (1, 2, 3)]
# By hand, as Apache's mod_autoindex and nginx's ngx_http_autoindex_module write them.
APACHE = """\
<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /data</title></head><body><h1>Index of /data</h1><table>
<tr><th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th>
<th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td><img src="/icons/back.gif"></td><td><a href="/">Parent Directory</a></td></tr>
<tr><td><img src="/icons/folder.gif"></td><td><a href="old/">old/</a></td></tr>
{}
</table></body></html>
"""
NGINX = """\
<html><head><title>Index of /data/</title></head><body><h1>Index of /data/</h1><hr><pre>
<a href="../">../</a>
{}</pre><hr></body></html>
"""
LINK = '<A class=file HREF="{0}">{0:.12}..&gt;</A> 24-Feb-2019 20:37  960\n'


@pytest.fixture
def lakes(project: Project, server: Server) -> Project:
    for seed, name in enumerate(NAMES):
        server.put(f"data/{name}", raster_bytes(seed), etag=f'"{seed}"')
    project.spec(f'  - index: {server.url("data/")}\n    include: "*.tif"\n')
    return project


def page(server: Server, form: str, links: list[str]) -> None:
    text = form.format("".join(LINK.format(link) for link in links))
    server.put("data/", text.encode(), etag=f'"{len(text)}"', headers={"Content-Type": "text/html"})


def failure(project: Project, **options: bool) -> ItemcatError:
    before = project.files()
    with pytest.raises(Problems) as raised:
        project.build(**options)
    assert project.files() == before
    [error] = raised.value.errors
    return error


@pytest.mark.parametrize("form", [APACHE, NGINX])
def test_the_files_that_a_page_links_to(lakes: Project, server: Server, form: str) -> None:
    page(server, form, [*reversed(NAMES), NAMES[0], "notes.txt"])
    result = lakes.build()
    assert list(result.decisions) == [name[:-4] for name in NAMES]
    assert result.totals.requests == 1 + len(NAMES)
    assert lakes.build(refresh=True).is_same
    asked = len(server.requests)
    (lakes.folder / "catalog.yaml").touch()
    assert lakes.build().is_same
    assert len(server.requests) == asked


def test_another_servers_page(project: Project, tmp_path: Path) -> None:
    """Python's own server: its names are quoted in the page."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/é & _20190221T000000.tif").write_bytes(raster_bytes())
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path / "site")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            project.spec(f"  - index: http://127.0.0.1:{server.server_address[1]}/\n")
            assert list(project.build().decisions) == ["__20190221T000000"]
        finally:
            server.shutdown()
            thread.join()


def test_links_that_lead_elsewhere_are_no_files(lakes: Project, server: Server) -> None:
    page(
        server,
        NGINX,
        [
            NAMES[0],
            f"../{NAMES[1]}",
            f"/{NAMES[1]}",
            f"//evil.example/data/{NAMES[1]}",
            f"https://evil.example/data/{NAMES[1]}",
            "http://[evil/b.tif",
            f"old/{NAMES[1]}",
            f"..%2f{NAMES[1]}",
            f"a%0a{NAMES[1]}",
            f"a%5c{NAMES[1]}",
            f"{NAMES[1]}?token=1",
            "javascript:alert(1)/b.tif",
            "%2e%2e",
            f"./{NAMES[2]}#here",
        ],
    )
    assert list(lakes.build().decisions) == [NAMES[0][:-4], NAMES[2][:-4]]


def test_a_page_that_lists_nothing_is_no_removal(lakes: Project, server: Server) -> None:
    page(server, APACHE, ["a.txt"])
    assert failure(lakes).exit_code == 2
    page(server, APACHE, NAMES)
    lakes.build()
    for links in ([], ["a.txt"]):
        page(server, APACHE, links)
        assert failure(lakes, refresh=True).exit_code == 3
    page(server, APACHE, NAMES[1:])
    assert len(lakes.build(refresh=True).decisions) == 3  # two to keep, one to remove


def test_a_folder_that_is_not_listed(lakes: Project) -> None:
    error = failure(lakes)
    assert (error.exit_code, "its host answers 404" in error.what) == (3, True)
