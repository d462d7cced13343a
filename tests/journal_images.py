#!/usr/bin/env python3
"""What a power cut may leave of a journal: every one of those files is looked at.

    journal_images.py IMAGES [SEED] [OPTION ...]

A run is traced for the writes and syncs of its journal.  Then, for moments of
it, files are made as they may be found after a power cut: what was synced, and
of each sector of 512 bytes that was written since, what was written, zeros, what
lay there before, or nothing from there on.  Each of them must be a run that can
be resumed, with what was synced, and with nothing that was not written; or be
refused, which can only be where something was lost before what was kept.
"""

import os
import random
import re
import subprocess
import sys
import tempfile

SECTOR = 512
LINES = ["echo 1", "exit 3", "[ -e twice ] || { : >twice; exit 1; }", "echo 4", "sleep 0.2; echo 5",
         *(f"echo {n}" for n in range(6, 20))]


def unescape(text):
    return text.encode().decode("unicode_escape").encode("latin-1")


def trace(options):
    """The steps of a run: what is written, or None for a sync that has ended."""
    subprocess.run(
        ["strace", "-f", "-qq", "-s", "100000", "-o", "trace", "-P", f"{os.getcwd()}/journal",
         "-e", "trace=write,fdatasync,fsync,ftruncate", "weir", "--journal=journal", "--retries=1",
         "--backoff=1ms..1ms", *options],
        input="".join(line + "\n" for line in LINES).encode(), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, check=False, timeout=60)
    steps, syncing = [], {}
    with open("trace") as f:
        for line in f:
            pid, call = line.split(None, 1)
            wrote = re.match(r'write\(\d+, "((?:[^"\\]|\\.)*)"', call)
            if wrote:
                steps.append(unescape(wrote[1]))
            # Only what was written before it began is synced when it ends.
            elif re.match(r"f(data)?sync\(\d+ <unf", call):
                syncing[pid] = len(steps)
            elif "sync" in call and call.rstrip().endswith("= 0"):
                steps.append(syncing.pop(pid, len(steps)))
    return steps


def kinds(data, most=None):
    """seq: the last thing that whole lines say of it."""
    fate = {}
    for kind, seq in re.findall(rb'^{"kind":"(\w+)","seq":(\d+).*"}$', data[:most], re.M):
        fate[int(seq)] = kind
    return fate


def pending(data):
    return {seq for seq, kind in kinds(data).items() if kind not in (b"done", b"dead")}


class Images:
    def __init__(self, seed, steps):
        self.random = random.Random(seed)
        self.steps = steps
        self.refused = self.looked = 0

    def moment(self):
        """What is written, and how much of it is synced, at some moment."""
        until = self.random.randrange(1, len(self.steps) + 1)
        written, lengths, synced = b"", [], 0
        for step in self.steps[:until]:
            if isinstance(step, int):
                synced = max(synced, lengths[step - 1] if step else 0)
                lengths.append(len(written))
                continue
            written += step
            lengths.append(len(written))
        return written, synced

    def image(self, written, synced, stale):
        """And then the power is cut."""
        size = self.random.randint(synced, len(written))
        data = bytearray(written[:size])
        how = self.random.choice(["kept", "zeros", "stale", "mixed"])
        for at in range(synced // SECTOR * SECTOR, size, SECTOR):
            what = self.random.choice(["kept", "zeros", "stale"]) if how == "mixed" else how
            first, last = max(at, synced), min(at + SECTOR, size)
            if what == "zeros":
                data[first:last] = bytes(last - first)
            elif what == "stale":
                data[first:last] = stale[first:last].ljust(last - first, b"\0")
        return bytes(data)

    def look(self, data, synced, written):
        with open("image", "wb") as f:
            f.write(data)
        p = subprocess.run(
            ["weir", "--journal=image", "--resume", "--dry-run"], stdin=subprocess.DEVNULL,
            capture_output=True, check=False, timeout=60)
        self.looked += 1
        if p.returncode == 2:
            self.refused += 1
            # A part was lost, and one behind it was not.
            size = next((n for n, (a, b) in enumerate(zip(data, written)) if a != b), len(data))
            later = data[size:].split(b"\n")
            assert b"\n" not in data[:size] or any(
                line.startswith(b'{"kind"') and line.endswith(b'"}') for line in later[1:-1]), (
                    f"refused without need: {p.stderr}")
            return
        assert p.returncode == 0, (p.returncode, p.stderr)
        shown = p.stdout.decode().split("\n")[:-1]
        # As some beginning of what was written would have it, behind the synced.
        ends = [synced, *(m.end() for m in re.finditer(rb"\n", written[:len(data)]) if m.end() >= synced)]
        wanted = [[LINES[seq - 1] for seq in sorted(pending(written[:end]))] for end in ends]
        assert shown in wanted, (shown, p.stderr)


def main():
    count = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else random.SystemRandom().randrange(2 ** 32)
    with tempfile.TemporaryDirectory(prefix="images") as here:
        os.chdir(here)
        trace([])
        with open("journal", "rb") as f:
            stale = f.read()[SECTOR // 3:]  # of another run
        os.unlink("journal")
        steps = trace(sys.argv[3:])
        with open("journal", "rb") as f:
            assert f.read() == b"".join(s for s in steps if isinstance(s, bytes)), "the trace is not whole"
        images = Images(seed, steps)
        print(f"journal_images: seed {seed}", flush=True)
        for n in range(count):
            written, synced = images.moment()
            data = images.image(written, synced, stale)
            try:
                images.look(data, synced, written)
            except AssertionError as e:
                print(f"image {n} of seed {seed}: {e}\n{data[synced:].decode('latin-1')}")
                return 1
    print(f"journal_images: {images.looked} looked at, {images.refused} of them refused")
    return 0


sys.exit(main())
