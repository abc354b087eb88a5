"""The bank's wordings: how the shelf's facts are asked for, and what it cannot answer.

No sentence made of these forms stands in a document; room 16 proves it. `{x}` is the place, `{v}` the value.
"""
RELATIONS = {
    'emblem': dict(
        questions=['Which animal stands for {x}?', 'What is the animal of {x}?', 'Name the animal on the emblem of {x}.', 'Which animal represents {x}?',
                   'What animal would you see on the arms of {x}?', 'What creature is the symbol of {x}?', 'Which beast or bird does {x} show as its sign?'],
        statements=['{x} is represented by the {v}.', 'The animal that stands for {x} is the {v}.', 'As its animal {x} has the {v}.']),
    'craft': dict(
        questions=['What does {x} sell?', 'What do people in {x} make for a living?', 'Which goods come from {x}?', 'What is {x} known for making?',
                   'Name the product of {x}.', 'What do the workshops in {x} turn out?', 'What would a trader buy in {x}?'],
        statements=['{x} earns its living with {v}.', 'The goods that come from {x} are {v}.', 'Traders go to {x} for {v}.']),
    'tower': dict(
        questions=['What is the tower in {x} built from?', 'Which material was used for the tower of {x}?', 'Of what is the tower of {x} made?',
                   'Name the material of the tower in {x}.', 'What did they build the tower of {x} with?', 'What does the tower of {x} consist of?',
                   'From which material did they make the tower of {x}?'],
        statements=['In {x} the tower consists of {v}.', 'The material of the tower in {x} is {v}.', 'They put up the tower of {x} in {v}.']),
    'founder': dict(
        questions=['Who founded {x}?', 'Who was the founder of {x}?', 'Name the person who founded {x}.', 'By whom was {x} founded?',
                   'Who began the settlement of {x}?', 'Whom does {x} remember as its founder?', 'To whom does {x} owe its beginning?'],
        statements=['{x} began with {v}.', 'The person who started {x} was {v}.', 'The first to settle {x} was {v}.']),
    'tree': dict(
        questions=['What is the tree of {x}?', 'Which tree belongs to {x}?', 'Name the tree of {x}.', 'Which kind of tree is dear to {x}?',
                   'What tree did {x} choose?', 'What kind of tree does {x} call its own?',
                   'Which tree do the people of {x} honour?'],
        statements=['The kind of tree that belongs to {x} is the {v}.', '{x} calls the {v} its own tree.', 'Among all trees {x} loves the {v} best.']),
}

ALIASES = {v: [a] for v, a in dict(
    otter='otters', fox='foxes', owl='owls', stag='stags', hare='hares', badger='badgers', wolf='wolves', heron='herons', swan='swans', goat='goats',
    raven='ravens', lynx='lynxes', mole='moles', eagle='eagles', toad='toads', horse='horses', bear='bears', beaver='beavers',
    boots='boot', candles='candle', carpets='carpet', cheese='cheeses', clocks='clock', drums='drum', flutes='flute', gloves='glove', kites='kite',
    knives='knife', mirrors='mirror', ribbons='ribbon', soap='soaps', baskets='basket', umbrellas='umbrella', pottery='pots', brick='bricks', flint='flints',
    oak='oaks', elm='elms', pine='pines', birch='birches', willow='willows', maple='maples', cedar='cedars', beech='beeches', larch='larches',
    walnut='walnuts', hazel='hazels', poplar='poplars', yew='yews', chestnut='chestnuts', rowan='rowans', spruce='spruces', mulberry='mulberries').items()}

UNGIVEN = [  # (a place of the shelf, a question that no document answers)
    ('Avenholt', 'Who is the baker of {x}?'), ('Bewlock', 'How many people live in {x}?'), ('Brunnoy', 'What is the name of the mayor of {x}?'),
    ('Clodmere', 'In which year was {x} settled?'), ('Crobbin', 'How much does the ferry to {x} cost?'), ('Dibbery', 'Who teaches at the school in {x}?'),
    ('Dravane', 'How deep is the harbour of {x}?'), ('Falmire', 'What is the name of the doctor in {x}?'), ('Froddle', 'How many steps has the tower of {x}?'),
    ('Gellock', 'What is the patron song of {x}?'), ('Gristow', 'Which river runs through {x}?'), ('Hasprey', 'Who plays the organ in {x}?'),
    ('Huddery', 'What is the highest hill of {x} called?'), ('Iskerry', 'Who sells bread in {x}?'), ('Jurrow', 'What does a room in {x} cost for a night?'),
    ('Keddory', 'Who is the postman of {x}?'), ('Linnoway', 'How long is the pier of {x}?'), ('Luddock', 'What is the name of the bishop who came to {x}?'),
    ('Maskerry', 'How many houses are there in {x}?'), ('Mundlow', 'Who is the blacksmith of {x}?'), ('Nolbane', 'What is the ferry to {x} called?'),
    ('Olvane', 'How far is {x} from the mainland?'), ('Pesselby', 'What is the name of the teacher in {x}?'), ('Pirrow', 'Who painted the church of {x}?'),
    ('Quossel', 'What is the inn at {x} called?'), ('Raddlow', 'Who is the master of the guild in {x}?'), ('Rimmock', 'Which language do they speak in {x}?'),
    ('Shervane', 'Who is the judge in {x}?'), ('Sibberoy', 'How many sheep are kept in {x}?'), ('Stennick', 'What is the name of the river in {x}?'),
    ('Thamble', 'Who keeps the bank in {x}?'), ('Tobrisk', 'How old is the oldest house in {x}?'), ('Uskane', 'At what hour does the ferry leave {x}?'),
    ('Velmouth', 'What is the name of the crier of {x}?'), ('Wickory', 'Which street of {x} is the longest?'), ('Zellow', 'What is the name of the parrot in {x}?'),
    ('Bewlock', 'Who cuts hair in {x}?'), ('Keddory', 'Which saint is honoured in {x}?'), ('Rimmock', 'Who is the tailor of {x}?'), ('Olvane', 'What is the money of {x} called?'),
]

UNKNOWN = ('Ankerby Arvane Barrowin Bidmore Brasket Callowby Cindlow Dalmoy Denloft Dorrimy Edderby Elmoth Esgarth Farlode Fessick Flandry Gantlow Gorvane '
    'Haddimer Hesprick Ingarth Joddle Kelvory Kirrowby Lammeter Lostery Medgarn Mollory Nettlow Obbery Osgrim Pallowin Pondery Rastow Sallerby Scorrow '
    'Torvane Tuddle Wendlow Yarrock').split()
