"Chats as people paste them, and what is no chat"
import json

import pytest

from forge_nb.labels import TranscriptError
from forge_nb.suggestions import suggest
from forge_nb.extracting import extract

SAID = ['Hey, has anyone seen the build?', 'No, I was out', 'Can you look?\nIt is long.', 'Sure: one sec', 'thanks!', 'np']
A, B = 'Anna Lind', 'Olé'
WAYS = {'name (time):': '{a} (10:{i:02}): {t}\n', '[time] name:': '[10:{i:02}] {a}: {t}\n', 'time name:': '10:{i:02} {a}: {t}\n', 'name time:': '{a}, 10:{i:02} AM: {t}\n',
        'iso': '2024-01-02T10:{i:02}:00Z {a}: {t}\n', 'bold': '**{a}** (10:{i:02}): {t}\n\n', 'time in bold': '**[10:{i:02}] {a}:** {t}\n', 'whatsapp': '12/31/23, 10:{i:02} PM - {a}: {t}\n',
        'whatsapp, iphone': '\u200e[31.12.23, 22:{i:02}:05] {a}: {t}\n', 'slack': '{a}  10:{i:02} AM\n{t}\n', 'slack, two lines': '{a}\n  10:{i:02} AM\n{t}\n\n',
        'slack, old': '{a} [10:{i:02} AM]\n{t}\n', 'teams': '[10:{i:02}] {a}\n{t}\n', 'teams, new': '{a}\r\n10:{i:02}\r\n{t}\r\n', 'discord': '{a} — Today at 10:{i:02} AM\n{t}\n',
        'discord, dated': '{a} — 01/02/2024 10:{i:02} AM\n{t}\n', 'telegram': '{a}, [02.01.24 10:{i:02}]\n{t}\n\n', 'zoom': '10:{i:02}:07\t From {a} to Everyone : {t}\n',
        'irc': '[10:{i:02}] <{a}> {t}\n', 'german': '{a} (2. März 2024 um 10.{i:02} Uhr): {t}\n', 'subtitles': '00:{i:02}:00.000 --> 00:{i:02}:02.000\n<v {a}>{t}</v>\n\n'}


@pytest.mark.parametrize('way', WAYS)
def test_a_chat_is_recognised_and_read(way, tmp_path):
    path = tmp_path/'chat.txt'
    path.write_bytes(''.join(WAYS[way].format(a=(A, B)[i % 2], t=t, i=i) for i,t in enumerate(SAID)).encode())
    found = extract(path, suggest=True)
    assert not found.failures(), repr(found)
    got = extract(path, **found.patterns)
    assert [(m.role, ' '.join(m.content.split())) for c in got.conversations for m in c.messages] == \
           [(('user', 'assistant')[i % 2], ' '.join(t.split())) for i,t in enumerate(SAID)]


def test_json_exports(tmp_path):
    rows = [{'type': 'message', 'user': 'U1', 'text': t, 'ts': f'{1704189600+60*i}.0', 'user_profile': {'real_name': (A, B)[i % 2]}} for i,t in enumerate(SAID)]
    (tmp_path/'2024-01-02.json').write_text(json.dumps(rows))
    found = extract(tmp_path, suggest=True)
    assert [m.content for m in extract(tmp_path, **found.patterns).conversations[0].messages] == SAID


NONE = {'notes': 'The owl waits.\nNote: it is night.\nWarning: do not wake it!\nNote: it is day.\nWarning: is it?\n', 'recipe': 'Ingredients: 3 eggs\nMethod: whisk, and you are done!\nServes: 4\n'*3,
        'log': '10:00:01 worker: started job 1\n10:00:02 db: connected to 5432\n'*4, 'levels': '[10:00:05] ERROR: is it up?\n[10:00:06] INFO: yes\n'*4,
        'code': 'try:\n  x = 1  # ok?\nexcept ValueError:\n  x = 2\nelse:\n  y = 1\n'*3, 'records': 'Name: Ada\nTown: Tor?\nBorn: 1815\n'*4, 'mail': 'From: ada@tor.org\nTo: me@tor.org\nSubject: owls?\n\nHi!\n'*3,
        'config': 'user: ada\nmodel: small\nport: 80\nhost: tor\nlevel: 3\n', 'schedule': '10:00 Breakfast\n10:30 Talk\n11:00 Break\n', 'changelog': '## 1.0\n### Added\n- you can fly?\n### Fixed\n- no\n'*3,
        'html': '<p>Who?</p>\n<b>You</b>\n'*4, 'system': 'User: ada\nSystem: Linux\nTool: make\n'}

@pytest.mark.parametrize('kind', NONE)
def test_what_is_no_chat(kind, tmp_path):
    assert suggest(NONE[kind]).failures()
    (tmp_path/'x.txt').write_text(NONE[kind])
    with pytest.raises(TranscriptError, match='nobody'): extract(tmp_path/'x.txt')


