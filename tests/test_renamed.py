"A renamed file keeps what a person did to its chunks, whatever that was."
import random
import shutil

import pytest

from forge_nb.adding import add
from forge_nb.kb import KB, KBError

WORDS = 'owl mouse oak ash barley waits digs night heath moor stone water light never again while under seven'.split()


def state(kb):
    "What a reader sees: texts, and chunks with their marks, without the first letter of their document's name"
    rows = kb.df().to_dict('records')
    return ({d.source[1:]: d.text for d in kb.documents()},
            {(r['source'][1:], r['start'], r['end']): (r['content'], bool(r['reviewed']), bool(r['edited'])) for r in rows},
            sorted((r['source'][1:], r['text']) for r in kb.removed().rows))


def work(kb, r):
    "Edit, mark and delete at random, and take some of it back"
    for _ in range(r.randint(1, 3)):
        table = kb.df()
        for i in table.index:
            if r.random() < .4:
                words = table.at[i, 'content'].split()
                words[r.randrange(len(words))] = r.choice(['EDIT', '', ' x y '])
                if text := ' '.join(words).strip(): table.at[i, 'content'] = text
            if r.random() < .3: table.at[i, 'reviewed'] = True
        keep = table.loc[[i for i in table.index if r.random() > .2]]
        kb.apply(keep, within=table if r.random() < .6 else None)
    if r.random() < .3 and kb.history().rows:
        try: kb.undo()
        except KBError as e: assert 'cannot be undone' in str(e) or 'nothing to undo' in str(e)


def undone(path):
    "Take back batch after batch: what there is then, and how many could be taken back"
    with KB(path) as kb:
        n = 0
        try:
            while kb.undo(): n += 1
        except KBError as e: assert 'to undo' in str(e) or 'cannot be undone' in str(e)
        return n, state(kb)


@pytest.mark.parametrize('seed', range(40))
def test_work_goes_along(tmp_path, seed):
    r, shelf, base = random.Random(seed), tmp_path/'shelf', tmp_path/'base.sqlite'
    shelf.mkdir()
    for k in range(r.randint(1, 3)):
        lines = [' '.join(r.choice(WORDS) for _ in range(r.randint(3, 20)))+'.' for _ in range(r.randint(1, 8))]
        (shelf/f'd{k}.md').write_text('\n\n'.join(lines) + f' {k}\n')
    cut = dict(zip(('max_tokens', 'overlap'), r.choice([(20, 4), (12, 0), (40, 10)])))
    done = add(base, shelf, **cut)
    with KB(base) as kb: work(kb, r); was = state(kb)
    twin = shutil.copy(base, tmp_path/'twin.sqlite')
    for f in list(shelf.iterdir()): f.rename(shelf/f'e{f.name[1:]}')
    cut = cut if r.random() < .7 else dict(max_tokens=30, overlap=5)
    again = add(base, shelf, **cut, before=done.sources)
    with KB(base) as kb: now = state(kb)
    assert now[0] == was[0] and not again.lost
    if cut['max_tokens'] != 30: assert now == was
    third = add(base, shelf, **cut, before=again.sources)
    with KB(base) as kb: assert state(kb) == now
    assert not third.renamed and third.new == 0
    if cut['max_tokens'] != 30: assert undone(base) == undone(twin)   # the history went along
