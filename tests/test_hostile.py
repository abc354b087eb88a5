"""What becomes of a reader when it is given hostile files, in a process that is watched.

A short choice runs with every test; `make torture` runs the whole: `FORGE_TORTURE=1`.
"""
import base64, io, json, os, socket, subprocess, sys, threading, zipfile
from pathlib import Path

import pytest
from conftest import QUIET, ROOT

sys.path.insert(0, str(ROOT/'tests'/'hostile'))
from make import FILES, good_pdf, make  # noqa: E402
from torture import note  # noqa: E402

LONG = bool(os.environ.get('FORGE_TORTURE'))
SECONDS, MB = 30, 1024

@pytest.fixture(scope='module')
def campaign(tmp_path_factory):
    "Read them all; what was said of each, the files, and who called"
    top = tmp_path_factory.mktemp('hostile')
    canary, called = top/'private.txt', []
    canary.write_text('canary-7f3a')
    with socket.create_server(('127.0.0.1', 0)) as ear:
        def listen() -> None:
            while True:
                try: called.append(ear.accept()[1])
                except OSError: return
        threading.Thread(target=listen, daemon=True).start()
        files = make(top/'files', f'http://127.0.0.1:{ear.getsockname()[1]}/', str(canary), LONG)
        (top/'files'/'~ a good one.pdf').write_bytes(good_pdf())
        r = subprocess.run([sys.executable, ROOT/'tests'/'hostile'/'read.py', top/'files'], cwd=ROOT, env={**QUIET, 'PYTHONPATH': str(ROOT)},
                           capture_output=True, text=True, timeout=1200)
    assert r.returncode == 0, r.stderr[-2000:]
    said = {s['name']: s for s in map(json.loads, r.stdout.splitlines())}
    worst = max(said.values(), key=lambda s: s['seconds'])
    print(f'{len(files)} hostile files, {len(said)-1} survived, worst {worst["seconds"]} s ({worst["name"]}), '
          f'{max(s["mb"] for s in said.values())} MB and {max(s["reader_mb"] for s in said.values())} MB in the reader')
    return said, files, called, top

def test_every_file_is_survived(campaign):
    said, files, _, _ = campaign
    assert len(FILES) >= 60 and len(files) >= 60
    assert {p.name for p in files} <= set(said)
    assert all(s['documents'] or s['drops'] for s in said.values()), 'something vanished without a reason'
    assert said['~ a good one.pdf']['documents'] == 1, 'after all that, a good file is read'

def test_no_file_costs_too_much(campaign):
    said = campaign[0].values()
    assert not [(s['name'], s['seconds'], s['worked']) for s in said if min(s['seconds'], s['worked']) > SECONDS], 'on a busy machine work takes longer than a clock shows'
    assert not [(s['name'], s['mb'], s['reader_mb']) for s in said if s['mb'] + s['reader_mb'] > MB]
    note('hostile files', tries=len(said)-1, stopped=sum(not s['documents'] for s in said), lost=0, completed=len(said)-1,
         worst_seconds=max(s['seconds'] for s in said), most_mb=max(s['mb'] + s['reader_mb'] for s in said))

WHY = {'pdf forms in forms.pdf': 'too large', 'pdf bomb of text.pdf': 'too large', 'html sixteen million paragraphs.html': 'too large', 'docx 100000 deep.docx': 'unreadable',
       'docx cut.docx': 'truncated', 'docx laughs.docx': 'unreadable', 'pdf locked.pdf': 'encrypted', 'text any bytes.txt': 'binary', 'zip cut.zip': 'truncated'}

@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='elsewhere memory is not limited, or not told')
def test_a_reason_is_the_right_one(campaign):
    said = campaign[0]
    assert {n: [d.split(':')[0] for d in said[n]['drops']] for n in WHY} == {n: [why] for n,why in WHY.items()}
    assert said['pdf scattered.pdf']['documents'] == said['html drawings in drawings.html']['documents'] == 1
    assert not [s['name'] for s in said.values() if any('Error:' in d for d in s['drops'])], 'words of a library in place of a reason'

