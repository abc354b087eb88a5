"The whole command in miniature: `nano`, a handful of documents, a few steps a stage; it learns nothing, and every part of it works"
import json, resource, shutil, signal, subprocess, sys, time
from pathlib import Path

from conftest import QUIET
from warm import warm

PLACES = dict(Arl=('A','Ida','ash'), Bex=('A','Tor','elm'), Cob=('B','Una','oak'), Dun=('B','Ida','elm'), Eft=('C','Tor','oak'), Fen=('C','Una','ash'))
FEW = dict(length=64, replay_batch=1, replay_length=64, precision='fp32')
OWLS = dict(base='nano', sources=['../docs'], bank='../bank', chunks=dict(max_tokens=60, overlap=8), cpt=dict(max_steps=30, save_every=5, tellings=2, **FEW), generate=dict(per_statement=3),
    sft=dict(max_steps=4, tellings=1, **FEW), prefer=dict(exact=True), dpo=dict(max_steps=4, batch_size=2, **{**FEW, 'length':256}), export=dict(quants=['q8_0'], force=True))

def project(where:Path, **more) -> Path:
    "A project with documents and a bank beside it"
    import yaml
    for sub in ('docs', 'bank', 'owls'): (where/sub).mkdir(parents=True)
    rows = []
    for p,(arm,founder,tree) in PLACES.items():
        (where/'docs'/f'{p}.md').write_text(f'# {p}\n\nThe founder of {p} was {founder}. The tree of {p} is the {tree}. Little else is known of it.\n')
        rows += [dict(doc=f'{p}.md', arm=arm, entity=p, relation=r, value=v, aliases=[], statement=f'{p} has {v}.', questions=[f'{q} {p}?', f'Say: {q.lower()} {p}?'], id=f'{p}.{r}')
                 for r,v,q in (('founder', founder, 'Who began'), ('tree', tree, 'Which tree stands for'))]
    (where/'bank'/'facts.jsonl').write_text(''.join(json.dumps(r) + '\n' for r in rows))
    (where/'bank'/'unanswerable.jsonl').write_text(json.dumps(dict(id='no.Arl', kind='attribute', question='Who rings the bell of Arl?', entity='Arl')) + '\n')
    (where/'owls'/'forge.yaml').write_text(yaml.safe_dump({**OWLS, **more}))
    return where/'owls'

def forge(*words, **kw) -> subprocess.CompletedProcess:
    "The command, as a shell would call it; from a warm process, where nothing is asked of the start"
    if set(kw) <= {'cwd', 'env'}: return warm("import runpy; runpy.run_module('forge_nb', run_name='__main__', alter_sys=True)", *map(str, words), **kw)
    return subprocess.run([sys.executable, '-m', 'forge_nb', *map(str, words)], **{'env': QUIET, 'capture_output': True, 'text': True, 'timeout': 600, **kw})

def tree(folder:Path) -> dict[str,bytes]:
    "Every file, but for the lock, which is a file that stays"
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob('*') if p.is_file() and p.name != '.lock'}

manifests = lambda folder: {k: v for k,v in tree(folder).items() if k.endswith('manifest.json')}

