"""Small random models of each family: transformers' logits against llama.cpp's, and every difference left out once"""
import json, os, pickle, random
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import test_real

ALPHABET = ''.join(map(chr, range(33, 127))) + 'äßéλж的日本語'
WORDS = 'the owl waits in the tower of a small town and nobody knows why it waits for the mouse there'.split()
SPECIAL = ['<unk>', '<s>', '</s>', '<|user|>', '<|end|>']
TEMPLATE = "{% for m in messages %}<|user|>{{ m['content'] }}<|end|>{% endfor %}"
SIZE = dict(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
            max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=0)

def pieces(steps:str='never', complete:bool=True, special:list[str]=SPECIAL) -> dict:
    "A tokenizer.json with byte fallback: as SentencePiece's conversion has it, or with one merge for a word"
    vocab = {w: i for i,w in enumerate(special)}
    for i in range(256): vocab[f'<0x{i:02X}>'] = len(vocab)
    for c in '▁' + ALPHABET: vocab.setdefault(c, len(vocab))
    words = [p + w for w in dict.fromkeys(WORDS) for p in ('', '▁')] + ['▁▁', '12', '...']
    merges = []
    for w in words:
        for k in range(2, len(w)+1): vocab.setdefault(w[:k], len(vocab))
    made = [t for t in vocab if len(t) > 1 and t not in special and not t.startswith('<0x')]
    for t in made:
        splits = [(t[:k], t[k:]) for k in range(1, len(t)) if t[:k] in vocab and t[k:] in vocab]
        merges += [list(s) for s in (splits if complete else splits[-1:])]
    space = {'type':'Replace', 'pattern':{'String':' '}, 'content':'▁'}
    norm, pre = {'never': (space, None), 'gemma': (space, {'type':'Split', 'pattern':{'String':' '}, 'behavior':'MergedWithPrevious', 'invert':False}),
                 'every': ({'type':'Sequence', 'normalizers':[{'type':'Prepend', 'prepend':'▁'}, space]}, None)}.get(steps, (None, {
                     'type':'Metaspace', 'replacement':'▁', 'prepend_scheme':steps, 'split':False}))
    return dict(version='1.0', truncation=None, padding=None, normalizer=norm, pre_tokenizer=pre, decoder=None,
                added_tokens=[dict(id=i, content=t, special=True, lstrip=False, rstrip=False, single_word=False, normalized=False) for i,t in enumerate(special)],
                post_processor={'type':'TemplateProcessing', 'single':[{'SpecialToken':{'id':'<s>', 'type_id':0}}, {'Sequence':{'id':'A', 'type_id':0}}],
                                'pair':[{'Sequence':{'id':'A', 'type_id':0}}, {'Sequence':{'id':'B', 'type_id':0}}],
                                'special_tokens':{'<s>':{'id':'<s>', 'ids':[1], 'tokens':['<s>']}}},
                model=dict(type='BPE', dropout=None, unk_token='<unk>', continuing_subword_prefix=None, end_of_word_suffix=None,
                           fuse_unk=True, byte_fallback=True, ignore_merges=False, vocab=vocab, merges=merges))

@lru_cache(1)
def child():
    "One llama.cpp for all files"
    from forge_nb.child import Child
    return Child('forge_nb.llamacpp:_llama', 300, memory_mb=None, max_output=1<<28)

def ask(op:str, path:Path, context:int=0, **kw): return child().call(op=op, path=str(path), context=context, threads=1, **kw)

def write(folder:Path, tokenizer:dict, rows:int=0, config:dict|None=None, **kw) -> Path:
    "A Llama of one layer around a tokenizer, without torch"
    from safetensors.numpy import save_file
    folder.mkdir(parents=True, exist_ok=True)
    n = rows or 1 + max([*tokenizer['model']['vocab'].values(), *(t['id'] for t in tokenizer['added_tokens'])])
    sizes = dict(hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=1, vocab_size=n)
    c = dict(architectures=['LlamaForCausalLM'], max_position_embeddings=2048, rms_norm_eps=1e-5, tie_word_embeddings=True, **sizes) | (config or {})
    (folder/'config.json').write_text(json.dumps(c))
    from forge_nb.architectures import FAMILIES, shapes
    save_file({k: np.zeros(x, np.float16) for k,x in shapes(FAMILIES['LlamaForCausalLM'], c).items() if k != 'lm_head.weight'}, folder/'model.safetensors')
    (folder/'tokenizer.json').write_text(json.dumps(tokenizer, ensure_ascii=False), 'utf-8')
    (folder/'tokenizer_config.json').write_text(json.dumps(dict(bos_token='<s>', eos_token='</s>', unk_token='<unk>', chat_template=TEMPLATE) | kw))
    return folder

