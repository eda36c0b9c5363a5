"""Why a standard was refused: a stable code and one sentence."""


class StandardRefused(Exception):  # noqa: N818 - a refusal with a stable code, not an error of ours
    """`code` is standard.…; `detail` is a sentence that names the place."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
