"Every notebook runs alone, in its own process, with one OpenMP thread"
import subprocess, sys
from pathlib import Path

import pytest
from conftest import NBS, QUIET, ROOT, notebooks

@pytest.mark.parametrize('path', notebooks(), ids=lambda p: str(p.relative_to(NBS)))
def test_runs_alone(path):
    r = subprocess.run([Path(sys.executable).parent/'nbdev_test', '--path', path, '--n_workers', '0'], cwd=ROOT, env=QUIET, capture_output=True, text=True, timeout=900)
    assert r.returncode == 0, (r.stdout + r.stderr)[-3000:]
