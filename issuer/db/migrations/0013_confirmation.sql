-- A short supervised sitting on unseen items confirms an award, or a person looks at it.

-- A confirmation's session is no attempt: no row in session_person leads to it, and reports do not count it.
ALTER TABLE session ADD COLUMN confirming boolean NOT NULL DEFAULT false;

-- Deleted on erasure; the session then stays as figures, like any other.
CREATE TABLE confirmation (
    organization_id text NOT NULL,
    id              uuid NOT NULL,
    award_id        uuid NOT NULL,
    person_id       uuid NOT NULL,
    supervisor      uuid NOT NULL,          -- who opened it, and sits with the person
    identity        text NOT NULL CHECK (identity IN ('document', 'known')),   -- how they say they know who it is
    code_mac        bytea NOT NULL CHECK (length(code_mac) = 32),   -- keyed outside the database: the code is short
    attempts        integer NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND 5),   -- wrong codes since it was made
    opened_at       timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,   -- of the code
    used_at         timestamptz,            -- a code opens once
    session_id      uuid,
    page_hash       bytea CHECK (length(page_hash) = 32),   -- of the sitting's own address
    time_multiplier double precision NOT NULL DEFAULT 1 CHECK (time_multiplier BETWEEN 1 AND 4),
    began_at        timestamptz,
    closes_at       timestamptz,            -- when its time is over, with grace
    verdict         text CHECK (verdict IN ('confirmed', 'inconsistent', 'unsure', 'unfinished')),
    judged_at       timestamptz,
    raised_at       timestamptz,            -- when the award's assurance became 'confirmed'
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, session_id),
    FOREIGN KEY (organization_id, award_id) REFERENCES award,
    FOREIGN KEY (organization_id, person_id) REFERENCES person,
    FOREIGN KEY (organization_id, supervisor) REFERENCES principal,
    FOREIGN KEY (organization_id, session_id) REFERENCES session,
    CHECK ((session_id IS NULL) = (began_at IS NULL)),
    CHECK ((session_id IS NULL) = (closes_at IS NULL)),
    CHECK ((verdict IS NULL) = (judged_at IS NULL)),
    CHECK (verdict IS NULL OR session_id IS NOT NULL),
    CHECK (raised_at IS NULL OR verdict IS NOT NULL)
);
CREATE UNIQUE INDEX confirmation_open ON confirmation (organization_id, award_id) WHERE verdict IS NULL;
CREATE UNIQUE INDEX confirmation_raised ON confirmation (organization_id, award_id) WHERE raised_at IS NOT NULL;
CREATE UNIQUE INDEX confirmation_page ON confirmation (organization_id, page_hash);
CREATE INDEX confirmation_of_person ON confirmation (organization_id, person_id);

-- What a sitting did not settle: a person decides, and until then nothing changes.
CREATE TABLE confirmation_case (
    organization_id text NOT NULL,
    id              uuid NOT NULL,          -- the confirmation's
    decision        text CHECK (decision IN ('raise', 'leave', 'again')),
    why_sealed      bytea,                  -- for the person, under their key
    decided_by      uuid,
    decided_at      timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, id) REFERENCES confirmation,
    FOREIGN KEY (organization_id, decided_by) REFERENCES principal,
    CHECK ((decision IS NULL) = (decided_at IS NULL)),
    CHECK ((decision IS NULL) = (decided_by IS NULL)),
    CHECK ((decision IS NULL) = (why_sealed IS NULL))
);
