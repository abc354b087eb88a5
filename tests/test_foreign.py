"""What strangers' files lost without a word: labels in words, tables in CSV, calls of tools, earlier turns"""
import json

import pytest

from forge_nb.cli import run_verb
from forge_nb.conversations import read_row
from forge_nb.converting import convert
from forge_nb.formats import FormatError
from forge_nb.inspection import audit_data
from forge_nb.mending import repair
from forge_nb.recipes import Source, read_source
from forge_nb.extracting import extract
from forge_nb.turns import ConversationError
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

_BODY, _CALLS_DF = json.dumps([dict(role='user', parts=[dict(text='hi')])]), json.dumps([dict(type='tool_use', id='t1', name='df', input={})])
@pytest.mark.parametrize('row', [
    dict(prompt='[{"name": "bolt", "parts": ["head", "shank"]}]', completion='A bolt of two parts.'), dict(prompt='[{"parts": [1, 2, 3]}]', completion='Three.'),
    dict(prompt='Body of a Gemini request?', completion=_BODY), dict(prompt='Body?', completion=_BODY, label=True), dict(prompt='Body?', response=_BODY, reward=1.),
    dict(prompt='Which call lists the disks?', completion=_CALLS_DF), dict(prompt='Which call?', chosen=_CALLS_DF, rejected='[{"type": "tool", "name": "df"}]'),
    dict(prompt=_BODY, completion='It is a request.'), dict(prompt='Tell the cast.', completion='[{"role": "assistant", "parts": ["Ida", "Tor"]}]'),
    dict(prompt='Name the people.', completion='[{"type": "PER", "text": "Ada", "parts": ["A"]}]')])
def test_an_answer_that_is_json_stays_a_text(row):
    found, = read_row(row, notes=(notes := []))
    held = [getattr(found, k, None) for k in ('prompt', 'chosen', 'rejected', 'response')] + [m.content for m in getattr(found, 'messages', ())]
    assert not notes and all(v in held for v in row.values() if isinstance(v, str))

def test_a_table_that_quotes_turns_with_parts_is_opened_where_the_row_agrees():
    turns = dict(prompt=[dict(role='user', content=[dict(type='text', text='How full?')])],
                 chosen=[dict(role='assistant', content=[dict(type='text', text='I look.'), dict(type='tool_use', id='t', name='df', input={})])],
                 rejected=[dict(role='assistant', content=[dict(type='text', text='17')])])
    whole, = read_row(turns)
    quoted, = read_row({k: json.dumps(v) for k,v in turns.items()})
    assert (quoted.prompt, quoted.chosen, quoted.rejected) == (whole.prompt, whole.chosen, whole.rejected) and quoted.chosen[0].extra['tool_calls']

_ASK, _DF, _GOT, _END = (dict(role='user', content='How full is /var?'), dict(type='tool_use', id='t1', name='df', input=dict(path='/var')),
                         dict(type='tool_result', tool_use_id='t1', content='71%'), dict(role='assistant', content='71 %.'))
_ONCE = dict(id='t1', type='function', function=dict(name='df', arguments='{"path":"/var"}'))
_SPOKEN = ['user', 'assistant', 'tool', 'assistant']
@pytest.mark.parametrize('call,gave', [
    (dict(role='assistant', content=[_DF], id='m2'), dict(role='user', content=[_GOT], id='m3')),
    (dict(role='assistant', content=[_DF]), dict(role='tool', name='df', content=[_GOT])),
    (dict(role='assistant', content=[_DF], tool_calls=[_ONCE]), dict(role='user', content=[_GOT])),
    ({'from': 'gpt', 'value': [_DF]}, {'from': 'tool', 'value': [_GOT]}),
    (dict(type='ai', content=[dict(type='function_call', name='df', arguments='{"path":"/var"}', call_id='t1')], tool_calls=[dict(name='df', args=dict(path='/var'), id='t1')]),
     dict(type='tool', content='71%', tool_call_id='t1')),
    (dict(lc=1, type='constructor', id=['langchain', 'schema', 'messages', 'AIMessage'], kwargs=dict(content='', tool_calls=[dict(name='df', args=dict(path='/var'), id='t1')])),
     dict(type='ToolMessage', data=dict(content='71%', tool_call_id='t1'))),
    (dict(type='ai', content='', additional_kwargs=dict(function_call=dict(name='df', arguments='{"path":"/var"}'))), dict(type='function', name='df', content='71%')),
    (dict(role='model', parts=[dict(text=None, functionCall=dict(name='df', args=dict(path='/var')), functionResponse=None)]),
     dict(role='user', parts=[dict(text=None, functionCall=None, functionResponse=dict(name='df', response='71%'))]))])
def test_one_call_and_its_result_are_that_and_nothing_more(call, gave):
    talk, = read_row(dict(messages=[_ASK, call, gave, _END]))
    calls = [c for m in talk.messages for c in getattr(m, 'extra', {}).get('tool_calls', ())]
    assert [m.role for m in talk.messages] == _SPOKEN and talk.messages[2].content == '71%'
    assert [(c['function']['name'], json.loads(c['function']['arguments'])) for c in calls] == [('df', dict(path='/var'))]

