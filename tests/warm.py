"""A process that has read its libraries already, and forks for each piece of work.

To start Python, IPython, torch, transformers and trl costs ten seconds before the first line of a test. Read once and forked, they cost none, and
each piece of work still has a process, a namespace, an environment and an exit code of its own, and reads `forge_nb` afresh. What is about the start
itself (signals, limits, what is imported and when) starts Python by itself.
"""
import functools, gc, importlib, json, os, select, signal, subprocess, sys, tempfile
from pathlib import Path

LIGHT = ('nbdev.test', 'matplotlib.pyplot')
HEAVY = (*LIGHT, 'torch._dynamo', 'transformers.trainer', 'transformers.models.auto.modeling_auto', 'transformers.models.llama.modeling_llama',
         'datasets', 'peft', 'trl.trainer.sft_trainer', 'trl.trainer.dpo_trainer', 'gguf')

def serve(libraries:list[str]) -> str:
    "Wait for work and fork; gives, in the child, the code to run"
    for n in libraries: importlib.import_module(n)
    gc.collect(); gc.freeze()
    for line in sys.stdin:
        if not (child := os.fork()): return become(**json.loads(line))
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    sys.exit()

def become(code:str, args:list[str], cwd:str, env:dict[str,str], out:str, err:str) -> str:
    "Be the process that `python -c code args` would be; gives the code"
    for fd,name,how in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)): os.dup2(os.open(name, how), fd)
    sys.stdin = open(0, closefd=False)
    os.environ.clear(); os.environ.update(env); os.chdir(cwd)
    sys.argv[1:] = args
    return code

@functools.cache
def helper(*libraries:str) -> subprocess.Popen:
    "The process that forks; it ends with the one that started it"
    from conftest import QUIET, ROOT
    start = f'import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import warm; sys.path.pop(0); exec(warm.serve({list(libraries)!r}))'
    return subprocess.Popen([sys.executable, '-c', start], cwd=ROOT, env=QUIET, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

def warm(code:str, *args, libraries:tuple[str,...]=HEAVY, cwd=None, env=None, timeout:float=600) -> subprocess.CompletedProcess:
    "What `subprocess.run([sys.executable, '-c', code, *args], capture_output=True, text=True)` gives, from a fork"
    from conftest import QUIET
    p, args = helper(*libraries), [os.fspath(a) for a in args]
    with tempfile.TemporaryDirectory() as tmp:
        out, err = said = [Path(tmp)/n for n in ('out', 'err')]
        for f in said: f.touch()
        p.stdin.write(json.dumps(dict(code=code, args=args, cwd=str(cwd or os.getcwd()), env=env or QUIET, out=str(out), err=str(err))).encode() + b'\n')
        child = int(p.stdout.readline())
        if late := not select.select([p.stdout], [], [], timeout)[0]: os.kill(child, signal.SIGKILL)
        ended = int(p.stdout.readline())
        if late: raise subprocess.TimeoutExpired(args, timeout, out.read_text(), err.read_text())
        return subprocess.CompletedProcess(args, ended, out.read_text(), err.read_text())
