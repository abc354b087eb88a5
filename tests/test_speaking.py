"""A project whose pairs are written by a speaker: the command, a real HTTP server on this machine that speaks the providers' protocols, the real SDKs, and the nano model.

No provider is called. What is shown is that the journey works with such pairs, pays for nothing twice, stops at its limit, and shows no key.
"""
import base64, json, random, re, shutil
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import quote

import pytest, yaml
from test_journey import forge, manifests
from test_writers import honest, places

from forge_nb import sample
from forge_nb.adding import add as adding
from forge_nb.core import ForgeError
from forge_nb.disk import read_jsonl
from forge_nb.kb import KB
from forge_nb.loopback import Loopback
from forge_nb.manifests import Manifest
from forge_nb.pipeline import add, generate, init, retell, train
from forge_nb.project import Project
from forge_nb.retelling import judge_told, moved
from forge_nb.stages import exposure
from forge_nb.synth import OfflineWriter, paraphrase
from forge_nb.passages import passage_of

FEW = dict(max_steps=2, batch_size=2, length=64, precision='fp32')
SMALL = dict(base='nano', chunks=dict(max_tokens=60, overlap=8), cpt=FEW, sft=FEW, dpo={**FEW, 'length': 128}, prefer=dict(max_new_tokens=8), export=dict(quants=['q8_0'], force=True))
CANARY = 'sk-ant-c4nary-0+/b7e2d1f8a9'
FORMS = [CANARY, quote(CANARY, safe=''), *(base64.b64encode(b'x'*n + CANARY.encode()).decode()[4:-4] for n in range(3))]

def small(where:Path, n:int=4, more:dict|None=None, **speaker) -> Path:
    "A project of a few steps, with a speaker"
    (where/'docs').mkdir(parents=True)
    for name,text in places(n).items(): (where/'docs'/name).write_text(text)
    folder = init(where/'isles', str(where/'docs')).folder
    speaker = {'styles': ['factual'], 'refusals': 0, 'structured': 'off', **speaker}
    (folder/'forge.yaml').write_text(yaml.safe_dump({**SMALL, 'sources': [str(where/'docs')], 'speaker': speaker, **(more or {})}))
    return folder

def test_the_whole_way(tmp_path, monkeypatch, capfd):
    "Claude by its own SDK: pairs, preferences with the teacher's sentence as chosen, a model; papers in the manifest, no key anywhere; the second run asks and does nothing"
    folder = small(tmp_path, model='anthropic:claude-haiku-4-5', max_spend=1, temperature=.4)
    (folder/'.env').write_text(f'ANTHROPIC_API_KEY={CANARY}\n')
    monkeypatch.chdir(tmp_path); monkeypatch.delenv('ANTHROPIC_API_KEY', raising=False)
    with Loopback(answer=honest, key=CANARY) as server:
        monkeypatch.setenv('ANTHROPIC_BASE_URL', server.url)
        with pytest.raises(ForgeError, match='forge add'): generate(folder, preview=1)
        print(train(folder, 'dpo'))
        body, n, before = server.bodies[-1], server.calls.total(), manifests(folder)
        print(train(folder, 'dpo', max_spend=2))
        assert server.calls.total() == n == 4 and manifests(folder) == before
        look = generate(folder, preview=1)
    assert yaml.safe_load((folder/'forge.yaml').read_text())['speaker']['max_spend'] == 2
    assert body['temperature'] == .4 and look.whole == 4 and look.rows()[0]['style'] == 'factual'
    made = Manifest.load(folder/'runs'/'generate')
    assert made.config['speaker']['model'] == 'anthropic:claude-haiku-4-5' and 'max_spend' not in made.config['speaker']
    assert made.papers['models'] == ['claude-haiku-4-5'] and made.papers['dollars'] > 0 and made.papers['prompts']['factual'] and made.papers['pairs'] == 8
    rows = list(read_jsonl(folder/'data/preferences.jsonl'))
    assert rows and {x['chosen'] for x in rows} <= {x['output'] for x in read_jsonl(folder/'data/sft_data.jsonl')} and rows[0]['meta']['judge'] == 'TeacherChecker'
    told = b''.join(p.read_bytes() for p in folder.rglob('*') if p.is_file() and p.name != '.env') + ''.join(capfd.readouterr()).encode()
    assert not [f for f in FORMS if f.encode() in told]