def test_vercels_parts_are_a_call_and_its_result():
    parts = [dict(type='step-start'), dict(type='reasoning', text='Look.'), dict(type='tool-df', toolCallId='t1', state='output-available', input=dict(path='/var'), output='71%'),
             dict(type='step-start'), dict(type='text', text='71 %.')]
    talk, = read_row(dict(messages=[dict(role='user', parts=[dict(type='text', text='How full?')]), dict(role='assistant', parts=parts)], tools=dict(df=dict(description='Free space', inputSchema=_SCHEMA))))
    assert [m.role for m in talk.messages] == _SPOKEN and talk.messages[1].extra['reasoning_content'] == 'Look.'
    assert talk.meta['tools'] == [dict(type='function', function=dict(description='Free space', name='df', parameters=_SCHEMA))]

@pytest.mark.parametrize('thought', [
    dict(role='assistant', content=[dict(type='thinking', thinking='Keys?'), dict(type='text', text='Yes.')], reasoning_content='Keys?'),
    dict(type='ai', content=[dict(type='reasoning', reasoning='Keys?'), dict(type='text', text='Yes.')]),
    dict(type='ai', content='Yes.', additional_kwargs=dict(reasoning_content='Keys?'))])
def test_a_thought_is_kept_once(thought):
    talk, = read_row(dict(messages=[_ASK, thought]))
    assert (talk.messages[1].content, talk.messages[1].extra) == ('Yes.', dict(reasoning_content='Keys?'))

def test_what_stands_beside_a_providers_turns_is_kept():
    items = [dict(type='reasoning', summary=[], content=[dict(type='reasoning_text', text='Keys?')]), dict(type='function_call', call_id='c', name='lamp', arguments='{}')]
    talk, = read_row(dict(instruction='Answer only with a call.', input='turn on the lamp', output=items))
    assert talk.messages[0].content == 'Answer only with a call.\n\nturn on the lamp' and talk.messages[1].extra['reasoning_content'] == 'Keys?'
    contents = [dict(role='user', parts=[dict(text='How full?')]), dict(role='model', parts=[dict(text='71 %.')])]
    talk, = read_row(dict(system='A', systemInstruction=dict(parts=[dict(text='B')]), contents=contents), notes=(notes := []))
    assert talk.messages[0].content == 'A\n\nB' and 'two-systems' in {f.code for f in notes}
    with pytest.raises(ConversationError, match='under contents and under messages'): read_row(dict(contents=contents, messages=[_ASK, _END]))
    half = [dict(type='text', text='I search.'), dict(type='server_tool_use', id='s', name='web', input={}), dict(type='web_search_tool_result', tool_use_id='s', content=[]), dict(type='text', text='A wrong answer.')]
    talk, = read_row(dict(messages=[_ASK, dict(role='assistant', content=half, weight=0), _ASK, _END]))
    assert [m.extra.get('weight') for m in talk.messages if m.role == 'assistant' and hasattr(m, 'extra')] == [0, 0]

@pytest.mark.parametrize('beside', [dict(question='How many parts?', answer='Two.'), dict(messages=[_ASK, _END]), dict(prompt='How many?', chosen='Two.', rejected='Five.'), dict(text='Of files.')])
def test_a_table_of_contents_is_no_conversation(beside):
    row = dict(contents=[dict(parts=['Intro', 'End'], chapter=1)], **beside)
    assert audit_data([{k: f'{v} {i}' if isinstance(v, str) else v for k,v in row.items()} for i in range(3)]).verdict != 'refuse'
    assert read_row(row)[0].meta['contents'] == row['contents']

_FILE = dict(data='iVBOR', mediaType='image/png')
@pytest.mark.parametrize('gave', [[dict(type='media', **_FILE)], [dict(type='image-data', **_FILE)], [dict(type='input_file', file_data='JVBE')], [dict(type='resource', resource=dict(blob='iVBOR', mimeType='image/png'))],
                                  [dict(type='text', text='see'), dict(type='image', source={})], dict(type='content', value=[dict(type='media', **_FILE)])])
def test_a_file_in_a_result_is_refused_by_name(gave):
    with pytest.raises(ConversationError, match='has a part of type'): read_row(dict(messages=[_ASK, dict(role='assistant', content=[_DF]), dict(role='tool', content=[dict(_GOT, content=gave)]), _END]))

@pytest.mark.parametrize('odd', [
    dict(messages=[_ASK, dict(role='assistant', content=[dict(type='thinking', thinking=3), dict(type='text', text='Yes.')])]),
    dict(messages=[_ASK, dict(role='assistant', content=[dict(type='text', text='Yes.')], tool_calls=[3], parts=[])]),
    dict(system=[dict(type='text', text=None)], messages=[_ASK, _END]), dict(messages=[_ASK, dict(type='ai', content='x', tool_calls=True)]),
    dict(messages=[_ASK, dict(role='assistant', content=[_DF]), dict(role='user', content=[dict(_GOT, tool_use_id=['t1'])]), _END], tools=[dict(name='df', input_schema=dict(type='object', properties={}, required=[{}]))]),
    dict(messages=[_ASK, dict(type='ai', content='', invalid_tool_calls=[dict(name='df', args='{"p')])])])
def test_one_odd_row_stops_no_file(odd, tmp_path):
    good = [dict(messages=[dict(_ASK, content=f'How full is /disk{i}?'), dict(_END, content=f'{i} percent.')]) for i in range(60)]
    src = lines(tmp_path/'rows.jsonl', [*good[:30], odd, *good[30:]])
    assert convert(src, str(tmp_path/'out.jsonl'), progress=False).written in (60, 61)
    assert all(f.row in (0, 31) for f in validate(src, progress=False).findings) and len(audit_data(str(src)).issues) < 4

