"""What became of the token in a request that nobody should send."""

PINNED = "pinned"  # it is found: the session is kept
FRESH = "fresh"  # it is not: each request is balanced and gets a new token
REFUSED = "refused"  # 4xx


def judge(responses, session):
    """Which of PINNED, FRESH and REFUSED holds for all responses."""
    if all(400 <= response.status < 500 for response in responses):
        assert not any(map(session.token_of, responses)), "refused, with a token"
        return REFUSED
    pods = [response.pod for response in responses]
    tokens = [session.token_of(response) for response in responses]
    if not any(tokens):
        assert set(pods) == {session.pod}, "kept, elsewhere"
        return PINNED
    assert all(tokens), f"now this, now that: {tokens}"
    assert len(set(tokens)) == len(tokens)
    assert len(set(pods)) > 1, "a new token each time, but always for one pod"
    return FRESH
