"README.md is nbs/index.ipynb as Markdown, made by nbconvert; `python tests/readme.py` writes it"
import posixpath, re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

def from_the_top(text:str) -> str:
    "Relative links of a page in nbs/, as the folder above writes them"
    one = lambda m: m[0] if re.match(r'[a-z]+:|#', m[2]) else f'{m[1]}{posixpath.normpath("nbs/" + m[2])}{m[3]}'
    return re.sub(r'(\]\()([^)\s]+)(\))', one, text)

def readme() -> str:
    "Render the index notebook without its hidden cells and with its stored outputs"
    import nbformat
    from nbconvert import MarkdownExporter
    nb = nbformat.read(ROOT/'nbs'/'index.ipynb', as_version=4)
    nb.metadata['language_info'] = {'name': 'python'}   # for the fences; nbdev_clean takes it out of notebooks
    nb.cells = [c for c in nb.cells if not re.match(r'#\s*\|\s*hide\b', c.source)]
    for c in nb.cells:
        if re.search(r'^#\s*\|\s*echo:\s*false', c.source, re.M): c.metadata['transient'] = {'remove_source': True}
        c.source = re.sub(r'^#\s*\|.*\n', '', c.source, flags=re.M)
    text, _ = MarkdownExporter().from_notebook_node(nb)
    return from_the_top(re.sub(r'\n{3,}', '\n\n', text)).strip() + '\n'

if __name__ == '__main__': (ROOT/'README.md').write_text(readme(), 'utf-8')