def test_nothing_outside_the_document_is_read_written_or_called(campaign):
    said, files, called, top = campaign
    assert not called, 'somebody called'
    assert not [s['name'] for s in said.values() if s['leaked']]
    assert {p.name for p in (top/'files').iterdir()} == set(said) and {p.name for p in top.iterdir()} == {'files', 'private.txt'}
    assert not Path('/tmp/forge_nb_escaped.md').exists()

# Places instead of files

@pytest.mark.skipif(os.name != 'posix', reason='pipes, sockets and devices are files on POSIX only')
def test_places_that_are_no_files(tmp_path):
    "A pipe, a socket, a loop, a file nobody may read, a name of no encoding: each one drop, and the good file is read"
    from forge_nb.documents import REASONS, read_documents
    os.mkfifo(tmp_path/'pipe.md')
    s = socket.socket(socket.AF_UNIX); s.bind(str(tmp_path/'socket.md'))
    (tmp_path/'loop.md').symlink_to('loop.md'); (tmp_path/'gone.md').symlink_to('nowhere'); (tmp_path/'zero.md').symlink_to('/dev/zero')
    (tmp_path/'around').symlink_to('.')
    (tmp_path/'closed.md').write_text('secret'); (tmp_path/'closed.md').chmod(0)
    (tmp_path/'nothing.md').touch()
    (tmp_path/'owl.md').write_text('The owl waits.')
    odd = os.fsencode(tmp_path) + b'/owl \xff\xfe.md'
    with open(odd, 'w') as f: f.write('The other owl waits.')
    drops = []
    docs = list(read_documents(tmp_path, drops=drops))
    s.close()
    names = {d.source for d in docs} - {'closed.md'}          # root may read it
    assert names == {'owl.md', 'owl \ufffd\ufffd.md'}
    assert {d.source: d.reason for d in drops if d.source != 'closed.md'} == {**dict.fromkeys(('pipe.md', 'socket.md', 'loop.md', 'gone.md', 'zero.md', 'around'), 'unreadable'), 'nothing.md': 'empty'}
    assert {d.reason for d in drops} <= set(REASONS)

def test_a_file_that_changes_and_a_folder_that_goes(tmp_path):
    from forge_nb.documents import list_sources, read_documents
    from forge_nb.parsers import _bytes
    growing = tmp_path/'log.txt'
    growing.write_text('The owl waits.\n'*1_000_000)
    with subprocess.Popen([sys.executable, '-uc', f"f = open({str(growing)!r}, 'a')\nwhile True: f.write('It waits.' + chr(10)); f.flush()"]) as writer:
        try: seen = [_bytes(str(growing), 1<<30, tries=1) for _ in range(60)]
        finally: writer.kill()
    assert all(isinstance(s, bytes) or s == dict(drop='unreadable', detail='it was changed while it was read') for s in seen)
    assert any(isinstance(s, dict) for s in seen), 'a growing file was never noticed'
    growing.write_text('The owl waits.')
    (tmp_path/'a').mkdir(); (tmp_path/'a'/'owl.md').write_text('The owl.'); (tmp_path/'b.md').write_text('The mouse.')
    drops = []
    reading = read_documents(tmp_path, drops=drops)
    (tmp_path/'a'/'owl.md').unlink(); (tmp_path/'a').rmdir()
    assert [d.source for d in reading] == ['b.md', 'log.txt'] and [d.reason for d in drops] == ['unreadable']
    assert len(list_sources(tmp_path)) == 2

# Each kind of file, its verdict, and no false alarm

