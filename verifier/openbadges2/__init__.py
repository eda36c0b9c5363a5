"""Open Badges 2.0 (1EdTech, 2018): steps 4, 5 and 8 for hosted and for signed assertions.

Its assertions are proven otherwise than credentials are: one that is hosted by its own address, one that is
signed by a key that the issuer's profile lists. Everything after that is the common steps' affair, in the
members that they know. docs/decisions/0027 says what each of the two proves.
"""
