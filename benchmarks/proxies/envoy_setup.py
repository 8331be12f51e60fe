"""One Envoy with a listener for each variant, and the endpoints behind it."""

import json
import os
import socket
import subprocess
import threading
import time
import urllib.request

TYPES = "type.googleapis.com/envoy."
TEXT = "type.googleapis.com/google.protobuf.StringValue"
NAME = "session-a"
ENDPOINTS = 4
STARTED_WITHIN = 180  # seconds; under valgrind


class Endpoint:
    """Answers every request of a kept-alive connection with the same bytes, after
    a pause (seconds)."""

    ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    def __init__(self, pause):
        self._pause = pause
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self._socket.accept()
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        rest = b""
        while data := connection.recv(65536):
            rest += data
            while (end := rest.find(b"\r\n\r\n")) >= 0:
                rest = rest[end + 4 :]
                time.sleep(self._pause)
                connection.sendall(self.ANSWER)


def sessions(carrier, store="SealedToken"):
    """limpet's configuration of the same sessions as Envoy's."""
    config = {"sessionName": NAME, "type": carrier, "store": {"type": store}}
    if carrier == "Cookie":
        config["cookieAttributes"] = {"secure": False}
    return {"sessionPersistence": config}


def module():
    return {"name": "limpet_envoy", "do_not_close": True}


def limpet(kind, config):
    kind_type = f"{TYPES}extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter"
    return {
        "name": "limpet",
        "typed_config": {
            "@type": kind_type,
            "dynamic_module_config": module(),
            "filter_name": kind,
            "filter_config": {"@type": TEXT, "value": json.dumps(config)},
        },
    }


def stateful_session(carrier):
    if carrier == "Header":
        state = {
            "name": "envoy.http.stateful_session.header",
            "typed_config": {
                "@type": f"{TYPES}extensions.http.stateful_session.header.v3"
                ".HeaderBasedSessionState",
                "name": NAME,
            },
        }
    else:
        state = {
            "name": "envoy.http.stateful_session.cookie",
            "typed_config": {
                "@type": f"{TYPES}extensions.http.stateful_session.cookie.v3"
                ".CookieBasedSessionState",
                "cookie": {"name": NAME, "path": "/"},
            },
        }
    return {
        "name": "envoy.filters.http.stateful_session",
        "typed_config": {
            "@type": f"{TYPES}extensions.filters.http.stateful_session.v3"
            ".StatefulSession",
            "session_state": state,
        },
    }


def _listener(port, filters, cluster):
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": f"{TYPES}extensions.filters.http.router.v3.Router"},
    }
    route = {"match": {"prefix": "/"}, "route": {"cluster": cluster}}
    manager = {
        "@type": f"{TYPES}extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        "stat_prefix": "bench",
        "route_config": {
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]
        },
        "http_filters": [*filters, router],
    }
    network_filter = {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": manager,
    }
    return {
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [network_filter]}],
    }


def _cluster(name, ports):
    endpoints = [
        {
            "endpoint": {
                "address": {
                    "socket_address": {"address": "127.0.0.1", "port_value": port}
                }
            }
        }
        for port in ports
    ]
    cluster = {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": endpoints}],
        },
    }
    if name == "limpet":
        policy = {
            "name": "envoy.load_balancing_policies.dynamic_modules",
            "typed_config": {
                "@type": f"{TYPES}extensions.load_balancing_policies"
                ".dynamic_modules.v3.DynamicModulesLoadBalancerConfig",
                "dynamic_module_config": module(),
                "lb_policy_name": "limpet",
            },
        }
        cluster["load_balancing_policy"] = {
            "policies": [{"typed_extension_config": policy}]
        }
    return cluster


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Envoy:
    """listeners: name -> (filters, cluster), of the clusters plain and limpet.
    pause: before each message to Envoy, in seconds. With one it comes to rest in
    between, so that every request takes it the same number of wakeups."""

    def __init__(self, binary, module_folder, folder, listeners, wrapper=(), pause=0):
        self.pause = pause
        self.endpoints = [Endpoint(pause) for _ in range(ENDPOINTS)]
        ports = [endpoint.port for endpoint in self.endpoints]
        admin, *listening = free_ports(1 + len(listeners))
        self.ports = dict(zip(listeners, listening, strict=True))
        config = {
            "admin": {
                "address": {
                    "socket_address": {"address": "127.0.0.1", "port_value": admin}
                }
            },
            "static_resources": {
                "listeners": [
                    _listener(self.ports[name], filters, cluster)
                    for name, (filters, cluster) in listeners.items()
                ],
                "clusters": [_cluster(name, ports) for name in ("plain", "limpet")],
            },
        }
        path = folder / "envoy.json"
        path.write_text(json.dumps(config))
        command = [*wrapper, str(binary), "-c", str(path), "--concurrency", "1"]
        command += ["--use-dynamic-base-id", "--disable-hot-restart", "-l", "error"]
        environment = dict(
            os.environ, ENVOY_DYNAMIC_MODULES_SEARCH_PATH=str(module_folder)
        )
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=folder, env=environment
            )
        self._wait(f"http://127.0.0.1:{admin}/ready")

    def _wait(self, url):
        deadline = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    if answer.read().strip() == b"LIVE":
                        return
            except OSError:
                pass
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(self.log.read_text(errors="replace")[-4000:])

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Client:
    """One kept-alive connection to a listener; counts what failed."""

    def __init__(self, envoy, listener):
        self._pause = envoy.pause
        self._socket = socket.create_connection(
            ("127.0.0.1", envoy.ports[listener]), 30
        )
        self.failed = 0

    def get(self, field=""):
        """field: a whole header line, or "". Returns the response's head."""
        request = f"GET / HTTP/1.1\r\nhost: bench\r\n{field}"
        if field:
            request += "\r\n"
        time.sleep(self._pause)
        self._socket.sendall(request.encode() + b"\r\n")
        answer = b""
        while not answer.endswith(b"\r\n\r\nok"):
            data = self._socket.recv(65536)
            if not data:
                break
            answer += data
        if not answer.startswith(b"HTTP/1.1 200"):
            self.failed += 1
        return answer.decode("latin-1")

    def close(self):
        self._socket.close()


def token_field(head, carrier):
    """The header line that sends the token of a response back."""
    for line in head.split("\r\n"):
        name, _, value = line.partition(": ")
        if carrier == "Header" and name == NAME:
            return f"{NAME}: {value}"
        if name == "set-cookie" and value.startswith(f"{NAME}="):
            return "cookie: " + value.split(";")[0]
    raise RuntimeError(f"no token in {head!r}")
