"""Render the masters in nbs/sample/shelf/*.md into forge_nb/data: the shelf and its question bank.

    python nbs/sample/render.py            # write
    python nbs/sample/render.py --check    # fail when what is committed differs from what would be written

A master is Markdown with a few lines of front matter: the place, its arm, the file to make, and the five values
that its prose states. Of Markdown it uses headings, paragraphs, one table, `*emphasis*`, `**strength**` and numbered
lists. Everything is deterministic: no date, no user and no host name enters a file.
"""
import html, io, json, re, runpy, sys, zipfile
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE.parent.parent/'forge_nb'/'data'
EPOCH = datetime(2026, 1, 1)
GROUP = 'The Crumbs'
BANK = runpy.run_path(str(HERE/'bank.py'))  # the wordings, beside this script


def read_master(path:Path) -> dict:
    "Front matter as a dict, the text under `body`"
    _, head, body = path.read_text('utf-8').split('---\n', 2)
    return {**dict(line.split(': ', 1) for line in head.strip().splitlines()), 'body': body}

def parts(body:str) -> list[tuple[str, object]]:
    "Blocks in order: ('h1'|'h2'|'p', text), ('ol', [text]), ('table', [[cell]])"
    out = []
    for block in body.strip().split('\n\n'):
        lines = block.split('\n')
        if block.startswith('#'):
            level, text = block.split(' ', 1)
            out.append((f'h{len(level)}', text))
        elif block.startswith('|'): out.append(('table', [[c.strip() for c in r.strip('|').split('|')] for r in lines if set(r) - set('|-')]))
        elif re.match(r'1\. ', block): out.append(('ol', [re.sub(r'^\d+\. ', '', x) for x in lines]))
        else: out.append(('p', block))
    return out

def plain(text:str) -> str:
    "Text without marks of emphasis"
    return re.sub(r'\*+', '', text)

def spans(text:str) -> list[tuple[str, str]]:
    "Pieces of a paragraph as (style, text), style being '', 'i' or 'b'"
    kinds = {0:'', 1:'i', 2:'b'}
    return [(kinds[len(m[1] or '')], m[2]) for m in re.finditer(r'(\*{0,2})([^*]+)\1', text)]

def tagged(text:str, b:str, i:str) -> str:
    "A paragraph with tags for bold and italic, the rest escaped"
    tag = {'b':b, 'i':i}
    return ''.join(f'<{tag[s]}>{html.escape(t, quote=False)}</{tag[s]}>' if s else html.escape(t, quote=False) for s,t in spans(text))

def as_txt(m:dict) -> bytes:
    "Plain text: one line a paragraph, headings on lines of their own"
    return ('\n\n'.join(plain(t) for _,t in parts(m['body'])) + '\n').encode()

def as_md(m:dict) -> bytes:
    "The master without its front matter"
    return m['body'].encode()

NAV = ('<nav><ul><li><a href="index.html">Home</a></li><li><a href="boats.html">Boats and tides</a></li>'
       '<li><a href="rooms.html">Rooms</a></li><li><a href="lost.html">Lost property</a></li></ul></nav>')
FOOT = '<footer><p>Printed on demand by the steamer office. Please do not feed the purser.</p></footer>'

def as_html(m:dict) -> bytes:
    "A page; the guide book's comes with a site's navigation and footer around it"
    rows = []
    for kind, x in parts(m['body']):
        if kind == 'table': rows.append('<table>' + ''.join('<tr>' + ''.join(f'<td>{html.escape(c)}</td>' for c in r) + '</tr>' for r in x) + '</table>')
        elif kind == 'ol': rows.append('<ol>' + ''.join(f'<li>{tagged(i, "strong", "em")}</li>' for i in x) + '</ol>')
        else: rows.append(f'<{kind}>{tagged(x, "strong", "em")}</{kind}>')
    title, site = html.escape(plain(parts(m['body'])[0][1])), m.get('frame') == 'site'
    style, script = 'body{max-width:40em;margin:auto;font-family:Georgia,serif}', 'document.documentElement.classList.add("js");'
    return '\n'.join(['<!DOCTYPE html>', '<html lang="en">', f'<head><meta charset="utf-8"><title>{title}</title><style>{style}</style></head>', '<body>',
        *([NAV] if site else []), '<main>', *rows, '</main>', *([FOOT, f'<script>{script}</script>'] if site else []), '</body>', '</html>', '']).encode()

def as_docx(m:dict) -> bytes:
    "A Word document with real headings, lists and tables; the archive's times are fixed"
    import docx
    d, blocks = docx.Document(), parts(m['body'])
    p = d.core_properties
    p.title, p.author, p.last_modified_by, p.comments, p.created, p.modified, p.revision = plain(blocks[0][1]), GROUP, '', '', EPOCH, EPOCH, 1
    for kind, x in blocks:
        if kind in ('h1','h2'): d.add_heading(plain(x), int(kind[1]))
        elif kind == 'table':
            t = d.add_table(0, len(x[0]), style='Table Grid')
            for row in x:
                for cell, text in zip(t.add_row().cells, row): cell.text = text
        else:
            for item in x if kind == 'ol' else [x]:
                para = d.add_paragraph(style='List Number' if kind == 'ol' else None)
                for s, text in spans(item):
                    run = para.add_run(text)
                    run.bold, run.italic = s == 'b' or None, s == 'i' or None
    raw, out = io.BytesIO(), io.BytesIO()
    d.save(raw)
    with zipfile.ZipFile(raw) as src, zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as dst:
        for name in sorted(src.namelist(), key=lambda n: (n != '[Content_Types].xml', n)):
            info = zipfile.ZipInfo(name, EPOCH.timetuple()[:6])
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 0, 0
            dst.writestr(info, src.read(name))
    return out.getvalue()

