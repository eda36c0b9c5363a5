"""Where peers and we differ, and why: (peer, who made it, beginning of the form, item or *) -> the reason."""

DISAGREEMENTS: dict[tuple[str, str, str, str], str] = {
    ("openvc-core", "ours", "ob3-jwt", "genuine"): (
        "Open Badges 3.0 (8.2.4) makes `kid` the address of one JWK; openvc-core looks for it among the "
        "ids of the DID document's methods only."
    ),
}


def stale(differing: set[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    """Entries that explain nothing that was seen."""
    return [
        entry
        for entry in DISAGREEMENTS
        if not any(
            (peer, direction) == entry[:2] and form.startswith(entry[2]) and entry[3] in (name, "*")
            for peer, direction, form, name in differing
        )
    ]