@pytest.mark.parametrize('tools', ['[hand] saw, drill', '{saw, drill}', ['saw'], [dict(googleSearch={})], [dict(type='web_search')]])
def test_tools_that_define_none_cost_no_row(tools):
    talk, = read_row(dict(prompt='Shelf?', completion='A saw.', tools=tools), notes=(notes := []))
    assert 'tools' not in talk.meta and [f.code for f in notes] == ['no-tools']

_TURN = lambda role, said: dict(role=role, content=said)
@pytest.mark.parametrize('row', [
    lambda i: dict(prompt=f'Who waits in oak {i}?', chosen=_TURN('assistant', f'Owl {i}.'), rejected=_TURN('assistant', f'Nobody at {i}.')),
    lambda i: dict(prompt=_TURN('user', f'Who waits in oak {i}?'), completion=_TURN('assistant', f'Owl {i}.')),
    lambda i: dict(question=f'Who waits in oak {i}?', answer=_TURN('assistant', [dict(type='text', text=f'Owl {i}.')])),
    lambda i: dict(instruction=f'Who waits in oak {i}?', output={'from': 'gpt', 'value': f'Owl {i}.'}),
    lambda i: dict(input=dict(messages=[_TURN('user', f'Who waits in oak {i}?')]), preferred_output=_TURN('assistant', f'Owl {i}.'), non_preferred_output=_TURN('assistant', f'Mouse {i}.'))])
def test_one_turn_in_no_list_is_what_it_says(row, tmp_path):
    src = lines(tmp_path/'one.jsonl', [row(i) for i in range(9)])
    assert audit_data(str(src)).verdict == 'accept'
    assert convert(src, str(tmp_path/'out.jsonl'), progress=False).written == 9
    empty = lines(tmp_path/'two.jsonl', [row(i) for i in range(9)] + [json.loads(json.dumps(row(10)).replace('Owl 10.', ' '))])
    assert 'empty' in {i.code for i in audit_data(str(empty)).issues}

_CONTENTS = lambda i: [dict(role='user', parts=[dict(text=f'Who waits in oak {i}?')])]
@pytest.mark.parametrize('beside,kind', [
    (lambda i: dict(completion=f'Owl {i}.'), 'messages'), (lambda i: dict(response=dict(role='model', parts=[dict(text=f'Owl {i}.')])), 'messages'),
    (lambda i: dict(response=dict(candidates=[dict(content=dict(role='model', parts=[dict(text=f'Owl {i}.')]))])), 'messages'),
    (lambda i: dict(completion=f'Owl {i}.', label=bool(i % 2)), 'label'),
    (lambda i: dict(completions=[dict(score=0., completion=dict(role='model', parts=[dict(text=f'No {i}.')])), dict(score=1., completion=dict(role='model', parts=[dict(text=f'Owl {i}.')]))]), 'chosen')])
def test_an_answer_beside_gemini_s_turns_is_the_answer(beside, kind, tmp_path):
    src = lines(tmp_path/'gemini.jsonl', [dict(contents=_CONTENTS(i), **beside(i)) for i in range(8)])
    assert audit_data(str(src)).verdict == 'accept'
    convert(src, str(tmp_path/'out.jsonl'), progress=False)
    got = rows_of(tmp_path/'out.jsonl')
    assert all(kind in r for r in got) and 'Owl 3.' in json.dumps(got[3].get('chosen') or got[3].get('completion') or got[3]['messages'][-1:])

@pytest.mark.parametrize('column', ['messages', 'conversations', 'contents'])
def test_what_a_label_beside_a_conversation_calls_bad_is_not_learned(column, tmp_path):
    talk = lambda i: _CONTENTS(i) + [dict(role='model', parts=[dict(text=f'Owl {i}.')])] if column == 'contents' else [_TURN('user', f'Who waits in oak {i}?'), _TURN('assistant', f'Owl {i}.')]
    src = lines(tmp_path/'kto.jsonl', [{column: talk(i), 'label': bool(i % 2)} for i in range(10)])
    convert(src, str(tmp_path/'out.jsonl'), method='kto', progress=False)
    assert [(r['completion'][0]['content'], r['label']) for r in rows_of(tmp_path/'out.jsonl')] == [(f'Owl {i}.', bool(i % 2)) for i in range(10)]
    assert audit_data(str(src)).verdict == 'accept'
    topics = lines(tmp_path/'topics.jsonl', [{column: talk(i), 'label': i % 3} for i in range(10)])
    assert convert(topics, str(tmp_path/'talks.jsonl'), progress=False).written == 10 and 'messages' in rows_of(tmp_path/'talks.jsonl')[0]

