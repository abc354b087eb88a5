"""Vocabularies of real models, where they lie beside the checkout (`../shared/real`); they are no part of the project"""
import os, random, struct, unicodedata
from functools import lru_cache
from pathlib import Path

import pytest
from conftest import ROOT

REAL = Path(os.environ.get('FORGE_REAL') or ROOT.parent/'shared'/'real')/'vocab'
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
          r"\s*[\r\n]+|\s+(?!\S)|\s+")
FAMILIES = {'gpt-2': dict(pattern=None), 'llama-bpe': dict(pattern=LLAMA3, ignore_merges=True),
            'qwen2': dict(pattern=LLAMA3.replace('{1,3}', ''), nfc=True),
            'deepseek-llm': dict(pattern=None), 'falcon': dict(pattern=None), 'llama-spm': dict(pattern=None), 'phi-3': dict(pattern=None)}
EXACT = ('gpt-2', 'llama-bpe', 'qwen2')   # their pre-tokenizers are built here too; the others serve for their markup and words
SPM = ('llama-spm', 'phi-3')

def _merges(words:list[str], scores:list[float]) -> list[tuple[str,str]]:
    "SentencePiece's merges, read off the scores: the better piece is made first"
    ids = {w: i for i,w in enumerate(words)}
    found = [(ids[w], ids[w[:k]], ids[w[k:]], w[:k], w[k:]) for w in words for k in range(1, len(w)) if w[:k] in ids and w[k:] in ids]
    return [(a, b) for i,*_,a,b in sorted(found, key=lambda f: (-scores[f[0]], f[1], f[2]))]

_NUMBERS = dict(enumerate('BbHhIif?')) | {10: 'Q', 11: 'q', 12: 'd'}    # GGUF's types of numbers, as struct writes them
_TEXT, _LIST = 8, 9

@lru_cache(None)
def fields(name:str) -> dict:
    "A vocabulary file's metadata. gguf's own reader makes an array of every string, 14 CPU seconds for Qwen 2's; this takes less than one"
    data, at = (REAL/f'ggml-vocab-{name}.gguf').read_bytes(), 24
    def read(kind:int, n:int=1) -> list:
        nonlocal at
        if kind == _TEXT:
            out = []
            for _ in range(n):
                size = int.from_bytes(data[at:at+8], 'little'); at += 8 + size
                out.append(data[at-size:at].decode('utf-8', 'replace'))
            return out
        form = f'<{n}{_NUMBERS[kind]}'
        at += struct.calcsize(form)
        return list(struct.unpack_from(form, data, at - struct.calcsize(form)))
    magic, version, _, n = struct.unpack_from('<4sIQQ', data)
    assert (magic, version >= 2) == (b'GGUF', True)
    found = {}
    for _ in range(n):
        key, kind = read(_TEXT)[0], read(4)[0]
        if kind == _LIST: kind, n_items = read(4)[0], read(10)[0]; found[key] = read(kind, n_items)
        else: found[key] = read(kind)[0]
    return found

def _sentencepiece(f:dict, words:list[str], types:list[int]):
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers
    merges = _merges(words, f['tokenizer.ggml.scores'])
    tok = Tokenizer(models.BPE(vocab={w: i for i,w in enumerate(words)}, merges=merges, unk_token='<unk>', fuse_unk=True, byte_fallback=True))
    tok.normalizer = normalizers.Sequence([normalizers.Prepend('▁'), normalizers.Replace(' ', '▁')])
    tok.decoder = decoders.Sequence([decoders.Replace('▁', ' '), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(' ', 1, 0)])
    tok.add_special_tokens([AddedToken(w, special=True, normalized=False) for w,t in zip(words, types) if t in (3, 4) or w in ('<s>', '</s>')])
    return tok

def tokenizer(name:str, pattern:str|None, nfc:bool=False, ignore_merges:bool=False):
    "Build the tokenizer that a vocabulary file was made from"
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers as pre
    f = fields(name)
    words, types = f['tokenizer.ggml.tokens'], f['tokenizer.ggml.token_type']
    if name in SPM: return _sentencepiece(f, words, types)
    merges = [tuple(m.split(' ')) for m in f['tokenizer.ggml.merges']]
    tok = Tokenizer(models.BPE(vocab={w: i for i,w in enumerate(words)}, merges=merges, ignore_merges=ignore_merges))
    tok.add_special_tokens([AddedToken(w, special=True) for w,t in zip(words, types) if t == 3])
    byte = pre.ByteLevel(add_prefix_space=False, use_regex=pattern is None)
    tok.pre_tokenizer = pre.Sequence([pre.Split(Regex(pattern), 'isolated'), byte]) if pattern else byte
    if nfc: tok.normalizer = normalizers.NFC()
    tok.decoder = decoders.ByteLevel()
    return tok

@pytest.mark.skipif(not REAL.is_dir(), reason=f'no real vocabularies beside the checkout ({REAL.parent.name}/{REAL.name})')
@pytest.mark.parametrize('name', EXACT)
def test_tokens_are_counted_as_the_model_counts(name):
    "Room 08: the fast way gives the reference's numbers, and the expected ones, on text and on any slice of it"
    from forge_nb.tokens import TokenMap, fast_twin
    tok = tokenizer(name, **FAMILIES[name])
    assert fast_twin(tok), 'nothing was proven'
    asked = (REAL/f'ggml-vocab-{name}.gguf.inp').read_text('utf-8').split('\n__ggml_vocab_test__\n')
    expected = (REAL/f'ggml-vocab-{name}.gguf.out').read_text('utf-8').split('\n')
    assert [len(TokenMap(q, tok)) for q in asked[:-1]] == [len(e.split()) for e in expected[:len(asked)-1]]
    rnd, text = random.Random(0), '\n\n'.join(p.read_text('utf-8') for p in sorted((ROOT/'forge_nb').glob('*.py'))[:20])
    text = unicodedata.normalize('NFC', text).replace('<|', '<')   # what a tokenizer would change goes the slow way
    here = TokenMap(text, tok)
    assert here.fast and len(here) == len(tok.encode(text, add_special_tokens=False))
    for _ in range(200):
        a = rnd.randrange(len(text)); b = min(len(text), a + rnd.randrange(3000))
        assert here.count(a, b) == len(tok.encode(text[a:b], add_special_tokens=False)), (a, b)

@pytest.mark.skipif(not REAL.is_dir(), reason=f'no real vocabularies beside the checkout ({REAL.parent.name}/{REAL.name})')
@pytest.mark.parametrize('name', SPM)
def test_sentencepiece_is_rebuilt_from_its_scores(name):
    "The tokenizers that the template tests use give the expected ids"
    tok = tokenizer(name, **FAMILIES[name])
    asked = (REAL/f'ggml-vocab-{name}.gguf.inp').read_text('utf-8').split('\n__ggml_vocab_test__\n')
    expected = (REAL/f'ggml-vocab-{name}.gguf.out').read_text('utf-8').split('\n')
    right = [tok.encode(q, add_special_tokens=False).ids == [int(i) for i in e.split()] for q,e in zip(asked[:-1], expected)]
    assert sum(right) >= len(right) - 1, [q for q,ok in zip(asked, right) if not ok][:5]
