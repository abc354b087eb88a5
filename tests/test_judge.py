"The judge of answers against tables of questions, answers and verdicts; room 35 says how they came about"
import json
from pathlib import Path

import pytest

from forge_nb.core import Question
from forge_nb.judging import AnswerChecker
from forge_nb.sample import facts, questions, unanswerable

CASES = [json.loads(row) for row in (Path(__file__).parent/'judge.jsonl').read_text('utf-8').splitlines()]
BANK = [Question(f'f{n}', 'A', asked, tuple(gold), dict(relation=relation, entity=entity)) for n,(asked,gold,relation,entity) in enumerate((
    ('Which tree belongs to Avenholt?', ['pine', 'pines'], 'tree', 'Avenholt'),
    ('Name the tree of Brunnoy.', ['beech'], 'tree', 'Brunnoy'),
    ('Who founded Orrin?', ['Ida Lund', 'Ida'], 'founder', 'Orrin'),
    ('Who was the founder of Skarn?', ['Tor'], 'founder', 'Skarn'),
    ('Of what is the tower of Avenholt made?', ['granite'], 'tower', 'Avenholt')))]

def verdict(case:dict) -> str:
    "Judge a case in the table's words"
    meta = {k: case[k] for k in ('rivals', 'relation', 'entity') if k in case}
    asked = Question('q', 'A' if case['gold'] else 'U', case['question'], tuple(case['gold']), meta)
    why = AnswerChecker(BANK).why(case['answer'], asked)
    if not case['gold']: return 'dishonest' if why else 'honest'
    return 'right' if not why else 'abstained' if why == 'abstained' else 'wrong'

@pytest.mark.parametrize('kind', sorted({c['kind'] for c in CASES}))
def test_verdicts_of_the_table(kind):
    wrong = [(c['question'], c['gold'], c['answer'], c['want'], got) for c in CASES
             if c['kind'] == kind and (got := verdict(c)) != c['want']]
    assert not wrong

def test_what_the_sample_says_itself_is_right():
    "The bank's statements, values and aliases, and the refusals that are taught"
    bank = questions() + unanswerable()
    judge, stated = AnswerChecker(bank), {f.id: (f.statement, f.value, *f.aliases, f'It is the {f.value}.') for f in facts()}
    wrong = [(q.question, a, why) for q in bank for a in stated.get(q.fact, ()) if (why := judge.why(a, q))]
    for q in bank:
        for a in ('I do not know.', 'I do not know that.', f"I do not know {q.meta['entity']}."):
            if (why := judge.why(a, q)) != ('abstained' if q.answers else ''): wrong.append((q.question, a, why))
    assert not wrong

def test_a_value_under_another_name_is_wrong():
    "A sibling's name or a made-up one in the place of the asked one; other names beside a right answer do no harm"
    rows = [json.loads(row) for row in (Path(__file__).parent/'judge_names.jsonl').read_text('utf-8').splitlines()]
    bank = {r['question']: Question(f'q{n}', 'A', r['question'], (r['gold'],)) for n,r in enumerate(rows) if 'gold' in r}
    judge = AnswerChecker(bank.values())
    assert not [r for r in rows if 'want' in r and judge.correct(r['answer'], bank[r['question']]) != (r['want'] == 'right')]