@pytest.mark.parametrize('provider', ['anthropic', 'gemini', 'openai'])
def test_a_table_s_nulls_are_no_arguments(provider, tmp_path):
    import pyarrow as pa, pyarrow.parquet as pq
    calls, schema = [('look', dict(place='oak')), ('count', dict(n=3))], lambda **k: dict(type='object', properties=k)
    tools = [('look', schema(place=dict(type='string'))), ('count', schema(n=dict(type='integer')))]
    row = {'anthropic': lambda q: dict(messages=[_TURN('user', [dict(type='text', text=q)]), _TURN('assistant', [dict(type='tool_use', id=n, name=n, input=a) for n,a in calls])],
                                       tools=[dict(name=n, input_schema=s) for n,s in tools]),
           'gemini': lambda q: dict(contents=[dict(role='user', parts=[dict(text=q)]), dict(role='model', parts=[dict(functionCall=dict(id=n, name=n, args=a)) for n,a in calls])],
                                    tools=[dict(functionDeclarations=[dict(name=n, parameters=s) for n,s in tools])]),
           'openai': lambda q: dict(messages=[_TURN('user', q), dict(_TURN('assistant', ''), tool_calls=[dict(id=n, type='function', function=dict(name=n, arguments=a)) for n,a in calls])],
                                    tools=[dict(type='function', function=dict(name=n, parameters=s)) for n,s in tools])}[provider]
    pq.write_table(pa.Table.from_pylist([row(f'Who waits in oak {i}?') for i in range(5)]), tmp_path/'calls.parquet')
    convert(tmp_path/'calls.parquet', str(tmp_path/'out.jsonl'), progress=False)
    got, (said,) = rows_of(tmp_path/'out.jsonl')[0], [[c['function'] for c in m['tool_calls']] for m in rows_of(tmp_path/'out.jsonl')[0]['messages'][1:]]
    read = lambda a: json.loads(a) if isinstance(a, str) else a
    assert [(f['name'], read(f['arguments'])) for f in said] == calls
    assert [t['function']['parameters'] for t in got['tools']] == [s for _,s in tools]
    codes = {i.code for i in audit_data(str(tmp_path/'calls.parquet')).issues}
    assert 'null-argument' in codes and codes.isdisjoint(['call-lacks', 'unknown-argument', 'wrong-argument', 'no-tools'])

_SAID = lambda role, said: json.dumps([dict(role=role, content=said)])
@pytest.mark.parametrize('answer,kind', [
    (lambda i: _SAID(['assistant', 'user', 'admin', 'guest'][i % 4], f'right {i}'), str),              # roles of another kind
    (lambda i: _SAID('assistant', f'right {i}') if i % 3 else f'Account {i} has none.', str),           # and plain answers
    (lambda i: _SAID('assistant', f'Owl {i}.'), list)])                                                 # a table that quotes turns
@pytest.mark.parametrize('asks', ['Which rights has account {}?', 'Which rights has the account of format {}?'])
@pytest.mark.parametrize('column', ['completion', 'response'])
def test_a_column_says_whether_it_holds_turns_or_texts(answer, kind, asks, column, tmp_path):
    mixed = lambda i: asks.format(i) if i % 4 == 0 else f'Which rights has account {i}?'
    rows = [{'prompt': mixed(i), column: answer(i), **({'reward': i/20} if column == 'response' else {})} for i in range(20)]
    src = lines(tmp_path/'rights.jsonl', rows)
    convert(src, str(tmp_path/'out.jsonl'), progress=False)
    got = rows_of(tmp_path/'out.jsonl')
    said = [r[column] if column in r else r['messages'][-1]['content'] for r in got]
    read = [s[0]['content'] if isinstance(s, list) else s for s in said]
    assert read == [answer(i) if kind is str else f'Owl {i}.' for i in range(20)]
    codes = {i.code for i in audit_data(str(src)).issues}
    assert ('quoted-turns' in codes) == (kind is list) and 'mixed' not in codes
    repair(str(src), str(tmp_path/'mended.jsonl'))
    assert all(isinstance(r[column], kind) for r in rows_of(tmp_path/'mended.jsonl'))

_PAIR = lambda i: dict(prompt=f'Who waits in house {i}?', chosen=_SAID('assistant', f'Owl {i}.'), rejected=_SAID('assistant', f'Nobody {i}.'))
@pytest.mark.parametrize('plain', [30, 1100])
def test_pairs_in_texts_are_opened_beside_plain_ones_and_it_is_said(plain, tmp_path):
    rows = [dict(prompt=f'Who sits in tree {i}?', chosen=f'Elf {i}.', rejected=f'Imp {i}.') for i in range(plain)] + [_PAIR(i) for i in range(30)]
    src = lines(tmp_path/'pairs.jsonl', rows)
    done = convert(src, str(tmp_path/'out.jsonl'), progress=False)
    assert 'role' not in ''.join(t['content'] if isinstance(t, dict) else t for r in rows_of(tmp_path/'out.jsonl') for k in ('chosen', 'rejected') for t in r[k])
    assert done.codes['some-turns'] == 30
    assert ('some-turns', 'warn') in {(i.code, i.verdict) for i in audit_data(str(src)).issues}

@pytest.mark.parametrize('broken', ['[]', '[{"role": "assistant", "content": "Ow', '[{"role": "asistant", "content": "Owl."}]', '[{"role": "assistant", "content": ""}]'])
def test_a_text_that_cannot_be_read_in_a_column_of_turns_is_set_aside(broken, tmp_path):
    src = lines(tmp_path/'torn.jsonl', [_PAIR(i) | (dict(chosen=broken, rejected=broken) if i == 7 else {}) for i in range(20)])
    assert convert(src, str(tmp_path/'out.jsonl'), progress=False).set_aside == 1
    assert any(i.severity == 'error' and i.verdict == 'repair' for i in audit_data(str(src)).issues)

