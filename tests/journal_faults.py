#!/usr/bin/env python3
"""A run of which one call on its journal is spoilt, each of them in turn.

    journal_faults.py SHIM WHAT[,WHAT ...] [OPTION ...]

SHIM is tests/shim/journalio.c, compiled; WHAT is what happens, as it says there.
OPTIONs are weir's.  What was killed or has failed is resumed, and all has to hold
that resume.py looks at, and besides: what is done in the journal had been printed
by then, and each job said what it has to say.  Where there was no room for a
while, the run goes on by itself.
"""

import json
import os
import re
import subprocess
import sys

import resume

# What resume.py has of these, done, dead after a retry and so on, with a word
# on standard output.
KINDS = [0, 2, 3, 1, 0]

# How a run may end that this happens to.
ENDS = {"before": [-9], "half": [-9], "after": [-9], "full": [1], "torn": [3], "filled": [3],
        # When it is made, nothing has been run yet.
        "sync": [2, 3]}


class Spoilt(resume.Round):
    def __init__(self, shim, what, nth, options):
        super().__init__(nth, KINDS)
        self.shim, self.what, self.nth = shim, what, nth
        self.workers = 2
        self.lines = [f"echo says {n}; {line}" for n, line in enumerate(self.lines, 1)]
        self.options = ["--jobs=2", "--retries=1", "--backoff=1ms", "--dead-letter=dead", *options]
        self.ordered = "--keep-order" in options

    def weir(self, args, offer, **env):
        with open(f"{self.dir}/out", "ab") as out:
            return subprocess.run(
                ["weir", "--journal=journal", *args], cwd=self.dir, stdout=out, stderr=self.err,
                input="".join(line + "\n" for line in self.lines).encode() if offer else b"",
                timeout=resume.LIMIT, check=False, env={**os.environ, **env}).returncode

    def said(self):
        with open(f"{self.dir}/out") as f:
            return [int(n) for n in re.findall(r"says (\d+)\n", f.read())]

    def done(self):
        done = []
        if not os.path.exists(f"{self.dir}/journal"):
            return done
        with open(f"{self.dir}/journal") as f:
            for line in f:
                if line.endswith("\n") and '"kind":"done"' in line:
                    done.append(json.loads(line)["seq"])
        return done

    def check_lines(self):
        with open(f"{self.dir}/journal") as f:
            for line in f:
                json.loads(line)

    def run(self):
        """The status of the run that came to the end; None if nothing was spoilt."""
        status = self.weir(
            self.options, True, LD_PRELOAD=self.shim, JOURNALIO=f"{self.what}:{self.nth}",
            JOURNALIO_FILE=f"{self.dir}/journal", JOURNALIO_LOG=f"{self.dir}/spoilt")
        if os.path.getsize(f"{self.dir}/spoilt") == 0:
            assert status == 1, f"not spoilt, but ended with {status}"
            return None
        # A run that cannot even begin its journal does not wait: nothing has run.
        ends = [3] if self.what == "full" and self.nth == 1 else ENDS[self.what]
        assert status in ends, f"ended with {status}"
        assert set(self.done()) <= set(self.said()), "done, but not printed"
        if self.what == "full" and self.nth > 1:
            self.check_lines()
            return status
        if not self.begun():
            # One that could not be made durable is gone.
            assert self.weir(["--resume"], True) == 2, "resumed what has not begun"
            assert not os.path.exists(f"{self.dir}/began"), "a job without a journal"
            if os.path.exists(f"{self.dir}/journal"):
                os.unlink(f"{self.dir}/journal")
            return self.weir(self.options, True)
        self.kills = 1
        self.unknown = self.open_starts()
        whole = re.search(
            rb'"input_ended"[^\n]*\n', open(f"{self.dir}/journal", "rb").read())
        return self.weir(["--resume"], not whole or self.nth % 2 == 0)

    def check(self, status):
        super().check(status)
        assert set(self.said()) == self.jobs, "the output of a job is lost"


def main():
    shim, options, failed, faults = sys.argv[1], sys.argv[3:], 0, 0
    for what in sys.argv[2].split(","):
        for nth in range(1, 100):
            r = Spoilt(shim, what, nth, options)
            keep = True
            try:
                status = r.run()
                if status is not None:
                    r.check(status)
                    faults += 1
                keep = False
            except (AssertionError, subprocess.TimeoutExpired, ValueError, KeyError) as e:
                failed += 1
                print(f"{what}:{nth}: {e} ({r.dir})\n{open(r.dir + '/err', errors='replace').read()}")
            r.close(keep)
            if not keep and status is None:
                break
    print(f"journal_faults: {failed} failed of {faults + failed} faults")
    return failed > 0 or faults == 0


sys.exit(main())
