"""The best checkpoint and not the last, a budget of forgetting, a clock, a loss that is lost, and trackers: for the methods, on nano."""
import importlib.util, json
from dataclasses import replace

import pytest

from forge_nb.builtin import general_probe
from forge_nb.checkpoints import latest_complete
from forge_nb.configs import CPTConfig, DPOConfig, SFTConfig, TrainError
from forge_nb.core import Pair, Preference, Tally
from forge_nb.cpt import cpt
from forge_nb.disk import read_jsonl
from forge_nb.manifests import Manifest
from forge_nb.models import HFSpeaker, load_model
from forge_nb.preferences import dpo
from forge_nb.retention import probe_for
from forge_nb.sft import sft

ANIMALS = ('owl', 'mouse', 'fox', 'hen', 'cat', 'dog', 'bee', 'ant')
PAIRS = [Pair(f'Who lives in house {i}?', f'The {a} lives there.') for i,a in enumerate(ANIMALS)]
LIKES = [Preference(p.prompt, p.completion, 'Who knows?') for p in PAIRS]
SHORT = dict(batch_size=2, length=64, replay_batch=0, precision='fp32', save_every=100)
PROBE = probe_for(general_probe()[:1])

def run(folder): return json.loads((folder/'run.json').read_text())

def test_the_best_is_kept_and_the_ledger_speaks_of_it(tmp_path):
    "A learning rate that learns by heart: held-out loss turns, and the model of the turn is what stays"
    config = SFTConfig(**SHORT, learning_rate=2e-2, max_steps=40, held_out=.25, watch='held_loss', patience=3, probe_every=2, warmup=0.)
    out, tally = sft('nano', PAIRS, tmp_path/'sft', config=config, tally=(t := Tally()), shown=False), t
    rows, r = [x for x in read_jsonl(out/'metrics.jsonl') if 'held_loss' in x], run(out)
    best = min(rows, key=lambda x: x['held_loss'])
    assert (r['steps'], r['ended']) == (best['step'], rows[-1]['step']) and r['ended'] == r['steps'] + 6 < 40
    assert 'held_loss has not been better for 3 probes' in r['why']
    assert 'held out' in {k for row in tally.rows for k in row.dropped}
    assert sum(r['seen']['domain'].values()) == r['steps']*2*64
    Manifest.load(out).verify(out)

def test_a_budget_of_forgetting(tmp_path):
    "Beyond it: keep the best inside, stop there, or refuse where nothing is inside"
    hot = CPTConfig(**SHORT, learning_rate=3e-3, max_steps=24, probe_every=2, budget=.05, warmup=.5)
    texts = [f'{p.prompt} {p.completion}' for p in PAIRS]
    model, tok = load_model('nano')
    before = PROBE(HFSpeaker(model, tok), 0)['general_perplexity']
    out = cpt('nano', texts, tmp_path/'best', config=hot, probes=[PROBE], shown=False)
    assert run(out)['ended'] == 24 > run(out)['steps']
    assert PROBE(HFSpeaker(*load_model(out)), 0)['general_perplexity'] <= before*1.05
    out = cpt('nano', texts, tmp_path/'stop', config=replace(hot, beyond='stop'), probes=[PROBE], shown=False)
    assert run(out)['ended'] < 24 and 'and the budget is 5 %' in run(out)['why']
    with pytest.raises(TrainError, match='no probe was inside the budget'):
        cpt('nano', texts, tmp_path/'none', config=replace(hot, learning_rate=3e-2, warmup=0., max_steps=4, budget=.001), probes=[PROBE], shown=False)
    with pytest.raises(TrainError, match='no probe gives it'):
        cpt('nano', texts, tmp_path/'blind', config=hot, shown=False)

def test_preferences_keep_the_best_too(tmp_path):
    "A trainer of TRL's, with an adapter: counts, manifest and ledger are of the step that is kept"
    turns = lambda speaker, step: {'knowledge': -abs(step-2)}
    config = DPOConfig(**SHORT, lora=2, max_steps=12, probe_every=1, watch='knowledge', patience=2)
    out = dpo('nano', LIKES, tmp_path/'dpo', config=config, probes=[turns], tally=Tally(), shown=False)
    assert (run(out)['steps'], run(out)['ended']) == (2, 4)

def test_the_clock_saves_and_the_next_run_goes_on(tmp_path):
    config = SFTConfig(**SHORT, max_steps=4, max_hours=1e-9)
    with pytest.raises(TrainError, match='are over at step 1 of 4, and it is saved'): sft('nano', PAIRS, tmp_path/'sft', config=config, shown=False)
    assert latest_complete(tmp_path/'sft/checkpoints').name == 'checkpoint-1'
    out = sft('nano', PAIRS, tmp_path/'sft', config=replace(config, max_hours=1.), shown=False)
    assert (run(out)['resumed'], run(out)['steps']) == (1, 4)

