"What a practitioner's own tools do to a table on its way, and what a folder of theirs holds, through the public functions"
import gzip, os, re, zipfile

import pytest

OWL = 'The owl waits in the oak. She has waited there since the light went. A mouse waits longer. In winter the owl eats beetles.\n\n'

@pytest.fixture(scope='module')
def base(tmp_path_factory):
    from forge_nb.adding import add
    from forge_nb.kb import KB
    at = tmp_path_factory.mktemp('base')
    (at/'owl.md').write_text('# The owl\n\n' + OWL*9)
    add(at/'kb.sqlite', at/'owl.md', max_tokens=40, overlap=12)
    with KB(at/'kb.sqlite') as kb: yield kb

EVERYWHERE = {'capitals': str.upper, 'titles': str.title, 'a letter': lambda s: s.replace('o', '0'),
    'a word before': lambda s: s.replace('owl', 'great owl'), 'a word behind': lambda s: re.sub(r'\bowl\b', 'owl bird', s),
    'fewer words': lambda s: s.replace('the owl eats', 'she eats'), 'none': lambda s: s, 'signs': lambda s: s.replace('.', '!')}

@pytest.mark.parametrize('name', EVERYWHERE)
def test_an_edit_of_every_row_is_an_edit_of_the_document(base, name):
    "Chunks overlap: what two of them show is edited once, and neither is refused"
    edit, table, was = EVERYWHERE[name], base.df(), next(base.documents()).text
    done = base.apply(table.assign(content=table.content.map(edit)))
    assert (next(base.documents()).text, done.refused) == (edit(was), ())
    if done.batch: base.undo()
    assert next(base.documents()).text == was

@pytest.mark.parametrize('spoil', [str.strip, str.rstrip, lambda s: s.replace('\n', '\r\n')])
def test_what_no_person_did_is_no_edit(base, spoil):
    table = base.df()
    assert base.apply(table.assign(content=table.content.map(spoil)).drop(columns='hash')).batch == 0

def _read(folder):
    from forge_nb.documents import document_findings, drop_finding, read_documents
    from forge_nb.tables import ROWS, folder_rows
    drops = []
    docs = {d.source: d for d in read_documents(folder, drops=drops, rows=dict.fromkeys(ROWS, folder_rows))}
    return docs, {d.source: drop_finding(d) for d in drops}, [f.code for d in docs.values() for f in document_findings(d.source, d.meta)]

def test_a_table_in_an_archive_is_read(tmp_path, monkeypatch):
    import io, tempfile
    (tmp_path/'tmp').mkdir(); (tmp_path/'in').mkdir(); monkeypatch.setattr(tempfile, 'tempdir', str(tmp_path/'tmp'))
    with zipfile.ZipFile(inner := io.BytesIO(), 'w') as z: z.writestr('deep.tsv', 'text\tid\nThe vole digs.\t7\n')
    with zipfile.ZipFile(tmp_path/'in/a.zip', 'w') as z:
        z.writestr('rows.csv', 'id,text\n1,The owl waits.\n'); z.writestr('owl.md', OWL); z.writestr('b.zip', inner.getvalue())
        z.writestr('../bad.parquet', b'PAR1 cut'); z.writestr('none.csv', 'id,text\n')
    (tmp_path/'in/rows.jsonl.gz').write_bytes(gzip.compress(b'{"text": "The mouse waits."}\n'))
    docs, drops, _ = _read(tmp_path/'in')
    assert {s: d.text for s,d in docs.items() if s != 'a.zip/owl.md'} == {
        'a.zip/rows.csv#1': 'The owl waits.', 'rows.jsonl.gz/rows.jsonl#1': 'The mouse waits.', 'a.zip/b.zip/deep.tsv#1': 'The vole digs.'}
    assert {s: f.code for s,f in drops.items()} == {'a.zip/bad.parquet#1': 'truncated', 'a.zip/none.csv': 'empty'}
    assert not any((tmp_path/'tmp').glob('tmp*'))

def test_a_table_in_an_archive_is_named_where_nobody_reads_rows(tmp_path):
    from forge_nb.documents import drop_finding, read_documents
    with zipfile.ZipFile(tmp_path/'a.zip', 'w') as z: z.writestr('rows.csv', 'id,text\n1,The owl waits.\n'); z.writestr('owl.md', OWL)
    drops = []
    assert [d.source for d in read_documents(tmp_path, drops=drops)] == ['a.zip/owl.md']
    assert 'unpack the archive' in drop_finding(drops[0]).remedy