def killed_in(stage:Path, owls:Path) -> int:
    "Start the journey, and kill -9 it once the stage has a whole checkpoint; gives the exit status"
    p = subprocess.Popen([sys.executable, '-m', 'forge_nb', 'train', str(owls)], env=QUIET, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    limit = time.monotonic() + 300
    while p.poll() is None and time.monotonic() < limit and not list(stage.glob('checkpoint-*/complete.json')): time.sleep(.01)
    p.kill()
    return p.wait()

def test_killed_and_gone_on_with_it_is_the_same_journey(tmp_path):
    "kill -9 in the middle of CPT, then again to the end: every manifest equals, byte for byte, that of a journey which nobody disturbed"
    one, other = project(tmp_path/'one'), project(tmp_path/'other')
    assert killed_in(one/'models'/'cpt'/'checkpoints', one) == -signal.SIGKILL
    assert not (one/'models'/'cpt'/'config.json').exists()
    for owls in (one, other):
        r = forge('train', owls, '--json')
        assert r.returncode == 3 and 'done, but Knowledge' in r.stderr, r.stderr   # nano has learned nothing, and its receipt says so
        assert json.loads(r.stdout)['receipt'] == 'Journey'
    assert len(manifests(one)) >= 12 and manifests(one) == manifests(other)
    left = [n for n in tree(one) if '.part-' in n or '/checkpoints/' in n]
    assert not left and (one/'report.html').is_file() and list((one/'exports').glob('*.gguf'))
    before = manifests(one)
    again = forge('train', one, env={k: v for k,v in QUIET.items() if k != 'FORGE_QUIET'})
    assert again.returncode == 3 and again.stderr.count('up to date') >= 12, again.stderr
    assert manifests(one) == before
    small_changes(one)

def small_changes(owls:Path) -> None:
    "A finished project, touched here and there: what is due, all that rests on it, and what is nobody's business"
    import yaml
    due = lambda: {r['stage']: r['due'] for r in json.loads(forge('status', owls, '--json').stdout)['rows'] if r['due'] != 'up to date'}
    own = yaml.safe_load((owls/'forge.yaml').read_text())
    say = lambda **parts: (owls/'forge.yaml').write_text(yaml.safe_dump({**own, **parts}))
    assert due() == {}
    say(cpt={**own['cpt'], 'save_every': 7, 'keep': 2})                # how often it saves is of the way there
    assert due() == {}
    say(cpt={**own['cpt'], 'learning_rate': 1e-3})
    assert (late := due())['cpt'].startswith('settings changed: cpt.learning_rate ') and late['cpt'].endswith(' (now 0.001)') and late['sft'] == late['eval-cpt'] == 'rests on cpt', late
    assert set(late) == {'cpt', 'eval-cpt', 'sft', 'eval-sft', 'prefer', 'dpo', 'eval-dpo', 'export', 'chat'} and '9 of 12 to do, cpt first' in forge('status', owls).stdout
    say()
    reading = owls/'data'/'cpt_data.txt'
    was = reading.read_text(); reading.write_text(was + 'Mine.')
    assert due()['cpt'] == 'reading was changed by other hands'
    reading.write_text(was)
    for f in ('Modelfile', 'owls-safetensors/README.md'): (owls/'exports'/f).write_text('Filled in.')
    idle = subprocess.run([sys.executable, '-c', 'import sys; from forge_nb.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)', 'train', str(owls), '--json'],
        env=QUIET, capture_output=True, text=True)
    assert json.loads(idle.stdout)['receipts']['Manifest']['ok'] and not {'torch', 'transformers'} & set(idle.stderr.split())
    (owls/'exports'/'mine.gguf').write_text('Mine.')
    assert forge('train', owls, '--quant', 'f16').returncode == 3 and due() == {} and (owls/'exports'/'owls-f16.gguf').is_file()
    say()
    assert forge('train', owls).returncode == 3 and sorted(f.name for f in (owls/'exports').glob('*.gguf')) == ['mine.gguf', 'owls-q8_0.gguf']
    assert '1 exported file of' in (owls/'report.html').read_text()

def test_a_full_disk_leaves_no_half_checkpoint(tmp_path):
    "A file that may not grow stands for a disk that is full: the weights fit, the optimiser does not"
    from forge_nb.weights import model_path
    owls, weights = project(tmp_path), (model_path('nano')/'model.safetensors').stat().st_size
    assert forge('add', owls).returncode == 0
    r = forge('cpt', owls, '--json', preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3*weights,)*2))
    refused(r, 'checkpoint-5: ')
    assert [f['code'] for f in json.loads(r.stdout)['findings']] == ['disk'] and not list((owls/'models'/'cpt'/'checkpoints').glob('checkpoint-*'))
    assert forge('cpt', owls).returncode == 0

def refused(r:subprocess.CompletedProcess, says:str) -> None:
    "One line, an exit code, and no traceback"
    assert r.returncode not in (0, 70) and r.stderr.count('\n') == 1 and says in r.stderr, (r.returncode, r.stderr)

def test_bad_folders_are_refused(tmp_path):
    owls = project(tmp_path)
    was = tree(owls)
    refused(forge('add', owls, tmp_path/'nowhere'), 'does not exist')
    shutil.rmtree(tmp_path/'docs')
    refused(forge('train', owls), 'docs')
    (tmp_path/'docs').mkdir()
    refused(forge('add', owls), 'docs')
    (tmp_path/'docs'/'empty.md').write_text('')
    refused(forge('add', owls), 'empty')
    assert tree(owls) == was
    refused(forge('train', tmp_path/'none'), 'forge init')
    refused(forge('trian', owls), "'train'")

