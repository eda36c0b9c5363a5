"""What was found out about some bytes and cannot change, so that equal bytes need not be asked twice.

Reading, canonical forms, signatures by one very key, shape and claim are functions of the bytes alone (and of
that key). Validity, status, standing, recipient and policy are not, and are judged afresh each time.
"""

from msgspec import Struct, field

from keys.proofs.data_integrity import Covered
from keys.proofs.jose import Jws
from schemas.report import Check, Claim


class Known(Struct):
    """Filled as the steps are taken; one for each thing that was opened.

    `covered` is what each proof signs; `signed_by` holds, by the proof's place and the key's thumbprint, the
    signatures that were verified; `shape` are the findings of step 6.
    """

    covered: tuple[Jws | Covered, ...] | None = None
    signed_by: set[tuple[int, str]] = field(default_factory=set)
    shape: tuple[Check, ...] | None = None
    claim: Claim | None = None
