"""Every Set-Cookie line that a policy can write means to a user agent what was
configured, and brings the session back; what no line can say is refused when the
policy is made."""

import datetime
import itertools
import re

import pytest
from user_agent import MAX_LIFETIME, RefusedError, UserAgent
from workshop import NOW

import limpet

HOST = "www.shop.example"
NAMES = [
    "sid",
    "__Secure-sid",
    "__Host-sid",
    "__Http-sid",
    "__Host-Http-sid",
    "__hOsT-sid",
    "__SECURE-sid",
    "a!#$%&'*+-.^_`|~9",
]
PATHS = ["/", "/shop", "/shop/", "/a b,c=d", "/" + "x" * 1023]
DOMAINS = ["", HOST, "shop.example"]
STORES = ["SealedToken", "SessionMap", "EnvoyToken"]
# absoluteTimeout, lifetimeType, and the Max-Age that follows.
LIFETIMES = [
    (None, "Session", None),
    ("10s", "Session", None),
    ("1s", "Permanent", 1),
    ("1500ms", "Permanent", 2),
    ("5m", "Permanent", 300),
    ("99999h", "Permanent", 99999 * 3600),
]
SAME_SITES = ["Strict", "Lax", "None"]
FLAGS = list(itertools.product([True, False], repeat=3))

# draft-ietf-httpbis-rfc6265bis 4.1.1, which servers have to write.
TOKEN = r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+"
OCTET = r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]"
GRAMMAR = re.compile(
    rf'{TOKEN}=({OCTET}*|"{OCTET}*")'
    r"(; Max-Age=[0-9]+)?(; Path=/[\x20-\x3a\x3c-\x7e]*)?(; Domain=[A-Za-z0-9.-]+)?"
    r"(; Secure)?(; SameSite=(Strict|Lax|None))?(; Partitioned)?(; HttpOnly)?"
)


@pytest.fixture(scope="module")
def pods():
    return limpet.Endpoints(
        [limpet.Endpoint(f"pod-{i}", address=f"10.0.0.{i}:3000") for i in range(3)]
    )


@pytest.fixture(scope="module")
def ring():
    return limpet.Keys.generate()


def configuration(
    name="sid",
    path="/",
    domain="",
    flags=(True, True, False),
    same_site="Strict",
    lifetime=LIFETIMES[1],
    store="SealedToken",
):
    secure, http_only, partitioned = flags
    timeout, lifetime_type, _ = lifetime
    attributes = {
        "secure": secure,
        "httpOnly": http_only,
        "partitioned": partitioned,
        "sameSite": same_site,
    }
    if domain:
        attributes["domain"] = domain
    config = {
        "type": "Cookie",
        "cookie": {"name": name, "path": path, "lifetimeType": lifetime_type},
        "cookieAttributes": attributes,
        "store": {"type": store},
    }
    if store == "SessionMap":
        config["store"]["capacity"] = 4
    if timeout:
        config["absoluteTimeout"] = timeout
    return config


def make(config, keys):
    """The policy, or None if it is refused with a reason."""
    try:
        return limpet.Policy(config, scope="default/shop/0", keys=keys)
    except limpet.ConfigError as error:
        assert str(error)
        return None


def begin(policy, endpoints, now=NOW):
    """The line that a new session gets, and its endpoint."""
    decision = policy.select([], endpoints, now)
    fields = policy.commit(decision, now=now)
    assert list(fields) == ["Set-Cookie"]
    return fields["Set-Cookie"], decision.endpoint


def meaning(cookie):
    """What a user agent holds of a cookie, but for its value."""
    return {
        "name": cookie.name,
        "path": cookie.path,
        "domain": "" if cookie.host_only else cookie.domain,
        "flags": (cookie.secure, cookie.http_only, cookie.partitioned),
        "same_site": cookie.same_site,
        "lasts": None if cookie.expires is None else cookie.expires - NOW,
    }


