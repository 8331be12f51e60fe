"""A strict reader of Prometheus' text format, as /metrics has it."""

import re

_SAMPLE = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"
    r"(?:\{(?P<labels>.*)\})? (?P<value>-?[0-9.eE+]+|[+-]Inf|NaN)"
)
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')


def parse_prometheus(text):
    """The samples of Prometheus' text format; anything else is an error."""
    assert text.endswith("\n"), "the last line must end"
    samples = {}
    types = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert kind in ("counter", "gauge", "histogram", "summary", "untyped")
            assert name not in types, f"two types: {line}"
            types[name] = kind
            continue
        if line.startswith("#") or not line:
            continue
        match = _SAMPLE.fullmatch(line)
        assert match, f"no sample: {line!r}"
        labels, end = [], 0
        text_of_labels = match["labels"] or ""
        for label in _LABEL.finditer(text_of_labels):
            assert label.start() == end, f"no labels: {line!r}"
            end = label.end()
            labels.append((label[1], label[2]))
        assert end == len(text_of_labels), f"no labels: {line!r}"
        assert match["name"] in types, f"no type: {line!r}"
        key = (match["name"], frozenset(labels))
        assert key not in samples, f"twice: {line!r}"
        samples[key] = float(match["value"])
    return samples