def random_model(name:str, **kw):
    "A model of one architecture whose weights all matter, norms and biases too"
    import torch, transformers
    torch.manual_seed(0)
    config = getattr(transformers, f'{name}Config' if name != 'Gemma3' else 'Gemma3TextConfig')
    model = getattr(transformers, f'{name}ForCausalLM')(config(**SIZE | dict(attn_implementation='eager') | kw)).float().eval()
    with torch.no_grad():
        for k,p in model.named_parameters():
            p.normal_(0, .3 if p.ndim == 1 else .12)
            if k.endswith('norm.weight') and 'Gemma' not in name: p.add_(1)
    return model

LLAMA3 = dict(rope_type='llama3', factor=8., low_freq_factor=1., high_freq_factor=4., original_max_position_embeddings=64)
GEMMA = dict(head_dim=16, query_pre_attn_scalar=16, sliding_window=16, hidden_activation='gelu_pytorch_tanh')
YARN = dict(rope_type='yarn', factor=8., original_max_position_embeddings=32, rope_theta=1e4)
LONG = dict(rope_type='longrope', long_factor=[1.5]*4+[4.]*4, short_factor=[1.]*4+[3.]*4)
MODELS = { # name -> (architecture, what it has of its own)
    'llama': ('Llama', dict(rope_theta=500000., rope_scaling=LLAMA3, attention_bias=True, tie_word_embeddings=True)),
    'smollm': ('Llama', dict(rope_parameters=dict(rope_type='linear', factor=2., rope_theta=1e4))),
    'mistral': ('Mistral', dict(sliding_window=32)), 'qwen2': ('Qwen2', {}), 'qwen3': ('Qwen3', dict(head_dim=32)),
    'gemma2': ('Gemma2', GEMMA | dict(attn_logit_softcapping=2., final_logit_softcapping=3.)),
    'gemma3': ('Gemma3', GEMMA | dict(num_hidden_layers=6, rope_parameters=dict(
        full_attention=dict(rope_type='linear', factor=4., rope_theta=1e6), sliding_attention=dict(rope_type='default', rope_theta=500.)))),
    'phi': ('Phi3', {}),
    'yarn': ('Llama', dict(rope_parameters=YARN | dict(attention_factor=1.4))), 'qwen3-yarn': ('Qwen3', dict(head_dim=32, rope_parameters=YARN)),
    'qwen2-yarn': ('Qwen2', dict(rope_parameters=YARN | dict(mscale=1., mscale_all_dim=.5))), 'dynamic': ('Llama', dict(rope_parameters=dict(rope_type='dynamic', factor=4., rope_theta=1e4))),
    'phi-4': ('Phi3', dict(num_hidden_layers=40, max_position_embeddings=16384, sliding_window=None)),   # no window, which older readers refused
    'phi-long': ('Phi3', dict(rope_parameters=LONG | dict(rope_theta=1e4), original_max_position_embeddings=1024, max_position_embeddings=2048)),
}

@lru_cache(None)
def made(name:str) -> tuple:
    "A folder, 60 tokens, and transformers' logits behind them"
    import tempfile, torch
    tokenizer, (arch, kw) = pieces(), MODELS[name]
    model = random_model(arch, vocab_size=(n := len(tokenizer['model']['vocab'])) + 3, **kw)   # padded for the GPU
    folder = write(Path(tempfile.mkdtemp())/name, tokenizer, n+3)
    (folder/'model.safetensors').unlink(); model.save_pretrained(folder)
    ids = random.Random(0).choices(range(5, n), k=60)
    with torch.no_grad(): return folder, ids, model(torch.tensor([ids])).logits[0].numpy()