def intention(name, path, domain, flags, same_site, lifetime):
    max_age = lifetime[2]
    return {
        "name": name,
        "path": path,
        "domain": domain,
        "flags": flags,
        "same_site": same_site,
        "lasts": None if max_age is None else min(max_age, MAX_LIFETIME),
    }


def by_hand(name, path, domain, flags, same_site, lifetime):
    """The line that one would write for it, right or wrong."""
    parts = [f"{name}=value"]
    parts += [f"Max-Age={lifetime[2]}"] if lifetime[2] is not None else []
    parts += [f"Path={path}"]
    parts += [f"Domain={domain}"] if domain else []
    parts += [f"SameSite={same_site}"]
    for word, on in zip(("Secure", "HttpOnly", "Partitioned"), flags):
        parts += [word] if on else []
    return "; ".join(parts)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("name", NAMES)
def test_a_line_means_what_was_configured_or_is_refused(name, store, pods, ring):
    made = refused = 0
    for values in itertools.product(PATHS, DOMAINS, FLAGS, SAME_SITES, LIFETIMES):
        path, domain, flags, same_site, lifetime = values
        policy = make(configuration(name, *values, store), ring)
        browser = UserAgent(NOW)
        if policy is None:
            refused += 1
            with pytest.raises(RefusedError):
                browser.receive(by_hand(name, *values), HOST)
            continue
        made += 1
        line, endpoint = begin(policy, pods)
        assert GRAMMAR.fullmatch(line), line
        cookie = browser.receive(line, HOST, "/deep/down/in/the/site")
        wanted = intention(name, path, domain, flags, same_site, lifetime)
        assert meaning(cookie) == wanted, line
        field = browser.cookie_field(HOST, path)
        decision = policy.select({"Cookie": field}, pods, NOW)
        assert (decision.outcome, decision.endpoint) == ("kept", endpoint), line
    assert made > 0
    # Only plain names can do without Secure, and not with all else either.
    assert refused > 0


ODD_LETTERS = [chr(i) for i in range(256)] + ["\r\n", "\u2028", "\u0130", "\u20ac"]


@pytest.mark.parametrize("place", ["name", "path", "domain"])
@pytest.mark.parametrize("where", ["first", "within", "last"])
def test_no_letter_breaks_out_of_its_place(place, where, pods, ring):
    whole = {"name": "sid", "path": "/shop", "domain": "shop.example"}[place]
    at = {"first": 0, "within": 2, "last": len(whole)}[where]
    for letter in ODD_LETTERS:
        value = whole[:at] + letter + whole[at:]
        policy = make(configuration(**{place: value}), ring)
        if policy is None:
            continue
        line, endpoint = begin(policy, pods)
        assert GRAMMAR.fullmatch(line), line
        values = {"name": "sid", "path": "/", "domain": "", place: value}
        host = "www." + value.lower() if place == "domain" else HOST
        browser = UserAgent(NOW)
        cookie = browser.receive(line, host)
        # Domains are compared without case.
        values["domain"] = values["domain"].lower()
        wanted = intention(
            **values,
            flags=(True, True, False),
            same_site="Strict",
            lifetime=LIFETIMES[1],
        )
        assert meaning(cookie) == wanted, line
        field = browser.cookie_field(host, cookie.path)
        decision = policy.select({"Cookie": field}, pods, NOW)
        assert (decision.outcome, decision.endpoint) == ("kept", endpoint), line


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"name": "a=b"},
        {"name": "sid; Domain=evil.example"},
        {"name": "sid\r\nSet-Cookie: admin=1"},
        {"name": "x" * 257},
        {"path": ""},
        {"path": "shop"},
        {"path": "/; Domain=evil.example"},
        {"path": "/\r\nSet-Cookie: admin=1"},
        {"path": "/\u00e9"},
        {"path": "/" + "x" * 1024},
        {"domain": ".shop.example"},
        {"domain": "shop.example; Path=/x"},
        {"domain": "shop..example"},
        {"domain": "-shop.example"},
        {"domain": "x" * 254},
        {"flags": (False, True, True)},
        {"flags": (False, True, False), "same_site": "None"},
        {"lifetime": (None, "Permanent", None)},
        {"lifetime": ("0s", "Permanent", 0)},
    ],
)
def test_what_no_user_agent_honours_is_refused(values, ring):
    assert make(configuration(**values), ring) is None


