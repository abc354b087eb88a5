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
    (p/'exports'/'owls-q8_0.gguf').write_bytes(b'another'); forge('report', p)
    page = (p/'report.html').read_text()
    assert journey(p).manifests.failures() == [] and 'forge export' not in page and 'export: false' in page

    changed = was | dict(export=False, sft=was['sft'] | dict(learning_rate=.0009))      # its model is asked, and is no longer what would be made
    (p/'forge.yaml').write_text(yaml.safe_dump(changed))
    r = forge('chat', f'{p}:sft', 'Who waits?', env=LOUD)
    assert r.returncode == 0 and 'sft is due: settings changed' in r.stderr and 'this is the model' not in forge('chat', f'{p}:base', 'Who waits?', env=LOUD).stderr, r.stderr

def test_what_systems_and_editors_leave_beside_documents_changes_nothing(tmp_path):
    "A project is up to date whatever lies hidden in its folder, and is due when a document changes"
    owls = project(tmp_path); docs = Project(owls).source_paths()[0]
    assert forge('add', owls).returncode == 0
    for name in ('.DS_Store', 'Thumbs.db', 'desktop.ini', 'owl.md~', '#owl.md#', '~$owl.docx', '.owl.md.swp', '.git/HEAD', '__pycache__/a.pyc'):
        (docs/name).parent.mkdir(exist_ok=True); (docs/name).write_text('not a document')
    assert not Project(owls).due('add')
    r = forge('add', owls, '--json')
    assert r.returncode == 0 and not Project(owls).due('add') and json.loads(r.stdout)['left_behind'] == {'hidden': 9}, r.stdout
    next(docs.glob('*.md')).write_text('# The owl\n\nThe owl of Arl sleeps.\n')
    assert Project(owls).due('add') == 'sources changed'

def test_a_fault_of_a_setting_names_its_line_and_a_typo_of_the_base_its_name(tmp_path):
    "`status` says both before anything is run, and an option's fault is not blamed on the file"
    owls = project(tmp_path); was = yaml.safe_load((owls/'forge.yaml').read_text())
    for change,says in ((dict(base='nanno'), "base: there is no model 'nanno'; did you mean 'nano'?"), (dict(cpt=was['cpt'] | dict(lenght=9)), "cpt has no setting 'lenght'; did you mean 'length'?"),
                        (dict(dpo=was['dpo'] | dict(batch_size=0)), 'dpo: batch_size must'), (dict(export=dict(quants=['q8'])), "export: unknown quant 'q8'")):
        (owls/'forge.yaml').write_text(text := yaml.safe_dump(was | change))
        key = 'base' if 'base' in change else 'lenght' if 'cpt' in change else 'batch_size: 0' if 'dpo' in change else '- q8'
        line = next(n for n,x in enumerate(text.splitlines(), 1) if x.strip().startswith(key))
        told = json.loads(forge('status', owls, '--json').stdout)['refused']
        assert f'forge.yaml:{line}: {says}' in told and told.count('forge.yaml') == 1, told
    for change,says in ((dict(bank='bnak.csv'), 'bnak.csv does not exist'), (dict(sources=['nowhere']), 'nowhere does not exist'), (dict(sources=[]), 'has no sources')):
        (owls/'forge.yaml').write_text(yaml.safe_dump(was | change))     # nothing was added yet
        assert says in (told := json.loads(forge('status', owls, '--json').stdout)['refused']), told
    (owls/'forge.yaml').write_text(yaml.safe_dump(was))
    assert 'forge.yaml' not in (r := forge('cpt', owls, '--set', 'learning_rate=-1')).stderr and r.returncode, r.stderr

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
    r = forge('status', tmp_path/'far'/'p')          # what train would refuse, status says, and does not end well
    assert r.returncode == 3 and 'correct `' in r.stderr, (r.returncode, r.stderr)
