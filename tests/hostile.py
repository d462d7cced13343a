#!/usr/bin/env python3
"""Values that would hurt, templates, and what must arrive.

hostile.py values SEED N FILE [NAME]   NUL-separated, after NAME if given
hostile.py all                         the tables of one placeholder each
hostile.py template TABLE              the script
hostile.py check TABLE FILE FILE OUT ... is each OUT what it prints?
hostile.py attacks FILE                each script in it as script.N

It knows nothing of the program but the manual: what a placeholder makes of a
value is written down here once more, with regular expressions.
"""
import random
import re
import sys

FIXED = [
    b"", b" ", b"\t", b"\n", b"\n\n", b"a\n", b"a\\", b"\\", b"\\\n", b"'",
    b'"', b"''", b'""', b"'\\''", b"`", b"$", b"$(", b"${", b"$((", b"\\$",
    b"$(touch pwned)", b"`touch pwned`", b";touch pwned", b"|touch pwned",
    b"&&touch pwned", b"\ntouch pwned\n", b"';touch pwned;'",
    b'";touch pwned;"', b"'\"$(touch pwned)\"'", b"\"'`touch pwned`'\"",
    b"$((a[$(touch pwned)]))", b"a[$(touch pwned)]", b"a[`touch pwned`]=1",
    b"-va[$(touch pwned)]", b")touch pwned(", b"}touch pwned{",
    b";;*)touch pwned;;", b"touch pwned #", b"# touch pwned",
    b"${x:-$(touch pwned)}", b"${(e)x}", b"*(e:touch pwned:)",
    b"=(touch pwned)", b"<(touch pwned)", b">(touch pwned)", b"> pwned",
    b">pwned", b"<<E", b"x\nE\ntouch pwned", b"-", b"--", b"-n", b"-e", b"-c",
    b"-rf", b"--help", b"-v", b"-ne", b"*", b"?", b"[a-z]*", b"**/*", b"!!",
    b"!", b"!touch", b"^", b"~", b"~root", b"~/x", b"=ls", b"=", b"%1", b"%s",
    b"%d%n%s", b"\\n", b"\\0", b"\\c", b"\\045", b"{}", b"{1}", b"{.}", b"{#}",
    b"{{}}", b"{a,b}", b"{1..3}", b"${1}", b"$1", b"$@", b"$*", b"$0", b"\"$@\"",
    b"\"${1}\"", b"weir", b"eval", b"exit 3", b"a=b", b"PATH=", b"IFS=x",
    b"\xff\xfe", b"\xc3", b"\xc3\x28", b"\xed\xa0\x80", b"\xf0\x9f\x92\xa9",
    b"gr\xc3\xb6\xc3\x9fe", b"\x83\xa0\x84", b"\x1b[31m", b"\r", b"a\r\n",
    b"/", b"//", b"/a", b"a/", b"a//b/", b".", b"..", b"./.x", b"../a.b.c",
    b"d.d/x", b"d/x.tar.gz", b".hidden", b"a.", b"a..b", b"-x/-y.-z",
    b"d'/x\".`y", b"$(touch pwned)/$(touch pwned).$(touch pwned)",
    b"x" * 8000, b"'" * 2000, b"$(touch pwned)" * 300, b"a b " * 1000,
    bytes(range(1, 256)), bytes(range(255, 0, -1)),
] + [bytes([c]) for c in range(1, 256) if not chr(c).isalnum()]
PIECES = [b"'", b'"', b"`", b"$", b"(", b")", b"{", b"}", b"\\", b"\n", b" ",
          b"\t", b";", b"&", b"|", b"<", b">", b"*", b"?", b"[", b"]", b"#",
          b"~", b"=", b"!", b"%", b".", b"/", b"-", b"$(touch pwned)",
          b"`touch pwned`", b"touch pwned", b"\xff", b"\xc3", b"a", b"b"]


def values(seed, n):
    rng = random.Random(seed)
    all_ = list(FIXED)
    while len(all_) < n:
        all_.append(b"".join(rng.choice(PIECES)
                             for _ in range(rng.randint(1, 20))))
    rng.shuffle(all_)
    return all_[:n]


def directory(v):
    v = re.sub(rb"(?<=.)/+\Z", b"", v, flags=re.S) if v.strip(b"/") else v[:1]
    head, slash, _ = v.rpartition(b"/")
    return (head.rstrip(b"/") or b"/") if slash else b"."


