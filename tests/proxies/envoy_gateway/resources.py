"""The manifests: the workshop's, and those of examples/envoy-gateway. Envoy Gateway
without a cluster reads no v1beta1 and finds no pods, so that the route is said in
v1 and its Service is a Backend; that is all that differs."""

import copy
import pathlib

import yaml

EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples"
CLASS = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "GatewayClass",
    "metadata": {"name": "tigera-gateway-class"},
    "spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
}
PORT = 8888


def workshop(name):
    return yaml.safe_load((EXAMPLES / "gateway" / "manifests" / name).read_text())


def example(name):
    return yaml.safe_load((EXAMPLES / "envoy-gateway" / name).read_text())


def placed(resource):
    found = copy.deepcopy(resource)
    found["metadata"].setdefault("namespace", "default")
    return found


def proxy(module, name):
    """Without pods nothing is mounted; the file is where it is."""
    found = placed(example(name))
    (entry,) = found["spec"]["dynamicModules"]
    entry["source"]["local"]["path"] = str(module)
    return found


def gateway():
    found = placed(example("2-gateway.yaml"))
    found["spec"]["listeners"][0]["port"] = PORT
    return found


def policy(kind, keys, sessions=None):
    """sessions: other than the workshop's."""
    found = placed(example(f"3-policy-{kind}.yaml"))
    (entry,) = found["spec"]["dynamicModule"]
    entry["config"]["keysFile"] = str(keys)
    if sessions:
        entry["config"]["sessionPersistence"] = sessions
    return found


def load_balancing(module):
    found = placed(example("load-balancing.yaml"))
    (patch,) = found["spec"]["jsonPatches"]
    (policy,) = patch["operation"]["value"]["policies"]
    config = policy["typed_extension_config"]["typed_config"]
    config["dynamic_module_config"]["module"]["local"]["filename"] = str(module)
    return found


def backend(ports, name="backend"):
    return {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "Backend",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "endpoints": [{"ip": {"address": "127.0.0.1", "port": p}} for p in ports]
        },
    }


def route(generation, paths, persistence, backends):
    """The workshop's, with a rule for each path, and answers that tell the
    generation. persistence: of each rule; None: there is none. backends: each
    rule's, name -> weight."""
    found = placed(workshop("3-route.yaml"))
    found["apiVersion"] = "gateway.networking.k8s.io/v1"
    (rule,) = found["spec"]["rules"]
    header = {"add": [{"name": "x-generation", "value": str(generation)}]}
    rule["filters"] = [
        {"type": "ResponseHeaderModifier", "responseHeaderModifier": header}
    ]
    rule["backendRefs"] = [
        {
            "group": "gateway.envoyproxy.io",
            "kind": "Backend",
            "name": name,
            "weight": weight,
        }
        for name, weight in backends.items()
    ]
    del rule["sessionPersistence"]
    if persistence:
        rule["sessionPersistence"] = persistence
    rules = []
    for path in paths:
        rules.append(copy.deepcopy(rule))
        rules[-1]["matches"][0]["path"]["value"] = path
    found["spec"]["rules"] = rules
    return found


def workshop_sessions():
    (rule,) = workshop("3-route.yaml")["spec"]["rules"]
    return rule["sessionPersistence"]
