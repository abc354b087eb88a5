"""Tables on a page stay rows; lists, columns, contents and dialogues stay what they are; a numbered heading is no running line."""
import io, random

import pytest
from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import ListFlowable, Paragraph, Preformatted, SimpleDocTemplate, Spacer, Table
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet

from forge_nb.layout import join_blocks
from forge_nb.pdf import parse_pdf

WORDS = 'owl mouse barley oak waits longer than the river runs quietly past every stone that was laid in winter'.split()
LOOKS = {'ruled': [('GRID', (0, 0), (-1, -1), .5, colors.black)], 'lines above and below': [('LINEABOVE', (0, 0), (-1, 0), 1, colors.black)],
         'bare': [], 'right': [('ALIGN', (1, 0), (-1, -1), 'RIGHT')], 'centred': [('ALIGN', (1, 0), (-1, -1), 'CENTER')]}

@pytest.mark.parametrize('look', LOOKS)
def test_rows_stay_rows(look):
    r = random.Random(look)
    data = [['Month', 'Mice', 'Weight in g', 'Remark']] + [
        [f'{r.choice(WORDS)} {i}', str(r.randint(0, 9)), f'{r.uniform(1, 99):.1f}', '' if i % 3 == 0 else r.choice(WORDS)] for i in range(8)]
    prose = Paragraph(' '.join(r.choice(WORDS) for _ in range(60)), getSampleStyleSheet()['Normal'])
    SimpleDocTemplate(out := io.BytesIO()).build([prose, Table(data, style=LOOKS[look]), prose])
    blocks = [b for page in parse_pdf(out.getvalue())['pages'] for b in page]
    assert [t.split(' | ') for k,t in blocks if k == 'tr'] == data
    assert sum(k == 'p' for k,_ in blocks) == 2

def test_a_small_table_below_a_name_over_several_columns_is_one():
    data = [['Owl', 'Size', ''], ['', 'cm', 'g'], ['Barn', '33', '300'], ['Snowy', '60', '2000']]
    style = [('GRID', (0, 0), (-1, -1), .5, colors.black), ('SPAN', (1, 0), (2, 0)), ('SPAN', (0, 0), (0, 1))]
    SimpleDocTemplate(out := io.BytesIO()).build([Table(data, style=style)])
    blocks = [b for page in parse_pdf(out.getvalue())['pages'] for b in page]
    assert [t for k,t in blocks if k == 'tr'] == ['Owl | Size', 'Owl | cm | g', 'Barn | 33 | 300', 'Snowy | 60 | 2000']

def test_a_code_that_was_divided_in_a_cell_keeps_its_hyphen():
    c = Canvas(out := io.BytesIO()); c.setFont('Helvetica', 9)
    for k in range(5):
        y = 700 - 40*k
        t = c.beginText(); at = t.setTextOrigin
        for x,up,said in ((72, 0, f'0{k+1}.03.2024'), *(((150, 5, 'rope and tar for the mast'), (150, -5, 'and wool for the keeper')) if k % 2 else ((150, 0, 'wool for the mast'),)), (300, 5, f'{"ABC"[k%3]}-'), (300, -5, f'{k+1}18'), (360, 0, f'{k}7.50')): at(x, y + up); t.textOut(said)
        c.drawText(t)
    c.save()
    rows = [t.split(' | ') for page in parse_pdf(out.getvalue())['pages'] for kind,t in page if kind == 'tr']
    assert [r[2:] for r in rows] == [[f'{"ABC"[k%3]}-{k+1}18', f'{k}7.50'] for k in range(5)]

@pytest.mark.parametrize('between', [[], [Spacer(1, 4)], [Paragraph('Between.', getSampleStyleSheet()['Normal'])]])
def test_two_tables_with_borders_stay_two(between):
    grid, tables = [('GRID', (0, 0), (-1, -1), .5, colors.black)], [[['Region', '2023', '2024'], ['North', '12', '14'], ['South', '9', '11']], [['Manager', 'Phone'], ['Ida', '555-1']]]
    SimpleDocTemplate(out := io.BytesIO()).build([Table(tables[0], style=grid), *between, Table(tables[1], style=grid)])
    blocks = [b for page in parse_pdf(out.getvalue())['pages'] for b in page]
    assert [t.split(' | ') for k,t in blocks if k == 'tr'] == [*tables[0], *tables[1]] and blocks[3][0] == 'p'

def test_a_cell_over_several_rows_belongs_to_each():
    data = [['Line', 'Time', 'Note'], ['L1', '6:00', 'a'], ['', '7:00', 'b'], ['L2', 'no trains', '']]
    style = [('GRID', (0, 0), (-1, -1), .5, colors.black), ('SPAN', (0, 1), (0, 2)), ('SPAN', (1, 3), (2, 3)), ('LEFTPADDING', (0, 0), (-1, -1), 2), ('RIGHTPADDING', (0, 0), (-1, -1), 2)]
    SimpleDocTemplate(out := io.BytesIO()).build([Table(data, style=style)])
    assert [t for page in parse_pdf(out.getvalue())['pages'] for k,t in page if k == 'tr'] == ['Line | Time | Note', 'L1 | 6:00 | a', 'L1 | 7:00 | b', 'L2 | no trains']

