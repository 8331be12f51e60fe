"""What the tests of all proxies share: keys, sets of members, limpet's answers."""

import json
import subprocess

KEYS = 10_000
RECORDED_KEYS = 150

# Weights of the members: equal, a little uneven, far apart, many, odd sums.
WEIGHTS = {
    "two": [1, 1],
    "seven": [1] * 7,
    "uneven": [1, 2, 3, 4, 5],
    "far apart": [3, 5, 7, 11, 13, 1, 100],
    "common factor": [10, 20, 30, 10, 50],
    "forty": [1 + i % 3 for i in range(40)],
}


def members(weights, **marked):
    """marked: which of them are down, dead, ... as lists of indexes."""
    made = []
    for i, weight in enumerate(weights):
        member = {"weight": weight}
        member.update({name: True for name, those in marked.items() if i in those})
        made.append(member)
    return made


# The same as Key and Address in placement_case.cc.
def key(i):
    return f"k{i}-" + "x" * (i % 41) + ("\u00e9" if i % 7 == 0 else "")


def address(i):
    word = (i + 1) * 2654435761 % 2**32
    v4 = ".".join(str(word >> shift & 0xFF) for shift in (24, 16, 8, 0))
    if i % 10 == 9:
        return "::ffff:" + v4
    if i % 4 != 3:
        return v4
    return f"2001:db8:{word >> 16:04x}::{word & 0xFFFF:04x}"


def keys_of(case):
    make = address if case.get("addresses") else key
    return [make(i) for i in range(case["keys"])]


def place(tool, cases):
    """Where limpet places the keys of the cases: for each key, all tries."""
    run = subprocess.run(
        [tool], input=json.dumps(cases).encode(), stdout=subprocess.PIPE, check=True
    )
    return json.loads(run.stdout)


def differences(case, theirs, ours):
    """A few of the keys that are placed elsewhere, to show in a failure."""
    assert len(theirs) == len(ours) == case["keys"]
    return [
        (key, their, our)
        for key, their, our in zip(keys_of(case), theirs, ours)
        if their != our
    ][:5]
