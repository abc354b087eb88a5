"The rules of the house that no single notebook can check about itself"
import ast, json, posixpath, re, shutil, subprocess, sys, sysconfig, zipfile
from importlib.metadata import distributions
from pathlib import Path

import nbformat, pytest
from conftest import NBS, QUIET, ROOT, cells, code_cells, copy_house, is_export, module_of, names_in, notebooks, python
from packaging.specifiers import SpecifierSet
from warm import warm

ROOMS = {module_of(p): p for p in notebooks() if module_of(p)}
TOOLS = Path(sys.executable).parent
number = lambda m: int(re.match(r'\d+', ROOMS[m].name)[0]) if m in ROOMS and ROOMS[m].name[0].isdigit() else None
short = lambda p: str(p.relative_to(NBS))

def run(*args, **kw) -> subprocess.CompletedProcess:
    "Run a program; what it said is the message when it fails"
    r = subprocess.run([str(a) for a in args], **{'cwd': ROOT, 'env': QUIET, 'capture_output': True, 'text': True, **kw})
    assert r.returncode == 0, (r.stdout + r.stderr)[-4000:]
    return r

# Notebooks and modules

def test_export_and_clean_leave_no_diff(tmp_path):
    "Notebooks and modules say the same, and notebooks hold no clutter"
    copy = copy_house(tmp_path/'house')
    for tool in ('nbdev_export', 'nbdev_clean'): run(TOOLS/tool, cwd=copy)
    for sub,pattern in (('nbs', '*.ipynb'), ('forge_nb', '*.py')):
        ours, theirs = ({p.relative_to(top): p.read_text('utf-8') for p in (top/sub).rglob(pattern)} for top in (ROOT, copy))
        ours = {p: text for p,text in ours.items() if not {'_proc', '.ipynb_checkpoints'} & set(p.parts)}
        assert set(ours) == set(theirs)
        assert not [str(p) for p in ours if ours[p] != theirs[p]], 'run nbdev_export and nbdev_clean'

def test_every_module_comes_from_a_notebook():
    "nbdev does not take away what a renamed notebook left behind"
    assert {p.stem for p in (ROOT/'forge_nb').glob('*.py')} - {'__init__', '_modidx'} == set(ROOMS)

@pytest.mark.parametrize('name', sorted(ROOMS))
def test_every_public_name_is_used_after_its_definition(name):
    sources, missing = code_cells(ROOMS[name]), []
    for i,source in enumerate(sources):
        if not is_export(source): continue
        shown = set().union(*[names_in(s) for s in sources[i+1:] if not is_export(s)])
        for node in ast.parse(source).body:
            names = [node.name] if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else \
                    [t.id for t in node.targets if isinstance(t, ast.Name)] if isinstance(node, ast.Assign) else []
            missing += [n for n in names if not n.startswith('_') and n not in shown]
    assert not missing, f'{ROOMS[name].name} shows no use of {missing}'

@pytest.mark.parametrize('path', notebooks(), ids=short)
def test_a_page_begins_with_its_name_and_one_line(path):
    first = cells(path)[0]
    assert first['cell_type'] == 'markdown' and re.fullmatch(r'# [^\n]+\n+> [^\n]+\n*', first['source']), first['source'][:200]

@pytest.mark.parametrize('path', notebooks(), ids=short)
def test_a_notebook_is_a_valid_one(path):
    "Jupyter refuses what nbdev lets pass, a cell of an unknown type for one"
    nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))

LITTER = {
    'an absolute path': r'(?<![\w./])/(?:home|root|Users|tmp|var|work|opt|mnt|private)/|\b[A-Z]:\\',
    'a warning':        r'\w*Warning\b|^WARNING',
    'a progress bar':   r'\d+%\s*\||it/s\b|s/it\b|█',
    'a traceback':      r'^Traceback ',
    'an address':       r'\bat 0x[0-9a-f]{6,}',
}
@pytest.mark.parametrize('path', notebooks(), ids=short)
def test_stored_outputs_are_part_of_the_text(path):
    "Nothing of one machine, nothing that no reader wants; user names only ever came in with paths"
    found = []
    for i,cell in enumerate(cells(path)):
        for out in cell.get('outputs', []):
            said = out if 'data' not in out else {k: v for k,v in out['data'].items() if k.startswith('text/')}
            text = '\n'.join(v if isinstance(v, str) else ''.join(v) for v in said.values() if isinstance(v, (str, list)))
            found += [(i, what, m[0]) for what,pattern in LITTER.items() for m in [re.search(pattern, text, re.M)] if m]
            if out['output_type'] == 'error' or out.get('name') == 'stderr': found.append((i, out['output_type'], text[:80]))
            if any('widget' in kind for kind in out.get('data', ())): found.append((i, 'a widget', text[:80]))
    if 'widgets' in nbformat.read(path, 4).metadata: found.append(('metadata', 'the state of widgets', ''))
    assert not found, f'{path.name}: {found}'

