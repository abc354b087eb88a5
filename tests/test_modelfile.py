"""Modelfiles: our rendering of Go's template language against Go's own, the templates of real families, and an exported
file asked by another program"""
import importlib.util, json, os, subprocess, sys
from pathlib import Path

import pytest
from conftest import QUIET, ROOT

from forge_nb.families import FAMILIES
from forge_nb.gotemplate import GoError, render_go
from forge_nb.modelfile import _TALKS, ModelfileError, as_go, go_template, said
from forge_nb.templates import ChatTokenizer
from forge_nb.weights import model_path

REAL = Path(os.environ.get('FORGE_REAL') or ROOT.parent/'shared'/'real')
HELD = json.loads((Path(__file__).parent/'gotemplates.json').read_text('utf-8'))   # what Go 1.27's text/template made of each

def ours(template:str, data:dict) -> str|None: # None where it is refused
    try: return render_go(template, data)
    except GoError: return None

def test_go_templates_are_rendered_as_go_renders_them():
    "Trimming, quotes, variables, scopes, errors, and the derived templates of all families"
    assert len(HELD) >= 75 and [h['template'] for h in HELD if ours(h['template'], h['data']) != h['go']] == []

BROKEN = ['{{', '{{ }', '{{ if }}', '{{ range }}a{{ end }}', '{{ . . }}', '{{ ( }}', '{{ "a }}', '{{ end }}{{ end }}', '{{ $x }}', '{{ if . }}{{ else }}{{ else }}{{ end }}', '{{ index . "a" 3 }}', '{{ eq }}',
          '{{ len 3 }}', '{{ := 3 }}', '{{ | }}', '{{ template "x" . }}', '\x00{{\x00}}', '{{ ' + '('*300 + ' }}']
@pytest.mark.parametrize('template', BROKEN)
def test_a_broken_go_template_is_refused_in_one_line(template):
    with pytest.raises(GoError) as e: render_go(template, {'Messages': []})
    assert '\n' not in str(e.value) and len(str(e.value)) < 300

def tokenizer(template:str) -> ChatTokenizer: return ChatTokenizer(ChatTokenizer(model_path('nano')).backend, template, dict(bos_token='<s>', eos_token='</s>'))

def _templates() -> dict[str,str]:
    found = {f'ours/{f.name}': f.template for f in FAMILIES.values()}
    for base, folder in (('trl', Path(importlib.util.find_spec('trl').origin).parent/'chat_templates'), ('real', REAL/'templates')):
        found |= {f'{base}/{p.stem}': p.read_text('utf-8') for p in sorted(folder.glob('*.jinja'))}
    return found
TEMPLATES = _templates()
IN_PARTS = ('idefics3', 'llava_next', 'smolvlm')   # vision models that want a turn as a list of blocks

@pytest.mark.parametrize('name', TEMPLATES)
def test_each_family_is_asked_as_its_own_template_asks(name):
    tok = tokenizer(TEMPLATES[name])
    if any(x in name for x in IN_PARTS):
        with pytest.raises(ModelfileError, match='by hand'): go_template(tok)
        return
    for adds_bos in (True, False):
        go = go_template(tok, adds_bos)
        bos = '<s>' if adds_bos and said(tok, _TALKS[0]).startswith('<s>') else ''
        equal = [bos + render_go(go.text, as_go(t)) == said(tok, t) for t in _TALKS if said(tok, t) is not None]
        assert all(equal) and len(equal) >= 3
        assert 'Who?' in render_go(go.text, as_go([('system', 'Be brief.'), ('user', 'Who?')])) and '"""' not in go.text

def test_real_templates_are_at_hand():
    if not REAL.is_dir(): pytest.skip('no real templates beside the checkout (shared/real)')
    assert sum(n.startswith('real/') for n in TEMPLATES) >= 12

SERVER = '''
import sys, xllamacpp as x
p = x.CommonParams(); p.model.path = sys.argv[1]
p.n_ctx, p.port, p.n_gpu_layers, p.warmup, p.n_parallel, p.cpuparams.n_threads = 512, 0, 0, False, 1, 1
s = x.Server(p); print(s.listening_address, flush=True); sys.stdin.read()
'''
def test_a_server_says_what_the_file_says(tmp_path):
    "An exported file behind llama.cpp's server, asked by OpenAI's client, answers as it does here, whichever of the two renders its template"
    if importlib.util.find_spec('xllamacpp') is None: pytest.skip('xllamacpp, which brings llama.cpp\'s server, is not installed: pip install xllamacpp')
    from openai import OpenAI
    from forge_nb.export import export
    from forge_nb.llamacpp import GGUFSpeaker
    done = export('nano', tmp_path, 'owl', ['f16'])
    asked = [[dict(role='user', content='What is the module json for?')], [dict(role='system', content='Be brief.'), dict(role='user', content='Who waits?')]]
    with GGUFSpeaker(done.path('f16')) as s: here = s.generate(asked, max_new_tokens=16)
    p = subprocess.Popen([sys.executable, '-c', SERVER, done.path('f16')], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=QUIET)
    try:
        url = next(line for line in p.stdout if line.startswith('http')).strip()
        client = OpenAI(base_url=f'{url}/v1', api_key='none')
        there = [client.chat.completions.create(model='owl', messages=m, max_tokens=16, temperature=0).choices[0].message.content.strip() for m in asked]
    finally: p.kill(); p.communicate()
    assert there == here