def test_the_limit_and_what_is_left(tmp_path):
    "A limit stops the stage with no pairs behind it and the way on; a raised one asks only for the rest; a limit alone makes nothing due"
    with Loopback(answer=honest) as server:
        folder = small(tmp_path, model=f'{server.url}/v1#tiny', price='100/100', max_spend=.4, concurrency=1)
        add(folder); r = forge('generate', folder)
        first = server.calls.total()
        assert r.returncode == 1 and 0 < first < 4 and 'max_spend is reached' in r.stderr and '--max-spend' in r.stderr and 'Traceback' not in r.stderr, r.stderr
        assert not (folder/'data/sft_data.jsonl').exists()
        num = int(re.search(r'set `num: (\d+)`', r.stderr)[1])
        other = shutil.copytree(folder, tmp_path/'fewer')
        with pytest.raises(ForgeError, match='max_spend is reached'): generate(other)
        text = yaml.safe_load((other/'forge.yaml').read_text()); text['speaker']['num'] = num; (other/'forge.yaml').write_text(yaml.safe_dump(text))
        assert len(generate(other)) and server.calls.total() == first
        text['speaker'].pop('num'); text['speaker']['max_spend'] = int(re.search(r'--max-spend (\d+)', r.stderr)[1]); (folder/'forge.yaml').write_text(yaml.safe_dump(text))
        generate(folder)
        assert server.calls.total() == 4 and len(list(read_jsonl(folder/'data/sft_data.jsonl'))) == 8
        assert repr(generate(folder)).endswith('(up to date)') and server.calls.total() == 4

@pytest.mark.parametrize('speaker,says', [
    (dict(model='anthropic:claude-haiku-4-5'), 'ANTHROPIC_API_KEY is neither in the environment nor'), (dict(model='ollama:x', styles=['rhyming']), "no style 'rhyming'"),
    (dict(model='http://10.0.0.1/v1#owl', max_spend=1), 'no price is known'), (dict(model=CANARY), 'reads like a key'), (dict(model='ollama:x', key=CANARY), "has no setting 'key'"),
    (dict(model='ollama:x', max_spend=float('inf')), 'of a reasonable size'), (dict(model='gone.gguf'), 'does not exist'), (dict(model=5), 'must be text'), (dict(num=3), 'names no model')])
def test_what_is_refused_before_anything_runs(tmp_path, monkeypatch, speaker, says):
    "In one line, before the first stage, and without the value of anything that may be a key"
    monkeypatch.delenv('ANTHROPIC_API_KEY', raising=False); monkeypatch.chdir(tmp_path)
    folder = small(tmp_path, **speaker)
    with pytest.raises(ForgeError) as e: train(folder)
    assert says in str(e.value)
    assert CANARY not in str(e.value) and not (folder/'data').exists()

def test_the_test_stays_apart(tmp_path):
    "A teacher that tells a fact of arm C about a document of arm A is not believed, and documents of arms B and C are not asked about"
    facts = [dict(doc='orrin.md', arm='A', entity='Orrin', relation='product', value='salt bricks', statement='Salt bricks come from Orrin.', questions=['Which product has Orrin?']),
             dict(doc='orrn.md', arm='B', entity='Orrn', relation='product', value='eel pies', statement='Eel pies come from Orrn.', questions=['Which product has Orrn?'])]
    (tmp_path/'bank').mkdir(parents=True)
    (tmp_path/'bank/facts.jsonl').write_text('\n'.join(map(json.dumps, facts)))
    def loose(text:str) -> str:
        x = re.search(r'women of (\w+) make', text)[1]
        return json.dumps({'pairs': [dict(question=f'What do the women of {x} make?', answer=f'The women of {x} make {"salt bricks" if x == "Orrin" else "eel pies"} in the winter.'),
                                     dict(question='Which product has Orrin?', answer='Orrin has salt bricks.')]})
    with Loopback(answer=loose) as server:
        folder = small(tmp_path, 2, dict(bank=str(tmp_path/'bank')), model=f'{server.url}/v1#tiny')
        add(folder); generate(folder)
        assert server.calls.total() == 1
    assert [x['source'] for x in read_jsonl(folder/'data/sft_data.jsonl')] == ['orrin.md'] and list(read_jsonl(folder/'data/dropped_sft_data.jsonl'))[0]['reason'] == 'in the test set'
    assert Project(folder).settings.speaker['model'].endswith('#tiny')

