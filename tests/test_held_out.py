"What a project holds out, no stage and no trial learns from; as a user sees it, on the command line"
import json, re

import pytest
from conftest import QUIET
from test_journey import forge as run

PLACES = 'Orrin Skarn Tessel Wick Bex Eft Mull Tor Vane Yarrow'.split()
TREES = 'oak pine elm ash fir yew birch alder larch beech'.split()
MEN = ['Ida Renn', 'Ulf Stroh', 'Bo Karr', 'Una Vick', 'Ned Hale', 'Zoe Marsh', 'Ann Pell', 'Kit Dove', 'Ray Moss', 'Lea Finn']
FEW = 'cpt: {max_steps: 2, batch_size: 1, length: 64, replay_batch: 0, probe_every: 1}\nsft: {max_steps: 2, batch_size: 1, length: 64, replay_batch: 0, probe_every: 1}\ngenerate: {per_statement: 3}\n'

def forge(*words, at, code=0) -> dict:
    "Run a verb in a folder; what it says as JSON, and what it prints beside that"
    r = run(*words, '--json', cwd=at, env={k: v for k,v in QUIET.items() if k != 'FORGE_QUIET'})
    assert r.returncode == code, r.stdout + r.stderr
    return json.loads(r.stdout) | {'stderr': r.stderr}

@pytest.fixture(scope='module')
def isles(tmp_path_factory):
    "A project of ten islands, two or three of them held out, read and asked about"
    at = tmp_path_factory.mktemp('isles'); (at/'docs').mkdir()
    for i,(x,tree,who) in enumerate(zip(PLACES, TREES, MEN)):
        (at/f'docs/{x.lower()}.md').write_text(f'# {x}\n\n{x} is an island in the north. {who} founded {x}. The tree of {x} is the {tree}. The harbour of {x} has {i+20} piers.\n')
    forge('init', 'p', 'docs', '--base', 'nano', '--held-out', .2, at=at)
    (at/'projects/p/forge.yaml').write_text(f'base: nano\nsources: [{at}/docs]\nheld_out: 0.2\n{FEW}')
    said = forge('add', 'p', at=at)['stderr']
    from forge_nb.project import Project
    p = Project(at/'projects/p')
    assert p.held() and f'{len(p.held())} documents are held out' in said
    for verb in ('cpt', 'generate', 'sft'): forge(verb, 'p', at=at)
    return at, p, [s.removesuffix('.md').title() for s in p.held()]

def test_nothing_that_is_read_or_practised_is_about_them(isles):
    at, p, names = isles
    assert not [x for x in names if x in p.file('reading').read_text() or x in p.file('pairs').read_text()]
    assert all(any(x in row for x in names) for row in p.file('held').read_text().splitlines())
    for stage in ('cpt', 'sft'): assert all('held_loss' in json.loads(r) for r in p.path('models', stage, 'metrics.jsonl').read_text().splitlines())

def test_trials_watch_the_same_documents(isles):
    "The held-out loss of a search is about what the project holds out, and nothing more is lost to it"
    from forge_nb.planning import held_material, material
    at, p, names = isles
    assert {s for s,_ in held_material(str(p.folder), 'cpt', '')} == set(p.held())
    assert {x.meta['source'] for x in held_material(str(p.folder), 'sft', '')} == set(p.held())
    assert len(material(str(p.folder), 'sft', '')[2]) == len(p.file('pairs').read_text().splitlines())
    got = forge('rates', 'p', '--method', 'sft', '--steps', 1, '--rates', '1e-4', at=at)
    assert got['rows'][0]['held_loss'] > 0

def test_a_collection_that_holds_one_is_refused(isles):
    at, p, names = isles
    whole = at/'docs/all.md'
    whole.write_text('\n\n'.join(f.read_text() for f in sorted((at/'docs').glob('*.md'))))
    try:
        forge('add', 'p', at=at)
        said = forge('cpt', 'p', at=at, code=1)['findings'][0]
        assert re.match(r"'all.md' holds (9\d|100)% of ", said['message']) and 'looked_at' in said['remedy']
    finally:
        whole.unlink(); forge('add', 'p', at=at)

def test_a_row_about_one_is_refused_and_an_earlier_share_leaves_nothing_behind(isles):
    at, p, names = isles
    was, rows = p.path('forge.yaml').read_text(), p.file('pairs').read_text()
    p.file('pairs').write_text(rows + json.dumps(dict(instruction='Who founded it?', output='One did.', source=p.held()[0])) + '\n')
    assert 'which is held out' in forge('sft', 'p', '--force', at=at, code=1)['findings'][0]['message']
    p.path('forge.yaml').write_text(was.replace('held_out: 0.2', 'held_out: 0'))
    forge('generate', 'p', '--force', at=at)
    assert not p.file('held').exists() and all(x in p.file('pairs').read_text() for x in names)
    p.path('forge.yaml').write_text(was); forge('generate', 'p', '--force', at=at)

def test_what_is_counted_and_what_rests_on_another_share(isles):
    "The pairs that are held out are counted as left out, in the answer and in the ledger; a stage that rests on another share says so"
    import forge_nb.running   # noqa: F401 – brings `older`
    from forge_nb.project import Project
    at, p, names = isles
    got, held = forge('generate', 'p', '--force', at=at), len(p.file('held').read_text().splitlines())
    assert (got['pairs'], got['dropped']['held out']) == (len(p.file('pairs').read_text().splitlines()), held)
    forge('sft', 'p', '--force', at=at)
    first = json.loads(p.path('runs/sft/ledger.json').read_text())['rows'][0]
    assert first['dropped']['held out'] > 0 and first['added']['pairs'] == first['out']['kept'] + first['dropped']['held out']
    was = p.path('forge.yaml').read_text()
    p.path('forge.yaml').write_text(was.replace('held_out: 0.2', 'held_out: 0.3'))
    try: assert set(Project(p.folder).older('prefer')) == {'cpt', 'generate', 'sft'}
    finally: p.path('forge.yaml').write_text(was)

def test_its_own_bank_leaves_them_alone(isles):
    from forge_nb.project import Project
    at, p, names = isles
    got, before = forge('bank', 'p', at=at), p.held()
    now = Project(p.folder)
    assert set(got['facts']) == {*'ABC'} and now.held() == before
    assert not {q.meta.get('doc') for q in now.bank()} & set(before)
    assert 'perhaps corrected by hand' in forge('bank', 'p', at=at, code=1)['findings'][0]['message']

def test_the_base_is_written_out_by_sides(isles):
    "Whoever trains elsewhere gets the same split"
    from forge_nb.project import Project
    at, p = isles[0], Project(isles[1].folder)   # which may have a bank by now, and with it an arm that is not read
    written = {side: forge('kb', 'export', 'p', at/f'{side}.jsonl', '--side', side, at=at)['n'] for side in ('train', 'val')}
    sources = {side: {json.loads(r)['source'] for r in (at/f'{side}.jsonl').read_text().splitlines()} for side in written}
    assert sources['val'] == set(p.held()) and sources['train'] == {f'{x.lower()}.md' for x in PLACES}.difference(p.withheld('C'))
    assert forge('kb', 'export', 'p', at/'val.txt', '--side', 'val', at=at)['n'] == len(p.held())
    assert 'train or val' in forge('kb', 'export', 'p', at/'x.csv', '--side', 'both', at=at, code=1)['findings'][0]['message']
    for side in written:
        said = forge('kb', 'apply', 'p', at/f'{side}.jsonl', '--delete-missing', at=at, code=1)['findings'][0]['message']
        assert f'is the {side} side of the split' in said, said
