"""The C ABI as a foreigner sees it: ctypes, the standard library alone.

The environment variable LIMPET_C_LIBRARY names the shared library to load.
"""

import ctypes
import os

import pytest

WORKSHOP = b'{"sessionName": "Session-A", "type": "Header", "absoluteTimeout": "10s"}'
NOW_MS = 1_700_000_000_000
NO_ENDPOINT = 2**32 - 1
OK, ERR_STRUCT_SIZE, ERR_UNSUPPORTED, ERR_CONFIG = 0, -103, -104, -202
NEW, KEPT, EXPIRED = 0, 1, 4
INSERTED, LIVE, OVER = 0, 0, 1


class Str(ctypes.Structure):
    _fields_ = (("data", ctypes.c_char_p), ("size", ctypes.c_size_t))


class ConfigOptions(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("release", ctypes.c_uint32),
        ("attachment", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
    )


class Endpoint(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("weight", ctypes.c_uint32),
        ("id", Str),
        ("address", Str),
        ("backend", Str),
        ("state", ctypes.c_uint32),
        ("priority", ctypes.c_uint32),
        ("since_ms", ctypes.c_uint64),
        ("drain_deadline_ms", ctypes.c_uint64),
        ("max_requests", ctypes.c_uint32),
        ("max_sessions", ctypes.c_uint32),
        ("locality", Str),
        ("hash_key", Str),
    )


class DrainProgress(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("state", ctypes.c_uint32),
        ("done", ctypes.c_double),
        ("live_sessions", ctypes.c_uint64),
        ("first_sessions", ctypes.c_uint64),
        ("done_by_ms", ctypes.c_uint64),
        ("endpoint", ctypes.c_uint64),
        ("since_ms", ctypes.c_uint64),
    )


class Backend(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("weight", ctypes.c_uint32),
        ("name", Str),
    )


class SessionMapOptions(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("when_full", ctypes.c_uint32),
        ("capacity", ctypes.c_uint64),
        ("endpoints", ctypes.c_uint64),
        ("longest_timeout_ms", ctypes.c_uint64),
    )


class SessionMapUse(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("read_only", ctypes.c_uint32),
        ("alone", ctypes.c_uint32),
        ("file", ctypes.c_int32),
        ("lock_budget_us", ctypes.c_uint64),
    )


class SessionCounts(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("inserted", ctypes.c_uint64),
        ("expired", ctypes.c_uint64),
        ("evicted", ctypes.c_uint64),
        ("erased", ctypes.c_uint64),
        ("erased_endpoint", ctypes.c_uint64),
        ("refused", ctypes.c_uint64),
        ("repaired", ctypes.c_uint64),
    )


class SessionId(ctypes.Structure):
    _fields_ = (("high", ctypes.c_uint64), ("low", ctypes.c_uint64))


class Timeouts(ctypes.Structure):
    _fields_ = (("absolute_ms", ctypes.c_uint64), ("idle_ms", ctypes.c_uint64))


class Session(ctypes.Structure):
    _fields_ = (
        ("endpoint", ctypes.c_uint64),
        ("created_ms", ctypes.c_uint64),
        ("last_used_ms", ctypes.c_uint64),
    )


class PolicyOptions(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("scope", Str),
        ("keys", ctypes.c_void_p),
        ("sessions", ctypes.c_void_p),
    )


class ActiveRequests(ctypes.Structure):
    _fields_ = (("count", ctypes.c_void_p), ("user", ctypes.c_void_p))


class EnvoyHash(ctypes.Structure):
    _fields_ = (
        ("hash", ctypes.c_uint64),
        ("has_hash", ctypes.c_uint32),
        ("done", ctypes.c_uint32),
    )


class Request(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("values", ctypes.POINTER(Str)),
        ("value_count", ctypes.c_size_t),
        ("tried", ctypes.POINTER(ctypes.c_uint32)),
        ("tried_count", ctypes.c_size_t),
        ("active", ActiveRequests),
        ("hash_key", Str),
        ("hash", ctypes.c_uint64),
        ("active_in_backend", ActiveRequests),
    )


class Decision(ctypes.Structure):
    _fields_ = (
        ("endpoint", ctypes.c_uint32),
        ("outcome", ctypes.c_uint32),
        ("status", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("handle", ctypes.c_uint64),
        ("state", ctypes.c_uint64 * 8),
    )


class Field(ctypes.Structure):
    _fields_ = (
        ("name", Str),
        ("value", Str),
        ("outcome", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
    )


# Of 64-bit systems: the sizes that limpet.h promises never to shrink.
SIZES = {
    Str: 16,
    ConfigOptions: 16,
    Endpoint: 120,
    DrainProgress: 56,
    Backend: 24,
    SessionMapOptions: 32,
    SessionMapUse: 24,
    SessionCounts: 64,
    SessionId: 16,
    Timeouts: 16,
    Session: 24,
    PolicyOptions: 40,
    Request: 96,
    Decision: 88,
    Field: 40,
}
INITS = {
    ConfigOptions: "limpet_config_options_init",
    Endpoint: "limpet_endpoint_init",
    DrainProgress: "limpet_drain_progress_init",
    Backend: "limpet_backend_init",
    SessionMapOptions: "limpet_session_map_options_init",
    SessionMapUse: "limpet_session_map_use_init",
    SessionCounts: "limpet_session_counts_init",
    PolicyOptions: "limpet_policy_options_init",
    Request: "limpet_request_init",
}


def text(string):
    return Str(string, len(string))


def bytes_of(string):
    return ctypes.string_at(string.data, string.size) if string.size else b""


@pytest.fixture(scope="module")
def lib():
    path = os.environ.get("LIMPET_C_LIBRARY")
    if not path:
        pytest.fail(
            "LIMPET_C_LIBRARY is not set: it names the shared library of the C ABI, "
            "such as build/capi/liblimpet_c.so (cmake -DBUILD_SHARED_LIBS=ON)"
        )
    lib = ctypes.CDLL(path)
    lib.limpet_version_string.restype = ctypes.c_char_p
    lib.limpet_outcome_name.restype = ctypes.c_char_p
    lib.limpet_status_name.restype = ctypes.c_char_p
    lib.limpet_version.restype = ctypes.c_uint32
    lib.limpet_policy_max_field_size.restype = ctypes.c_size_t
    lib.limpet_policy_request_field.restype = Str
    return lib


@pytest.fixture
def policy(lib):
    keys, handle = ctypes.c_void_p(), ctypes.c_void_p()
    assert lib.limpet_keys_new_random(ctypes.byref(keys)) == OK
    options = PolicyOptions()
    lib.limpet_policy_options_init(ctypes.byref(options), ctypes.sizeof(options))
    options.scope = text(b"default/backend/0")
    options.keys = keys
    status = lib.limpet_policy_new_json(
        WORKSHOP,
        ctypes.c_size_t(len(WORKSHOP)),
        ctypes.byref(options),
        ctypes.byref(handle),
        None,
        ctypes.c_size_t(0),
    )
    assert status == OK
    lib.limpet_keys_free(keys)
    yield handle
    lib.limpet_policy_free(handle)


@pytest.fixture
def endpoints(lib):
    rows, handle = (Endpoint * 2)(), ctypes.c_void_p()
    for row, name in zip(rows, (b"pod-a", b"pod-b")):
        lib.limpet_endpoint_init(ctypes.byref(row), ctypes.sizeof(row))
        row.id = text(name)
    status = lib.limpet_endpoint_set_new(
        rows,
        ctypes.c_size_t(2),
        None,
        ctypes.c_size_t(0),
        ctypes.byref(handle),
        None,
        ctypes.c_size_t(0),
    )
    assert status == OK
    yield handle
    lib.limpet_endpoint_set_free(handle)


def select(lib, policy, endpoints, token=None, now_ms=NOW_MS):
    request, decision = Request(), Decision()
    lib.limpet_request_init(ctypes.byref(request), ctypes.sizeof(request))
    if token is not None:
        request.values = ctypes.pointer(text(token))
        request.value_count = 1
    status = lib.limpet_select(
        policy,
        endpoints,
        ctypes.byref(request),
        ctypes.c_uint64(now_ms),
        ctypes.byref(decision),
    )
    assert status == OK
    return decision


def commit(lib, policy, endpoints, decision, served, now_ms=NOW_MS):
    size = lib.limpet_policy_max_field_size(policy)
    buffer, field = ctypes.create_string_buffer(size), Field()
    status = lib.limpet_commit(
        policy,
        endpoints,
        ctypes.byref(decision),
        ctypes.c_uint32(served),
        ctypes.c_uint64(now_ms),
        buffer,
        ctypes.c_size_t(size),
        ctypes.byref(field),
    )
    assert status == OK
    return bytes_of(field.name), bytes_of(field.value), field.outcome


def test_the_version_is_told_as_a_number_and_as_text(lib):
    major, minor, patch = map(int, lib.limpet_version_string().split(b"."))
    assert lib.limpet_version() == major * 10000 + minor * 100 + patch


@pytest.mark.parametrize("struct", SIZES, ids=lambda struct: struct.__name__)
def test_a_struct_has_its_documented_size(struct):
    assert ctypes.sizeof(struct) == SIZES[struct]


@pytest.mark.parametrize("struct", INITS, ids=lambda struct: struct.__name__)
def test_a_struct_is_initialised_and_nothing_beyond_it(lib, struct):
    size = ctypes.sizeof(struct)
    buffer = ctypes.create_string_buffer(b"\xff" * (size + 64), size + 64)
    assert getattr(lib, INITS[struct])(buffer, ctypes.c_size_t(size)) == OK
    assert struct.from_buffer(buffer).struct_size == size
    assert buffer.raw[size:] == b"\xff" * 64
    assert getattr(lib, INITS[struct])(buffer, ctypes.c_size_t(0)) == ERR_STRUCT_SIZE


def test_a_client_comes_back_until_its_session_is_over(lib, policy, endpoints):
    assert bytes_of(lib.limpet_policy_request_field(policy)) == b"Session-A"
    first = select(lib, policy, endpoints)
    assert first.outcome == NEW
    name, token, outcome = commit(lib, policy, endpoints, first, first.endpoint)
    assert (name, outcome) == (b"Session-A", NEW)

    again = select(lib, policy, endpoints, token, NOW_MS + 9_999)
    assert (again.outcome, again.endpoint) == (KEPT, first.endpoint)
    assert lib.limpet_outcome_name(ctypes.c_uint32(again.outcome)) == b"kept"
    _, nothing, outcome = commit(lib, policy, endpoints, again, again.endpoint)
    assert (nothing, outcome) == (b"", KEPT)

    assert select(lib, policy, endpoints, token, NOW_MS + 10_000).outcome == EXPIRED


def test_nobody_gets_no_token(lib, policy, endpoints):
    decision = select(lib, policy, endpoints)
    _, value, outcome = commit(lib, policy, endpoints, decision, NO_ENDPOINT)
    assert value == b""
    assert lib.limpet_outcome_name(ctypes.c_uint32(outcome)) == b"unserved"


def test_a_session_is_found_by_an_id_that_is_passed_by_value(lib):
    handle, id, session = ctypes.c_void_p(), SessionId(), Session()
    timeouts, result = Timeouts(10_000, 0), ctypes.c_uint32()
    status = lib.limpet_session_map_new(
        None, None, ctypes.byref(handle), None, ctypes.c_size_t(0)
    )
    assert status == OK
    status = lib.limpet_session_map_id_of(
        handle, b"user-1", ctypes.c_size_t(6), ctypes.byref(id)
    )
    assert status == OK
    out = (ctypes.byref(session), ctypes.byref(result))
    status = lib.limpet_session_map_insert_or_get(
        handle,
        id,
        ctypes.c_uint64(7),
        ctypes.byref(timeouts),
        ctypes.c_uint64(NOW_MS),
        *out,
    )
    assert (status, result.value) == (OK, INSERTED)
    for after_ms, expected, endpoint in ((9_999, LIVE, 7), (10_000, OVER, 0)):
        status = lib.limpet_session_map_find(
            handle, id, ctypes.byref(timeouts), ctypes.c_uint64(NOW_MS + after_ms), *out
        )
        assert (status, result.value, session.endpoint) == (OK, expected, endpoint)
    lib.limpet_session_map_free(handle)


def test_an_error_names_the_field(lib):
    json, config = b'{"type": "Cookies"}', ctypes.c_void_p(1)
    error = ctypes.create_string_buffer(256)
    status = lib.limpet_config_new_json(
        json,
        ctypes.c_size_t(len(json)),
        None,
        ctypes.byref(config),
        error,
        ctypes.c_size_t(len(error)),
    )
    assert status == ERR_CONFIG
    assert config.value is None
    assert error.value.startswith(b"type: ")


def test_a_field_of_a_later_release_is_refused_unless_it_is_zero(lib):
    class Later(ctypes.Structure):
        _fields_ = (("known", ConfigOptions), ("unknown", ctypes.c_uint64))

    for unknown, expected in ((0, OK), (1, ERR_UNSUPPORTED)):
        options, config = Later(), ctypes.c_void_p()
        options.known.struct_size = ctypes.sizeof(Later)
        options.unknown = unknown
        status = lib.limpet_config_new_json(
            b"{}",
            ctypes.c_size_t(2),
            ctypes.byref(options),
            ctypes.byref(config),
            None,
            ctypes.c_size_t(0),
        )
        assert status == expected
        lib.limpet_config_free(config)
