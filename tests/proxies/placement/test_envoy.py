"""Envoy: ring hash with both functions, Maglev, members that are down, retries,
priorities, localities."""

import cases
import envoy_config
import programs
import pytest
from client import ask

PROXY = "envoy"
FEWER = 2_000  # keys, where another case has all of them


def _sets():
    """name -> what a case has beside its mode."""
    sets = {
        name: {"members": cases.members(weights)}
        for name, weights in cases.WEIGHTS.items()
    }
    # Sums of doubles: the first host gets one entry more than the size says.
    sets["seventy-five"] = {"members": cases.members([1] * 75)}
    named = cases.members([1, 4, 2, 1, 3])
    for i, member in enumerate(named):
        member["key"] = f"host-{'abcde'[-i]}"
    sets["hash_key"] = {"members": named}
    sets["two of seven down"] = {
        "members": cases.members([1] * 7, down=[2, 5]),
        "priorities": 1,
    }
    sets["panic"] = {
        "members": cases.members([1, 2, 3, 4, 5, 6, 7], down=[0, 1, 2, 4, 5]),
        "priorities": 1,
    }
    sets["panic is off"] = {
        "members": cases.members([1, 2, 3, 4, 5, 6, 7], down=[0, 1, 2, 4, 5]),
        "priorities": 1,
        "panic": 0,
    }
    sets["one dead, no predicate"] = {
        "members": cases.members([1] * 7, dead=[3]),
        "retries": 2,
    }
    sets["two dead, one attempt"] = {
        "members": cases.members([1] * 7, dead=[1, 4]),
        "retries": 2,
        "attempts": 1,
    }
    sets["four dead, three attempts"] = {
        "members": cases.members([2, 1, 5, 3, 1, 1], dead=[0, 2, 3, 5]),
        "retries": 5,
        "attempts": 3,
    }
    return sets


def _priorities():
    def members(*groups):
        """(healthy, degraded, down) members of each priority."""
        made = []
        for priority, (healthy, degraded, down) in enumerate(groups):
            for i in range(healthy + degraded + down):
                member = {"weight": 1 + i % 2, "priority": priority}
                if i >= healthy + degraded:
                    member["down"] = True
                elif i >= healthy:
                    member["degraded"] = True
                made.append(member)
        return made

    groups = {
        "half of the first is down": [(5, 0, 5), (4, 0, 0)],
        "three priorities": [(3, 0, 7), (1, 0, 4), (2, 0, 1)],
        "all of the first is down": [(0, 0, 4), (3, 0, 0)],
        "one of two panics": [(1, 0, 9), (2, 0, 1)],
        "all panic": [(1, 0, 9), (1, 0, 6), (0, 0, 3)],
        "degraded count for the load": [(4, 6, 0), (3, 0, 0)],
        "too few, some degraded": [(3, 2, 5), (2, 1, 4)],
    }
    return {
        name: {"members": members(*group), "priorities": len(group)}
        for name, group in groups.items()
    }


def _localities():
    weighted = cases.members([1, 2, 3, 1, 1, 5, 2])
    for i, member in enumerate(weighted):
        member["locality"] = [0, 0, 0, 1, 1, 2, 2][i]
    return {
        "localities": {"members": weighted, "locality_weights": [3, 1, 7]},
        "a locality that weighs nothing": {
            "members": weighted,
            "locality_weights": [3, 0, 7],
        },
    }


KINDS = {
    "ring": {"mode": "envoy_ring"},
    "murmur": {"mode": "envoy_ring", "function": "MURMUR_HASH_2"},
    "maglev": {"mode": "envoy_maglev"},
}


def _make(live, closed):
    made = {}

    def add(kind, name, options, keys=cases.KEYS):
        members = []
        for i, member in enumerate(options["members"]):
            port = closed if member.get("dead") else live
            address = f"127.0.{i // 200}.{i % 200 + 1}:{port}"
            members.append({"key": address, "address": address, **member})
        case = {"name": name, "keys": keys, **KINDS[kind], **options}
        made[f"{kind}, {name}"] = {**case, "members": members}

    for kind in KINDS:
        for name, options in _sets().items():
            add(kind, name, options)
    # What is the same for every kind.
    for name, options in _priorities().items():
        add("ring", name, options, FEWER)
    for name, options in _localities().items():
        add("ring", name, options, FEWER)
        add("maglev", name, options, FEWER)
    far = {"members": cases.members(cases.WEIGHTS["far apart"])}
    add("ring", "cut", {**far, "maximum_size": 50, "minimum_size": 1}, FEWER)
    add("ring", "large", {**far, "minimum_size": 20_000}, FEWER)
    add("murmur", "cut", {**far, "maximum_size": 333, "minimum_size": 300}, FEWER)
    add("maglev", "a small table", {**far, "table_size": 1009}, FEWER)
    ten = {"members": cases.members([1] * 10)}
    add("maglev", "fewer slots than hosts", {**ten, "table_size": 7}, FEWER)
    return made


@pytest.fixture(scope="module")
def running(tmp_path_factory, closed):
    port, live = programs.free_ports(2)
    made = _make(live, closed)
    upstream = programs.upstream(tmp_path_factory.mktemp("upstream"), live)
    try:
        hosts = {f"case{i}": case for i, case in enumerate(made.values())}
        configuration = envoy_config.configuration(port, hosts)
        folder = tmp_path_factory.mktemp("envoy")
        envoy = programs.envoy(folder, port, configuration)
        try:
            yield made, port
        finally:
            envoy.stop()
    finally:
        upstream.stop()


NAMES = list(_make(1, 2))


@pytest.mark.parametrize("name", NAMES)
def test_ends_with_the_same_host_after_as_many_tries(name, running, tool, record):
    made, port = running
    case = made[name]
    host = f"case{NAMES.index(name)}"
    answers = ask(port, host, cases.keys_of(case), "x-last")
    index_of = {member["address"]: i for i, member in enumerate(case["members"])}
    theirs = []
    for _, last in answers:
        address, tries = last.split()
        theirs.append((index_of[address], int(tries)))
    [placed] = cases.place(tool, [case])
    ours = [(tries[-1], len(tries)) for tries in placed]
    assert cases.differences(case, theirs, ours) == []
    record(case, theirs)
