"What examiners broke in data sets and transcripts, as rows and lines of a few words"
import json

import pytest

from forge_nb.converting import convert
from forge_nb.core import ForgeError
from forge_nb.families import detect_family
from forge_nb.inspection import audit_data
from forge_nb.labels import TranscriptError
from forge_nb.extracting import extract
from forge_nb.validation import validate

PAIRS = [{'instruction': f'Where is owl {i}?', 'output': 'In the beech.'} for i in range(12)]


def written(tmp_path, rows, name='in.jsonl', tail=''):
    path = tmp_path/name
    path.write_text(''.join(json.dumps(r) + '\n' for r in rows) + tail)
    return path


@pytest.mark.parametrize('extra', ['owls', 10_045, 0.5, ['a', 1], {'k': 1}, True])
def test_convert_counts_columns_it_leaves_out(tmp_path, extra):
    source = written(tmp_path, [{**r, 'more': extra} for r in PAIRS])
    done = convert(source, tmp_path/'out.jsonl', progress=False)
    assert done.left_out == {'more': 12}
    assert 'more 12' in repr(done)


def test_convert_says_nothing_of_null_columns(tmp_path):
    done = convert(written(tmp_path, [{**r, 'more': None} for r in PAIRS]), tmp_path/'out.jsonl', progress=False)
    assert not done.left_out


def test_labelled_answers_stay_as_they_came(tmp_path):
    rows = [{'prompt': 'Who?', 'completion': f'Owl {i}.', 'label': i > 3} for i in range(12)]
    convert(written(tmp_path, rows), tmp_path/'out.jsonl', progress=False)
    assert [json.loads(r) for r in (tmp_path/'out.jsonl').read_text().splitlines()] == rows


def test_a_torn_tail_of_nuls_costs_one_row(tmp_path):
    found = validate(written(tmp_path, PAIRS, tail='\0'*200), progress=False)
    assert (found.counts['accept'], [f.code for f in found.findings]) == (12, ['torn-line'])


def test_two_system_texts_are_said(tmp_path):
    talk = [{'from': 'system', 'value': 'B'}, {'from': 'human', 'value': 'q'}, {'from': 'gpt', 'value': 'a'}]
    found = validate(written(tmp_path, [{'conversations': talk, 'system': s} for s in ('A', 'B', '')]), progress=False)
    assert [(f.code, f.row) for f in found.findings] == [('two-systems', 1)]


def test_answers_and_rewards_of_two_kinds_are_said(tmp_path):
    pairs = [{'prompt': 'Who?', 'chosen': [{'role': 'assistant', 'content': 'Owl.'}], 'rejected': 'Oak.'}]*3
    assert 'sides-differ' in [f.code for f in validate(written(tmp_path, pairs), progress=False).findings]
    rated = [{'prompt': 'Who?', 'response': 'Owl.', 'reward': r} for r in (.5, True, .25)]
    assert [f.code for f in validate(written(tmp_path, rated), progress=False).findings] == ['ragged']


def test_a_mistyped_path_is_no_name_on_the_hub(tmp_path):
    written(tmp_path, PAIRS, 'owls.jsonl')
    with pytest.raises(ForgeError, match=r"did you mean .*owls\.jsonl"): validate(tmp_path/'owl.jsonl')
    with pytest.raises(ForgeError, match='no file or folder'): validate('nosuch')


def test_patterns_that_fit_nothing_are_said(tmp_path):
    path = tmp_path/'talk.txt'
    path.write_text('Alice: hello\nBob: hi\n'*3)
    with pytest.raises(TranscriptError, match='nobody speaks as user'):
        extract(path, user=['Alicee:'], assistant=['Bob:'])
    with pytest.raises(TranscriptError, match='calls itself'): extract(path, user=['re:(?R)'], assistant=['Bob:'])
    found = extract(path, user=['Alice:', 'Alicee:'], assistant=['Bob:'])
    assert [f.code for f in found.findings] == ['unused-pattern']
    assert not extract(path, user=['Alice:', 're:Al\\w+:'], assistant=['Bob:']).findings
    late = extract(path, user=['Bob:'], assistant=['Alice:'])
    assert [f.code for f in late.findings] == ['answer-first']


