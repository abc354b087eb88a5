"Tables on a real PostgreSQL server, started for the tests and thrown away; where it cannot be started, the skip says why"
import base64, os, shutil, socket, subprocess, traceback, tracemalloc
from pathlib import Path
from urllib.parse import quote

import pytest

from forge_nb.core import Tally
from forge_nb.databases import _forms, database_url, read_table
from forge_nb.tables import TableError

WRONG = 'Kö/nary&42+x'
sa = pytest.importorskip('sqlalchemy')

def _binaries() -> Path:
    "The folder of initdb, pg_ctl and postgres, newest first; PATH often holds links to some of them only"
    found = [Path(p).resolve().parent for p in [shutil.which('initdb')] if p]
    found += sorted(Path('/usr/lib/postgresql').glob('*/bin'), key=lambda p: p.parent.name.zfill(4), reverse=True)
    for folder in found:
        if all((folder/name).exists() for name in ('initdb', 'pg_ctl', 'postgres')): return folder
    pytest.skip('no initdb, pg_ctl and postgres on PATH or below /usr/lib/postgresql: install PostgreSQL to run this')

def _somebody() -> list[str]:
    "What to put in front of a command so that it does not run as root, which PostgreSQL refuses"
    if os.name != 'posix' or os.geteuid(): return []
    if not shutil.which('setpriv'): pytest.skip('PostgreSQL does not run as root, and there is no setpriv to become somebody else')
    return ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']

@pytest.fixture(scope='module')
def server(tmp_path_factory):
    "An address of a server with a password, on a port of its own"
    pytest.importorskip('psycopg', reason="the driver is missing: pip install 'forge_nb[postgres]'")
    bin, become = _binaries(), _somebody()
    top = tmp_path_factory.mktemp('postgres')
    if become:                       # pytest's folders are for their owner only
        import tempfile
        top = Path(tempfile.mkdtemp(prefix='pg'))
        os.chown(top, 65534, 65534)
    (top/'word').write_text('s3cret'); (top/'word').chmod(0o644)
    with socket.socket() as s: s.bind(('127.0.0.1', 0)); port = s.getsockname()[1]
    run = lambda *a: subprocess.run([*become, *map(str, a)], cwd=top, env={**os.environ, 'LC_ALL': 'C', 'HOME': str(top)}, capture_output=True, text=True, timeout=120)
    made = run(bin/'initdb', '-D', top/'data', '-U', 'owl', '--pwfile', top/'word', '-A', 'scram-sha-256', '-E', 'UTF8', '--no-sync')
    if made.returncode: pytest.skip(f'initdb refused: {made.stderr.strip().splitlines()[-1]}')
    options = f'-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={top} -c fsync=off -c log_statement=all'
    try:
        up = run(bin/'pg_ctl', '-D', top/'data', '-l', top/'log', '-w', '-o', options, 'start')
        assert up.returncode == 0, up.stderr + ((top/'log').read_text() if (top/'log').exists() else '')
        yield f'postgresql://owl:s3cret@127.0.0.1:{port}/postgres', top/'log', lambda: run(bin/'pg_ctl', '-D', top/'data', '-m', 'immediate', '-w', 'stop')
    finally:
        run(bin/'pg_ctl', '-D', top/'data', '-m', 'immediate', '-w', 'stop')
        shutil.rmtree(top, ignore_errors=True)

@pytest.fixture(scope='module')
def zoo(server):
    "Five thousand rows: Unicode, NULLs, a repeated text, and a table in a schema with a name that needs quotes"
    engine = sa.create_engine(database_url(server[0]))
    with engine.begin() as db:
        db.exec_driver_sql('CREATE TABLE animals(key int PRIMARY KEY, body text, seen timestamptz, tags text[], more jsonb, price numeric)')
        db.exec_driver_sql('''INSERT INTO animals SELECT i, CASE WHEN mod(i, 100) = 0 THEN NULL WHEN mod(i, 100) = 1 THEN 'Die Eule 🦉 wartet, schön.'
            ELSE 'Der Fuchs ' || i || ' — 狐狸 — ' || repeat('wartet nicht. ', 140) END,
            '2026-05-01 12:00+00', ARRAY['a', NULL], '{"n": 1}', 9.90 FROM generate_series(5000, 1, -1) i''')
        db.exec_driver_sql('CREATE SCHEMA "Old zoo"; CREATE TABLE "Old zoo"."Select"("From" text); INSERT INTO "Old zoo"."Select" VALUES (\'100%% of the owls: wait.\')')
    engine.dispose()
    return server[0]

def test_rows_come_whole_and_accounted_for(zoo):
    tally, drops = Tally(), []
    docs = list(read_table(zoo, 'animals', text='body', meta=None, tally=tally, drops=drops))
    assert len(docs) == 4901 and len(docs) + len(drops) == 5000
    assert {(r, sum(d.reason == r for d in drops)) for r in ('empty', 'duplicate')} == {('empty', 50), ('duplicate', 49)}
    assert docs[0].source == 'animals/1' and docs[0].text == 'Die Eule 🦉 wartet, schön.' and docs[1].source == 'animals/2' and '狐狸' in docs[1].text
    assert docs[0].meta['tags'] == ['a', None] and docs[0].meta['more'] == {'n': 1} and docs[0].meta['price'] == '9.90' and docs[0].meta['seen'].startswith('2026-05-01T')
    assert [r.gap for r in tally.rows] == [0, 0] and tally.rows[0].n_in == 5000
    assert [d.id for d in read_table(zoo, 'public.animals', text='body', name='animals')] == [d.id for d in docs]

