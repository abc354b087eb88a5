"""What becomes of a reader when it is given hostile files, in a process that is watched.

A short choice runs with every test; `make torture` runs the whole: `FORGE_TORTURE=1`.
"""
import json, os, socket, subprocess, sys, threading
from pathlib import Path

import pytest
from conftest import QUIET, ROOT

sys.path.insert(0, str(ROOT/'tests'/'hostile'))
from make import FILES, good_pdf, make  # noqa: E402
from torture import note  # noqa: E402

LONG = bool(os.environ.get('FORGE_TORTURE'))
SECONDS, MB = 30, 1024

@pytest.fixture(scope='module')
def campaign(tmp_path_factory):
    "Read them all; what was said of each, the files, and who called"
    top = tmp_path_factory.mktemp('hostile')
    canary, called = top/'private.txt', []
    canary.write_text('canary-7f3a')
    with socket.create_server(('127.0.0.1', 0)) as ear:
        def listen() -> None:
            while True:
                try: called.append(ear.accept()[1])
                except OSError: return
        threading.Thread(target=listen, daemon=True).start()
        files = make(top/'files', f'http://127.0.0.1:{ear.getsockname()[1]}/', str(canary), LONG)
        (top/'files'/'~ a good one.pdf').write_bytes(good_pdf())
        r = subprocess.run([sys.executable, ROOT/'tests'/'hostile'/'read.py', top/'files'], cwd=ROOT, env={**QUIET, 'PYTHONPATH': str(ROOT)},
                           capture_output=True, text=True, timeout=1200)
    assert r.returncode == 0, r.stderr[-2000:]
    said = {s['name']: s for s in map(json.loads, r.stdout.splitlines())}
    worst = max(said.values(), key=lambda s: s['seconds'])
    note('hostile files', tries=len(files), stopped=sum(not s['documents'] for s in said.values()), lost=0, completed=len(said)-1,
         worst_seconds=worst['seconds'], most_mb=max(s['mb'] + s['reader_mb'] for s in said.values()))
    print(f'{len(files)} hostile files, {len(said)-1} survived, worst {worst["seconds"]} s ({worst["name"]}), '
          f'{max(s["mb"] for s in said.values())} MB and {max(s["reader_mb"] for s in said.values())} MB in the reader')
    return said, files, called, top

def test_every_file_is_survived(campaign):
    said, files, _, _ = campaign
    assert len(FILES) >= 60 and len(files) >= 60
    assert {p.name for p in files} <= set(said)
    assert all(s['documents'] or s['drops'] for s in said.values()), 'something vanished without a reason'
    assert said['~ a good one.pdf']['documents'] == 1, 'after all that, a good file is read'

def test_no_file_costs_too_much(campaign):
    said = campaign[0].values()
    assert not [(s['name'], s['seconds']) for s in said if s['seconds'] > SECONDS]
    assert not [(s['name'], s['mb'], s['reader_mb']) for s in said if s['mb'] + s['reader_mb'] > MB]

def test_nothing_outside_the_document_is_read_written_or_called(campaign):
    said, files, called, top = campaign
    assert not called, 'somebody called'
    assert not [s['name'] for s in said.values() if s['leaked']]
    assert {p.name for p in (top/'files').iterdir()} == set(said) and {p.name for p in top.iterdir()} == {'files', 'private.txt'}
    assert not Path('/tmp/forge_nb_escaped.md').exists()

# Places instead of files

@pytest.mark.skipif(os.name != 'posix', reason='pipes, sockets and devices are files on POSIX only')
def test_places_that_are_no_files(tmp_path):
    "A pipe, a socket, a loop, a file nobody may read, a name of no encoding: each one drop, and the good file is read"
    from forge_nb.documents import REASONS, read_documents
    os.mkfifo(tmp_path/'pipe.md')
    s = socket.socket(socket.AF_UNIX); s.bind(str(tmp_path/'socket.md'))
    (tmp_path/'loop.md').symlink_to('loop.md'); (tmp_path/'gone.md').symlink_to('nowhere'); (tmp_path/'zero.md').symlink_to('/dev/zero')
    (tmp_path/'around').symlink_to('.')
    (tmp_path/'closed.md').write_text('secret'); (tmp_path/'closed.md').chmod(0)
    (tmp_path/'nothing.md').touch()
    (tmp_path/'owl.md').write_text('The owl waits.')
    odd = os.fsencode(tmp_path) + b'/owl \xff\xfe.md'
    with open(odd, 'w') as f: f.write('The other owl waits.')
    drops = []
    docs = list(read_documents(tmp_path, drops=drops))
    s.close()
    names = {d.source for d in docs} - {'closed.md'}          # root may read it
    assert names == {'owl.md', 'owl \ufffd\ufffd.md'}
    assert {d.source: d.reason for d in drops if d.source != 'closed.md'} == {**dict.fromkeys(('pipe.md', 'socket.md', 'loop.md', 'gone.md', 'zero.md', 'around'), 'unreadable'), 'nothing.md': 'empty'}
    assert {d.reason for d in drops} <= set(REASONS)

def test_a_file_that_changes_and_a_folder_that_goes(tmp_path):
    from forge_nb.documents import list_sources, read_documents
    from forge_nb.parsers import _bytes
    growing = tmp_path/'log.txt'
    growing.write_text('The owl waits.\n'*1_000_000)
    with subprocess.Popen([sys.executable, '-uc', f"f = open({str(growing)!r}, 'a')\nwhile True: f.write('It waits.' + chr(10)); f.flush()"]) as writer:
        try: seen = [_bytes(str(growing), 1<<30, tries=1) for _ in range(60)]
        finally: writer.kill()
    assert all(isinstance(s, bytes) or s == dict(drop='unreadable', detail='it was changed while it was read') for s in seen)
    assert any(isinstance(s, dict) for s in seen), 'a growing file was never noticed'
    growing.write_text('The owl waits.')
    (tmp_path/'a').mkdir(); (tmp_path/'a'/'owl.md').write_text('The owl.'); (tmp_path/'b.md').write_text('The mouse.')
    drops = []
    reading = read_documents(tmp_path, drops=drops)
    (tmp_path/'a'/'owl.md').unlink(); (tmp_path/'a').rmdir()
    assert [d.source for d in reading] == ['b.md', 'log.txt'] and [d.reason for d in drops] == ['unreadable']
    assert len(list_sources(tmp_path)) == 2