@pytest.mark.parametrize("store", ["SealedToken", "SessionMap"])
def test_cookie_and_session_end_together(store, pods, ring):
    lifetime = ("1500ms", "Permanent", 2)
    policy = make(configuration(lifetime=lifetime, store=store), ring)
    line, _ = begin(policy, pods)
    browser = UserAgent(NOW)
    browser.receive(line, HOST)
    outcomes = []
    for elapsed in (1.499, 1.5, 1.999):
        browser.now = NOW + elapsed
        field = browser.cookie_field(HOST)
        assert field, "the cookie ended before its session"
        outcomes.append(policy.select({"Cookie": field}, pods, browser.now).outcome)
    assert outcomes == ["kept", "expired", "expired"]
    browser.now = NOW + 2
    assert browser.cookie_field(HOST) == ""


def test_a_cookie_that_is_written_anew_does_not_last_longer(pods, ring):
    config = configuration(lifetime=("1h", "Permanent", 3600))
    policy = make({**config, "idleTimeout": "10m"}, ring)
    line, endpoint = begin(policy, pods)
    browser = UserAgent(NOW)
    end = browser.receive(line, HOST).expires
    anew = 0
    for minutes in range(4, 60, 4):
        browser.now = NOW + minutes * 60
        fields = {"Cookie": browser.cookie_field(HOST)}
        decision = policy.select(fields, pods, browser.now)
        assert (decision.outcome, decision.endpoint) == ("kept", endpoint)
        for line in policy.commit(decision, now=browser.now).values():
            anew += 1
            assert browser.receive(line, HOST).expires == end
    assert anew > 0
    browser.now = NOW + 3600
    assert browser.cookie_field(HOST) == ""


@pytest.mark.parametrize("store", STORES)
def test_a_session_that_moves_replaces_its_cookie(store, pods, ring):
    values = {"path": "/shop", "domain": "shop.example", "flags": (True, True, True)}
    policy = make(configuration(**values, store=store), ring)
    line, endpoint = begin(policy, pods)
    browser = UserAgent(NOW)
    browser.receive(line, HOST)
    rest = limpet.Endpoints([e for e in pods if e.id != endpoint.id])
    fields = {"Cookie": browser.cookie_field(HOST, "/shop")}
    decision = policy.select(fields, rest, NOW)
    browser.receive(policy.commit(decision, now=NOW)["Set-Cookie"], HOST)
    assert len(browser.cookies) == 1
    fields = {"Cookie": browser.cookie_field(HOST, "/shop/x")}
    again = policy.select(fields, rest, NOW)
    assert (again.outcome, again.endpoint) == ("kept", decision.endpoint)


def test_the_session_is_found_among_other_cookies(pods, ring):
    policy = make(configuration(), ring)
    line, endpoint = begin(policy, pods)
    browser = UserAgent(NOW)
    # Tossed by a neighbour: the longer path comes first.
    browser.receive("sid=tossed; Domain=shop.example; Path=/cart", HOST)
    browser.receive('theme="dark; sid=fake"', HOST)
    browser.receive("=sid=nameless", HOST)
    browser.receive("xsid=1", HOST)
    browser.receive(line, HOST)
    field = browser.cookie_field(HOST, "/cart")
    assert field.startswith("sid=tossed; ")
    decision = policy.select({"Cookie": field}, pods, NOW)
    assert (decision.outcome, decision.endpoint) == ("kept", endpoint)