OWL = 'The owl waits in the old oak. “Smart quotes” – très bien, naïve café; Größe, Straße.\n'
POLISH = 'Zażółć gęślą jaźń. Sowa czeka na dębie. Mysz czeka dłużej. Ścieżka, źródło, łódź.\n'
RUSSIAN, KANA = 'Сова ждёт на старом дубе. Мышь ждёт дольше.\n'*4, 'フクロウは樫の木で待っています。ネズミはもっと長く待っています。\n'*4
ROW = 'The owl waits in the old oak by the lake all night.'
book = lambda **kw: json.dumps(dict(nbformat=4, **kw))
GOOD = { # name → bytes, what must be read, what must have been recorded as mended
    'utf8.md': (OWL, OWL, []), 'bom.txt': ('\ufeff'+OWL, OWL, []), 'crlf.txt': (OWL.replace('\n', '\r\n'), OWL, ['newlines']),
    **{f'{e}{" marked"*bool(m)}.txt': (m+t.encode(e), t, []) for t in (OWL, RUSSIAN, KANA) for e,m in (
        ('utf-16-le', b''), ('utf-16-be', b''), ('utf-16-le', b'\xff\xfe'), ('utf-32-le', b'\xff\xfe\0\0'), ('utf-32-be', b''))},
    'stray.txt': ('The owl\0 waits.'+' It waits.'*20, 'The owl waits.'+' It waits.'*20, ['control']),
    'smart.txt': (OWL.encode('cp1252'), OWL, []), 'polish.txt': (POLISH.encode('cp1250'), POLISH, []), 'latin2.txt': (POLISH.encode('iso8859_2'), POLISH, []),
    'koi8.txt': (RUSSIAN.encode('koi8_r'), RUSSIAN, []), 'dos.txt': (RUSSIAN.encode('cp866'), RUSSIAN, []),
    'sjis.txt': (KANA.encode('shift_jis'), KANA, []), 'jis.txt': (KANA.encode('iso2022_jp'), KANA, []),
    'mojibake.txt': (OWL.encode().decode('latin-1'), OWL, ['mojibake']), 'lone cr.txt': ('The owl\rwaits.', 'The owl\nwaits.', ['newlines']),
    'colours.log': ('\x1b[32mINFO\x1b[0m the owl waits\n'*30, 'INFO the owl waits\n'*30, ['control']),
    'man page.txt': ('N\bNA\bAM\bME\bE\n  owl\n'*5, 'NAME\n  owl\n'*5, ['control']), 'pages.txt': ('One.\n\fTwo.\n', 'One.\n\fTwo.\n', []),
    'arabic.txt': ('البومة تنتظر في البلوط.\n', 'البومة تنتظر في البلوط.\n', []), 'joiners.txt': ('می‌خواهم 👨‍👩‍👧 नमस्ते\n', 'می‌خواهم 👨‍👩‍👧 नमस्ते\n', []),
    'text.pdf': (OWL, OWL, []), 'page.pdf': ('<html><body><p>The owl.</p></body></html>', 'The owl.', []), 'owl.pdf': (good_pdf(1), 'The owl waits on page 0.', []),
    'hidden.html': ('<html><head><script>x()</script></head><body><p>The owl.</p><p style="display: none">No.</p><p style="position:absolute; left:-9999px">No.</p>'
                    '<p style="opacity:0">It fades in.</p></body></html>', 'The owl.\n\nIt fades in.', ['invisible']),
    'declared.html': ('<html><head><meta charset="koi8-r"></head><body><p>Сова ждёт.</p></body></html>'.encode('koi8_r'), 'Сова ждёт.', []),
    'book.ipynb': (book(cells=[dict(cell_type='markdown', source=['# Owl\n', 'waits'])]), '# Owl\nwaits', []),
    'old.ipynb': (book(worksheets=[dict(cells=[dict(cell_type='code', input='owl()')])]), '```\nowl()\n```', []),
    'ruled.md': ('---\n\nThe owl waits.\n\n---\n\nMore.\n', '---\n\nThe owl waits.\n\n---\n\nMore.\n', []),
    'front.md': ('---\ntitle: Owl\ntags: [a]\n---\nIt waits.\n', 'It waits.\n', ['front matter']),
    'code.py': ('def owl():\n\treturn "hoo"\n', 'def owl():\n\treturn "hoo"\n', []), 'Makefile': ('all:\n\techo owl\n', 'all:\n\techo owl\n', []),
    'semicolons.csv': (f'id;text\n1;{ROW}\n', ROW, []), 'excel.csv': (f'sep=;\nid;text\n1;{ROW}\n', ROW, []), 'wide.csv': (f'id,text\n1,{ROW}\n'.encode('utf-16'), ROW, []),
    'lines.csv': (f'id,text\n1,"{ROW}\nAnd ""waits""."\n', f'{ROW}\nAnd "waits".', []), 'survey.csv': (f'id,How long does the owl wait in the oak?\n1,{ROW}\n', ROW, []),
    'wrapped.json': (json.dumps(dict(total=1, data=[dict(text=ROW)])), ROW, []), 'list.json': (json.dumps([dict(text=ROW)], indent=1), ROW, []),
    'settings.json': ('{"authors": [{"text": "owl"}], "n": 1}\n', '{"authors": [{"text": "owl"}], "n": 1}\n', []), 'addresses.json': ('[{"url": "https://owls.example/oak/1"}]\n', '[{"url": "https://owls.example/oak/1"}]\n', []),
    'remarks.md': ('<!-- toc -->\nIt waits<!-- long -->.\n\n```\n<!-- a -->\n```\n', 'It waits.\n\n```\n<!-- a -->\n```\n', ['invisible']),
    'letter.eml': (f'Subject: Owl\nContent-Transfer-Encoding: base64\n\n{base64.b64encode(OWL.encode()).decode()}\n', OWL.strip(), []), 'notes.eml': (OWL, OWL, []),
    'box.mbox': (f'From owl@oak Fri May  1 22:10:00 2026\nSubject: Owl\n\n>From here: {ROW}\n', f'From here: {ROW}', []), 'label.txt': ('Größe'.encode('mac_roman'), 'Größe', []),
    'a page.csv': (good_pdf(1), 'The owl waits on page 0.', []), 'outputs.ipynb': (book(cells=[dict(cell_type='code', source='owl()', outputs='torn')]), '```\nowl()\n```', []),
    'bom.jsonl': (f'\ufeff{json.dumps({"text": ROW})}\r\n', ROW, []), 'nan.jsonl': ('{"text": "%s", "x": NaN, "n": 123456789012345678901}\n' % ROW, ROW, []),
}
BAD = { # name → bytes, the reason
    'empty.txt': (b'', 'empty'), 'blank.md': (b' \n\t\n', 'empty'), 'only a mark.txt': (b'\xff\xfe', 'empty'), 'no cells.ipynb': (book(cells=[]), 'empty'),
    'no rows.csv': ('id,text\n', 'empty'), 'nothing.parquet': (b'', 'empty'), 'app.html': ('<html><body><div id=root></div><script>x</script></body></html>', 'empty'),
    'noise.txt': (bytes(range(256))*20, 'binary'), 'records.txt': (b'abc\0def some text '*50, 'binary'), 'parted.log': (b''.join(b'The owl waits, line %d\0' % i for i in range(99)), 'binary'), 'random.pdf': (bytes(range(128, 256))*20, 'unreadable'), 'short names.csv': ('1,hello world this is text\n2,another row of text\n', 'unreadable'), 'semi.csv': ('id;titel;inhalt\n1;A;B2\n', 'unreadable'),
    'chat.jsonl': ('{"messages":[{"role":"user","content":"hi"}]}\n', 'unreadable'), 'zeros.md': (b'The owl\0\0waits.\0\0\0'*99, 'binary'), 'picture.md': (b'\x89PNG\r\n\x1a\n' + bytes(range(256))*9, 'binary'),
    'half.pdf': (good_pdf(30)[:2000], 'truncated'), 'locked.pdf': (good_pdf(encrypt='x'), 'encrypted'), 'torn.ipynb': ('{"cells": [{"cell_type": "mark', 'unreadable'),
    'owl.1': ('.TH OWL 1\n.SH NAME\nowl\n', 'unknown type'), 'cut.rtf': (r'{\rtf1\ansi The owl waits.', 'truncated'), 'no text.rtf': (r'{\rtf1\ansi{\*\unknown x}}', 'empty'), 'owl.xyz': (OWL, 'unknown type'), 'no names.csv': (f'1,{ROW}\n2,{ROW} b\n', 'unreadable'),
    'commas.csv': (b','*300_000 + b'\n', 'too large'), 'a database.csv': (b'SQLite format 3\0' + bytes(range(99)), 'binary'), 'a part.ipynb': (book(cells=[dict(cell_type='code', source={'a': 1})]), 'unreadable'),
    'numbers.csv': ('a,b\n1,2\n', 'unreadable'), 'open quote.csv': (f'id,text\n1,"{ROW}\n2,{ROW}\n', 'truncated'), 'wide.jsonl': ('{"text": "owl"}\n'.encode('utf-16'), 'unreadable'),
    'chat.json': ('[{"messages":[{"role":"user","content":"hi"}]}]', 'unreadable'), 'torn.mbox': ('The owl waits.\n', 'unreadable'), 'attached.eml': ('Subject: Owl\nContent-Type: application/pdf\n\nx', 'empty'),
    'list.jsonl': ('[{"text": "owl"},\n{"text": "b"}]', 'unreadable'), 'noise.parquet': (b'PAR1' + bytes(99), 'truncated'),
}