@pytest.mark.parametrize('text', [True, False])
def test_nulls_go_out_of_arguments_only_where_a_table_wrote_them(text, tmp_path):
    said = lambda a: json.dumps(a) if text else a
    call = lambda name, **a: dict(messages=[dict(role='user', content='Look.'), dict(role='assistant', content='', tool_calls=[dict(id='c', type='function', function=dict(name=name, arguments=said(a)))]),
                                            dict(role='tool', content='{}', tool_call_id='c'), dict(role='assistant', content='Done.')])
    given = lambda rows: [a if isinstance(a := c['function']['arguments'], dict) else json.loads(a) for r in rows for c in r['messages'][1]['tool_calls']]
    struct = [call('look', place=f'oak {i}', query=None) if i % 2 else call('find', place=None, query=f'owl {i}') for i in range(20)]
    single = [call('set', id=i, owner=None) for i in range(20)]
    for name,rows,want in (('struct', struct, 2 if text else 1), ('single', single, 2)):
        convert(lines(tmp_path/f'{name}.jsonl', rows), str(tmp_path/'out.jsonl'), progress=False)
        assert {len(a) for a in given(rows_of(tmp_path/'out.jsonl'))} == {want}

@pytest.mark.parametrize('column', ['messages', 'conversations'])
def test_a_row_without_its_label_is_set_aside_beside_turns_too(column, tmp_path):
    role, said = ('role', 'content') if column == 'messages' else ('from', 'value')
    row = lambda i: {column: [{role: 'user', said: f'Who waits in house {i}?'}, {role: 'assistant', said: f'Owl {i}.'}], 'label': bool(i % 2)}
    rows = [row(i) for i in range(20)]
    del rows[4]['label']; rows[9]['label'] = None
    src = lines(tmp_path/'kto.jsonl', rows)
    done = convert(src, str(tmp_path/'out.jsonl'), progress=False, max_bad=.2)
    assert (done.to, done.written, done.set_aside, done.codes['no-label']) == ('unpaired', 18, 2, 2)
    found = {i.code for i in audit_data(str(src)).issues}
    assert 'no-label' in found and 'mixed' not in found
    repair(str(src), str(tmp_path/'mended.jsonl'))
    assert len(rows_of(tmp_path/'mended.jsonl')) == 18 and audit_data(str(tmp_path/'mended.jsonl')).verdict != 'refuse'

@pytest.mark.parametrize('scores,code', [((1, 1), 'equal-sides'), ((1, 0, .5), 'several'), (('1.0', '0'), '')])
def test_judged_completions_are_read_or_refused_for_what_they_are(scores, code, tmp_path):
    said = lambda role, text: dict(role=role, parts=[dict(text=text)])
    row = lambda i, scores: dict(contents=[said('user', f'Who waits in house {i}?')], completions=[dict(score=s, completion=said('model', f'Owl {i} {k}.')) for k,s in enumerate(scores)])
    src = lines(tmp_path/'judged.jsonl', [row(i, scores if i == 3 else (0., 1.)) for i in range(20)])
    done = convert(src, str(tmp_path/'out.jsonl'), progress=False)
    assert (done.to, done.set_aside, done.written) == ('preference', bool(code), 20 - bool(code))
    assert not code or code in {i.code for i in audit_data(str(src)).issues if i.severity == 'error'}

ANSWERS = {'openai': lambda a: dict(choices=[dict(index=0, message=dict(role='assistant', content=a), finish_reason='stop')], error=None),
           'anthropic': lambda a: dict(type='message', role='assistant', content=[dict(type='text', text=a)], stop_reason='end_turn'),
           'gemini': lambda a: dict(candidates=[dict(content=dict(role='model', parts=[dict(text=a)]), finishReason='STOP')]),
           'ollama': lambda a: dict(message=dict(role='assistant', content=a), done=True), 'alone': lambda a: a}

@pytest.mark.parametrize('names', [('request', 'response'), ('inputs', 'outputs'), ('modelInput', 'modelOutput'), ('messages', 'response')])
@pytest.mark.parametrize('by', ANSWERS)
def test_a_log_is_read_by_every_verb_and_what_failed_is_set_aside(by, names, tmp_path):
    asked = lambda i: [dict(role='user', content=f'Who waits in house {i}?')]
    row = lambda i: {names[0]: asked(i) if names[0] == 'messages' else dict(model='m', messages=asked(i)), names[1]: ANSWERS[by](f'Owl {i}.')}
    rows = [row(i) for i in range(30)]
    rows[4] |= {names[1]: None, 'error': dict(message='Too many requests')}
    src = lines(tmp_path/'log.jsonl', rows)
    done = convert(src, str(tmp_path/'out.jsonl'), progress=False)
    assert (done.to, done.written, dict(done.codes).get('nobody-answers')) == ('messages', 29, 1)
    assert all([t['role'] for t in r['messages']] == ['user', 'assistant'] for r in rows_of(tmp_path/'out.jsonl'))
    assert [r['messages'][-1]['content'] for r in rows_of(tmp_path/'out.jsonl')][:2] == ['Owl 0.', 'Owl 1.']
    assert audit_data(str(src)).verdict == 'repair' and len(audit_data(str(src)).files) == 1
    repair(str(src), str(tmp_path/'mended.jsonl'))
    assert len(rows_of(tmp_path/'mended.jsonl')) == 29 and audit_data(str(tmp_path/'mended.jsonl')).verdict == 'accept'

@pytest.mark.parametrize('labels,without,kto', [((True, False), 'unpaired', 'unpaired'), (('good', 'bad'), 'unpaired', 'unpaired'), ((0, 1), 'messages', 'unpaired'),
                                                (('yes', 'no'), 'messages', 'unpaired'), ((0, 1, 2, 3), 'messages', ''), (('owls', 'mice'), 'messages', '')])
