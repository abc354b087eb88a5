"MLflow's registry, in a database of this machine; MLflow is an extra, so without it there is nothing to look at"
import importlib.util

import pytest

from forge_nb.configs import SFTConfig
from forge_nb.core import Pair
from forge_nb.disk import file_sha
from forge_nb.registering import RegisterError, register
from forge_nb.sft import sft

pytestmark = pytest.mark.skipif(importlib.util.find_spec('mlflow') is None, reason='MLflow is an extra')

def test_registered_once_and_loaded_again(tmp_path, monkeypatch):
    "One version a model; its files, settings and figures; nothing outside the folder"
    monkeypatch.delenv('MLFLOW_TRACKING_URI', raising=False)
    monkeypatch.chdir(tmp_path)
    train = lambda words: sft('nano', [Pair('Who waits?', words)], tmp_path/'models/sft', config=SFTConfig(batch_size=2, length=64, replay_batch=0, max_steps=2), shown=False)
    model = train('The owl waits.')
    one, again = register(str(model), 'owls'), register(str(model), 'owls')
    assert (one.version, one.now, again.version, again.now) == ('1', True, '1', False)
    from mlflow import MlflowClient
    from mlflow.artifacts import download_artifacts
    client = MlflowClient(one.where)
    v = client.get_model_version('owls', '1')
    run = client.get_run(v.run_id).data
    assert (run.params['batch_size'], run.metrics['steps'], v.tags['forge_nb.manifest']) == ('2', 2., file_sha(model/'manifest.json'))
    back = download_artifacts(f'{v.source}', tracking_uri=one.where, dst_path=str(tmp_path/'back'))
    assert file_sha(f'{back}/model.safetensors') == file_sha(model/'model.safetensors')
    train('The hen waits.')
    assert register(str(model), 'owls').version == '2'
    assert sorted(p.name for p in tmp_path.iterdir()) == ['back', 'models']
    monkeypatch.setenv('MLFLOW_HTTP_REQUEST_MAX_RETRIES', '0')
    with pytest.raises(RegisterError, match='check the address'): register(str(model), 'owls', 'sqlite:////proc/none/x.db')
