"What the offline writer asks of ordinary prose, by the classes of sentence that it once misread"
import pytest

from forge_nb.clauses import clauses
from forge_nb.core import Document
from forge_nb.grids import read_grids
from forge_nb.quotes import read_document
from forge_nb.synth import answer, ask, paraphrase

def questions(text):
    return {(f'{c.wh} {c.aux} {c.subject} {c.vp}' if c.kind == 'clause' else f'{c.wh} {c.pred}').replace('  ', ' ').strip(): c.value
            for c in clauses(Document('a.md', text, 'A'))}

@pytest.mark.parametrize('text,question,value', [
    ('Receipts must be handed in within 30 days of the trip.', 'within what time must receipts be handed in', '30 days of the trip'),
    ('The alarm is switched on at 9 pm.', 'at what time is the alarm switched on', '9 pm'),
    ('The first review takes place after 90 days.', 'after how long does the first review take place', '90 days'),
    ('Core hours run from 10 am to 3 pm.', 'when do core hours run', 'from 10 am to 3 pm'),
    ('The filter lasts about three months.', 'how long does the filter last', 'about three months'),
    ('The warranty is valid for 24 months.', 'how long is the warranty valid', '24 months'),
    ('The primers are stored at −20 °C.', 'at what temperature are the primers stored', '−20 °C'),
    ('The repair costs about 18,000 euros.', 'how much does the repair cost', 'about 18,000 euros'),
    ('Tomasz Nowak runs the IT department.', 'who runs the IT department', 'Tomasz Nowak'),
    ('The council meets on the second Tuesday of each month.', 'when does the council meet', 'the second Tuesday of each month'),
    ('The display shows E1 when the tank is empty.', 'what does the display show when the tank is empty', 'E1'),
    ('Dog owners must register their dog within 14 days.', 'within what time must dog owners register their dog', '14 days'),
    ('The room is 20 m² large; it is heated by gas.', 'by what is the room heated', 'gas'),
    ('The tank is cleaned once a week with warm water.', 'how often is the tank cleaned with warm water', 'once a week')])
def test_a_phrase_is_asked_for_by_what_it_answers(text, question, value):
    assert questions(text).get(question) == value, questions(text)

@pytest.mark.parametrize('text', [
    'Lunch breaks last at least half an hour.', 'The solution turns pink.', 'Bulky items are collected on request.',
    'The firm has a <b>shop</b> in Ulm.', 'The plant is in Ulm.The plant employs people.', 'The tests were done in advance.'])
def test_what_is_not_understood_is_not_asked_for(text): assert not questions(text)

def test_a_second_attempt_is_no_second():
    assert not any(q.startswith('how long') for q in questions('Cyrus Field financed a second attempt in 1866.'))
    assert not any(q.startswith('when') for q in questions('Frank Bauer represents the night shift.'))

def test_another_language_is_only_quoted():
    page = Document('p.md', '| Artikel | Preis |\n|---|---|\n| Brot | 3 € |\n\nDas Brot ist am Nachmittag billiger und die Bäckerei hat sonntags nicht auf.\n', 'Preise')
    assert {st.kind for st in read_document(page)} <= {'quote'}

def test_a_sheet_of_properties_speaks_of_its_page():
    page = Document('f.md', '| Property | Value |\n|---|---|\n| Power | 18 W |\n', 'AquaPure 300')
    assert [(st.subject, st.relation, st.value) for st in read_grids(page)] == [('AquaPure 300', 'power', '18 W')]

def test_numbered_and_bold_questions():
    page = Document('q.md', '1. How do I return it?\n   Print the label.\n2. Who pays for it?\n   We do.\n\n**Where is it kept?** It is kept in Ulm.\n\nThat is all.\n', 'Help')
    assert [st.value for st in read_document(page) if st.kind == 'faq'] == ['Print the label.', 'We do.', 'It is kept in Ulm.']

def test_every_pair_can_be_written():
    page = Document('t.md', 'The tag {s} is replaced by the subject {0}. The string %s holds {{name}} and 5 % of it. The pipe | parts <b>words</b> &amp; more.\n', '{s}')
    for st in read_document(page): assert ask(st, 99) and answer(st) and paraphrase(st, 99)

@pytest.mark.parametrize('text', ['a '*20000, '['*20000+']'*20000, 'A'*40000, 'Ab '*9000, 'The firm sells tea in the '*1500, 'The firm sells 3 '+'blue '*8000,
                                  '<a '*9000, '_a_ '*9000, '- a\n'*3000, 'In '+'the '*9000+'1974, the firm sold tea.'])
def test_no_line_hangs_the_reader(text):
    "A regular expression that tries all ways would never come back from these"
    assert all(st.start < st.end <= len(text) for st in read_document(Document('a.md', text, 'A')))
