"A message that names a setting is printed by a verb that has it"
import dataclasses, inspect, json, re

import pytest

from forge_nb import methods, planning, tuning
from forge_nb.configs import CONFIGS
from forge_nb.core import ForgeError

LONG = 'a very long answer that goes on and on about owls and mice and the moon above the barn ' * 60
PAIR = lambda i, **kw: dict(prompt=f'Who lives in house {i}?', chosen=f'The owl of house {i}.', rejected='Nobody.') | kw
DATA = {
    'broken': [PAIR(0)] + [PAIR(i, chosen=None) for i in range(9)],
    'none usable': [PAIR(i, chosen=7) for i in range(4)],
    'long': [PAIR(i, chosen=LONG) for i in range(4)],
    'opposed': [PAIR(1), PAIR(1, chosen='Nobody.', rejected='The owl of house 1.')],
    'same': [PAIR(i, rejected=f'The owl of house {i}.') for i in range(3)],
    'rated': [dict(prompt='Who?', completion='The owl.', label=True)]*3,
    'talk': [dict(messages=[dict(role='user', content='Who?'), dict(role='assistant', content='The owl.')])],
    'torn': None, 'empty': []}
VERBS = dict(orpo=methods.orpo, kto=methods.kto, reward=methods.reward, rlhf=methods.rlhf,
             estimate=planning.estimate, rates=planning.rates, recommend=planning.recommend, tune=tuning.tune)
SETS = [['budget=.05'], ['bits=4'], ['probe_texts=nowhere.txt']]


def named(said:str) -> set[str]: # settings and options that a message tells somebody to change
    "Read the settings out of a remedy"
    words = re.findall(r'(?:raise|set|lower|lengthen|search|leave) ([a-z]+_[a-z_]+)', said)
    return {*words, *(w.replace('-', '_') for w in re.findall(r'(?<![\w-])--([a-z][a-z-]+)', said))}


@pytest.mark.parametrize('verb', VERBS)
def test_a_message_names_only_settings_of_its_verb(verb, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('FORGE_QUIET', '1')
    own = {*inspect.signature(VERBS[verb]).parameters} | {f.name for c in CONFIGS.values() for f in dataclasses.fields(c)}
    told = []
    cases = [(name, []) for name in DATA] + [('long', s) for s in SETS if verb in methods.BESIDE]
    for name,changes in cases:
        rows = DATA[name]
        (tmp_path/'d.jsonl').write_text('{"prompt": ' if rows is None else ''.join(json.dumps(r)+'\n' for r in rows), 'utf-8')
        kw = {} if verb in methods.BESIDE else dict(method='dpo')
        if changes and 'set' in own: kw |= dict(set=changes)
        if verb in methods.BESIDE: kw |= dict(out=str(tmp_path/'m'))
        if verb == 'tune': kw |= dict(trials=1, steps=1)
        try: VERBS[verb]('nano', data=str(tmp_path/'d.jsonl'), **kw)
        except ForgeError as e: told.append(str(e))
    assert told, f'{verb} took everything'
    odd = {w: t for t in told for w in named(t) - own}
    assert not odd