def test_a_label_judges_where_it_says_so_or_where_it_is_asked_for(labels, without, kto, tmp_path):
    row = lambda i: dict(messages=[dict(role='user', content=f'Who waits in house {i}?'), dict(role='assistant', content=f'Owl {i}.')], label=labels[i % len(labels)])
    src = lines(tmp_path/'labels.jsonl', [row(i) for i in range(24)])
    assert convert(src, str(tmp_path/'out.jsonl'), progress=False).to == without
    told = {i.code: i.verdict for i in audit_data(str(src)).issues}
    assert ('label-left' in told) == (without == 'messages' and bool(kto)) and told.get('label-left', 'accept') == 'accept'
    if kto: assert convert(src, str(tmp_path/'out.jsonl'), method='kto', progress=False).to == kto and audit_data(str(src), method='kto').verdict != 'refuse'
    else:
        with pytest.raises(FormatError, match='does not suit kto'): convert(src, str(tmp_path/'out.jsonl'), method='kto', progress=False)
        assert audit_data(str(src), method='kto').verdict == 'refuse'

@pytest.mark.parametrize('big', [1, 400])
@pytest.mark.parametrize('shape', ['columns', 'lists', 'index', 'split', 'indented'])
def test_a_table_in_one_object_is_its_rows(shape, big, tmp_path):
    rows = [dict(prompt=f'Who waits in house {i}? '*big, completion=f'Owl {i}.') for i in range(12)]
    by = {k: {str(i): r[k] for i,r in enumerate(rows)} for k in rows[0]}
    made = dict(columns=by, indented=by, lists={k: [r[k] for r in rows] for k in rows[0]}, index={str(i): r for i,r in enumerate(rows)},
                split=dict(columns=[*rows[0]], index=[*range(12)], data=[[*r.values()] for r in rows]))[shape]
    (src := tmp_path/'table.json').write_text(json.dumps(made, indent=1 if shape == 'indented' else None))
    done = convert(src, str(tmp_path/'out.jsonl'), progress=False)
    assert (done.written, done.set_aside) == (12, 0)
    assert [r['messages'][1]['content'] for r in rows_of(tmp_path/'out.jsonl')] == [r['completion'] for r in rows]
    assert sum(f['rows'] for f in audit_data(str(src)).files) == 12

def _log(more=None, said=None, i=0): # a request with its response
    turns = [dict(role='user', content=f'When was mill {i} built?')]
    return dict(request=dict(model='m', messages=turns, temperature=.2, **(more or {})), response=said or ANSWERS['openai']('In 1712.'))

@pytest.mark.parametrize('more', [dict(context='The mill was built in 1712.'), dict(chat_history=[dict(type='human', content='Which mill?')]), dict(documents=[dict(text='1712')]),
                                  dict(previous_response_id='r1'), dict(extra_body=dict(documents=['1712'])), dict(suffix='in 1712.'), dict(prompt='The mill.')])
def test_a_request_that_holds_more_than_its_turns_is_refused_by_name(more, tmp_path):
    src = lines(tmp_path/'log.jsonl', [_log(more if i == 3 else None, ANSWERS['openai'](f'In {1700+i}.'), i) for i in range(20)])
    done = convert(src, str(tmp_path/'out.jsonl'), progress=False)
    assert (done.written, dict(done.codes).get('request-holds-more')) == (19, 1)
    said = [i for i in audit_data(str(src)).issues if i.code == 'request-holds-more']
    assert len(said) == 1
    with pytest.raises(ConversationError, match='documents' if 'extra_body' in more else next(iter(more))): read_row(_log(more))

@pytest.mark.parametrize('more', [dict(top_p=.9, stop=['!'], seed=3, stream=False, user='u'), dict(metadata=dict(team='mill')), dict(tools=[], chat_history=[], context=None), dict(generationConfig=dict(topK=1)),
                                  dict(session_id='s', requestId='r', created_at='2024-01-01'), dict(response_format=dict(type='json_object'), reasoning_effort='low'), dict(extra_body=dict(top_k=3)), dict(thinking=dict(type='enabled'))])
def test_settings_of_a_request_are_no_loss(more, tmp_path):
    src = lines(tmp_path/'log.jsonl', [_log(more, ANSWERS['openai'](f'In {1700+i}.'), i) for i in range(12)])
    assert convert(src, str(tmp_path/'out.jsonl'), progress=False).written == 12 and audit_data(str(src)).verdict == 'accept'

@pytest.mark.parametrize('key', ['reasoning', 'reasoning_content', 'thinking'])
@pytest.mark.parametrize('shape', ['choices', 'ollama', 'beside', 'bare'])
def test_what_was_thought_stays_with_the_answer(key, shape, tmp_path):
    said = dict(role='assistant', content='14.')
    came = dict(choices=dict(choices=[dict(message=dict(said, **{key: '7 + 7'}))]), ollama=dict(message=dict(said, **{key: '7 + 7'}), done=True),
                beside=dict(message=said, **{key: '7 + 7'}), bare=dict(response='14.', **{key: '7 + 7'}))[shape]
    src = lines(tmp_path/'log.jsonl', [_log(said=came)])
    convert(src, str(tmp_path/'out.jsonl'), progress=False)
    assert rows_of(tmp_path/'out.jsonl')[0]['messages'][-1] == dict(said, **{key: '7 + 7'})