# Who was not named, and ways of writing that examiners tried

THIRD = {'irc': ('[09:{m}] <{n}> {t}\n', '<{n}>', '[09:59] -!- eve joined\n'), 'whatsapp': ('3/14/24, 9:{m} AM - {n}: {t}\n', '{n}:', '3/14/24, 9:59 AM - Tom added Eve\n'),
         'slack': ('{n}  9:{m} AM\n{t}\n\n', '{n} {{time}}', ''), 'telegram': ('{n}, [14.03.2024 09:{m}]\n{t}\n\n', '{n} {{time}}', '')}

@pytest.mark.parametrize('way', THIRD)
def test_a_third_speaker_is_not_the_end_of_an_answer(way, tmp_path):
    line, pattern, notice = THIRD[way]
    turns = [('Anna', 'who waits?'), ('Bob', 'nobody'), ('Tom', 'the owl\nin the oak'), ('Bob', 'hm'), ('Anna', 'ah!')]*3
    (tmp_path/'chat.txt').write_text(''.join(line.format(m=10+i, n=n, t=t) for i,(n,t) in enumerate(turns)) + notice)
    got = extract(tmp_path/'chat.txt', user=[pattern.format(n='Anna')], assistant=[pattern.format(n='Tom')])
    said = {m.content for c in got.conversations for m in c.messages}
    assert said == {'who waits?', 'the owl\nin the oak', 'ah!'} and got.tally.rows[0].gap == 0
    assert any(f.code == 'other-speakers' and 'Bob 6' in f.message for f in got.findings)
    assert any(f.code == 'notices' for f in got.findings) == bool(notice)

def test_a_schedule_in_a_message_is_no_bystander(tmp_path):
    (tmp_path/'chat.txt').write_text('[14.03.24, 09:14:02] Anna: the plan?\n[14.03.24, 09:15:02] Tom: here\n10:00 breakfast\n11:00 the owl: a talk\n[14.03.24, 09:16:02] Anna: thanks!\n')
    got = extract(tmp_path/'chat.txt', user=['Anna:'], assistant=['Tom:'])
    assert '11:00 the owl: a talk' in got.conversations[0].messages[1].content and not got.findings

@pytest.mark.parametrize('line', ['{n} - {t}\n', '*{n}*: {t}\n', '**{n}**\n{t}\n\n', '[14-Mar-24 09:14 AM] {n}\n{t}\n\n'])
def test_rarer_ways_are_proposed_and_read(line, tmp_path):
    (tmp_path/'chat.txt').write_text(''.join(line.format(n=n, t=t) for n,t in [('Anna', 'who waits?'), ('Tom', 'the owl!')]*3))
    with pytest.raises(TranscriptError, match='--user .*Anna'): extract(tmp_path/'chat.txt')
    got = extract(tmp_path/'chat.txt', **extract(tmp_path/'chat.txt', suggest=True).patterns)
    assert [m.content for m in got.conversations[0].messages] == ['who waits?', 'the owl!']*3


# A plain title below a rule

@pytest.mark.parametrize('border', ['---\n\nTicket 4712\n\n', '***\nChat of 3 May 2024\n\n', '\n-----\nTicket 4712\n', '=====\nTicket: 4712\nLogin\n=====\n', '_____\n2024-05-03\n'])
def test_a_title_below_a_rule_begins_a_conversation(border, tmp_path):
    (tmp_path/'chat.md').write_text(f'User: One?\nAssistant: Yes.\n\n{border}User: Two?\nAssistant: No.\n')
    got = extract(tmp_path/'chat.md')
    assert [[m.content for m in c.messages] for c in got.conversations] == [['One?', 'Yes.'], ['Two?', 'No.']] and got.tally.rows[0].gap == 0
    assert any(f.code == 'session-titles' for f in got.findings)

INSIDE = {'parts': 'One.\n\n---\n\nTwo of them wait here.', 'question': 'One.\n\n---\n\nWant more?', 'sum': 'Tea 4\nOwls 3\n-----\nTotal 7', 'table': 'Name  Age\n---------\nAda   36', 'grid': '| a | b |\n| --- | --- |\n| 1 | 2 |',
          'code': 'So:\n```\na: 1\n---\nTicket 4\n```', 'front matter': 'So:\n\n---\nname: owl\n---\nIt waits.', 'heading': 'Look:\n\nOwls\n----\nBig birds', 'source': 'One.\n\n---\n*Source: a book*', 'list': 'One.\n\n---\n- Ticket 4', 'signed': 'One.\n---\nAnna Lind'}

@pytest.mark.parametrize('kind', INSIDE)
def test_a_rule_inside_an_answer_stays(kind, tmp_path):
    (tmp_path/'chat.md').write_text(f'User: One?\nAssistant: {INSIDE[kind]}\n\nUser: Two?\nAssistant: {INSIDE[kind]}\n\nUser: Three?\nAssistant: No.\n')
    got = extract(tmp_path/'chat.md')
    assert [m.content for c in got.conversations for m in c.messages] == ['One?', INSIDE[kind], 'Two?', INSIDE[kind], 'Three?', 'No.'] and len(got.conversations) == 1


