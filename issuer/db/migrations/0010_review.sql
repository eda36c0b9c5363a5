-- Looking again: items are annulled, and two persons approve what follows from it.

ALTER TABLE award DROP CONSTRAINT award_source_kind_check;
ALTER TABLE award ADD CONSTRAINT award_source_kind_check CHECK (source_kind IN ('session', 'receipt', 'review'));

-- Items that do not count any more, as proposed; nothing in a row changes but its state, once.
CREATE TABLE annulment (
    organization_id text NOT NULL REFERENCES organization,
    id              uuid NOT NULL,
    bank_id         text NOT NULL,
    items           text[] NOT NULL,
    bank_digests    text[] NOT NULL,        -- the versions of the bank in which they do not count
    cause           text NOT NULL CHECK (cause IN ('key', 'leak')),
    why             text NOT NULL,          -- for the people whose result changes
    met             integer NOT NULL,       -- finished sessions that were asked one of the items
    unreadable      integer NOT NULL,       -- those of them whose log does not replay: left as they are
    held_back       integer NOT NULL,       -- those whose credential is on hold or was withdrawn for other reasons
    digest          bytea NOT NULL CHECK (length(digest) = 32),   -- sha256 of all this and its consequences
    proposed_by     uuid NOT NULL,
    proposed_with   uuid NOT NULL,          -- the token
    proposed_at     timestamptz NOT NULL,
    state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'executed', 'void', 'rejected')),
    closed_at       timestamptz,
    withdrawn       boolean,                -- executed: whether credentials above the new result were withdrawn
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, proposed_by) REFERENCES principal,
    FOREIGN KEY (organization_id, proposed_with) REFERENCES api_token,
    CHECK ((state = 'open') = (closed_at IS NULL)),
    CHECK ((state = 'executed') = (withdrawn IS NOT NULL))
);

-- The list: what each session shows without the items, where that is another level. Cut on erasure.
CREATE TABLE annulment_consequence (
    organization_id text NOT NULL,
    id              uuid NOT NULL,
    annulment_id    uuid NOT NULL,
    session_id      uuid NOT NULL,
    level_before    text,                   -- of what the person holds now; none: nothing
    level_after     text,                   -- what the remaining answers show; none: no level
    undecided       boolean NOT NULL,       -- the remaining answers leave a higher level open
    award_id        uuid,                   -- what stands now, where there is something
    raises          boolean NOT NULL,       -- the new level is above the old one
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, annulment_id, session_id),
    FOREIGN KEY (organization_id, annulment_id) REFERENCES annulment,
    FOREIGN KEY (organization_id, session_id) REFERENCES session,
    CHECK (level_before IS DISTINCT FROM level_after)
);

CREATE TABLE annulment_approval (
    organization_id text NOT NULL,
    annulment_id    uuid NOT NULL,
    principal_id    uuid NOT NULL,
    token_id        uuid NOT NULL,
    withdraw        boolean NOT NULL,       -- also approves withdrawing credentials above the new result
    at              timestamptz NOT NULL,
    PRIMARY KEY (organization_id, annulment_id, principal_id),
    UNIQUE (organization_id, annulment_id, token_id),
    FOREIGN KEY (organization_id, annulment_id) REFERENCES annulment,
    FOREIGN KEY (organization_id, principal_id) REFERENCES principal,
    FOREIGN KEY (organization_id, token_id) REFERENCES api_token
);
