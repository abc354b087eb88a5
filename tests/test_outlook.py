"""The memory that is estimated, against what a training then takes, in processes of their own: within a quarter. All cases with FORGE_TORTURE=1."""
import json, os, subprocess, sys

import pytest
from transformers import LlamaConfig

from forge_nb.configs import TrainConfig
from forge_nb.outlook import memory

JOB = '''
import json, random, sys, tempfile
import forge_nb.seam, peft, trl, torch
from pathlib import Path
from transformers import AutoModelForCausalLM, LlamaConfig
from forge_nb.configs import TrainConfig
from forge_nb.mixtures import Row, pack
from forge_nb.models import load_model
from forge_nb.learner import prepared
from forge_nb.train import fit
shape, own = json.loads(sys.argv[1]), json.loads(sys.argv[2])
tok, rng, c = load_model('nano')[1], random.Random(0), TrainConfig(**own)
rows = [Row(x := [rng.randrange(shape['vocab_size']) for _ in range(c.length)], x) for _ in range(c.batch_size)]
packed, general = pack(rows, c.length), pack(rows[:c.replay_batch], c.length) if c.replay_batch else None
before = int(Path('/proc/self/statm').read_text().split()[1])*4096
make = lambda: AutoModelForCausalLM.from_config(LlamaConfig(**shape))
model, ref = prepared(make(), c), make() if general else None
with tempfile.TemporaryDirectory() as d: fit(model, tok, packed, general, c, d, ref, shown=False)
peak = next(int(s.split()[1])*1024 for s in Path('/proc/self/status').read_text().splitlines() if s.startswith('VmHWM'))
print(json.dumps((peak - before)/1e9))
'''
STEPS = dict(max_steps=3, precision='fp32', save_every=100, length=128, replay_length=128, batch_size=4)
SHAPE = lambda h, n, v: dict(hidden_size=h, intermediate_size=3*h, num_hidden_layers=n, num_attention_heads=h//64, num_key_value_heads=h//64,
                             vocab_size=v, max_position_embeddings=1024, tie_word_embeddings=True)
CASES = {'replay': (SHAPE(256, 4, 4096), STEPS | dict(replay_batch=4)), 'full': (SHAPE(256, 4, 4096), STEPS | dict(replay_batch=0)),
         'larger': (SHAPE(512, 8, 8192), STEPS | dict(replay_batch=0, length=256, batch_size=2)),
         'adapter': (SHAPE(512, 8, 8192), STEPS | dict(replay_batch=0, length=256, batch_size=2, lora=16)),
         'pieces': (SHAPE(256, 4, 4096), STEPS | dict(replay_batch=0, length=256, batch_size=8, micro_batch=2)),
         'thrifty': (SHAPE(384, 6, 8192), STEPS | dict(replay_batch=0, length=256, checkpointing=True))}

@pytest.mark.skipif(not os.path.exists('/proc/self/statm'), reason='memory is read from /proc')
@pytest.mark.parametrize('name', [n for n in CASES if n == 'replay' or os.environ.get('FORGE_TORTURE')])
def test_memory(name):
    shape, own = CASES[name]
    r = subprocess.run([sys.executable, '-W', 'ignore', '-c', JOB, json.dumps(shape), json.dumps(own)], capture_output=True, text=True, timeout=300,
                       env={**os.environ, 'OMP_NUM_THREADS': '1'})
    assert r.returncode == 0, r.stderr[-500:]
    took, said = json.loads(r.stdout.strip().splitlines()[-1]), memory(LlamaConfig(**shape), TrainConfig(**own), libraries=0.).total
    print(f'{name}: took {took:.3f} GB, said {said:.3f}, {100*(said/took-1):+.0f} %')
    assert abs(said/took - 1) < .25