def test_a_slip_of_the_hand_costs_no_checkpoint(tmp_path, capfd, monkeypatch):
    "Stopped, begun again with one digit wrong, and put right: the first training goes on, to the same losses as in one go"
    monkeypatch.delenv('FORGE_QUIET', raising=False)
    config = SFTConfig(**SHORT, max_steps=4, max_hours=1e-9)
    for rate in (config.learning_rate, 10*config.learning_rate):
        with pytest.raises(TrainError, match='at step 1 of 4, and it is saved'):
            sft('nano', PAIRS, tmp_path/'sft', config=replace(config, learning_rate=rate), shown=False)
    assert f'learning_rate {config.learning_rate} (now {10*config.learning_rate})' in capfd.readouterr().err
    out, whole = (sft('nano', PAIRS, tmp_path/at, config=replace(config, max_hours=1.), shown=False) for at in ('sft', 'whole'))
    assert (run(out)['resumed'], run(whole)['resumed']) == (1, 0) and not (out/'checkpoints').exists()
    assert (out/'metrics.jsonl').read_bytes() == (whole/'metrics.jsonl').read_bytes()

@pytest.mark.parametrize('tool', ('tensorboard', 'mlflow', 'wandb'))
def test_trackers(tool, tmp_path, monkeypatch):
    "One argument; offline; nothing but files beside the models. Missing: one line, before a model is loaded"
    config = SFTConfig(**SHORT, max_steps=2, tracker=tool)
    if importlib.util.find_spec(tool) is None:
        with pytest.raises(TrainError, match=f'needs the package {tool}; pip install {tool}'): sft('no/such', PAIRS, tmp_path/'sft', config=config, shown=False)
        return
    out = sft('nano', PAIRS, tmp_path/'models/sft', config=config, shown=False)
    assert sum(f.stat().st_size for f in (out.parent/'tracking').rglob('*') if f.is_file()) > 500
    assert 'tracker' not in Manifest.load(out).config
    with pytest.raises(TrainError, match='is nan'): sft('nano', PAIRS, tmp_path/'models/bad', config=replace(config, learning_rate=1e9, max_steps=5), shown=False)
    at = out.parent/'tracking'                # each training is a run of its own
    if tool == 'wandb': assert len(list(at.glob('wandb/offline-run-*'))) == 2
    if tool == 'tensorboard': assert sorted(p.name for p in at.iterdir()) == ['bad', 'sft']
    if tool == 'mlflow':
        from mlflow import MlflowClient
        client = MlflowClient(f'sqlite:///{at}/mlflow.db')
        runs = client.search_runs([client.get_experiment_by_name('forge_nb').experiment_id])
        assert sorted((r.info.run_name, r.info.status) for r in runs) == [('bad', 'FAILED'), ('sft', 'FINISHED')]

def heard_by(tool, at) -> tuple[list[str],list[int]]:
    "The runs that a tool has of a training, and the steps of the last one; None where they cannot be read"
    if tool == 'wandb': return sorted({p.name.split('-')[-1] for p in at.glob('wandb/offline-run-*')}), None
    if tool == 'tensorboard':
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        runs = sorted(p.name for p in at.iterdir())
        (events := EventAccumulator(str(at/runs[-1]))).Reload()
        return runs, [x.step for x in events.Scalars('loss')]
    from mlflow import MlflowClient
    client = MlflowClient(f'sqlite:///{at}/mlflow.db')
    runs = [r.info.run_id for r in client.search_runs([client.get_experiment_by_name('forge_nb').experiment_id])]
    return runs, sorted(m.step for m in client.get_metric_history(runs[0], 'loss'))

@pytest.mark.parametrize('tool', ('tensorboard', 'mlflow', 'wandb'))
def test_a_training_that_goes_on_is_one_run(tool, tmp_path):
    "Stopped after the third step and gone on with from the second: one run, and every step once"
    if importlib.util.find_spec(tool) is None: pytest.skip(f'{tool} is not required')
    config = SFTConfig(**SHORT | dict(save_every=2), max_steps=5, tracker=tool, probe_every=1)
    def stop(speaker, step):
        if step == 4: raise OSError('the power is gone')
        return {'asked': 1.}
    with pytest.raises(OSError, match='the power'): sft('nano', PAIRS, tmp_path/'models/sft', config=config, probes=[stop], shown=False)
    assert latest_complete(tmp_path/'models/sft/checkpoints').name == 'checkpoint-2'
    sft('nano', PAIRS, tmp_path/'models/sft', config=config, shown=False)
    runs, steps = heard_by(tool, tmp_path/'models/tracking')
    assert len(runs) == 1 and steps in (None, [1, 2, 3, 4, 5])

def test_a_tool_that_cannot_be_told_ends_no_training(tmp_path, monkeypatch, capfd):
    "TensorBoard's folder cannot be made: said, and the training comes to its end"
    if importlib.util.find_spec('tensorboard') is None: pytest.skip('TensorBoard is not required')
    monkeypatch.setenv('TENSORBOARD_LOGGING_DIR', '/proc/none')
    out = sft('nano', PAIRS, tmp_path/'models/sft', config=SFTConfig(**SHORT, max_steps=2, tracker='tensorboard'), shown=False)
    assert run(out)['steps'] == 2
