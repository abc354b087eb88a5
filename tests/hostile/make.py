"""Write hostile files: `python tests/hostile/make.py FOLDER`

Each is what a reader of documents may meet by accident or by malice, and most have hurt somebody's. They are made from
a seed and small on disk. `{canary}` is a file that nobody may read, `{url}` an address that nobody may call."""
import bz2, gzip, io, json, lzma, random, struct, sys, tarfile, zipfile, zlib
from pathlib import Path

import docx
from reportlab.pdfgen.canvas import Canvas

FILES = {}   # name → how to make it
def hostile(name:str, big:bool=False):
    "Register a maker of bytes; `big` ones are left to the long campaign"
    def add(fn): FILES[name] = (fn, big); return fn
    return add
def plain(name:str, data, big:bool=False) -> None: FILES[name] = (data if callable(data) else lambda **kw: data, big)

# Parts

def pdf(*objects:bytes, root:int=1, more:bytes=b'') -> bytes:
    out, at = io.BytesIO(), []
    out.write(b'%PDF-1.7\n')
    for i,o in enumerate(objects, 1): at.append(out.tell()); out.write(b'%d 0 obj\n%s\nendobj\n' % (i, o))
    x = out.tell()
    out.write(b'xref\n0 %d\n0000000000 65535 f \n' % (len(at)+1) + b''.join(b'%010d 00000 n \n' % a for a in at))
    out.write(b'trailer<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n' % (len(at)+1, root, more, x))
    return out.getvalue()
