"""A page of prose is read to its end, whatever else stands on it."""
from forge_nb.core import Document
from forge_nb.synth import OfflineWriter, generate

MANUAL = """# Orrin K4 Gooseneck Kettle

The kettle holds 0.9 litres. Remove the orange plug from the underside of the base.

- Green light: ready
- Red light: heating
- Blue light: keeping warm
- Flashing white light: the kettle needs descaling

In hard-water areas, descale the kettle every four weeks. Never use vinegar, which damages the seal.
"""
PROSE = Document('hall.md', '# The Reading Room\n\nThe members, all eleven of them, met on Tuesdays in a loft above the chandler. '
                 'Nobody remembers why the stove was painted blue.\n', 'The Reading Room')


def test_a_short_list_silences_no_page():
    writer = OfflineWriter.read([Document('kettle.md', MANUAL, 'Orrin K4 Gooseneck Kettle'), PROSE])
    told = ' '.join(st.sentence for st,_ in writer.items if st.source == 'kettle.md')
    for said in ('orange plug', '0.9 litres', 'every four weeks', 'vinegar', 'Green light: ready', 'needs descaling'): assert said in told, said
    answers = [p.completion for p in generate(writer, refusals=0).pairs]
    assert not any('light of Orrin' in a for a in answers)   # "the green light of the kettle is ready"


def test_each_round_asks_a_quote_in_other_words():
    writer = OfflineWriter.read([PROSE])
    few, many = (generate(writer, refusals=0, per_quote=n).pairs for n in (4, 36))
    quoted = [p for p in many if p.meta['style'] == 'quote']
    assert len({p.prompt for p in quoted}) == len(quoted) > 3*len([p for p in few if p.meta['style'] == 'quote'])
    assert any('how many' in p.prompt.lower() for p in quoted)
