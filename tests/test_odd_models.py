"Models that load and are odd all the same, or cannot be what their config says: named by the verbs that take a model, each once"
import json, shutil
from pathlib import Path

import torch
from conftest import QUIET
from safetensors.torch import load_file, save_file
from test_journey import OWLS, forge, project

from forge_nb.gguf import convert
from forge_nb.weights import model_path

LOUD = {k: v for k,v in QUIET.items() if k != 'FORGE_QUIET'}
UP = 'model.layers.0.mlp.up_proj.weight'

def hollow(where:Path) -> Path:
    "nano with one matrix of zeros, a stranger's: no manifest says how it was"
    there = Path(shutil.copytree(model_path('nano'), where/'hollow'))
    for f in ('manifest.json', 'run.json'): (there/f).unlink(missing_ok=True)
    own = load_file(there/'model.safetensors')
    save_file(own | {UP: torch.zeros_like(own[UP])}, there/'model.safetensors')
    return there

def test_zeros_are_named_once(tmp_path):
    "In a folder and in a GGUF, by `compare --ask` (on the way) and by `eval` (in its report and nowhere else)"
    folder, file = hollow(tmp_path), tmp_path/'hollow.gguf'
    convert(folder, file, 'q8_0', 'nano')
    (tmp_path/'q.jsonl').write_text(''.join(json.dumps(dict(question=f'Who waits {i}?', answer='owl')) + '\n' for i in range(3)))
    r = forge('compare', folder, file, '--ask', 'Who waits?', '--json', env=LOUD)
    assert r.returncode == 0, r.stderr
    row, = json.loads(r.stdout)
    assert set(row) == {'question', str(folder), str(file)}
    assert [r.stderr.count(f'{n} holds nothing but zeros (1 of') for n in ('of hollow', 'of hollow.gguf')] == [1, 1], r.stderr
    r = forge('eval', folder, file, '--on', tmp_path/'q.jsonl', env=LOUD)
    assert r.returncode == 0, r.stderr
    assert [(r.stdout + r.stderr).count(f'{n} holds nothing but zeros (1 of') for n in ('of hollow', 'of hollow.gguf')] == [1, 1], r.stdout + r.stderr

def test_every_loader_names_a_config_that_cannot_be(tmp_path):
    "Sizes that the weights cannot have, no layers at all, and a library's reason that stands behind a colon"
    folder = hollow(tmp_path); own = json.loads((folder/'config.json').read_text())
    (tmp_path/'p.jsonl').write_text(''.join(json.dumps(dict(prompt=f'Who {i}?', chosen='The owl.', rejected='Who knows?')) + '\n' for i in range(3)))
    for change,says in ((dict(vocab_size=10**9), 'vocab_size in config.json of hollow is 1,000,000,000'), (dict(num_attention_heads=7), 'is not a multiple of the number of attention heads (7)'),
                        (dict(num_hidden_layers=0), 'num_hidden_layers in config.json is 0, which no model has')):
        (folder/'config.json').write_text(json.dumps(own | change))
        for words in (['chat', folder, 'Who?'], ['orpo', folder, '--data', tmp_path/'p.jsonl', '--out', tmp_path/'out']):
            r = forge(*words)
            assert r.returncode == 1 and says in r.stderr and r.stderr.count('\n') == 1, (words, r.stderr)

def test_a_base_without_a_template_goes_the_whole_way(tmp_path):
    "As base models come: it is asked, reads, learns, is preferred and exported in a template that it is given, and answers"
    plain = hollow(tmp_path); shutil.copy(model_path('nano')/'model.safetensors', plain)
    (plain/'chat_template.jinja').unlink()
    kept = json.loads((plain/'tokenizer_config.json').read_text()); kept.pop('chat_template', None)
    (plain/'tokenizer_config.json').write_text(json.dumps(kept))
    owls = project(tmp_path, base=str(plain), cpt={**OWLS['cpt'], 'tasks': 1})   # pairs are read among the pages, as `laptop` has it
    r = forge('train', owls, '--json')
    assert r.returncode == 3 and 'done, but' in r.stderr and json.loads(r.stdout)['receipts']['Parity']['ok'], r.stderr
    assert 'chat_template' in (owls/'models'/'sft'/'tokenizer_config.json').read_text() or (owls/'models'/'sft'/'chat_template.jinja').is_file()
    assert forge('chat', owls, 'Who began Arl?').returncode == 0

def test_a_base_that_no_gguf_can_be_made_of_keeps_its_safetensors(tmp_path):
    "Said beforehand; at the end there is a model, which is asked, and whoever wants the file is told why there is none"
    odd = hollow(tmp_path); shutil.copy(model_path('nano')/'model.safetensors', odd)
    own = json.loads((odd/'tokenizer.json').read_text())
    (odd/'tokenizer.json').write_text(json.dumps(own | {'pre_tokenizer': dict(type='Sequence', pretokenizers=[dict(type='Punctuation', behavior='Isolated'), own['pre_tokenizer']])}))
    owls = project(tmp_path, base=str(odd))
    r = forge('train', owls, '--json', env=LOUD)
    got = json.loads(r.stdout)
    assert r.returncode == 3 and 'export will leave safetensors alone' in r.stderr and 'Parity' not in got['receipts'], r.stderr
    assert got['no_gguf'].startswith('unknown pre-tokenizer') and got['missing'] == [] and not list((owls/'exports').glob('*.gguf'))
    assert 'No GGUF: unknown pre-tokenizer' in (owls/'report.html').read_text() and json.loads((owls/'runs'/'chat'/'answers.json').read_text())
    assert forge('chat', owls, 'Who began Arl?').returncode == 0
    r = forge('chat', owls, 'Who began Arl?', '--quant', 'q8_0')
    assert r.returncode == 1 and 'has no GGUF file, since none can be made of hollow' in r.stderr, r.stderr
    assert json.loads(forge('status', owls, '--json').stdout)['ok']
