"""What is tried first and goes wrong first: settings that ran away, an export into the documents, a difference that is chance."""
import subprocess, sys

import pytest

from forge_nb.comparing import _within_noise
from forge_nb.configs import Diverged
from forge_nb.core import ForgeError
from forge_nb.knowledge import Asked, Scores
from forge_nb.pipeline import add, cpt, export, init

def test_settings_that_ran_away_are_taken_back(tmp_path):
    (tmp_path/'docs').mkdir()
    (tmp_path/'docs'/'owl.md').write_text('# The owl\n\n' + 'The owl of Thamble lives in the old lighthouse. It never hurries. '*30)
    p = init(tmp_path/'owls', tmp_path/'docs', base='nano'); add(p.folder)
    was = p.path('forge.yaml').read_text()
    with pytest.raises(Diverged):
        cpt(p.folder, set=['learning_rate=1e4', 'max_steps=60', 'warmup=0', 'batch_size=1', 'length=32', 'replay_batch=0', 'tellings=0', 'tasks=0', 'kl_weight=0'])
    assert p.path('forge.yaml').read_text() == was
    for out in (tmp_path/'docs'/'here', p.path('models', 'cpt')):
        with pytest.raises(ForgeError, match='give another --out'): export(f'{p.folder}:base', out=str(out), quants=['q8_0'])

def scores(n): # right answers of 12, one question a document
    return dict(closed=Scores('x', [Asked(str(i), f'f{i}', 'A', f'd{i}', 'q', 'a', i < n, False) for i in range(12)]).to_dict())

def test_a_difference_of_chance_has_no_winner():
    assert _within_noise('knowledge A', scores(6), scores(7))
    assert _within_noise('knowledge A', scores(0), scores(12)) is False
    assert _within_noise('knowledge A', scores(6), dict(closed=None)) is None
    assert _within_noise('knowledge B', scores(6), scores(7)) is None      # nobody was asked

def test_adding_and_searching_load_no_torch(tmp_path):
    (tmp_path/'docs').mkdir()
    (tmp_path/'docs'/'owl.md').write_text('# The owl\n\nThe owl of Thamble lives in the old lighthouse.')
    said = subprocess.run([sys.executable, '-c', 'import sys; from forge_nb.cli import main\n'
        'codes = [main(a) for a in (["add", "owls", "docs"], ["search", "owls", "lighthouse"], ["status", "owls"])]\n'
        'sys.exit(", ".join([m for m in ("torch", "transformers") if m in sys.modules] + [f"exit code {c}" for c in codes if c]) or 0)'],
        cwd=tmp_path, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr[-400:]
