"""Envoy's configuration, and limpet's in it."""

import json

TYPES = "type.googleapis.com/envoy."
TEXT = "type.googleapis.com/google.protobuf.StringValue"
STRUCT = "type.googleapis.com/google.protobuf.Struct"
NAME = "Session-A"


def sessions(carrier, timeout="10s", **more):
    config = {"sessionName": NAME, "type": carrier, **more}
    if timeout:
        config["absoluteTimeout"] = timeout
    if carrier == "Cookie":
        config["cookieAttributes"] = {"secure": False}
    return config


def module():
    return {
        "name": "limpet_envoy",
        "do_not_close": True,
        "metrics_namespace": "limpet",
    }


def text(value):
    return {
        "@type": TEXT,
        "value": value if isinstance(value, str) else json.dumps(value),
    }


def struct(value):
    return {"@type": STRUCT, "value": value}


def limpet(kind, config, form=text):
    return {
        "name": "limpet",
        "typed_config": {
            "@type": f"{TYPES}extensions.filters.http.dynamic_modules.v3"
            ".DynamicModuleFilter",
            "dynamic_module_config": module(),
            "filter_name": kind,
            "filter_config": form(config),
        },
    }


def limpet_of_route(kind, config):
    return {
        "limpet": {
            "@type": f"{TYPES}extensions.filters.http.dynamic_modules.v3"
            ".DynamicModuleFilterPerRoute",
            "dynamic_module_config": module(),
            "per_route_config_name": kind,
            "filter_config": text(config),
        }
    }


def stateful_session(carrier, ttl=None, strict=False, path="/"):
    kind = carrier.lower()
    if carrier == "Header":
        state = {"name": NAME}
    else:
        state = {"cookie": {"name": NAME, "path": path}}
        if ttl:
            state["cookie"]["ttl"] = ttl
    type_name = {"header": "Header", "cookie": "Cookie"}[kind] + "BasedSessionState"
    return {
        "name": "envoy.filters.http.stateful_session",
        "typed_config": {
            "@type": f"{TYPES}extensions.filters.http.stateful_session.v3"
            ".StatefulSession",
            "strict": strict,
            "session_state": {
                "name": f"envoy.http.stateful_session.{kind}",
                "typed_config": {
                    "@type": f"{TYPES}extensions.http.stateful_session.{kind}.v3"
                    f".{type_name}",
                    **state,
                },
            },
        },
    }


def aborts(status):
    """A filter that answers requests with a field x-abort."""
    return {
        "name": "envoy.filters.http.fault",
        "typed_config": {
            "@type": f"{TYPES}extensions.filters.http.fault.v3.HTTPFault",
            "abort": {
                "http_status": status,
                "percentage": {"numerator": 100, "denominator": "HUNDRED"},
            },
            "headers": [{"name": "x-abort", "present_match": True}],
        },
    }


def stateful_session_of_route(carrier=None, name=NAME):
    """None: the route does without."""
    found = {
        "@type": f"{TYPES}extensions.filters.http.stateful_session.v3"
        ".StatefulSessionPerRoute"
    }
    if carrier:
        config = stateful_session(carrier)["typed_config"]
        del config["@type"]
        state = config["session_state"]["typed_config"]
        (state if carrier == "Header" else state["cookie"])["name"] = name
        found["stateful_session"] = config
    else:
        found["disabled"] = True
    return {"envoy.filters.http.stateful_session": found}


def off_for_route():
    """limpet is."""
    kind = f"{TYPES}config.route.v3.FilterConfig"
    return {"limpet": {"@type": kind, "disabled": True}}


def filters(kind, carrier, timeout="10s", more=None, **persistence):
    """limpet's filter, with Envoy's behind it where that is sealed."""
    config = {"sessionPersistence": sessions(carrier, timeout, **persistence)}
    mine = limpet(kind, {**config, **(more or {})})
    return [mine] + ([stateful_session(carrier)] if kind == "seal" else [])


def route(cluster="all", prefix="/", name="", **more):
    found = {"match": {"prefix": prefix}, "route": {"cluster": cluster}, "name": name}
    for key in ("typed_per_filter_config",):
        if key in more:
            found[key] = more.pop(key)
    found["route"].update(more)
    if cluster is None:
        del found["route"]["cluster"]
    return found


def listener(name, port, http_filters, routes=None, log=None):
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": f"{TYPES}extensions.filters.http.router.v3.Router"},
    }
    hosts = [{"name": "all", "domains": ["*"], "routes": routes or [route()]}]
    manager = {
        "@type": f"{TYPES}extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        "stat_prefix": name,
        "route_config": {"virtual_hosts": hosts},
        "http_filters": [*http_filters, router],
    }
    if log:
        manager["access_log"] = [
            {
                "name": "file",
                "typed_config": {
                    "@type": f"{TYPES}extensions.access_loggers.file.v3.FileAccessLog",
                    "path": str(log),
                    "log_format": {
                        "text_format_source": {
                            "inline_string": "%DYNAMIC_METADATA(limpet:outcome)%\n"
                        }
                    },
                },
            }
        ]
    network_filter = {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": manager,
    }
    return {
        "@type": f"{TYPES}config.listener.v3.Listener",
        "name": name,
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [network_filter]}],
    }


def host(port, weight=1, health=None):
    found = {
        "endpoint": {
            "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}
        },
        "load_balancing_weight": weight,
    }
    if health:
        found["health_status"] = health
    return found


def assignment(name, hosts, localities=None):
    """localities: [(weight, hosts)], in place of hosts."""
    endpoints = [{"lb_endpoints": hosts}]
    if localities:
        endpoints = [
            {
                "locality": {"region": str(number)},
                "load_balancing_weight": weight,
                "lb_endpoints": of_locality,
            }
            for number, (weight, of_locality) in enumerate(localities)
        ]
    return {
        "@type": f"{TYPES}config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": name,
        "endpoints": endpoints,
    }


def cluster(name, hosts=None, eds=None, balancer=None, statuses=None, localities=None):
    """eds: the file that tells the hosts. balancer: limpet's configuration."""
    found = {"name": name, "connect_timeout": "1s"}
    if eds:
        found["type"] = "EDS"
        found["eds_cluster_config"] = {
            "eds_config": {
                "path_config_source": {"path": str(eds)},
                "resource_api_version": "V3",
            }
        }
    else:
        found["type"] = "STATIC"
        found["load_assignment"] = assignment(name, hosts, localities)
        del found["load_assignment"]["@type"]
    if statuses:
        found["common_lb_config"] = {"override_host_status": {"statuses": statuses}}
    if balancer is not None:
        policy = {
            "name": "envoy.load_balancing_policies.dynamic_modules",
            "typed_config": {
                "@type": f"{TYPES}extensions.load_balancing_policies"
                ".dynamic_modules.v3.DynamicModulesLoadBalancerConfig",
                "dynamic_module_config": module(),
                "lb_policy_name": "limpet",
                "lb_policy_config": text(balancer),
            },
        }
        found["load_balancing_policy"] = {
            "policies": [{"typed_extension_config": policy}]
        }
    return found