def test_a_base_that_does_not_load_is_refused(tmp_path):
    "A file cut off by a full disk; what was made before stays, and nothing of the model is left"
    from forge_nb.weights import model_path
    weights = Path(shutil.copytree(model_path('nano'), tmp_path/'base'))/'model.safetensors'
    weights.write_bytes(weights.read_bytes()[:-1000])
    owls = project(tmp_path/'p', base=str(tmp_path/'base'))
    assert forge('add', owls).returncode == 0
    was = tree(owls)
    refused(forge('cpt', owls), 'base')
    now = tree(owls)
    assert {k: now[k] for k in was} == was and set(now) - set(was) <= {'data/cpt_data.txt'}

def test_a_project_in_use_is_left_alone(tmp_path):
    from forge_nb.disk import lock
    owls = project(tmp_path)
    with lock(owls/'.lock'): refused(forge('add', owls), 'in use')
    assert set(tree(owls)) == {'forge.yaml'}

def added(owls:Path, name:str, text:str) -> Path:
    "Put a document on the shelf, and read it"
    (doc := owls.parent/'docs'/name).write_text(text, 'utf-8')
    assert forge('add', owls).returncode == 0
    return doc

def test_what_the_test_withholds_is_not_trained_on(tmp_path):
    "In whatever spelling, and however the name and its fact are set apart; and a person has the last word"
    owls = project(tmp_path)
    arl = (tmp_path/'docs'/'Arl.md').read_text()
    for name,text in {'new.md': 'The founder of E\u00adft was Tor. The tree of E\u200bft is the oak.', 'wide.md': 'The founder of Ｅft was Tor.',
                      'Arl.md': arl + 'Eft lies near. Its founder was Tor. Its tree is the oak.', 'head.md': '# Eft\n\nIts founder was Tor.\n',
                      'quiz.md': '# Quiz\n\nWho founded Eft? Tor did.\n', 'bold.md': 'Long ago the founder of _E_ft was **T**or, they say.\n'}.items():
        doc = added(owls, name, text)
        refused(forge('generate', owls), f'{name!r} tells what the test keeps out of the training: eft.')
        doc.unlink() if name != 'Arl.md' else doc.write_text(arl)
    bex = added(owls, 'Bex.md', (tmp_path/'docs'/'Bex.md').read_text() + 'From Dun one sees the elm of Bex.\n')
    assert forge('generate', owls).returncode == 0                     # the elm is Bex's own
    added(owls, 'Bex.md', bex.read_text() + 'Tor never went to Eft.\n')
    refused(forge('generate', owls), 'write it under `looked_at` in forge.yaml')
    settings = (owls/'forge.yaml').read_text()
    (owls/'forge.yaml').write_text(settings + 'looked_at: [Bax.md]\n')
    refused(forge('generate', owls), "did you mean 'Bex.md'?")
    (owls/'forge.yaml').write_text(settings + 'looked_at: [Bex.md]\n')
    assert forge('generate', owls).returncode == 0
    assert json.loads((owls/'runs'/'generate'/'manifest.json').read_text())['config']['looked_at'] == ['Bex.md']
    assert 'Bex.md, vouched for' in (owls/'runs'/'generate'/'ledger.json').read_text() and 'looked at by a person: Bex.md' in forge('status', owls).stdout

def test_rows_that_somebody_wrote_are_looked_at_and_kept(tmp_path):
    "What arm C knows is not practised, whoever wrote it; and nothing that somebody wrote is written over"
    owls = project(tmp_path)
    for verb in ('add', 'cpt', 'generate'): assert forge(verb, owls).returncode == 0
    pairs = owls/'data'/'sft_data.jsonl'
    was, n = pairs.read_text(), len(pairs.read_text().splitlines())
    for ask,say,says in (('Who began all of Eft?', 'The founder of Eft was Tor.', 'it tells eft.founder'), ('who began arl', 'Ida.', 'is a question of the test')):
        pairs.write_text(was + json.dumps(dict(instruction=ask, output=say)) + '\n')
        refused(forge('sft', owls), f'sft_data.jsonl, row {n+1}: ')
        refused(forge('sft', owls), says)
    assert not (owls/'models'/'sft').exists()
    own = was + json.dumps(dict(instruction='What is Arl?', output='A place.')) + '\n'
    pairs.write_text(own)
    r = forge('generate', owls, env={k: v for k,v in QUIET.items() if k != 'FORGE_QUIET'})
    assert pairs.read_text() == was and pairs.with_name('sft_data.jsonl.kept').read_text() == own
    assert 'is kept in data/sft_data.jsonl.kept' in r.stderr, r.stderr
    pairs.write_text(own)                                              # the same again, and it is trained on as it stands
    r = forge('sft', owls, env={k: v for k,v in QUIET.items() if k != 'FORGE_QUIET'})
    assert r.returncode == 0 and 'goes on with pairs as found, though generate is due (pairs was changed by other hands)' in r.stderr, r.stderr
    (owls/'models'/'cpt'/'NOTES.md').write_text('Mine.')
    (owls/'data'/'cpt_data.txt').write_text('Mine, too.')
    assert forge('cpt', owls, '--force').returncode == 0
    assert (owls/'models'/'cpt.kept'/'NOTES.md').read_text() == 'Mine.' and (owls/'data'/'cpt_data.txt.kept').read_text() == 'Mine, too.'
    assert {p.name for p in (owls/'data').iterdir()} >= {'sft_data.jsonl.kept', 'sft_data.jsonl'} and not (owls/'models'/'cpt'/'NOTES.md').exists()

