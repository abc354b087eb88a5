"A project with a schema.yaml, by the command: in miniature, with broken schemas, and as a person changes it"
import json, shutil
from pathlib import Path

import pytest, yaml
from forge_nb.callscores import CallScores
from forge_nb.clitask import check_call
from forge_nb.core import ForgeError
from forge_nb.journey import Journey
from forge_nb.pipeline import add, init, sft, status, train
from forge_nb.project import Project
from test_journey import forge

FEW = dict(max_steps=2, batch_size=2, precision='fp32')
SMALL = dict(base='nano', generate=dict(num=60), sft=dict(length=128, **FEW), prefer=dict(prompts=4, max_new_tokens=24), dpo=dict(length=256, **FEW),
    export=dict(quants=['q8_0'], force=True))

def small(where:Path, schema:str|dict='kiln', **more) -> Path:
    "A command-line project of a few steps"
    if isinstance(schema, dict): where.mkdir(exist_ok=True); (where/'mine.yaml').write_text(yaml.safe_dump(schema, allow_unicode=True)); schema = str(where/'mine.yaml')
    folder = init(where/'töpfe', schema=schema).folder
    (folder/'forge.yaml').write_text(yaml.safe_dump({**SMALL, **more}))
    return folder

def test_how_many_sentences_from_now_on(tmp_path):
    "`forge generate --num`: written into forge.yaml, and the set has as many; nonsense is refused and changes nothing"
    folder = small(tmp_path)
    r = forge('generate', folder, '--num', '90', '--json')
    rows = sum(len((folder/'data'/f).read_text('utf-8').splitlines()) for f in ('sft_data.jsonl', 'sft_data_val.jsonl'))
    assert r.returncode == 0 and rows == 90 and yaml.safe_load((folder/'forge.yaml').read_text())['generate'] == {'num': 90}, r.stderr
    r = forge('generate', folder, '--num', '0')
    assert r.returncode and 'num must be at least 1' in r.stderr and yaml.safe_load((folder/'forge.yaml').read_text())['generate'] == {'num': 90}

def test_the_whole_way(tmp_path):
    "No documents, no knowledge base, no CPT; a second run does nothing; a changed schema makes everything due, an edited comment nothing"
    folder = small(tmp_path)
    r = forge('train', folder, '--num', '80', '--json')
    assert r.returncode == 3 and 'done, but Calls' in r.stderr, r.stderr       # two steps teach nothing, and the receipt says so
    got = json.loads(r.stdout)
    assert set(got['receipts']) == {'Ledger', 'Calls', 'Parity', 'Manifest'} and not got['missing'] and not got['due']
    assert [x['stage'] for x in got['rows']] == ['generate', 'sft', 'prefer', 'dpo', 'export', 'chat', 'all'] and 'exact' in got['rows'][1]
    assert yaml.safe_load((folder/'forge.yaml').read_text())['generate'] == {'num': 80}
    assert not (folder/'data'/'rag_db.sqlite').exists() and not (folder/'models'/'cpt').exists()
    assert {'töpfe.gbnf', 'schema.yaml', 'töpfe-q8_0.gguf'} <= {p.name for p in (folder/'exports').iterdir()}
    free, bound = (CallScores.from_dict(d) for d in json.loads((folder/'runs/chat/answers.json').read_text()))
    assert bound.share('valid').mean == 1 and all(not check_call('kiln', r.answer) for r in bound.rows)
    page = (folder/'report.html').read_text()
    assert 'exact' in page and 'Did I break it?' not in page and 'arms A' not in page
    assert status(folder).to_dict()['ok']
    before = {p: p.read_bytes() for p in folder.rglob('manifest.json')}
    again = train(folder)
    assert before == {p: p.read_bytes() for p in folder.rglob('manifest.json')} and isinstance(again, Journey)
    text = (folder/'schema.yaml').read_text()
    (folder/'schema.yaml').write_text('# mine\n' + text)
    assert status(folder).to_dict()['ok']
    (folder/'schema.yaml').write_text(text.replace('with the door open', 'with its door open'))
    assert {r['stage']: r['due'] for r in status(folder).rows()}['generate'] == 'schema changed'
    assert any(x.title == 'Calls' and x.failures()[0].startswith('not known') for x in Journey(folder).receipts())