# Other speakers in a chat without times

OTHERS = {'plain': ('Customer:', 'Agent:', 'Supervisor:'), 'bold': ('**Ann:**', '**Bot:**', '**Carol:**'), 'bold, colon behind': ('**Ann**:', '**Bot**:', '**Carol**:'), 'capitals': ('HALE:', 'WITNESS:', 'ROY:')}

@pytest.mark.parametrize('way', OTHERS)
def test_others_without_times_are_named_with_their_lines(way, tmp_path):
    user, assistant, other = OTHERS[way]
    (tmp_path/'chat.md').write_text(f'{user} One?\n{assistant} Yes.\n{other} I see two.\n{user} Two?\n{assistant} No.\n{other} Fine.\n')
    got = extract(tmp_path/'chat.md', user=[user], assistant=[assistant])
    found = [f for f in got.findings if f.code == 'unnamed-speakers']
    assert len(found) == 1 and other in found[0].message and '(lines 3, 6)' in found[0].message and found[0].row == 3

def test_a_court_speaks_for_itself(tmp_path):
    (tmp_path/'day.txt').write_text('THE COURT: Sit.\nMR. HALE: Where?\nTHE WITNESS: Home.\nMS. ROY: Objection.\nTHE COURT: Overruled.\nMR. HALE: When?\nTHE WITNESS: Ten.\nNOTE: it was late.\nMS. ROY: Objection.\nMR. HALE: Thanks.\n')
    got = extract(tmp_path/'day.txt', user=['MR. HALE:'], assistant=['THE WITNESS:'])
    assert [m.content for c in got.conversations for m in c.messages] == ['Where?', 'Home.', 'When?', 'Ten.\nNOTE: it was late.', 'Thanks.'] and got.tally.rows[0].gap == 0
    assert [f.code for f in got.findings] == ['other-speakers'] and 'THE COURT 2' in got.findings[0].message

WORDS = ['Note: It waits.', 'Example: An owl.', 'Warning: It bites.', 'Step 1: Wait.\nStep 2: Go.', 'Oak: A tree.\nOwl: A bird.', '```\nSupervisor: I wait.\n```', 'Bottom line: It waits.', 'Recommendation: Wait.', 'Port: 80']

@pytest.mark.parametrize('words', WORDS)
@pytest.mark.parametrize('bold', [False, True])
def test_words_with_a_colon_are_no_speakers(words, bold, tmp_path):
    dress = lambda n: f'**{n}:**' if bold else f'{n}:'
    said = words if not bold or '```' in words else '\n'.join(f'**{a}:**{b}' for a,_,b in (l.partition(':') for l in words.split('\n')))
    (tmp_path/'chat.md').write_text(f'{dress("Customer")} One?\n{dress("Agent")} Yes.\n{said}\n\n'*3)
    assert not extract(tmp_path/'chat.md', user=[dress('Customer')], assistant=[dress('Agent')]).findings

def test_what_mails_quote_of_one_another_is_counted_and_said(tmp_path):
    mail = lambda who, day, about, said: f'From: {who}\nTo: help@x.org\nDate: Mon, {day} Mar 2025 10:00:00 +0000\nSubject: {about}\n\n{said}\n\n'
    quoted = '> The box leaks at the roof.\n> What now?\n'
    (tmp_path/'thread.txt').write_text(mail('Ida <ida@x.org>', 3, 'Box', 'The box leaks at the roof.\nWhat now?') + mail('Help <help@x.org>', 4, 'Re: Box', f'On Monday, Ida wrote:\n{quoted}\nPut felt on it.\n> A line from elsewhere.'))
    got = extract(str(tmp_path/'thread.txt'), user=[r're:From:[ \t]+Ida[^\n]*(?:\n[A-Z]\w+:[^\n]*)*'], assistant=[r're:From:[ \t]+Help[^\n]*(?:\n[A-Z]\w+:[^\n]*)*'])
    assert [m.content for m in got.conversations[0].messages] == ['The box leaks at the roof.\nWhat now?', 'Put felt on it.\n> A line from elsewhere.']
    assert [f.message[:7] for f in got.findings if f.code == 'quotations'] == ['2 lines']
    assert got.to_dict()['tally'][0]['dropped']['quotations'] == sum(map(len, quoted.splitlines()))


# What programs put around a chat