def distance(name:str, file:Path, dtype:str='f32', length:int=60) -> float:
    "Convert, and say how many nats a token llama.cpp is away from transformers"
    from forge_nb.gguf import convert
    from forge_nb.parity import kl
    folder, ids, p = made(name)
    convert(folder, file, dtype)
    context = 1024 if name == 'phi-long' else 0   # above it llama.cpp takes the long factors, transformers only for long texts
    ask('logits', file, context, ids=ids[:length], file=str(file.with_suffix('.npy')))
    return float(kl(p[:length], np.load(file.with_suffix('.npy'))).mean())

@pytest.mark.parametrize('name', MODELS)
def test_a_file_is_the_model(name, tmp_path):
    most = 32 if name == 'mistral' else 60   # within its window; the file promises no more
    assert distance(name, tmp_path/'a.gguf', 'f32', most) < 1e-5
    assert distance(name, tmp_path/'b.gguf', 'q8_0', most) < .02
    assert ask('about', tmp_path/'a.gguf')['context'] == {'mistral': 32, 'phi-long': 2048, 'phi-4': 4096}.get(name, 256)

def row(**kw): return lambda m,arch: m.setitem(__import__('forge_nb.architectures').architectures.FAMILIES, f'{arch}ForCausalLM',
                                             replace(__import__('forge_nb.architectures').architectures.FAMILIES[f'{arch}ForCausalLM'], **kw))
def patched(what:str, wrong):
    "Replace a function of room gguf by one that is given the right answer"
    def apply(m, arch):
        import forge_nb.gguf as gguf
        right = getattr(gguf, what)
        m.setattr(gguf, what, lambda *a: wrong(right(*a), *a))
    return apply
def tensor(part:str, f): return patched('change', lambda x,family,name,y,c: np.ascontiguousarray(f(x)) if part in name else x)
def without(*keys): return patched('settings', lambda s,*a: {k: v for k,v in s.items() if k not in keys})
def told(**kw): return patched('settings', lambda s,*a: s | kw)
halves = lambda x: np.concatenate(np.split(x, 2)[::-1])

MISTAKES = { # what is forgotten -> (model, how)
    'q and k not permuted': ('smollm', row(interleaved=False)), 'permuted where it must not be': ('qwen2', row(interleaved=True)),
    'k permuted with the heads of q': ('llama', tensor('k_proj.weight', lambda x: x.reshape(4, 2, -1, 64).swapaxes(1, 2).reshape(x.shape))),
    'biases of q not permuted': ('llama', tensor('q_proj.bias', lambda x: x.reshape(4, -1, 2).swapaxes(1, 2).reshape(-1))),
    'rope_freqs left out': ('llama', patched('extras', lambda x,*a: {})), 'linear scaling left out': ('smollm', without('rope_scaling_type', 'rope_scaling_factor')),
    'rope base left out': ('llama', without('rope_freq_base')), 'biases of Qwen 2 zeroed': ('qwen2', tensor('.bias', np.zeros_like)),
    'norms of q and k swapped': ('qwen3', patched('change', lambda x,family,name,y,c: x[::-1].copy() if 'q_norm' in name else x)),
    'norm + 1 forgotten, Gemma 2': ('gemma2', row(shift=0)), 'norm + 1 forgotten, Gemma 3': ('gemma3', row(shift=0)),
    'norm + 1 where it must not be': ('qwen3', row(shift=1)), 'cap in attention left out': ('gemma2', without('attn_logit_softcapping')),
    'cap at the end left out': ('gemma2', without('final_logit_softcapping')), 'window left out, Gemma 2': ('gemma2', told(sliding_window=4096)),
    'window left out, Gemma 3': ('gemma3', told(sliding_window=4096)), 'local rope base left out': ('gemma3', without('rope_freq_base_swa')),
    'linear scaling of the long layers left out': ('gemma3', without('rope_scaling_type', 'rope_scaling_factor')),
    'embeddings scaled twice': ('gemma2', tensor('embed_tokens', lambda x: x*8)), 'head dropped as if tied': ('qwen2', patched('plan_of', lambda p,*a: {k: v for k,v in p.items() if k != 'output.weight'})),
    'gate and up swapped': ('phi', tensor('gate_up_proj', halves)), 'q and k swapped': ('phi', tensor('qkv_proj', lambda x: np.concatenate([x[32:64], x[:32], x[64:]]))),
    'long factors left out': ('phi-long', patched('extras', lambda x,*a: {k: np.ones_like(v) for k,v in x.items()})),
    'factor of the rotated left out': ('phi-long', without('rope_scaling_attn_factors')),
    'yarn left out': ('qwen3-yarn', without('rope_scaling_type', 'rope_scaling_factor', 'rope_scaling_orig_ctx_len')), 'yarn taken for linear': ('qwen2-yarn', told(rope_scaling_type=__import__('gguf').RopeScalingType.LINEAR)),
    'factor of yarn left out': ('yarn', without('rope_scaling_attn_factors')), 'context before yarn left out': ('qwen3-yarn', without('rope_scaling_orig_ctx_len')),
    'more than the window promised': ('mistral', told(context_length=256)),
}