def sub(pattern, v, to=b""):
    return re.sub(pattern, to, v, count=1, flags=re.S)


EDITS = {
    "": lambda v: v,
    ".": lambda v: sub(rb"\.[^/.]*\Z", v),
    "..": lambda v: sub(rb"\.[^/.]*\.[^/.]*\Z", v),
    "/": lambda v: v.rpartition(b"/")[2],
    "//": directory,
    "/.": lambda v: sub(rb"\.[^/.]*\Z", v.rpartition(b"/")[2]),
    "+.": lambda v: (re.search(rb"\.([^/.]*)\Z", v, re.S) or [b"", b""])[1],
}


def placeholders():
    """Each with how it makes a list of values from the two of a record."""
    table = {}
    for text, edit in EDITS.items():
        def column(i, edit=edit):
            return lambda row, seq: [edit(row[i])]
        table["{%s}" % text] = lambda row, seq, edit=edit: [
            edit(v) for v in row]
        for name, i in (("1", 0), ("2", 1), ("-1", 1), ("-2", 0), ("one", 0),
                        ("zw\u00f6i b", 1)):
            table["{%s%s}" % (name, text)] = column(i)
    table["{#}"] = lambda row, seq: [b"%d" % seq]
    return table


PLACEHOLDERS = placeholders()

SHOW = "printf '%s\\0' "


def joined(before, after):
    return lambda vals: [before + b" ".join(vals) + after]


def bare(vals):
    """x{}y in the open: the first and the last have what is beside them."""
    vals = list(vals)
    vals[0] = b"x" + vals[0]
    vals[-1] += b"y"
    return vals


# Contexts: a text with @ for the placeholder, and the words it must print.
WORDS = [
    ("@", list), ("x@y", bare), ('"x@y"', joined(b"x", b"y")),
    ("'x@y'", joined(b"x", b"y")), ("'\"@'", joined(b'"', b"")),
    ('"\'@\'"', joined(b"'", b"'")),
]
MORE_WORDS = [
    ('${v}"@"', joined(b"vv", b"")), ('"${v}@"', joined(b"vv", b"")),
    ('"$v@"', joined(b"vv", b"")), ('"@[1]"', joined(b"", b"[1]")),
    ('"@:h"', joined(b"", b":h")), ("'@[1]:h'", joined(b"", b"[1]:h")),
    ('"@""@"\'@\'', lambda vals: [b" ".join(vals) * 3]),
    ("\\$\"@\"", joined(b"$", b"")), ('"\\$@"', joined(b"$", b"")),
    ('"\\\\@\\\\"', joined(b"\\", b"\\")), ("\\\\@", lambda vals: [
        b"\\" + vals[0]] + list(vals[1:])), ("'\\@'", joined(b"\\", b"")),
    ('"`printf a`@"', joined(b"a", b"")), ("x=@", lambda vals: [
        b"x=" + vals[0]] + list(vals[1:])),
]
SUBSTITUTIONS = [
    ('"$(printf \'%s\\1\' @ "x@y" \'x@y\'; echo .)"', lambda vals: [b"".join(w + b"\1" for w in list(vals)
                                    + 2 * joined(b"x", b"y")(vals)) + b"."]),
    ('"a$(printf \'%s.\' "b$(printf \'%s.\' "@")@")@"', lambda vals: [
        (lambda j: b"a" + b"b" + j + b"." + j + b"." + j)(b" ".join(vals))]),
]
# Lines of their own, which print words of their own.
LINES = [
    ("x=\"@\"; y='@'; " + SHOW + '"$x" "$y"',
     lambda vals: [b" ".join(vals)] * 2),
    ('for i in @ "@" \'@\'; do ' + SHOW + '"$i"; done',
     lambda vals: list(vals) + [b" ".join(vals)] * 2),
    ('case "@" in "@") ' + SHOW + "yes;; *) " + SHOW + "no;; esac",
     lambda vals: [b"yes"]),
    ("case \"a@b\" in *'@'*) " + SHOW + "yes;; *) " + SHOW + "no;; esac",
     lambda vals: [b"yes"]),
    ("f() { " + SHOW + '"$*"; }; f @', joined(b"", b"")),
    ("if [ -n \"x@\" ]; then { " + SHOW + '"@"; }; fi',
     joined(b"", b"")),
    ("( " + SHOW + "@ )", list),
    (SHOW + '"@" | cat', joined(b"", b"")),
    ("x='@' export y=\"@\"; " + SHOW + '"$y"', joined(b"", b"")),
    (SHOW + '"@" # it\'s `a "comment', joined(b"", b"")),
    ("! [ \"x@\" = x\\ y ] && " + SHOW + "\\\n  '@'", joined(b"", b"")),
]
# One value, where several would be a mistake.
ONE_LINES = [
    ("x=@; " + SHOW + '"$x"', list),
    ("case @ in @) " + SHOW + "yes;; *) " + SHOW + "no;; esac",
     lambda vals: [b"yes"]),
    ("case a@b in *@*) " + SHOW + "yes;; *) " + SHOW + "no;; esac",
     lambda vals: [b"yes"]),
    ("case a@b in a\"@\"[b]) " + SHOW + "yes;; *) " + SHOW + "no;; esac",
     lambda vals: [b"yes"]),
    ("export y=@; " + SHOW + '"$y"', list),
]


