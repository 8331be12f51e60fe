"""The processes under test: limpet-gateway and limpet-echo, and the ports that
endpoints come and go on."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import http_client
from manifests import json_list
from prometheus import parse_prometheus

START_TIMEOUT = 30.0  # seconds; sanitizers on a busy machine take their time
STOP_TIMEOUT = 20.0
RELOAD_TIMEOUT = 20.0

_SANITIZER = re.compile(rb"(Address|Leak|Thread|Memory)Sanitizer|runtime error:")


def wait_until(condition, what, timeout=RELOAD_TIMEOUT):
    """Returns the condition's first true value."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout:.0f} s: {what}")
        time.sleep(0.01)


class Process:
    """A program that says in a file when it is ready."""

    def __init__(self, folder: pathlib.Path, name, command, environment=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._ready_file = folder / f"{name}.ready"
        self._ready_file.unlink(missing_ok=True)
        self._stderr = folder / f"{name}.stderr"
        with self._stderr.open("ab") as stderr:
            self._popen = subprocess.Popen(
                [*map(str, command), "--ready-file", str(self._ready_file)],
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                env={**os.environ, **(environment or {})},
            )
        try:
            wait_until(self._is_ready, f"{name} is ready", START_TIMEOUT)
        except BaseException:
            self.kill()
            raise

    def _is_ready(self):
        code = self._popen.poll()
        if code is not None:
            raise RuntimeError(f"{self.name} ended with {code}:\n{self.stderr}")
        return self._ready_file.exists()

    def addresses(self, kind):
        """Those in the ready file, as (host, port)."""
        found = []
        for line in self._ready_file.read_text("ascii").splitlines():
            word, address = line.split(" ")
            if word == kind:
                host, port = address.rsplit(":", 1)
                found.append((host, int(port)))
        return found

    @property
    def stderr(self) -> str:
        return self._stderr.read_text("utf-8", "backslashreplace")

    @property
    def running(self) -> bool:
        return self._popen.poll() is None

    def kill(self):
        if self.running:
            self._popen.kill()
        self._popen.wait()

    def terminate(self):
        """Sends SIGTERM and does not wait."""
        if self.running:
            self._popen.send_signal(signal.SIGTERM)

    def wait(self, timeout=STOP_TIMEOUT) -> int:
        """The exit status; a program that does not end is killed."""
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def stop(self):
        """Ends it and asserts that it was well until then."""
        self.terminate()
        code = self.wait()
        output = self._stderr.read_bytes()
        assert not _SANITIZER.search(output), f"{self.name}:\n{self.stderr}"
        assert code == 0, f"{self.name} ended with {code}:\n{self.stderr}"


class Port:
    """A port of 127.0.0.1 that nobody else can take. As long as no endpoint
    listens on it, connections to it are refused."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number = self._socket.getsockname()[1]

    def close(self):
        self._socket.close()


class Echo:
    """An endpoint that can die and come back on the same port."""

    def __init__(self, binary, folder, pod):
        self.pod = pod
        self._binary = binary
        self._folder = folder
        self._port = Port()
        self._process = None

    @property
    def port(self) -> int:
        return self._port.number

    def start(self):
        self._process = Process(
            self._folder,
            self.pod,
            [self._binary, "--address", "127.0.0.1", "--port", self.port],
            {"POD_NAME": self.pod, "NAMESPACE": "default"},
        )
        return self

    def kill(self):
        """It is gone at once, its connections too."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def stop(self):
        """Ends it and asserts that it was well until then."""
        try:
            if self._process is not None:
                self._process.stop()
        finally:
            self._port.close()


class Gateway(Process):
    """A gateway on a folder of its own, which holds its manifests and keys."""

    def __init__(self, binary, folder: pathlib.Path, manifests, **options):
        """options: of the command line, `_` for `-`; None leaves one out."""
        self.folder = folder
        self.manifests = folder / "manifests"
        self.manifests.mkdir(parents=True, exist_ok=True)
        self.access_log = folder / "access.log"
        keys = folder / "keys"
        if not keys.exists():
            keys.write_text(f"1 {os.urandom(32).hex()} seal\n", "ascii")
            keys.chmod(0o600)
        self.write(manifests)
        options = {
            "manifests": self.manifests,
            "keys": keys,
            "address": "127.0.0.1",
            "listen_port": 0,
            "admin_port": 0,
            "access_log": self.access_log,
            "unavailable_for": "300ms",
            "poll": "20ms",
            "threads": 2,
            **options,
        }
        command = [binary]
        for name, value in options.items():
            if value is not None:
                command += [f"--{name.replace('_', '-')}", value]
        super().__init__(folder, "gateway", command)
        (self.address,) = self.addresses("http")
        (self.admin,) = self.addresses("admin")

    # --- requests ---

    def get(self, target="/", fields=(), method="GET", host="gateway.test"):
        return http_client.get(self.address, target, fields, method, host)

    def raw(self, data: bytes):
        return http_client.send_raw(self.address, data)

    def connect(self):
        return http_client.Connection(self.address)

    def session(self, kind, name="Session-A", target="/"):
        return http_client.Session(self.address, kind, name, target)

    @property
    def listens(self) -> bool:
        """Whether it takes connections."""
        try:
            self.connect().close()
        except OSError:
            return False
        return True

    # --- configuration ---

    def write(self, manifests, name="manifests.json"):
        """Writes a List of manifests, or text as it is, at one stroke."""
        if not isinstance(manifests, str):
            manifests = json_list(manifests)
        part = self.manifests / f".{name}"
        part.write_text(manifests, "utf-8")
        part.replace(self.manifests / name)

    def apply(self, manifests, name="manifests.json"):
        """Writes manifests and waits until they are in force."""
        self._reload(manifests, name, "ok")

    def refuse(self, manifests, name="manifests.json") -> str:
        """Writes manifests, waits until they are refused, returns why."""
        before = len(self.stderr)
        self._reload(manifests, name, "refused")
        return self.stderr[before:]

    def _reload(self, manifests, name, result):
        key = ("limpet_config_reloads_total", result)
        before = self._reloads()
        self.write(manifests, name)
        wait_until(lambda: self._reloads() != before, "the manifests are read")
        after = self._reloads()
        assert after[key] == before[key] + 1, f"not {result}:\n{self.stderr}"

    def _reloads(self):
        name = "limpet_config_reloads_total"
        return {
            (name, dict(labels)["result"]): value
            for (key, labels), value in self.metrics().items()
            if key == name
        }

    # --- what it says of itself ---

    def metrics(self):
        """By (name, labels), labels a frozenset of (name, value)."""
        response = http_client.get(self.admin, "/metrics")
        assert response.status == 200
        return parse_prometheus(response.body.decode("utf-8"))

    def outcomes(self, scope="default/route/0"):
        """Requests of a rule by outcome, those that there were none of left out."""
        return {
            dict(labels)["outcome"]: int(value)
            for (name, labels), value in self.metrics().items()
            if name == "limpet_requests_total"
            and dict(labels)["rule"] == scope
            and value
        }

    def log_lines(self):
        return self.access_log.read_text("utf-8").splitlines()

    def wait_for_log(self, lines):
        """The first lines of the access log, once there are that many."""
        return wait_until(
            lambda: len(self.log_lines()) >= lines and self.log_lines()[:lines],
            f"{lines} lines in the access log",
        )
