"""Where peers and we differ, and why: (peer, who made it, beginning of the form, item or *) -> the reason."""

Key = tuple[str, str, str, str]

DISAGREEMENTS: dict[Key, str] = {
    ("openvc-core", "ours", "ob3-jwt", "genuine"): (
        "Open Badges 3.0 (8.2.4) makes `kid` the address of one JWK; openvc-core looks for it among the "
        "ids of the DID document's methods only."
    ),
    ("openvc-core", "ours", "vc+jwt", "genuine"): (
        "It reads tokens of the data model 1.1, with a claim `vc`, and asks for `iss`; VC-JOSE-COSE has the "
        "credential itself as the payload and forbids the claim."
    ),
    ("openvc-core", "theirs", "eddsa-jcs-2022", "genuine"): (
        "It signs a proof with `@context` and publishes it without; what was signed must stand in the proof "
        "(EdDSA Cryptosuites 1.0, 3.3.1 and 3.3.2), and @digitalbazaar/vc writes it there, as we do."
    ),
    ("PyLD", "ours", "eddsa-rdfc-2022", "term added"): (
        "A canonicaliser drops what no context defines, and whoever stops there accepts it. That is why "
        "step 6 refuses such a document (`shape.unsigned_term`)."
    ),
    ("@digitalcredentials/verifier-core", "ours", "eddsa-rdfc-2022", "not yet valid"): (
        "It looks at the end of the validity and not at its beginning."
    ),
}


def stale(differing: set[Key]) -> list[Key]:
    """Entries that explain nothing that was seen."""
    return [
        entry
        for entry in DISAGREEMENTS
        if not any(
            (peer, direction) == entry[:2] and form.startswith(entry[2]) and entry[3] in (name, "*")
            for peer, direction, form, name in differing
        )
    ]
