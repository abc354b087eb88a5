"""A project's orpo, kto, reward and rlhf from a shell: trained, stopped by Ctrl-C, gone on with, up to date, due again, measured."""
import json, os, signal, subprocess, sys, time

import pytest

from forge_nb.checkpoints import latest_complete
from forge_nb.cli import main
from forge_nb.configs import SFTConfig
from forge_nb.core import Pair
from forge_nb.disk import lock, write_jsonl
from forge_nb.project import Project
from forge_nb.sft import sft

ANIMALS = ('owl', 'mouse', 'fox', 'hen')
FEW = ['batch_size=2', 'length=64', 'replay_length=32', 'replay_batch=1', 'save_every=2']
SHORT = [*FEW, 'max_steps=2']

def answered(p, text='The owl waits.'):
    sft('nano', [Pair('Who waits?', text)], p.model('sft'), config=SFTConfig(max_steps=1, batch_size=2, length=64, replay_batch=0), shown=False)

@pytest.fixture
def project(tmp_path):
    "With an SFT model, pairs and preferences"
    (tmp_path/'forge.yaml').write_text('base: nano\n')
    p = Project(tmp_path)
    answered(p)
    write_jsonl(p.file('preferences'), [dict(prompt=f'Who lives in house {i}?', chosen=f'The {a} lives there.', rejected='Who knows?') for i,a in enumerate(ANIMALS)])
    write_jsonl(p.file('pairs'), [dict(id=str(i), instruction=f'Who lives in house {i}?', output=f'The {a} lives there.') for i,a in enumerate(ANIMALS)])
    return p

def said(capfd, *words):
    "Exit code, the JSON, and what stood beside it"
    code = main([*map(str, words), '--json'])
    out, err = capfd.readouterr()
    return code, json.loads(out.strip().splitlines()[-1]), err

def test_trained_up_to_date_due_and_measured(project, capfd):
    p = project
    code, got, _ = said(capfd, 'reward', p.folder, '--set', *FEW[:2], 'replay_batch=0', 'max_steps=1')
    assert code == 0 and got['now'] and p.path('models', 'reward', 'manifest.json').is_file()
    pay = ['rlhf', p.folder, '--rewards', 'exact', 'reward', '--weights', '1', '.1', '--set', *SHORT, 'samples=2', 'max_new_tokens=4']
    code, got, err = said(capfd, *pay)
    assert code == 0, err
    assert said(capfd, *pay)[1]['now'] is False                       # nothing changed
    code, got, err = said(capfd, *[w if w != '.1' else '.2' for w in pay])
    assert got['now'] and 'rewards changed' in err
    code, got, _ = said(capfd, 'status', p.folder)
    assert code == 0 and got['beside'] == {'reward': '', 'rlhf': ''}
    answered(p, 'The hen waits.')
    assert said(capfd, 'status', p.folder)[1]['beside'] == {'reward': 'sft changed', 'rlhf': 'sft changed'}
    code, got, _ = said(capfd, 'eval', p.folder, '--stage', 'rlhf')
    assert code == 0 and got[0]['general perplexity'] > 1
    p.file('preferences').write_text('')
    code, got, err = said(capfd, 'kto', p.folder)
    assert code == 1 and 'kto has nothing to learn from' in err
    with lock(p.path('.lock')):
        code, got, err = said(capfd, 'rlhf', p.folder)
    assert code == 1 and 'is in use by process' in err and 'Traceback' not in err

def test_ctrl_c_is_gone_on_from(project, capfd):
    "The interrupt of a terminal, in the middle of a training of its own process"
    p = project
    words = ['orpo', str(p.folder), '--set', *FEW, 'max_steps=120']
    job = subprocess.Popen([sys.executable, '-W', 'ignore', '-m', 'forge_nb', *words], stderr=subprocess.PIPE, text=True,
                           env={**os.environ, 'FORGE_QUIET': '1'})
    live, deadline = p.path('models', 'orpo', 'checkpoints', 'metrics.jsonl'), time.time()+120
    while not (live.is_file() and live.read_text().count('\n') >= 3):
        assert job.poll() is None and time.time() < deadline
        time.sleep(.05)
    job.send_signal(signal.SIGINT)
    err = job.communicate(timeout=60)[1]
    assert job.returncode == 130 and 'run again to go on from there' in err and 'Traceback' not in err
    at = int(latest_complete(live.parent).name.split('-')[1])
    assert f'stopped at step {at};' in said(capfd, 'status', p.folder)[1]['beside']['orpo']
    assert main([*words, 'learning_rat=1']) == 1
    assert "did you mean 'learning_rate'" in capfd.readouterr().err
    assert main(words) == 0
    run = json.loads(p.path('models', 'orpo', 'run.json').read_text())
    assert (run['resumed'], run['steps']) == (at, 120)
    assert said(capfd, 'status', p.folder)[1]['beside'] == {'orpo': ''}
