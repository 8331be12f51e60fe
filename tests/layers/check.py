"""Checks that includes run one way, and that third parties stay in lib/.

    python3 tests/layers/check.py [ROOT]

Layers are numbered from the bottom; a file includes files of its own layer or
of lower ones. Prints every include that does not, and exits 1 if there is one.
"""

import fnmatch
import re
import sys
from pathlib import Path

# The first pattern that fits a path decides. A file of include/ or lib/ that
# none fits is an error: whoever adds it says where it belongs.
LAYERS = [
    ("include/limpet/limpet.h", 3),
    ("include/limpet/policy.h", 3),
    ("lib/policy*", 3),
    ("include/limpet/session_map.h", 2),
    ("lib/session_map*", 2),
    ("lib/store.h", 2),
    ("lib/value_store.h", 2),
    ("lib/token_outcome.h", 2),
    ("lib/stores/*", 2),
    ("lib/carrier.h", 2),
    ("lib/carriers/*", 2),
    ("lib/balancer.h", 2),
    ("lib/choice.h", 2),
    ("lib/session_counts.h", 2),
    ("lib/substitute.h", 2),
    ("lib/substitute.cc", 2),
    ("lib/balancers/*", 2),
    ("lib/placement/*", 0),
    ("lib/failover*", 2),
    ("lib/rebalance*", 2),
    ("*/drain.*", 1),
    ("*/cookie.*", 1),
    ("*/endpoint.*", 1),
    ("*/key_ring*", 1),
    ("*/outcome.*", 1),
    ("lib/alias_table.h", 1),
    ("lib/guide_table.h", 1),
    ("lib/rotation.h", 0),
    ("lib/counter_stripes.h", 1),
    ("lib/shelf.h", 1),
    ("include/limpet/balancing.h", 0),
    ("include/limpet/session.h", 1),
    ("*/session_persistence*", 1),
    ("lib/balancing_fields.*", 1),
    ("lib/json_fields.*", 1),
    ("*/version.*", 0),
    ("*/status.*", 0),
    ("*/time.*", 0),
    ("*/hash.*", 0),
    ("*/client_address.*", 1),
    ("*/envoy_hash_policy.*", 1),
    ("lib/keyed_hash.h", 1),
    ("lib/mix.h", 0),
    ("lib/spread.h", 0),
    ("lib/codec/*", 0),
]

# Folders of kinds: a kind knows the interface that it implements (a header of
# lib/ itself) and its own header, never another kind.
KINDS = ("lib/stores/", "lib/carriers/", "lib/balancers/")
# What kinds of one folder are made from; no kind itself.
PARTS_OF_KINDS = (
    "lib/balancers/random_sequence.h",
    "lib/balancers/rendezvous.h",
    "lib/balancers/compat_balancer.h",
    "lib/balancers/compat_balancer.cc",
    "lib/balancers/hash_balancer.h",
    "lib/balancers/hash_balancer.cc",
    "lib/balancers/keyed_balancer.h",
    "lib/balancers/keyed_balancer.cc",
    "lib/balancers/make_balancer.cc",
    "lib/balancers/slow_start.h",
    "lib/balancers/weight_balancer.h",
    "lib/balancers/weight_balancer.cc",
    "lib/stores/opened_tokens.h",
    "lib/stores/sealed_envelope.h",
    "lib/stores/sealed_envelope.cc",
)

PUBLIC = ("include/limpet/", "capi/limpet.h")
USERS = ("capi/", "bindings/", "examples/")
THIRD_PARTIES = re.compile(r"absl/|xxh|nlohmann/|sodium|boost/|yaml-cpp/")
SOURCES = {".h", ".cc", ".c", ".hpp", ".cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def layer_of(path):
    for pattern, layer in LAYERS:
        if fnmatch.fnmatch(path, pattern):
            return layer
    return None


def sources(root, *folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SOURCES:
                yield path.relative_to(root).as_posix()


def resolve(root, path, target):
    """The file of this repository that an include names, or None."""
    beside = (root / path).parent / target
    for candidate in (
        beside,
        root / "include" / target,
        root / "lib" / target,
        root / "capi" / target,
    ):
        if candidate.is_file():
            return candidate.resolve().relative_to(root).as_posix()
    return None


def is_other_kind(path, found):
    if not (path.startswith(KINDS) and found.startswith(KINDS)):
        return False
    if found in PARTS_OF_KINDS:
        return False
    return Path(path).with_suffix("") != Path(found).with_suffix("")


def problem_of_public(found, target):
    if THIRD_PARTIES.match(target):
        return "a public header knows no third party"
    if found and not found.startswith(PUBLIC):
        return "a public header includes public headers only"
    if not found and "/" in target:
        return "a public header includes the standard library only"
    return None


def problem_of_layers(path, found):
    if found.startswith(USERS):
        return "the library knows none of its users"
    if layer_of(found) > layer_of(path):
        return f"layer {layer_of(path)} includes layer {layer_of(found)}"
    if is_other_kind(path, found):
        return "one kind includes another"
    return None


def problem_of(path, found, target):
    """Why `path` may not include `target` (`found` in the tree), or None."""
    problem = None
    if path.startswith(PUBLIC):
        problem = problem_of_public(found, target)
    if problem or found is None:
        return problem
    if not path.startswith(USERS):
        return problem_of_layers(path, found)
    if found.startswith("lib/"):
        return "users of the library see its public headers only"
    return None


def check(root):
    """All problems of the tree, one line each."""
    problems = []
    library = list(sources(root, "include", "lib"))
    problems += [
        f"{path}: in no layer; name it in tests/layers/check.py"
        for path in library
        if layer_of(path) is None
    ]
    if problems:
        return problems
    for path in library + list(sources(root, *USERS)):
        text = (root / path).read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            target = match.group(2)
            found = resolve(root, path, target)
            problem = problem_of(path, found, target)
            if problem:
                line = text.count("\n", 0, match.start(1)) + 1
                problems.append(f"{path}:{line}: {target}: {problem}")
    return problems


def main():
    here = Path(__file__).resolve().parents[2]
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else here
    problems = check(root)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
