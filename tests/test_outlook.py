"""The memory that is estimated, against what a training then takes, in processes of their own: within a quarter. All cases with FORGE_TORTURE=1."""
import json, os, subprocess, sys

import pytest
from transformers import LlamaConfig

from forge_nb.configs import CONFIGS, TrainConfig
from forge_nb.outlook import memory

JOB = '''
import json, random, sys, tempfile
import forge_nb.seam, peft, trl, torch
from pathlib import Path
from transformers import AutoModelForCausalLM, LlamaConfig
from forge_nb.configs import TrainConfig
from forge_nb.blocks import Row, pack
from forge_nb.models import load_model
from forge_nb.learner import prepared
from forge_nb.train import fit
shape, own = json.loads(sys.argv[1]), json.loads(sys.argv[2])
tok, rng, c = load_model('nano')[1], random.Random(0), TrainConfig(**own)
rows = [Row(x := [rng.randrange(shape['vocab_size']) for _ in range(c.length)], x) for _ in range(c.batch_size)]
packed, general = pack(rows, c.length), pack(rows[:c.replay_batch], c.length) if c.replay_batch else None
before = int(Path('/proc/self/statm').read_text().split()[1])*4096
make = lambda: AutoModelForCausalLM.from_config(LlamaConfig(**shape))
model = prepared(make(), c)
ref = (model if c.lora else make()) if general else None      # under an adapter lies what it is held to
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
         'dora': (SHAPE(512, 8, 8192), STEPS | dict(replay_batch=0, length=256, batch_size=2, lora=16, dora=True)),
         'dora, more rows': (SHAPE(512, 8, 8192), STEPS | dict(replay_batch=0, length=256, batch_size=8, lora=16, dora=True)),
         'adapter, more rows': (SHAPE(512, 8, 8192), STEPS | dict(replay_batch=0, length=256, batch_size=8, lora=16)),
         'adapter, dropout': (SHAPE(512, 8, 8192), STEPS | dict(replay_batch=0, length=256, batch_size=8, lora=16, lora_dropout=.1)),
         'held': (SHAPE(512, 8, 8192), STEPS | dict(replay_batch=2, length=256, replay_length=256, batch_size=2, lora=16)),
         'pieces': (SHAPE(256, 4, 4096), STEPS | dict(replay_batch=0, length=256, batch_size=8, micro_batch=2)),
         'half': (SHAPE(256, 4, 4096), STEPS | dict(replay_batch=0, precision='bf16')),
         'thrifty': (SHAPE(384, 6, 8192), STEPS | dict(replay_batch=0, length=256, checkpointing=True)),
         'thrifty, more rows': (SHAPE(512, 8, 8192), STEPS | dict(replay_batch=0, length=256, batch_size=8, checkpointing=True)),
         'thrifty adapter': (SHAPE(512, 8, 8192), STEPS | dict(replay_batch=0, length=256, batch_size=8, checkpointing=True, lora=16)),
         'thrifty adapter, wide': (SHAPE(768, 6, 8192), STEPS | dict(replay_batch=0, length=256, batch_size=4, checkpointing=True, lora=8))}

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

ANSWERS = '''
import json, random, sys, tempfile
import peft, torch, trl
from pathlib import Path
from transformers import AutoModelForCausalLM, LlamaConfig
from forge_nb import kto, orpo, preferences, rlhf
from forge_nb.configs import CONFIGS
from forge_nb.core import Pair, Preference
from forge_nb.models import load_model, save_model
from forge_nb.verifiers import Exact
method, shape, own = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
tok, c = load_model('nano')[1], CONFIGS[method](**own)
with tempfile.TemporaryDirectory() as d:
    model = AutoModelForCausalLM.from_config(LlamaConfig(**shape))
    save_model(model, tok, d+'/base'); del model
    words = lambda n, seed: ' '.join(random.Random(seed).choices(['owl', 'mouse', 'waits', 'tall', 'oak'], k=n))
    n = c.length
    while len(tok(words(n, 0))['input_ids']) > c.length - 24: n -= 1
    likes = [Preference(f'Who {i}?', words(n, i), words(n, 100 + i)) for i in range(8)]
    asked = [Pair(f'Who waits {i}?', 'owl', {'value': 'owl'}) for i in range(c.batch_size)]
    general = ['A function returns a value to its caller.']*8 if c.replay_batch else None
    before = int(Path('/proc/self/statm').read_text().split()[1])*4096
    if method == 'rlhf': rlhf.rlhf(d+'/base', asked, d+'/out', [Exact()], replay=general, config=c, shown=False)
    else: dict(dpo=preferences.dpo, orpo=orpo.orpo, kto=kto.kto)[method](d+'/base', likes, d+'/out', general, config=c, shown=False)
peak = next(int(s.split()[1])*1024 for s in Path('/proc/self/status').read_text().splitlines() if s.startswith('VmHWM'))
print(json.dumps((peak - before)/1e9))
'''
TWO = dict(max_steps=2, replay_batch=0, precision='fp32', batch_size=8, length=128)
OF_ANSWERS = {'dpo': ('dpo', TWO), 'dpo half': ('dpo', TWO | dict(precision='bf16')), 'kto': ('kto', TWO), 'orpo': ('orpo', TWO),
              'dpo replay': ('dpo', TWO | dict(batch_size=4, length=256, replay_batch=4, replay_length=128)),
              'rlhf': ('rlhf', dict(max_steps=2, replay_batch=0, precision='fp32', batch_size=4, samples=4, max_new_tokens=48))}

@pytest.mark.skipif(not os.path.exists('/proc/self/statm') or not os.environ.get('FORGE_TORTURE'), reason='the long campaign')
@pytest.mark.parametrize('name', OF_ANSWERS)
def test_memory_of_answers(name):
    (method, own), shape = OF_ANSWERS[name], SHAPE(256, 4, 4096)
    r = subprocess.run([sys.executable, '-W', 'ignore', '-c', ANSWERS, method, json.dumps(shape), json.dumps(own)], capture_output=True, text=True, timeout=300,
                       env={**os.environ, 'OMP_NUM_THREADS': '1'})
    assert r.returncode == 0, r.stderr[-500:]
    took, said = json.loads(r.stdout.strip().splitlines()[-1]), memory(LlamaConfig(**shape), CONFIGS[method](**own), method, libraries=0.).total
    print(f'{name}: took {took:.3f} GB, said {said:.3f}, {100*(said/took-1):+.0f} %')
    assert abs(said/took - 1) < .25