@pytest.mark.parametrize('says,how', [
    ('forge.yaml: num must be at least 1', ('--num', '0')), ("there is no stage 'sfft'", ('--until', 'sfft')), ("has no stage 'cpt'", ('--until', 'cpt')),
    ('invalid int value', ('--num', 'many'))])
def test_the_wrong_words(tmp_path, says, how):
    r = forge('train', small(tmp_path), *how)
    assert r.returncode in (1, 2) and says.replace('forge.yaml: ', '') in r.stderr and 'Traceback' not in r.stderr, r.stderr

@pytest.mark.parametrize('says,raw', [
    ('commands[0].args[0].type', b'cli_name: owl\ncommands: [{name: hoot, args: [{name: n, type: int}]}]'), ('schema.yaml', b''), ('schema.yaml', b'\xff\xfe\0'),
    ('cli_name', b'commands: []'), ('schema.yaml', b'cli_name: [')])
def test_a_broken_schema(tmp_path, says, raw):
    "It is refused when the project is made, and when it was edited afterwards: by every verb, and in one line that names the place"
    (tmp_path/'schema.yaml').write_bytes(raw)
    with pytest.raises(ForgeError, match=says.replace('[', r'\[')): init(tmp_path/'new', schema=str(tmp_path/'schema.yaml'))
    assert not (tmp_path/'new').exists()
    folder = small(tmp_path)
    (folder/'schema.yaml').write_bytes(raw)
    for verb in (train, status):
        with pytest.raises(ForgeError, match=says.replace('[', r'\[')): repr(verb(folder))

def test_documents_and_a_schema(tmp_path):
    folder = small(tmp_path)
    (tmp_path/'owl.md').write_text('The owl waits.\n')
    with pytest.raises(ForgeError, match='reads no documents'): add(folder, str(tmp_path/'owl.md'))
    assert 'owl.md' not in (folder/'forge.yaml').read_text()
    with pytest.raises(ForgeError, match='not both'): init(tmp_path/'both', str(tmp_path/'owl.md'), schema='kiln')
    other = init(tmp_path/'owls', str(tmp_path/'owl.md'), base='nano').folder
    shutil.copy(folder/'schema.yaml', other)
    with pytest.raises(ForgeError, match='names sources, chunks, cpt: a project learns documents or a command line'): status(other)

UNICODE = {'cli_name': 'öfen', 'commands': [{'name': '焼く', 'description': 'Brenne', 'args': [{'name': 'größe', 'type': 'enum', 'values': ['groß', '"klein"'], 'required': True}],
           'flags': [{'name': 'sofort', 'short': 'ß'}]}]}
ALONE = {'cli_name': 'owl', 'commands': [{'name': 'hoot', 'description': 'Hoot'}]}

def test_names_of_every_script(tmp_path):
    "A schema in two scripts goes the whole way"
    folder = small(tmp_path, UNICODE)
    j = train(folder)
    assert not j.due and not j.missing() and j.calls.models['dpo'].share('exact') is not None
    assert [r for s in j.calls.shown.values() if '+ grammar' in s.name for r in s.rows if check_call(Project(folder).schema(), r.answer)] == []

def test_one_command_that_takes_nothing(tmp_path):
    "There is but one call, so its forms are held out"
    j = train(small(tmp_path, ALONE), until='eval-sft')
    assert j.calls.models['sft'].share('exact') is not None and 'sft' not in j.missing()
    with pytest.raises(ForgeError, match='too few'): train(small(tmp_path/'few', ALONE, generate=dict(num=1)))

def test_rows_of_a_person(tmp_path):
    "What somebody put in the file is used as it is when only the next stage is asked for, and named by row when it is no call"
    folder = small(tmp_path)
    train(folder, until='generate')
    rows = folder/'data'/'sft_data.jsonl'
    good = rows.read_text()
    for bad,says in (('{"instruction": "bake", "output": {"command": "bake"}}', 'has no command "bake"'), ('{"instruction": 3, "output": "{}"}', 'instruction must be text'), ('[]', 'object')):
        rows.write_text(good + bad + '\n')
        with pytest.raises(ForgeError, match=says) as e: sft(folder)
        assert 'sft_data.jsonl' in str(e.value)
