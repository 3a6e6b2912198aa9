"""The recipe for SLURM, as the docs show it, with a stand-in for SLURM itself."""

import os
import re
from pathlib import Path

import pytest
from project import Project

pytest.importorskip("dask_jobqueue", reason="needs dask-jobqueue: pip install dask-jobqueue")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="SLURM's jobs are shell scripts")
PAGE = Path(__file__).parent.parent / "docs" / "scale.md"
SLURM = {
    "sbatch": """\
cp "$1" "$0.$$" && setsid bash "$0.$$" > "$0.log" 2>&1 < /dev/null &
echo "Submitted batch job $!"
echo $! >> "$0.jobs"
""",
    "scancel": """\
kill -- "-$1"
echo "$1" >> "$0.jobs"
""",
}


@pytest.fixture
def slurm(tmp_path: Path) -> Path:
    """A folder with the two commands; a job is a process of this machine."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    for name, text in SLURM.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}")
        (folder / name).chmod(0o755)
    return folder


def test_the_recipe_for_slurm_builds_and_ends_its_jobs(project: Project, slurm: Path) -> None:
    shown = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (recipe,) = (text for text in shown if "SLURMCluster" in text)
    small = recipe.replace("cores=8, processes=8", "cores=2, processes=2")
    assert small != recipe
    (slurm / "mysite.py").write_text(small)
    for seed in range(3):
        project.raster(f"data/ice_2019010{seed + 1}T000000.tif", seed)
    project.spec('  - files: "data/*.tif"\n    href: https://example.org/{name}\n')
    path = os.pathsep.join([str(slurm), os.environ["PATH"]])
    here = {"PATH": path, "PYTHONPATH": str(slurm)}
    done = project.run("build", "--executor", "mysite:make", "-j1", **here)
    assert (done.returncode, done.stderr) == (0, ""), (slurm / "sbatch.log").read_text()
    assert "3 added" in done.stdout
    submitted, cancelled = (
        set((slurm / f"{name}.jobs").read_text().split()) for name in ("sbatch", "scancel")
    )
    assert submitted
    assert submitted == cancelled