def stream(data:bytes, head:bytes=b'/Filter/FlateDecode') -> bytes: return b'<</Length %d%s>>stream\n%s\nendstream' % (len(data), head, data)
CATALOG, PAGES = b'<</Type/Catalog/Pages 2 0 R>>', b'<</Type/Pages/Kids[3 0 R]/Count 1>>'
PAGE = b'<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<</Font<</F 5 0 R>>>>/Contents 4 0 R>>'
FONT = b'<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'
SAY = b'BT /F 12 Tf 20 100 Td (The owl waits.) Tj ET'
def deflated(pattern:bytes, times:int) -> bytes:
    c, block = zlib.compressobj(9), pattern*max(1, (1<<16)//len(pattern))
    n = len(pattern)*times
    return b''.join(c.compress(block[:min(len(block), n-i)]) for i in range(0, n, len(block))) + c.flush()
def good_pdf(pages:int=3, **kw) -> bytes:
    c = Canvas(out := io.BytesIO(), invariant=1, **kw)
    for i in range(pages): c.drawString(50, 700, f'The owl waits on page {i}.'); c.showPage()
    c.save()
    return out.getvalue()
def good_docx() -> bytes:
    d, out = docx.Document(), io.BytesIO()
    d.add_heading('The owl', 1); d.add_paragraph('The owl waits.'); d.save(out)
    return out.getvalue()
def repack(change:dict, base:bytes|None=None) -> bytes:
    "A DOCX with members changed (a function of the old content) or added (bytes)"
    with zipfile.ZipFile(io.BytesIO(base or good_docx())) as src, zipfile.ZipFile(out := io.BytesIO(), 'w', zipfile.ZIP_DEFLATED) as dst:
        for n in src.namelist(): dst.writestr(n, change[n](src.read(n)) if callable(change.get(n)) else src.read(n))
        for n,v in change.items():
            if not callable(v): dst.writestr(n, v)
    return out.getvalue()
def in_body(xml:bytes): return lambda x: x.replace(b'<w:body>', b'<w:body>' + xml)
def zipped(*members:tuple[str,bytes], method:int=zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(out := io.BytesIO(), 'w', method) as z:
        for n,data in members: z.writestr(zipfile.ZipInfo(n), data, method, 9)
    return out.getvalue()
def tarred(*members, mode:str='w') -> bytes:
    with tarfile.open(fileobj=(out := io.BytesIO()), mode=mode) as t:
        for name,data,kind,link in members:
            i = tarfile.TarInfo(name); i.size, i.type, i.linkname = len(data), kind, link
            if kind in (tarfile.CHRTYPE, tarfile.BLKTYPE): i.devmajor, i.devminor = 1, 5
            t.addfile(i, io.BytesIO(data))
    return out.getvalue()
def flipped(data:bytes, seed:int, n:int) -> bytes:
    r, out = random.Random(seed), bytearray(data)
    for _ in range(n): out[r.randrange(len(out))] ^= 1 << r.randrange(8)
    return bytes(out)

# PDF

plain('pdf bomb.pdf', lambda **kw: pdf(CATALOG, PAGES, PAGE, stream(deflated(b' ', 1<<30)), FONT), big=True)
plain('pdf bomb twice deflated.pdf', lambda **kw: pdf(CATALOG, PAGES, PAGE, stream(zlib.compress(deflated(b' ', 1<<30), 9), b'/Filter[/FlateDecode/FlateDecode]'), FONT), big=True)
plain('pdf bomb of text.pdf', lambda **kw: pdf(CATALOG, PAGES, PAGE, stream(deflated(b'BT /F 1 Tf (owl) Tj ET ', 8_000_000)), FONT))
plain('pdf 100000 pages.pdf', lambda **kw: pdf(CATALOG, b'<</Type/Pages/Kids[' + b'3 0 R '*100_000 + b']/Count 100000>>', PAGE, stream(zlib.compress(SAY)), FONT), big=True)
plain('pdf counts two billion.pdf', lambda **kw: pdf(CATALOG, b'<</Type/Pages/Kids[3 0 R]/Count 2147483647>>', PAGE, stream(zlib.compress(SAY)), FONT))
plain('pdf pages in a circle.pdf', lambda **kw: pdf(CATALOG, b'<</Type/Pages/Kids[2 0 R 3 0 R]/Count 9/Parent 2 0 R>>', PAGE, stream(zlib.compress(SAY)), FONT))
plain('pdf page tree 50000 deep.pdf', lambda **kw: pdf(CATALOG, *[b'<</Type/Pages/Count 1/Kids[%d 0 R]>>' % (i+3) for i in range(50_000)], b'<</Type/Page/MediaBox[0 0 9 9]>>'))
plain('pdf length refers to itself.pdf', lambda **kw: pdf(CATALOG, PAGES, PAGE, b'<</Length 4 0 R>>stream\n' + SAY + b'\nendstream', FONT))
plain('pdf form in itself.pdf', lambda **kw: pdf(CATALOG, PAGES, PAGE.replace(b'/Font', b'/XObject<</X 6 0 R>>/Font'), stream(b'/X Do', b''), FONT, b'<</Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>/Length 10>>stream\n/X Do /X Do\nendstream'), big=True)
plain('pdf arrays 100000 deep.pdf', lambda **kw: pdf(CATALOG, PAGES, PAGE[:-2] + b'/X ' + b'['*100_000 + b']'*100_000 + b'>>', stream(zlib.compress(SAY)), FONT))
plain('pdf cut in half.pdf', lambda **kw: good_pdf(40)[:len(good_pdf(40))//2])
plain('pdf cut at its mark.pdf', lambda **kw: good_pdf()[:-7])
for k in range(8): plain(f'pdf flipped {k}.pdf', lambda k=k, **kw: flipped(good_pdf(20), k, 4**(k//2+1)), k > 2)
plain('pdf locked.pdf', lambda **kw: good_pdf(encrypt='secret'))
plain('pdf forms in forms.pdf', lambda **kw: pdf(CATALOG, PAGES, PAGE.replace(b'/Font', b'/XObject<</X 6 0 R>>/Font'), stream(b'/X Do '*10, b''), FONT,
    *[b'<</Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>/Length 60>>stream\n%s\nendstream' % (i+7, b'/X Do '*10) for i in range(9)],
    b'<</Subtype/Form/BBox[0 0 9 9]/Resources<</Font<</F 5 0 R>>>>/Length %d>>stream\n%s\nendstream' % (len(SAY), SAY)))
plain('pdf scattered.pdf', lambda **kw: pdf(CATALOG, PAGES, PAGE, stream(zlib.compress(b''.join(
    b'BT /F %d Tf %d %d Td (owl%d) Tj ET ' % (r.randrange(2, 30), r.randrange(2000), r.randrange(2000), i) for r in [random.Random(5)] for i in range(12_000)))), FONT))
plain('pdf asks.pdf', lambda url, canary, **kw: pdf(
    CATALOG[:-2] + b'/OpenAction<</S/JavaScript/JS(app.launchURL("%s");)>>/AA<</WC<</S/URI/URI(%s)>>>>>>' % (url.encode(), url.encode()), PAGES,
    PAGE[:-2] + b'/Annots[<</Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F(%s)>>>>]>>' % canary.encode(), b'<</Length 0/F(%s)/FFilter[]>>stream\n\nendstream' % canary.encode(), FONT))
plain('pdf with a file outside.pdf', lambda url, **kw: pdf(CATALOG, PAGES, PAGE, b'<</Length 0/F<</FS/URL/F(%s)>>>>stream\n\nendstream' % url.encode(), FONT))
plain('pdf only a head.pdf', b'%PDF-1.7\n%%EOF\n')

# DOCX and what is zipped

P3M = b'<w:p><w:r><w:t>x</w:t></w:r></w:p>'
def padded(data:bytes) -> bytes:
    "Stored beside noise, so that no ratio betrays the rest"
    return repack({'word/media/noise.bin': random.Random(1).randbytes(1<<20)}, data)
plain('docx three million paragraphs.docx', lambda **kw: repack({'word/document.xml': in_body(P3M*3_000_000)}))
plain('docx three million padded.docx', lambda **kw: padded(repack({'word/document.xml': in_body(P3M*3_000_000)})), True)
plain('docx 100000 deep.docx', lambda **kw: repack({'word/document.xml': in_body(b'<w:sdt><w:sdtContent>'*100_000 + b'</w:sdtContent></w:sdt>'*100_000)}))
plain('docx span of a billion.docx', lambda **kw: repack({'word/document.xml': in_body(b'<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="1000000000"/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>')}))
def entity(system:str, encoding:str='utf-8', before:bytes=b''):
    return lambda x: ('<?xml version="1.0" encoding="%s"?>' % encoding + before.decode() + f'<!DOCTYPE d [<!ENTITY x SYSTEM "{system}">]>'
                      + x.decode().split('?>', 1)[1].replace('The owl waits', '&x; The owl waits')).encode(encoding)
plain('docx entity file.docx', lambda canary, **kw: repack({'word/document.xml': entity('file://' + canary)}))
plain('docx entity passwd.docx', lambda **kw: repack({'word/document.xml': entity('file:///etc/passwd')}))
plain('docx entity http.docx', lambda url, **kw: repack({'word/document.xml': entity(url)}))
plain('docx entity utf-16.docx', lambda canary, **kw: repack({'word/document.xml': entity('file://' + canary, 'utf-16')}))
plain('docx entity behind a comment.docx', lambda canary, **kw: repack({'word/document.xml': entity('file://' + canary, before=b'<!--' + b' '*5000 + b'-->')}))
plain('docx dtd outside.docx', lambda url, **kw: repack({'word/document.xml': lambda x: x.replace(b'?>', f'?><!DOCTYPE d SYSTEM "{url}/d.dtd">'.encode(), 1)}))
plain('docx relation outside.docx', lambda url, canary, **kw: repack({'word/_rels/document.xml.rels': lambda x: x.replace(b'</Relationships>', ''.join(
    f'<Relationship Id="rX{i}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{t}" Target="{a}" TargetMode="External"/>'
    for i,(t,a) in enumerate([('image', url), ('attachedTemplate', url), ('oleObject', 'file://' + canary)])).encode() + b'</Relationships>')}))
LAUGH = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">' + ''.join(f'<!ENTITY a{i} "{f"&a{i-1};"*10}">' for i in range(1, 12)) + ']>'
plain('docx laughs.docx', lambda **kw: repack({'word/document.xml': lambda x: LAUGH.encode() + x.split(b'?>', 1)[1].replace(b'The owl', b'&a11;')}))
plain('docx locked.docx', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(504) + 'EncryptedPackage'.encode('utf-16-le') + bytes(1000))
plain('docx cut.docx', lambda **kw: good_docx()[:-300])
plain('docx no document.docx', lambda **kw: zipped(('[Content_Types].xml', b'<Types/>'), ('word/x', b'')))
for k in range(4): plain(f'docx flipped {k}.docx', lambda k=k, **kw: flipped(good_docx(), k, 4**(k+1)), k > 1)
plain('epub in a circle.epub', lambda **kw: zipped(('META-INF/container.xml', b'<c><rootfile full-path="a.opf"/></c>'),
    ('a.opf', b'<p><item id="a" href="a.opf"/>' + b'<itemref idref="a"/>'*3000 + b'</p>')))
plain('epub asks.epub', lambda canary, url, **kw: zipped(('META-INF/container.xml', f'<!DOCTYPE c [<!ENTITY x SYSTEM "file://{canary}">]><c><rootfile full-path="a.opf"/>&x;</c>'.encode()),
    ('a.opf', b'<p/>'), ('a.xhtml', f'<img src="{url}">'.encode())))
plain('pptx no slides.pptx', lambda **kw: zipped(('[Content_Types].xml', b''), ('ppt/presentation.xml', b'<a/>')))

# Archives

def nested(depth:int, width:int) -> bytes:
    data = zipped(('owl.txt', b' '*(1<<22)))
    for _ in range(depth): data = zipped(*[(f'{i}.zip', data) for i in range(width)])
    return data
plain('zip like 42.zip', lambda **kw: nested(5, 16))
plain('zip bomb.zip', lambda **kw: zipped(('owl.txt', b' '*(512<<20))), True)
@hostile('zip overlapping.zip')
def overlap(**kw) -> bytes:
    data = bytearray(zipped(('owl.txt', random.Random(3).randbytes(1<<14))))
    d = data.index(b'PK\1\2')
    one = bytes(data[d:data.index(b'PK\5\6')])
    return bytes(data[:d]) + one*400 + struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, 400, 400, len(one)*400, d, 0)
plain('zip lies about sizes.zip', lambda **kw: zipped(('owl.txt', b' '*(64<<20))).replace(struct.pack('<I', 64<<20), struct.pack('<I', 100)))
plain('zip 60000 members.zip', lambda **kw: zipped(*[(f'{i}.md', b'') for i in range(60_000)], method=zipfile.ZIP_STORED), big=True)
plain('zip ways up.zip', lambda **kw: zipped(*[(n, b'The owl waits, %d.' % i) for i,n in enumerate(
    ('../../../../tmp/forge_nb_escaped.md', '/tmp/forge_nb_escaped.md', 'C:\\forge_nb_escaped.md', '..\\..\\x.md', 'a\0b.md', '\x1b[2J.md', '.', '..', '../', 'x'*5000 + '.md', 'CON.md'))]))
plain('zip of itself.zip', lambda **kw: zipped(('a.zip', zipped(('b.zip', zipped(('c.zip', zipped(('d.md', b'deep')))))))))
plain('zip cut.zip', lambda **kw: zipped(('owl.md', b'The owl waits.'*999))[:-20])
plain('gzip bomb.gz', lambda **kw: b''.join(gzip.compress(b' '*(64<<20)) for _ in range(32)), big=True)
plain('gzip called text.txt', lambda **kw: gzip.compress(b' '*(300<<20)), big=True)
plain('xz bomb.xz', lambda **kw: lzma.compress(b' '*(400<<20)), True)
plain('bz2 bomb.txt.bz2', lambda **kw: bz2.compress(b' '*(300<<20)), big=True)
plain('tar links and devices.tar', lambda canary, **kw: tarred(('link.md', b'', tarfile.SYMTYPE, canary), ('hard.md', b'', tarfile.LNKTYPE, canary), ('zero.md', b'', tarfile.CHRTYPE, ''),
    ('disk.md', b'', tarfile.BLKTYPE, ''), ('pipe.md', b'', tarfile.FIFOTYPE, ''), ('../up.md', b'The owl waits above.', tarfile.REGTYPE, '')))
plain('tar bomb.tgz', lambda **kw: tarred(('a.md', b'The owl.', tarfile.REGTYPE, ''), ('b.md', b' '*(700<<20), tarfile.REGTYPE, ''), mode='w:gz'), True)
@hostile('tar claims ten gigabytes.tar')
def claims(**kw) -> bytes:
    i = tarfile.TarInfo('owl.md'); i.size = 10<<30
    return i.tobuf() + b'The owl waits.'
plain('tar sparse.tar', lambda **kw: tarfile.TarInfo('owl.md').tobuf().replace(b'0' + bytes(99), b'S' + bytes(99), 1) + bytes(1024))

# HTML

plain('html 100000 deep.html', b'<div>'*100_000 + b'The owl waits.' + b'</div>'*100_000)
plain('html 100000 inline.html', b'<b><i>'*50_000 + b'The owl waits.', big=True)
plain('html tables in tables.html', b'<table><tr><td>'*20_000 + b'The owl waits.')
plain('html a million attributes.html', lambda **kw: b'<p ' + b' '.join(b'a%d=1' % i for i in range(1_000_000)) + b'>The owl waits.', big=True)
plain('html 300000 unclosed.html', b'<p><b><td><li>The owl<'*75_000, big=True)
plain('html data.html', lambda **kw: b'<p>The owl waits.<img src="data:image/png;base64,' + b'QUJD'*5_000_000 + b'"><iframe src="data:text/html,<script>x()</script>"></iframe>')
plain('html asks.html', lambda url, canary, **kw: (
    f'<!DOCTYPE html SYSTEM "{url}/d.dtd" [<!ENTITY x SYSTEM "file://{canary}">]><meta http-equiv=refresh content="0;url={url}"><base href="{url}">'
    f'<link rel=stylesheet href="{url}/s.css"><script src="{url}/s.js"></script><p>The owl &x; waits.<img src="{url}/i.png"><iframe src="file://{canary}"></iframe>'
    f'<object data="{url}"></object><style>@import url({url})</style><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{canary}" parse="text"/>').encode())
plain('html wrong charset.html', '<meta charset="utf-16"><p>The owl wäits, 猫.'.encode())
plain('html charset of rot13.html', b'<meta charset="rot13"><p>The owl waits.<!-- --><meta charset=zip>')
plain('html zeros.html', b'<p>The\0 owl\0 waits.</p>' + b'\0'*100 + b'<p>' + b'It does. '*9000)
plain('html drawings in drawings.html', b'<p>The owl waits.</p>' + b'<svg>'*50_000)
plain('html sixteen million paragraphs.html', lambda **kw: b'<p>a'*16_000_000)
plain('html only open.html', b'<'*2_000_000)
plain('html entities.html', b'<p>' + b'&amp;#x110000;&#xD800;&#0;&nosuch;&'*100_000)
plain('html comment without end.html', b'<p>The owl waits.<!--' + b'-'*3_000_000)
plain('html blanks in style.html', b'<p style="' + b' \t'*3_000_000 + b'display:none">The owl waits.')
plain('html meta.html', b'<meta ' + b'x'*4_000_000 + b'<meta '*100_000)

# Notebooks, Markdown, text

plain('notebook deep.ipynb', b'{"cells": ' + b'['*2_000_000)
plain('notebook deep objects.ipynb', b'{"cells": ' + b'{"a":'*500_000)
plain('notebook wide.ipynb', lambda **kw: b'{"cells": [' + b'[],'*12_000_000 + b'[]]}', True)
for k,cells in enumerate((3, None, 'cells', [3], [{'cell_type': 3, 'source': 3}], [{'cell_type': 'code', 'source': [[1], {}]}], [{'cell_type': {}, 'source': ['a']}], {'a': 1})):
    plain(f'notebook wrong {k}.ipynb', json.dumps({'cells': cells}).encode(), k > 4)
plain('notebook long number.ipynb', b'{"cells": ' + b'9'*1_000_000 + b'}')
plain('notebook lone surrogates.ipynb', b'{"cells": [{"cell_type": "markdown", "source": "The owl \\ud800 waits \\udc00."}]}')
plain('markdown a million backticks.md', b'`'*1_000_000 + b'\nThe owl waits.')
plain('markdown a million fences.md', b'```\n'*1_000_000 + b'The owl waits.')
plain('markdown a million headings.md', b'# a\n'*1_000_000)
plain('markdown hashes.md', b'#'*2_000_000 + b'\n# ' + b' #'*1_000_000 + b'x\n')
plain('markdown front matter without end.md', b'---\n' + b'title: ' + b' '*3_000_000 + b'x\n' + b'a: b\n'*100_000)
plain('markdown brackets.md', b'[' * 1_000_000 + b'](' * 1_000_000)
plain('rst adornments.rst', b'=\n==\n===\n====\n'*200_000, big=True)
plain('rst a comment.rst', b'..\n' + b'   The owl waits.\n'*200_000 + b'.. ' + b'a'*3_000_000 + b'::')
plain('text one line.txt', lambda **kw: b'The owl waits. '*(50<<20>>4), True)
plain('text one word.txt', b'a'*10_000_000)
plain('text newlines.txt', b'\r\n\r'*5_000_000)
plain('text mojibake on one line.txt', 'schÃ¶n â€™ '.encode()*300_000, big=True)
plain('text utf-16 half.txt', 'The owl waits.'.encode('utf-16')[:-1])
plain('text utf-16 lone surrogates.txt', b'\xff\xfe' + b'\x00\xd8'*50_000 + 'The owl waits.'.encode('utf-16-le'))
plain('text marks.txt', (b'\xef\xbb\xbf\xff\xfe\xfe\xff\0\0\xfe\xff' * 1000) + b'The owl waits.')
plain('text marks inside.txt', '\ufeff'.encode()*100_000 + b'The owl waits.')
plain('text accents.txt', ('o' + '\u0301\u0323'*1_000_000 + 'wl').encode())
plain('text accents in turn.txt', ('o\u0323\u0301\u0327'*400_000 + 'o' + '\u0316'*200_000 + '\u0301'*200_000).encode(), big=True)
plain('text directions.txt', ('\u202e\u2066\u200b\u200d'*200_000 + 'The owl waits.').encode())
plain('text any bytes.txt', random.Random(7).randbytes(1_000_000))
plain('text high bytes.txt', bytes(random.Random(8).choices(range(128, 256), k=2_000_000)), big=True)
plain('text overlong.txt', b'\xc0\xaf\xe0\x80\xaf\xf8\x88\x80\x80\x80'*100_000)
plain('code terminal.py', b'\x1b]0;owned\x07\x1b[2J'*100_000 + b'print("The owl waits.")')

def make(folder:Path, url:str='http://127.0.0.1:9/', canary:str='/etc/hostname', big:bool=True) -> list[Path]:
    "Write them all, or those of the short campaign"
    folder.mkdir(parents=True, exist_ok=True)
    for name,(fn,long) in FILES.items():
        if big or not long: (folder/name).write_bytes(fn(url=url, canary=canary))
    return sorted(p for p in folder.iterdir())

if __name__ == '__main__':
    made = make(Path(sys.argv[1]))
    print(len(made), 'files,', sum(p.stat().st_size for p in made) >> 20, 'MB')
