"Every notebook runs alone, in its own process, with one OpenMP thread"
import subprocess, sys

import pytest
from conftest import NBS, QUIET, ROOT, notebooks

# What a `nbdev_test` on the command line does; but a comparison that holds by luck is refused. `test_eq` walks through two frozensets side by
# side, in whatever order a process happens to give them, so that equal ones differ on another day; it compares sets as sets.
STRICT = '''
import sys, fastcore.imports, fastcore.test
from nbdev.test import nbdev_test
equals = fastcore.imports.equals
def strict(a, b):
    if any(isinstance(o, frozenset) and len(o) > 1 for o in (a, b)): raise TypeError(f'compare frozensets as sets: {a!r:.80} and {b!r:.80}')
    return equals(a, b)
fastcore.imports.equals = fastcore.test.equals = strict
nbdev_test(path=sys.argv[1], n_workers=0)
'''

@pytest.mark.parametrize('path', notebooks(), ids=lambda p: str(p.relative_to(NBS)))
def test_runs_alone(path):
    r = subprocess.run([sys.executable, '-c', STRICT, path], cwd=ROOT, env=QUIET, capture_output=True, text=True, timeout=900)
    assert r.returncode == 0, (r.stdout + r.stderr)[-3000:]
