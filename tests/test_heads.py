"""Names of columns in two rows become one only where the document marks both as names; a row of values is never among them."""
import io

import pytest

from forge_nb.web import parse_html
from forge_nb.word import parse_docx

ROPES, VALUES = '<tr><th rowspan=2>Rope<th colspan=2>Size<tr><th>cm<th>inch', '<tr><td>hawser<td>12<td>4.7<tr><td>line<td>3<td>1.2'
PLAN = '<tr><th scope=row>Dawn<td>closed<td>open<tr><th scope=row>Dusk<td>open<td>closed'

def of_page(table):
    "Rows of a table on a page"
    page = f'<h1>Owls of the harbour</h1><p>The keeper wrote all of it down in the spring.<table>{table}</table><p>So far.'
    return [t for found in parse_html(page.encode())['pages'] for k,t in found if k == 'tr']

@pytest.mark.parametrize('table', [
    ROPES + VALUES, f'<thead>{ROPES}</thead><tbody>{VALUES}', f'<thead>{ROPES.replace("th", "td")}</thead>{VALUES}',
    '<tr><th>Rope<th colspan=2 scope=colgroup>Size<tr><td>&nbsp;<th>cm<th>inch' + VALUES,
    '<tr><td></td><th colspan=2>Size<tr><th>Rope<th>cm<th>inch' + VALUES])
def test_two_rows_that_a_page_marks_are_one(table):
    assert of_page(table) == ['Rope | Size cm | Size inch', 'hawser | 12 | 4.7', 'line | 3 | 1.2']

@pytest.mark.parametrize('table,rows', [
    ('<thead><tr><th><th colspan=2>Weekdays</thead>' + PLAN, 3), ('<tr><th><th colspan=2>Weekdays' + PLAN, 3), ('<tr><td><td colspan=2>Weekdays' + PLAN.replace('th', 'td'), 3),
    ('<thead><tr><th><th colspan=2>Weekdays' + PLAN.replace('<tr><th scope=row>Dusk', '</thead><tr><th scope=row>Dusk'), 3),       # a row of values that is marked
    ('<tr><th>Team<th colspan=2>Points<tr><th>All<th>many<th>few' + VALUES, 4), ('<tr><th>Team<th colspan=2>Points<tr><th><th>12<th>14' + VALUES, 4),
    ('<tr><th colspan=2>Owl<th>Town<tr><td>Ann<td>Lee<td><tr><td>Bob<td>Ray<td>Rome', 3), (ROPES.replace('th', 'td') + VALUES, 4),
    ('<tr><th>Name<th colspan=2>Reached by<tr><th colspan=3>Board' + VALUES, 4), (ROPES.replace('<th>inch', '') + VALUES, 4), (ROPES, 2),
    ('<tr><td rowspan=2>Monday<td colspan=2>Closed at dawn<tr><td>Soup<td>Bread<tr><td rowspan=2>Tuesday<td>Eggs<td>Toast<tr><td>Stew<td>Rice', 4)])
def test_rows_that_are_not_marked_stay(table, rows):
    found = of_page(table)
    assert len(found) == rows and not {'Weekdays closed', 'Size cm', 'Points 12', 'Team All', 'Monday Soup'} & {c for row in found for c in row.split(' | ')}

@pytest.mark.parametrize('whole', [True, False])
def test_three_rows_are_one_or_three(whole):
    low = '<tr><th>won<th>lost<th>won<th>lost' if whole else '<tr><th>won<th>lost<th><th>lost'
    head = '<thead><tr><th rowspan=3>Team<th colspan=4>Season<tr><th colspan=2>Home<th colspan=2>Away' + low + '</thead>'
    rows = of_page(head + '<tr><td>Havel<td>3<td>1<td>2<td>0')
    assert rows[0] == ('Team | Season Home won | Season Home lost | Season Away won | Season Away lost' if whole else 'Team | Season')
    assert len(rows) == (2 if whole else 4)

@pytest.mark.parametrize('marked', range(4))
def test_word_says_which_rows_are_names(marked):
    from docx import Document
    from docx.oxml import OxmlElement
    file = Document()
    data = [['Rope', 'Size', '', 'Mass'], ['', 'cm', 'inch', 'kg'], ['hawser', '12', '4.7', '3'], ['line', '3', '1.2', '1']]
    table = file.add_table(len(data), 4)
    for row,texts in zip(table.rows, data):
        for cell,t in zip(row.cells, texts): cell.text = t
    for row in table.rows[:marked]: row._tr.get_or_add_trPr().append(OxmlElement('w:tblHeader'))
    table.cell(0, 1).merge(table.cell(0, 2)).text = 'Size'
    file.save(out := io.BytesIO())
    rows = [t for page in parse_docx(out.getvalue())['pages'] for k,t in page if k == 'tr']
    assert rows[0] == ('Rope | Size cm | Size inch | Mass kg' if marked == 2 else 'Rope | Size |  | Mass')
    assert rows[-2:] == [' | '.join(row) for row in data[2:]] and len(rows) == 4 - (marked == 2)