def test_boxes_with_headings_and_the_paper_of_a_diagram_are_no_tables():
    c = Canvas(out := io.BytesIO())
    for k in range(4):
        x, y = 72 + 200*(k % 2), 600 - 90*(k//2)
        c.rect(x, y, 200, 90); c.setFont('Helvetica-Bold', 14); c.drawString(x+6, y+70, f'Card {k}'); c.setFont('Helvetica', 10)
        for j in range(4): c.drawString(x+6, y+54-12*j, f'The owl waits in the oak {k}{j}.')
    c.showPage()
    for k in range(8): c.line(72, 400+30*k, 282, 400+30*k); c.line(72+30*k, 400, 72+30*k, 610); c.drawString(50, 400+30*k, str(k)); c.drawString(72+30*k, 385, str(k))
    c.drawString(110, 500, 'Mice by year'); c.save()
    assert not [t for page in parse_pdf(out.getvalue())['pages'] for k,t in page if k == 'tr' and ('Card' in t or 'Mice' in t)]

LINES = {   # what stands at 72 points, what farther right
    'bullets': lambda r,k: ('•', ' '.join(r.choice(WORDS) for _ in range(6))), 'numbers': lambda r,k: (f'{k}.', r.choice(WORDS)),
    'sources': lambda r,k: (f'[{k}]', ' '.join(r.choice(WORDS) for _ in range(9))), 'dialogue': lambda r,k: (r.choice(['OWL:', 'MOUSE:']), r.choice(WORDS)),
    'contents': lambda r,k: (f'{k} {r.choice(WORDS)} ' + '.'*20, str(7*k)), 'code': lambda r,k: (str(k), f'owl.wait({r.choice(WORDS)})'),
    'two columns': lambda r,k: tuple(' '.join(r.choice(WORDS) for _ in range(7))[:38] for _ in '12')}

@pytest.mark.parametrize('kind', LINES)
def test_what_is_no_table_is_none(kind):
    r, c = random.Random(kind), Canvas(out := io.BytesIO())
    for k in range(12):
        for x,text in zip((72, 320), LINES[kind](r, k+1)): c.drawString(x, 700-14*k, text)
    c.save()
    assert not [t for page in parse_pdf(out.getvalue())['pages'] for k,t in page if k == 'tr']

def _below_heads(top): # the text of three pages, each below a line with its number
    c = Canvas(out := io.BytesIO())
    for i in range(3):
        c.drawString(72, 790, top.format(i+1))
        for k in range(9): c.drawString(72, 750-14*k, f'The owl waits here and the mouse waits there, {WORDS[k]} {"abc"[i]}.')
        c.showPage()
    c.save()
    return '\n'.join(t for page in parse_pdf(out.getvalue())['pages'] for _,t in page)

@pytest.mark.parametrize('top,kept', [('Step {}', True), ('Day {}: packing', True), ('Aufgabe {}', True), ('Page {}', False), ('{}', False),
                                      ('Seite {} von 3', False), ('The towers of Marn {}', False), ('Chapter 3', False)])
def test_headings_that_count_are_kept(top, kept):
    text = _below_heads(top)
    assert [top.format(i+1) in text.split('\n') for i in range(3)] == [kept]*3

def test_columns_written_across_the_page_are_read_one_after_the_other():
    r, c = random.Random(3), Canvas(out := io.BytesIO())
    sides = [[' '.join(r.choice(WORDS) for _ in range(7))[:38].strip() for _ in range(12)] for _ in '12']
    c.drawString(72, 740, 'What a title says over both of the columns of the page, and more than one of them')
    for k,pair in enumerate(zip(*sides)):
        for x,text in zip((72, 320), pair): c.drawString(x, 700-14*k, text)
    c.save()
    read = ' '.join(t for page in parse_pdf(out.getvalue())['pages'] for _,t in page)
    assert ' '.join(' '.join(side) for side in sides).split() == read.split()[18:]

PROSE = ('The western tower was finished in the year 412 by the guild of lamp-makers, who had promised it to the fishermen. '
         'Its keeper lives in the upper room and climbs ninety steps every evening, when the last of the boats has come in. ')
PROGRAM = 'def wait(owl, n=3):\n    for i in range(n):\n        owl.hoot(i)\n    return owl\n\nclass Owl:\n    eyes = 2\n    def hoot(self, i): print("hu"*i)'

def _story(*parts):
    SimpleDocTemplate(out := io.BytesIO(), invariant=1).build(list(parts))
    return [b for page in parse_pdf(out.getvalue())['pages'] for b in page]

def test_lists_listings_and_addresses_keep_their_lines():
    style = getSampleStyleSheet()
    text = lambda s: Paragraph(s, style['BodyText'])
    items = ['Take the lamp.', 'Climb the ninety steps of the tower, slowly and without looking down at the lake that lies below it in the morning.', 'Light it.']
    bullets = lambda **kw: ListFlowable([text(t) for t in items], **kw)
    shell = '$ forge init p\n$ forge add p docs/\n$ forge train p'
    got = _story(text(PROSE*3), Preformatted(PROGRAM, style['Code']), text(PROSE*2), bullets(bulletType='bullet', start='•'), text(PROSE),
                 text('<br/>'.join(f'{i}. {t}' for i,t in enumerate(items, 1))), text(PROSE), Preformatted(shell, style['Code']), text(PROSE),
                 text('Guild of Lamp-makers<br/>Harbour Road 3<br/>4711 Marn'), text(PROSE))
    assert [t for k,t in got if k == 'pre'] == [PROGRAM, shell]
    assert [t for k,t in got if k == 'li'] == items and [t for k,t in got if k == 'ol'] == [f'{i}. {t}' for i,t in enumerate(items, 1)]
    assert [t for k,t in got if k == 'lines'] == ['Guild of Lamp-makers\nHarbour Road 3\n4711 Marn']
    assert not [t for k,t in got if k[0] == 'h'] and {t for k,t in got if k == 'p'} == {PROSE.strip(), (PROSE*2).strip(), (PROSE*3).strip()}

@pytest.mark.parametrize('font', ['Courier', 'Helvetica', 'Times-Roman'])
@pytest.mark.parametrize('width', [60, 200])
def test_prose_is_put_together_in_any_type(font, width):
    style = ParagraphStyle('own', fontName=font, fontSize=9, rightIndent=450-2*width, spaceAfter=9)
    got = _story(*[Paragraph(f'{start} {PROSE}', style) for start in ('In May', '12. She said that', '– Perhaps –', 'Here') for _ in '12'])
    assert {k for k,_ in got} == {'p'} and not [t for _,t in got if '\n' in t]

def test_what_ends_a_page_is_no_footer_because_another_page_ends_alike():
    r, c, ends = random.Random(5), Canvas(out := io.BytesIO()), ['Closing balance: 130.00', 'Weight: 75 kg', 'The valve is safe.', 'The valve is safe.', 'Closing balance: 96.20']
    for i,end in enumerate(ends):
        c.drawString(72, 800, f'The manual of the dam, page {i+1}')
        for k in range(30): c.drawString(72, 760-14*k, ' '.join(r.choice(WORDS) for _ in range(9)))
        c.drawString(72, 760-14*30, end); c.showPage()
    c.save()
    said = parse_pdf(out.getvalue())
    text = '\n'.join(t for page in said['pages'] for _,t in page)
    assert [text.count(end) for end in dict.fromkeys(ends)] == [1, 1, 2, 1] and 'manual' not in text and 'running headers' in said['cleaned']

@pytest.mark.parametrize('turn', (90, 180, 270))
def test_a_page_that_is_shown_turned_reads_like_an_upright_one(turn):
    def page(turn) -> list:
        c = Canvas(out := io.BytesIO(), (600, 600))
        c.setPageRotation(turn); c.translate(*{0: (0, 0), 90: (600, 0), 180: (600, 600), 270: (0, 600)}[turn]); c.rotate(turn)
        said = ['What she took along when she climbed the western tower of the harbour in the evening', 'of that day, which was the longest of the year:',
                '• a lamp with oil', '• bread, and a book about the ways of the owls that live under its roof, with', '  pictures', 'Then she went up alone.']
        for i,t in enumerate(said): c.drawString(60 + 8*(len(t) - len(t.lstrip())), 500-14*i, t.strip())
        c.save()
        return [b for page in parse_pdf(out.getvalue())['pages'] for b in page]
    assert page(turn) == page(0)
    assert [k for k,_ in page(turn)] == ['p', 'li', 'li', 'p']

def _turned_pages(kind) -> dict:
    "The same page with its letters turned by quarters, shown turned by others"
    def page(shown, turn) -> list:
        c = Canvas(out := io.BytesIO(), (600, 600))
        for n in '12':
            c.setPageRotation(shown); c.translate(*{0: (0, 0), 90: (600, 0), 180: (600, 600), 270: (0, 600)}[turn]); c.rotate(turn)
            kind(c, n)
            c.showPage()
        c.save()
        return [b for page in parse_pdf(out.getvalue())['pages'] for b in page]
    return {(shown, turn): page(shown, turn) for shown in (0, 90, 180, 270) for turn in (0, 90, 180, 270)}

def _prose_page(c, n):
    c.drawString(60, 560, f'The manual of the dam, page {n}')
    for k,t in enumerate(['What she took along when she climbed the western tower of the harbour in the evening', f'of day {n}, which was the longest of the year:',
                          '• a lamp with oil', '• bread', 'Then she went up alone.']): c.drawString(60, 500-14*k, t)
    c.saveState(); c.translate(30, 100); c.rotate(90); c.drawString(0, 0, 'draft'); c.restoreState()   # up the margin

def _table_page(c, n):
    for k,row in enumerate([('Month', 'Mice', 'Remark'), ('May', '40', 'wet'), ('June', '', 'dry'), ('July', '9', 'late'), ('August', '12', '')]):
        for x,cell in zip((60, 160, 260), row): c.drawString(x, 500-14*k, cell)

def _listing_page(c, n):
    c.setFont('Courier', 10)
    for k,t in enumerate(PROGRAM.split('\n')): c.drawString(60, 500-12*k, t)

@pytest.mark.parametrize('kind', (_prose_page, _table_page, _listing_page))
def test_letters_decide_which_way_a_page_is_read(kind):
    read = _turned_pages(kind)
    assert {k for k,_ in read[0, 0]} == {_prose_page: {'p', 'li'}, _table_page: {'tr'}, _listing_page: {'lines'}}[kind]
    for how,blocks in read.items(): assert blocks == read[0, 0], how

GRID = [('GRID', (0, 0), (-1, -1), .5, colors.black)]
ITEMS = {'items': [f'item {j} of the list: turn the screw' for j in range(3)], 'short': ['oil', 'a wick', 'matches'],
         'long': ['turn the screw until the red lamp goes out and the pump has come to rest, which takes a minute or two on a cold day', 'wait', 'close the valve']}
PARTS = [['Part', 'Price', 'Note'], ['Bolt', '1,50', 'steel, long'], ['Nut', '', 'brass'], ['Multi\nline', '7', 'x']]
PARTS_READ = [' '.join(' | '.join(r).split('\n')) for r in PARTS]

@pytest.mark.parametrize('below', (False, True))
@pytest.mark.parametrize('kind', ('1', 'bullet', 'a'))
@pytest.mark.parametrize('items', ITEMS)
@pytest.mark.parametrize('wide', (None, [150]*3))
def test_a_list_beside_a_table_is_no_part_of_it(items, kind, wide, below):
    text = lambda s: Paragraph(s, getSampleStyleSheet()['BodyText'])
    parts = [ListFlowable([text(t) for t in ITEMS[items]], bulletType=kind), Table(PARTS, style=GRID, colWidths=wide)]
    got = _story(text(PROSE*2), *(parts[::-1] if below else parts), text(PROSE*2))
    assert [t for k,t in got if k == 'tr'] == PARTS_READ
    said = [t for k,t in got if k != 'tr'][1:-1]
    assert [t if kind == 'bullet' else t.split(' ', 1)[1] for t in said] == ITEMS[items]

def test_rows_that_are_numbered_stay_rows():
    assert [t for k,t in _story(Table([['No', 'City'], ['1', 'Bonn'], ['2', 'Aachen'], ['3', 'Trier']], style=GRID)) if k == 'tr'] == ['No | City', '1 | Bonn', '2 | Aachen', '3 | Trier']

@pytest.mark.parametrize('where', ('TOP', 'MIDDLE', 'BOTTOM'))
@pytest.mark.parametrize('wrap', (False, True))
def test_a_cell_of_several_lines_is_one_cell(where, wrap):
    text = lambda s: Paragraph(s, getSampleStyleSheet()['BodyText'])
    data = [['Part', 'What it does'], ['Bolt', 'holds the lid of the pump where it is, whatever the pressure'], ['Nut', 'is turned by hand'],
            ['Washer', 'keeps the oil in and the water out, and has to be renewed each year'], ['Spring', 'opens the valve as soon as nobody holds it']]
    if wrap: table = Table([[text(c) for c in r] for r in data], style=[*GRID, ('VALIGN', (0, 0), (-1, -1), where)], colWidths=[80, 160])
    else: table, data = Table(PARTS[:2] + [['Nut', '', 'brass,\nyellow\nand thin']] + PARTS[3:], style=[*GRID, ('VALIGN', (0, 0), (-1, -1), where)]), None
    got = [t for k,t in _story(text(PROSE*2), table, text(PROSE*2)) if k == 'tr']
    assert got == ([' | '.join(r) for r in data] if data else [*PARTS_READ[:2], 'Nut |  | brass, yellow and thin', PARTS_READ[3]])

def _drawn(*lines) -> list:
    "Blocks of a page with texts at places"
    c = Canvas(out := io.BytesIO(), (600, 800)); c.setFont('Helvetica', 10)
    for x,y,t in lines: c.drawString(x, y, t)
    c.save()
    return [b for page in parse_pdf(out.getvalue())['pages'] for b in page]

def test_what_looks_like_cells_of_several_lines_is_left_alone():
    addresses = [(x, 700-12*k, t) for x,a in ((60, ['Guild of Lamp-makers', 'Harbour Road 3', '4711 Marn']), (320, ['Council of Orrin', 'Lake Street 5', '4712 Orrin'])) for k,t in enumerate(a)]
    assert [k for k,_ in _drawn(*addresses)].count('tr') == 0 and 'Guild of Lamp-makers Harbour Road 3 4711 Marn' in ' '.join(t.replace('\n', ' ') for _,t in _drawn(*addresses))
    r = random.Random(2)
    animals = [(r.choice(WORDS), r.choice(WORDS)) for _ in range(12)]
    grouped = [(x, 700-12*k-10*(k//4), t) for k,row in enumerate(animals) for x,t in zip((60, 200), row)]      # rows near each other, in groups of four
    assert [t for k,t in _drawn(*grouped) if k == 'tr'] == [' | '.join(row) for row in animals]
    months = [(x, 700-12*k-10*(k//3), t) for k,m in enumerate(['May', 'June', 'July', 'August', 'March', 'April']) for x,t in ((60, m), (200, str(7*k+3)), (300, 'wet'*(k % 3 == 0))) if t]
    assert len([t for k,t in _drawn(*months) if k == 'tr']) == 6
    columns = [(x, 700-12*k-8*(k//6), ' '.join(r.choice(WORDS) for _ in range(7))[:40]) for x in (60, 320) for k in range(30)]   # a page in two columns, with paragraphs
    assert [w for _,t in _drawn(*columns) for w in t.split()] == [w for _,_,t in columns for w in t.split()]
    assert not [t for k,t in _drawn(*columns) if k == 'tr']
    short = [(x, 700-12*k, t) for x in (60, 320) for k,t in enumerate(r.choice(WORDS) for _ in range(9))]      # an index
    assert [w for _,t in _drawn(*short) for w in t.split()] == [t for _,_,t in short]

SEVERAL = {'head': [['Name', 'Height\nin m', 'Year of\nfounding'], ['Kiel', '12', '1890'], ['Turku', '109', '1902'], ['Riga', '8', '1911']],
           'body': [['Port', 'Land', 'Depth'], ['Kiel', 'Germany\nnorth', '14 m\nat low'], ['Turku', 'Finland', '10 m'], ['Riga', 'Latvia', '9 m']],
           'four': [['Name of\nstation', 'Height\nin m', 'Year of\nfounding', 'Visits']] + [[w, str(7*i+3), str(1880+i), str(3*i)] for i,w in enumerate(WORDS[:9])],
           'each': [['Part', 'Use', 'Remark']] + [[w, 'turns the valve\nwhen nobody else\nis there', 'oil it before\nthe voyage'] for w in ('Bolt', 'Nut', 'Lever')]}

@pytest.mark.parametrize('where', ('TOP', 'MIDDLE', 'BOTTOM'))
@pytest.mark.parametrize('ruled', (True, False))
@pytest.mark.parametrize('kind', SEVERAL)
def test_a_row_with_several_cells_of_several_lines_is_one_row(kind, ruled, where):
    text = lambda s: Paragraph(s, getSampleStyleSheet()['BodyText'])
    got = _story(text(PROSE*2), Table(SEVERAL[kind], style=[*(GRID if ruled else []), ('VALIGN', (0, 0), (-1, -1), where)]), text(PROSE*2))
    assert got == [('p', (PROSE*2).strip()), *(('tr', ' | '.join(r).replace('\n', ' ')) for r in SEVERAL[kind]), ('p', (PROSE*2).strip())]

def test_cells_that_nearly_touch_are_cells_where_they_were_written_apart():
    cells = [(40, 700, 'Name of'), (40, 687, 'the port'), (80, 700, 'its'), (80, 687, 'depth'), (112, 700, 'Year of'), (112, 687, 'founding')]
    rows = [(x, 671-16*k, t) for k,row in enumerate([['Kiel', '14', '1890'], ['Riga', '9', '1902'], ['Turku', '10', '1911']]) for x,t in zip((40, 80, 112), row)]
    assert [t for k,t in _drawn(*cells, *rows) if k == 'tr'] == ['Name of the port | its depth | Year of founding', 'Kiel | 14 | 1890', 'Riga | 9 | 1902', 'Turku | 10 | 1911']

def test_rows_at_one_distance_are_told_by_the_order_in_which_they_were_written():
    lines = ['Part Use Remark', 'Bolt', 'Nut Seals Dry', 'Lever Turns Oil']
    cells = [(x, 700, t) for x,t in zip((60, 160, 300), lines[0].split())] + [(60, 687, 'Bolt')] + [(160, 687-13*k, t) for k,t in enumerate(('Opens when the', 'pressure is high'))]
    cells += [(300, 687-13*k, t) for k,t in enumerate(('Look at it', 'each month'))] + [(x, 661-13*k, t) for k,l in enumerate(lines[2:]) for x,t in zip((60, 160, 300), l.split())]
    assert [t for _,t in _drawn(*cells)] == ['Part | Use | Remark', 'Bolt | Opens when the pressure is high | Look at it each month', 'Nut | Seals | Dry', 'Lever | Turns | Oil']

def test_labels_and_columns_written_one_after_the_other_are_no_rows():
    r = random.Random(5)
    labels = [(x, 700-60*row-12*k, t) for row in range(4) for x in (60, 240, 420) for k,t in enumerate((f'{r.choice(WORDS).title()} {r.choice(WORDS).title()}', f'Lake Street {row}', f'47{row} Marn'))]
    assert not [t for k,t in _drawn(*labels) if k == 'tr']
    assert [w for _,t in _drawn(*labels) for w in t.split()] == [w for *_,t in labels for w in t.split()]
    sides = [(x, 700-12*k-8*(k//3), ' '.join(r.choice(WORDS) for _ in range(7))[:38].strip()) for x in (60, 320) for k in range(12)]
    assert [w for _,t in _drawn(*sides) for w in t.split()] == [w for *_,t in sides for w in t.split()]

@pytest.mark.parametrize('where', ('TOP', 'MIDDLE', 'BOTTOM'))
def test_a_head_of_two_lines_is_one_row_and_the_paragraph_above_none(where):
    data = [['Month', 'Weight\nin g', 'Remark'], ['May', '40', 'wet'], ['June', '31', 'dry'], ['July', '9', 'late']]
    got = _story(Paragraph(PROSE*3, getSampleStyleSheet()['BodyText']), Table(data, style=[*GRID, ('VALIGN', (0, 0), (-1, -1), where)]))
    assert got == [('p', (PROSE*3).strip()), *(('tr', ' | '.join(r).replace('\n', ' ')) for r in data)]

@pytest.mark.parametrize('above', (PARTS[:3] + [['Pin', '7', 'x']], [['Name', 'Anna Keller'], ['Role', 'Keeper'], ['Since', '1999']]))
def test_two_tables_one_below_the_other_are_two(above):
    below = [['Month', 'Mice'], ['May', '40'], ['June', '31'], ['July', '9']] if len(above[0]) > 2 else PARTS[:3] + [['Pin', '7', 'x']]
    got = _story(Table(above, style=GRID, colWidths=[150]*len(above[0])), Spacer(1, 9), Table(below, style=GRID, colWidths=[60, 80, 90][:len(below[0])]))
    assert [t for k,t in got if k == 'tr'] == [' | '.join(r) for r in above + below]

PORTS = [['Port', 'Land', 'Depth'], ['Kiel', 'Germany', '14 m'], ['Turku', 'Finland', '10 m'], ['Riga', 'Latvia', '9 m']]
SHIPS = [['Ship', 'Built'], ['Aurora', '1998'], ['Corona', '2011'], ['Delphin', '2013']]
_rows = lambda *tables: [('tr', ' | '.join(r)) for t in tables for r in t]

@pytest.mark.parametrize('side', ('LEFT', 'CENTER'))
@pytest.mark.parametrize('line', ('Ships', 'Table 2: Ships', 'Source: harbour offices.', 'The ships that called in that year at one or other of these ports:'))
@pytest.mark.parametrize('air', ((10, 10), (10, 0)))
def test_two_tables_with_a_line_between_them_are_two(side, line, air):
    text = lambda s: Paragraph(s, getSampleStyleSheet()['Normal'])
    got = _story(text(PROSE), Spacer(1, 10), Table(PORTS, hAlign=side), Spacer(1, air[0]), text(line), Spacer(1, air[1]), Table(SHIPS, hAlign=side), Spacer(1, 10), text(PROSE))
    if not (side == 'LEFT' and line == 'Ships' and not air[1]):     # a row, for all that can be seen
        assert got[1:-1] == [*_rows(PORTS), ('p', line), *_rows(SHIPS)]

@pytest.mark.parametrize('side', ('LEFT', 'CENTER'))
@pytest.mark.parametrize('line', ('Afterwards:', 'When the kiln is cold, in the evening, do this:'))
@pytest.mark.parametrize('kind', ('1', 'bullet'))
def test_a_table_a_line_and_a_list_are_three_things(side, line, kind):
    text = lambda s: Paragraph(s, getSampleStyleSheet()['Normal'])
    items = ListFlowable([text(t) for t in ('Close the lid.', 'Sign the sheet.')], bulletType=kind)
    got = _story(text(PROSE), Spacer(1, 10), Table(PORTS, style=GRID, hAlign=side), Spacer(1, 10), text(line), items, Spacer(1, 10), text(PROSE))
    assert got[1:6] == [*_rows(PORTS), ('p', line)] and [k for k,_ in got[6:]] == [{'1': 'ol', 'bullet': 'li'}[kind]]*2 + ['p']

def test_a_table_with_air_in_it_is_one():
    rows = [['May', '40', 'wet'], ['June', '31', ''], ['July', '9', ''], ['March', '12', ''], ['April', '8', 'dry'], ['August', '5', '']]
    grouped = lambda *skip: [(x, 700-15*k-12*sum(k >= s for s in skip), t) for k,row in enumerate(rows) for x,t in zip((60, 200, 300), row) if t]
    named = [(x, y, t) for x,y,t in grouped(3) if y > 650] + [(60, 643, 'Spring')] + [(x, y-15, t) for x,y,t in grouped(3) if y < 650]
    assert len([t for k,t in _drawn(*grouped(3)) if k == 'tr']) == len([t for k,t in _drawn(*grouped(2, 4)) if k == 'tr']) == 6
    assert [t for k,t in _drawn(*named) if k == 'tr'][3] == 'Spring |  | ' and [k for k,_ in _drawn(*named)] == ['tr']*7

@pytest.mark.parametrize('side', ('LEFT', 'CENTER'))
@pytest.mark.parametrize('ruled', (True, False))
@pytest.mark.parametrize('air', (12, 24, 40, 60))
def test_the_text_parts_two_tables(air, ruled, side):
    looks = dict(style=GRID if ruled else [], hAlign=side)
    text = join_blocks(_story(Table(PORTS, **looks), Spacer(1, air), Table(SHIPS, **looks)))
    assert text == '\n\n'.join('\n'.join(f'| {" | ".join(r)} |' for r in t) for t in (PORTS, SHIPS))

@pytest.mark.parametrize('look', LOOKS)
def test_the_text_parts_no_table(look):
    text = join_blocks(_story(Table([*PORTS, ['', '', '9 m'], *PORTS[1:]], style=LOOKS[look])))
    assert '\n\n' not in text and text.count('\n') == 7 and not set(text) & set('\x1e\x1f')

@pytest.mark.parametrize('around', (PROSE, PROSE*6))
def test_a_listing_keeps_its_indentation_below_a_blank_line(around):
    style, program = getSampleStyleSheet(), PROGRAM.replace('        owl.hoot(i)\n', '        owl.hoot(i)\n\n')
    got = _story(Paragraph(around, style['BodyText']), Preformatted(program, style['Code']), Paragraph(around, style['BodyText']))
    assert [t for k,t in got if k in ('pre', 'lines')] == [program] and [t for k,t in got if k == 'p'] == [around.strip()]*2

SINGLE = ['Coal lies in the cellar.', 'Oil stands upstairs.', 'Rope hangs by the door.', 'A priest came too.']

@pytest.mark.parametrize('air', (6, 12, 24))
@pytest.mark.parametrize('around', ([], [PROSE*3]))
def test_paragraphs_of_one_line_are_paragraphs(air, around):
    style = ParagraphStyle('own', fontSize=10, leading=12, spaceAfter=air)
    assert _story(*[Paragraph(t, style) for t in around + SINGLE + around]) == [('p', t.strip()) for t in around + SINGLE + around]

TALES = [PROSE.strip(), PROSE.strip()*2, 'Then nobody spoke.', (PROSE*3).strip(), 'The owl waits.', PROSE.strip()]

@pytest.mark.parametrize('leading', (12, 18, 27))
@pytest.mark.parametrize('indent', (dict(firstLineIndent=15), dict(leftIndent=20, firstLineIndent=-20)))
def test_paragraphs_that_no_air_parts_are_told_by_their_first_lines(indent, leading):
    style = ParagraphStyle('own', fontSize=10, leading=leading, **indent)
    assert _story(*[Paragraph(t, style) for t in TALES]) == [('p', t) for t in TALES]

@pytest.mark.parametrize('leading', (12, 14, 18, 27))
@pytest.mark.parametrize('width', (60, 110, 200))
@pytest.mark.parametrize('align', (0, 1, 4))
def test_prose_with_wide_gaps_between_its_lines_stays_together(width, leading, align):
    "Many sentences, so that some end where a line does"
    r = random.Random(width)
    text = ' '.join(' '.join(r.choice(WORDS) for _ in range(r.randint(3, 9))).capitalize() + '.' for _ in range(60))
    SimpleDocTemplate(out := io.BytesIO()).build([Paragraph(text, ParagraphStyle('own', fontSize=9, leading=leading, rightIndent=450-2*width, alignment=align))])
    assert {len(page) for page in parse_pdf(out.getvalue())['pages']} == {1}

def test_text_that_flows_around_a_picture_is_one_paragraph():
    r, lines, k = random.Random(4), [], 0
    words = ' '.join(' '.join(r.choice(WORDS) for _ in range(r.randint(3, 9))).capitalize() + '.' for _ in range(60)).split()
    while words:
        line, x = '', 200 if 3 < k < 12 else 60
        while words and len(line) + len(words[0]) < (45 if x > 60 else 75): line += words.pop(0) + ' '
        lines.append((x, 760-12*k, line.strip())); k += 1
    assert [k for k,_ in _drawn(*lines)] == ['p']

def test_a_letter_with_wide_gaps_keeps_its_parts():
    said = ['Dear Ms Vogel,', 'Thank you for your letter of the third of March.', 'The pipes left our store on Monday.', 'Please tell us when they have arrived.', 'Yours sincerely,']
    assert _drawn(*[(60, 700-26*k, t) for k,t in enumerate(said)]) == [('p', t) for t in said]

def test_a_stop_that_ends_no_sentence_parts_nothing():
    assert _drawn((60, 700, 'Nobody had seen so much of the harbour in one day as'), (60, 688, 'Mr.'), (60, 676, 'Smith and the keeper of the tower.')) == [
        ('p', 'Nobody had seen so much of the harbour in one day as Mr. Smith and the keeper of the tower.')]

CHAPTER = ['he western tower was finished in the year 412 by the guild of', 'lamp-makers, who had promised it to the fishermen of the lake.',
           'Its keeper lives in the upper room and climbs ninety steps each', 'evening, when the last of the boats has come in and the lake is quiet.', 'Nobody has counted the gulls.']

@pytest.mark.parametrize('first', (True, False))
@pytest.mark.parametrize('many,size,base', ((2, 32, 597), (3, 48, 584)))
@pytest.mark.parametrize('cap,word', (('T', 'he'), ('I', 't is said that the'), ('T', 'HE'), ('A', 'keeper and the')))
def test_an_initial_is_the_first_letter_of_its_word(cap, word, many, size, base, first):
    lines, c = [word + CHAPTER[0][2:], *CHAPTER[1:]], Canvas(out := io.BytesIO(), (600, 800))
    def initial(): c.setFont('Times-Roman', size); c.drawString(60, base, cap)
    c.setFont('Helvetica-Bold', 14); c.drawString(60, 650, 'The keeper of Marn')
    if first: initial()
    c.setFont('Times-Roman', 11)
    left = 60 + c.stringWidth(cap, 'Times-Roman', size) + 3
    for k,t in enumerate(lines): c.drawString(left if k < many else 60, 610-13*k, t)
    if not first: initial()
    c.save()
    got = [b for page in parse_pdf(out.getvalue())['pages'] for b in page]
    assert got == [('h1', 'The keeper of Marn'), ('p', ' '.join([cap + ' '*(cap == 'A') + lines[0], *lines[1:]]))]

@pytest.mark.parametrize('beside', (['Marn Ltd', 'Harbour Road 3', '4711 Marn'], ['12 boats came', '13 boats went']))
def test_a_large_letter_beside_other_things_stays(beside):
    c = Canvas(out := io.BytesIO(), (600, 800))
    c.setFont('Helvetica', 48); c.drawString(60, 690, 'M'); c.setFont('Helvetica', 11)
    for k,t in enumerate(beside): c.drawString(110, 716-13*k, t)
    for k in range(5): c.drawString(60, 600-13*k, PROSE[:80])
    c.save()
    assert ('h1', 'M') in parse_pdf(out.getvalue())['pages'][0]

NESTED = [('li', 'a lamp with oil'), ('li', 'bread, and a book about the ways of the owls that live under the roof'), ('ol2', '1. wild ones'), ('ol2', '2. tame ones'), ('li', 'matches')]

@pytest.mark.parametrize('drawn', ('disc', 'ring', 'square', 'letter'))
def test_dots_that_are_drawn_are_marks(drawn):
    c, y = Canvas(out := io.BytesIO(), (600, 800)), 700
    c.setFont('Helvetica', 10); c.drawString(60, 720, 'What she took along when she climbed the tower in the evening:')
    lines = [('li', 'a lamp with oil'), ('li', 'bread, and a book about the ways'), ('', 'of the owls that live under the roof'), ('ol2', '1. wild ones'), ('ol2', '2. tame ones'), ('li', 'matches')]
    for kind,t in lines:
        if kind == 'li':
            if drawn == 'letter': c.drawString(68, y, '•')
            elif drawn == 'square': c.rect(68, y+1, 4, 4, fill=1)
            else: c.circle(70, y+3, 2, fill=drawn == 'disc')
        c.drawString(96 if kind == 'ol2' else 80, y, t); y -= 13
    c.save()
    assert parse_pdf(out.getvalue())['pages'][0][1:] == NESTED

def test_what_is_drawn_elsewhere_is_no_mark():
    c = Canvas(out := io.BytesIO(), (600, 800)); c.setFont('Helvetica', 10)
    for k in range(6):
        c.drawString(60 + 20*(k % 2), 700-13*k, PROSE[:70])
        c.circle(20, 703-13*k, 2); c.circle(500, 703-13*k, 2); c.rect(40, 697-13*k, 10, 11); c.line(50, 695-13*k, 500, 695-13*k); c.circle(120, 703-13*k, 2)
    c.save()
    assert {k for k,_ in parse_pdf(out.getvalue())['pages'][0]} == {'p'}

@pytest.mark.parametrize('dash', '–—')
def test_a_dash_at_a_line_s_end_has_a_blank_on_both_sides_or_on_none(dash):
    lines = lambda *said: _drawn(*[(60, 700-12*k, t) for k,t in enumerate(said)])[0][1]
    assert lines(f'The western tower was built in the years 1914{dash}', '1918 by the guild of lamp-makers') == f'The western tower was built in the years 1914{dash}1918 by the guild of lamp-makers'
    assert lines(f'The keeper came up from the harbour {dash}', 'and went away again') == f'The keeper came up from the harbour {dash} and went away again'
    cells = [(60, 700, 'Port'), (200, 700, 'Walls'), (60, 684, 'Kiel'), (200, 684, f'steel{dash}'), (200, 672, 'concrete'), (60, 656, 'Riga'), (200, 656, 'oak')]
    assert [t for _,t in _drawn(*cells)] == ['Port | Walls', f'Kiel | steel{dash}concrete', 'Riga | oak']

def _typed_out(lines): return [t for _,t in _drawn(*[(60, 760-14*k, t) for k,t in enumerate(lines) if t])]   # a blank one is None

DIVIDED = ['Some text stands here before the others and fills a full line', 'so that the clerk who kept the register had long since a table', 'of his own to go by, and nobody in the whole town knew how he',
         'had come by his learning or where he had bought the books that', 'stood in his room, or why he read them aloud to nobody at night.']

@pytest.mark.parametrize('at', range(4))
def test_a_divided_word_tears_no_paragraph(at):
    "pdfium gives a line that ends in a hyphen and the next one as one line: the second's place has to be asked"
    divided = [*DIVIDED[:at], f'{DIVIDED[at]} time-', f'table {DIVIDED[at+1]}', *DIVIDED[at+2:]]
    assert _typed_out(divided) == [' '.join(DIVIDED).replace(DIVIDED[at], f'{DIVIDED[at]} timetable')]

def test_a_letter_keeps_its_blank_lines():
    "Where blank lines are as many as others, the smaller distance is that of lines"
    parts = [['Harbour Authority', 'Rotterdam'], ['4 June 2024'], ['Dear Sir or Madam,'], ['Thank you for your letter. The bridge will be closed for repair until', 'the end of the year, as we have told you by telephone.'],
             ['We ask you to wait for the revised time-', 'table by the end of this month at the latest.']]
    assert _typed_out([x for p in parts for x in (*p, None)]) == [' '.join(p).replace('time- table', 'timetable') for p in parts]

def _read(draw) -> list:
    "The blocks of a page on which something was drawn"
    c = Canvas(out := io.BytesIO()); draw(c); c.save()
    return [b for page in parse_pdf(out.getvalue())['pages'] for b in page]

def test_what_is_filled_behind_a_program_is_no_border():
    lines = ['{', '  "foo": "bar",', '  "abc": ["xyz", "123"]', '}']
    def draw(c):
        c.setFillGray(.95); c.rect(60, 640, 480, 75, stroke=0, fill=1); c.rect(-90, 655, 400, 9, stroke=0, fill=1); c.rect(480, 650, 50, 14, stroke=0, fill=1)
        c.setFillGray(0); c.setFont('Courier', 9)
        for k,t in enumerate(lines): c.drawString(70, 700-12*k, t)
        c.setFont('Helvetica', 10); c.drawString(70, 600, 'The owl waits.')
    assert _read(draw)[0][0] != 'tr' and _read(draw)[0][1] == '\n'.join(lines)

@pytest.mark.parametrize('word', ['--no-verify-signature', 'max_open_files_handles', 'harbour.tower.keeper', 'owls/of/the/tower'])
@pytest.mark.parametrize('rows', [2, 12])
def test_a_word_that_runs_over_a_border_stays_whole(word, rows):
    data = [['Option', 'Meaning']] + [[f'-{k}', 'talks'] for k in range(rows)] + [[word, '']]
    SimpleDocTemplate(out := io.BytesIO()).build([Table(data, colWidths=[60, 200], style=[('GRID', (0, 0), (-1, -1), .5, colors.black)])])
    said = '\n'.join(t for page in parse_pdf(out.getvalue())['pages'] for _,t in page)
    assert word in said and (rows == 2 or '-1 | talks' in said)   # a small table is given up

def test_stacked_tables_that_share_a_line_are_two():
    grid = [('GRID', (0, 0), (-1, -1), .5, colors.black)]
    one, two = [['Year', 'Q1', 'Q2'], ['2001', '1', '2'], ['2002', '3', '4']], [['Port', 'Depth', 'Note'], ['Havel', '9', 'mud'], ['Orsk', '4', 'sand']]
    SimpleDocTemplate(out := io.BytesIO()).build([Table(one, [100, 60, 80], style=grid), Table(two, [100, 90, 50], style=grid)])
    assert [t.split(' | ') for page in parse_pdf(out.getvalue())['pages'] for k,t in page if k == 'tr'] == one + two

def test_columns_of_a_newspaper_with_lines_between_are_no_table():
    def draw(c):
        c.rect(50, 400, 500, 380); c.line(50, 740, 550, 740); c.line(300, 400, 300, 740)
        c.drawString(60, 755, 'Harbour news')
        for k in range(8):
            for x in (60, 310): c.drawString(x, 720-14*k, 'The owl sat there. A mouse ran off to the oak.'[:40])
    assert not [t for k,t in _read(draw) if k == 'tr']

@pytest.mark.parametrize('date,kept', [('{} March 1912', True), ('{}/3/24, 9:00 AM', True), ('2024-03-0{}', True), ('3 March 1912', False), ('Page {}, 2024', False)])
def test_a_date_that_is_another_on_each_page_stays(date, kept):
    text = _below_heads(date)
    assert [date.format(i+1) in text for i in range(3)] == [kept]*3

CHECK = ['ok = true;', 'ok = false; retry = true;', '  retry = false;', 'abort();', 'x = 1;', '  y = (2);', 'z = 3;', 'exit();', 'halt();']
BASIC = ['LET A = 1', 'PRINT A;', 'LET A = A + 1', 'IF A < 10 THEN GOTO 2', '  PRINT "DONE"', 'FOR I = 1 TO 3', '  LET B = (I)', 'NEXT I', 'END']
ASM = ['mov ax, 1;', '  add ax, bx;', 'cmp ax, [di];', 'jne 2;', 'ret;', '  pop bx;', 'mov dx, [bx];', 'push ax;', 'ret;']
LISTS = {   # numbers that say something, though a program may stand beside them
    'basic': (1, BASIC, True), 'assembler': (1, ASM, True), 'assembler from 100': (100, [t.replace('2;', '101;') for t in ASM], True),
    'exit codes': (0, CHECK, True), 'one look': (1, CHECK, False), 'few': (1, CHECK[:7], True), 'no program': (1, WORDS[:9], True),
    'values': (1, [f'x = {2**-n}   f(x) = {4**-n};' for n in range(9)], True),
    'psql': (1, ['Ann | f(1);', '  Bo | g(2);'] * 4, False), 'blame': (1, [f') {t}' for t in CHECK], False)}

def _counted(first, rows, grey, *more):
    c = Canvas(out := io.BytesIO())
    for page in (rows, *more):
        c.setFont('Helvetica', 10); c.drawString(72, 780, 'What follows was printed on a Monday.')
        for k,row in enumerate(page):
            c.setFont('Courier', 9); c.setFillGray(.5*grey); c.drawRightString(90, 750-11*k, str(first + k))
            c.setFillGray(0); c.drawString(98, 750-11*k, row)
        first += len(page); c.showPage()
    c.save()
    said = parse_pdf(out.getvalue())
    return '\n'.join(t for page in said['pages'] for _,t in page), said['cleaned']

@pytest.mark.parametrize('name', LISTS)
def test_numbers_that_say_something_stay(name):
    first, rows, grey = LISTS[name]
    text, cleaned = _counted(first, rows, grey)
    assert 'line numbers' not in cleaned and all(f'{first + k} {row.split()[0]}' in text.replace(' | ', ' ') for k,row in enumerate(rows))

def test_a_gutter_goes_and_is_named_and_indents_come_back():
    text, cleaned = _counted(1, CHECK, True, CHECK[:3])
    assert 'line numbers' in cleaned and text.count('\n'.join(CHECK[:3])) == 2 and '\n'.join(CHECK) in text
    text, cleaned = _counted(1, CHECK, True, ['x = 1;', '  goto 3;', 'ok();'])   # what a later page names stays on all of them
    assert 'line numbers' not in cleaned and '3 ' in text and '10 x = 1;' in text