def test_told_again(tmp_path, capfd):
    "Paraphrases and relations by the speaker are read by CPT, within one limit with the pairs; what loses or moves a value is not; the plan counts them"
    def teller(text:str) -> str:
        if 'pairs' in text.split('.')[0] and 'about another' not in text: return honest(text)
        x, goods, year = re.search(r'women of (\w+) make ([\w ]+) in the winter, and Ida of \w+ founded the harbour in (\d+)', text).groups()
        if 'each about another pair' in text: return json.dumps({'texts': [dict(between=[f'Ida of {x}', 'harbour'], text=f'Ida comes from {x}; the harbour, which she founded in {year}, belongs to {x} as well.')]})
        say = f'In {year} Ida of {x} founded the harbour, and in the winter the women of {x} make {goods}.'
        return json.dumps({'texts': [dict(text=say), dict(text=say.replace(year, 'that year')), dict(text=f'{goods.capitalize()} are made in the winter by the women of {x}; the harbour was founded in {int(year)+1} by Ida of {x}.')]})
    with Loopback(answer=teller) as server:
        folder = small(tmp_path, 2, dict(retell=dict(paraphrases=3, relations=1, times=40), chunks=dict(max_tokens=120, overlap=8)), model=f'{server.url}/v1#tiny', price='1/5', max_spend=1)
        add(folder)
        with pytest.raises(ForgeError, match='forge retell'): exposure(folder)
        made = retell(folder)
        assert (made.reasons(), len(made), server.calls.total()) == ({'loses a value': 2, 'invents a value': 2}, 4, 4), made
        plan = exposure(folder)
        founded = [r for r in plan.rows() if 'founded' in r['name']]
        assert founded and all(r['forms'] >= 2 and r['steps'] <= plan.steps == 2 for r in founded), plan.rows()
        Project(folder).run('cpt')
    assert 'retold' in Manifest.load(folder/'runs'/'cpt').inputs and Manifest.load(folder/'runs'/'retell').papers['texts'] == 4
    assert 'facts are read too seldom' in capfd.readouterr().err                                  # two steps teach nothing

def test_honest_retellings_pass_and_moved_years_do_not(tmp_path):
    "Two hundred true texts about the sample shelf, in the offline writer's words, pass; one in which two numbers have changed places mostly does not"
    rng, by, swapped = random.Random(1), defaultdict(list), Counter()
    adding(tmp_path/'kb.sqlite', sample.shelf())
    with KB(tmp_path/'kb.sqlite') as kb:
        for st,c in OfflineWriter.read(kb).items:
            if st.kind != 'quote': by[c.id].append((st, c))
        texts = [(passage_of(sts[0][1]), rng.sample(sts, min(3, len(sts)))) for sts in by.values() for _ in range(6)]
        bad = Counter(judge_told('relations', ' '.join(rng.choice(paraphrase(s, 99)) for s,_ in some), [some[0][0].subject]*2, p)[0] for p,some in texts)
        assert len(texts) > 200 and bad[''] >= .99*len(texts), bad
    for i in range(100):
        a, b, y, z = rng.choice(['Ida Lund', 'Ulf Berg', 'Tor Dahl']), rng.choice(['Eva Holm', 'Per Vik']), 1500+i, 1700+i
        source = f'{a} founded the harbour of Orrin in {y}. It is small. {b} of Skarn built the tower in {z}.'
        told = rng.choice([f'The harbour of Orrin was founded in {{}} by {a}; {b} of Skarn built the tower in {{}}.', f'In {{}} {a} founded the harbour of Orrin. The tower is the work of {b} of Skarn, who built it in {{}}.'])
        swapped[bool(moved(told.format(z, y), source)), bool(moved(told.format(y, z), source))] += 1
    assert swapped[True, False] >= 90, swapped
