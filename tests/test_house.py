"The rules of the house that no single notebook can check about itself"
import ast, re, shutil, statistics, subprocess, sys, time
from pathlib import Path

import pytest
from conftest import NBS, QUIET, ROOT, code_cells, is_export, module_of, notebooks, python

ROOMS = {module_of(p): p for p in notebooks() if module_of(p)}
number = lambda m: int(re.match(r'\d+', ROOMS[m].name)[0]) if m in ROOMS and ROOMS[m].name[0].isdigit() else None

def test_export_and_clean_leave_no_diff(tmp_path):
    "Notebooks and modules say the same, and notebooks hold no clutter"
    copy = tmp_path/'house'
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns('.venv', '.git', 'projects', '_proc', '_docs', '*.egg-info', '__pycache__', 'data'))
    for tool in ('nbdev_export', 'nbdev_clean'):
        r = subprocess.run([Path(sys.executable).parent/tool], cwd=copy, env=QUIET, capture_output=True, text=True)
        assert r.returncode == 0, r.stderr[-2000:]
    for sub,pattern in (('nbs', '*.ipynb'), ('forge_nb', '*.py')):
        ours = {p.relative_to(ROOT): p.read_text() for p in (ROOT/sub).rglob(pattern) if '_proc' not in p.parts and '.ipynb_checkpoints' not in p.parts}
        theirs = {p.relative_to(copy): p.read_text() for p in (copy/sub).rglob(pattern) if '_proc' not in p.parts}
        assert set(ours) == set(theirs)
        assert not [str(p) for p in ours if ours[p] != theirs[p]], 'run nbdev_export and nbdev_clean'

def test_readme_is_made_from_the_index():
    from readme import readme
    assert (ROOT/'README.md').read_text('utf-8') == readme(), 'run: python tests/readme.py'

@pytest.mark.parametrize('name', sorted(ROOMS))
def test_every_public_name_is_used_after_its_definition(name):
    cells, missing = code_cells(ROOMS[name]), []
    for i,source in enumerate(cells):
        if not is_export(source): continue
        later = '\n'.join(s for s in cells[i+1:] if not is_export(s))
        for node in ast.parse(source).body:
            names = [node.name] if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) else \
                    [t.id for t in node.targets if isinstance(t, ast.Name)] if isinstance(node, ast.Assign) else []
            missing += [n for n in names if not n.startswith('_') and not re.search(rf'\b{n}\b', later)]
    assert not missing, f'{ROOMS[name].name} shows no use of {missing}'

def _imports(source:str) -> set[str]:
    "Modules of ours that a source imports"
    out = set()
    for n in ast.walk(ast.parse(source)):
        if isinstance(n, ast.ImportFrom) and n.module and n.module.startswith('forge_nb'):
            out |= {n.module.split('.')[1]} if '.' in n.module else {a.name for a in n.names}
        if isinstance(n, ast.ImportFrom): assert not any(a.name == '*' for a in n.names), f'star import of {n.module}'
    return out

@pytest.mark.parametrize('name', sorted(ROOMS))
def test_imports_go_down(name):
    for source in filter(is_export, code_cells(ROOMS[name])):
        for other in _imports(source) & set(ROOMS):
            if number(name) is None: continue
            assert number(other) is not None and number(other) < number(name), f'{ROOMS[name].name} imports {ROOMS[other].name}'

STAGES = {'cpt', 'sft', 'preferences', 'rlhf'}
def test_no_stage_imports_a_sibling():
    for name in STAGES & set(ROOMS):
        found = {o for s in code_cells(ROOMS[name]) if is_export(s) for o in _imports(s)} & STAGES
        assert not found, f'{name} imports {found}'

@pytest.mark.parametrize('name', sorted(m for m in ROOMS if number(m) is not None and number(m) < 52))
def test_no_torch_below_52(name):
    r = python(f"import sys, forge_nb.{name}; sys.exit(', '.join(m for m in ('torch','transformers','trl','matplotlib') if m in sys.modules) or 0)")
    assert r.returncode == 0, r.stderr[-800:]

def test_import_costs_what_python_costs():
    "CPU seconds of `import forge_nb` within 1.5 times those of bare Python, medians of 9 interleaved runs"
    cost = 'import resource; print(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))'
    bare, ours = [], []
    for _ in range(9):
        bare.append(float(python(cost).stdout)); ours.append(float(python('import forge_nb; ' + cost).stdout))
    assert statistics.median(ours) <= 1.5*statistics.median(bare) + .01, (bare, ours)

def test_lint():
    r = subprocess.run([sys.executable, '-m', 'ruff', 'check', 'forge_nb', 'tests', 'setup.py'], cwd=ROOT, capture_output=True, text=True)
    assert r.returncode == 0, r.stdout[-3000:]

@pytest.mark.parametrize('kind', ('wheel', 'sdist'))
def test_package_installs_into_an_empty_environment(kind, tmp_path):
    "What was built imports from an environment that holds nothing else of ours, and brings its data"
    subprocess.run([sys.executable, '-m', 'build', f'--{kind}', '--no-isolation', '--outdir', tmp_path, ROOT], check=True, capture_output=True, env=QUIET)
    package, = [p for p in tmp_path.iterdir() if p.suffix in ('.whl', '.gz')]
    subprocess.run([sys.executable, '-m', 'venv', tmp_path/'env'], check=True)
    inside = tmp_path/'env'/'bin'/'python'
    pip = [inside, '-m', 'pip', 'install', '-q', '--no-deps']
    if kind == 'sdist': subprocess.run([*pip, 'setuptools', 'wheel'], check=True, env=QUIET); pip.append('--no-build-isolation')
    subprocess.run([*pip, package], check=True, env=QUIET)
    r = subprocess.run([inside, '-c', "import forge_nb, pathlib; d = pathlib.Path(forge_nb.__file__).parent/'data'; print(forge_nb.__version__, len(list(d.rglob('*'))))"],
                       cwd=tmp_path, capture_output=True, text=True)
    assert r.returncode == 0 and int(r.stdout.split()[1]) > 40, r.stdout + r.stderr

def test_docs_build_without_quarto_and_links_resolve(tmp_path):
    "Process the notebooks as the site would, then follow every internal link"
    copy = tmp_path/'house'
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns('.venv', '.git', 'projects', '_proc', '_docs', '*.egg-info', '__pycache__'))
    script = tmp_path/'docs.py'
    script.write_text("if __name__ == '__main__':\n    from nbdev.serve import proc_nbs\n    proc_nbs(n_workers=0, force=True)\n")
    r = subprocess.run([sys.executable, script], cwd=copy, env={**QUIET, 'PYTHONPATH': str(copy)}, capture_output=True, text=True)
    assert r.returncode == 0, r.stderr[-3000:]
    made = copy/'_proc'
    pages = {p.relative_to(made) for p in made.rglob('*.ipynb')}
    assert len(pages) == len(notebooks())
    import json
    for page in pages:
        text = '\n'.join(''.join(c['source']) for c in json.loads((made/page).read_text())['cells'] if c['cell_type'] == 'markdown')
        for target in re.findall(r'\]\(([^)#\s]+)[^)]*\)', text):
            if re.match(r'[a-z]+:', target): continue
            there = (made/page).parent/target
            assert there.exists() or there.with_suffix('.ipynb').exists(), f'{page}: {target} leads nowhere'
