"Every notebook runs alone, in its own process, with one OpenMP thread"
import pytest
from conftest import NBS, ROOT, notebooks
from warm import HEAVY, LIGHT, warm

# What a `nbdev_test` on the command line does; but a comparison that holds by luck is refused. `test_eq` walks through two frozensets side by
# side, in whatever order a process happens to give them, so that equal ones differ on another day; it compares sets as sets. And what is plain is
# compared as it stands: it asks each byte of two files what it is, half a minute for the weights of the smallest model.
STRICT = '''
import sys, fastcore.imports, fastcore.test
from nbdev.test import nbdev_test
equals = fastcore.imports.equals
def strict(a, b):
    if type(a) is type(b) and type(a) in (bytes, str, int, float, bool): return a == b
    if any(isinstance(o, frozenset) and len(o) > 1 for o in (a, b)): raise TypeError(f'compare frozensets as sets: {a!r:.80} and {b!r:.80}')
    return equals(a, b)
fastcore.imports.equals = fastcore.test.equals = strict
nbdev_test(path=sys.argv[1], n_workers=0)
'''

def heavy(path) -> bool:
    "Whether the room may meet torch: from 48 on, and whatever is no room"
    return not path.name[:2].isdigit() or path.name >= '48'

@pytest.mark.parametrize('path', notebooks(), ids=lambda p: str(p.relative_to(NBS)))
def test_runs_alone(path):
    r = warm(STRICT, path, libraries=HEAVY if heavy(path) else LIGHT, cwd=ROOT, timeout=900)
    assert r.returncode == 0, (r.stdout + r.stderr)[-3000:]
