"""The real Envoy Gateway, standalone: LIMPET_ENVOY_GATEWAY names it; the Envoy that
it configures is LIMPET_ENVOY (1.39, its own release), the module
LIMPET_ENVOY_MODULE. It says what it would have said to a cluster, but takes its
manifests from a folder and mounts nothing."""

import http.client
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

import pytest
import resources as r
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "envoy"))

from endpoint import Endpoint
from programs import Client

WITHIN = 60  # seconds
ADMIN = 9901


def program(name):
    path = os.environ.get(name, "")
    if not os.path.isfile(path):
        pytest.fail(f"{name} must name a file; scripts/test sets it", pytrace=False)
    return str(pathlib.Path(path).resolve())


def bootstrap(certificates):
    """As Envoy Gateway makes it for its pods."""
    tls = {
        "tls_params": {"tls_maximum_protocol_version": "TLSv1_3"},
        "tls_certificates": [
            {
                "certificate_chain": {"filename": str(certificates / "tls.crt")},
                "private_key": {"filename": str(certificates / "tls.key")},
            }
        ],
        "validation_context": {
            "trusted_ca": {"filename": str(certificates / "ca.crt")}
        },
    }
    types = "type.googleapis.com/envoy.extensions"
    address = {"socket_address": {"address": "127.0.0.1", "port_value": 18000}}
    endpoint = {"endpoint": {"address": address}}
    cluster = {
        "name": "xds",
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": "xds",
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{types}.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        },
        "transport_socket": {
            "name": "envoy.transport_sockets.tls",
            "typed_config": {
                "@type": f"{types}.transport_sockets.tls.v3.UpstreamTlsContext",
                "common_tls_context": tls,
            },
        },
    }
    admin = {"socket_address": {"address": "127.0.0.1", "port_value": ADMIN}}
    ads = {
        "api_type": "DELTA_GRPC",
        "transport_api_version": "V3",
        "set_node_on_first_message_only": True,
        "grpc_services": [{"envoy_grpc": {"cluster_name": "xds"}}],
    }
    return {
        "admin": {"address": admin},
        "dynamic_resources": {
            "ads_config": ads,
            "lds_config": {"ads": {}, "resource_api_version": "V3"},
            "cds_config": {"ads": {}, "resource_api_version": "V3"},
        },
        "static_resources": {"clusters": [cluster]},
    }


def configs_in(value):
    """Of limpet's filters in a listener."""
    if isinstance(value, dict):
        if value.get("filter_name") in ("own", "seal"):
            yield json.loads(value["filter_config"]["value"])
        for member in value.values():
            yield from configs_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from configs_in(member)


class Gateway:
    def __init__(self, folder):
        self.folder = folder
        self.manifests = folder / "manifests"
        self.manifests.mkdir()
        self.keys = folder / "keys"
        self.keys.write_text("1 " + "11" * 32 + " seal\n")
        self.module = program("LIMPET_ENVOY_MODULE")
        self._generation = 0
        self._running = []
        homes = {
            f"{name}Home": str(folder / name) for name in ("config", "data", "state")
        }
        binary = program("LIMPET_ENVOY_GATEWAY")
        certgen = [binary, "certgen", "--local", "--config-home", homes["configHome"]]
        subprocess.run(certgen, check=True, capture_output=True)
        config = {
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "EnvoyGateway",
            "gateway": {"controllerName": r.CLASS["spec"]["controllerName"]},
            "provider": {
                "type": "Custom",
                "custom": {
                    "resource": {
                        "type": "File",
                        "file": {"paths": [str(self.manifests)]},
                    },
                    "infrastructure": {"type": "Host", "host": homes},
                },
            },
            "extensionApis": {"enableBackend": True, "enableEnvoyPatchPolicy": True},
        }
        path = folder / "gateway.yaml"
        path.write_text(yaml.safe_dump(config))
        envoy = program("LIMPET_ENVOY")
        self._start("gateway", [binary, "server", "--config-path", path])
        certificates = folder / "config" / "certs" / "envoy"
        path = folder / "envoy.json"
        path.write_text(json.dumps(bootstrap(certificates)))
        command = [envoy, "-c", path, "--use-dynamic-base-id"]
        command += ["--service-node", "test", "--concurrency", "1", "-l", "warn"]
        command += ["--service-cluster", "default/sticky-session-gateway"]
        command += ["--drain-strategy", "immediate"]
        self._start("envoy", command)

    def _start(self, name, command):
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                [str(word) for word in command], stdout=log, stderr=log
            )
        self._running.append(process)

    def apply(
        self,
        endpoints,
        policy=None,
        persistence=None,
        paths=("/",),
        proxy="1-proxy.yaml",
        weights=None,
        more=(),
    ):
        """The manifests, until they are in force. endpoints: a list, or one for
        each name of a backend; policy: (filter, sessions); persistence: of the
        routes; proxy: the file; weights: of backends, 1 unless it is there; more:
        manifests."""
        self._generation += 1
        backends = endpoints
        if not isinstance(endpoints, dict):
            backends = {"backend": endpoints}
        found = [
            r.CLASS,
            r.proxy(self.module, proxy),
            r.gateway(),
            r.route(
                self._generation,
                paths,
                persistence,
                {name: (weights or {}).get(name, 1) for name in backends},
            ),
            *(r.backend([e.port for e in each], n) for n, each in backends.items()),
            *more,
        ]
        config = None
        if policy:
            found.append(r.policy(policy[0], self.keys, policy[1]))
            config = found[-1]["spec"]["dynamicModule"][0]["config"]
        # Envoy Gateway reads a file as it is at the moment.
        new = self.folder / "manifests.new"
        new.write_text(yaml.safe_dump_all(found))
        new.rename(self.manifests / "all.yaml")
        self.wait_for(lambda: self._is_in_force(config, paths))

    def wait_for(self, condition):
        deadline = time.monotonic() + WITHIN
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(self._logs())
            time.sleep(0.1)

    def dump(self, resource):
        """Of Envoy's configuration."""
        url = f"http://127.0.0.1:{ADMIN}/config_dump?resource={resource}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer).get("configs", [])

    def _is_in_force(self, config, paths):
        """config: of the filter; None: there is none."""
        try:
            for path in paths:
                answer = Client(r.PORT, "Header", path).get()
                if ("x-generation", str(self._generation)) not in answer.fields:
                    return False
            # The listener changes by itself, not with the routes.
            listeners = self.dump("dynamic_listeners")
        except (OSError, ValueError, http.client.HTTPException):
            return False
        active = [each.get("active_state") for each in listeners]
        return list(configs_in(active)) == ([config] if config else [])

    def _logs(self):
        names = ("gateway.log", "envoy.log")
        return "\n".join((self.folder / n).read_text()[-3000:] for n in names)

    def client(self, carrier="Header", path="/"):
        return Client(r.PORT, carrier, path)

    def stop(self):
        for process in self._running:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory):
    running = Gateway(tmp_path_factory.mktemp("gateway"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def all_endpoints():
    found = [Endpoint() for _ in range(4)]
    yield found
    for each in found:
        if not each.is_down:
            each.stop()


@pytest.fixture
def endpoints(all_endpoints):
    for each in all_endpoints:
        each.reset()
    yield all_endpoints
    for each in all_endpoints:
        each.reset()
