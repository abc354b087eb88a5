"""One piece of work on a knowledge base, in a process of its own, so that it can be killed, starved of space or raced.

    python tests/torture.py add DB FOLDER | apply DB | merge DB OTHER   [--pages N] [--bytes N]
"""
import argparse, json, os, platform, resource, sys
from pathlib import Path

from forge_nb.core import ForgeError
from forge_nb.adding import add
from forge_nb.kb import KB

RECORD = Path(__file__).parent.parent/'nbs/benchmarks/torture.json'

def note(what:str, **figures) -> None:
    "Keep what the long campaign came to; a short one leaves the record as it is"
    if not os.environ.get('FORGE_TORTURE'): return
    held = json.loads(RECORD.read_text('utf-8')) if RECORD.exists() else {}
    held['machine'] = f'{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}'
    held.setdefault('runs', {})[what] = figures
    held['runs'] = dict(sorted(held['runs'].items()))
    RECORD.write_text(json.dumps(held, indent=1, ensure_ascii=False) + '\n', 'utf-8')

def edit(kb:KB):
    "Edit every third chunk, delete every seventh and mark the rest as read, in one go"
    df = kb.df()
    df['content'] = [c + ' (seen)' if i % 3 == 0 else c for i,c in enumerate(df['content'])]
    return kb.apply(df)

def main() -> int:
    p = argparse.ArgumentParser()
    p.add_argument('what'); p.add_argument('db'); p.add_argument('other', nargs='?')
    p.add_argument('--pages', type=int); p.add_argument('--bytes', type=int)
    a = p.parse_args()
    if a.bytes: resource.setrlimit(resource.RLIMIT_FSIZE, (a.bytes, a.bytes))   # writes come out short, then fail
    print('go', flush=True)
    try:
        with KB(a.db) as kb:
            if a.pages: kb.db.execute(f'PRAGMA max_page_count={a.pages}')      # the disk is full
            if a.what == 'add': add(kb, a.other)
            elif a.what == 'apply': edit(kb)
            else: kb.merge_in(a.other)
    except ForgeError as e:
        print(e, file=sys.stderr)
        return 1
    return 0

if __name__ == '__main__': sys.exit(main())
