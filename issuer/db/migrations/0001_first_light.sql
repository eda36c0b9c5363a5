-- The whole first line: organisations, people, assessments, awards, credentials, status, publications.
-- organization_id leads every key, so that no query can reach across tenants by forgetting a join.
-- Columns named *_sealed are AES-GCM ciphertext under the person's data key; *_hash is SHA-256 of a secret.

CREATE TABLE deployment (
    singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    base_url    text NOT NULL,              -- fixed for ever once the first credential exists
    created_at  timestamptz NOT NULL
);

CREATE TABLE organization (
    id          text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9-]{1,30}$'),   -- in did:web, URLs and tokens; never reused
    name        text NOT NULL CHECK (name <> ''),
    url         text,
    demo        boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL
);

CREATE TABLE principal (
    organization_id text NOT NULL REFERENCES organization,
    id              uuid NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('person', 'machine')),
    label           text NOT NULL,          -- a machine's name or a role's; never a person's name
    roles           text[] NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE api_token (
    organization_id text NOT NULL,
    id              uuid NOT NULL,
    principal_id    uuid NOT NULL,
    token_hash      bytea NOT NULL CHECK (length(token_hash) = 32),
    scopes          text[] NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, token_hash),
    FOREIGN KEY (organization_id, principal_id) REFERENCES principal
);

CREATE TABLE issuer_key (
    organization_id text NOT NULL REFERENCES organization,
    kid             text NOT NULL,          -- RFC 7638 thumbprint
    algorithm       text NOT NULL,
    jwk             bytea NOT NULL,         -- the public JWK as published
    state           text NOT NULL CHECK (state IN ('active', 'retired', 'compromised')),
    activated_at    timestamptz NOT NULL,
    retired_at      timestamptz,
    compromised_at  timestamptz,
    PRIMARY KEY (organization_id, kid)
);
CREATE UNIQUE INDEX issuer_key_one_active ON issuer_key (organization_id, algorithm) WHERE state = 'active';

CREATE TABLE person (
    organization_id text NOT NULL REFERENCES organization,
    id              uuid NOT NULL,
    subject         uuid NOT NULL,          -- credentialSubject.id is urn:uuid of this
    email_hmac      bytea,                  -- keyed outside the database; gone on erasure
    wrapped_key     bytea,                  -- the person's data key under the key-encryption key; gone on erasure
    name_sealed     bytea,
    email_sealed    bytea,
    created_at      timestamptz NOT NULL,
    erased_at       timestamptz,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, email_hmac),
    UNIQUE (organization_id, subject),
    CHECK (erased_at IS NULL OR (email_hmac IS NULL AND wrapped_key IS NULL AND name_sealed IS NULL AND email_sealed IS NULL))
);

CREATE TABLE skill (
    organization_id text NOT NULL REFERENCES organization,
    id              uuid NOT NULL,
    name            text NOT NULL,
    description     text NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE skill_alignment (
    organization_id  text NOT NULL,
    skill_id         uuid NOT NULL,
    position         integer NOT NULL,
    target_name      text NOT NULL,
    target_url       text NOT NULL,
    target_framework text NOT NULL,
    target_code      text,
    target_type      text NOT NULL,
    PRIMARY KEY (organization_id, skill_id, position),
    FOREIGN KEY (organization_id, skill_id) REFERENCES skill
);

CREATE TABLE achievement (
    organization_id text NOT NULL,
    id              uuid NOT NULL,
    revision        integer NOT NULL CHECK (revision > 0),   -- an edit makes a new revision
    skill_id        uuid NOT NULL,
    name            text NOT NULL,
    description     text NOT NULL,
    criteria        text NOT NULL,
    threshold       double precision NOT NULL CHECK (threshold BETWEEN 0.80 AND 0.99),
    valid_months    integer NOT NULL CHECK (valid_months > 0),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id, revision),
    FOREIGN KEY (organization_id, skill_id) REFERENCES skill
);

CREATE TABLE achievement_level (
    organization_id text NOT NULL,
    achievement_id  uuid NOT NULL,
    revision        integer NOT NULL,
    position        integer NOT NULL,       -- 1 is the lowest
    code            text NOT NULL,          -- fragment of the achievement's id
    name            text NOT NULL,
    description     text NOT NULL,
    cut             double precision NOT NULL CHECK (cut > 0 AND cut < 1),   -- proportion of the bank answered right
    PRIMARY KEY (organization_id, achievement_id, revision, position),
    UNIQUE (organization_id, achievement_id, revision, code),
    FOREIGN KEY (organization_id, achievement_id, revision) REFERENCES achievement
);

