"""What --events has told of one run, checked: events.py FILE [EXPRESSION ...]

Every line is printable ASCII and a JSON object, time does not go back, each job
goes its way, and what the last line counts is what was told.  Each EXPRESSION
has to be true; in it, all are the events, and of(KIND [, SEQ]) those of a kind.
"""
import json
import sys

# What may come next of a job, and whether the job is in the hands of a worker.
AFTER = {
    None: {"accepted"},
    "accepted": {"started", "ended", "abandoned"},
    "started": {"ended", "lingering"},
    "lingering": {"ended"},
    "ended": {"waiting", "done", "dead", "abandoned"},
    "waiting": {"started", "ended", "abandoned"},
    "done": set(),
    "dead": set(),
    "abandoned": set(),
}
ENDS = ("done", "dead", "abandoned")


def check(condition, what):
    if not condition:
        sys.exit("events: %s" % (what,))


with open(sys.argv[1], "rb") as f:
    lines = f.read().split(b"\n")
check(lines.pop() == b"", "the last line has no end")
all_ = []
for line in lines:
    check(all(32 <= c < 127 for c in line), line)
    e = json.loads(line)
    head = b'{"kind":"%s"' % e["kind"].encode()
    if "seq" in e:
        head += b',"seq":%d,' % e["seq"]
    check(line.startswith(head), line)
    all_.append(e)


def of(kind, seq=None):
    return [e for e in all_
            if e["kind"] == kind and (seq is None or e["seq"] == seq)]


check(all_[0]["kind"] == "run" and all_[-1]["kind"] == "closed", "ends")
check(len(of("run")) == len(of("closed")) == len(of("input_ended")) == 1, "one")
check(len({e["run"] for e in all_}) == 1, "one run")
last, state, attempts, pids, running = 0, {}, {}, {}, 0
for e in all_:
    check(e["t"] >= last, ("time goes back", e))
    check(e["time"][10] == "T" and e["time"][-1] == "Z", e)
    last = e["t"]
    seq, kind = e.get("seq"), e["kind"]
    if seq is None:
        continue
    check(kind in AFTER[state.get(seq)], ("after %s" % state.get(seq), e))
    state[seq] = kind
    check(e["queue"] >= 0 and e["running"] >= 0, e)
    if kind == "started":
        attempts[seq] = attempts.get(seq, 0) + 1
        pids[seq] = e["pid"]
        running += 1
        check(e["attempt"] == attempts[seq], e)
    elif kind == "lingering":
        check(e["pid"] == pids[seq], e)
    elif kind == "ended":
        check(("pid" in e) == (seq in pids), e)
        if "pid" in e:
            check(e["pid"] == pids.pop(seq), e)
            check(abs(e["start_t"] + e["duration"] - e["t"]) < 5, e)
            running -= 1
        else:
            attempts[seq] = attempts.get(seq, 0) + 1
        check(e["attempt"] == attempts[seq], e)
    elif kind == "waiting":
        check(e["attempt"] == attempts[seq], e)
    elif kind in ENDS:
        check(e["attempts"] == attempts.get(seq, 0), e)
check(running == 0, "some have not ended")
closed = all_[-1]
for kind in ("accepted",) + ENDS:
    check(closed[kind] == len(of(kind)), (kind, closed))
check(closed["accepted"] == sum(closed[k] for k in ENDS), closed)
check(closed["retries"] == len(of("waiting")), closed)
names = {"all": all_, "of": of, "closed": closed}
names.update((f.__name__, f) for f in (abs, len, max, min, sum, sorted, set, any))
for expression in sys.argv[2:]:
    check(eval(expression, names), expression)
