"""Envoy as a process, and a client."""

import base64
import http.client
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.request

import configuration as c
from ports import free_port

STARTED_WITHIN = 20  # seconds


class Binary:
    def __init__(self, path, module):
        self.path = path
        self.module = module

    def version(self):
        """As numbers: (1, 40)."""
        answer = subprocess.run(
            [str(self.path), "--version"], capture_output=True, text=True, check=True
        )
        found = re.search(r"/(\d+)\.(\d+)\.\d+/", answer.stdout)
        return tuple(int(number) for number in found.groups())

    def environment(self):
        folder = pathlib.Path(self.module).parent
        return dict(os.environ, ENVOY_DYNAMIC_MODULES_SEARCH_PATH=str(folder))

    def refusal(self, folder, configuration):
        """What Envoy says when it refuses a configuration; "": it does not."""
        path = folder / "refused.json"
        path.write_text(json.dumps(configuration))
        command = [str(self.path), "-c", str(path), "--mode", "validate"]
        answer = subprocess.run(
            command,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return answer.stderr if answer.returncode else ""


class Envoy:
    """listeners: name -> (filters, routes or None). Clusters are lists of
    configuration.cluster. With `files` the listeners are read from a file, which
    write_listeners changes."""

    def __init__(self, binary, folder, listeners, clusters, log=None, files=False):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.log = folder / "log"
        admin = free_port()
        self.admin = f"http://127.0.0.1:{admin}"
        self.ports = {name: free_port() for name in listeners}
        self._access_log = log
        configuration = {
            "node": {"id": "test", "cluster": "test"},
            "admin": {
                "address": {
                    "socket_address": {"address": "127.0.0.1", "port_value": admin}
                }
            },
            "static_resources": {"clusters": clusters},
        }
        if files:
            self.write_listeners(listeners)
            configuration["dynamic_resources"] = {
                "lds_config": {
                    "path_config_source": {"path": str(folder / "lds.json")},
                    "resource_api_version": "V3",
                }
            }
        else:
            static = [self._listener(name, listeners[name]) for name in listeners]
            for each in static:
                del each["@type"]
            configuration["static_resources"]["listeners"] = static
        path = folder / "envoy.json"
        path.write_text(json.dumps(configuration))
        command = [str(binary.path), "-c", str(path), "--concurrency", "2"]
        command += ["--use-dynamic-base-id", "--disable-hot-restart", "-l", "warn"]
        command += ["--drain-time-s", "1"]
        with open(self.log, "wb") as out:
            self._process = subprocess.Popen(
                command, stdout=out, stderr=out, env=binary.environment()
            )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _listener(self, name, parts):
        return c.listener(name, self.ports[name], *parts, log=self._access_log)

    def write_listeners(self, listeners):
        found = [self._listener(name, listeners[name]) for name in listeners]
        replace(self.folder / "lds.json", {"resources": found})

    def _wait(self):
        deadline = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if self.read("/ready").strip() == "LIVE":
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError(self.log.read_text(errors="replace")[-4000:])

    def read(self, path):
        with urllib.request.urlopen(self.admin + path, timeout=5) as answer:
            return answer.read().decode()

    def stat(self, name):
        """A limpet counter or gauge, whatever namespace it is in."""
        found = re.search(
            rf"^limpet\.limpet_{name}: (\d+)$",
            self.read("/stats?filter=limpet"),
            re.MULTILINE,
        )
        return int(found.group(1)) if found else 0

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def replace(path, resources):
    """As Kubernetes does, and as Envoy notices: moved into its place."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(resources))
    new.rename(path)


class Answer:
    def __init__(self, response, carrier):
        body = response.read()
        self.status = response.status
        self.fields = [(n.lower(), v) for n, v in response.getheaders()]
        said = json.loads(body) if body.startswith(b"{") else {"port": None}
        self.port = said["port"]
        self.sent = said.get("fields", [])
        self.token = self._token(carrier)

    def _token(self, carrier):
        for name, value in self.fields:
            if carrier == "Header" and name == c.NAME.lower():
                return value
            if name == "set-cookie" and value.startswith(c.NAME + "="):
                return value.split(";")[0].partition("=")[2].strip('"')
        return None

    def values(self, name):
        """What the endpoint was sent under this name."""
        return [value for field, value in self.sent if field == name]


class Client:
    """Sends requests to one listener, each on a connection of its own."""

    def __init__(self, port, carrier, path="/"):
        self.port = port
        self.carrier = carrier
        self.path = path

    def get(self, token=None, fields=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest("GET", self.path)
        if token is not None:
            connection.putheader(*self.carry(token))
        for name, value in fields:
            connection.putheader(name, value)
        connection.endheaders()
        answer = Answer(connection.getresponse(), self.carrier)
        connection.close()
        return answer

    def carry(self, token):
        if self.carrier == "Header":
            return c.NAME, token
        return "Cookie", f"a=b; {c.NAME}={token}; d=e"

    def begin(self):
        """A new session: its first answer."""
        answer = self.get()
        assert answer.status == 200 and answer.token, answer.fields
        return answer

    def ports(self, token, count=8):
        """Who served so many requests with this token."""
        answers = [self.get(token) for _ in range(count)]
        assert all(answer.status == 200 for answer in answers)
        return {answer.port for answer in answers}


def plain_token(carrier, address, expires=None):
    """Envoy's own."""
    raw = address.encode()
    if carrier == "Cookie":
        raw = bytes([0x0A, len(raw)]) + raw
        if expires is not None:
            raw += b"\x10" + _varint(expires)
    return base64.b64encode(raw).decode()


def _varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])
