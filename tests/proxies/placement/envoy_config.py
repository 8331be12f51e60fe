"""Envoy's configuration for a list of cases: a virtual host and a cluster each."""

TYPES = "type.googleapis.com/envoy."
POLICIES = "extensions.load_balancing_policies"


def balancer(case):
    common = {}
    if "factor" in case:
        common["hash_balance_factor"] = case["factor"]
    if case["mode"] == "envoy_maglev":
        kind = "maglev"
        policy = {"@type": f"{TYPES}{POLICIES}.maglev.v3.Maglev"}
        if "table_size" in case:
            policy["table_size"] = case["table_size"]
    else:
        kind = "ring_hash"
        policy = {"@type": f"{TYPES}{POLICIES}.ring_hash.v3.RingHash"}
        policy["hash_function"] = case.get("function", "XX_HASH")
        for ours, theirs in [
            ("minimum_size", "minimum_ring_size"),
            ("maximum_size", "maximum_ring_size"),
        ]:
            if ours in case:
                policy[theirs] = case[ours]
    policy["consistent_hashing_lb_config"] = common
    if "locality_weights" in case:
        policy["locality_weighted_lb_config"] = {}
    extension = {
        "name": f"envoy.load_balancing_policies.{kind}",
        "typed_config": policy,
    }
    return {"policies": [{"typed_extension_config": extension}]}


def _endpoint(member):
    ip, _, port = member["address"].rpartition(":")
    address = {"socket_address": {"address": ip, "port_value": int(port)}}
    endpoint = {
        "endpoint": {"address": address},
        "load_balancing_weight": member["weight"],
    }
    if member.get("down"):
        endpoint["health_status"] = "UNHEALTHY"
    elif member.get("degraded"):
        endpoint["health_status"] = "DEGRADED"
    if member["key"] != member["address"]:
        metadata = {"envoy.lb": {"hash_key": member["key"]}}
        endpoint["metadata"] = {"filter_metadata": metadata}
    return endpoint


def _localities(case):
    """The endpoints of one locality and priority together."""
    groups = {}
    for member in case["members"]:
        place = member.get("priority", 0), member.get("locality", 0)
        groups.setdefault(place, []).append(_endpoint(member))
    localities = []
    for (priority, locality), endpoints in groups.items():
        group = {
            "priority": priority,
            "locality": {"zone": f"zone{locality}"},
            "lb_endpoints": endpoints,
        }
        weights = case.get("locality_weights")
        # A weight of 0 is written as none.
        if weights and weights[locality]:
            group["load_balancing_weight"] = weights[locality]
        localities.append(group)
    return localities


def _cluster(name, case):
    common = {}
    if "panic" in case:
        common["healthy_panic_threshold"] = {"value": case["panic"]}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_balancing_policy": balancer(case),
        "common_lb_config": common,
        "load_assignment": {
            "cluster_name": name,
            "endpoints": _localities(case),
        },
    }


def _retry_policy(case):
    policy = {
        "retry_on": "connect-failure",
        "num_retries": case["retries"],
        "retry_back_off": {"base_interval": "0.001s", "max_interval": "0.001s"},
    }
    if "attempts" in case:
        kind = f"{TYPES}extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
        predicate = {
            "name": "envoy.retry_host_predicates.previous_hosts",
            "typed_config": {"@type": kind},
        }
        policy["retry_host_predicate"] = [predicate]
        policy["host_selection_retry_max_attempts"] = case["attempts"]
    return policy


# The last host, reached or not, and which try it was. Envoy does not say which
# hosts it tried before.
LAST = {"key": "x-last", "value": "%UPSTREAM_HOST% %UPSTREAM_REQUEST_ATTEMPT_COUNT%"}
BY_KEY = [{"header": {"header_name": "x-key"}}]


def _virtual_host(name, case):
    route = {
        "cluster": name,
        "timeout": "60s",
        "hash_policy": case.get("hash_policy", BY_KEY),
    }
    if case.get("retries"):
        route["retry_policy"] = _retry_policy(case)
    return {
        "name": name,
        "domains": [name],
        "routes": [{"match": {"prefix": "/"}, "route": route}],
        "response_headers_to_add": [{"header": LAST}],
    }


def configuration(port, cases):
    """cases: by the names of their virtual hosts."""
    manager = {
        "@type": f"{TYPES}extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        "stat_prefix": "all",
        "use_remote_address": True,
        # The client may name its address: the last one of x-forwarded-for.
        "xff_num_trusted_hops": 1,
        "route_config": {
            "virtual_hosts": [_virtual_host(n, case) for n, case in cases.items()]
        },
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {
                    "@type": f"{TYPES}extensions.filters.http.router.v3.Router"
                },
            }
        ],
    }
    network_filter = {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": manager,
    }
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    listener = {
        "address": address,
        "filter_chains": [{"filters": [network_filter]}],
    }
    return {
        "static_resources": {
            "listeners": [listener],
            "clusters": [_cluster(n, case) for n, case in cases.items()],
        }
    }