def _read_alone(path:Path, data:str|bytes) -> tuple[list,list]:
    from forge_nb.documents import DocumentError, read_documents
    from forge_nb.tables import ROWS, folder_rows
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    drops, docs = [], []
    try: docs = list(read_documents(path, drops=drops, rows=dict.fromkeys(ROWS, folder_rows)))
    except DocumentError: assert drops
    return docs, drops

@pytest.mark.parametrize('name', GOOD)
def test_a_good_file_is_read_without_a_word(name, tmp_path):
    from forge_nb.desk import _repairs
    data, text, mended = GOOD[name]
    docs, drops = _read_alone(tmp_path/name, data)
    assert [d.text for d in docs] == [text] and not drops
    assert docs[0].meta['cleaned'] == mended
    assert {f.verdict for f in _repairs(docs[0].source, docs[0].meta)} <= {'repair'}, 'a warning about a good file'

@pytest.mark.parametrize('name', BAD)
def test_a_bad_file_is_one_drop_with_its_reason_and_a_remedy(name, tmp_path):
    from forge_nb.documents import drop_finding
    data, reason = BAD[name]
    docs, drops = _read_alone(tmp_path/name, data)
    assert (docs, {d.reason for d in drops}) == ([], {reason})
    for f in map(drop_finding, drops): assert f.file.startswith(name) and f.message and f.remedy and f.verdict in ('warn', 'refuse')