@pytest.mark.parametrize('path', notebooks(), ids=short)
def test_imports_stand_alone(path):
    "The docs build executes every cell that holds an import, without the cells before it"
    mixed = []
    for s in code_cells(path):
        tree = ast.parse(s)
        if is_export(s) or not any(isinstance(n, (ast.Import, ast.ImportFrom)) for n in ast.walk(tree)): continue
        if not all(isinstance(n, (ast.Import, ast.ImportFrom)) for n in tree.body): mixed.append(s[:120])
    assert not mixed, f'{path.name}: {mixed}'

# Who may import whom

def _imports(source:str) -> set[str]:
    "Modules of ours that a source imports"
    out = set()
    for n in ast.walk(ast.parse(source)):
        if isinstance(n, ast.Import): out |= {a.name.split('.')[1] for a in n.names if a.name.startswith('forge_nb.')}
        if not isinstance(n, ast.ImportFrom): continue
        assert not any(a.name == '*' for a in n.names), f'star import of {n.module}'
        if n.module and n.module.startswith('forge_nb'): out |= {n.module.split('.')[1]} if '.' in n.module else {a.name for a in n.names}
    return out

@pytest.mark.parametrize('name', sorted(ROOMS))
def test_imports_go_down(name):
    for source in filter(is_export, code_cells(ROOMS[name])):
        for other in _imports(source) & set(ROOMS):
            if number(name) is None: continue   # benchmarks stand above the house
            assert number(other) is not None and number(other) < number(name), f'{ROOMS[name].name} imports {ROOMS[other].name}'

STAGES = {'cpt', 'sft', 'preferences', 'orpo', 'kto', 'rewards', 'rlhf'}
def test_no_stage_imports_a_sibling():
    for name in STAGES & set(ROOMS):
        found = {o for s in code_cells(ROOMS[name]) if is_export(s) for o in _imports(s)} & STAGES
        assert not found, f'{name} imports {found}'

SMALL = ('asyncio', 'jinja2', 'numpy', 'ssl', 'tokenizers', 'yaml')   # what most of them read, and what brings none of those
@pytest.mark.parametrize('name', sorted(m for m in ROOMS if number(m) is not None and number(m) < 52))
def test_no_torch_below_52(name):
    r = warm(f"import sys, forge_nb.{name}; sys.exit(', '.join(m for m in ('torch','transformers','trl','peft','datasets','matplotlib') if m in sys.modules) or 0)",
             libraries=SMALL, cwd=ROOT)
    assert r.returncode == 0, r.stderr[-800:]

def test_import_costs_what_python_costs():
    """`import forge_nb` stays within 1.5 times bare Python, because there is nothing in it that could cost more.

    A stopwatch would decide this by who else is on the machine (bare Python is some 10 ms), so what makes an import
    slow is counted instead: the modules that it loads and the statements that it runs. One small module with one
    assignment is a look-up and a read beside the hundred of the interpreter's own start. Measured once: 1.0 times."""
    r = python("import sys; before = set(sys.modules); import forge_nb; print(*sorted(set(sys.modules) - before))")
    assert r.stdout.split() == ['forge_nb'], r.stdout + r.stderr
    body = ast.parse((ROOT/'forge_nb'/'__init__.py').read_text('utf-8')).body
    assert [ast.unparse(s).split(' = ')[0] for s in body] == ['__version__'], 'no re-exports: they are how import cycles begin'

RUNNABLE = sorted(p.stem for p in (ROOT/'forge_nb').glob('*.py') if re.search(r"^if __name__ == '__main__'", p.read_text('utf-8'), re.M))

@pytest.mark.parametrize('name', RUNNABLE)
def test_whoever_asks_for_help_gets_it(name, tmp_path):
    "A module that can be run says what it would do, and does not begin to do it"
    env = QUIET | {'PYTHONPATH': str(ROOT)}
    said = run(sys.executable, '-m', 'forge_nb' if name == '__main__' else f'forge_nb.{name}', '--help', cwd=tmp_path, env=env, timeout=120).stdout
    assert said.startswith('usage: ') and not list(tmp_path.iterdir()), said

def test_lint(): run(sys.executable, '-m', 'ruff', 'check', '--no-cache', 'forge_nb', 'tests', 'nbs', 'setup.py')

