"""Speakers and the queue against a real HTTP server on this machine, through the real SDKs.

The server is `forge_nb.loopback`. The long campaigns (2,000 items with faults, a hundred kills, the speed beside the
bare SDK) are `python -m forge_nb.bench_llm`; their committed figures are held against the gates here.
"""
import asyncio, base64, contextlib, importlib.util, io, json, logging, os, signal, subprocess, sys, time, traceback
from urllib.parse import quote

import pytest
from conftest import NBS, QUIET, ROOT

from forge_nb.bench_llm import MODELS, measure_faults, measure_kills
from forge_nb.calls import Trouble, key_of
from forge_nb.core import ForgeError, as_messages
from forge_nb.disk import LockedError, package_data
from forge_nb.journal import Ask, Journal
from forge_nb.llm import Claude, OpenAICompatible, Scripted, speaker
from forge_nb.loopback import Loopback
from forge_nb.prices import PriceError
from forge_nb.spend import ask_all, estimate

def asks(n:int, first:int=0, most:int=64) -> list[Ask]:
    return [Ask(tuple(as_messages(f'item {i}', 'You know owls.')), most, meta={'n': i}) for i in range(first, first+n)]
def claude(url:str, key:str='') -> Claude: return Claude('claude-haiku-4-5', url, key)
def child(code:str, *args, **kw) -> subprocess.Popen:
    head = 'import sys\nfrom forge_nb.core import as_messages\nfrom forge_nb.journal import Ask\nfrom forge_nb.llm import *\nfrom forge_nb.spend import ask_all\n'
    env = {**QUIET, **kw.pop('env', {})}
    return subprocess.Popen([sys.executable, '-c', head+code, *map(str, args)], cwd=ROOT, env=env, text=True,
                            **{'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, **kw})
WORK = "ask_all([Ask(tuple(as_messages(f'item {i}')), 64) for i in range(int(sys.argv[3]))], Claude('claude-haiku-4-5', sys.argv[1], ''), sys.argv[2], concurrency=4)"
plain = lambda n: [Ask(tuple(as_messages(f'item {i}')), 64) for i in range(n)]

# Keys

CANARY = 'sk-ant-Kan4ri/enVogel+7=x y'

def spellings(key:str) -> list[str]:
    "The key as it may be written: raw, for a URL, in Base64 on its own and inside a longer text at each alignment"
    raw, out = key.encode(), [key, quote(key, safe=''), quote(key)]
    for pad in range(3):
        whole = base64.b64encode(b'x'*pad + raw + b'yz').decode()
        a, b = -(-pad*4//3) if pad else 0, (pad+len(raw))*4//3
        out += [whole[a+1:b-1], whole[a+1:b-1].replace('+', '-').replace('/', '_')]
    return out

ESCAPED = (quote(CANARY, safe='').lower(), quote(quote(CANARY, safe=''), safe=''), CANARY.replace('/', '\\/'), CANARY.replace('+', '\\u002b').replace('=', '\\u003D'),
           CANARY.replace('+', '&#43;').replace('/', '&#x2F;'), CANARY.encode().hex())     # as PHP, Go, a proxy and an error page write it

@contextlib.contextmanager
def debug_logs():
    "Everything that any library logs, at every level"
    out, handler = io.StringIO(), None
    handler = logging.StreamHandler(out); handler.setFormatter(logging.Formatter('%(name)s %(message)s'))
    names = ('', 'anthropic', 'openai', 'httpx', 'httpx2', 'httpcore', 'httpcore2', 'asyncio')
    levels = {n: logging.getLogger(n).level for n in names}
    logging.getLogger().addHandler(handler)
    for n in names: logging.getLogger(n).setLevel(logging.DEBUG)
    try: yield out
    finally:
        logging.getLogger().removeHandler(handler)
        for n,v in levels.items(): logging.getLogger(n).setLevel(v)

def everything_about(e:BaseException) -> str:
    "What somebody could print of an exception: text, repr, attributes, headers, and those of every exception behind it"
    said, seen = '', set()
    while e is not None and id(e) not in seen:
        seen.add(id(e))
        said += ''.join(traceback.TracebackException.from_exception(e, capture_locals=False).format()) + repr(e) + repr(vars(e))
        for holder in (getattr(e, 'request', None), getattr(e, 'response', None)):
            said += repr(dict(getattr(holder, 'headers', {}))) if holder is not None else ''
        e = e.__cause__ or e.__context__
    return said

@pytest.mark.parametrize('protocol', ('anthropic', 'openai'))
@pytest.mark.parametrize('source', ('environment', '.env'))
def test_a_key_reaches_nothing_that_is_written(tmp_path, monkeypatch, capfd, protocol, source):
    "Canaries, raw, in Base64 and in URL form, over output, logs at DEBUG, errors, files and reprs; a server that echoes keys included"
    monkeypatch.chdir(tmp_path)
    home = tmp_path/'work'; home.mkdir()
    if source == 'environment': monkeypatch.setenv('OWL_KEY', CANARY)
    else:
        monkeypatch.delenv('OWL_KEY', raising=False)
        (tmp_path/'.env').write_text(f'# keys\nexport OWL_KEY="{CANARY}"\n')
    made = lambda url: claude(url, 'OWL_KEY') if protocol == 'anthropic' else OpenAICompatible('tiny', f'{url}/v1', 'OWL_KEY')
    said = []
    with debug_logs() as logs:
        with Loopback({'1': ['500', 'malformed', 'reset'], '2': ['refusal'], '3': ['page', 'wrong shape']}, key=CANARY) as good:
            s = made(good.url)
            job = ask_all(asks(6), s, home/'good_progress.jsonl')
            assert len(job.answers) == 5
            said += [repr(s), repr(vars(s)), repr(job), json.dumps(job.to_dict()), job._repr_html_(), *map(str, job.dead)]
            echo = Loopback(key=CANARY, answer=lambda text: f'your key is {CANARY}, or {base64.b64encode(CANARY.encode()).decode()}, or ' + ', or '.join(f'"{e}"' for e in ESCAPED))
            with echo: said += ask_all(asks(2, most=400), made(echo.url), home/'echo_progress.jsonl').texts
            assert said[-1].count('<key>') == 2 + len(ESCAPED), said[-1]
        with Loopback(key='another') as bad:
            for call in (lambda: ask_all(asks(2), made(bad.url), home/'bad_progress.jsonl'), lambda: made(bad.url).generate([as_messages('x')])):
                with pytest.raises(Trouble) as caught: call()
                said.append(everything_about(caught.value))
                assert '401' in str(caught.value) and 'OWL_KEY' in str(caught.value)
        with pytest.raises(ForgeError) as caught: made('http://127.0.0.1:9').generate([as_messages('x')])
        said.append(everything_about(caught.value))
    out, err = capfd.readouterr()
    files = ''.join(p.read_text('utf-8', 'replace') for p in home.rglob('*') if p.is_file())
    logged = logs.getvalue()
    assert 'httpcore2' in logged and f'{protocol}._base_client' in logged, 'the logs were not on'
    for what,text in dict(said='\n'.join(said), out=out, err=err, files=files, logs=logged).items():
        found = [k for k in spellings(CANARY) if k in text]
        assert not found, (what, found[0][:4], text[max(0, text.index(found[0])-80):text.index(found[0])])

def test_who_sends_no_key_is_told_how(tmp_path, monkeypatch):
    "An address has no usual variable, so the remedy names the setting; an address from the SDK's own variable is shown without its password"
    with Loopback(key='another') as server, pytest.raises(Trouble, match=r'401.*no key was sent.*--key-var NAME.*`key_var` under `speaker`'):
        ask_all(asks(1), OpenAICompatible('tiny', f'{server.url}/v1'), tmp_path/'p.jsonl')
    monkeypatch.setenv('ANTHROPIC_BASE_URL', 'http://me:secret@127.0.0.1:9')
    with pytest.raises(Trouble, match='nobody answers at http://127.0.0.1:9;') as caught: ask_all(asks(1), claude(''), tmp_path/'q.jsonl')
    assert 'secret' not in everything_about(caught.value)

def test_a_key_reaches_no_child_of_ours(tmp_path):
    "The SDK's own switch for debug logs, in a process of its own"
    with Loopback(key='another') as server:
        p = child("ask_all([Ask(tuple(as_messages('item 1')))], Claude('claude-haiku-4-5', sys.argv[1], 'OWL_KEY'), sys.argv[2])", server.url,
                  tmp_path/'p.jsonl', env={'OWL_KEY': CANARY, 'ANTHROPIC_LOG': 'debug', 'OPENAI_LOG': 'debug'})
        out, err = p.communicate(timeout=60)
    assert p.returncode and 'Request options' in err and not [k for k in spellings(CANARY) if k in out + err]

def test_env_files(tmp_path, monkeypatch):
    "BOM, CRLF, quotes, comments, `export`; a key is not put into the environment; a broken file is named"
    monkeypatch.chdir(tmp_path)
    for text,want in (('OWL_KEY=sk-plain\n', 'sk-plain'), ('\ufeffOWL_KEY="sk-bom"\r\n', 'sk-bom'), ("export OWL_KEY='sk-single' # note\n", 'sk-single'),
                      ('OTHER=1\n', ''), ('', ''), ('OWL_KEY\n', ''), ('OWL_KEY=\n', '')):
        (tmp_path/'.env').write_text(text, 'utf-8')
        assert key_of('OWL_KEY') == want and 'OWL_KEY' not in os.environ
    (tmp_path/'.env').write_bytes('OWL_KEY=sk-wide'.encode('utf-16'))
    with pytest.raises(ForgeError, match='cannot be read'): key_of('OWL_KEY')
    with pytest.raises(Trouble, match=r'OWL_KEY is neither in the environment nor in .*put the line OWL_KEY=') as e:
        (tmp_path/'.env').unlink(); claude('http://127.0.0.1:9', 'OWL_KEY').generate([as_messages('x')])
    assert '\n' not in str(e.value)

# Calls

def test_every_item_ends_and_no_call_is_made_in_vain():
    got = measure_faults(120, 40, timeout=6., seed=3)
    for p in MODELS:
        assert got[p]['answered'] + sum(got[p]['dead'].values()) == 120 and not got[p]['left'] and got[p]['reasons_right']
        assert got[p]['ratio'] <= 1.05, got

def test_a_rate_limit_is_kept(tmp_path):
    "A server that takes twenty calls a second, each for .2 s, is asked little more than that, and everything is answered"
    with Loopback(per_second=20, latency=.2) as server:
        job = ask_all(asks(60), claude(server.url), tmp_path/'p.jsonl', concurrency=30)
    assert len(job.answers) == 60 and server.calls.total() <= 60*1.4, server.calls.total()

def test_what_goes_on_failing_is_a_dead_letter_and_asked_again_later(tmp_path):
    with Loopback({'1': ['500']*3, '2': ['too long']}) as server:
        first = ask_all(asks(3), claude(server.url), tmp_path/'p.jsonl', retries=2)
        assert first.reasons() == {'server error': 1, 'too long': 1} and [d.meta['n'] for d in first.dead] == [1, 2]
        second = ask_all(asks(3), claude(server.url), tmp_path/'p.jsonl', retries=2)
    assert len(second.answers) == 2 and second.reasons() == {'too long': 1} and server.calls['2'] == 1

@pytest.mark.parametrize('told', (float('nan'), float('inf'), -5, 'many', None, [3]))
def test_numbers_that_are_none_end_no_job_and_earn_no_money(told):
    "The SDKs hand on whatever JSON held"
    import anthropic, openai
    message = anthropic.types.Message.construct(content=[{'type': 'text', 'text': 'Hoo.'}], usage=dict(input_tokens=told, output_tokens=told), stop_reason='end_turn', model='m')
    completion = openai.types.chat.ChatCompletion.construct(choices=[dict(message=dict(content='Hoo.'), finish_reason='stop')], model='m',
                                                            usage=dict(prompt_tokens=told, completion_tokens=told, total_tokens=told, cost=told))
    for reply in (claude('http://127.0.0.1:1')._read(message, asks(1)[0]), OpenAICompatible('m', 'http://127.0.0.1:1/v1')._read(completion, asks(1)[0])):
        assert reply.text == 'Hoo.' and (reply.usage.input, reply.usage.output, reply.usage.told) == (0, 0, 0.)

OWL = dict(role='assistant', content='Owl')
def completion(message, **kw) -> dict: return {**dict(id='x', choices=[dict(index=0, message=message, finish_reason='stop')], model='tiny', usage=dict(prompt_tokens=5, completion_tokens=3)), **kw}

@pytest.mark.parametrize('status, body, said', (
    (200, completion(OWL, usage=[1]), 'Owl'), (200, completion(dict(role='assistant', content=[dict(type='text', text='O'), dict(type='text', text='wl')])), 'Owl'),
    (200, completion(OWL, usage=None, model=5), 'Owl'), (200, completion(dict(role='assistant', content=None, refusal='no')), 'refusal'), (200, completion('Owl'), 'malformed'), (200, completion(dict(content=[dict(text=None)])), 'malformed'),
    (200, completion(OWL, choices=['Owl']), 'malformed'), (200, completion(OWL, choices=[]), 'malformed'), (200, [1], 'malformed'), (200, b'['*100_000, 'malformed'), (200, b'\xff', 'malformed'), (200, b'', 'malformed'),
    (200, b'data: {"choices":[{"del', 'malformed'), (200, b'<html>', 'malformed'), (200, dict(error=dict(message='slow', code=429)), 'rate limit'), (404, dict(error='model "tiny" not found, try pulling it first'), 'model'),
    (404, b'<html>', 'address'), (301, b'', 'address'), (307, b'', 'address'), (422, dict(detail='field required'), 'field required')))
def test_odd_servers(tmp_path, monkeypatch, status, body, said):
    "Each ends in an answer or in one line with a reason, and the key follows nobody elsewhere"
    monkeypatch.setenv('OWL_KEY', 'sk-owl-0123456789abcdefghijkl')
    raw, elsewhere = body if isinstance(body, bytes) else json.dumps(body).encode(), Loopback(key='another')
    with elsewhere, Loopback() as server:
        async def odd(w, *a) -> bool:
            w.write(f'HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nlocation: {elsewhere.url}/v1/chat/completions\r\ncontent-length: {len(raw)}\r\n\r\n'.encode() + raw); await w.drain()
            return True
        server._reply = odd
        try: assert OpenAICompatible('tiny', f'{server.url}/v1', 'OWL_KEY', retries=0).generate([as_messages('hi')], 16) == [said]
        except Trouble as e: assert said in (e.kind, str(e)) and 'sk-owl' not in str(e)
    assert not elsewhere.calls and not elsewhere.bodies

def test_a_server_that_dribbles_does_not_hold_a_call_for_ever(tmp_path):
    async def dribble(r, w):
        await r.readuntil(b'\r\n\r\n'); w.write(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n')
        try:
            for _ in range(100): w.write(b' '); await w.drain(); await asyncio.sleep(.1)
        except ConnectionError: pass
    server = Loopback(); server._talk = dribble
    with server:
        t = time.monotonic()
        job = ask_all(asks(1), claude(server.url), tmp_path/'p.jsonl', timeout=.5, retries=1)
    assert job.reasons() == {'timeout': 1} and time.monotonic() - t < 6

# Money

@pytest.mark.parametrize('latency', (0., .02))
def test_the_limit_is_never_exceeded(tmp_path, latency):
    "Many under way, answers and attempts of unknown fate: spent and unsure together stay below the limit, in every run"
    plan = {str(i): ['reset', 'hang'][:1 + i % 2] for i in range(0, 200, 5)}
    with Loopback(plan, latency) as server:
        total = 0.
        for limit in (.004, .02, .08):
            job = ask_all(asks(200), claude(server.url), tmp_path/'p.jsonl', concurrency=50, timeout=1., max_spend=limit)
            with Journal(tmp_path/'p.jsonl') as j: total = j.held.spent + j.held.unsure
            assert total <= limit + 1e-9 and (not job.left or 'max_spend is reached' in job.about['stopped'])
    assert 0 < len(job.answers) and job.spent.dollars > 0

def test_the_account_is_what_the_provider_says(tmp_path):
    with Loopback() as server:
        s = claude(server.url)
        guess = estimate(asks(40), s)
        job = ask_all(asks(40), s, tmp_path/'p.jsonl', concurrency=1)
        u = job.spent.usage
        assert u.cache_read and u.cache_write, 'the system prompt is cached'
        by_hand = (u.input*1 + u.output*5 + u.cache_read*.1 + u.cache_write*1.25)/1e6
        assert abs(job.spent.dollars - by_hand) < 1e-9 and guess.most >= job.spent.dollars
        half = ask_all(asks(40), s, tmp_path/'b.jsonl', batch=True, poll=.01)
        u = half.spent.usage
        assert abs(half.spent.dollars - (u.input*1 + u.output*5 + u.cache_read*.1 + u.cache_write*1.25)/2e6) < 1e-9
    rows = [json.loads(line) for line in (tmp_path/'p.jsonl').read_text().splitlines()]
    assert rows[-1]['run'] and rows[-1]['spent']['dollars'] == job.spent.dollars and rows[-1]['estimate']['expected'] > 0

@pytest.mark.parametrize('limit', (-1, float('nan'), float('inf'), 'five', True))
def test_a_limit_that_is_none_is_refused(tmp_path, limit):
    with pytest.raises(PriceError, match='number of dollars'): ask_all(asks(1), Scripted(['x']), tmp_path/'p.jsonl', max_spend=limit)

# Resume

@pytest.mark.skipif(os.name != 'posix', reason='kills with SIGKILL')
def test_a_kill_costs_at_most_what_was_under_way():
    got = measure_kills(3, 400, .2, 40, files=3)
    assert got['asked_again'] == 0 and got['unexplained'] == 0 and got['under_way_most'] <= 16 and got['answered'], got

@pytest.mark.skipif(os.name != 'posix', reason='sends SIGINT')
def test_ctrl_c_waits_for_what_is_under_way_and_keeps_it(tmp_path):
    with Loopback(latency=.4) as server:
        p = child(WORK, server.url, tmp_path/'p.jsonl', 400)
        while server.calls.total() < 6: time.sleep(.01)
        p.send_signal(signal.SIGINT); err = p.communicate(timeout=30)[1]
        assert p.returncode and 'KeyboardInterrupt' in err
        with Journal(tmp_path/'p.jsonl') as j: assert j.in_flight == 0 and len(j.held.answers) == server.calls.total()

def test_a_second_process_is_refused_in_one_line(tmp_path):
    with Loopback(latency=.3) as server:
        p = child(WORK, server.url, tmp_path/'p.jsonl', 400)
        while not server.calls: time.sleep(.01)
        with pytest.raises(LockedError, match=rf'p.jsonl is being written by another run: .*process {p.pid}') as e:
            ask_all(plain(2), claude(server.url), tmp_path/'p.jsonl')
        p.kill(); p.communicate()
        assert '\n' not in str(e.value)
        assert len(ask_all(plain(2), claude(server.url), tmp_path/'p.jsonl').answers) == 2     # the lock died with its process

@pytest.mark.skipif(os.name != 'posix', reason='kills with SIGKILL')
def test_a_batch_is_picked_up_after_a_kill(tmp_path):
    "Killed while waiting, and killed before the batch's name was on disk: handed in once"
    code = "ask_all([Ask(tuple(as_messages(f'item {i}')), 64) for i in range(5)], Claude('claude-haiku-4-5', sys.argv[1], ''), sys.argv[2], batch=True, poll=.05)"
    for lost in (False, True):
        with Loopback(batch_seconds=2.5) as server:
            path = tmp_path/f'{lost}.jsonl'
            p = child(code, server.url, path)
            while not server.batches or '"id"' not in path.read_text(): time.sleep(.01)
            p.kill(); p.communicate()
            if lost: path.write_text(''.join(line+'\n' for line in path.read_text().splitlines() if '"id"' not in line))
            job = ask_all(plain(5), claude(server.url), path, poll=.05)
            assert len(job.answers) == 5 and len(server.batches) == 1 and server.calls.total() == 5

def test_progress_files_of_all_kinds(tmp_path):
    "Broken in every way that a file can be: what is an answer counts, the rest is told, nothing crashes"
    first = asks(1)[0]; key = first.key('scripted')
    good = json.dumps({'answer': key, 'text': 'held', 'usage': {}, 'cost': 0})
    for n,(text,held) in enumerate((('', 0), (good, 1), ('\ufeff'+good+'\r\n', 1), (good+'\n{"answer": "', 1), ('[1]\n"x"\nnull\n'+good+'\n', 1),
            ('{"answer": 7, "text": "x", "usage": {}}\n', 0), (good.replace('"held"', 'null')+'\n', 0), (good.replace('"cost": 0', '"cost": NaN')+'\n', 0),
            (good.replace('"cost": 0', f'"cost": {10**400}')+'\n', 0), ('['*100_000+'\n'+good+'\n', 1), (good.replace('held', 'x'*3_000_000)+'\n', 1),
            ('{"batch": "b", "keys": 7}\n{"batch": ["b"]}\n{"dead": null}\n{"failed": "x", "cost": -1}\n{}\n'+good+'\n', 1))):
        (path := tmp_path/f'{n}.jsonl').write_text(text, 'utf-8', newline='')
        s = Scripted(lambda m: 'asked')
        job = ask_all([first], s, path)
        assert (len(job.answers), len(s.seen)) == (1, 1-held), (n, text[:60])
    (tmp_path/'16.jsonl').write_bytes(good.encode('utf-16'))
    assert len(ask_all([first], Scripted(['asked']), tmp_path/'16.jsonl').answers) == 1
    with pytest.raises(ForgeError, match='is a folder'): ask_all([first], Scripted(['x']), tmp_path)

def test_force_starts_afresh_and_throws_nothing_away(tmp_path):
    ask_all(asks(2), Scripted(lambda m: 'one'), tmp_path/'p.jsonl')
    job = ask_all(asks(2), Scripted(lambda m: 'two'), tmp_path/'p.jsonl', force=True)
    assert job.texts == ['two']*2 and 'one' in (tmp_path/'p.jsonl.before').read_text()

def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path):
    if os.name != 'posix': pytest.skip('limits the size of files')
    code = ("import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n"
            "ask_all([Ask(tuple(as_messages(f'item {i}')), 64) for i in range(100)], Scripted(lambda m: 'owl '*20), sys.argv[1], concurrency=2)")
    p = child(code, tmp_path/'p.jsonl'); err = p.communicate(timeout=60)[1]
    assert p.returncode and 'DiskError' in err and 'may not grow' in err
    again = ask_all(plain(100), Scripted(lambda m: 'owl'), tmp_path/'p.jsonl')
    assert len(again.answers) == 100 and again.about['resumed'] > 3

# A real server with a model of ours

SERVER = '''
import sys, xllamacpp as x
p = x.CommonParams(); p.model.path = sys.argv[1]
p.n_ctx, p.port, p.n_gpu_layers, p.warmup, p.n_parallel, p.cpuparams.n_threads = 512, 0, 0, False, 2, 1
s = x.Server(p); print(s.listening_address, flush=True); sys.stdin.read()
'''

def test_llama_cpps_own_server(tmp_path):
    "nano behind llama.cpp's server: texts, structured output, and a prompt that is too long"
    if importlib.util.find_spec('xllamacpp') is None: pytest.skip('xllamacpp, which brings llama.cpp\'s server, is not installed: pip install xllamacpp')
    from forge_nb.gguf import convert
    convert(package_data('nano'), tmp_path/'nano.gguf', 'f32')
    p = subprocess.Popen([sys.executable, '-c', SERVER, tmp_path/'nano.gguf'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=QUIET)
    try:
        url = next(line for line in p.stdout if line.startswith('http')).strip()
        nano = speaker(f'{url}/v1#nano')
        schema = dict(type='object', properties=dict(q=dict(type='string', maxLength=10)), required=['q'], additionalProperties=False)
        wanted = [Ask(tuple(as_messages(f'What is item {i}?')), 12) for i in range(20)]
        wanted += [Ask(tuple(as_messages('long '*3000)), 12), Ask(tuple(as_messages('Make one.')), 60, schema=schema)]
        job = ask_all(wanted, nano, tmp_path/'p.jsonl', concurrency=4)
        assert nano.generate([as_messages('What is a list?')], max_new_tokens=12) == nano.generate([as_messages('What is a list?')], max_new_tokens=12)
    finally: p.kill(); p.communicate()
    assert len(job.answers) == 21 and job.reasons() == {'too long': 1} and list(json.loads(job.texts[-1])) == ['q'] and job.spent.usage.output > 100

# Figures

def test_the_committed_figures_hold():
    "Measured by `python -m forge_nb.bench_llm`, at the sizes that were promised"
    f = json.loads((NBS/'benchmarks'/'llm.json').read_text())
    for p in MODELS:
        assert f['faults'][p]['answered'] + sum(f['faults'][p]['dead'].values()) == f['faults']['items'] == 2000
        assert f['faults'][p]['reasons_right'] and not f['faults'][p]['left'] and f['faults'][p]['ratio'] <= 1.05
        s = f['speed'][p]
        assert s['cpu_ratio'] <= 1.5 and f['speed']['latency'] == 2 and f['speed']['under_way'] == 100
        ours, theirs = (sorted(s[who]['share'])[len(s[who]['share'])//2] for who in ('queue', 'bare'))
        assert ours >= .9 or theirs < .95, 'where the bare SDK has the processor that it needs, the queue is as fast as its concurrency allows'
    assert f['kills']['kills'] == 100 and f['kills']['asked_again'] == 0 and f['kills']['unexplained'] == 0

def test_useless_answers_end_a_job(tmp_path):
    "A model that writes no JSON is not paid nine times a request"
    asks = [Ask(tuple(as_messages(f'item {i}')), 50, 0., 0, {'type':'object'}) for i in range(120)]
    class Deaf(Claude):
        "To a server that takes no notice of a schema"
        def payload(self, ask:Ask) -> dict: return {k: v for k,v in super().payload(ask).items() if k != 'output_config'}
    with Loopback(answer=lambda text: 'Sure! Here are some pairs.') as server:
        with pytest.raises(Trouble, match='none could be used; the last: no JSON object came back'):
            ask_all(asks, Deaf('claude-haiku-4-5', server.url, ''), tmp_path/'vain_progress.jsonl', price='1/5')
        assert 50 <= sum(server.calls.values()) <= 50 + 2*16
    with Loopback(answer=lambda text: 'Sure!\n```json\n{"pairs": []}\n```') as server:      # the same file: nothing is dead, all of it is asked
        job = ask_all(asks, Deaf('claude-haiku-4-5', server.url, ''), tmp_path/'vain_progress.jsonl', price='1/5')
    assert job.left == 0 and not job.dead and set(job.texts) == {'{"pairs": []}'}
