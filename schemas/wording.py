"""Numbers with their nouns, as people say them."""


def many(count: float, noun: str) -> str:
    """`1 item`, `2 items`, `0.5 seconds`; for nouns whose plural is the noun and an s."""
    number = str(count) if isinstance(count, int) else f"{count:g}"
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"
