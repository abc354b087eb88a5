"""What strangers' files lost without a word: labels in words, tables in CSV, calls of tools, earlier turns"""
import json

import pytest

from forge_nb.cli import run_verb
from forge_nb.converting import convert
from forge_nb.inspection import audit_data
from forge_nb.recipes import Source, read_source
from forge_nb.transcripts import extract
from forge_nb.validation import validate

def rows_of(path): return [json.loads(l) for l in path.read_text().splitlines()]
def lines(path, rows): path.write_text(''.join(json.dumps(r, ensure_ascii=False) + '\n' for r in rows)); return path

@pytest.mark.parametrize('good,bad', [(True, False), (1, 0), (1., 0.), (1, -1), ('yes', 'no'), ('True', 'False'), ('1', '0'), ('good', 'bad'), ('👍', '👎')])
def test_a_label_is_never_lost(good, bad, tmp_path):
    src = lines(tmp_path/'kto.jsonl', [dict(prompt=f'Who waits in oak {i}?', completion=f'Owl {i}.', label=good if i % 2 else bad) for i in range(20)])
    convert(src, str(tmp_path/'out.jsonl'), progress=False)
    assert [r['label'] for r in rows_of(tmp_path/'out.jsonl')] == [bool(i % 2) for i in range(20)]
    assert validate(src, progress=False, method='kto').verdict in ('accept', 'repair')

@pytest.mark.parametrize('odd', ['maybe', None, 7, .5, 'NaN'])
def test_a_label_that_says_nothing_costs_its_row_and_not_the_file(odd, tmp_path):
    rows = [dict(prompt=f'Who waits in oak {i}?', completion=f'Owl {i}.', label=bool(i % 2)) for i in range(40)]
    rows[5]['label'] = odd
    done = convert(lines(tmp_path/'kto.jsonl', rows), str(tmp_path/'out.jsonl'), progress=False)
    assert done.rows()[0]['written'] == 39 and all(isinstance(r['label'], bool) for r in rows_of(tmp_path/'out.jsonl'))
    assert {i.code for i in audit_data(str(tmp_path/'kto.jsonl')).issues} == {'no-label' if odd is None else 'odd-label'}

def test_tables(tmp_path, capfd):
    sheet = tmp_path/'faq.csv'
    sheet.write_text('Question;Answer\n' + ''.join(f'"Who waits in oak {i}?";Owl number {i} waits there.\n' for i in range(30)))
    assert run_verb(audit_data, [str(sheet), '--json'], 'forge audit') == 0
    assert json.loads(capfd.readouterr()[0])['verdict'] == 'accept'
    sheet.write_text(sheet.read_text() + 'one field\n'*20)
    assert run_verb(audit_data, [str(sheet), '--json'], 'forge audit') == 3
    said = json.loads(capfd.readouterr()[0])
    assert (said['verdict'], said['ok'], said['findings'][0]['code']) == ('refuse', False, 'bad-csv')

def test_what_stands_beside_the_words_comes_along(tmp_path):
    call = dict(role='assistant', content='', tool_calls=[dict(function=dict(name='look', arguments='{"where": "oak"}'))])
    asked = dict(messages=[dict(role='user', content='Who waits?'), call], tools=[dict(type='function', function=dict(name='look'))])
    got = next(read_source(Source('calls', str(lines(tmp_path/'calls.jsonl', [asked])), 1.)))
    assert {k: got[k] for k in asked} == asked
    told = dict(instruction='And then?', output='It flies.', history=[['Who waits?', 'The owl.']], system_prompt='Be brief.')
    convert(lines(tmp_path/'told.jsonl', [told]), str(tmp_path/'out.jsonl'), progress=False)
    assert [m['content'] for m in rows_of(tmp_path/'out.jsonl')[0]['messages']] == ['Be brief.', 'Who waits?', 'The owl.', 'And then?', 'It flies.']

def test_seconds_and_notices_are_no_words(tmp_path):
    (chat := tmp_path/'chat.md').write_text('## Human (12/3/2024, 10:00:15 AM)\n\nWho waits?\n\n## Claude:\n\nThe owl.\n')
    talk = extract(str(chat), user=['## Human'], assistant=['## Claude:']).conversations[0]
    assert [m.content for m in talk.messages] == ['Who waits?', 'The owl.']

def test_a_conversation_in_one_text_becomes_turns_and_none_of_it_is_lost(tmp_path):
    asked = lambda i: f'\n\nHuman: Tell me of oak {i}.\n\nAssistant: It is old.\n\nHuman: How old is oak {i}?\n\nAssistant:'
    rows = [dict(chosen=asked(i) + f' It has {i + 90} years.', rejected=asked(i) + f' I cannot say {i}.') for i in range(20)]
    done = convert(lines(tmp_path/'hh.jsonl', rows), str(tmp_path/'out.jsonl'), method='dpo', progress=False)
    made = rows_of(tmp_path/'out.jsonl')
    assert (done.written, done.set_aside) == (20, 0) and [m['role'] for m in made[0]['prompt']] == ['user', 'assistant', 'user']
    for r,m in zip(rows, made):
        for side in ('chosen', 'rejected'):
            names = dict(user='Human', assistant='Assistant')
            assert ''.join(f'\n\n{names[t["role"]]}: {t["content"]}' for t in m['prompt'] + m[side]) == r[side]
    rows[3] = {k: v + '\n\nHuman: Thanks.' for k,v in rows[3].items()}
    assert {i.code: i.count for i in audit_data(rows, method='dpo').issues if i.verdict != 'accept'} == {'unanswered': 1}

