"""nginx: `hash K`, `hash K consistent`, `ip_hash`, and all members of a request
that is tried again."""

import cases
import programs
import pytest
from client import ask

PROXY = "nginx"
MODES = {
    "nginx_hash": "hash $http_x_key",
    "nginx_consistent": "hash $http_x_key consistent",
    "nginx_ip_hash": "ip_hash",
}


def _sets():
    """name -> members, some down, some dead."""
    sets = {name: cases.members(weights) for name, weights in cases.WEIGHTS.items()}
    sets["eight of ten down"] = cases.members([1] * 10, down=[0, 1, 2, 4, 5, 6, 7, 9])
    sets["uneven, two down"] = cases.members([1, 2, 3, 4, 5], down=[1, 4])
    sets["three of seven dead"] = cases.members([1] * 7, dead=[0, 3, 4])
    # More dead points in a row than nginx goes past: round robin takes over.
    sets["all but one dead"] = cases.members(
        [5, 1, 1, 2, 9, 1, 1, 1, 30, 1], dead=[0, 1, 2, 3, 4, 6, 7, 8, 9]
    )
    sets["down and dead"] = cases.members(
        [7, 1, 2, 3, 1, 5, 1, 1], down=[0, 5], dead=[1, 3, 4]
    )
    return sets


def _make(live, closed):
    made = {}
    for mode in MODES:
        for name, members in _sets().items():
            retry = any(member.get("dead") for member in members)
            case = {
                "name": name,
                "mode": mode,
                "retry": retry,
                "addresses": mode == "nginx_ip_hash",
                "keys": cases.KEYS,
                "members": [
                    {
                        "key": f"127.0.0.{i + 1}:"
                        f"{closed if member.get('dead') else live}",
                        **member,
                    }
                    for i, member in enumerate(members)
                ],
            }
            made[f"{mode}, {name}"] = case
    # How a server is written counts. Nobody has to answer: the first try shows.
    texts = ["127.0.0.1", "127.0.0.1:81", "[::1]:82", "[::1]", "unix:/no/such",
             "UNIX:/no/such/other", "127.0.0.4:080"]  # fmt: skip
    for mode in MODES:
        made[f"{mode}, as written"] = {
            "name": "as written",
            "mode": mode,
            "retry": False,
            "addresses": mode == "nginx_ip_hash",
            "keys": cases.KEYS,
            "members": [{"key": text, "weight": 1} for text in texts],
        }
        # One text twice: round robin between them, by weight.
        made[f"{mode}, written twice"] = {
            "name": "written twice",
            "mode": mode,
            "retry": True,
            "addresses": mode == "nginx_ip_hash",
            "keys": cases.KEYS,
            "members": [
                {"key": f"127.0.0.1:{live}", "weight": 2},
                {"key": f"127.0.0.2:{live}", "weight": 1},
                {"key": f"127.0.0.3:{closed}", "weight": 3, "dead": True},
                {"key": f"127.0.0.3:{closed}", "weight": 1, "dead": True},
            ],
        }
    return made


def _upstream(name, case):
    servers = "".join(
        f" server {member['key']} weight={member['weight']} max_fails=0"
        f"{' down' if member.get('down') else ''};"
        for member in case["members"]
    )
    return f"  upstream {name} {{ {MODES[case['mode']]};{servers} keepalive 8; }}"


def _server(name, port, case):
    after = "error" if case["retry"] else "off"
    return (
        f"  server {{ listen 127.0.0.1:{port}; server_name {name};"
        f" location / {{ proxy_pass http://{name}; proxy_http_version 1.1;"
        f" proxy_set_header Connection ''; proxy_next_upstream {after};"
        " add_header x-tries $upstream_addr always; } }"
    )


@pytest.fixture(scope="module")
def running(tmp_path_factory, closed):
    """The cases, and the port of an nginx that has a server for each."""
    port, live = programs.free_ports(2)
    made = _make(live, closed)
    lines = ["  set_real_ip_from 127.0.0.1;", "  real_ip_header x-key;",
             "  server_names_hash_max_size 4096;"]  # fmt: skip
    for number, case in enumerate(made.values()):
        lines.append(_upstream(f"case{number}", case))
        lines.append(_server(f"case{number}", port, case))
    upstream = programs.upstream(tmp_path_factory.mktemp("upstream"), live)
    try:
        folder = tmp_path_factory.mktemp("nginx")
        nginx = programs.nginx(folder, port, "\n".join(lines))
        try:
            yield made, port
        finally:
            nginx.stop()
    finally:
        upstream.stop()


def _shown(member):
    """As nginx shows it in $upstream_addr."""
    text = member["key"]
    if text.lower().startswith("unix:"):
        return text
    host, colon, port = text.rpartition(":")
    if not colon or host.endswith(":") or text.endswith("]"):
        host, port = text, "80"
    return f"{host}:{int(port)}"


NAMES = list(_make(1, 2))


@pytest.mark.parametrize("name", NAMES)
def test_tries_the_same_members_in_the_same_order(name, running, tool, record):
    made, port = running
    case = made[name]
    host = f"case{NAMES.index(name)}"
    answers = ask(port, host, cases.keys_of(case), "x-tries")
    shown = [_shown(member) for member in case["members"]]
    theirs = [tries.split(", ") for _, tries in answers]
    [ours] = cases.place(tool, [case])
    ours_shown = [[shown[i] for i in tries] for tries in ours]
    assert cases.differences(case, theirs, ours_shown) == []
    record(case, [(shown.index(tries[-1]), len(tries)) for tries in theirs])