# What a file holds is read, or its absence is said

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:m="m" xmlns:mc="mc" xmlns:v="v"'

def word(body:str, **parts:str) -> bytes:
    import docx
    docx.Document().save(plain := io.BytesIO())
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out := io.BytesIO(), 'w') as new:
        for n in old.namelist():
            if n != 'word/document.xml': new.writestr(n, old.read(n))
        new.writestr('word/document.xml', f'<w:document {W}><w:body>{body}</w:body></w:document>')
        for n,x in parts.items(): new.writestr(f'word/{n}.xml', f'<w:x {W}>{x}</w:x>')
    return out.getvalue()

def epub(*members:tuple[str,str], spine:str) -> bytes:
    with zipfile.ZipFile(out := io.BytesIO(), 'w') as z:
        z.writestr('META-INF/container.xml', '<c><rootfile full-path="o/c.opf"/></c>')
        names = [f'<item id="i{k}" href="{h}"/><itemref idref="i{k}"/>' for k,h in enumerate(spine.split())]
        z.writestr('o/c.opf', f'<package>{"".join(names)}</package>')
        for n,t in members: z.writestr(n, f'<html><body><p>{t}</p></body></html>')
    return out.getvalue()

R, P = lambda t: f'<w:r><w:t xml:space="preserve">{t}</w:t></w:r>', lambda *x: f'<w:p>{"".join(x)}</w:p>'
def pdf(*pages:tuple[str,...]|str) -> bytes:
    from PIL import Image
    from reportlab.pdfgen.canvas import Canvas
    c = Canvas(out := io.BytesIO(), invariant=1)
    for lines in pages:
        if lines == 'scan': c.drawInlineImage(Image.new('RGB', (60, 80), 'grey'), 0, 0, 500, 700)
        else:
            for k,line in enumerate(lines): c.drawString(72, 700-15*k, line)
        c.showPage()
    c.save()
    return out.getvalue()

def ODF(body:str, **styles:str) -> str:
    own = ''.join(f'<s:style s:name="{n}"><s:text-properties s:{said}/></s:style>' for n,said in styles.items())
    return f'<office:document xmlns:office="o" xmlns:s="s">{own}<office:body>{body}</office:body></office:document>'