@pytest.mark.parametrize('mistake', MISTAKES)
def test_every_trap_is_caught_by_the_logits(mistake, tmp_path, monkeypatch):
    name, how = MISTAKES[mistake]
    how(monkeypatch, MODELS[name][0])
    assert distance(name, tmp_path/'m.gguf') > 1e-3

def compared(folder:Path, file:Path, strings:list[str]) -> list[str]: # those that become other ids
    "Convert, and tokenise by both"
    from tokenizers import Tokenizer
    from forge_nb.gguf import convert
    convert(folder, file)
    tok = Tokenizer.from_file(str(folder/'tokenizer.json'))
    ours = [tok.encode(t).ids for t in strings]
    return [t for t,a,b in zip(strings, ours, ask('ids', file, texts=strings, special=True)) if a != b]

def strings(specials:list[str]=SPECIAL, n:int=500) -> list[str]:
    from forge_nb.parity import fuzz
    rnd = random.Random(1)
    words = [rnd.choice(['', ' ', '  ', '\n']).join(rnd.choices(WORDS + [c for c in ALPHABET], k=rnd.randint(1, 12))) for _ in range(300)]
    return fuzz(n, 0, specials) + words + [rnd.choice(specials) + w for w in words[:100]] + ['', ' ', '  ', ' a', '▁', '▁▁a', 'a ', '\n']

@pytest.mark.parametrize('steps, complete', [('never', True), ('gemma', True), ('every', True), ('first', True), ('always', True), ('never', False), ('first', False)])
def test_sentencepiece_ids(steps, complete, tmp_path):
    assert compared(write(tmp_path/'m', pieces(steps, complete)), tmp_path/'a.gguf', strings()) == []

def test_merges_that_are_no_scores_are_refused_where_a_space_is_put_in_front(tmp_path):
    from forge_nb.tensors import GGUFError
    with pytest.raises(GGUFError, match='more than SentencePiece scores can'): compared(write(tmp_path/'m', pieces('every', False)), tmp_path/'a.gguf', [])
    assert not (tmp_path/'a.gguf').exists()

def flagged(**kw):
    "Change the record of the tokenizer before it is written"
    def apply(m):
        import forge_nb.gguf as gguf
        right = gguf.vocabulary
        m.setattr(gguf, 'vocabulary', lambda *a: replace(v := right(*a), **{k: f(v) for k,f in kw.items()}))
    return apply

@pytest.mark.parametrize('wrong', ['BOS', 'EOS', 'control tokens as text', 'text as control tokens', 'scores', 'space in front', 'bytes', 'another rule'])
def test_every_trap_of_tokenizers_is_caught_by_ids(wrong, tmp_path, monkeypatch):
    flagged(**{'BOS': dict(add_bos=lambda v: not v.add_bos), 'EOS': dict(add_eos=lambda v: True), 'scores': dict(scores=lambda v: [-x for x in v.scores]),
               'control tokens as text': dict(types=lambda v: [1 if t == 3 else t for t in v.types]), 'text as control tokens': dict(types=lambda v: [3 if t == 1 else t for t in v.types]),
               'space in front': dict(spaces=lambda v: 'every'), 'bytes': dict(tokens=lambda v: v.tokens[:5] + v.tokens[6:261] + v.tokens[5:6] + v.tokens[261:]),
               'another rule': dict(model=lambda v: 'gemma4', pre=lambda v: 'gemma4', scores=lambda v: [], merges=lambda v: ['t h'])}[wrong])(monkeypatch)
    assert compared(write(tmp_path/'m', pieces('gemma')), tmp_path/'a.gguf', strings(n=50))