def test_a_cell_holds_one_idea():
    "An export cell has 25 lines or fewer; three in a hundred may need more, a class or a table of data, and none is a page long"
    sizes = sorted(len([x for x in s.splitlines() if x.strip() and not x.startswith('#|')]) for p in ROOMS.values() for s in code_cells(p) if is_export(s))
    assert sizes[int(.97*len(sizes))] <= 25 and sizes[-1] <= 60, sizes[-20:]

@pytest.mark.parametrize('name', ROOMS)
def test_no_name_is_given_twice(name):
    "Two cells, or two people, that call different things by one name: the notebook is right cell by cell, and the module has the last one"
    body = ast.parse((ROOT/'forge_nb'/f'{name}.py').read_text('utf-8')).body
    named = [n.name for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and not n.decorator_list]
    named += [t.id for n in body if isinstance(n, ast.Assign) for x in n.targets for t in ast.walk(x) if isinstance(t, ast.Name) and isinstance(t.ctx, ast.Store)]
    assert {x for x in named if named.count(x) > 1} - {'_'} == set()

# What is given away

def test_what_is_pinned_runs_on_the_oldest_python():
    "A release that asks for 3.11.5 cannot be installed on Debian 12's 3.11.2: the pins hold for every Python that settings.ini admits"
    oldest = f"{re.search(r'^min_python = (.+)$', (ROOT/'settings.ini').read_text(), re.M)[1]}.0"
    wants = {d.metadata['Name']: SpecifierSet(d.metadata['Requires-Python'] or '') for d in distributions()}
    pinned = {m[1] for m in re.finditer(r'^([\w.-]+)==', (ROOT/'constraints.txt').read_text(), re.M)}
    assert not [f'{n}: Python {w}' for n,w in wants.items() if n in pinned and oldest not in w]

@pytest.mark.parametrize('kind', ('wheel', 'sdist'))
def test_package_installs_into_an_empty_environment(kind, tmp_path):
    "What was built brings all its data, installs with no network, imports where nothing else is, and its command runs where its dependencies are"
    copy, out = copy_house(tmp_path/'house'), tmp_path/'out'
    run(sys.executable, '-m', 'build', f'--{kind}', '--no-isolation', '--outdir', out, copy)
    if kind == 'sdist': run(sys.executable, '-m', 'pip', 'wheel', '-q', '--no-index', '--no-deps', '--no-build-isolation', '-w', out, *out.iterdir(), cwd=tmp_path)
    wheel, = out.glob('*.whl')
    files = {n for n in zipfile.ZipFile(wheel).namelist() if n.startswith('forge_nb/')}
    assert files == {p.relative_to(copy).as_posix() for p in (copy/'forge_nb').rglob('*') if p.is_file()}
    run(sys.executable, '-m', 'venv', tmp_path/'env')
    inside = tmp_path/'env'/'bin'
    run(inside/'python', '-m', 'pip', 'install', '-q', '--no-index', '--no-deps', wheel)
    told = run(inside/'python', '-I', '-c', 'import forge_nb; print(forge_nb.__version__, forge_nb.__file__)', cwd=tmp_path).stdout
    assert str(tmp_path/'env') in told, told
    libraries = {**QUIET, 'PYTHONPATH': sysconfig.get_path('purelib')}
    assert 'forge VERB TARGET' in run(inside/'forge', '--help', cwd=tmp_path, env=libraries).stdout
    assert run(inside/'python', '-c', 'import forge_nb.sample as s; print(s.__file__, len(s.facts()))', cwd=tmp_path, env=libraries).stdout.split() == \
        [str(next((tmp_path/'env').rglob('forge_nb/sample.py'))), '180']

# What is read

LINK = re.compile(r'\]\(([^)\s]+)[^)]*\)')
slug = lambda heading: re.sub(r'\s+', '-', re.sub(r'[^\w\s.-]', '', re.sub(r'`|\{.*\}', '', heading)).strip().lower())

def test_readme_is_made_from_the_index():
    from readme import readme
    text = (ROOT/'README.md').read_text('utf-8')
    assert text == readme(), 'run: python tests/readme.py'
    assert not [t for t in LINK.findall(text) if not re.match(r'[a-z]+:|#', t) and not (ROOT/t.split('#')[0]).exists()]

def test_every_room_is_listed():
    "The table of rooms is made from their first cells, and so is the first page's"
    text = _page(NBS/'rooms.ipynb')[1]
    stale = [p.name for p in ROOMS.values() if number(module_of(p)) is not None and cells(p)[0]['source'].split('> ')[1].strip() not in text]
    assert not stale, f'run nbs/rooms.ipynb and nbs/index.ipynb and save their outputs; the table is not up to date: {stale}'