def one():
    return {p: f for p, f in PLACEHOLDERS.items() if re.match(r"\{-?\d", p)}


def rows(table):
    """(text of a line, [(placeholder, what it prints)])."""
    few = {p: PLACEHOLDERS[p] for p in ("{}", "{2}", "{/.}", "{one//}")}
    if table == "words":
        return [(SHOW + " ".join(c.replace("@", p) for c, _ in WORDS),
                 [(f, g) for _, g in WORDS]) for p, f in PLACEHOLDERS.items()]
    if table == "lines":
        lines = [(SHOW + c.replace("@", p), [(f, g)])
                 for p, f in few.items() for c, g in MORE_WORDS]
        lines += [(c.replace("@", p), [(f, g)])
                  for p, f in (("{}", few["{}"]), ("{2}", few["{2}"]))
                  for c, g in LINES if "|" not in c]
        return lines + [(c.replace("@", p), [(f, g)])
                        for p, f in (("{1}", one()["{1}"]),
                                     ("{-1/.}", one()["{-1/.}"]))
                        for c, g in ONE_LINES]
    if table == "substitutions":
        return [(SHOW + " ".join(c.replace("@", "{}")
                                 for c, _ in SUBSTITUTIONS),
                 [(few["{}"], g) for _, g in SUBSTITUTIONS])]
    p = [p for p in PLACEHOLDERS if "all " + p == table][0]
    f = PLACEHOLDERS[p]
    contexts = [(SHOW + c, g)
                for c, g in WORDS + MORE_WORDS + SUBSTITUTIONS] + LINES
    if p in one():
        contexts += ONE_LINES
    return [(c.replace("@", p), [(f, g)]) for c, g in contexts]


def template(table):
    return "v=vv; " + "\n".join(text for text, _ in rows(table))


def expect(table, first, second):
    """What is printed, each with the job and the line that prints it."""
    lines = rows(table)
    pairs = zip(*(open(name, "rb").read().split(b"\0")[1:-1]
                  for name in (first, second)))
    for seq, row in enumerate(pairs, 1):
        made = {}
        for text, prints in lines:
            for f, g in prints:
                if f not in made:
                    made[f] = f(row, seq)
                for want in g(made[f]):
                    yield want, seq, text


def check(table, first, second, *outs):
    """Say what is the first that did not arrive, and in which line."""
    all_ = list(expect(table, first, second))
    wanted = b"".join(want + b"\0" for want, _, _ in all_)
    for out in outs:
        got = open(out, "rb").read()
        if got == wanted:
            continue
        for have, (want, seq, text) in zip(got.split(b"\0"), all_):
            if have != want:
                sys.exit("%s, job %d: %s gave %r, not %r" %
                         (out, seq, text, have, want))
        sys.exit("%s: too much, or not enough" % out)


def main():
    command, args = sys.argv[1], sys.argv[2:]
    if command == "values":
        with open(args[2], "wb") as f:
            for v in args[3:]:
                f.write(v.encode() + b"\0")
            for v in values(int(args[0]), int(args[1])):
                f.write(v + b"\0")
    elif command == "all":
        sys.stdout.writelines("all %s\n" % p for p in PLACEHOLDERS)
    elif command == "template":
        sys.stdout.write(template(args[0]))
    elif command == "check":
        check(*args)
    elif command == "attacks":
        text = open(args[0]).read().rstrip("\n")
        for i, script in enumerate(text.split("\n%%\n")):
            with open("script.%d" % i, "w") as f:
                f.write(script)


main()