def test_added_tokens_of_text_are_found_and_padding_is_never_said(tmp_path):
    tokenizer = pieces('gemma'); n = len(tokenizer['model']['vocab'])
    tokenizer['added_tokens'] += [dict(id=n+i, content=t, special=False, lstrip=False, rstrip=False, single_word=False, normalized=False) for i,t in enumerate(('TODO', '\n\n', '<b>'))]
    texts = strings(SPECIAL + ['TODO', '\n\n', '<b>'], 300)
    assert compared(write(tmp_path/'m', tokenizer, n+40), tmp_path/'a.gguf', texts) == []
    assert max(max(i, default=0) for i in ask('ids', tmp_path/'a.gguf', texts=texts, special=True)) < n+3

def test_phi3_swallows_white_space(tmp_path):
    tokenizer = pieces('every', special=[*SPECIAL, '<|endoftext|>'])
    for t in tokenizer['added_tokens']: t['rstrip'] = t['content'] not in ('<unk>', '<s>', '<|endoftext|>')
    texts = ['<|user|>\nthe owl<|end|>\n<|user|>  waits', '</s> a', '<s> the', 'a <|end|> \n\t b', '<|user|>\n\n<|end|>'] + [s for s in strings(n=300) if s.isascii()]
    assert compared(write(tmp_path/'owl', tokenizer), tmp_path/'a.gguf', texts) == []
    from forge_nb.gguf import convert
    convert(tmp_path/'owl', tmp_path/'b.gguf', name='Phi-3-owl')
    assert ask('ids', tmp_path/'b.gguf', texts=texts, special=True) == ask('ids', tmp_path/'a.gguf', texts=texts, special=True)

REAL = ('gpt-2', 'llama-bpe', 'qwen2', 'llama-spm', 'phi-3')

@pytest.mark.skipif(not test_real.REAL.is_dir(), reason='no real vocabularies beside the checkout')
@pytest.mark.parametrize('name', REAL)
def test_real_vocabularies(name, tmp_path):
    "The ids that each vocabulary's makers expect, from a file of ours, and the tokenizers library's on hostile strings"
    tokenizer = json.loads(test_real.tokenizer(name, **test_real.FAMILIES[name]).to_str())
    if name == 'phi-3':
        for t in tokenizer['added_tokens']: t['rstrip'] = t['content'] not in ('<unk>', '<s>', '<|endoftext|>')
    plain = dict(bos_token=None, eos_token=tokenizer['added_tokens'][0]['content'], unk_token=None)
    folder = write(tmp_path/'m', tokenizer, **plain)
    specials = [t['content'] for t in tokenizer['added_tokens']][:8]
    from forge_nb.parity import _eased
    from transformers import PreTrainedTokenizerFast
    texts, eased = _eased(PreTrainedTokenizerFast(tokenizer_file=str(folder/'tokenizer.json')), strings(specials, 3000))
    assert bool(eased) == (name in ('qwen2', 'phi-3')) and eased < 400   # llama.cpp never normalises, and strips ASCII's spaces only
    assert compared(folder, tmp_path/'a.gguf', texts) == []
    asked = (test_real.REAL/f'ggml-vocab-{name}.gguf.inp').read_text('utf-8').split('\n__ggml_vocab_test__\n')[:-1]
    expected = (test_real.REAL/f'ggml-vocab-{name}.gguf.out').read_text('utf-8').split('\n')
    assert ask('ids', tmp_path/'a.gguf', texts=asked, special=False) == [[int(i) for i in e.split()] for e in expected[:len(asked)]]

def begins_with_bos(tokenizer:dict, bos:str) -> dict:
    "As the makers' tokenizers do"
    i, = (t['id'] for t in tokenizer['added_tokens'] if t['content'] == bos)
    piece = lambda kind, name: {kind:{'id':name, 'type_id':0}}
    return tokenizer | dict(post_processor={'type':'TemplateProcessing', 'single':[piece('SpecialToken', bos), piece('Sequence', 'A')],
        'pair':[piece('Sequence', 'A'), piece('Sequence', 'B')], 'special_tokens':{bos:{'id':bos, 'ids':[i], 'tokens':[bos]}}})