BOX = f'<w:txbxContent>{P(R("Box."))}</w:txbxContent>'
WHOLE = { # name → bytes, the text, codes of the findings
    'inserted.docx': (word(P(R('It must '), f'<w:ins>{R("not ")}</w:ins>', '<w:del><w:r><w:delText>always </w:delText></w:r></w:del>', R('burn.'))), 'It must not burn.', []),
    'controls.docx': (word(f'<w:sdt><w:sdtContent>{P(R("One "), "<w:sdt><w:sdtContent>", R("two "), "</w:sdtContent></w:sdt><w:smartTag>", R("three "), "</w:smartTag><w:fldSimple>", R("four"), "</w:fldSimple>")}</w:sdtContent></w:sdt>'), 'One two three four', []),
    'cells.docx': (word(f'<w:tbl><w:tr><w:sdt><w:sdtContent><w:tc>{P(R("a|b"))}</w:tc></w:sdtContent></w:sdt><w:tc><w:sdt><w:sdtContent>{P(R("c"))}</w:sdtContent></w:sdt></w:tc></w:tr></w:tbl>'), r'| a\|b | c |', []),
    'box.docx': (word(P(R('Owl.'), f'<w:r><mc:AlternateContent><mc:Choice>{BOX}</mc:Choice><mc:Fallback><v:p>{BOX}</v:p></mc:Fallback></mc:AlternateContent></w:r>')), 'Owl.\n\nBox.', []),
    'nested.docx': (word(f'<w:tbl><w:tr><w:tc>{P(R("a"))}<w:tbl><w:tr><w:tc>{P(R("b"))}</w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>'), 'a\n\nb', []),
    'signs.docx': (word(P(R('a'), '<w:r><w:tab/></w:r>', R('b'), '<w:r><w:br/></w:r>', R('c'), '<w:r><w:noBreakHyphen/></w:r>', R('d'), '<m:oMath><m:r><m:t>=x²</m:t></m:r></m:oMath>')), 'a b\nc-d=x²', []),
    'notes.docx': (word(P(R('Owl'), '<w:r><w:endnoteReference w:id="3"/></w:r>'), endnotes=f'<w:endnote w:id="3">{P(R("Note."))}</w:endnote>'), 'Owl[^1]\n\n[^1]: Note.', []),
    'hidden.docx': (word(P(R('Owl'), '<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>', '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>s</w:t></w:r>')), 'Owls', []),
    'framed.docx': (word(P(R('Owl.')), header1=P(R('Top secret')), comments=P(R('Why?'))), 'Owl.', ['left-out', 'running-headers']),
    'headed.docx': (word(P(R('Owl.')), header1=P(R('Annual report')), footer1=P(R('page'))), 'Owl.', ['running-headers']),
    'scanned.pdf': (pdf(('The owl waits.',), 'scan', (), ('The mouse waits.',)), 'The owl waits.\n\nThe mouse waits.', ['no-text']),
    'blank.pdf': (pdf(('The owl waits.',), ()), 'The owl waits.', []),
    'divided.pdf': (pdf(('Well-Known Owls',), ('A well-', 'known owl was main-', 'taining state-of-the-', 'art wings, http://owl.org/foo-', 'bar.')),
                    'Well-Known Owls\n\nA well-known owl was maintaining state-of-the-art wings, http://owl.org/foo-bar.', []),
    'two texts.csv': ('summary,answer,score\nOn what a quay is,A place for ships to land.,3\n', 'A place for ships to land.', ['columns']),
    'asked.csv': ('question,answer,score\nWhat is a quay?,A place for ships to land.,3\n', 'What is a quay?\n\nA place for ships to land.', []),
    'gefragt.csv': ('Nr;Frage;Antwort\n1;Wann wird angelegt?;Um neun.\n', 'Wann wird angelegt?\n\nUm neun.', []),
    'letter.rtf': (r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\pard\outlinelevel0 Owls\par\pard It waits\'85 {\v not shown}{\super\chftn}{\footnote For years.}\par}",
                   '# Owls\n\nIt waits… [^1]\n\n[^1]: For years.', []),
    'paged.txt': ('\f\n'.join(f'Owls    2026\n\nThe owl number {n}.\n\n\nIda        [Page {n}]\n' for n in (1, 2, 3)), 'The owl number 1.\n\nThe owl number 2.\n\nThe owl number 3.\n', ['running-headers']),
    'named.txt': ('\f\n'.join(f'The Owls of Solt\n\n\nThe owl number {n}.\n\n\n{n}\n' for n in (1, 2, 3)), 'The Owls of Solt\n\n\nThe owl number 1.\n\nThe owl number 2.\n\nThe owl number 3.\n', ['running-headers']),
    'raw.ipynb': (json.dumps(dict(nbformat=4, cells=[dict(cell_type='raw', source='---\ntitle: Owls\n---'), dict(cell_type='markdown', source='They wait. <!-- long -->')])), 'They wait. ', []),
    'flat.fodt': (ODF('<s:p>Owls <s:span s:style-name="T1">secretly </s:span>wait 10<s:span s:style-name="T2">3</s:span> days.</s:p>', T1='display="none"', T2='text-position="super 58%"'), 'Owls wait 10^3 days.', []),
    'marked.epub': (epub(('o/1.xhtml', 'Owls.<a role="doc-noteref" href="#n">1</a></p><p>1. Seen. <a href="#m">↩</a>'), spine='1.xhtml'), 'Owls.^1\n\n1. Seen.', []),
    'titled.csv': (f'id,title,text,lang\n1,The owl in the oak,{ROW},en\n', ROW, []),
    'advice.html': ('<html><body><aside>Other pages</aside><main><p>Saw.</p><aside>Wear gloves.</aside></main></body></html>', 'Saw.\n\nWear gloves.', []),
    'warned.html': ('<html><body><p>10<sup>6</sup> owls, H<sub>2</sub>O, the 1<sup>st</sup>.</p><aside class="warning">Unplug.</aside><ol start="3"><li>x<li>y</ol></body></html>',
                    '10^6 owls, H_2O, the 1st.\n\nUnplug.\n\n3. x\n4. y', []),
    'typed.html': ('<!DOCTYPE x [<!ENTITY e "f">]><html><head><style>p {}</style></head><body><style>q {}</style><p>Owl.</p></body></html>', 'Owl.', []),
    'linked.epub': (epub(('o/1 x.xhtml', 'One.'), ('t/2.xhtml', 'Two.'), spine='1%20x.xhtml ../t/2.xhtml'), 'One.\n\nTwo.', []),
    'torn.epub': (epub(('o/1.xhtml', 'One.'), spine='1.xhtml 2.xhtml'), 'One.', ['missing']),
}

