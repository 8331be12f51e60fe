"""Cookies that nobody should send: none crashes the gateway, and none pins a
client to an endpoint unless a valid token is in it."""

import re

import manifests as m
import pytest
from hostile import FRESH, PINNED, REFUSED, judge

T = b"@T@"  # stands for the session's token
OTHER = b"@OTHER@"  # of another session
FOREIGN = b"@FOREIGN@"  # of another rule
FORGED = b"@FORGED@"  # the token with its last letter changed


def cookie(value):
    return b"Cookie: " + value + b"\r\n"


CASES = {
    "the token": (cookie(b"Session-A=" + T), {PINNED}),
    "a garbage value": (cookie(b"Session-A=garbage"), {FRESH}),
    "a garbage value of base64": (cookie(b"Session-A=MTAuMC4wLjE6MzAwMA=="), {FRESH}),
    "a forged token": (cookie(b"Session-A=" + FORGED), {FRESH}),
    "a token of another rule": (cookie(b"Session-A=" + FOREIGN), {FRESH}),
    "a name of an endpoint": (cookie(b"Session-A=backend-765694d47f-wn8hp"), {FRESH}),
    "an empty value": (cookie(b"Session-A="), {FRESH}),
    "an empty field": (cookie(b""), {FRESH}),
    "no equals sign": (cookie(b"Session-A"), {FRESH}),
    "the token alone": (cookie(T), {FRESH}),
    "the token without a name": (cookie(b"=" + T), {FRESH}),
    "two equals signs": (cookie(b"Session-A==" + T), {FRESH}),
    "a nameless pair": (cookie(b"=Session-A=" + T), {FRESH}),
    "two in one field": (
        cookie(b"Session-A=" + T + b"; Session-A=" + OTHER),
        {PINNED},
    ),
    "two in two fields": (
        cookie(b"Session-A=" + T) + cookie(b"Session-A=" + OTHER),
        {PINNED},
    ),
    "garbage first in one field": (
        cookie(b"Session-A=x; Session-A=" + T),
        {PINNED},
    ),
    "garbage first in two fields": (
        cookie(b"Session-A=x") + cookie(b"Session-A=" + T),
        {PINNED},
    ),
    "another rule's first": (
        cookie(b"Session-A=" + FOREIGN + b"; Session-A=" + T),
        {PINNED},
    ),
    "three of garbage first": (
        cookie(b"Session-A=x; " * 3 + b"Session-A=" + T),
        {PINNED},
    ),
    "four of garbage first": (
        cookie(b"Session-A=x; " * 4 + b"Session-A=" + T),
        {FRESH},
    ),
    "1000 of garbage first": (
        cookie(b"Session-A=x;" * 1000 + b"Session-A=" + T),
        {FRESH},
    ),
    "quotes": (cookie(b'Session-A="' + T + b'"'), {PINNED}),
    "one quote": (cookie(b'Session-A="' + T), {FRESH}),
    "two pairs of quotes": (cookie(b'Session-A=""' + T + b'""'), {FRESH}),
    "the name in upper case": (cookie(b"SESSION-A=" + T), {FRESH}),
    "the name in lower case": (cookie(b"session-a=" + T), {FRESH}),
    "the token in lower case": (cookie(b"Session-A=@t@"), {FRESH}),
    "the field's name in upper case": (b"COOKIE: Session-A=" + T + b"\r\n", {PINNED}),
    "the field's name in lower case": (b"cookie:Session-A=" + T + b"\r\n", {PINNED}),
    "blanks around the equals sign": (cookie(b"Session-A = " + T), {PINNED}),
    "tabs around the equals sign": (cookie(b"Session-A\t=\t" + T), {PINNED}),
    "a tab behind": (cookie(b"Session-A=" + T + b"\t; a=b"), {PINNED}),
    "a tab within": (cookie(b"Session-A=x\t" + T), {FRESH}),
    "a blank within": (cookie(b"Session-A=x " + T), {FRESH}),
    "a comma before": (cookie(b"a=b, Session-A=" + T), {FRESH}),
    "a comma behind": (cookie(b"Session-A=" + T + b", a=b"), {FRESH}),
    "no blank behind the semicolon": (
        cookie(b"a=b;Session-A=" + T + b";c=d"),
        {PINNED},
    ),
    "empty pairs": (cookie(b";; ; Session-A=" + T + b"; ;;"), {PINNED}),
    "a longer name before": (
        cookie(b"XSession-A=x; Session-AX=y; Session-A=" + T),
        {PINNED},
    ),
    "a prefix of the name": (cookie(b"Session-=" + T), {FRESH}),
    "a name with more in front": (cookie(b"XSession-A=" + T), {FRESH}),
    "a name with more behind": (cookie(b"Session-AX=" + T), {FRESH}),
    "the pair in another's value": (cookie(b"a=Session-A=" + T), {FRESH}),
    "an encoded name": (cookie(b"%53ession-A=" + T), {FRESH}),
    "an encoded value": (cookie(b"Session-A=%22" + T + b"%22"), {FRESH}),
    "junk behind": (cookie(b"Session-A=" + T + b"x"), {FRESH}),
    "junk before": (cookie(b"Session-A=x" + T), {FRESH}),
    "padding behind": (cookie(b"Session-A=" + T + b"="), {FRESH}),
    "the token twice over": (cookie(b"Session-A=" + T + T), {FRESH}),
    "$Version": (cookie(b"$Version=1; Session-A=" + T + b"; $Path=/"), {PINNED}),
    "a sandwich": (
        cookie(b'$Version=1; a="x; Session-A=' + T + b'; b=y"'),
        {PINNED},
    ),
    "NUL before the token": (cookie(b"Session-A=\0" + T), {FRESH, REFUSED}),
    "NUL behind the token": (cookie(b"Session-A=" + T + b"\0"), {FRESH, REFUSED}),
    "NUL in the name": (cookie(b"Session\0-A=" + T), {FRESH, REFUSED}),
    "NUL in another pair": (cookie(b"a=\0; Session-A=" + T), {PINNED, REFUSED}),
    "a control character": (cookie(b"Session-A=\x01" + T), {FRESH, REFUSED}),
    "a vertical tab": (cookie(b"\x0bSession-A=" + T), {FRESH, REFUSED}),
    "DEL": (cookie(b"Session-A=" + T + b"\x7f"), {FRESH, REFUSED}),
    "8 bits": (cookie(b"Session-A=\xff" + T), {FRESH, REFUSED}),
    "a no-break space": (cookie(b"\xc2\xa0Session-A=" + T), {FRESH, REFUSED}),
    "8 bits in another pair": (
        cookie(b"a=\xff\xfe; Session-A=" + T),
        {PINNED, REFUSED},
    ),
    "8 KB of value": (cookie(b"Session-A=" + b"A" * 8192), {FRESH, REFUSED}),
    "8 KB before": (cookie(b"a=" + b"b" * 8192 + b"; Session-A=" + T), {PINNED}),
    "16 KB before": (cookie(b"a=" + b"b" * 16384 + b"; Session-A=" + T), {PINNED}),
    "40 KB before": (
        cookie(b"a=" + b"b" * 40960 + b"; Session-A=" + T),
        {PINNED, REFUSED},
    ),
    "40 KB in ten fields before": (
        cookie(b"a=" + b"b" * 4096) * 10 + cookie(b"Session-A=" + T),
        {PINNED, REFUSED},
    ),
    "70 KB before": (cookie(b"a=" + b"b" * 70_000 + b"; Session-A=" + T), {REFUSED}),
    "1 MB": (cookie(b"a=" + b"b" * 1_000_000), {REFUSED}),
    "2000 crumbs before": (cookie(b"a=b; " * 2000 + b"Session-A=" + T), {PINNED}),
    "2000 fields before": (
        cookie(b"a=b") * 2000 + cookie(b"Session-A=" + T),
        {FRESH, PINNED, REFUSED},
    ),
    "30000 semicolons before": (cookie(b";" * 30_000 + b"Session-A=" + T), {PINNED}),
    "a folded line": (
        b"Cookie: a=b;\r\n Session-A=" + T + b"\r\n",
        {PINNED, REFUSED},
    ),
    "a folded value": (b"Cookie: Session-A=\r\n\t" + T + b"\r\n", {PINNED, REFUSED}),
    "a blank before the colon": (b"Cookie : Session-A=" + T + b"\r\n", {REFUSED}),
    "SQL": (cookie(b"Session-A=' OR '1'='1'; DROP TABLE sessions; --"), {FRESH}),
    "a format string": (cookie(b"Session-A=%n%n%s%s%x%p%99999999d"), {FRESH}),
    "a path": (cookie(b"Session-A=../../../../etc/passwd"), {FRESH}),
    "a template": (cookie(b"Session-A=${jndi:ldap://127.0.0.1/x}"), {FRESH}),
    "an encoded line end": (
        cookie(b"Session-A=x%0d%0aSet-Cookie:%20admin=1"),
        {FRESH},
    ),
}


