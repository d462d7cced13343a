#!/usr/bin/env python3
"""Rounds of a run that is stopped at a random moment.

    rounds.py kill9|signals ROUNDS [SEED]

Each round starts weir over a mix of jobs in a directory of its own, waits a
random while, and kills or signals it.  Afterwards nothing may be left of the
run, nothing may hang, and every line that was read is done, dead or abandoned,
once.  A round that fails is told with its seed, by which it can be repeated:
rounds.py HOW 1 SEED.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SLOWER = int(os.environ.get("CHECK_SLOWER", "1"))
LIMIT = 10 * SLOWER  # seconds, far above what any round may take
JOBS = 24

# Each job leaves N.begun when it begins, N.done when it succeeds.  Those that
# end of themselves, and those that do all to survive.
KINDS = [
    ": >{n}.begun; : >{n}.done",
    ": >{n}.begun; sleep 0.0{n}; : >{n}.done",
    ": >{n}.begun; exit 3",
    ": >{n}.begun; trap '' TERM INT HUP; sleep 50; sleep 51",
    ": >{n}.begun; setsid sleep 52 >/dev/null 2>&1 & : >{n}.begun; sleep 0.05; : >{n}.done",
    ": >{n}.begun; (setsid sh -c 'trap \"\" TERM; sleep 53; :' &) >/dev/null 2>&1; sleep 0.05; : >{n}.done",
    ": >{n}.begun; sleep 54 & sleep 0.02; : >{n}.done",
    ": >{n}.begun; kill -STOP $$; : >{n}.done",
]


def survivors(mark):
    """Processes of the run that are alive: those with the mark, but weir."""
    found = []
    want = b"WEIR_ROUND=" + mark.encode()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if want not in f.read().split(b"\0"):
                    continue
            with open(f"/proc/{pid}/stat") as f:
                stat = f.read()
            if stat[stat.rindex(")") + 2] in "ZX":
                continue
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                found.append(f"{pid}: {f.read().replace(bytes(1), b' ').decode(errors='replace')}")
        except (OSError, ValueError):
            continue
    return found


def letters(path):
    """What the dead-letter file has of each line: its kind and reason."""
    result = {}
    if not os.path.exists(path):
        return result
    with open(path, "rb") as f:
        whole = f.read()
    for line in whole.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break  # cut off by the kill: the next run sees to it
        o = json.loads(line)
        if o["kind"] in ("dead", "abandoned"):
            assert o["line_no"] not in result, f"line {o['line_no']} is there twice"
            result[o["line_no"]] = o["kind"]
    return result


class Round:
    def __init__(self, how, seed):
        self.how, self.seed = how, seed
        self.random = random.Random(seed)
        self.mark = f"{os.getpid()}-{seed}"
        self.dir = tempfile.mkdtemp(prefix="round")
        with open(f"{self.dir}/in", "w") as f:
            for n in range(1, JOBS + 1):
                f.write(self.random.choice(KINDS).format(n=n) + "\n")
        self.err = open(f"{self.dir}/err", "wb")
        self.weir = subprocess.Popen(
            ["weir", f"-j{self.random.randint(1, 6)}", f"--retries={self.random.randint(0, 1)}",
             "--backoff=1ms", "--dead-letter=dead", "--term-grace=0.2", "--shutdown-timeout=0.2",
             "--linger=0.1", "-a", "in"],
            cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.err,
            env=dict(os.environ, WEIR_ROUND=self.mark), start_new_session=True,
            preexec_fn=lambda: [signal.signal(s, signal.SIG_DFL) for s in (
                signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE)])
        self.begun = time.monotonic()
        self.when = self.begun + self.random.choice([0.003, 0.03, 0.3]) * self.random.random()

    def stop(self):
        if self.how == "kill9":
            self.weir.kill()
        else:
            for _ in range(self.random.randint(1, 3)):
                self.weir.send_signal(self.random.choice(
                    [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]))

    def wait(self):
        status = self.weir.wait(LIMIT)
        end = time.monotonic() + LIMIT
        while left := survivors(self.mark):
            assert self.how == "kill9", f"weir has left behind {left}"
            assert time.monotonic() < end, f"survived the guard: {left}"
            time.sleep(0.02)
        return status

    def account(self, status):
        dead = letters(f"{self.dir}/dead")
        begun = {n for n in range(1, JOBS + 1) if os.path.exists(f"{self.dir}/{n}.begun")}
        done = {n for n in range(1, JOBS + 1) if os.path.exists(f"{self.dir}/{n}.done")}
        told = open(f"{self.dir}/err", errors="replace").read()
        if os.path.exists(f"{self.dir}/dead"):
            again = subprocess.run(
                ["weir", "--dry-run", "--redrive", "dead"], cwd=self.dir, timeout=LIMIT,
                capture_output=True, text=True, check=False)
            assert again.returncode == 0, again.stderr
        for n, kind in dead.items():
            assert kind != "dead" or n in begun, f"line {n} is dead and was never run"
            assert kind != "dead" or n not in done, f"line {n} is dead, and did all it had to"
        if self.how == "kill9":
            # No more can be asked of it: what is neither done nor dead was
            # lost with weir, and is a job that ran or one that was not begun.
            return len(done), len(dead), len(begun - done - set(dead))
        assert status != 0 or len(done) == JOBS, "exit 0, and not all is done"
        last = re.findall(r"^weir: (\d+) jobs?: (\d+) ok(?:, (\d+) failed)?(?:, (\d+) not finished)?",
                          told, re.M)
        if not last:
            assert not dead, "no summary"
            return 0, 0, 0
        accepted, ok, failed, abandoned = (int(x or 0) for x in last[-1])
        kinds = list(dead.values())
        assert accepted == ok + failed + abandoned, last
        assert failed == kinds.count("dead"), (last, kinds)
        assert abandoned == kinds.count("abandoned"), (last, kinds)
        assert set(dead) <= set(range(1, accepted + 1)), (last, sorted(dead))
        # Whoever is not in the file is done.
        assert set(range(1, accepted + 1)) - set(dead) <= done, (last, sorted(dead), sorted(done))
        return ok, failed, abandoned

    def close(self, keep):
        self.err.close()
        if self.weir.poll() is None:
            self.weir.kill()
        for left in survivors(self.mark):
            try:
                os.kill(int(left.split(":")[0]), signal.SIGKILL)
            except OSError:
                pass
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)


def main():
    how, rounds = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(2 ** 32)
    sums = [0, 0, 0]
    failed = 0
    print(f"{how}: {rounds} rounds, seeds from {seed}", flush=True)
    for first in range(seed, seed + rounds, 4):
        batch = [Round(how, s) for s in range(first, min(first + 4, seed + rounds))]
        for r in sorted(batch, key=lambda r: r.when):
            time.sleep(max(0, r.when - time.monotonic()))
            r.stop()
        for r in batch:
            keep = True
            try:
                counts = r.account(r.wait())
                sums = [a + b for a, b in zip(sums, counts)]
                keep = False
            except (AssertionError, subprocess.TimeoutExpired, ValueError) as e:
                failed += 1
                print(f"seed {r.seed}: {e}\n{open(r.dir + '/err').read()}", flush=True)
            r.close(keep)
    print(f"{how}: {failed} of {rounds} failed; "
          f"{sums[0]} done, {sums[1]} dead, {sums[2]} abandoned or lost")
    return failed > 0


sys.exit(main())
