"README.md is nbs/index.ipynb as Markdown, made by nbconvert; `python tests/readme.py` writes it"
import json, re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

def readme() -> str:
    "Render the index notebook without hidden cells and with its stored outputs"
    import nbformat
    from nbconvert import MarkdownExporter
    nb = nbformat.read(ROOT/'nbs'/'index.ipynb', as_version=4)
    nb.cells = [c for c in nb.cells if not re.match(r'#\s*\|\s*hide\b', c.source)]
    for c in nb.cells: c.source = re.sub(r'^#\s*\|.*\n', '', c.source, flags=re.M)
    text, _ = MarkdownExporter().from_notebook_node(nb)
    return re.sub(r'\n{3,}', '\n\n', text).strip() + '\n'

if __name__ == '__main__': (ROOT/'README.md').write_text(readme(), 'utf-8')
