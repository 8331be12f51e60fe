"""The checker of layers finds what it is there to find."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import check

HEADER = "include/limpet/time.h"


@pytest.fixture
def tree(tmp_path):
    def write(path, *includes):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"#include {i}\n" for i in includes))

    write(HEADER)
    write("include/limpet/policy.h", '"limpet/time.h"', "<span>")
    write("lib/stores/map_token.h")
    write("lib/carriers/cookie_carrier.h")
    write.root = tmp_path
    return write


def only(problems):
    assert len(problems) == 1, problems
    return problems[0]


def test_the_projects_own_tree_obeys():
    assert check.check(Path(__file__).resolve().parents[2]) == []


def test_a_tree_whose_includes_run_down_obeys(tree):
    assert check.check(tree.root) == []


def test_an_include_that_climbs_is_found_with_its_line(tree):
    tree(HEADER, "<chrono>", '"limpet/policy.h"')
    problem = only(check.check(tree.root))
    assert problem.startswith(f"{HEADER}:2: limpet/policy.h: layer 0")


@pytest.mark.parametrize(
    "include", ["<absl/strings/str_cat.h>", "<sodium.h>", "<xxhash.h>"]
)
def test_a_third_party_in_a_public_header_is_found(tree, include):
    tree(HEADER, include)
    assert "no third party" in only(check.check(tree.root))


def test_a_public_header_that_includes_a_private_one_is_found(tree):
    tree(HEADER, '"../../lib/stores/map_token.h"')
    assert "public headers only" in only(check.check(tree.root))


def test_a_kind_that_includes_another_is_found(tree):
    tree("lib/stores/map_token.h", '"carriers/cookie_carrier.h"')
    assert "another" in only(check.check(tree.root))


def test_a_kind_may_include_its_own_header(tree):
    tree("lib/stores/map_token.cc", '"stores/map_token.h"')
    assert check.check(tree.root) == []


@pytest.mark.parametrize("user", ["capi/x.cc", "examples/gateway/x.cc"])
def test_a_user_that_includes_a_private_header_is_found(tree, user):
    tree(user, '"stores/map_token.h"')
    assert "public headers only" in only(check.check(tree.root))


def test_the_library_includes_none_of_its_users(tree):
    tree("capi/limpet.h")
    tree("lib/policy.cc", '"limpet.h"')
    assert "none of its users" in only(check.check(tree.root))


def test_a_file_without_a_layer_is_found(tree):
    tree("lib/surprise.h")
    assert "in no layer" in only(check.check(tree.root))