CREATE TABLE bank (
    organization_id text NOT NULL REFERENCES organization,
    digest          text NOT NULL,          -- sha256 of document, hexadecimal
    document        bytea NOT NULL,         -- exactly the bytes that were digested
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, digest)
);

CREATE TABLE assessment (
    organization_id      text NOT NULL,
    id                   uuid NOT NULL,
    slug                 text NOT NULL,
    achievement_id       uuid NOT NULL,
    achievement_revision integer NOT NULL,
    bank_digest          text NOT NULL,
    record_digest        text NOT NULL,     -- sha256 of the published assessment record, hexadecimal
    items_per_step       integer NOT NULL CHECK (items_per_step > 0),
    items_at_most        integer NOT NULL CHECK (items_at_most >= items_per_step),
    assurance            text NOT NULL CHECK (assurance IN ('unsupervised', 'identity-checked', 'supervised', 'confirmed')),
    permitted_aids       text NOT NULL,
    created_at           timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, slug),
    FOREIGN KEY (organization_id, achievement_id, achievement_revision) REFERENCES achievement,
    FOREIGN KEY (organization_id, bank_digest) REFERENCES bank
);

-- A session knows nobody: the row in session_person is its only link to a person, and erasure cuts it.
CREATE TABLE session (
    organization_id text NOT NULL,
    id              uuid NOT NULL,
    assessment_id   uuid NOT NULL,
    epoch           integer NOT NULL CHECK (epoch > 0),
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    outcome         text CHECK (outcome IN ('award', 'not_yet')),
    level           text,                   -- code of the level reached, with outcome 'award'
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, assessment_id) REFERENCES assessment,
    CHECK ((finished_at IS NULL) = (outcome IS NULL)),
    CHECK ((level IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'award'))
);

CREATE TABLE session_person (
    organization_id text NOT NULL,
    session_id      uuid NOT NULL,
    person_id       uuid NOT NULL,
    assessment_id   uuid NOT NULL,
    epoch           integer NOT NULL,
    PRIMARY KEY (organization_id, session_id),
    UNIQUE (organization_id, person_id, assessment_id, epoch),
    FOREIGN KEY (organization_id, session_id) REFERENCES session,
    FOREIGN KEY (organization_id, person_id) REFERENCES person
);

-- Append-only; replaying the events reproduces the result.
CREATE TABLE session_event (
    organization_id text NOT NULL,
    session_id      uuid NOT NULL,
    sequence        integer NOT NULL CHECK (sequence > 0),
    kind            text NOT NULL CHECK (kind IN ('started', 'form', 'answered', 'decided')),
    item_id         text,                   -- with kind 'answered'
    body            bytea NOT NULL,         -- JSON as written
    at              timestamptz NOT NULL,
    PRIMARY KEY (organization_id, session_id, sequence),
    FOREIGN KEY (organization_id, session_id) REFERENCES session,
    CHECK ((kind = 'answered') = (item_id IS NOT NULL))
);
CREATE UNIQUE INDEX session_event_one_answer ON session_event (organization_id, session_id, item_id) WHERE kind = 'answered';

CREATE TABLE invitation (
    organization_id text NOT NULL,
    id              uuid NOT NULL,
    token_hash      bytea NOT NULL CHECK (length(token_hash) = 32),
    assessment_id   uuid NOT NULL,
    person_id       uuid NOT NULL,
    created_by      uuid NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, token_hash),
    FOREIGN KEY (organization_id, assessment_id) REFERENCES assessment,
    FOREIGN KEY (organization_id, person_id) REFERENCES person,
    FOREIGN KEY (organization_id, created_by) REFERENCES principal
);

CREATE TABLE award (
    organization_id text NOT NULL,
    id              uuid NOT NULL,          -- UUIDv5 of what was decided; the credential's id is its urn:uuid
    person_id       uuid NOT NULL,
    achievement_id  uuid NOT NULL,
    revision        integer NOT NULL,
    level           text NOT NULL,
    source_kind     text NOT NULL CHECK (source_kind IN ('session')),
    source_id       uuid,                   -- cut on erasure
    decided_at      timestamptz NOT NULL CHECK (decided_at = date_trunc('second', decided_at)),
    standing        text NOT NULL DEFAULT 'good' CHECK (standing IN ('good', 'suspended', 'revoked')),
    standing_since  timestamptz,
    reason_sealed   bytea,                  -- for the holder
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, source_kind, source_id, achievement_id, revision),
    FOREIGN KEY (organization_id, person_id) REFERENCES person,
    FOREIGN KEY (organization_id, achievement_id, revision) REFERENCES achievement
);

