"""What becomes of a knowledge base when work on it is killed, starved of space or done twice at once.

A short choice runs with every test; `make torture` runs the whole: `FORGE_TORTURE=1`.
"""
import os, random, shutil, signal, sqlite3, subprocess, sys, time
from pathlib import Path

import pytest
from conftest import QUIET, ROOT
from torture import note

from forge_nb.adding import add
from forge_nb.kb import KB

LONG = bool(os.environ.get('FORGE_TORTURE'))
TOOL = ROOT/'tests'/'torture.py'

def shelf(folder:Path, n:int, seed:int=0) -> Path:
    "Write documents of very different lengths"
    rnd, words = random.Random(seed), 'owl oak moth wall light month winter feather quarry tower salt rowan'.split()
    folder.mkdir(parents=True)
    for i in range(n):
        paragraphs = [' '.join(rnd.choices(words, k=rnd.randint(5, 90))).capitalize() + f' {seed}-{i}-{k}.'
                      for k in range(rnd.choice((1, 3, 12, 40)))]
        (folder/f'd{seed}-{i}.md').write_text(f'# Document {i}\n\n' + '\n\n'.join(paragraphs) + '\n')
    return folder

def start(*args) -> subprocess.Popen:
    "Start a piece of work and wait until it begins"
    p = subprocess.Popen([sys.executable, TOOL, *map(str, args)], env=QUIET, cwd=ROOT, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
    assert p.stdout.readline() == 'go\n', p.stderr.read()
    return p

def run(*args) -> tuple[int,str,float]:
    "Do it to the end: exit code, what it said, seconds after its beginning"
    p = start(*args)
    t = time.monotonic()
    said = p.communicate(timeout=300)[1]
    return p.returncode, said, time.monotonic() - t

def copy(db:Path, to:Path) -> Path:
    "Copy a closed base"
    to.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(db, to))

def whole(db:Path, folder:Path|None=None) -> str:
    "Check a base from the page up; its content as a hash"
    raw = sqlite3.connect(db)
    assert raw.execute('PRAGMA integrity_check').fetchone()[0] == 'ok'
    if raw.execute("SELECT 1 FROM sqlite_master WHERE name='chunks_fts'").fetchone():
        raw.execute("INSERT INTO chunks_fts(chunks_fts, rank) VALUES ('integrity-check', 1)")
    raw.rollback(); raw.close()
    with KB(db) as kb:
        for d in kb.documents():
            if folder: assert d.text == (folder/d.source).read_text(), f'{d.source} is not what was read'
        places = [(c.source, c.start, c.end) for c in kb.chunks()]
        assert len(places) == len(set(places)), 'a chunk stands twice'
        return kb.sha()

@pytest.fixture(scope='module')
def base(tmp_path_factory):
    "Two shelves, and the base of the first as it should be"
    top = tmp_path_factory.mktemp('torture')
    one, two = shelf(top/'one', 60), shelf(top/'two', 30, seed=1)
    with KB(top/'clean.sqlite') as kb: add(kb, one)
    with KB(top/'other.sqlite') as kb: add(kb, two)
    return top

def works(top:Path) -> dict[str,tuple]:
    "What is done to which base"
    return dict(add=(None, top/'one'), apply=(top/'clean.sqlite', None), merge=(top/'clean.sqlite', top/'other.sqlite'))

