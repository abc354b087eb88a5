"`forge prefer`, killed and interrupted while the model answers"
import json, shutil, signal, subprocess, sys, time
from pathlib import Path

from conftest import QUIET, ROOT
from forge_nb.pipeline import prefer, train
from test_journey import forge
from test_schemaproj import small

def stopped(folder:Path, how:signal.Signals, after:int) -> list[str]:
    "Begin, and end it when so many portions are on disk: the lines of the progress file"
    at = folder/'data'/'preferences_progress.jsonl'
    lines = lambda: at.read_bytes().splitlines(keepends=True) if at.exists() else []
    p = subprocess.Popen([sys.executable, '-m', 'forge_nb', 'prefer', str(folder)], env=QUIET, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    while p.poll() is None and len(lines()) < after: time.sleep(.01)
    p.send_signal(how)
    _, said = p.communicate(timeout=120)
    assert p.returncode == (130 if how == signal.SIGINT else -how) and 'Traceback' not in said, said
    return lines()

def test_what_was_answered_is_not_asked_again(tmp_path):
    "Killed, interrupted, run to the end: the file of a run that nobody disturbed, and no portion twice"
    folder = small(tmp_path, generate=dict(num=300), prefer=dict(prompts=256, samples=2, max_new_tokens=4))
    train(folder, until='sft')
    twin = Path(shutil.copytree(folder, tmp_path/'twin'))
    assert len(prefer(twin)) > 10
    first = stopped(folder, signal.SIGKILL, 1)
    assert not (folder/'data'/'preferences.jsonl').exists()
    second = stopped(folder, signal.SIGINT, len(first) + 1)
    assert second[:len(first)] == first
    where = [(r['round'], r['start'], r['batch']) for r in map(json.loads, second)]
    assert len(where) == len(set(where))
    (folder/'data'/'preferences_progress.jsonl').open('ab').write(b'{"key": "torn')
    r = forge('prefer', folder)
    assert r.returncode == 0, r.stderr
    assert (folder/'data'/'preferences.jsonl').read_bytes() == (twin/'data'/'preferences.jsonl').read_bytes()
    assert not (folder/'data'/'preferences_progress.jsonl').exists()
