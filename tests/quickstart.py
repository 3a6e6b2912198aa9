"""The wheel in a folder, installed into a clean environment, builds the quickstart from elsewhere.

Not collected by pytest: `python tests/quickstart.py DIST`, as the tox environment `package` does.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

QUICKSTART = Path(__file__).parent.parent / "examples" / "quickstart"


def main(dist: Path) -> None:
    """Raises where a command fails or a byte differs."""
    with TemporaryDirectory() as folder:
        outside = Path(folder)
        itemcat = installed(dist, outside / "environment")
        copy = outside / "quickstart"
        shutil.copytree(QUICKSTART, copy)
        run(outside, itemcat, "--version")
        run(outside, itemcat, "build", "--check", str(QUICKSTART))
        shutil.rmtree(copy / "lakes-catalog")
        (copy / "catalog.manifest.json").unlink()
        run(outside, itemcat, "build", str(copy))
        if contents(copy) != contents(QUICKSTART):
            raise SystemExit("error: the quickstart's build differs from what is committed")


def installed(dist: Path, environment: Path) -> Path:
    """The command of the wheel, which is the only one in `dist`, in a new environment."""
    (wheel,) = dist.glob("*.whl")
    venv.create(environment, with_pip=True)
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    run(environment, scripts / "python", "-m", "pip", "install", "--quiet", str(wheel))
    return scripts / "itemcat"


def run(folder: Path, command: Path, *arguments: str) -> None:
    """Run a command in a folder, with a cache there that was never used."""
    settings = {**os.environ, "ITEMCAT_CACHE_DIR": str(folder / "cache")}
    for name in ("PYTHONPATH", "PYTHONHOME"):
        settings.pop(name, None)
    subprocess.run([command, *arguments], cwd=folder, env=settings, check=True)


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file of a folder, with its bytes."""
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
