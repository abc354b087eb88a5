"""Vocabularies of real models, where they lie beside the checkout (`../shared/real`); they are no part of the project"""
import random, unicodedata

import pytest
from conftest import ROOT

REAL = ROOT.parent/'shared'/'real'/'vocab'
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
          r"\s*[\r\n]+|\s+(?!\S)|\s+")
FAMILIES = {'gpt-2': dict(pattern=None), 'llama-bpe': dict(pattern=LLAMA3, ignore_merges=True),
            'qwen2': dict(pattern=LLAMA3.replace('{1,3}', ''), nfc=True)}

def tokenizer(name:str, pattern:str|None, nfc:bool=False, ignore_merges:bool=False):
    "Build the tokenizer that a vocabulary file was made from"
    from gguf import GGUFReader
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers as pre
    f = GGUFReader(REAL/f'ggml-vocab-{name}.gguf').fields
    text = lambda key: [bytes(f[key].parts[i]).decode('utf-8', 'replace') for i in f[key].data]
    words, types = text('tokenizer.ggml.tokens'), [int(f['tokenizer.ggml.token_type'].parts[i][0]) for i in f['tokenizer.ggml.token_type'].data]
    merges = [tuple(m.split(' ')) for m in text('tokenizer.ggml.merges')]
    tok = Tokenizer(models.BPE(vocab={w: i for i,w in enumerate(words)}, merges=merges, ignore_merges=ignore_merges))
    tok.add_special_tokens([AddedToken(w, special=True) for w,t in zip(words, types) if t == 3])
    byte = pre.ByteLevel(add_prefix_space=False, use_regex=pattern is None)
    tok.pre_tokenizer = pre.Sequence([pre.Split(Regex(pattern), 'isolated'), byte]) if pattern else byte
    if nfc: tok.normalizer = normalizers.NFC()
    return tok

@pytest.mark.skipif(not REAL.is_dir(), reason=f'no real vocabularies beside the checkout ({REAL.parent.name}/{REAL.name})')
@pytest.mark.parametrize('name', FAMILIES)
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