def test_a_key_with_two_values_is_said_with_its_row(tmp_path):
    from forge_nb.documents import document_findings
    (tmp_path/'a.jsonl').write_text('{"text": "The owl.", "text": "The owl."}\n{"text": "The mouse.", "text": "The vole."}\n')
    docs, _, _ = _read(tmp_path)
    assert [(f.code, f.file, f.row) for d in docs.values() for f in document_findings(d.source, d.meta)] == [('key-twice', 'a.jsonl', 2)]

@pytest.mark.skipif(os.name == 'nt', reason='links need a right on Windows')
def test_a_link_that_leaves_its_folder_is_read_and_said(tmp_path):
    (tmp_path/'in').mkdir(); (tmp_path/'in/owl.md').write_text(OWL); (tmp_path/'out.md').write_text('The mouse.')
    (tmp_path/'in/link.md').symlink_to(tmp_path/'out.md')
    docs, drops, said = _read(tmp_path/'in')
    assert (set(docs), drops, said) == ({'owl.md', 'link.md'}, {}, ['linked'])

def test_a_foreign_base_with_nan_can_be_exported(tmp_path):
    import json, sqlite3
    from forge_nb.kb import KB
    db = sqlite3.connect(tmp_path/'f.sqlite')
    db.execute('CREATE TABLE rag_chunks(id INTEGER PRIMARY KEY, content TEXT, source TEXT, chunk_index INTEGER, metadata JSON)')
    db.execute("INSERT INTO rag_chunks VALUES (1, 'The owl.', 'owl', 0, ?)", (json.dumps({'score': float('nan')}),))
    db.commit(); db.close()
    with KB(tmp_path/'f.sqlite') as kb: kb.to_jsonl(tmp_path/'f.jsonl')
    assert json.loads((tmp_path/'f.jsonl').read_text())['meta'] == {'score': None}

LONG = 'The owl waits in the oak, and it waits long; then it flies.', 'It isn\'t awake by day, they say; it "sleeps".', 'The mouse waits longer, because it can.'
WAYS = {
    'apostrophes': lambda t: 'id,text\n' + ''.join(f"{i},'{x.replace(chr(39), chr(39)*2)}'\n" for i,x in enumerate(t)),
    'backslashes': lambda t: 'id,text\n' + ''.join(f'{i},"{x.replace(chr(34), chr(92) + chr(34))}"\n' for i,x in enumerate(t)),
    'tildes': lambda t: 'id~text\n' + ''.join(f'{i}~{x}\n' for i,x in enumerate(t)),
    'a title': lambda t: 'Owls of 2026\n\nid|text\n' + ''.join(f'{i}|{x}\n' for i,x in enumerate(t)),
    'tabs': lambda t: 'id\ttext\n' + ''.join(f'{i}\t"Huu." {x}\n' for i,x in enumerate(t)),
    'one column': lambda t: 'text\n' + ''.join(f'{x}\n' for x in t),
    'an end of its own': lambda t: 'id;text;\n' + ''.join(f'{i};"{x.replace(chr(34), chr(34)*2)}";;\n' for i,x in enumerate(t)),
    'ends that are left out': lambda t: 'id|text|note\n' + ''.join(f'{i}|{x}\n' for i,x in enumerate(t)),
    'Excel': lambda t: '\ufeffsep=;\r\nid;text\r\n' + ''.join(f'{i};"{x.replace(chr(34), chr(34)*2)}"\r\n' for i,x in enumerate(t))}

@pytest.mark.parametrize('way', WAYS)
def test_rows_are_whole_however_they_were_written(way, tmp_path):
    from forge_nb.tables import read_rows
    (tmp_path/'rows.csv').write_bytes(WAYS[way](LONG).encode())
    docs = list(read_rows(tmp_path/'rows.csv', drops=(drops := [])))
    assert [d.text.removeprefix('"Huu." ') for d in docs] == list(LONG) and not drops

@pytest.mark.parametrize('rows', [['Anna,"{}"', 'Ben,"{}"', 'Anna,"{}"'], ['2026-01-0{n},"{}"']*3, ['7,"{}"']*3])
def test_a_first_row_that_is_no_name_is_not_lost(rows, tmp_path):
    from forge_nb.tables import TableError, read_rows
    texts = 'The owl waits in the oak until dusk.', 'The mouse waits in the grass until dawn.', 'The fox goes home early, and hungry.'
    (tmp_path/'rows.csv').write_text('\n'.join(r.format(t, n=n) for n,(r,t) in enumerate(zip(rows, texts))) + '\n')
    with pytest.raises(TableError, match='write a line of names above it'): list(read_rows(tmp_path/'rows.csv'))