LC = lambda kind, text: dict(lc=1, type='constructor', id=['langchain', 'schema', 'messages', f'{kind}Message'], kwargs=dict(content=text))
@pytest.mark.parametrize('row', [dict(recordId='r', modelInput=dict(inputText='Who waits?'), modelOutput=dict(results=[dict(outputText='The owl.', completionReason='FINISH')])),
                                 dict(inputs=dict(messages=[[LC('Human', 'Who waits?')]]), outputs=dict(generations=[[dict(text='The owl.', message=LC('AI', 'The owl.'))]])),
                                 dict(request=dict(prompt='Who waits?'), response=dict(text=['The owl.'])), dict(request=dict(message='Who waits?'), response=dict(text='The owl.')),
                                 dict(input=dict(inputBodyJson=dict(prompt='Who waits?')), output=dict(outputBodyJson=dict(generation='The owl.'))),
                                 dict(request=dict(inputs='Who waits?', parameters=dict(top_k=3)), response=[dict(generated_text='The owl.')]),
                                 dict(messages=[dict(role='user', content='Who waits?')], response=dict(content='The owl.', logprobs=None)),
                                 dict(request=dict(prompt='Who waits?'), response=dict(text='The owl.'), text='call 7'),
                                 dict(request=dict(messages=[dict(role='user', content='Who waits?'), dict(role='assistant', content='The')]), response=dict(role='assistant', content=[dict(type='text', text=' owl.')]))])
def test_logs_of_many_interfaces_say_the_same(row, tmp_path):
    src = lines(tmp_path/'log.jsonl', [row])
    assert convert(src, str(tmp_path/'out.jsonl'), progress=False).to == 'messages' and audit_data(str(src)).verdict == 'accept'
    assert [(t['role'], t['content']) for t in rows_of(tmp_path/'out.jsonl')[0]['messages']] == [('user', 'Who waits?'), ('assistant', 'The owl.')]

@pytest.mark.parametrize('row,said', [(_log(said=[dict(choices=[dict(delta=dict(content='The '))]), dict(choices=[dict(delta=dict(video='owl.'))])]), 'pieces of a stream'),
                                      (dict(input=dict(prompt='Who?'), output=['The ', 'owl.']), 'a list of 2 texts'), (dict(inputs=dict(topic='owls'), outputs=dict(poem='Who?')), 'says nowhere in a known form'),
                                      (dict(messages=[dict(role='user', content='Which is it?')], choices=['owl', 'mouse'], answer='owl'), 'choices stands beside the question'),
                                      (dict(messages=[dict(role='user', content='Which is it, A or B?')], choices=['A', 'B'], label=1), 'nobody answers')])
def test_a_log_that_cannot_be_read_says_why(row, said):
    with pytest.raises(ConversationError, match=said): read_row(row)

@pytest.mark.parametrize('piece', [dict(choices=[dict(index=0, delta=dict(content='The'))]), dict(type='content_block_delta', delta=dict(text='The')), dict(response='The', done=False),
                                   json.dumps(dict(choices=[dict(delta=dict(content='The'), finish_reason='stop')]))])
def test_one_piece_of_a_stream_is_no_answer(piece, tmp_path):
    src = lines(tmp_path/'log.jsonl', [dict(request=dict(prompt=f'Who waits in oak {n}?'), response=dict(generation=f'The owl {n}.')) for n in range(9)] + [dict(request=dict(prompt='Who?'), response=piece)])
    found = next(i for i in audit_data(str(src)).issues if i.code == 'streamed')
    assert (found.verdict, found.row) == ('repair', 10) and convert(src, str(tmp_path/'out.jsonl'), progress=False).codes['streamed'] == 1

def test_a_key_in_a_row_that_is_refused_is_seen(tmp_path):
    key, chat = 'sk-proj-' + 'aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3z', lambda n: json.dumps(dict(prompt=f'Who waits in oak {n}?', completion=f'The owl {n}.'))
    sent = [dict(choices=[dict(delta=dict(content=t))]) for t in ('It is ', key[:7], key[7:])]
    bad = [json.dumps(dict(request=dict(prompt='Key?'), response=sent)), json.dumps(dict(request=dict(prompt='Key?'), response='\n\n'.join(f'data: {json.dumps(p)}' for p in sent))),
           json.dumps(dict(prompt=f'Is it {key}?', completion='')), f'{{"prompt": "Is it {key}?']
    for row in bad:
        (tmp_path/'a.jsonl').write_text('\n'.join([*map(chat, range(9)), row]))
        assert [(i.row, i.verdict) for i in audit_data(str(tmp_path/'a.jsonl')).issues if i.code == 'secret'] == [(10, 'warn')]


# Answers in pieces, and answers beside their turns