@pytest.mark.skipif(not test_real.REAL.is_dir(), reason='no real vocabularies beside the checkout')
@pytest.mark.parametrize('name, bos', [('llama-spm', '<s>'), ('phi-3', '<s>'), ('llama-bpe', '<|begin_of_text|>')])
def test_real_vocabularies_that_begin_with_a_bos_pass_their_proof(name, bos, tmp_path):
    "Whoever types the BOS gets two of them, here as there"
    from forge_nb.gguf import convert
    from forge_nb.llamacpp import GGUFSpeaker
    from forge_nb.models import HFSpeaker, load_model
    from forge_nb.parity import parity
    tokenizer = begins_with_bos(json.loads(test_real.tokenizer(name, **test_real.FAMILIES[name]).to_str()), bos)
    if name == 'phi-3':
        for t in tokenizer['added_tokens']: t['rstrip'] = t['content'] not in ('<unk>', '<s>', '<|endoftext|>')
    folder = write(tmp_path/'m', tokenizer, bos_token=bos, eos_token=tokenizer['added_tokens'][-1]['content'], unk_token=None,
                   config=dict(model_type='llama'))
    convert(folder, tmp_path/'a.gguf')
    with GGUFSpeaker(tmp_path/'a.gguf') as s:
        found, = parity(HFSpeaker(*load_model(folder)), s, [], ['The owl waits.']).compared
        assert s.ids(bos + 'owl')[0] == s.ids(bos + 'owl')[1]
    assert (found.strings, found.strings_same) == (3000, 3000), found.difference

@pytest.mark.skipif(not test_real.REAL.is_dir(), reason='no real vocabularies beside the checkout')
def test_a_typed_end_that_qwen_reads_as_text_refuses_no_sound_file(tmp_path):
    "llama.cpp takes `</s>` for markup wherever a vocabulary has it; it is compared apart, and counted"
    from forge_nb.gguf import convert
    from forge_nb.llamacpp import GGUFSpeaker
    from forge_nb.models import HFSpeaker, load_model
    from forge_nb.parity import _misread, parity
    tokenizer = json.loads(test_real.tokenizer('qwen2', **test_real.FAMILIES['qwen2']).to_str())
    end = tokenizer['added_tokens'][0]['content']
    folder = write(tmp_path/'m', tokenizer, bos_token=None, eos_token=end, unk_token=None, config=dict(model_type='llama'),
                   chat_template="{% for m in messages %}{{ m['content'] }}" + end + "{% endfor %}")
    convert(folder, tmp_path/'a.gguf')
    model = HFSpeaker(*load_model(folder))
    with GGUFSpeaker(tmp_path/'a.gguf') as s:
        assert _misread(model, s) == ['</s>']
        found, = parity(model, s, [[dict(role='user', content='What is </s> for?')]], ['The owl waits.']).compared
    assert (found.prompts_same, found.strings, found.strings_same) == (1, 3000, 3000), found.difference
    assert found.eased > 300

@pytest.mark.skipif(not test_real.REAL.is_dir(), reason='no real vocabularies beside the checkout')
def test_phi4_goes_through_the_merges(tmp_path):
    "The rule of Llama 3 without the short cut, on a real vocabulary of 128,000"
    tokenizer = json.loads(test_real.tokenizer('llama-bpe', **test_real.FAMILIES['llama-bpe'] | dict(ignore_merges=False)).to_str())
    folder = write(tmp_path/'m', tokenizer, bos_token=None, eos_token=tokenizer['added_tokens'][0]['content'], unk_token=None)
    assert compared(folder, tmp_path/'a.gguf', strings([t['content'] for t in tokenizer['added_tokens']][:8], 3000)) == []