# --- the user agent itself ---


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("a=b", "a=b"),
        ("  a \t=\t b  ; x", "a=b"),
        ("a=b=c", "a=b=c"),
        ('a="b c"', 'a="b c"'),
        ("a=", "a="),
        ("=b", "b"),
        ("b", "b"),
        ("a=\u00e9", "a=\u00e9"),
        ("a=b\tc", "a=b\tc"),
        ("a=b; Max-Age=1", "a=b"),
        ("a=b; max-age=1; MAX-AGE=x", "a=b"),
        ("a=b; Max-Age=0", ""),
        ("a=b; Max-Age=-1", ""),
        ("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""),
        ("a=b; Expires=Wed, 09 Jun 2100 10:18:14 GMT", "a=b"),
        ("a=b; Expires=never", "a=b"),
        ("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9", "a=b"),
        ("a=b; Path=/deep", "a=b"),
        ("a=b; Path=/deep/", "a=b"),
        ("a=b; Path=/dee", ""),
        ("a=b; Path=deep", "a=b"),
        ("a=b; Path=/deep; Path=/other", ""),
        ("a=b; Domain=shop.example", "a=b"),
        ("a=b; Domain=.SHOP.example", "a=b"),
        ("a=b; Domain=", "a=b"),
        ("a=b; Secure; HttpOnly; SameSite=none; Partitioned", "a=b"),
        ("__Host-a=b; Secure; Path=/", "__Host-a=b"),
        ("__Http-a=b; Secure; HttpOnly; Domain=shop.example", "__Http-a=b"),
        ("__Host-Http-a=b; Secure; HttpOnly; Path=/", "__Host-Http-a=b"),
        ("a=" + "b" * 4095, "a=" + "b" * 4095),
        ("a=b; Path=/" + "x" * 1024, "a=b"),
    ],
)
def test_the_user_agent_takes(line, field):
    browser = UserAgent(NOW)
    browser.receive(line, HOST, "/deep/page")
    assert browser.cookie_field(HOST, "/deep/page") == field


@pytest.mark.parametrize(
    "line",
    [
        "",
        "=",
        "; Path=/",
        "a=b\0",
        "a=b\r\nx: y",
        "a=b; Path=/\x7f",
        "a=" + "b" * 4096,
        "a=b; Domain=evil.example",
        "a=b; Domain=hop.example",
        "a=b; Domain=x.www.shop.example",
        "a=b; SameSite=None",
        "a=b; Partitioned",
        "__Secure-a=b",
        "__seCURE-a=b; HttpOnly",
        "__Host-a=b; Secure",
        "__Host-a=b; Secure; Path=/x",
        "__Host-a=b; Path=/",
        "__Host-a=b; Secure; Path=/; Domain=www.shop.example",
        "__Http-a=b; Secure",
        "__Host-Http-a=b; Secure; Path=/",
        "__Host-Http-a=b; HttpOnly; Secure; Path=/; Domain=shop.example",
        "__Secure-a",
        "=__Host-a=b; Secure; Path=/",
    ],
)
def test_the_user_agent_refuses(line):
    with pytest.raises(RefusedError):
        UserAgent(NOW).receive(line, HOST, "/deep/page")


def test_the_user_agent_keeps_secure_cookies_from_http():
    browser = UserAgent(NOW)
    with pytest.raises(RefusedError):
        browser.receive("a=b; Secure", HOST, https=False)
    browser.receive("a=b; Secure", HOST)
    with pytest.raises(RefusedError):
        browser.receive("a=c", HOST, https=False)
    assert browser.cookie_field(HOST, https=False) == ""


def test_the_user_agent_ends_a_cookie_after_400_days():
    browser = UserAgent(NOW)
    cookie = browser.receive("a=b; Max-Age=99999999999", HOST)
    days = datetime.timedelta(seconds=cookie.expires - NOW).days
    assert days == 400