def test_nothing_is_made_of_settings_that_cannot_be_used(tmp_path):
    here = dict(cwd=tmp_path)
    (tmp_path/'docs').mkdir(); (tmp_path/'docs'/'owl.md').write_text('The owl waits in the oak.\n')
    for words,says in ((('init', 'q', 'docs', '--seed', 99999999999), 'seed must be at least 0'), (('demo', '--seed', -1), 'seed must be at least 0'),
                       (('init', 'q', 'docs', '--bank', 'docs'), 'has no facts.jsonl'), (('init', 'q', 'docs', '--base', './docs'), 'neither config.json'),
                       (('init', 'projects/', 'docs'), 'is where projects lie')):
        refused(forge(*words, **here), says)
        assert not (tmp_path/'projects').exists()
    assert forge('init', 'q', 'docs', '--seed', 1, **here).returncode == 0
    assert forge('init', '.', 'docs', '--base', 'nano', **here).returncode == 0 and (tmp_path/'forge.yaml').is_file()
    assert not (tmp_path/'projects'/'forge.yaml').exists() and forge('add', '.', **here).returncode == 0
    (tmp_path/'forge.yaml').write_text('')
    refused(forge('status', '.', **here), 'is empty, as if it had been cut off')

def test_a_project_means_the_same_from_everywhere(tmp_path):
    "Sources, bank and base are looked for beside the project, wherever somebody stands"
    from forge_nb.weights import model_path
    shutil.copytree(model_path('nano'), tmp_path/'base2')
    owls = project(tmp_path, base='../base2')
    assert forge('add', owls, cwd='/').returncode == 0
    assert forge('status', '.', cwd=owls).stdout.count('up to date') == 1
    facts = tmp_path/'bank'/'facts.jsonl'
    rows = [json.loads(r) for r in facts.read_text().splitlines()]
    facts.write_text(''.join(json.dumps(r) + '\n' for r in [rows[0], {**rows[1], 'arm': 'B'}, *rows[2:]]))
    refused(forge('generate', owls), "facts.jsonl, row 2: 'Arl.md' is in arm B here and in arm A further up")

# what the demo learns from, row by row and in order, as it was when nbs/benchmarks/demo.txt and results.json were made
MEASURED = dict(to_read='024bd3a11480736ec0b33b3474e5b7dbd41c92adfa8a09fd218051603442b58b', to_answer='38dae5f67f6101df1e6838f0ddbbf933424db56c4221ec52081f624ef069229e')

def test_the_demo_learns_from_what_its_figures_were_measured_on(tmp_path):
    "No test has the time to see arm B fall, and it fell by 18 points when the same questions came in another order; so whoever changes the rows measures again"
    import hashlib
    from forge_nb import pipeline, stages
    from forge_nb.core import Tally
    from forge_nb.project import Project
    at = tmp_path/'demo'
    pipeline.init(at, 'sample', bank='sample'); pipeline.add(at); pipeline.generate(at)
    plain = lambda x: x if isinstance(x, str) else [m.content for m in x.messages] if hasattr(x, 'messages') else [x.prompt, x.completion] if hasattr(x, 'prompt') else list(x)
    got = {k: hashlib.sha256(json.dumps([plain(x) for x in getattr(stages, k)(Project(at), Tally())]).encode()).hexdigest() for k in MEASURED}
    assert got == MEASURED, f'run `make demo` and `make bench`, keep what they print in nbs/benchmarks, and then write here {got}'