@pytest.mark.parametrize('name', ['tekken', 'gpt-4o'])
def test_rules_that_llama_cpp_has_only_nearly(name, tmp_path, monkeypatch):
    "Refused by name; and let through, the scripts that they are refused for become other ids, English does not"
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
    from forge_nb import vocabularies
    from forge_nb.tensors import GGUFError
    (rule, *_), skips = list(vocabularies.NEARLY)[name != 'tekken'], name == 'tekken'
    texts = ['हिन्दी भाषा में लिखा गया पाठ', 'ភាសាខ្មែរ កាន់តែពិសេស', 'ภาษาไทยนั้นยากที่สุด']
    english = ['The owl waits.', "McDonald's HTTPServer don't", '1,000.50 and\n\n  more']
    tok = Tokenizer(models.BPE(ignore_merges=skips))
    tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(rule), 'isolated'), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tok.train_from_iterator((texts + english)*9, trainers.BpeTrainer(vocab_size=900, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=['<s>', '</s>'], show_progress=False))
    folder = write(tmp_path/'m', json.loads(tok.to_str()), unk_token=None)
    with pytest.raises(GGUFError, match='in Latin script only'): compared(folder, tmp_path/'a.gguf', [])
    monkeypatch.setitem(vocabularies.PRE_TOKENIZERS, (rule, 'bytes'), (name, skips)); monkeypatch.setattr(vocabularies, 'NEARLY', {})
    assert compared(folder, tmp_path/'b.gguf', texts + english) == texts

# What a stranger may send: 0 executions, one line each, nothing left behind. Each changes a good folder.

class Touch:
    "A pickle that leaves a trace when it is opened"
    def __init__(self, at:Path): self.at = at
    def __reduce__(self): return (Path.touch, (self.at,))

def put(name:str, content) -> object:
    def change(folder:Path, trace:Path):
        (folder/name).unlink(missing_ok=True)
        (folder/name).write_bytes(content if isinstance(content, bytes) else content.replace('TRACE', str(trace)).encode() if isinstance(content, str) else json.dumps(content).encode())
    return change

def edit(name:str, **kw):
    def change(folder:Path, trace:Path):
        old = json.loads((folder/name).read_text())
        (folder/name).write_text(json.dumps(old | {k: json.loads(json.dumps(v).replace('TRACE', str(trace))) for k,v in kw.items()}))
    return change

def header(f):
    "Change a safetensors header"
    def change(folder:Path, trace:Path):
        raw = (folder/'model.safetensors').read_bytes(); n = int.from_bytes(raw[:8], 'little')
        head = f(json.loads(raw[8:8+n])).encode()
        (folder/'model.safetensors').write_bytes(len(head).to_bytes(8, 'little') + head + raw[8+n:])
    return change

def moved(**kw): return header(lambda h: json.dumps({k: v | (kw if k == 'model.norm.weight' else {}) for k,v in h.items()}))

def pickled(name:str):
    def change(folder:Path, trace:Path):
        (folder/'model.safetensors').unlink(); (folder/name).write_bytes(pickle.dumps(Touch(trace)))
    return change

def own_code(arch:str, cls:str):
    def change(folder:Path, trace:Path):
        (folder/'modeling_x.py').write_text(f'open({str(trace)!r}, "w")\nclass {cls}: pass\n')
        edit('config.json', architectures=[arch], auto_map=dict(AutoConfig='modeling_x.X', AutoModelForCausalLM=f'modeling_x.{cls}'))(folder, trace)
    return change

def pipe(folder:Path, trace:Path): (folder/'config.json').unlink(); os.mkfifo(folder/'config.json')
def template(t:str): return edit('tokenizer_config.json', chat_template=t)
def outside(path:str): return put('model.safetensors.index.json', dict(weight_map={'model.norm.weight': path}))