@pytest.mark.parametrize('name', WHOLE)
def test_what_a_file_holds_is_read_or_said(name, tmp_path):
    from forge_nb.desk import _repairs
    data, text, codes = WHOLE[name]
    docs, drops = _read_alone(tmp_path/name, data)
    assert [d.text for d in docs] == [text] and not drops
    found = list(_repairs(docs[0].source, docs[0].meta))
    assert [f.code for f in found] == codes and all(f.message and f.remedy and f.file == name for f in found)

def test_a_bomb_in_an_archive_is_lost_alone_and_remedies_fit(tmp_path):
    from forge_nb.documents import drop_finding
    with zipfile.ZipFile(tmp_path/'a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('owl.md', ROW); z.writestr('bomb.txt', bytes(65<<20)); z.writestr('mouse.md', OWL)
    docs, drops = _read_alone(tmp_path/'a.zip', (tmp_path/'a.zip').read_bytes())
    assert [d.source for d in docs] == ['a.zip/owl.md', 'a.zip/mouse.md']
    assert [(d.source, d.reason) for d in drops] == [('a.zip/bomb.txt', 'too large')] and 'split' in drop_finding(drops[0]).remedy
    for name,word in {'semi.csv': '--text-column', 'short names.csv': 'names above', 'random.pdf': 'ending', 'chat.jsonl': 'forge convert'}.items():
        assert word in drop_finding(_read_alone(tmp_path/name, BAD[name][0])[1][0]).remedy
