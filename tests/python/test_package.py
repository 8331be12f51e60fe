"""The package as a whole: its names, its version, its stubs."""

import ast
import inspect
import pathlib
import re
import runpy

import pytest

import limpet
from limpet import _core

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_every_public_name_is_there_and_has_words():
    for name in limpet.__all__:
        assert inspect.getdoc(getattr(limpet, name)), name


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("CMakeLists.txt", r"project\(limpet VERSION ([0-9.]+)"),
        ("pyproject.toml", r'(?m)^version = "([0-9.]+)"'),
        ("include/limpet/version.h", None),
        ("capi/limpet.h", None),
    ],
)
def test_all_copies_of_the_version_agree(file, pattern):
    text = (ROOT / file).read_text(encoding="utf-8")
    if pattern:
        version = re.search(pattern, text)[1]
    else:
        version = ".".join(
            re.search(rf"#define LIMPET_VERSION_{part} (\d+)", text)[1]
            for part in ("MAJOR", "MINOR", "PATCH")
        )
    assert version == limpet.__version__


def test_the_outcomes_are_those_of_the_core():
    assert [str(outcome) for outcome in limpet.Outcome] == list(_core.OUTCOMES)


def names_of(scope):
    """Names and, for classes, their members that the module has."""
    names = set()
    for name, value in vars(scope).items():
        if name.startswith("__") and name not in ("__init__", "__len__"):
            continue
        if name.startswith("_pybind11"):
            continue
        names.add(name)
        if inspect.isclass(value):
            names |= {f"{name}.{member}" for member in names_of(value)}
    return names


def names_in(body):
    """The same as the stub tells them."""
    names = set()
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign):
            names.add(node.target.id)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{member}" for member in names_in(node.body)}
    return names


def test_the_stub_names_what_the_module_has():
    stub = pathlib.Path(limpet.__file__).parent / "_core.pyi"
    declared = names_in(ast.parse(stub.read_text(encoding="utf-8")).body)
    # pybind11 gives classes without a constructor an __init__ that raises.
    actual = {n for n in names_of(_core) if n in declared or "__init__" not in n}
    assert declared == actual


def test_the_package_says_that_it_is_typed():
    assert (pathlib.Path(limpet.__file__).parent / "py.typed").is_file()


def test_the_quickstart_runs(capsys):
    runpy.run_path(str(ROOT / "examples" / "quickstart.py"), run_name="__main__")
    assert "kept" in capsys.readouterr().out
