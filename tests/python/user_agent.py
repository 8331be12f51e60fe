"""A small user agent: what a browser makes of a Set-Cookie line, and which cookies
it sends back. After draft-ietf-httpbis-rfc6265bis, 5.6 and 5.7, with the __Http-
and __Host-Http- prefixes of draft-ietf-httpbis-layered-cookies and with Partitioned
as browsers have it. Redirects, frames and public suffixes are left out: each
request is one of the cookie's own site.
"""

import calendar
import dataclasses
import re
from typing import Dict, List, Optional, Tuple

MAX_PAIR = 4096  # bytes of name and value together
MAX_ATTRIBUTE = 1024  # bytes of an attribute's value
MAX_LIFETIME = 400 * 24 * 3600  # seconds

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_BLANKS = " \t"
_MONTHS = re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec")

# What a name demands that begins with it, in lower case.
_HOST = ("secure", "host_only", "root")
_PREFIXES = (
    ("__host-http-", (*_HOST, "http_only")),
    ("__host-", _HOST),
    ("__http-", ("secure", "http_only")),
    ("__secure-", ("secure",)),
)


class RefusedError(Exception):
    """The user agent ignores the line."""


@dataclasses.dataclass
class Cookie:
    name: str
    value: str
    domain: str  # the host itself if it is host-only
    host_only: bool
    path: str
    expires: Optional[float]  # Unix seconds; None: with the browser's session
    secure: bool
    http_only: bool
    same_site: str  # Strict, Lax, None or Default
    partitioned: bool

    @property
    def key(self):
        """Of two cookies with one key the later replaces the earlier."""
        return self.name, self.domain, self.host_only, self.path, self.partitioned


class UserAgent:
    """A browser with its cookies.

    now: Unix seconds; set it to let time pass.
    """

    def __init__(self, now: float) -> None:
        self.now = now
        self.cookies: List[Cookie] = []

    def receive(
        self, line: str, host: str, path: str = "/", https: bool = True
    ) -> Cookie:
        """Stores the cookie of a Set-Cookie line, or raises RefusedError."""
        cookie, explicit_root = self._parse(line, host, path)
        if cookie.secure and not https:
            raise RefusedError("Secure over http")
        if cookie.same_site == "None" and not cookie.secure:
            raise RefusedError("SameSite=None without Secure")
        if cookie.partitioned and not cookie.secure:
            raise RefusedError("Partitioned without Secure")
        _check_prefix(cookie, explicit_root)
        if not https and any(
            old.secure and old.name == cookie.name and _domains_meet(old, cookie)
            for old in self.cookies
        ):
            raise RefusedError("would overlay a Secure cookie")
        for place, old in enumerate(self.cookies):
            if old.key == cookie.key:
                self.cookies[place] = cookie  # keeps its creation time
                break
        else:
            self.cookies.append(cookie)
        self._expire()
        return cookie

    def cookie_field(self, host: str, path: str = "/", https: bool = True) -> str:
        """The value of the Cookie field of a request; "": it has none."""
        self._expire()
        sent = [
            cookie
            for cookie in self.cookies
            if (https or not cookie.secure)
            and _path_matches(path, cookie.path)
            and (
                host == cookie.domain
                if cookie.host_only
                else _domain_matches(host, cookie.domain)
            )
        ]
        sent.sort(key=lambda cookie: -len(cookie.path))  # stable: the older first
        return "; ".join(
            f"{cookie.name}={cookie.value}" if cookie.name else cookie.value
            for cookie in sent
        )

    def _expire(self) -> None:
        self.cookies = [
            cookie
            for cookie in self.cookies
            if cookie.expires is None or cookie.expires > self.now
        ]

    def _parse(self, line: str, host: str, path: str) -> Tuple[Cookie, bool]:
        """The cookie, and whether it has a Path attribute of "/"."""
        if _CONTROL.search(line):
            raise RefusedError("a control character")
        pair, *rest = line.split(";")
        name, value = _split_pair(pair)
        attributes = _read_attributes(rest)
        domain = attributes.get("domain", "").lower()
        domain = domain[1:] if domain.startswith(".") else domain
        if domain and not _domain_matches(host, domain):
            raise RefusedError("a foreign domain")
        of_path = attributes.get("path", "")
        same_sites = {"strict": "Strict", "lax": "Lax", "none": "None"}
        cookie = Cookie(
            name,
            value,
            domain=domain or host,
            host_only=not domain,
            path=of_path if of_path.startswith("/") else _default_path(path),
            expires=self._end(attributes),
            secure="secure" in attributes,
            http_only="httponly" in attributes,
            same_site=same_sites.get(attributes.get("samesite", "").lower(), "Default"),
            partitioned="partitioned" in attributes,
        )
        return cookie, of_path == "/"

    def _end(self, attributes: Dict[str, str]) -> Optional[float]:
        """When the cookie expires; Max-Age has precedence."""
        if "max-age" in attributes:
            seconds = int(attributes["max-age"])
            end = self.now + seconds if seconds > 0 else float("-inf")
        elif "expires" in attributes:
            end = _parse_date(attributes["expires"])
        else:
            return None
        return min(end, self.now + MAX_LIFETIME)