MALICE = {
    'a pickle in place of safetensors': pickled('pytorch_model.bin'), 'a pickle called safetensors': pickled('model.safetensors'),
    'code for an unknown architecture': own_code('SlyForCausalLM', 'SlyForCausalLM'), 'code in place of a known one': own_code('LlamaForCausalLM', 'Sly'),
    'code from elsewhere': edit('config.json', auto_map={'AutoModelForCausalLM': 'evil/repo--modeling.Sly'}), 'auto_map of another type': edit('config.json', auto_map=['x']),
    'a template that calls the system': template("{{ messages.__init__.__globals__['os'].system('touch TRACE') }}"),
    'a template that looks for classes': template("{{ ''.__class__.__mro__[1].__subclasses__() }}"), 'a template that includes a file': template("{% include '/etc/passwd' %}"),
    'a template that fills the memory': template("{{ 'a'*10**10 }}"), 'a template that calls itself': template('{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'),
    'a template of the wrong type': edit('tokenizer_config.json', chat_template={'a': 1}),
    'a shard outside': outside('../secret.safetensors'), 'an absolute shard': outside('/etc/passwd'), 'a Windows path': outside('C:\\secret'), 'an index that is a list': put('model.safetensors.index.json', [1]),
    'a header of exabytes': put('model.safetensors', b'\xff'*8 + b'{}'), 'a header nested deep': header(lambda h: '['*100_000), 'a header with a tensor twice': header(lambda h: '{"a":{},"a":{}}'),
    'tensors that overlap': moved(data_offsets=[0, 64]), 'a tensor beyond the file': moved(data_offsets=[2**40, 2**40+64]), 'a shape of exabytes': moved(shape=[2**60, 2**4]), 'a negative shape': moved(shape=[-1, -32]),
    'a config nested deep': put('config.json', '{"a":' * 100_000), 'a config that is a pipe': pipe, 'a config that is a list': put('config.json', []), 'UTF-16': put('config.json', '{}'.encode('utf-16')),
    'a billion layers': edit('config.json', num_hidden_layers=10**9), 'a vocabulary of 10^12': edit('config.json', vocab_size=10**12), 'sizes that are words': edit('config.json', hidden_size='32; rm -rf /'), 'not a number': edit('config.json', rms_norm_eps=float('nan')),
    'a token of id 10^9': edit('tokenizer.json', added_tokens=[dict(id=10**9, content='x', special=True, lstrip=False, rstrip=False, single_word=False)]), 'a tokenizer without a model': edit('tokenizer.json', model=None),
    'merges of nothing': edit('tokenizer.json', model=dict(type='BPE', byte_fallback=True, vocab={'a': 0}, merges=[['x', 'y', 'z']])), 'stops outside': put('generation_config.json', dict(eos_token_id=[-1])),
}

@pytest.mark.parametrize('malice', MALICE)
def test_a_malicious_folder_is_refused_in_one_line_and_runs_nothing(malice, tmp_path):
    from forge_nb.gguf import convert
    from forge_nb.tensors import GGUFError
    trace, folder = tmp_path/'trace', write(tmp_path/'m', pieces())
    MALICE[malice](folder, trace)
    before = sorted(tmp_path.rglob('*'))
    with pytest.raises(GGUFError) as e: convert(folder, tmp_path/'a.gguf')
    assert '\n' not in str(e.value) and 20 < len(str(e.value)) < 500 and str(e.value).count(';') + str(e.value).count('.') > 0
    assert sorted(tmp_path.rglob('*')) == before and not trace.exists()

def test_honest_folders_with_code_or_a_strict_template_pass(tmp_path):
    "Phi-3 brings an older copy of what transformers has; some templates want a system message"
    from forge_nb.gguf import convert
    folder = write(tmp_path/'m', pieces())
    own_code('LlamaForCausalLM', 'LlamaForCausalLM')(folder, tmp_path/'trace')
    template("{{ raise_exception('a system message is needed') }}")(folder, tmp_path)
    assert convert(folder, tmp_path/'a.gguf').architecture == 'llama' and not (tmp_path/'trace').exists()

def test_damage_is_seen_by_the_manifest(tmp_path):
    "200 truncations and flipped bits of each kind of artefact; every one is found"
    from forge_nb.core import ForgeError
    from forge_nb.disk import file_shas
    from forge_nb.gguf import convert
    from forge_nb.manifests import Manifest
    folder, rnd = write(tmp_path/'m', pieces()), random.Random(0)
    convert(folder, folder/'a.gguf')
    m = Manifest('export', outputs=file_shas(folder)); m.save(folder)
    for name in m.outputs:
        whole = (folder/name).read_bytes()
        for n in range(200):
            bad = bytearray(whole); bad[rnd.randrange(len(whole))] ^= 1 << rnd.randrange(8)
            (folder/name).write_bytes(bad if n % 2 else whole[:rnd.randrange(len(whole))])
            with pytest.raises(ForgeError, match=name): m.verify(folder)
        (folder/name).write_bytes(whole)
    m.verify(folder)