def as_pdf(m:dict) -> bytes:
    "A PDF without dates or hyphens; a paragraph never crosses a page, so no page header falls into a sentence"
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import KeepTogether, ListFlowable, Paragraph, SimpleDocTemplate, Spacer
    big = 'header' in m
    text = ParagraphStyle('text', fontName='Times-Roman', fontSize=13 if big else 10, leading=18 if big else 13, spaceAfter=7)
    h1 = ParagraphStyle('h1', parent=text, fontName='Times-Bold', fontSize=17, leading=21, spaceAfter=10)
    h2 = ParagraphStyle('h2', parent=text, fontName='Times-Bold', fontSize=13, leading=16, spaceBefore=8, keepWithNext=1)
    style, flow, blocks = {'h1':h1, 'h2':h2, 'p':text}, [], parts(m['body'])
    for kind, x in blocks:
        if kind == 'ol': flow.append(KeepTogether([ListFlowable([Paragraph(tagged(i, 'b', 'i'), text) for i in x], bulletType='1'), Spacer(1, 6)]))
        elif kind in ('h1','h2'): flow.append(Paragraph(tagged(x, 'b', 'i'), style[kind]))
        else: flow.append(KeepTogether(Paragraph(tagged(x, 'b', 'i'), text)))
    def frame(canvas, doc) -> None:
        if not big: return
        canvas.setFont('Times-Italic', 9)
        canvas.drawCentredString(A5[0]/2, A5[1] - 30, m['header'])
        canvas.drawCentredString(A5[0]/2, 24, f'page {doc.page}')
    out = io.BytesIO()
    doc = SimpleDocTemplate(out, pagesize=A5, leftMargin=48, rightMargin=48, topMargin=48, bottomMargin=48, invariant=1,
        title=plain(blocks[0][1]), author=GROUP, creator='forge_nb', producer='forge_nb')
    doc.build(flow, onFirstPage=frame, onLaterPages=frame)
    return out.getvalue()

WRITE = {'.txt':as_txt, '.md':as_md, '.html':as_html, '.docx':as_docx, '.pdf':as_pdf}


def facts(masters:list[dict]) -> list[dict]:
    "One row a fact; wordings go round so that each is used about equally often, and a fact's two differ"
    rows = []
    for n, m in enumerate(masters):
        for r, (rel, forms) in enumerate(BANK['RELATIONS'].items()):
            q, s, v = forms['questions'], forms['statements'], m[rel]
            ask = [q[(n + r) % len(q)], q[(n + r + 1 + n % (len(q) - 2)) % len(q)]]
            rows.append(dict(id=f'{m["place"].lower()}.{rel}', doc=m['file'], arm=m['arm'], entity=m['place'], relation=rel, value=v,
                aliases=BANK['ALIASES'].get(v, []), statement=s[(n + r) % len(s)].format(x=m['place'], v=v),
                questions=[a.format(x=m['place']) for a in ask]))
    return rows

def unanswerable(masters:list[dict]) -> list[dict]:
    "Half about what no document tells of a real place, half about places that do not exist"
    rows = [dict(kind='attribute', question=q.format(x=p), entity=p) for p, q in BANK['UNGIVEN']]
    rels = list(BANK['RELATIONS'].values())
    for n, p in enumerate(BANK['UNKNOWN']):
        q = rels[n % len(rels)]['questions']
        rows.append(dict(kind='entity', question=q[n // len(rels) % len(q)].format(x=p), entity=p))
    return [dict(id=f'{r["kind"]}.{i:02}', **r) for i, r in enumerate(rows, 1)]

def jsonl(rows:list[dict]) -> bytes:
    "One JSON object a line"
    return ''.join(json.dumps(r, ensure_ascii=False) + '\n' for r in rows).encode()

def build() -> dict[str, bytes]:
    "Everything that is rendered: path below forge_nb/data -> bytes"
    masters = [read_master(p) for p in sorted((HERE/'shelf').glob('*.md'))]
    shelf = {f'shelf/{m["file"]}': WRITE[Path(m['file']).suffix](m) for m in masters}
    return {**shelf, 'facts.jsonl': jsonl(facts(masters)), 'unanswerable.jsonl': jsonl(unanswerable(masters))}

def main() -> int:
    "Write, or check with --check"
    files = build()
    stale = [k for k, v in files.items() if not (DATA/k).is_file() or (DATA/k).read_bytes() != v]
    stale += [f'shelf/{p.name}' for p in (DATA/'shelf').glob('*') if f'shelf/{p.name}' not in files]
    if '--check' in sys.argv:
        print('\n'.join(stale) or f'{len(files)} files are as the masters say')
        return len(stale) > 0
    for k in stale:
        if k in files:
            (DATA/k).parent.mkdir(parents=True, exist_ok=True)
            (DATA/k).write_bytes(files[k])
        else: (DATA/k).unlink()
    print(f'{len(files)} files, {len(stale)} of them new or changed')
    return 0

if __name__ == '__main__': sys.exit(main())