def _split_pair(pair: str) -> Tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    name, value = name.strip(_BLANKS), value.strip(_BLANKS)
    if not name and not value:
        raise RefusedError("no name and no value")
    if len((name + value).encode()) > MAX_PAIR:
        raise RefusedError("too large")
    return name, value


def _read_attributes(parts: List[str]) -> Dict[str, str]:
    """By name in lower case. The last one counts, of those that mean something."""
    attributes = {}
    for part in parts:
        name, _, value = part.partition("=")
        name, value = name.strip(_BLANKS).lower(), value.strip(_BLANKS)
        means_nothing = (
            len(value.encode()) > MAX_ATTRIBUTE
            or (name == "max-age" and not re.fullmatch(r"-?[0-9]+", value))
            or (name == "expires" and _parse_date(value) is None)
        )
        if not means_nothing:
            attributes[name] = value
    return attributes


def _check_prefix(cookie: Cookie, explicit_root: bool) -> None:
    has = {
        "secure": cookie.secure,
        "http_only": cookie.http_only,
        "host_only": cookie.host_only,
        "root": explicit_root,
    }
    name = cookie.name.lower()
    for prefix, demands in _PREFIXES:
        if not cookie.name and cookie.value.lower().startswith(prefix):
            raise RefusedError(f"a value that begins with {prefix}")
        if name.startswith(prefix):
            for demand in demands:
                if not has[demand]:
                    raise RefusedError(f"{prefix} without {demand}")
            return


def _domain_matches(host: str, domain: str) -> bool:
    if host == domain:
        return True
    is_address = re.fullmatch(r"[0-9.]+|.*:.*", host) is not None
    return host.endswith("." + domain) and not is_address


def _domains_meet(one: Cookie, other: Cookie) -> bool:
    return _domain_matches(one.domain, other.domain) or _domain_matches(
        other.domain, one.domain
    )


def _default_path(path: str) -> str:
    if not path.startswith("/") or path.count("/") == 1:
        return "/"
    return path[: path.rindex("/")]


def _path_matches(path: str, of_cookie: str) -> bool:
    if path == of_cookie:
        return True
    return path.startswith(of_cookie) and (
        of_cookie.endswith("/") or path[len(of_cookie)] == "/"
    )


def _parse_date(text: str) -> Optional[float]:
    """RFC 6265bis 5.1.1: Unix seconds, None if it is no date."""
    time = day = month = year = None
    for token in re.split(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+", text):
        clock = re.match(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9]|$)", token)
        if time is None and clock:
            time = tuple(map(int, clock.groups()))
        elif day is None and re.match(r"[0-9]{1,2}(?:[^0-9]|$)", token):
            day = int(re.match(r"[0-9]{1,2}", token)[0])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and re.match(r"[0-9]{2,4}(?:[^0-9]|$)", token):
            year = int(re.match(r"[0-9]{2,4}", token)[0])
    if None in (time, day, month, year):
        return None
    if year < 100:
        year += 1900 if year >= 70 else 2000
    last = calendar.monthrange(year, month)[1] if year >= 1601 else 0
    if not 1 <= day <= last or time[0] > 23 or time[1] > 59 or time[2] > 59:
        return None
    return float(calendar.timegm((year, month, day, *time)))
