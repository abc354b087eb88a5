"Rows that other tools wrote: what they mean is understood, what is lost is said, and no verb crashes on them"
import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forge_nb.cli import run_verb
from forge_nb.converting import convert
from forge_nb.inspection import audit_data
from forge_nb.mending import repair
from forge_nb.extracting import extract
from forge_nb.validation import validate


def lines(rows): return ''.join(json.dumps(r, ensure_ascii=False) + '\n' for r in rows)
def talks(u='user', a='assistant'): return [dict(messages=[dict(role=u, content=f'Where is owl {i}?'), dict(role=a, content=f'Owl {i} waits in beech {i*7}.')]) for i in range(12)]
def calls(i): return [dict(role='user', content=f'Where is owl {i}?'), dict(role='assistant', content=None, tool_calls=[dict(id=f'c{i}', type='function', function=dict(name='look', arguments=json.dumps({'n': i})))])]

SOUND = {'upper case': talks('USER', ' Assistant '), 'German': talks('Benutzer', 'Assistent'), 'Chinese': talks('用户', '助手'), 'Russian': talks('пользователь', 'ассистент'), 'calls': [dict(messages=calls(i)) for i in range(12)],
         'tools': [dict(messages=[*calls(i), dict(role='tool', tool_call_id=f'c{i}', content='beech'), dict(role='assistant', content=f'Owl {i} is there.')]) for i in range(12)]}

@pytest.mark.parametrize('kind', SOUND)
def test_sound_rows_are_sound(kind, tmp_path):
    (path := tmp_path/'in.jsonl').write_text(lines(SOUND[kind]))
    assert audit_data(str(path)).verdict == validate(path, progress=False).verdict == 'accept'
    assert convert(path, tmp_path/'out.jsonl', progress=False).written == 12


@pytest.mark.parametrize('how', [json.dumps, lambda m: {k: [t[k] for t in m] for k in m[0]}])
def test_turns_in_another_shape_are_mended(how, tmp_path):
    (path := tmp_path/'in.jsonl').write_text(lines([dict(messages=how(r['messages'])) for r in talks()]))
    assert audit_data(str(path)).verdict == validate(path, progress=False).verdict == 'accept'
    done = repair(path, str(tmp_path/'out.jsonl')).check()
    assert done.kept == 12 and [json.loads(r) for r in (tmp_path/'out.jsonl').read_text().splitlines()] == talks()


def test_rewards_in_quotes_are_mended(tmp_path):
    (path := tmp_path/'in.jsonl').write_text(lines([dict(prompt=f'Who {i}?', response=f'Owl {i}.', reward=str(i/8)) for i in range(12)]))
    repair(path, str(tmp_path/'out.jsonl')).check()
    assert audit_data(str(tmp_path/'out.jsonl')).verdict == 'accept'


def test_a_repair_that_saves_nothing_fails(tmp_path):
    pq.write_table(pa.Table.from_pylist(talks()), tmp_path/'a.parquet')
    (tmp_path/'a.parquet').write_bytes((tmp_path/'a.parquet').read_bytes()[:300])
    (tmp_path/'b.jsonl').write_text('<html></html>\n')
    (tmp_path/'c.json').write_text('[{"text": "The owl waits."} {"text": "The mouse waits."}]')   # nobody knows how many rows lie behind
    for name in ('a.parquet', 'b.jsonl', 'c.json'): assert run_verb(repair, [str(tmp_path/name), '--json'], 'forge repair') == 3, name
    assert not (tmp_path/'a.mended.jsonl').exists() and not (tmp_path/'b.mended.jsonl').exists()


BYTES = {'utf-16': lines(talks()).encode('utf-16'), 'nul': lines(talks()[:6]).encode() + b'\0\0\0\n' + lines(talks()[6:]).encode(), 'gzip': gzip.compress(lines(talks()).encode()), 'deep': b'{"text":' + b'['*3000 + b']'*3000 + b'}\n', 'tool first': lines([dict(messages=[dict(role='tool', content='x'), *r['messages']]) for r in talks()]).encode(),
         'numbers': lines([dict(prompt=f'What is {i}?', completion=2*i) for i in range(12)]).encode(), 'python': b"{'prompt': 'a', 'completion': 'b'}\n"*3, 'null': lines([dict(messages=[dict(role='user', content='Who?'), dict(role='assistant', content=None)])]).encode()}

@pytest.mark.parametrize('name', BYTES)
def test_no_verb_crashes(name, tmp_path, capfd):
    (path := tmp_path/'in.jsonl').write_bytes(BYTES[name])
    for verb,more in ((audit_data, []), (validate, []), (convert, [str(tmp_path/'out.jsonl')]), (repair, []), (extract, [])):
        assert run_verb(verb, [str(path), *more, '--json'], 'forge x') in (0, 1, 3), capfd.readouterr()
        out = capfd.readouterr()[0]
        assert isinstance(json.loads(out), dict)


def codes(rows, **how): return {i.code: [e['row'] for e in i.examples] for i in audit_data(rows, **how).issues if i.verdict != 'accept'}

def called(i, name='look', args=None, of=None):
    turns = calls(i)
    turns[1]['tool_calls'][0]['function'] = dict(name=name, arguments=json.dumps({'n': i}) if args is None else args)
    look = dict(type='function', function=dict(name='look', parameters=dict(type='object', properties=dict(n={}), required=['n'])))
    return dict(messages=[*turns, dict(role='tool', tool_call_id=of or f'c{i}', content='beech'), dict(role='assistant', content=f'Owl {i} is there.')], tools=[look])

