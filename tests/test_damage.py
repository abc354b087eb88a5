"A knowledge base that something has happened to: each way to use it works, or says in one line what is wrong"
import random
import shutil
import sqlite3

import pytest

from forge_nb.adding import add
from forge_nb.core import ForgeError
from forge_nb.kb import KB, search

USES = dict(
    search=lambda p: search(p, 'the owl waits in a field', 5), counts=lambda p: KB(p).counts(), texts=lambda p: list(KB(p).documents()),
    chunks=lambda p: list(KB(p).chunks()), drops=lambda p: KB(p).drops(), sha=lambda p: KB(p).sha(), table=lambda p: KB(p).df(),
    add=lambda p: add(p, p.parent/'shelf'), apply=lambda p: KB(p).apply(KB(p).df()), history=lambda p: KB(p).history(),
    twins=lambda p: KB(p).duplicates(), text=lambda p: repr(KB(p)))


@pytest.fixture(scope='module')
def base(tmp_path_factory):
    "A base of some hundred chunks, and its documents"
    top = tmp_path_factory.mktemp('damage')
    (top/'shelf').mkdir()
    rnd = random.Random(0)
    for i in range(24):
        words = ' '.join(rnd.choice('the owl waits in a field of rye until dusk'.split()) for _ in range(900))
        (top/'shelf'/f'{i}.md').write_text(f'# Owl {i}\n\n{words}')
    add(top/'kb.sqlite', top/'shelf')
    return top/'kb.sqlite'


def damage(data, how, rnd):
    "Damage the bytes of a file"
    at = rnd.randrange(0, len(data))
    if how == 'cut': return data[:at]
    if how == 'zeros': return data[:at] + bytes(min(40_000, len(data) - at)) + data[at+40_000:]
    if how == 'noise': return data[:at] + rnd.randbytes(min(9000, len(data) - at)) + data[at+9000:]
    return bytes(b ^ 255 if rnd.random() < .001 else b for b in data)


@pytest.mark.parametrize('how', ['cut', 'zeros', 'noise', 'flips'])
def test_damaged(base, tmp_path, how):
    "Whatever was overwritten, nothing but an error of ours comes out"
    rnd, data, said = random.Random(how), base.read_bytes(), []
    shutil.copytree(base.parent/'shelf', tmp_path/'shelf')
    for n in range(2):
        bad = damage(data, how, rnd)
        for name, use in USES.items():
            path = tmp_path/f'{n}{name}.sqlite'
            path.write_bytes(bad)
            try: use(path)
            except ForgeError as e: said.append(str(e))
    assert said and all('\n' not in s for s in said)
    assert any(w in s for s in said for w in ('damaged', 'not a SQLite file', 'another program'))


def test_locked(base, tmp_path):
    "Another writer is named, and waited for no longer than was asked"
    path = tmp_path/'kb.sqlite'
    shutil.copy(base, path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute('BEGIN IMMEDIATE')
    with KB(path, wait=.1) as kb:
        assert kb.search('owl')
        with pytest.raises(ForgeError, match='another process is writing'): kb.forget(['0.md'])
        with pytest.raises(ForgeError, match='another process is writing'): kb.apply(kb.df().assign(content='x'))
    other.close()