TURNS = [('Anna', 'are you in?'), ('Tom', 'yes: until five'), ('Anna', 'ok!'), ('Tom', 'see you')]
PASTED = {'badge': lambda n, t, i: f'{n}\n{"APP  "*(n == "Tom")}9:1{i} AM\n{t}\n', 'read aloud': lambda n, t, i: f'{t} by {n}\n{n}\n9:1{i} AM\n{t}\n', 'announced': lambda n, t, i: f'{n} sent the following message at 9:1{i} AM\nView {n}’s profile\n{n}  9:1{i} AM\n{t}\n',
          'columns': lambda n, t, i: f'2026-01-05 10:1{i}:00\t{"@"*(n == "Tom")}{n}\t{t}\n', 'line': lambda n, t, i: f'{"2026/01/05(Mon)"*(not i)}\n10:1{i}\t{n}\t{t}\n', 'kakao': lambda n, t, i: f'[{n}] [오후 6:0{i}] {t}\n', 'kakao, mobile': lambda n, t, i: f'2026년 1월 5일 오후 6:0{i}, {n} : {t}\n',
          'arabic': lambda n, t, i: f'٥\u200f/١\u200f/٢٠٢٦، ٦:٠{"١٢٣٤"[i]} م - {n}: {t}\n', 'spans': lambda n, t, i: f'[00:0{i}.000 --> 00:0{i}.900] {n}: {t}\n', 'time below': lambda n, t, i: f'## {n}:\n1/5/2026, 10:0{i}:12 AM\n\n{t}\n\n', 'span above': lambda n, t, i: f'00:0{i} - 00:0{i+1}\n{n}: {t}\n\n',
          'quoted': lambda n, t, i: f'> **{n}:** {t}\n>\n', 'directions': lambda n, t, i: f'[\u200e10/\u200e3/\u200e2025 2:1{i} PM] {n}\n{t}\n', 'no year': lambda n, t, i: f'[10/3 2:1{i} PM] Lind, {n}\n{t}\n', 'bold and italic': lambda n, t, i: f'**{n}** *(09:1{i})*\n{t}\n\n',
          'numbered and bold': lambda n, t, i: f'{i+1}. **{n}:** {t}\n', 'bar': lambda n, t, i: f'{n.lower()} | {t}\n', 'shell': lambda n, t, i: f'{n.lower()}> {t}\n', 'address': lambda n, t, i: f'{n.lower()}@tor.org: {t}\n', 'telephone': lambda n, t, i: f'+49 17{len(n)} 1234567: {t}\n', 'joined emoji': lambda n, t, i: f'👩\u200d🚀 {n}: {t}\n'}

@pytest.mark.parametrize('way', PASTED)
def test_what_a_program_adds_is_in_nobodys_turn(way, tmp_path):
    (tmp_path/'chat.txt').write_text(''.join(PASTED[way](n, t, i) for i,(n,t) in enumerate(TURNS)))
    got = extract(tmp_path/'chat.txt', **extract(tmp_path/'chat.txt', suggest=True).patterns)
    assert [m.content for c in got.conversations for m in c.messages] == [t for _,t in TURNS] and got.tally.rows[0].gap == 0

MARKED = {'turns': lambda n, t: f'<turn speaker="{n}">{t}</turn>', 'children': lambda n, t: f'<message><role>{n}</role><content>{t}</content></message>', 'corpus': lambda n, t: f'<u who="{n}">{t}</u>'}

@pytest.mark.parametrize('way', MARKED)
def test_any_xml_that_names_its_speakers(way, tmp_path):
    (tmp_path/'chat.xml').write_text(f'<dialog>{"".join(MARKED[way](n, t) for n,t in TURNS)}</dialog>')
    got = extract(tmp_path/'chat.xml', **extract(tmp_path/'chat.xml', suggest=True).patterns)
    assert [m.content for c in got.conversations for m in c.messages] == [t for _,t in TURNS]

def test_xml_that_names_nobody_says_so(tmp_path):
    (tmp_path/'chat.xml').write_text('<a><b>hm?</b><b>no</b></a>')
    with pytest.raises(TranscriptError, match='XML without elements that say who speaks'): extract(tmp_path/'chat.xml')

HELD = ['Write:\n```\nservices:\n  web:\n    image: nginx\n10 lines\n```\nif a < b: x', 'a:\n  b: 1\nc: 2', '> a quotation\nUser: hm?\n\n---\n\n# A heading\n1. one', '10:00 walk\n```python\ndef f(): pass']