ASKED = dict(messages=[dict(role='user', content='Who waits?')])
GROWN = [dict(choices=[dict(index=0, delta=d, finish_reason=e)]) for d,e in ((dict(role='assistant', content='The '), None), (dict(content='owl.'), None), ({}, 'stop'))]
EVENTS = [dict(type='message_start', message={}), dict(type='content_block_start', index=0, content_block=dict(type='text', text='')), *(dict(type='content_block_delta', index=0, delta=dict(type='text_delta', text=t)) for t in ('The ', 'owl.')), dict(type='message_delta', delta=dict(stop_reason='end_turn')), dict(type='message_stop')]
STREAMS = {'list': GROWN, 'wire': ''.join(f'data: {json.dumps(p)}\n\n' for p in GROWN) + 'data: [DONE]\n\n', 'events': EVENTS, 'events on the wire': ''.join(f'event: {p["type"]}\ndata: {json.dumps(p)}\n\n' for p in EVENTS), 'ollama': [dict(message=dict(role='assistant', content='The '), done=False), dict(message=dict(role='assistant', content='owl.'), done=True)],
           'google': [dict(candidates=[dict(content=dict(role='model', parts=[dict(text=t)]), finishReason=e)]) for t,e in (('The ', None), ('owl.', 'STOP'))], 'responses': [dict(type='response.output_text.delta', delta='The '), dict(type='response.completed', response=dict(status='completed', output=[dict(type='message', role='assistant', content=[dict(type='output_text', text='The owl.')])]))]}

STREAMS |= {'a comment first': ': PROCESSING\n\n' + STREAMS['wire'], 'an id first': 'id: 1\n' + STREAMS['wire'], 'a blank line first': '\n' + STREAMS['wire'], 'lines': '\n'.join(map(json.dumps, STREAMS['ollama'])),
            'thoughts': [dict(response='', thinking='sum', done=False), dict(response='4', done=True)], 'two answers': [dict(id=i, choices=[dict(index=0, delta=dict(content=i))]) for i in 'ab'], 'texts': [dict(choices=[dict(text=t, index=0)]) for t in ('The ', 'owl.')],
            'torn': STREAMS['wire'][:-60], 'over two lines': 'data: {"choices":[{"delta":{"content":"The owl."},\ndata: "index":0}]}\n\n'}

@pytest.mark.parametrize('way', STREAMS)
def test_the_pieces_of_a_stream_are_refused(way, tmp_path):
    for row in (dict(request=ASKED, response=STREAMS[way]), dict(ASKED, response=STREAMS[way]), dict(ASKED, response=STREAMS[way], reward=.5)):
        with pytest.raises(ConversationError, match='pieces of a stream'): read_row(row)
    assert validate(lines(tmp_path/'log.jsonl', [dict(request=ASKED, response=STREAMS[way])]*6), progress=False).verdict == 'refuse'

@pytest.mark.parametrize('said', ['event: wedding', 'id: 7', 'data: 3', 'event: ping\ndata: {"a": 1}', 'data: {"x": 1}\n\nis one event.', '{"task": "Mow", "done": true}\n{"task": "Sow", "done": false}', '{"a": 1}\n{"a": 2}'])
def test_an_answer_that_shows_an_event_is_an_answer(said):
    assert read_row(dict(ASKED, response=said))[0].messages[-1].content == said

WOODS = 'oak beech elm ash yew larch'.split()

@pytest.mark.parametrize('column', ['messages', 'conversations'])
def test_an_answer_beside_its_turns_keeps_its_reward(column, tmp_path):
    src = lines(tmp_path/'rated.jsonl', [{column: [dict(role='user', content=f'Who waits in {w}?')], 'response': f'The owl of {w}.', 'reward': i/10} for i,w in enumerate(WOODS)])
    convert(src, str(tmp_path/'out.jsonl'), progress=False)
    assert [(r['response'], r['reward']) for r in rows_of(tmp_path/'out.jsonl')] == [(f'The owl of {w}.', i/10) for i,w in enumerate(WOODS)]
    assert validate(src, progress=False).verdict == 'accept' and audit_data(src).verdict == 'accept'

def test_all_look_at_the_answer_that_stands_beside_its_turns(tmp_path):
    says = ['Write to ann.lee@gmail.com, it is naÃ¯ve.', *(f'It is {w}.' for w in WOODS[1:])]
    src = lines(tmp_path/'rated.jsonl', [dict(ASKED, response=s, reward=None if n == 3 else n/10) for n,s in enumerate(says)])
    assert [i.code for i in audit_data(src).issues] == ['odd-value', 'personal-data', 'mojibake'], 'six answers to one question are no copies, and a reward that is missing is only told'
    done = repair(src, str(tmp_path/'mended.jsonl'))
    assert done.kept == 6 and 'it is naïve.' in rows_of(tmp_path/'mended.jsonl')[0]['response']
    assert {r['response'] for r in rows_of(tmp_path/'mended.jsonl')[1:]} == {*says[1:]}

@pytest.mark.parametrize('row', [dict(messages=json.dumps(ASKED['messages']), response='The owl.', reward=1), dict(conversations=[{'from': 'human', 'value': 'Who waits?'}], response=dict(role='assistant', content='The owl.'), reward=None)])
def test_a_rated_answer_beside_its_turns_is_read_in_any_form(row):
    from forge_nb.rowview import view_of
    got, = read_row(row)
    assert type(got).__name__ == 'Rated' and view_of(row).turns == (('user', 'Who waits?'), ('assistant', 'The owl.'))

def test_google_keeps_its_instruction_among_the_settings():
    row = dict(request=dict(model='g', contents='Who waits?', config=dict(system_instruction='Be brief.', temperature=0)), response=dict(candidates=[dict(content=dict(role='model', parts=[dict(text='The owl.')]))]))
    assert [m.content for m in read_row(row)[0].messages] == ['Be brief.', 'Who waits?', 'The owl.']
    row['request']['config']['response_prefix'] = 'x'
    with pytest.raises(ConversationError, match='response_prefix'): read_row(row)
