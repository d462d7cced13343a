#!/usr/bin/env python3
"""Rounds of a run with a journal that is killed, and resumed, until it is done.

    resume.py ROUNDS [SEED]

Each round gives weir a mix of jobs through a pipe, kills it with SIGKILL at
random moments, and resumes it from the journal, with the input offered again or
without.  In the end no job may be lost, none may be done or dead that was not
run, each dead job is in the dead-letter file once, and there are no more runs
than jobs, but for what may have run when weir was killed: the number of workers
times that of the kills.  A round that fails is told with its seed, by which it
can be repeated: resume.py 1 SEED.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

SLOWER = int(os.environ.get("CHECK_SLOWER", "1"))
LIMIT = 20 * SLOWER  # seconds, far above what any step may take
JOBS = 40

# Each adds its number to a file when it begins, and to another when it is done.
# Those of the third kind fail for good, those of the fourth once only.
KINDS = [
    "echo {n} >>began; echo {n} >>ended",
    "echo {n} >>began; sleep 0.0{d}; echo {n} >>ended",
    "echo {n} >>began; echo {n} >>ended; exit 3",
    "echo {n} >>began; echo {n} >>ended; [ -e {n}.twice ] || {{ : >{n}.twice; exit 1; }}",
]


def numbers(path):
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [int(line) for line in f.read().split()]


class Round:
    def __init__(self, seed, kinds=None):
        self.random = random.Random(seed)
        self.dir = tempfile.mkdtemp(prefix="resume")
        self.workers = self.random.randint(1, 5)
        self.kinds = kinds or [self.random.randrange(len(KINDS)) for _ in range(JOBS)]
        self.jobs = set(range(1, len(self.kinds) + 1))
        self.lines = [KINDS[kind].format(n=n, d=n % 10) for n, kind in enumerate(self.kinds, 1)]
        self.options = [f"--jobs={self.workers}", "--retries=1", "--backoff=1ms", "--dead-letter=dead",
                        "--sync=" + self.random.choice(["each", "batch", "none"])]
        self.ordered = self.random.random() < 0.3
        if self.ordered:
            self.options.append("--keep-order")
        self.kills = self.unknown = 0
        self.err = open(f"{self.dir}/err", "ab")

    def start(self, resume, offer):
        args = ["weir", "--journal=journal"]
        args += ["--resume"] if resume else self.options
        weir = subprocess.Popen(
            args, cwd=self.dir, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self.err)
        try:
            if offer:
                weir.stdin.write("".join(line + "\n" for line in self.lines).encode())
            weir.stdin.close()
        except BrokenPipeError:
            pass
        return weir

    def begun(self):
        """Whether there is a run in the journal that can be resumed."""
        path = f"{self.dir}/journal"
        return os.path.exists(path) and b"\n" in open(path, "rb").read()

    def open_starts(self):
        """How many the journal has started since the last weir began, without an end."""
        started = set()
        with open(f"{self.dir}/journal") as f:
            for line in f:
                if not line.endswith("\n"):
                    break
                o = json.loads(line)
                if o["kind"] == "run":
                    started.clear()
                elif o["kind"] == "started":
                    started.add(o["seq"])
                elif o["kind"] in ("done", "waiting", "dead", "abandoned"):
                    started.discard(o["seq"])
        return len(started)

    def run(self):
        limit = self.random.randint(1, 6)
        resume = False
        while True:
            # Without the whole input in the journal, it is needed once more.
            whole = resume and re.search(
                rb'"input_ended"[^\n]*\n', open(f"{self.dir}/journal", "rb").read())
            weir = self.start(resume, not whole or self.random.random() < 0.3)
            if self.kills >= limit:
                return weir.wait(LIMIT)
            time.sleep(self.random.choice([0.005, 0.05, 0.3]) * self.random.random())
            weir.kill()
            if weir.wait() >= 0:
                return weir.returncode
            self.kills += 1
            resume = self.begun()
            self.unknown += self.open_starts() if resume else 0
            if not resume and os.path.exists(f"{self.dir}/journal"):
                # Killed before it was the journal of a run.
                os.unlink(f"{self.dir}/journal")

    def check(self, status):
        dying = {n for n, kind in enumerate(self.kinds, 1) if kind == 2}
        began, ended = numbers(f"{self.dir}/began"), numbers(f"{self.dir}/ended")
        crashed = self.crashed()
        dying |= crashed
        assert status == (1 if dying else 0), f"ended with {status}"
        assert set(ended) | crashed == self.jobs, "a job is lost"
        # Those that fail run twice, with their retry.
        extra = sum(max(0, began.count(n) - (2 if kind in (2, 3) else 1))
                    for n, kind in enumerate(self.kinds, 1))
        # With --keep-order, what waits to be printed has not ended either.
        assert extra <= self.unknown, f"{extra} runs too many, {self.unknown} were unknown"
        assert self.ordered or self.unknown <= self.workers * self.kills, (
            f"{self.unknown} were unknown, with {self.kills} kills")
        dead = []
        if os.path.exists(f"{self.dir}/dead"):
            with open(f"{self.dir}/dead") as f:
                dead = [json.loads(line) for line in f]
        assert sorted(o["line_no"] for o in dead) == sorted(dying), "the dead-letter file differs"
        self.check_journal(dying)
        return extra

    def crashed(self):
        """Those that were given up for weir having been killed three times while they ran."""
        starts, given_up = {}, set()
        with open(f"{self.dir}/journal") as f:
            for line in f:
                o = json.loads(line)
                if o["kind"] == "started":
                    starts[o["seq"]] = starts.get(o["seq"], 0) + 1
                elif o.get("reason") == "crash-loop":
                    assert starts[o["seq"]] >= 3, f"job {o['seq']} was given up too soon"
                    given_up.add(o["seq"])
                elif o["kind"] in ("done", "waiting", "dead", "abandoned"):
                    starts[o["seq"]] = 0
        return given_up

    def check_journal(self, dying):
        done, gone = [], []
        began = numbers(f"{self.dir}/began")
        with open(f"{self.dir}/journal") as f:
            for line in f:
                o = json.loads(line)
                if o["kind"] == "done":
                    done.append(o["seq"])
                if o["kind"] == "dead":
                    gone.append(o["seq"])
        assert sorted(done + gone) == sorted(self.jobs), "an end is there twice, or not"
        assert set(gone) == dying, "the journal has others dead"
        status = subprocess.run(
            ["weir", "--journal=journal", "--resume"], cwd=self.dir, stdin=subprocess.DEVNULL,
            timeout=LIMIT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert status.returncode == (1 if dying else 0), status.stdout
        assert numbers(f"{self.dir}/began") == began, "what was done was run again"

    def close(self, keep):
        self.err.close()
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)


def main():
    rounds = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2 ** 32)
    failed = kills = extra = 0
    print(f"resume: {rounds} rounds, seeds from {seed}", flush=True)
    for s in range(seed, seed + rounds):
        r = Round(s)
        keep = True
        try:
            extra += r.check(r.run())
            kills += r.kills
            keep = False
        except (AssertionError, subprocess.TimeoutExpired, ValueError) as e:
            failed += 1
            print(f"seed {s}: {e} ({r.dir})\n{open(r.dir + '/err', errors='replace').read()}", flush=True)
        r.close(keep)
    print(f"resume: {failed} of {rounds} failed; {kills} kills, {extra} jobs run again")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
