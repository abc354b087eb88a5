"Two processes that meet by gloo train as one does with the same batch: losses, counts, folder, Ctrl-C and resuming"
import json, os, subprocess, sys

from conftest import ROOT

from forge_nb.disk import read_jsonl
from forge_nb.manifests import Manifest

# Batches of three, so that two processes have an odd block; the last one has a single block. The second process is
# pressed Ctrl-C while it is probed after step 4, and the same processes go on from the end of step 5.
JOB = """
import json, os, signal, sys
from pathlib import Path
from forge_nb.configs import SFTConfig
from forge_nb.core import Tally
from forge_nb.mixtures import text_rows
from forge_nb.ranks import join, one_process
from forge_nb.train import train_stage

out, press = Path(sys.argv[1]), sys.argv[2] == 'press'
me = join()
rows = lambda tok, tally: list(text_rows([f'Owl {i} waits for mouse {i*i} in the tall oak.' for i in range(24)], tok, tally=tally))
config = SFTConfig(learning_rate=3e-3, batch_size=3, length=64, epochs=2., replay_batch=3, replay_length=32, micro_batch=1, save_every=3,
                   precision='fp32', held_out=.1, watch='held_loss', probe_every=2)
def probe(speaker, step):
    if press and me.rank == 1 and step == 4 and not os.environ.get('PRESSED'): os.environ['PRESSED'] = '1'; os.kill(os.getpid(), signal.SIGINT)
    return {'asked': me.rank}
def go():
    tally = Tally()
    return train_stage('sft', 'nano', rows, out, ['A function returns a value to its caller.'], config, tally, probes=[probe], shown=False), tally
try: folder, tally = go()
except KeyboardInterrupt as e:
    print('STOPPED', me.rank, e, flush=True)
    folder, tally = go()
    print('BOOKED', me.rank, json.dumps(tally.to_dict()), flush=True)
try: one_process('dpo')
except Exception as e: print('ALONE', me.rank, e, flush=True)
"""

def in_two(tmp_path) -> str:
    "Train in two processes; what they said"
    (tmp_path/'job.py').write_text(JOB)
    env = {k: v for k,v in os.environ.items() if k not in ('RANK', 'WORLD_SIZE', 'PRESSED')} | dict(
        PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1', OMP_WAIT_POLICY='PASSIVE', FORGE_QUIET='1', PYTHONWARNINGS='ignore')
    r = subprocess.run([sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2',
                        str(tmp_path/'job.py'), str(tmp_path/'two/sft'), 'press'], env=env, capture_output=True, text=True, timeout=300)
    assert r.returncode == 0, r.stderr[-3000:]
    return r.stdout

def test_two_processes_train_as_one(tmp_path, monkeypatch):
    "Every step's loss and probe, the ledger and the manifest's settings; stopped in one process and gone on with in both"
    monkeypatch.setattr(sys, 'argv', ['job', str(tmp_path/'one/sft'), 'no'])
    exec(JOB, {})  # noqa: S102 – our own words, above
    said = in_two(tmp_path)
    rows = {n: list(read_jsonl(tmp_path/n/'sft/metrics.jsonl')) for n in ('one', 'two')}
    assert len(rows['one']) > 5 and [set(r) for r in rows['one']] == [set(r) for r in rows['two']]
    for a,b in zip(rows['one'], rows['two'], strict=True):
        assert {k: (a[k], b[k]) for k in a if abs(a[k]-b[k]) > (1e-4 if k == 'grad_norm' else 1e-5)} == {}
    assert {r['asked'] for r in rows['two'] if 'asked' in r} == {0}                     # the first one's figures count
    assert said.count('STOPPED') == 2 and said.count('stopped at step 5') == 2          # both, at the same step
    assert said.count('ALONE') == 2 and 'dpo runs in one process, and here are 2' in said
    one, two = (json.loads((tmp_path/n/'sft/ledger.json').read_text()) for n in ('one', 'two'))
    assert one == two
    a, b = (Manifest.load(tmp_path/n/'sft').verify(tmp_path/n/'sft') for n in ('one', 'two'))
    assert (a.config, a.inputs, sorted(a.outputs)) == (b.config, b.inputs, sorted(b.outputs))
    info = json.loads((tmp_path/'two/sft/run.json').read_text())
    assert (info['processes'], info['resumed']) == (2, 5)
    assert not (tmp_path/'two/sft/checkpoints').exists()
