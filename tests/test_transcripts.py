"Chats as people paste them, and what is no chat"
import json

import pytest

from forge_nb.labels import TranscriptError
from forge_nb.suggestions import suggest
from forge_nb.transcripts import extract

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