class Tokenizer:
    "As much of one as a family is told from"
    eos_token = '<｜end▁of▁sentence｜>'
    def __init__(self, template): self.chat_template = template
    def get_vocab(self): return {'<|im_start|>': 0, '<|im_end|>': 1, '<|endoftext|>': 2}


def test_a_template_of_its_own_makes_a_model_instruct():
    guess = detect_family({'model_type': 'qwen2'}, Tokenizer('{{ "<｜User｜>" }}{{ "<｜Assistant｜>" }}'))
    assert guess.instruct
    base = detect_family({'model_type': 'qwen2'}, Tokenizer('<|im_start|><|im_end|>'))
    assert not base.instruct   # a base model that ships ChatML and never learned its end


def test_a_config_that_names_another_family_is_the_rival():
    guess = detect_family({'model_type': 'llama', 'vocab_size': 32_000}, Tokenizer('[INST] {{ x }} [/INST]'))
    assert guess.rival


def test_one_rule_for_formats(tmp_path):
    "A file of two formats is refused by number everywhere; a folder of two formats is two files"
    prefer = [{'prompt': f'Where is owl {i}?', 'chosen': 'In the beech.', 'rejected': f'In shop {i}.'} for i in range(4)]
    (tmp_path/'both').mkdir()
    written(tmp_path/'both', PAIRS, 'a.jsonl'), written(tmp_path/'both', prefer, 'b.jsonl')
    mixed = written(tmp_path, PAIRS + prefer, 'mixed.jsonl')
    for found in (audit_data(str(mixed)), validate(mixed, progress=False)):
        said = next(f for f in found.to_dict()['findings'] if f['code'] == 'mixed')
        assert (found.verdict, said['verdict']) == ('refuse', 'refuse') and '13, 14, 15, 16' in said['message']
    with pytest.raises(ForgeError, match='13, 14, 15, 16'): convert(mixed, tmp_path/'out.jsonl', progress=False)
    for found in (audit_data(str(tmp_path/'both')), validate(tmp_path/'both', progress=False)):
        said = next(f for f in found.to_dict()['findings'] if f['code'] == 'several-formats')
        assert found.verdict != 'refuse' and said['verdict'] == 'accept' and 'a.jsonl is alpaca' in said['message']
    with pytest.raises(ForgeError, match=r'b\.jsonl is dpo'): convert(tmp_path/'both', tmp_path/'out.jsonl', progress=False)
    chats = [{'messages': [{'role': 'user', 'content': 'Who?'}, {'role': 'assistant', 'content': f'Owl {i}.'}]} for i in range(4)]
    written(tmp_path/'both', chats, 'b.jsonl')
    assert convert(tmp_path/'both', tmp_path/'out.jsonl', progress=False).written == 16


def test_a_wrong_format_names_the_right_one(tmp_path):
    "What was named stands beside what the rows are, and nobody is told to repair sound rows"
    chats = written(tmp_path, [{'messages': [{'role': 'user', 'content': 'Who?'}, {'role': 'assistant', 'content': f'Owl {i}.'}]} for i in range(4)], 'chats.jsonl')
    for wrong in ('alpaca', 'dpo', 'raw_text', 'sharegpt', 'rlhf'):
        said = validate(chats, format=wrong, progress=False).failures()[0]
        assert f'this row is chatml, and {wrong} was named (name chatml, or no format)' in said and 'repair' not in said
        with pytest.raises(ForgeError, match='name chatml, or no format'): convert(chats, tmp_path/'out.jsonl', format=wrong, progress=False)
    assert validate(chats, format='jsonl', progress=False).verdict == 'accept'