def test_memory_is_flat_because_the_rows_stay_on_the_server(zoo, server):
    "Ten megabytes of text: a driver that fetched them at once would show"
    def peak(query:str) -> float:
        tracemalloc.start()
        try: return sum(1 for _ in read_table(zoo, query=query, text='body', id='key')), tracemalloc.get_traced_memory()[1]/1e6
        finally: tracemalloc.stop()
    few, many = peak('SELECT * FROM animals WHERE key <= 500'), peak('WITH a AS (SELECT * FROM animals) SELECT * FROM a;')
    assert few[0] > 400 and many[0] > 4900 and many[1] < few[1] + 1 and many[1] < 6, (few, many)
    assert 'FETCH FORWARD' in server[1].read_text() and 'DECLARE' in server[1].read_text()

def test_schemas_quotes_percent_and_colons(zoo):
    one, = read_table(zoo, 'Old zoo.Select', text='From')
    assert (one.source, one.text) == ('Old zoo.Select#1', '100% of the owls: wait.')
    got, = read_table(zoo, query="""SELECT "From" AS body FROM "Old zoo"."Select" WHERE "From" LIKE '%of the owls: w%'""", name='old', text='body')
    assert got.text == one.text

def test_nothing_can_be_written(zoo):
    "What the check of the words does not see, the read-only transaction refuses"
    engine = sa.create_engine(database_url(zoo))
    with engine.begin() as db: db.exec_driver_sql("CREATE FUNCTION burn() RETURNS text AS 'DELETE FROM animals; SELECT ''gone''::text' LANGUAGE sql")
    with pytest.raises(TableError, match='read-only transaction'): list(read_table(zoo, query='SELECT burn() AS body', text='body'))
    with pytest.raises(TableError, match='nothing is written'): list(read_table(zoo, query='WITH a AS (DELETE FROM animals RETURNING *) SELECT * FROM a'))
    with engine.connect() as db: assert db.exec_driver_sql('SELECT count(*) FROM animals').scalar() == 5000
    engine.dispose()

def _everything(do) -> str:
    "All that an error carries"
    with pytest.raises(TableError) as caught: list(do())
    out, e = [str(caught.value), repr(caught.value)], caught.value
    while e := e.__cause__ or e.__context__: out += [str(e), repr(e)]
    return '\n'.join(out)

def test_a_wrong_password_is_refused_without_being_told(zoo):
    told = _everything(lambda: read_table(zoo.replace('s3cret', quote(WRONG, safe='')), 'animals', text='body'))
    assert told.splitlines()[0].endswith("database 'postgres' refused the user, the password or the token; check them")
    url = database_url(zoo).set(password=WRONG)
    for bad in (url, url.set(port=1), url.set(host='no.such.host.invalid'), url.set(query={'options': '-c nonsense=1'}),
                url.set(query={'sslmode': 'require', 'sslpassword': WRONG}), url.set(query={'hue': WRONG})):
        told = _everything(lambda: read_table(bad, 'animals', text='body'))
        assert not [f for f in _forms(WRONG) if len(f) > 3 and f.casefold() in told.casefold()], told
    assert 'does not exist; check the name' in _everything(lambda: read_table(zoo[:-8] + 'nozoo', 'animals'))

def test_what_the_server_says_keeps_the_password_out(zoo):
    "A server that repeats it, as typed and as base64"
    for query in ("SELECT ('s3cret' || 's3cret')::int AS body", f"SELECT '{base64.b64encode(b'owl:s3cret').decode()}'::int AS body", 'SELECT s3cret FROM animals'):
        told = _everything(lambda: read_table(zoo, query=query, text='body'))
        assert not [f for f in _forms('s3cret') if len(f) > 3 and f.casefold() in told.casefold()], told
        assert '***' in told, told

def test_a_misspelt_name_is_answered_with_the_nearest(zoo):
    assert "no table 'animal'; did you mean 'animals'?" in _everything(lambda: read_table(zoo, 'animal'))
    assert "no column 'Body'; did you mean 'body'?" in _everything(lambda: read_table(zoo, 'animals', text='Body'))

def test_two_long_columns_are_found_by_evidence(zoo): assert next(read_table(zoo, 'animals')).meta['column'] == 'body'

def test_a_server_that_dies_on_the_way_says_after_which_row(zoo, server):
    rows = read_table(zoo, 'animals', text='body')
    next(rows)
    server[2]()
    with pytest.raises(TableError, match=r'after row \d') as caught: list(rows)
    assert 's3cret' not in ''.join(traceback.format_exception(caught.value))

# Databricks: what its real dialect makes of our address and statement, where it is installed

def test_databricks_dialect_compiles_and_hides():
    pytest.importorskip('databricks.sqlalchemy', reason="the dialect is missing: pip install 'forge_nb[databricks]' (it wants python-dateutil below 3, which constraints.txt does not pin)")
    from forge_nb.databases import databricks_url, read_databricks
    url = databricks_url('127.0.0.1', WRONG, '/sql/1', 'main', 'zoo')
    engine = sa.create_engine(url)
    assert engine.dialect.create_connect_args(url)[1] | {'use_inline_params': False} == dict(server_hostname='127.0.0.1', access_token=WRONG, http_path='/sql/1', catalog='main', schema='zoo', use_inline_params=False)
    statement = sa.select(sa.column('a body')).select_from(sa.table('animals', schema='zoo')).order_by(sa.column('key'))
    assert '`a body`' in str(statement.compile(dialect=engine.dialect))
    told = _everything(lambda: read_databricks('main.zoo.animals', text='body', host='127.0.0.1', token=WRONG, http_path='/sql/1', limits=__import__('forge_nb.documents').documents.Limits(timeout=2)))
    assert not [f for f in _forms(WRONG) if len(f) > 3 and f.casefold() in told.casefold()], told
