"""Read hostile files one by one and say what each did: `python tests/hostile/read.py FOLDER`

One JSON line a file. Memory is the highest so far, of this process and of the largest reader that has ended or waits."""
import json, resource, sys, time
from pathlib import Path

from forge_nb.child import _worked
from forge_nb.documents import DocumentError, _IDLE, read_documents

def peak(pid:int|str) -> int: # MB
    try: return int(next(l for l in Path(f'/proc/{pid}/status').read_text().splitlines() if l.startswith('VmHWM')).split()[1]) >> 10
    except (OSError, StopIteration): return 0

def waiting() -> list[int]: # ids of the readers' processes
    return [c._process.pid for idle in _IDLE.values() for c in idle if c._process]

def worked() -> float: # seconds, of this process and of all its readers; another program on the machine adds nothing
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime + sum(_worked(pid) or 0 for pid in waiting())

def read(path:Path) -> dict:
    drops, docs, start, before = [], [], time.monotonic(), worked()
    try: docs = list(read_documents(path, drops=drops))
    except DocumentError as e: drops.append(e)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // (1 << (20 if sys.platform == 'darwin' else 10))
    return dict(name=path.name, seconds=round(time.monotonic()-start, 2), worked=round(worked()-before, 2), mb=peak('self'), reader_mb=max([theirs, *map(peak, waiting())]),
                documents=len(docs), drops=[f'{getattr(d, "reason", "")}: {getattr(d, "detail", "")}' for d in drops if not isinstance(d, DocumentError)][:3],
                chars=sum(len(d.text) for d in docs), leaked='canary-' in ' '.join(f'{d.text} {d.title} {d.meta}' for d in docs) + str(drops))

for p in sorted(Path(sys.argv[1]).iterdir()): print(json.dumps(read(p)), flush=True)