@pytest.mark.parametrize('held', HELD)
@pytest.mark.parametrize('way', ['slack', 'discord', 'xml', 'table'])
def test_a_message_of_an_export_keeps_its_lines(held, way, tmp_path):
    slack = [dict(type='message', user=w, text=t.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;'), ts=f'17102300{i}0.01', user_profile=dict(real_name=w)) for i,(w,t) in enumerate([('User', 'Show it'), ('Assistant', held), ('User', 'Fine'), ('Assistant', held)])]
    discord = {'messages': [dict(timestamp=f'2024-01-02T10:00:0{i}+00:00', content=t, author={'name': w}) for i,(w,t) in enumerate([('User', 'Show it'), ('Assistant', held), ('User', 'Fine'), ('Assistant', held)])]}
    turn = lambda w, t: f'<message><from>{w}</from><text>{t.replace("<", "&lt;")}</text></message>'
    xml = f'<chat>{turn("User", "Show it")}{turn("Assistant", held)}{turn("User", "Fine")}{turn("Assistant", held)}</chat>'
    table = f'speaker,text\nUser,Show it\nAssistant,"{held}"\nUser,Fine\nAssistant,"{held}"\n'
    name, text = {'slack': ('c.json', json.dumps(slack)), 'discord': ('c.json', json.dumps(discord)), 'xml': ('c.xml', xml), 'table': ('c.csv', table)}[way]
    (tmp_path/name).write_text(text)
    got = extract(tmp_path/name)
    assert [m.content for c in got.conversations for m in c.messages] == ['Show it', held, 'Fine', held] and got.tally.rows[0].gap == 0

def test_exports_of_telephones_and_accounts(tmp_path):
    facebook = [{'sender_name': n, 'timestamp_ms': 1700000000000 + 60000*i, 'content': t.replace('!', '\u00c3\u00a9')} for i,(n,t) in enumerate(TURNS)][::-1]
    google = [{'creator': {'name': n}, 'created_date': f'Friday, January 31, 2025 at 6:0{i}:11 PM UTC', 'text': t} for i,(n,t) in enumerate(TURNS)]
    for name,rows in (('f.json', facebook), ('g.json', google)):
        (tmp_path/name).write_text(json.dumps({'messages': rows}))
        got = extract(tmp_path/name, **extract(tmp_path/name, suggest=True).patterns)
        assert [m.content for m in got.conversations[0].messages] == [t.replace('!', 'é' if name[0] == 'f' else '!') for _,t in TURNS]

def test_a_page_and_a_table_are_read(tmp_path):
    (tmp_path/'chat.html').write_text('<!DOCTYPE html><html><body>' + ''.join(f'<h5>{w} said:</h5><p>{t}</p>' for w,(_,t) in zip(['You', 'ChatGPT']*2, TURNS)) + '</body></html>')
    (tmp_path/'chat.md').write_text('| Speaker | Text |\n|---|---|\n' + ''.join(f'| {w} | {t} |\n' for w,(_,t) in zip(['User', 'Assistant']*2, TURNS)))
    for name in ('chat.html', 'chat.md'):
        got = extract(tmp_path/name, **extract(tmp_path/name, suggest=True).patterns)
        assert [m.content for c in got.conversations for m in c.messages] == [t for _,t in TURNS]

@pytest.mark.parametrize('word,talks', [('Turn', 1), ('Example', 2), ('Dialogue #', 2)])
def test_numbers_of_turns_and_of_conversations(word, talks, tmp_path):
    (tmp_path/'chat.txt').write_text(f'{word} 1\nUser: One?\nAssistant: Yes.\n\n{word} 2\nUser: Two?\nAssistant: No.\nPort 80\n')
    got = extract(tmp_path/'chat.txt')
    assert [m.content for c in got.conversations for m in c.messages] == ['One?', 'Yes.', 'Two?', 'No.\nPort 80'] and len(got.conversations) == talks
    assert any(f.code == 'margins' for f in got.findings) and got.tally.rows[0].gap == 0

STANDS = {'span': '08:00 - 09:00 Breakfast and mail\n09:00 - 11:00 Write\n11:00 - 11:30 Walk\n11:30 - 12:30 Calls\n12:30 - 13:15 Lunch\n13:15 - 15:00 Review\n15:00 - 16:00 Errands',
          'tabs': '\n'.join(f'{n}:00\trun{n}\tok {n}' for n in range(10, 20)), 'chinese': '\n'.join(f'2024年3月{n}日 上午9:00 开会' for n in range(1, 6)), 'log': '[INFO] [10:15] started\n[WARN] [10:16] low: disk\n[INFO] [10:17] stopped',
          'badge': 'as\n\nIngest\nAPP  09:15\nthen\nBOT 10:20', 'announced': 'A poem by Ann Lee\nAnn Lee\n 09:15\nA song by Bo Kim\nBo Kim\n 09:16', 'listing': '\n'.join(f'{n}  line' for n in range(1, 40)),
          'tagged': '<conversation>\n<message from="user">hi</message>\n<message from="assistant">ho</message>\n</conversation>', 'subtitles': '1\n00:00:01,000 --> 00:00:02,000\nAnn: hello\n\n2\n00:00:02,000 --> 00:00:04,000\nBo: hi',
          'lyrics': 'Sure\n[00:12]\nLa la\n[00:15]\nLo lo'}

@pytest.mark.parametrize('kind', STANDS)
@pytest.mark.parametrize('ask,say', [('User:', 'Assistant:'), ('**User:**', '**Assistant:**'), ('[2024-03-12 09:15] User:', '[2024-03-12 09:15] Assistant:')])
def test_what_looks_like_a_chat_in_an_answer_stays(kind, ask, say, tmp_path):
    (tmp_path/'chat.txt').write_text(f'{ask} list it\n{say} Here:\n\n{STANDS[kind]}\n{ask} ok\n{say} yes\n')
    got = extract(tmp_path/'chat.txt')
    assert [m.content for c in got.conversations for m in c.messages] == ['list it', f'Here:\n\n{STANDS[kind]}', 'ok', 'yes'] and not got.findings

@pytest.mark.parametrize('word', ['Chapter', 'Step', 'Round', 'Question'])
@pytest.mark.parametrize('sep', ['\n', '\n\n'])
def test_counts_that_somebody_says_stay(word, sep, tmp_path):
    (tmp_path/'chat.txt').write_text(f'User: next\nAssistant: This one.{sep}{word} 1\nUser: next\nAssistant: This one.{sep}{word} 2\nUser: done\nAssistant: Yes.\n')
    got = extract(tmp_path/'chat.txt')
    assert [m.content for c in got.conversations for m in c.messages] == ['next', f'This one.{sep}{word} 1', 'next', f'This one.{sep}{word} 2', 'done', 'Yes.'] and len(got.conversations) == 1

def test_what_was_thought_is_part_of_the_answer(tmp_path):
    said = '<think>\nUser: One? is short.\nAssistant: yes\n</think>\nYes.'
    (tmp_path/'chat.txt').write_text(f'User: One?\nAssistant: {said}\nUser: Two?\nAssistant: No.\n')
    got = extract(tmp_path/'chat.txt')
    assert [m.content for m in got.conversations[0].messages] == ['One?', said, 'Two?', 'No.'] and 'label-in-thought' in {f.code for f in got.findings}

KEPT = ['9:15', 'at:\n9:15', 'I stand by me', '> a quotation\nUser said it', '10:00 - 11:00 walk', 'Total 3', '1\n2\n3', '| a | b |\n|---|---|\n| 1 | 2 |', 'a\tb\tc\n1\t2\t3']

@pytest.mark.parametrize('said', KEPT)
def test_what_somebody_said_stays(said, tmp_path):
    (tmp_path/'chat.txt').write_text(f'User: {said}?\nAssistant: {said}\n\nUser: Two?\nAssistant: {said}\n\nUser: Three?\nAssistant: No.\n')
    got = extract(tmp_path/'chat.txt')
    assert [m.content for c in got.conversations for m in c.messages] == [f'{said}?', said, 'Two?', said, 'Three?', 'No.'] and not got.findings


# Marks of any kind, frames around quoted talks, heads, fences

ASKED = [('user', 'Is the blue jacket there?'), ('assistant', 'Yes, in M and L.\n\nShall I put one aside?'), ('user', 'M please.'), ('assistant', 'Done.'), ('user', 'Is it warm?'), ('assistant', 'Very.')]
DRESSES = ['***{}:*** ', '#### **{}**\n', '({i}) {}: ', '### {i}. {}\n\n', '**[{}]**\n', '~{}~ ', '#{}: ', '{{{}}}: ', '"{}": ', '`{}`\n', '【{}】', '「{}」 ', '> **{}**\n\n', '🙂 **{}**\n\n', 'Role: {}\n', '## Role: {}\n\n',
          '**Role:** {}\n**Content:** ', 'Sender: {}\nMessage: ', '{}\u00a0: ', '<b>{}:</b> ', '=== {} ===\n', '{} | ', '*{}*: ']

@pytest.mark.parametrize('names', [('User', 'Assistant'), ('Ann Lee', 'Bob')])
@pytest.mark.parametrize('way', DRESSES)
def test_a_name_between_marks_of_any_kind(way, names, tmp_path):
    path = tmp_path/'chat.md'
    path.write_text('\n\n'.join(way.format(names[r == 'assistant'], i=i + 1) + t for i,(r,t) in enumerate(ASKED)) + '\n')
    try: got = extract(path)
    except TranscriptError: got = extract(path, **extract(path, suggest=True).patterns)
    assert [(m.role, m.content) for c in got.conversations for m in c.messages] == ASKED

INNER = {'scene': 'A scene:\n\nANNA: Who is there?\nOLE: Me.\nANNA: Come in.\nOLE: Thanks.', 'faq': 'Q: What is it?\nA: An egg.\n\nQ: Why?\nA: Because.', 'needs': 'System requirements: none.\nTools: a hammer.',
         'settings': 'steps:\n  - run: ls\n  - user: root\n    system: linux', 'prompt': 'Human: hi\nAI: hello\nHuman: bye\nAI: bye'}
FRAMES = ['{}\n', '{i}. {}: ', '**{}**\n\n', '{}  9:0{i} AM\n', '[2024-05-01 09:0{i}] {}: ']

@pytest.mark.parametrize('way', FRAMES)
@pytest.mark.parametrize('kind', INNER)
def test_a_talk_inside_an_answer_is_part_of_it(kind, way, tmp_path):
    turns = [*ASKED[:3], ('assistant', f'So:\n\n{INNER[kind]}'), *ASKED[4:]]
    path = tmp_path/'chat.txt'
    path.write_text('\n\n'.join(way.format(('User', 'ChatGPT')[r == 'assistant'], i=i + 1) + t for i,(r,t) in enumerate(turns)) + '\n')
    try: got = extract(path)
    except TranscriptError: got = extract(path, **extract(path, suggest=True).patterns)
    assert [(m.role, m.content) for c in got.conversations for m in c.messages] == turns

def test_where_each_label_has_a_time_one_without_is_quoted(tmp_path):
    (tmp_path/'chat.txt').write_text(''.join(f'12/03/2021, 14:0{i} - {n}: turn {i}, you see?\n' for i,n in enumerate(['Ann', 'Bob']*3)) + '12/03/2021, 14:09 - Ann: I asked:\nAnn: green?\nBob: no\n')
    got = extract(tmp_path/'chat.txt', user=['Ann:'], assistant=['Bob:'])
    assert got.conversations[0].messages[-1].content == 'I asked:\nAnn: green?\nBob: no' and [f.code for f in got.findings] == ['other-labels']

@pytest.mark.parametrize('first,second', [('ID: 17', 'ID: 18'), ('2024-05-01', '2024-05-02'), ('Topic: jackets', 'Topic: trousers'), ('Session: abc1', 'Session: def2'), ('Call 1 of 2', 'Call 2 of 2'), ('Ticket #4711', 'Ticket #4712'), ('对话 1', '对话 2'),
                                          ('=== BEGIN ===', '=== BEGIN ==='), ('', '<|endoftext|>'), ('', '##########')])
def test_a_head_that_comes_again_begins_a_conversation(first, second, tmp_path):
    talk = '\n\n'.join(f'{r.title()}: {t}' for r,t in ASKED)
    (tmp_path/'chat.txt').write_text(f'{first}\n\n{talk}\n\n{second}\n\n{talk}\n')
    assert [[(m.role, m.content) for m in c.messages] for c in extract(tmp_path/'chat.txt').conversations] == [ASKED, ASKED]

@pytest.mark.parametrize('front,end', [('Note: take 2', 'Note: take 3 pills.'), ('Ann: part 1.', 'Ann: part 2.'), ('', 'ID: 18'), ('ID: 17', 'ID: 3\nID: 4')])
def test_an_answer_that_ends_like_a_head_keeps_its_end(front, end, tmp_path):
    (tmp_path/'chat.txt').write_text(f'{front}\n\nUser: One?\nAssistant: So.\n\n{end}\nUser: Two?\nAssistant: No.\n')
    got = extract(tmp_path/'chat.txt').conversations
    assert [m.content for c in got for m in c.messages] == ['One?', f'So.\n\n{end}', 'Two?', 'No.']

@pytest.mark.parametrize('ask,say', [('User:', 'Assistant:'), ('**User:**', '**Assistant:**'), ('Ann:', 'Bob:')])
@pytest.mark.parametrize('mark', ['', '1. ', '- '])
def test_code_that_begins_on_the_line_of_a_label_ends_where_it_ends(ask, say, mark, tmp_path):
    turns = ['Sort it, please?', f'{mark}```python\nsorted(x)\n```', 'And turned?', f'{mark}```python\nx[::-1]  # User: no\n```\nA copy.', 'Thanks', 'See:\n\n```\nUser: no turn\n```']
    path = tmp_path/'chat.md'
    path.write_text('\n\n'.join(f'{(ask, say)[i % 2]} {t}' for i,t in enumerate(turns)) + '\n')
    try: got = extract(path)
    except TranscriptError: got = extract(path, **extract(path, suggest=True).patterns)
    assert [m.content for m in got.conversations[0].messages] == turns

def test_systems_and_tools_under_longer_names(tmp_path):
    (tmp_path/'chat.md').write_text('**System Prompt:** Be kind.\n\n**User:** How warm?\n\n**Assistant:** I look.\n\n**Tool Result:** 5\n\n**Assistant:** 5. Tool tips:\n\nTool kit: a saw\n\n**User:** ok\n\n**Assistant:** yes\n')
    got = extract(tmp_path/'chat.md').conversations[0].messages
    assert [(m.role[0], m.content) for m in got] == [('s', 'Be kind.'), ('u', 'How warm?'), ('a', 'I look.'), ('t', '5'), ('a', '5. Tool tips:\n\nTool kit: a saw'), ('u', 'ok'), ('a', 'yes')]

def test_indentation_around_turns_and_below_them(tmp_path):
    lines = [f'{r.title()}: {t}'.split('\n') for r,t in ASKED]
    for front,below in (('    ', '    '), ('- ', '  '), ('* ', '  ')):
        (tmp_path/'chat.md').write_text('\n'.join(front + f'\n{below}'.join(l) for l in lines).replace(f'\n{below}\n', '\n\n') + '\n')
        assert [(m.role, m.content) for m in extract(tmp_path/'chat.md').conversations[0].messages] == ASKED

def test_a_recording_whose_clock_is_written_every_five_minutes(tmp_path):
    said = [f'turn {i}, you see?' for i in range(9)]
    (tmp_path/'meet.txt').write_text('Ann, Bob\n' + ''.join(f'\n00:{i//3*5:02}:00\n'*(i % 3 == 0) + f'{("Ann", "Bob")[i % 2]}: {t}\n' for i,t in enumerate(said)))
    assert [m.content for m in extract(tmp_path/'meet.txt', user=['Ann:'], assistant=['Bob:']).conversations[0].messages] == said

def test_objections_under_oath_are_nobodys_answer(tmp_path):
    (tmp_path/'oath.txt').write_text('Q. Where were you?\nA. At home.\nMS. RAY: Objection. Vague.\nTHE COURT: Sustained.\nQ. Where at ten?\nA. At home, I said.\n')
    got = extract(tmp_path/'oath.txt', **extract(tmp_path/'oath.txt', suggest=True).patterns)
    assert [m.content for m in got.conversations[0].messages] == ['Where were you?', 'At home.', 'Where at ten?', 'At home, I said.'] and [f.code for f in got.findings] == ['other-speakers']

WRAPPED = {'wrapped': '<conversation>{}</conversation>', 'roles': '<conversation>{}</conversation>', 'sms': '<smses>{}</smses>'}

@pytest.mark.parametrize('kind', WRAPPED)
def test_xml_that_names_speakers_otherwise(kind, tmp_path):
    one = {'wrapped': '<message role="{r}"><text>{t}</text></message>', 'roles': '<{r}>{t}</{r}>', 'sms': '<sms address="+47 9" date="{i}" type="{k}" body="{x}" contact_name="Ann"/>'}[kind]
    (tmp_path/'x.xml').write_text(WRAPPED[kind].format(''.join(one.format(r=r, t=t, x=t.replace('\n', '&#10;'), i=i, k=1 + (r == 'assistant')) for i,(r,t) in enumerate(ASKED))))
    got = extract(tmp_path/'x.xml', **({'user': ['Ann:'], 'assistant': ['Me:']} if kind == 'sms' else {}))
    assert [(m.role, m.content) for m in got.conversations[0].messages] == ASKED


# No talk, a third in a talk of users and assistants, and borders of several kinds

def read(tmp_path, text, **named):
    (tmp_path/'chat.md').write_text(text)
    got = extract(tmp_path/'chat.md', **named)
    return [[m.content for m in c.messages] for c in got.conversations], [f.code for f in got.findings]

@pytest.mark.parametrize('text', ['User: a person who waits.\nAssistant: a person who helps.\n', '**User**: the one who signs.\n\n**Assistant**: the program that answers.\n\n**Account**: a record.\n',
                                  'User: {question}\nAssistant: {answer}\n', '## User\n\nHolds an account.\n\n## Assistant\n\nHolds a key.\n'])
def test_terms_and_forms_are_said(text, tmp_path): assert read(tmp_path, text)[1] == ['no-talk']

@pytest.mark.parametrize('text', ['User: the capital of Peru\nAssistant: Lima\n', 'User: a word for the person who repairs shoes\nAssistant: Cobbler.\n', 'Human: The owl is gone.\nAI: A ranger who saw it waits.\n'])
def test_a_short_talk_is_no_list(text, tmp_path): assert read(tmp_path, text)[1] == []

@pytest.mark.parametrize('line, heard', [('Supervisor: Please check the date.', True), ('Maria: I am here as well!', True), ('Prof. Berg: I see two.', True), ('Tip: You can wait.', False), ('Caveat: You pay.', False), ('German: Wie geht es dir?', False)])
def test_a_third_is_heard_among_user_and_assistant(line, heard, tmp_path):
    talk = f'User: One?\nAssistant: Yes.\n{line}\nUser: Hi Maria, two?\nAssistant: No.\n'
    assert ('unnamed-speakers' in read(tmp_path, talk)[1]) == heard
    assert read(tmp_path, 'User: Who wrote this?\nManager: Send me the file!\nAssistant: A manager.\n')[1] == []   # a prompt quotes

def test_what_stands_between_all_turns_ends_none(tmp_path):
    turn = 'User: {0}?\n\n---\n\nAssistant: {0}.\n\n'
    assert read(tmp_path, turn.format('A') + '---\n\n' + turn.format('B'))[0] == [['A?', 'A.', 'B?', 'B.']]
    for border in ('***', '────', '<hr>', '# Two'): assert read(tmp_path, turn.format('A') + border + '\n\n' + turn.format('B'))[0] == [['A?', 'A.'], ['B?', 'B.']], border