@pytest.mark.parametrize('what', ['add', 'apply', 'merge'])
def test_killed_at_any_point_nothing_is_lost_and_the_next_run_completes(what, base, tmp_path):
    before, other = works(base)[what]
    folder = base/'one' if what == 'add' else None
    args = lambda db: [what, db] + ([other] if other else [])
    ready = lambda name: copy(before, tmp_path/name/'kb.sqlite') if before else tmp_path/name/'kb.sqlite'
    code, said, seconds = run(*args(done := ready('done')))
    assert code == 0, said
    after, rnd, killed, times = whole(done, folder), random.Random(what), 0, 100 if LONG else 6
    allowed = {whole(before), after} if before else None       # all of it or none of it; `add` goes document by document
    for i in range(times):
        p = start(*args(db := ready(f'kill{i}')))
        time.sleep(rnd.uniform(0, 1.1*seconds))
        killed += p.poll() is None
        p.send_signal(signal.SIGKILL); p.communicate()
        if db.exists() and db.stat().st_size:
            found = whole(db, folder)
            assert not allowed or found in allowed, f'half of {what} is there'
            if what != 'add' and found == after: continue
        code, said, _ = run(*args(db))
        assert code == 0, said
        assert whole(db, folder) == after
        shutil.rmtree(db.parent)
    assert killed, 'every run was over before it could be killed'
    note(f'kill -9 during {what}', tries=times, stopped=killed, lost=0, completed=times)

@pytest.mark.parametrize('how', ['--pages', '--bytes'])
@pytest.mark.parametrize('what', ['add', 'apply', 'merge'])
def test_out_of_space_it_says_so_and_goes_on_later(what, how, base, tmp_path):
    before, other = works(base)[what]
    folder = base/'one' if what == 'add' else None
    args = lambda db: [what, db] + ([other] if other else [])
    ready = lambda name: copy(before, tmp_path/name/'kb.sqlite') if before else tmp_path/name/'kb.sqlite'
    code, said, _ = run(*args(done := ready('done')))
    after, size, full = whole(done, folder), done.stat().st_size, 0
    allowed = {whole(before), after} if before else None
    page = int.from_bytes(done.read_bytes()[16:18], 'big')   # as SQLite's header says
    least = before.stat().st_size if before and how == '--pages' else 0
    times = 50 if LONG else 3
    for i in range(times):
        room = least + int((size-least)*(i+.5)/times)
        code, said, _ = run(*args(db := ready(f'{how[2:]}{i}')), how, room//page + 1 if how == '--pages' else room)
        if code: full += 1; assert code == 1 and len(said.strip().splitlines()) == 1, said
        if db.exists() and db.stat().st_size: assert not allowed or whole(db, folder) in allowed
        if code:
            code, said, _ = run(*args(db))
            assert code == 0, said
        assert whole(db, folder) == after     # what had room was done at once, and `apply` is not meant to be done twice
        shutil.rmtree(db.parent)
    assert full, 'there was always space'
    note(f'{"disk full" if how == "--pages" else "short writes"} during {what}', tries=times, stopped=full, lost=0, completed=times)

def test_two_processes_add_at_once(base, tmp_path):
    times = 5 if LONG else 1
    for i in range(times):
        db = tmp_path/f'{i}.sqlite'
        both = [start('add', db, base/'one'), start('add', db, base/'one')]
        said = [p.communicate(timeout=300)[1] for p in both]
        assert [p.returncode for p in both] == [0, 0], said
        assert whole(db, base/'one') == whole(base/'clean.sqlite')
    note('two processes add at once', tries=times, stopped=0, lost=0, completed=times)

def hostile(n:int) -> list[str]:
    "Search texts that a user, a fuzzer or an attacker may type"
    rnd = random.Random(0)
    parts = ['owl', 'OR', 'AND', 'NOT', 'NEAR', '(', ')', '"', "'", '*', ':', '^', '-', '+', '{', '}', ';', '--', '/*', '%', '_',
             'content:', 'title:', 'rowid', '\0', '\n', '\ud800', '🦉', 'ﬁ', '́', 'x'*5000, 'DROP TABLE', 'NEAR(a b,', '""', '\\', '?', '@', '=', '猫']
    return [rnd.choice((' ', '')).join(rnd.choices(parts, k=rnd.randint(0, 12))) for _ in range(n)]

def test_any_search_text_is_safe(base):
    with KB(base/'clean.sqlite') as kb:
        for q in hostile(2000): assert isinstance(kb.search(q, 3), list), repr(q)
    note('hostile search texts', tries=2000, stopped=0, lost=0, completed=2000)
