"A command line's schema, checker and grammar under fire: what a single notebook cannot try on itself"
import json, random, string
from pathlib import Path

import pytest
from forge_nb.bench_calls import untrained, utter
from forge_nb.callsets import audit_calls
from forge_nb.callwriter import generate_calls
from forge_nb.clitask import VIOLATIONS, check_call, schemas
from forge_nb.core import ForgeError
from forge_nb.grammar import acceptor, gbnf
from forge_nb.schemas import SchemaError, load_schema, shipped, validate_schema

HOSTILE = {
    'empty': b'', 'blank': b' \n\n', 'null': b'null', 'number': b'7', 'list': b'- a', 'torn': b'cli_name: "x', 'tab': b'cli_name: x\n\tcommands: []',
    'binary': bytes(range(256))*9, 'nul': b'cli_name: x\0', 'tag': b'!!python/object/apply:os.system ["true"]', 'key': b'? [a, b]\n: c', 'ring': b'commands: &a [*a]',
    'alias': b'commands: *nothing', 'two': b'cli_name: a\n---\ncli_name: b', 'deep': b'{"commands":' + b'['*5000, 'wide': ('cli_name: x\ncommands: ' + '[{'*300).encode(),
    'huge': b'cli_name: x\ncommands: [{name: y, args: [{name: z, type: integer, default: ' + b'9'*6000 + b'}]}]', 'utf16': 'cli_name: x'.encode('utf-16-le')[:-1],
    'surrogate': b'{"cli_name": "\\ud800", "commands": [{"name": "\\udc00"}]}', 'nan': b'{"cli_name": "x", "commands": [{"name": "y", "args": [{"name": "z", "type": "number", "default": NaN}]}]}'}

@pytest.mark.parametrize('name', HOSTILE)
def test_a_hostile_schema_is_refused_in_words(tmp_path, name):
    (tmp_path/'s.yaml').write_bytes(HOSTILE[name])
    with pytest.raises(SchemaError) as e: load_schema(tmp_path/'s.yaml')
    assert 0 < len(str(e.value)) < 1200

VALUES = [None, True, 0, 1.5, 10**30, '', ' ', 'x', 'on', '\ud800', '\0', [], [[]], [None], {}, {'a': 1}, {'name': []}, [{'name': {}}], [3, 'x', {}], float('nan')]

def _spoil(rng:random.Random, x):
    "Replace, remove or add something somewhere"
    if isinstance(x, dict) and x and rng.random() < .8:
        k = rng.choice(list(x)); out = dict(x)
        what = rng.random()
        if what < .7: out[k] = _spoil(rng, x[k])
        elif what < .8: del out[k]
        elif what < .9: out[rng.choice('abc')] = rng.choice(VALUES)
        else: out[k + 'x'] = out.pop(k)
        return out
    if isinstance(x, list) and x and rng.random() < .8:
        i = rng.randrange(len(x))
        return x[:i] + [_spoil(rng, x[i])]*rng.choice((1, 1, 2)) + x[i+1:]
    return rng.choice(VALUES)

def test_no_schema_however_spoiled_is_a_crash():
    import yaml
    raw = yaml.safe_load(Path(__import__('forge_nb.schemas').schemas.schema_file('kiln')).read_text('utf-8'))
    for seed in range(600):
        bad = raw
        for _ in range(seed % 4 + 1): bad = _spoil(random.Random(seed*7 + _), bad)
        try:
            s = load_schema(bad if isinstance(bad, dict) else {'cli_name': bad})
            if seed % 60 == 0: generate_calls(s, num=20); acceptor(gbnf(s))
        except ForgeError as e: assert str(e)

def test_no_answer_however_spoiled_is_a_crash_and_every_violation_has_its_name():
    kiln = load_schema('kiln')
    rows = [json.loads(r['output']) for r in generate_calls(kiln, num=300).rows]
    seen, caught = set(), 0
    for seed in range(2500):
        rng = random.Random(seed)
        bad = _spoil(rng, rng.choice(rows))
        said = bad if rng.random() < .5 else json.dumps(bad)
        if isinstance(said, str) and rng.random() < .3:
            i = rng.randrange(len(said) + 1); said = said[:i] + rng.choice(string.printable) + said[i:]
        found = check_call(kiln, said); check_call(kiln, said, tolerant=True)
        seen |= {f.code for f in found}; caught += bool(found)
    assert seen <= set(VIOLATIONS) and len(seen) > 18 and caught > 1500, (sorted(set(VIOLATIONS) - seen), caught)