@pytest.mark.parametrize('how,code', [(dict(name='lok'), 'unknown-tool'), (dict(args='{}'), 'call-lacks'), (dict(args='{"n": 1, "m": 1}'), 'unknown-argument'), (dict(of='c99'), 'stray-answer'),
                                      (dict(args='{"n": 1'), 'torn-call'), (dict(args=json.dumps('{"n": 1}')), 'quoted-twice'), (dict(args='[1]'), 'wrong-argument')])
def test_calls_are_held_against_the_tools_on_offer(how, code):
    rows = [called(i) for i in range(12)]
    assert codes(rows) == {}
    assert codes(rows[:4] + [called(4, **how)] + rows[5:]) == {code: [5]}


TWO = [dict(prompt=f'Where does owl {i} wait at night?', chosen=f'In beech number {i*7}.', rejected=f'Nobody asks owl {i*3}.') for i in range(12)]

@pytest.mark.parametrize('how', [lambda p: [[p['prompt'], p['chosen']], [p['prompt'], p['rejected']]], lambda p: [[p['chosen']], [p['rejected']]]])
def test_a_side_ends_with_the_assistant(how):
    turns = lambda texts, first: [dict(role=('user', 'assistant')[(k + first) % 2], content=t) for k,t in enumerate(texts)]
    rows = []
    for p in TWO:
        a, b = how(p)
        bare = len(a) == 1
        rows.append(dict(chosen=turns(a, bare), rejected=turns(b, bare), **({'prompt': turns([p['prompt']], 0)} if bare else {})))
    assert codes(rows) == {}
    rows[3]['rejected'].append(dict(role='user', content='Thanks!'))
    assert codes(rows) == {'unanswered': [4]}
    assert validate(rows, progress=False).verdict == 'warn'


def test_a_question_in_front_of_its_answer():
    assert codes(TWO) == {}
    one = [*TWO[:5], dict(TWO[5], chosen=f'{TWO[5]["prompt"]}\n{TWO[5]["chosen"]}'), *TWO[6:]]
    assert codes(one)['asked-again'] == [6]
    plain = [dict(prompt=p['prompt'], completion=p['chosen']) for p in TWO]
    assert codes(plain) == {} and codes([dict(plain[0], completion=plain[0]['prompt'] + '\n\nIn the oak.'), *plain[1:]]) == {'asked-again': [1]}


@pytest.mark.parametrize('share', [2, 3, 6])
def test_rewards_that_are_missing(share):
    rows = [dict(prompt=f'Who waits in oak {i}?', response=f'Owl {i*3}.', reward=i % 5/4) for i in range(24)]
    assert codes(rows) == {}     # 1.0 and 0.0 are numbers like the others
    some = [{k: v for k,v in r.items() if k != 'reward' or i % share or i < 2} for i,r in enumerate(rows)]
    assert 'odd-value' in codes(some)


@pytest.mark.parametrize('how', [lambda r: {k.title(): v for k,v in r.items()}, lambda r: {f'{k} ': v for k,v in r.items()}, lambda r: {k.upper(): v for k,v in r.items()}])
def test_one_column_in_two_spellings(how, tmp_path):
    rows = [dict(prompt=f'Where is owl {i}?', completion=f'In beech {i*7}.') for i in range(12)]
    rows[7] = how(rows[7])
    assert codes(rows) == {'column-spelling': [8]}
    convert(rows, tmp_path/'out.jsonl', method='sft', progress=False).check()      # what the remedy names does it
    assert {tuple(json.loads(l)) for l in (tmp_path/'out.jsonl').read_text().splitlines()} == {('messages',)}


@pytest.mark.parametrize('whole', [lambda rows: ''.join(json.dumps(r) + '\n' for r in rows), json.dumps])
def test_rows_that_were_encoded_twice_are_read(whole, tmp_path):
    (path := tmp_path/'in.jsonl').write_text(whole([json.dumps(r) for r in talks()]))
    assert audit_data(str(path)).verdict == 'repair' and validate(path, progress=False).verdict in ('accept', 'repair')
    repair(path, str(tmp_path/'out.jsonl')).check()
    assert [json.loads(r) for r in (tmp_path/'out.jsonl').read_text().splitlines()] == talks()


def test_every_format_is_looked_into():
    key = 'It is ghp_' + 'k3Vx9QmB2tLr7YwPz5Ns8HdJf4GcTa1Xu6Ee'
    told = [dict(instruction=f'Where is owl {i}?', instances=[dict(input='', output=f'In beech {i*7}.')]) for i in range(12)]
    assert codes(told) == {}
    told[4]['instances'][0]['output'] = key
    assert codes(told) == {'secret': [5]} and codes(told[:4] + told[:1]) == {'duplicate': [5]}


def test_the_folder_one_stands_in_is_mended(tmp_path, monkeypatch):
    (here := tmp_path/'set').mkdir(); monkeypatch.chdir(here)
    (here/'train.jsonl').write_text(lines(talks())); (here/'test.jsonl').write_text(lines(talks()[:2]))
    leak = next(i for i in audit_data('.').issues if i.code.startswith('leak'))
    assert leak.shell == 'forge repair . --against test.jsonl'
    assert run_verb(repair, leak.shell.split()[2:], 'forge repair') == 0
    assert len((tmp_path/'set.mended.jsonl').read_text().splitlines()) == 10
