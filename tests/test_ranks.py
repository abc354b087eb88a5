"Two processes that meet by gloo train as one does with the same batch, by DDP and by FSDP: losses, counts, folder, Ctrl-C and resuming"
import json, os, subprocess, sys

import pytest
from conftest import ROOT

from forge_nb.disk import read_jsonl
from forge_nb.manifests import Manifest
from forge_nb.ranks import launch_line

# Batches of three, so that two processes have an odd block; the last one has a single block. The second process is
# pressed Ctrl-C while it is probed after step 4, and the same processes go on from the end of step 5.
JOB = """
import json, os, signal, sys
from pathlib import Path
from forge_nb.blocks import text_rows
from forge_nb.configs import SFTConfig
from forge_nb.core import Tally
from forge_nb.ranks import join, one_process
from forge_nb.train import train_stage

out, press, more = Path(sys.argv[1]), sys.argv[2] == 'press', json.loads(sys.argv[3])
me = join()
rows = lambda tok, tally: list(text_rows([f'Owl {i} waits for mouse {i*i} in the tall oak.' for i in range(24)], tok, tally=tally))
config = SFTConfig(learning_rate=3e-3, batch_size=3, length=64, epochs=2., replay_batch=3, replay_length=32, micro_batch=1, save_every=3,
                   precision='fp32', held_out=.1, watch='held_loss', probe_every=2, **more)
def probe(speaker, step):
    if press and me.rank == 1 and step == 4 and not os.environ.get('PRESSED'): os.environ['PRESSED'] = '1'; os.kill(os.getpid(), signal.SIGINT)
    if step == 2: print('HOLDS', me.rank, [tuple(getattr(p, '_local_tensor', p).shape) for n,p in speaker.model.named_parameters() if 'up_proj' in n][0], flush=True)
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

# accelerate keeps FSDP for cards and takes DDP without one; told otherwise, torch shares weights out on a CPU, too
INSIST = """
from accelerate.state import AcceleratorState, DistributedType, PartialState
first = AcceleratorState.__init__
def init(self, *args, fsdp_plugin=None, **kw):
    first(self, *args, fsdp_plugin=fsdp_plugin, **kw)
    if self.distributed_type == DistributedType.MULTI_CPU:
        for state in (self._shared_state, PartialState._shared_state): state['distributed_type'] = DistributedType.FSDP
        self.fsdp_plugin = fsdp_plugin
AcceleratorState.__init__ = init
"""

def alone(tmp_path, monkeypatch, more='{}') -> list[dict]:
    "Train in this process; its rows of metrics"
    monkeypatch.setattr(sys, 'argv', ['job', str(tmp_path/'one/sft'), 'no', more])
    exec(JOB, {})  # noqa: S102 – our own words, above
    return list(read_jsonl(tmp_path/'one/sft/metrics.jsonl'))

def in_two(tmp_path, job=JOB, more='{}', **own) -> tuple[str,list[dict]]:
    "Train in two processes; what they said, and their rows of metrics"
    (tmp_path/'job.py').write_text(job)
    env = {k: v for k,v in os.environ.items() if k not in ('RANK', 'WORLD_SIZE', 'PRESSED')} | dict(
        PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1', OMP_WAIT_POLICY='PASSIVE', FORGE_QUIET='1', PYTHONWARNINGS='ignore') | own
    r = subprocess.run([sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2',
                        str(tmp_path/'job.py'), str(tmp_path/'two/sft'), 'press', more], env=env, capture_output=True, text=True, timeout=600)
    assert r.returncode == 0, r.stderr[-3000:]
    return r.stdout, list(read_jsonl(tmp_path/'two/sft/metrics.jsonl'))

def agree(one:list[dict], two:list[dict]) -> None:
    "Hold every figure of every step against the other's"
    assert len(one) > 5 and [set(r) for r in one] == [set(r) for r in two]
    for a,b in zip(one, two, strict=True):
        assert {k: (a[k], b[k]) for k in a if abs(a[k]-b[k]) > (1e-4 if k == 'grad_norm' else 1e-5)} == {}

def test_two_processes_train_as_one(tmp_path, monkeypatch):
    "Every step's loss and probe, the ledger and the manifest's settings; stopped in one process and gone on with in both"
    one, (said, two) = alone(tmp_path, monkeypatch), in_two(tmp_path)
    agree(one, two)
    assert {r['asked'] for r in two if 'asked' in r} == {0}                             # the first one's figures count
    assert said.count('STOPPED') == 2 and said.count('stopped at step 5') == 2          # both, at the same step
    assert said.count('ALONE') == 2 and 'dpo runs in one process, and here are 2' in said
    one, two = (json.loads((tmp_path/n/'sft/ledger.json').read_text()) for n in ('one', 'two'))
    assert one == two
    a, b = (Manifest.load(tmp_path/n/'sft').verify(tmp_path/n/'sft') for n in ('one', 'two'))
    assert (a.config, a.inputs, sorted(a.outputs)) == (b.config, b.inputs, sorted(b.outputs))
    info = json.loads((tmp_path/'two/sft/run.json').read_text())
    assert (info['processes'], info['resumed']) == (2, 5)
    assert not (tmp_path/'two/sft/checkpoints').exists()

@pytest.mark.parametrize('more', ['{}', '{"lora": 4}'], ids=['full', 'adapter'])
def test_weights_that_are_shared_out_train_as_one(tmp_path, monkeypatch, more):
    "FSDP as it ships: half of each matrix in each process, the losses of one, Ctrl-C and going on, and a whole model in the end"
    if more != '{}' and not os.environ.get('FORGE_TORTURE'): pytest.skip('the long campaign')
    fsdp = dict(w.split('=') for w in launch_line(2, 'fsdp').split(' torchrun')[0].split())
    one, (said, two) = alone(tmp_path, monkeypatch, more), in_two(tmp_path, INSIST + JOB, more, **fsdp)
    agree(one, two)
    assert said.count('(128, 256)') == 2 and said.count('stopped at step 5') == 2          # of 256 × 256; what two processes say may lie in one line
    a, b = (Manifest.load(tmp_path/n/'sft').verify(tmp_path/n/'sft') for n in ('one', 'two'))
    assert (a.config, sorted(a.outputs)) == (b.config, sorted(b.outputs))