@pytest.mark.parametrize('data,code', [(lambda i: [f'Who waits in oak {i}?', f'Owl {i}.', 'Thank you.'], 'unanswered'), (lambda i: ['red', 'green', f'blue{i}', 'grey'], 'unknown-columns')])
def test_texts_that_alternate_are_turns_and_words_are_none(data, code):
    assert code in {i.code for i in audit_data([dict(id=i, data=data(i)) for i in range(12)], method='sft').issues if i.verdict != 'accept'}

_SCHEMA = dict(type='object', properties=dict(place=dict(type='string')), required=['place'])
_LOOK = dict(name='look', description='Looks into a tree')
_HANDS = {   # one conversation as five interfaces have it: what was asked, the call, what came back, the answer; and the tool
    'anthropic': (dict(tools=[dict(_LOOK, input_schema=_SCHEMA)]), 'messages', lambda p: [
        dict(role='user', content=f'Who waits in {p}?'),
        dict(role='assistant', content=[dict(type='text', text='I look.'), dict(type='tool_use', id='c1', name='look', input=dict(place=p))]),
        dict(role='user', content=[dict(type='tool_result', tool_use_id='c1', content=[dict(type='text', text=f'owl {p}')])]),
        dict(role='assistant', content=[dict(type='text', text=f'An owl, in {p}.')])]),
    'responses': (dict(tools=[dict(_LOOK, type='function', parameters=_SCHEMA)]), 'messages', lambda p: [
        dict(role='user', content=[dict(type='input_text', text=f'Who waits in {p}?')]),
        dict(type='message', role='assistant', content=[dict(type='output_text', text='I look.')]),
        dict(type='function_call', call_id='c1', name='look', arguments=json.dumps(dict(place=p))),
        dict(type='function_call_output', call_id='c1', output=f'owl {p}'), dict(role='assistant', content=f'An owl, in {p}.')]),
    'gemini': (dict(tools=[dict(functionDeclarations=[dict(_LOOK, parameters=dict(_SCHEMA, type='OBJECT'))])]), 'contents', lambda p: [
        dict(role='user', parts=[dict(text=f'Who waits in {p}?')]),
        dict(role='model', parts=[dict(text='I look.'), dict(functionCall=dict(id='c1', name='look', args=dict(place=p)))]),
        dict(role='user', parts=[dict(functionResponse=dict(id='c1', name='look', response=f'owl {p}'))]),
        dict(role='model', parts=[dict(text=f'An owl, in {p}.')])]),
    'bedrock': (dict(toolConfig=dict(tools=[dict(toolSpec=dict(_LOOK, inputSchema=dict(json=_SCHEMA)))])), 'messages', lambda p: [
        dict(role='user', content=[dict(text=f'Who waits in {p}?')]),
        dict(role='assistant', content=[dict(text='I look.'), dict(toolUse=dict(toolUseId='c1', name='look', input=dict(place=p)))]),
        dict(role='user', content=[dict(toolResult=dict(toolUseId='c1', content=[dict(text=f'owl {p}')]))]),
        dict(role='assistant', content=[dict(text=f'An owl, in {p}.')])])}

@pytest.mark.parametrize('hand', _HANDS)
@pytest.mark.parametrize('quoted', [False, True])
def test_what_another_interface_calls_is_called_in_messages(hand, quoted, tmp_path):
    beside, column, talk = _HANDS[hand]
    if quoted and column != 'messages': pytest.skip('only a column of turns is a text in tables')
    turns = lambda p: json.dumps(talk(p)) if quoted else talk(p)
    src = lines(tmp_path/'calls.jsonl', [{**beside, column: turns(p)} for p in ('oak', 'elm', 'ash')])
    convert(src, str(tmp_path/'out.jsonl'), to='messages', progress=False)
    row = rows_of(tmp_path/'out.jsonl')[0]
    assert [(m['role'], m['content']) for m in row['messages']] == [('user', 'Who waits in oak?'), ('assistant', 'I look.'), ('tool', 'owl oak'), ('assistant', 'An owl, in oak.')]
    call, = row['messages'][1]['tool_calls']
    assert (call['id'], call['function'], row['messages'][2]['tool_call_id']) == ('c1', dict(name='look', arguments='{"place": "oak"}'), 'c1')
    assert row['tools'] == [dict(type='function', function=dict(_LOOK, parameters=_SCHEMA))]
    assert audit_data(str(src)).verdict == 'accept'

def test_torn_definitions_of_tools_go_no_further(tmp_path):
    torn = [dict(prompt=f'Who waits in oak {i}?', completion=f'Owl {i} waits.', tools='[{"name": "look", "descr'*(i == 3) or '[{"name": "look"}]') for i in range(9)]
    done = convert(lines(tmp_path/'torn.jsonl', torn), str(tmp_path/'out.jsonl'), to='messages', progress=False)
    assert (done.written, done.set_aside) == (8, 1)
    words = [dict(prompt=f'How do I make shelf {i}?', completion=f'Cut board {i}.', tools='saw, hammer') for i in range(9)]
    assert audit_data(str(lines(tmp_path/'wood.jsonl', words))).verdict == 'accept'   # a column that is called so
    convert(tmp_path/'wood.jsonl', str(tmp_path/'wood_out.jsonl'), to='messages', progress=False)
    assert 'tools' not in rows_of(tmp_path/'wood_out.jsonl')[0]