CREATE TABLE status_list (
    organization_id text NOT NULL REFERENCES organization,
    id              uuid NOT NULL,
    purpose         text NOT NULL CHECK (purpose IN ('revocation')),
    length          integer NOT NULL CHECK (length >= 131072),
    allocated       integer NOT NULL DEFAULT 0 CHECK (allocated <= length),
    version         bigint NOT NULL DEFAULT 0,   -- grows in the transaction that sets a bit
    signed_version  bigint CHECK (signed_version <= version),   -- what the published list covers; none: never published
    signed_at       timestamptz,
    signed_kid      text,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE credential_form (
    organization_id text NOT NULL,
    award_id        uuid NOT NULL,
    profile         text NOT NULL,          -- 'ob3-jwt'
    generation      integer NOT NULL CHECK (generation > 0),
    kid             text NOT NULL,
    status_list_id  uuid NOT NULL,
    status_index    integer NOT NULL,
    state           text NOT NULL CHECK (state IN ('signing', 'released', 'abandoned')),
    draft_sealed    bytea NOT NULL,         -- the bytes to be signed
    secured_sealed  bytea,                  -- the bytes as released
    secured_digest  bytea,                  -- sha256 of the released bytes
    created_at      timestamptz NOT NULL,
    released_at     timestamptz,
    status_set_at   timestamptz,            -- when the status bit was set; it is never cleared
    status_cause    text CHECK (status_cause IN ('revoked', 'suspended', 'superseded')),
    PRIMARY KEY (organization_id, award_id, profile, generation),
    UNIQUE (organization_id, status_list_id, status_index),
    FOREIGN KEY (organization_id, award_id) REFERENCES award,
    FOREIGN KEY (organization_id, kid) REFERENCES issuer_key,
    FOREIGN KEY (organization_id, status_list_id) REFERENCES status_list,
    CHECK ((state = 'released') = (secured_sealed IS NOT NULL)),
    CHECK ((status_set_at IS NULL) = (status_cause IS NULL))
);

CREATE TABLE share (
    organization_id text NOT NULL,
    id              uuid NOT NULL,
    token_hash      bytea NOT NULL CHECK (length(token_hash) = 32),
    award_id        uuid NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, token_hash),
    FOREIGN KEY (organization_id, award_id) REFERENCES award
);

-- What the deployment publishes: DID documents, keys, signed lists, assessment records, achievements.
CREATE TABLE publication (
    organization_id text NOT NULL REFERENCES organization,
    path            text NOT NULL CHECK (path LIKE '/o/%' OR path LIKE '/private/%'),   -- /private: for our own workers only
    media_type      text NOT NULL,
    body            bytea NOT NULL,
    gone            boolean NOT NULL DEFAULT false,      -- answers 410
    version         bigint NOT NULL,                     -- of the whole deployment when this was written
    published_at    timestamptz NOT NULL,
    PRIMARY KEY (organization_id, path)
);
CREATE INDEX publication_version_order ON publication (version);

CREATE TABLE publication_version (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    version   bigint NOT NULL
);
INSERT INTO publication_version (version) VALUES (0);

-- Jobs committed with the change that asks for them; rows hold ids only.
CREATE TABLE outbox (
    organization_id text NOT NULL REFERENCES organization,
    id              uuid NOT NULL,
    kind            text NOT NULL,
    reference       uuid NOT NULL,
    created_at      timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    attempts        integer NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX outbox_due ON outbox (due_at);

-- A link that awaits its mail; deleted once sent.
CREATE TABLE pending_link (
    organization_id text NOT NULL,
    id              uuid NOT NULL,          -- the outbox reference
    person_id       uuid NOT NULL,
    link_sealed     bytea NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, person_id) REFERENCES person
);

-- Hash-chained per organisation: each row's digest covers the one before.
CREATE TABLE audit (
    organization_id text NOT NULL REFERENCES organization,
    sequence        bigint NOT NULL CHECK (sequence > 0),
    at              timestamptz NOT NULL,
    principal_id    uuid,                   -- none: the service itself
    action          text NOT NULL,
    reference       text NOT NULL,          -- an id, never a name
    digest          bytea,                  -- of released or signed bytes
    chain           bytea NOT NULL CHECK (length(chain) = 32),
    PRIMARY KEY (organization_id, sequence)
);
