"""limpet in Python: a client comes back to the endpoint that served it."""

import time

import limpet

# Once per route rule: the Gateway API's own field. Without keys of your own
# (limpet.Keys.from_text) sessions end with the process.
policy = limpet.Policy(
    {"sessionName": "Session-A", "type": "Header", "absoluteTimeout": "10s"},
    scope="default/backend/0",
)
endpoints = limpet.Endpoints(["pod-a", "pod-b", "pod-c", "pod-d"])

client = {}  # what the client sends along
now = time.time()

for seconds in (0, 1, 9, 10, 11):
    # Per request: who should serve it?
    decision = policy.select(client, endpoints, now + seconds)

    # Per response: maybe a field for the client.
    response = policy.commit(decision, now=now + seconds)
    client.update(response)

    print(f"{seconds:2} s  {decision.endpoint.id}  {response.outcome}")
