"A journey without some of its stages, and a project that is moved with what it reads"
import json, shutil

import yaml

from conftest import QUIET
from test_journey import forge, project

from forge_nb.journey import journey
from forge_nb.project import Project
import forge_nb.running  # noqa: F401 – teaches a project `due`

LOUD = {k: v for k,v in QUIET.items() if k != 'FORGE_QUIET'}

def test_what_follows_goes_on_from_what_is_there_and_a_move_changes_nothing(tmp_path):
    "Without CPT and DPO: SFT begins with the base and is exported, the ledger adds up, and nothing is due elsewhere"
    owls = project(tmp_path/'here', cpt=False, dpo=False)
    r = forge('train', owls, '--json')
    got = json.loads(r.stdout)
    assert got['left_out'] == ['cpt', 'dpo'] and got['missing'] == [] and got['receipts']['Ledger']['ok'], (r.stderr, got['receipts']['Ledger'])
    assert [x['stage'] for x in got['rows']] == ['add', 'base', 'generate', 'sft', 'export', 'chat', 'all']
    assert journey(owls).ledger.failures() == [] and 'cpt, dpo left out' in (owls/'report.html').read_text()
    (tmp_path/'here').rename(tmp_path/'there'); shutil.copytree(tmp_path/'there', tmp_path/'twin')
    (tmp_path/'twin'/'owls').rename(tmp_path/'twin'/'eagles')
    (tmp_path/'link').symlink_to(tmp_path/'twin'/'eagles')
    for p in (tmp_path/'there'/'owls', tmp_path/'twin'/'eagles', tmp_path/'link'):
        told = json.loads(forge('status', p, '--json').stdout)
        assert told['ok'] and [x['stage'] for x in told['rows'] if x['due'] == 'left out'] == ['cpt', 'dpo'], told
    for words in (['dpo', p], ['eval', p, '--stage', 'cpt'], ['train', p, '--until', 'cpt']):
        r = forge(*words)
        assert r.returncode == 1 and 'whose forge.yaml says `' in r.stderr and r.stderr.count('\n') == 1, r.stderr

    was = yaml.safe_load((p/'forge.yaml').read_text())
    (p/'forge.yaml').write_text(yaml.safe_dump(was | dict(export=False)))     # what was exported once is no part of it now
    got, r = json.loads(forge('status', p, '--json').stdout), forge('chat', p, 'Who waits?', env=LOUD)
    assert got['ok'] and 'export is left out' in r.stderr and journey(p).parity is None, (got, r.stderr)

def test_a_model_made_with_what_is_left_out_now_is_due(tmp_path):
    "SFT began with a model of CPT's; without CPT it would be another"
    owls = project(tmp_path, dpo=False, export=False)
    r = forge('train', owls, '--until', 'sft')
    assert r.returncode in (0, 3), r.stderr     # so small a model learns nothing
    (owls/'forge.yaml').write_text(yaml.safe_dump(yaml.safe_load((owls/'forge.yaml').read_text()) | dict(cpt=False)))
    assert {r['stage']: r['due'] for r in json.loads(forge('status', owls, '--json').stdout)['rows']}['sft'] == 'it was made with cpt, which is left out'

def test_paths_are_written_as_seen_from_the_project(tmp_path):
    "Documents, a table, a bank and a base beside a project; moved alone, it says where they lay"
    where = tmp_path/'w'; owls = project(where)
    (where/'rows.csv').write_text('name,text\nowl,"The owl of Arl waits in the ash all night long."\n')
    (where/'questions.csv').write_text('question,answer\nWho was the founder of Arl?,Ida\n')
    shutil.rmtree(owls)
    from forge_nb.weights import model_path
    shutil.copytree(model_path('nano'), where/'base')
    assert forge('init', 'p', 'docs', '--base', 'base', '--bank', 'questions.csv', cwd=where).returncode == 0
    r = forge('add', 'p', 'rows.csv', '--text-column', 'text', cwd=where)
    assert r.returncode == 0, r.stderr
    assert forge('add', 'p', 'docs', where/'docs', cwd=where).returncode == 0     # named already
    s = Project(where/'projects'/'p').settings
    assert (s.base, s.sources, s.bank, s.tables[0]['where']) == ('../../base', ('../../docs',), '../../questions.csv', '../../rows.csv')
    was = Project(where/'projects'/'p').sha('sources')
    where.rename(tmp_path/'v')
    assert Project(tmp_path/'v'/'projects'/'p').sha('sources') == was and not Project(tmp_path/'v'/'projects'/'p').due('add')
    (tmp_path/'v').rename(where); (tmp_path/'far').mkdir()
    shutil.move(where/'projects'/'p', tmp_path/'far'/'p')
    r = forge('train', tmp_path/'far'/'p', env=LOUD)
    assert r.returncode == 1 and f'this lies at {where}' in r.stderr and 'correct `' in r.stderr, r.stderr
    assert forge('status', tmp_path/'far'/'p').returncode == 0
