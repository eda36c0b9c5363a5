"""Which RSA moduli and exponents a signature may rest on (RFC 7518, section 3.3; NIST SP 800-131A)."""

# The ceilings bound what a stranger's key may cost us: one verification takes some 0.2 ms at most.
BITS = range(2_048, 8_193)
EXPONENTS = range(3, 2**31, 2)

_GENERATOR = 65_537
_SMALL_PRIMES = tuple(p for p in range(3, 168, 2) if all(p % d for d in range(3, 13, 2) if d < p))
# By prime, the residues that a power of the generator can leave.
_POWERS = {
    prime: frozenset(pow(_GENERATOR, exponent, prime) for exponent in range(prime - 1))
    for prime in _SMALL_PRIMES
}


def check(n: int, e: int) -> None:
    """Raise ValueError for a modulus or exponent out of bounds, and for a modulus known to be weak."""
    if n.bit_length() not in BITS or n % 2 == 0 or e not in EXPONENTS:
        raise ValueError("a modulus or an exponent out of bounds")
    # ROCA (CVE-2017-15361): both primes, and so their product, are powers of 65537 modulo each small prime.
    # An honest modulus is one, by chance, in fewer than one case of 10^8.
    if all(n % prime in powers for prime, powers in _POWERS.items()):
        raise ValueError("a modulus whose factors can be computed")
