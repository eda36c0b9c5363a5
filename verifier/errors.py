"""What the verifier refuses from its *caller*; evidence always gets a Report."""


class PolicyRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A policy that cannot be meant: policy.empty, policy.malformed, policy.unknown_check."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class TrustRefused(ValueError):  # noqa: N818 — likewise
    """A trust folder that cannot be read: trust.unreadable, trust.malformed."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class OriginRefused(ValueError):  # noqa: N818 — likewise
    """A local origin that is not `http://localhost[:port]`: origin.malformed, origin.not_local."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
