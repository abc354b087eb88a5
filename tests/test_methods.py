"""What every method of training must keep to, whoever's trainer stands behind it.

Same rows in, first loss as worked by hand, whole checkpoints, a resume that leaves no seam, a ledger that adds up.
"""
import json, math, re
from dataclasses import replace
from functools import partial

import pytest
import torch
from conftest import ROOT

from forge_nb.anchor import block_logits, block_pass
from forge_nb.feeding import tensors
from forge_nb.configs import DPOConfig, KTOConfig, ORPOConfig, RewardConfig, RLHFConfig
from forge_nb.core import Pair, Preference, Tally
from forge_nb.disk import read_jsonl
from forge_nb.kto import kto
from forge_nb.manifests import Manifest
from forge_nb.blocks import MASKED, pack
from forge_nb.models import load_model
from forge_nb.orpo import orpo
from forge_nb.preferences import dpo
from forge_nb.rewards import reward
from forge_nb.rlhf import rlhf
from forge_nb.sft import sft_rows
from forge_nb.verifiers import Exact, Grounded

SHORT = dict(max_steps=4, batch_size=2, length=64, replay_length=32, replay_batch=1, save_every=2, precision='fp32')
ANIMALS = ('owl', 'mouse', 'fox', 'hen')
LIKES = [Preference(f'Who lives in house {i}?', f'The {a} lives there.', 'Who knows?') for i,a in enumerate(ANIMALS)]
QUIZ = [Pair(p.prompt, p.chosen, {'value': a}) for p,a in zip(LIKES, ANIMALS)]
METHODS = {
    'dpo': (dpo, LIKES, DPOConfig(**SHORT, loss_type=('sigmoid',), loss_weights=(1.,)), math.log(2)),
    'orpo': (orpo, LIKES, ORPOConfig(**SHORT), None), 'kto': (kto, LIKES, KTOConfig(**SHORT), .5),
    'reward': (reward, LIKES, RewardConfig(**SHORT | {'replay_batch': 0}), None),
    'rlhf': (partial(rlhf, rewards=[Exact(), Grounded()], weights=(1., .1)), QUIZ, RLHFConfig(**SHORT, samples=2, max_new_tokens=6), None)}
GENERAL = ['A function returns a value to its caller.']

class Killed(BaseException):
    "What no trainer catches"

def train(name, out, config=None, **kw):
    fn, rows, own, _ = METHODS[name]
    return fn('nano', rows, out, replay=GENERAL if own.replay_batch else None, config=config or own, shown=False, **kw)

@pytest.mark.parametrize('name', METHODS)
def test_the_seam(name, tmp_path):
    "One training in one go; the same killed in its third step beside a torn checkpoint: the same bytes"
    tally, (_, _, config, first) = Tally(), METHODS[name]
    whole = train(name, tmp_path/'whole'/name, tally=tally)
    rows = list(read_jsonl(whole/'metrics.jsonl'))
    assert [r['step'] for r in rows] == [1, 2, 3, 4]
    if first: assert abs(rows[0][name] - first) < 1e-3   # before the first step nothing is preferred
    if config.replay_batch:
        for r in rows: assert abs(r['loss'] - r[name] - r['ce_replay'] - config.kl_weight*r['kl']) < 1e-3
        assert rows[0]['kl'] < 1e-6     # a model does not differ from itself
    assert {'seen prompts' if name == 'rlhf' else 'seen pairs'} <= {r.stage for r in tally.rows}
    manifest = Manifest.load(whole).verify(whole)
    assert (manifest.stage, manifest.config['batch_size']) == (name, 2)

    def die(speaker, step):
        if step == 3: raise Killed
        return {}
    with pytest.raises(Killed): train(name, tmp_path/'torn'/name, replace(config, probe_every=1), probes=[die])
    (tmp_path/'torn'/name/'checkpoints'/'checkpoint-3').mkdir()
    again = train(name, tmp_path/'torn'/name)
    assert json.loads((again/'run.json').read_text())['resumed'] == 2
    assert (again/'manifest.json').read_bytes() == (whole/'manifest.json').read_bytes()

def test_rooms_of_methods_do_not_copy_each_other():
    "Less than 30 % of a room's lines of code stand in another as well; two lines are no copy"
    code = lambda m: {s for s in (re.sub(r'\s+#.*', '', line).strip() for line in (ROOT/'forge_nb'/f'{m}.py').read_text('utf-8').splitlines())
                      if len(s) > 3 and not s.startswith(('#', '"', 'from', 'import', '__all__'))}
    rooms = {m: code(m) for m in ('cpt', 'sft', 'preferences', 'orpo', 'kto', 'rewards', 'rlhf')}
    shared = {(a, b): rooms[a] & rooms[b] for a in rooms for b in rooms if a != b}
    assert not {k: v for k,v in shared.items() if len(v) > 2 and len(v)/len(rooms[k[0]]) >= .3}

# Correct by hand

def gradients(model, x, **kw) -> tuple[float,list]:
    "Loss and gradients of one batch, in float32"
    model.zero_grad()
    ce, _ = block_pass(model, x, precision='fp32', **kw)
    return ce, [p.grad.clone() for p in model.parameters()]

def test_packed_padded_and_accumulated_are_one():
    "However rows are laid out and cut into pieces, loss and gradients are the same to 1e-5; and so says transformers' own loss"
    model, tok = load_model('nano', device='cpu')
    rows = sft_rows([*QUIZ, Pair('Who waits?', 'The owl waits in the tall oak by the mill, and says nothing at all.')], tok)
    width = max(map(len, rows))
    packed, padded = pack(rows, 128, pad_id=tok.pad_token_id).blocks, [pack([r], width, pad_id=tok.pad_token_id).blocks[0] for r in rows]
    assert len(packed) < len(padded)
    ce, want = gradients(model, tensors(padded))
    for x,kw in ((tensors(packed), {}), (tensors(padded), dict(micro_batch=1)), (tensors(padded), dict(micro_batch=2)), (tensors(packed), dict(micro_batch=1))):
        got, grads = gradients(model, x, **kw)
        assert abs(got - ce) < 1e-5
        assert max((a-b).abs().max() for a,b in zip(grads, want)) < 1e-5
    ids, labels = (torch.tensor([getattr(b, k) for b in padded]) for k in ('ids', 'labels'))
    real = torch.tensor([[i < len(r) for i in range(width)] for r in rows]).long()
    assert abs(float(model(input_ids=ids, attention_mask=real, labels=labels, use_cache=False).loss) - ce) < 1e-5

def test_documents_of_a_block_do_not_see_each_other():
    "Another first conversation in a block leaves the second one's logits as they were"
    model, tok = load_model('nano', device='cpu')
    row, = sft_rows([QUIZ[0]], tok)
    def said(first:str) -> tuple[torch.Tensor,torch.Tensor]:
        "Logits of the second conversation, and of the first, in one block"
        block, = pack(sft_rows([Pair('Who?', first), QUIZ[0]], tok), 128, pad_id=tok.pad_token_id).blocks
        with torch.no_grad(): z = block_logits(model, tensors([block]))
        n = sum(i != MASKED for i in row.labels)
        ahead = list(block.ids[:len(row)]) == list(row.ids)     # the longer one is packed first
        return (z[:n], z[n:]) if ahead else (z[-n:], z[:-n])
    (second, own), (again, other) = said('The owl.'), said('The hen.')
    assert (second - again).abs().max() < 1e-5
    assert own.shape != other.shape or (own - other).abs().max() > 1e-3     # the first one's own did change
