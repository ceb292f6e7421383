# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker with the failures that the real one can't be asked for. Usage: fake_worker.py HOW_IT_STARTS FOLDER

HOW_IT_STARTS: well, silent, broken, outdated, deaf. A job's "do" says what becomes of it. FOLDER counts the starts.
Python 3.9, standard library only.
"""

import json
import os
import sys
import time
from pathlib import Path


def say(**message):
    print(json.dumps(message), flush=True)


def die(words):
    print(words + "\n", file=sys.stderr, flush=True)
    os._exit(3)


def work(id, do, starts):
    say(id=id, event="queued", ahead=0)
    if do == "crash" or (do == "crash once" and starts == 1):
        die("out of luck")
    if do == "babble":
        print("this is no JSON", flush=True)
        print("x" * 1_000_000, file=sys.stderr, flush=True)
    if do != "wait":
        say(id=id, event="done", starts=starts)


def main(how, folder):
    (folder / str(os.getpid())).touch()
    starts = len(list(folder.iterdir()))
    if how == "broken":
        die("No module named ftpvm")
    if how in ("silent", "deaf"):
        time.sleep(600)
    for line in sys.stdin:
        request = json.loads(line)
        id, type = request["id"], request["type"]
        if type == "hello" and how == "outdated":
            say(id=id, event="error", code="protocol", message="Update the worker.")
        elif type == "hello":
            told = {name: request[name] for name in ("host", "device")}
            say(id=id, event="hello", protocol=1, version="0", pid=os.getpid(), **told)
        elif type == "matte":
            work(id, request["job"]["do"], starts)
        elif type == "cancel":
            say(id=request["job"], event="cancelled", frames_run=1)
            say(id=id, event="ok")
        elif type == "shutdown":
            say(id=id, event="bye")
            break


main(sys.argv[1], Path(sys.argv[2]))