@pytest.fixture(scope="module")
def gateway(start_shared_gateway, endpoints):
    rules = [m.rule("/", session=m.shape_a("Cookie"))]
    rules.append(m.rule("/other", session=m.shape_a("Cookie")))
    return start_shared_gateway([*m.one_rule(endpoints, None)[:-1], m.route(*rules)])


@pytest.fixture
def session(gateway):
    session = gateway.session("Cookie")
    session.pod = session.begin()
    return session


def fill_in(case, gateway, session):
    """The bytes of a case, with tokens for their placeholders."""
    other = gateway.session("Cookie")
    other.begin()
    foreign = gateway.session("Cookie", target="/other")
    foreign.begin()
    token = session.token
    last = "A" if token[-1] != "A" else "B"
    for place, value in (
        (T, token),
        (b"@t@", token.lower()),
        (OTHER, other.token),
        (FOREIGN, foreign.token),
        (FORGED, token[:-1] + last),
    ):
        case = case.replace(place, value.encode())
    return case


@pytest.mark.parametrize("name", CASES)
def test_the_gateway_survives(gateway, session, name):
    case, expected = CASES[name]
    fields = fill_in(case, gateway, session)
    request = b"GET / HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n"
    responses = [gateway.raw(request) for _ in range(4)]
    assert judge(responses, session) in expected
    assert not any("admin" in str(response.fields) for response in responses)
    session.stays_with(session.pod, times=2)
    assert gateway.running


@pytest.mark.parametrize(
    "end", [b"\r", b"\n", b"\r\n ", b"\n\r", b"\x0b", b"\x85", b"\xe2\x80\xa8"]
)
def test_no_cookie_brings_a_field_of_its_own_to_the_endpoint(gateway, end):
    response = gateway.raw(
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: Session-A=x"
        + end
        + b"X-Evil: 1\r\nX-Good: 1\r\n\r\n"
    )
    assert response.status in (200, 400)
    if response.status == 200:
        assert "X-Evil" not in response.json["headers"]
    assert not any(name == "x-evil" for name, _ in response.fields)


def test_a_line_that_ends_with_lf_alone_hides_no_request(gateway):
    request = (
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: a=b\n\n"
        b"GET /smuggled HTTP/1.1\r\nHost: y\r\n\r\n"
    )
    with gateway.connect() as connection:
        connection.send(request)
        first = connection.response()
        assert first.status in (200, 400)
        if first.status == 200:
            assert first.json["path"] == "/"
            assert re.search(r"smuggled", str(first.json["headers"])) is None
