"Where the house stands, and how its parts are read"
import ast, json, os, re, subprocess, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NBS = ROOT/'nbs'
QUIET = {**os.environ, 'OMP_NUM_THREADS':'1', 'OMP_WAIT_POLICY':'PASSIVE', 'TOKENIZERS_PARALLELISM':'false', 'HF_HUB_OFFLINE':'1', 'FORGE_QUIET':'1'}

def notebooks() -> list[Path]:
    "All notebooks of the house, in reading order"
    return sorted(p for p in NBS.rglob('*.ipynb') if not any(part[0] in '._' for part in p.relative_to(NBS).parts))

def code_cells(path:Path) -> list[str]:
    "Sources of the code cells"
    return [''.join(c['source']) for c in json.loads(path.read_text('utf-8'))['cells'] if c['cell_type'] == 'code']

def is_export(source:str) -> bool: return bool(re.search(r'^#\s*\|\s*exports?\b', source, re.M))

def module_of(path:Path) -> str|None:
    "The module that a notebook exports to"
    for s in code_cells(path):
        if m := re.search(r'#\s*\|\s*default_exp\s+(\S+)', s): return m[1]

def python(code:str, cwd:Path=ROOT, **kw) -> subprocess.CompletedProcess:
    "Run a line of Python in a process of its own"
    return subprocess.run([sys.executable, '-c', code], cwd=cwd, env=QUIET, capture_output=True, text=True, **kw)
