"""Why an embedded proof, or the document under it, is refused before any key is asked for."""


class IntegrityRefused(ValueError):  # noqa: N818 — the house's name: what a refusal is, not that it is an error
    """A refusal; `code` is stable, `detail` a sentence without the content of the document.

    Of the proof: proof.missing, proof.malformed (its members are not what VC Data Integrity asks for),
    proof.encoding (proofValue), proof.context (eddsa-jcs-2022: not the document's first contexts),
    proof.previous (a previousProof that is not there, or that leads in a circle), proof.unsupported (a type
    or suite that the table lacks, or JSON-LD that we do not read), proof.complexity (too much, or too much
    alike, to be canonicalised).

    Of the document: shape.undefined_term, shape.context_unknown (a context that we do not hold),
    shape.context (contexts that contradict each other), shape.iri (no absolute IRI, or one that a parser
    could misread), shape.not_signed (what RDF drops or merges in silence), shape.number (one that not every
    reader reads alike).
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
