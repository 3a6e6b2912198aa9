"""Machines on which things go wrong: full disks, folders without rights, without locks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# As root, rights keep nobody out; a program without these capabilities is an ordinary user.
ORDINARY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
WITHOUT_LOCKS = """\
import errno, sys
def no_locks(event, arguments):
    if event == "fcntl.flock":
        raise OSError(errno.ENOLCK, "No locks available")
sys.addaudithook(no_locks)
from itemcat.cli import main
sys.exit(main())
"""


def as_ordinary_user() -> list[str]:
    """What to put before a command so that rights count for it; skips the test if they cannot."""
    if not hasattr(os, "geteuid"):
        pytest.skip("rights are those of POSIX")
    if os.geteuid() != 0:
        return []
    if shutil.which(ORDINARY[0]) is None:
        pytest.skip("as root, this needs setpriv")
    return ORDINARY


def on_small_disk(folder: Path, script: str, size: str, **environment: str) -> str:
    """Run a shell script with a file system of so many bytes (`300k`) at `folder`; what it prints.

    `$ITEMCAT` is the command line, `$FOLDER` the folder. Skips the test where this needs rights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mount = f'mount -t tmpfs -o size={size} tmpfs "$FOLDER"'
    settings = {
        **os.environ,
        "FOLDER": str(folder),
        "ITEMCAT": f"{sys.executable} -m itemcat",
        **environment,
    }
    try:
        subprocess.run([*_NAMESPACE, "sh", "-c", mount], env=settings, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system may be mounted here")
    done = subprocess.run(
        [*_NAMESPACE, "sh", "-c", f"{mount} && {script}"],
        env=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout
