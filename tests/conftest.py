"Where the house stands, and how its parts are read"
import ast, json, os, re, shutil, signal, subprocess, sys
from pathlib import Path

# A shell that starts this in the background has Ctrl-C ignored, and children would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN: signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent
NBS = ROOT/'nbs'
QUIET = {**os.environ, 'OMP_NUM_THREADS':'1', 'OMP_WAIT_POLICY':'PASSIVE', 'TOKENIZERS_PARALLELISM':'false', 'HF_HUB_OFFLINE':'1', 'FORGE_QUIET':'1'}
MADE = ('.venv', '.git', 'projects', 'build', 'dist', '_proc', '_docs', '*.egg-info', '__pycache__', '.hypothesis', '.ipynb_checkpoints', '.pytest_cache', '.ruff_cache', '.cache')

def notebooks() -> list[Path]:
    "All notebooks of the house, in reading order"
    return sorted(p for p in NBS.rglob('*.ipynb') if not any(part[0] in '._' for part in p.relative_to(NBS).parts))

def cells(path:Path) -> list[dict]:
    "A notebook's cells, each source as one string"
    return [{**c, 'source': ''.join(c['source'])} for c in json.loads(path.read_text('utf-8'))['cells']]

def code_cells(path:Path) -> list[str]:
    "Sources of the code cells"
    return [c['source'] for c in cells(path) if c['cell_type'] == 'code']

def is_export(source:str) -> bool: return bool(re.search(r'^#\s*\|\s*exports?\b', source, re.M))

def module_of(path:Path) -> str|None:
    "The module that a notebook exports to"
    for s in code_cells(path):
        if m := re.search(r'#\s*\|\s*default_exp\s+(\S+)', s): return m[1]

def names_in(source:str) -> set[str]:
    "Every name that a source speaks of; what stands in strings and comments does not count"
    of = {ast.Name: lambda n: n.id, ast.Attribute: lambda n: n.attr, ast.alias: lambda n: n.name}
    return {of[type(n)](n) for n in ast.walk(ast.parse(source)) if type(n) in of}

def python(code:str, cwd:Path=ROOT, **kw) -> subprocess.CompletedProcess:
    "Run a line of Python in a process of its own"
    return subprocess.run([sys.executable, '-c', code], cwd=cwd, env=QUIET, capture_output=True, text=True, **kw)

def copy_house(to:Path) -> Path:
    "The checkout without what was made in it; tests that write, write there, so that they can run side by side"
    return shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*MADE))
