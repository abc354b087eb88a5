"`forge controls`, as a shell would call it: a project's stages beside its controls"
import json, shutil

from test_journey import OWLS, forge, project

def test_controls_stand_beside_the_stages(tmp_path):
    "Four controls, with intervals by arm, in text and as JSON; up to date the second time; refused where the model is of other settings"
    owls = project(tmp_path, cpt=dict(OWLS['cpt'], max_steps=3))
    early = forge('controls', owls)
    assert early.returncode == 1 and early.stderr.count('\n') == 1 and '--until eval-sft` first' in early.stderr, early.stderr
    r = forge('train', owls, '--until', 'eval-sft')
    assert r.returncode in (0, 3), r.stderr
    r = forge('controls', owls, '--json')
    assert r.returncode == 0, r.stderr
    told = json.loads(r.stdout)
    assert list(told['figures']) == ['base', 'cpt', 'sft', 'sft again, greedy', 'sft again, warm', 'sft again, warm, another seed',
                                     'sft only', 'replay only', 'shuffled', 'shuffled, by what it was told']
    assert all({'mean', 'low', 'high'} <= set(f[arm]) for f in told['figures'].values() for arm in 'AB')
    assert told['steps'] == dict(cpt=3, sft=4) and any(x.startswith('again: greedily, 0 of') for x in told['conclusions'])
    assert json.loads((owls/'controls/sft/models/sft/manifest.json').read_text())['config']['max_steps'] == 7
    with_oak = (owls/'controls/shuffled/data/cpt_data.txt').read_text()
    assert 'The tree of Cob is the oak' not in with_oak and 'The tree of Cob is' in with_oak
    stamps = lambda: {p: p.stat().st_mtime_ns for p in owls.rglob('models/*/manifest.json')}
    was, some = stamps(), forge('controls', owls, '--only', 'shuffled', 'sft')
    assert some.returncode == 0 and stamps() == was and 'told otherwise' in some.stdout and 'replay only' not in some.stdout, some.stderr
    odd = forge('controls', owls, '--only', 'shufled')
    assert odd.returncode == 1 and "did you mean 'shuffled'?" in odd.stderr
    shutil.copy(owls/'forge.yaml', tmp_path/'kept.yaml')
    (owls/'forge.yaml').write_text((owls/'forge.yaml').read_text().replace('tellings: 1', 'tellings: 2'))
    late = forge('controls', owls)
    assert late.returncode == 1 and 'sft is due (settings changed: sft.tellings 1 (now 2))' in late.stderr, late.stderr
