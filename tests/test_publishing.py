"""A model to a hub on this machine, by the hub's own client in a process of its own: one commit, a card, nothing of this machine; and a hub that refuses."""
import base64, json, os, subprocess, sys, threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from forge_nb.configs import SFTConfig
from forge_nb.core import Pair
from forge_nb.sft import sft

@contextmanager
def hub(refuse=0, junk=b''):
    "As much of a hub as a commit needs"
    asked, files = [], {}
    class Hub(BaseHTTPRequestHandler):
        def log_message(self, *_): pass
        def do_POST(self):
            n = int(self.headers.get('Content-Length') or 0)
            if n: body = self.rfile.read(n)
            else:
                body = b''
                while (size := int(self.rfile.readline().strip() or b'0', 16)): body += self.rfile.read(size); self.rfile.readline()
            asked.append(self.path)
            if refuse: return self.reply(dict(error='You do not own the name space me'), refuse)
            if self.path.endswith('/repos/create'): return self.reply(dict(url=f'{at}/me/owls', name='me/owls', id='1'))
            if '/preupload/' in self.path:
                return self.reply(dict(files=[dict(path=f['path'], uploadMode='regular', shouldIgnore=False) for f in json.loads(body)['files']]))
            if self.path.endswith('/validate-yaml'): return self.reply(dict(errors=[], warnings=[]))
            for row in map(json.loads, body.splitlines()):
                if row['key'] == 'file': files[row['value']['path']] = base64.b64decode(row['value']['content'])
            self.reply(dict(success=True, commitOid='0'*40, commitUrl=f'{at}/me/owls/commit/{"0"*40}', hookOutput=''))
        def do_GET(self): asked.append(self.path); self.reply(dict(id='me/owls', sha='0'*40, siblings=[]), refuse or 200)
        def reply(self, d, code=200):
            data = junk or json.dumps(d).encode()
            self.send_response(code); self.send_header('Content-Type', 'application/json'); self.send_header('Content-Length', str(len(data)))
            self.end_headers(); self.wfile.write(data)
    server = ThreadingHTTPServer(('127.0.0.1', 0), Hub)
    at = f'http://127.0.0.1:{server.server_port}'
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try: yield at, asked, files
    finally: server.shutdown(); server.server_close()

def publish(folder, at):
    code = 'import sys; from forge_nb.cli import run_verb; from forge_nb.publishing import publish; sys.exit(run_verb(publish, sys.argv[1:], "forge publish"))'
    env = {**os.environ, 'HF_ENDPOINT': at, 'HF_TOKEN': 'hf_test', 'HF_HUB_OFFLINE': '0', 'HF_HUB_DISABLE_TELEMETRY': '1', 'HF_HUB_DISABLE_XET': '1', 'NO_PROXY': '127.0.0.1'}
    return subprocess.run([sys.executable, '-W', 'ignore', '-c', code, str(folder), '--repo', 'me/owls', '--json'], capture_output=True, text=True, env=env, timeout=120)

def test_published_and_refused(tmp_path):
    out = sft('nano', [Pair('Who waits?', 'The owl waits.')], tmp_path/'owls', shown=False,
              config=SFTConfig(batch_size=2, length=64, replay_batch=0, max_steps=2))
    with hub() as (at, asked, files):
        r = publish(out, at)
        assert r.returncode == 0, r.stderr
        assert json.loads(r.stdout)['files'] == len(files)
        assert {'config.json', 'model.safetensors', 'tokenizer.json', 'manifest.json', 'README.md'} <= set(files)
        assert not {'run.json', 'checkpoints'} & {f.split('/')[0] for f in files}
        assert files['model.safetensors'] == (out/'model.safetensors').read_bytes()
        assert not any(str(tmp_path).encode() in x for n,x in files.items() if n != 'model.safetensors')
        assert sum('/commit/' in a for a in asked) == 1
    with hub(refuse=401) as (at, *_):
        r = publish(out, at)
        assert r.returncode == 1 and 'hf auth login' in r.stderr and 'Traceback' not in r.stderr
    with hub(refuse=403) as (at, *_):
        r = publish(out, at)
        assert r.returncode == 1 and 'You do not own the name space me; log in' in r.stderr
    with hub(junk=b'<html>a door</html>') as (at, *_):      # something answers, and it is no hub
        r = publish(out, at)
        assert r.returncode == 1 and 'not as a hub does' in r.stderr
    r = publish(out, 'http://127.0.0.1:9')
    assert r.returncode == 1 and 'Traceback' not in r.stderr and r.stderr.count('\n') <= 2
