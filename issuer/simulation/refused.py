"""Why nothing was simulated: a stable code and one sentence."""


class SimulationRefused(Exception):  # noqa: N818 - a refusal with a stable code, not an error of ours
    """`code` is stable; `detail` is a sentence that says what is wrong and what would mend it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
