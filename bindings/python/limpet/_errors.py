"""The one error of configurations."""

from __future__ import annotations

from typing import List, Sequence, Tuple


class ConfigError(ValueError):
    """A configuration that is not allowed.

    problems: every (field, message) that is wrong; the field is a path from
        the configuration's root, such as "cookie.path".
    code: what kind of error it is, such as "invalid config".
    """

    def __init__(
        self, problems: Sequence[Tuple[str, str]], code: str = "invalid config"
    ) -> None:
        super().__init__(problems, code)
        self.problems: List[Tuple[str, str]] = [(f, m) for f, m in problems]
        self.code = code

    def __str__(self) -> str:
        return "; ".join(f"{f}: {m}" if f else m for f, m in self.problems)