@pytest.mark.parametrize('name', shipped())
def test_what_is_generated_is_valid_and_can_be_uttered(name):
    "Checker, writer and grammar were written apart and agree"
    schema = load_schema(name)
    made, pattern = generate_calls(schema, num=1000, seed=3), acceptor(gbnf(schema))
    for r in (*made.rows, *made.validation):
        assert not check_call(schema, r['output']) and pattern.fullmatch(r['output']), r['output']
    assert audit_calls(made.rows, schema, made.validation).check().findings == []

@pytest.mark.parametrize('name', shipped())
def test_what_the_grammar_can_utter_is_valid(name):
    "Small valid calls, spoiled by one character: what the grammar still takes, the checker takes too"
    schema = load_schema(name)
    rows, pattern, rng, taken = [r['output'] for r in generate_calls(schema, num=300).rows], acceptor(gbnf(schema)), random.Random(1), 0
    for _ in range(3_000):
        s = rng.choice(rows); i = rng.randrange(len(s))
        s = s[:i] + rng.choice([rng.choice(string.printable), '', 'é', '\u2028', '\\']) + s[i + rng.choice((0, 1)):]
        if pattern.fullmatch(s): taken += 1; assert not check_call(schema, s), s
    assert taken > 150

@pytest.mark.parametrize('seed', range(6))
def test_bounds_are_kept_by_writer_checker_and_grammar(seed):
    "Bounds drawn at random: what is written lies within, and beside each end grammar and checker say the same"
    rng = random.Random(seed)
    ends = [sorted((rng.randint(-300, 1200), rng.randint(-300, 1200))) for _ in range(3)] + [sorted((round(rng.uniform(-4, 9), 2), round(rng.uniform(-4, 9), 2)))]
    args = [dict(name=f'a{i}', type='integer' if i < 3 else 'number', minimum=low, maximum=high, required=True) for i,(low,high) in enumerate(ends)]
    schema = load_schema({'cli_name': 'dial', 'commands': [{'name': 'set', 'description': 'Set the dials', 'args': args}]})
    pattern, call = acceptor(gbnf(schema)), lambda values: json.dumps(dict(command='set', subcommand=None, args={f'a{i}': v for i,v in enumerate(values)}, flags=[]))
    for r in generate_calls(schema, num=60, seed=seed).rows: assert not check_call(schema, r['output']) and pattern.fullmatch(r['output']), r['output']
    for i,(low,high) in enumerate(ends):
        step = 1 if i < 3 else .01
        for v in (low-step, low, low+step, (low+high)//2, high-step, high, high+step):
            said = call([round(v, 2) if j == i else l for j,(l,_) in enumerate(ends)])
            assert bool(pattern.fullmatch(said)) == (not check_call(schema, said)), said

FORMS = [dict(pattern='^97[89]-[0-9]{10}$'), dict(pattern='[A-Z]{2}[0-9]{3}', maxLength=8), dict(minLength=3, maxLength=9), dict(pattern=r'^[\w.+-]+@[\w-]+(\.[\w-]+)+$'),
         dict(pattern='^"[^"\\\\]*"$', minLength=4), dict(pattern=r'(?i)^(on|off)$|^\d+$'), dict(minLength=90), dict(pattern=r'\bowl', examples=['owl', 'an owl']), dict(pattern='^([a-z]+,)*[a-z]+$', maxLength=12)]

@pytest.mark.parametrize('form', FORMS, ids=str)
def test_forms_are_kept_by_writer_checker_and_grammar(form):
    "What is written can be uttered, and what can be uttered is valid, after one character was spoiled as well"
    schema = load_schema({'cli_name': 'desk', 'commands': [{'name': 'lend', 'description': 'Lend a book', 'args': [dict(name='code', type='string', required=True, **form)]}]})
    pattern, rng, rows = acceptor(gbnf(schema, clarify=False)), random.Random(0), [r['output'] for r in generate_calls(schema, num=40, ask_back=0).rows]
    assert len(set(rows)) > 1 and not any(check_call(schema, r) or not pattern.fullmatch(r) for r in rows)
    for _ in range(2_000):
        s = rng.choice(rows); i = rng.randrange(60, len(s))
        s = s[:i] + rng.choice(['', 'é', ' ', 'A', '7', ',', '"', '\\\\', '@', rng.choice(string.printable)]) + s[i + rng.choice((0, 1)):]
        if pattern.fullmatch(s): assert not check_call(schema, s), s

def test_rows_of_no_known_kind_are_findings(tmp_path):
    lines = ['null', '[]', '"x"', '{"text": 1}', '{"instruction": null, "output": "x"}', '{"messages": null}', '{"messages": [1, {"role": "user"}]}',
             '{"instruction": "x", "output": [1]}', '{"prompt": "x", "chosen": {"command": "status"}, "rejected": [3]}', '{"instruction": "y", "output": "{\\"command\\": \\"stat', '{torn']
    (tmp_path/'d.jsonl').write_text('\n'.join(lines))
    got = audit_calls(tmp_path/'d.jsonl', 'kiln')
    assert got.figures['rows'] == 11 and got.figures['valid rows'][0] == 1 and got.counts['bad-row'] >= 8
    json.dumps(got.to_dict(), allow_nan=False)

def test_the_verb_names_file_line_and_path(tmp_path):
    (tmp_path/'s.yaml').write_text('cli_name: x\ncommands:\n  - name: a\n    description: A\n    args:\n      - name: b\n        type: strng\n')
    assert schemas(str(tmp_path/'s.yaml')).failures() == ['s.yaml:7: commands[0].args[0].type: there is no type "strng" (did you mean \'string\'?)']
    assert validate_schema('git') == []

def test_sixty_flags(tmp_path):
    "llama.cpp died over the grammar of a tool with so many: a row of them is written step by step"
    tool = load_schema(dict(cli_name='reel', description='Convert films', commands=[dict(name='convert', description='Convert a film', flags=[dict(name=f'o{i}') for i in range(60)],
                            args=[dict(name='film', type='string', required=True), *(dict(name=f'p{i}', type='integer') for i in range(40))])]))
    rows, pattern = generate_calls(tool, num=60).rows, acceptor(gbnf(tool))
    assert not [r for r in rows if not pattern.fullmatch(r['output'])] and len({r['output'].count('"o') for r in rows}) > 1
    heard = utter(untrained(tmp_path, 0), tool, n=3, bare=1)
    assert heard['valid'] == 3, heard

@pytest.mark.parametrize('kind', (dict(type='enum', values=['red', 'blue']), dict(type={'enum': ['red', 'blue']}), dict(values=['red', 'blue'])), ids=str)
def test_a_flag_with_a_value_goes_all_the_way(kind):
    "It is read as an argument; nothing else of its command is lost; writer, checker and grammar agree on it"
    tool = load_schema({'cli_name': 'brush', 'commands': [{'name': 'paint', 'description': 'Paint a wall', 'aliases': ['coat'], 'natural_language': ['paint it'],
                        'flags': [dict(name='--color', short='c', required=True, **kind), dict(name='dry', type='boolean', default=False)]}]})
    paint, pattern = tool.leaves[0], acceptor(gbnf(tool, clarify=False))
    assert (paint.aliases, paint.hints, [a.name for a in paint.args], [f.name for f in paint.flags]) == (('coat',), ('paint it',), ['color'], ['dry'])
    rows = [json.loads(r['output']) for r in generate_calls(tool, num=60, ask_back=0).rows]
    assert {r['args']['color'] for r in rows} == {'red', 'blue'} and not any(check_call(tool, r) or not pattern.fullmatch(json.dumps(r)) for r in rows)
    wrong = lambda **kw: [f.code for f in check_call(tool, dict(command='paint', subcommand=None, args={}, flags=[]) | kw)]
    assert (wrong(args={'color': 'green'}), wrong(), wrong(args={'color': 'red'}, flags=['color'])) == (['not-in-enum'], ['missing-argument'], ['unknown-flag'])