def test_the_first_screen_shows_a_real_demo():
    "What a reader sees first was printed by `make demo` and not by a writer"
    text = (NBS/'benchmarks'/'demo.txt').read_text('utf-8')
    assert not text.startswith('PLACEHOLDER') and text.rstrip().replace('\n', '\n    ') in (ROOT/'README.md').read_text('utf-8')

def _page(path:Path) -> tuple[str,str,set[str]]:
    "A processed page: its address on the site, its Markdown, and the anchors that a link may name"
    inside = json.loads(path.read_text('utf-8'))['cells']
    text = [''.join(c['source']) for c in inside if c['cell_type'] != 'code']
    text += [''.join(o.get('data', {}).get('text/markdown', '')) for c in inside for o in c.get('outputs', [])]
    name = re.search(r'^output-file: (\S+)', text[0], re.M)
    return name[1] if name else path.with_suffix('.html').name, '\n'.join(text), {slug(h) for t in text for h in re.findall(r'^#+ +(.+)$', t, re.M)}

def test_docs_build_without_quarto_and_links_resolve(tmp_path):
    "Process the notebooks as the site would, then follow every internal link: between pages, into the site's own address, to an anchor"
    copy, script = copy_house(tmp_path/'house'), tmp_path/'docs.py'
    # every page has a shell of its own, and each collects garbage once more when all is over: frozen, that takes no minutes
    script.write_text("if __name__ == '__main__':\n    import gc\n    from nbdev.serve import proc_nbs\n    proc_nbs(n_workers=0, force=True)\n    gc.freeze()\n")
    run(sys.executable, script, cwd=copy, env={**QUIET, 'PYTHONPATH': str(copy)})
    made = copy/'_proc'
    pages = {p.relative_to(made): _page(p) for p in made.rglob('*.ipynb')}
    assert len(pages) == len(notebooks())
    site = dict(re.findall(r'^(doc_host|doc_baseurl) = (.+)$', (ROOT/'settings.ini').read_text(), re.M))
    home = site['doc_host'] + site['doc_baseurl'] + '/'
    anchors = {posixpath.join(p.parent.as_posix(), name).removeprefix('./'): ids for p,(name,_,ids) in pages.items()}
    anchors |= {p.as_posix(): ids for p,(_,_,ids) in pages.items()}
    lost = []
    for page,(name,text,_) in pages.items():
        for target in LINK.findall(re.sub(r'```.*?```', '', text, flags=re.S)):
            if re.match(r'[a-z]+:', target) and not target.startswith(home): continue
            there, _, anchor = target.removeprefix(home).partition('#')
            there = there if target.startswith(home) else posixpath.normpath(posixpath.join(page.parent.as_posix(), there)) if there else page.as_posix()
            if not (made/there).exists() and there not in anchors or anchor and slug(anchor) not in anchors.get(there, {slug(anchor)}): lost.append(f'{page}: {target}')
    assert not lost, lost

def test_the_site_knows_what_is_a_page():
    "The sample's masters are Markdown below nbs/ and no pages; the top file is the real one"
    import yaml
    below, top = (yaml.safe_load((ROOT/p).read_text('utf-8')) for p in ('nbs/_quarto.yml', '_quarto.yml'))
    assert below == {'metadata-files': ['../_quarto.yml', 'nbdev.yml', 'sidebar.yml']} and 'metadata-files' not in top
    assert top['project']['render'] == ['*.ipynb', '!sample/']

def test_every_page_has_its_place_in_the_sidebar():
    "Once, in a part whose rooms come in the order of their numbers; the tables of rooms are made from it"
    import yaml
    entries = yaml.safe_load((NBS/'sidebar.yml').read_text('utf-8'))['website']['sidebar']['contents']
    parts = [[e] if isinstance(e, str) else e['contents'] for e in entries]
    assert sorted(sum(parts, [])) == sorted(short(p) for p in notebooks())
    assert not [p for p in parts if p[0][0].isdigit() and p != sorted(p)]

@pytest.mark.skipif(not shutil.which('make'), reason='there is no make here')
def test_docs_without_quarto_say_so(tmp_path):
    "One line, at once and before any set-up, and a failure"
    r = subprocess.run([shutil.which('make'), 'docs'], cwd=copy_house(tmp_path/'house'), env={'PATH': str(tmp_path)}, capture_output=True, text=True)
    assert r.returncode != 0 and r.stdout.count('\n') == 1 and 'quarto.org' in r.stdout, r.stdout + r.stderr
