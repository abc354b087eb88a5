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
from forge_nb.transcripts import extract
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
    assert audit_data(str(path)).verdict == validate(path, progress=False).verdict == 'repair'
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
