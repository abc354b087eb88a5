"A table of questions and answers goes through the whole journey like a bank of facts"
import json

from forge_nb.disk import read_jsonl
from forge_nb.pipeline import init, report, status, train
from forge_nb.similar import normalise_text

HANDBOOK = {
    'mareel.md': '# The Mareel\n\nThe dial of the Mareel is made of slate. The price of the Mareel is 189 euros. It weighs 410 grams.\n',
    'skerry.md': '# The Skerry\n\nThe case of the Skerry is made of bronze. The designer of the Skerry is Paulo Henning.\n',
    'shop.txt': 'The workshop\n\nThe laser cutter is called Gulla. The oil of the movements is Moebius 9010.\n'}
TABLE = ('Question;Expected answers;Source;Unanswerable\nWhat is the dial of the Mareel made of?;slate;mareel.md;\n'
         'What does the Mareel cost?;189 euros | 189;mareel.md;\nWho designed the Skerry?;Paulo Henning;skerry.md;\n'
         'What metal is the Skerry made of?;bronze;skerry.md;\nHow old is Paulo Henning?;;;yes\n')
FEW = '''base: nano
sources: [handbook]
bank: questions.csv
chunks: {max_tokens: 120, overlap: 12}
cpt: {readings: 1, tellings: 2, batch_size: 2, length: 128, replay_batch: 1, replay_length: 64, max_steps: 2}
generate: {per_statement: 4}
sft: {batch_size: 2, length: 128, replay_batch: 1, replay_length: 64, max_steps: 2}
prefer: {samples: 1}
dpo: {batch_size: 4, length: 128, max_steps: 1}
export: {quants: [q8_0], force: true, of: sft}
'''

def test_a_table_of_questions_is_a_bank(tmp_path):
    (tmp_path/'handbook').mkdir()
    for name,text in HANDBOOK.items(): (tmp_path/'handbook'/name).write_text(text)
    (tmp_path/'questions.csv').write_text(TABLE.replace('Expected answers', 'Answers'), 'utf-8')
    made = init(tmp_path/'made', tmp_path/'handbook', bank=tmp_path/'questions.csv', base='nano')
    assert [q.arm for q in made.bank()] == ['A']*4 + ['U'] and made.withheld('BC') == ()
    folder = tmp_path/'p'; folder.mkdir()
    (folder/'forge.yaml').write_text(FEW.replace('[handbook]', '[../handbook]').replace('questions.csv', '../questions.csv'))
    journey = train(folder)
    asked = {normalise_text(q.question) for q in made.bank()}
    taught = [normalise_text(r['instruction']) for r in read_jsonl(folder/'data/sft_data.jsonl')]
    assert taught and not asked & set(taught)
    scores = json.loads((folder/'runs/eval-sft/scores.json').read_text())
    assert {r['doc'] for r in scores['closed']['rows'] if r['arm'] == 'A'} == {'mareel.md', 'skerry.md'}
    assert all(r['recalled'] for r in scores['open']['rows'] if r['arm'] == 'A')   # the passage that tells it is found
    assert len(json.loads((folder/'runs/chat/answers.json').read_text())) == 3
    made_of = json.loads((folder/'exports/manifest.json').read_text())['config']['facts']
    assert made_of['stages'] == 'cpt, sft'
    assert 'unanswerable' in repr(journey) and not status(folder)._due()
    assert 'slate' in report(folder).read_text('utf-8')                            # the gold answer beside the wrong one
