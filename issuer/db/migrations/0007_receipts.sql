-- Results from outside assessment providers. A receipt knows nobody: the row in receipt_person is its only link
-- to a person, as with sessions, and erasure cuts it.

-- Achievements of before have a published document without a place for what a provider leaves unstated.
ALTER TABLE achievement ADD COLUMN outside boolean NOT NULL DEFAULT false;

CREATE TABLE provider (
    organization_id text NOT NULL REFERENCES organization,
    id              uuid NOT NULL,
    issuer          text NOT NULL,          -- the `iss` of its receipts
    name            text NOT NULL,
    principal_id    uuid,                   -- whose tokens may deliver what is not signed
    jwks            bytea,                  -- its keys as registered; none: they stand at jwks_url
    jwks_url        text,
    created_at      timestamptz NOT NULL,
    revoked_at      timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, principal_id) REFERENCES principal,
    CHECK (jwks IS NULL OR jwks_url IS NULL),
    CHECK (jwks IS NOT NULL OR jwks_url IS NOT NULL OR principal_id IS NOT NULL)
);
CREATE UNIQUE INDEX provider_one_registered ON provider (organization_id, issuer) WHERE revoked_at IS NULL;
CREATE UNIQUE INDEX provider_one_principal ON provider (organization_id, principal_id) WHERE revoked_at IS NULL;

-- Which assessment of a provider's leads to which achievement of ours.
CREATE TABLE provider_assessment (
    organization_id      text NOT NULL,
    id                   uuid NOT NULL,
    provider_id          uuid NOT NULL,
    uri                  text NOT NULL,
    version              text NOT NULL,     -- '': whatever the version
    achievement_id       uuid NOT NULL,
    achievement_revision integer NOT NULL,
    mapping              bytea NOT NULL,    -- JSON: title, levels, cuts, least assurance
    record_digest        text NOT NULL,     -- sha256 of the published assessment record, hexadecimal
    created_at           timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, provider_id, uri, version),
    FOREIGN KEY (organization_id, provider_id) REFERENCES provider,
    FOREIGN KEY (organization_id, achievement_id, achievement_revision) REFERENCES achievement
);

CREATE TABLE receipt (
    organization_id text NOT NULL,
    id              uuid NOT NULL,
    assessment_id   uuid NOT NULL,
    jti_mac         bytea NOT NULL CHECK (length(jti_mac) = 32),   -- keyed outside the database; stays on erasure
    secured         text NOT NULL CHECK (secured IN ('signature', 'token', 'operator')),
    digest          bytea,                  -- sha256 of what is sealed; cut on erasure
    receipt_sealed  bytea,                  -- under the person's key; gone on erasure
    received_at     timestamptz NOT NULL,
    outcome         text NOT NULL CHECK (outcome IN ('award', 'not_yet')),
    level           text,                   -- code of our level, with outcome 'award'
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, jti_mac),
    FOREIGN KEY (organization_id, assessment_id) REFERENCES provider_assessment,
    CHECK ((level IS NOT NULL) = (outcome = 'award')),
    CHECK ((digest IS NULL) = (receipt_sealed IS NULL))
);

CREATE TABLE receipt_person (
    organization_id text NOT NULL,
    receipt_id      uuid NOT NULL,
    person_id       uuid NOT NULL,
    PRIMARY KEY (organization_id, receipt_id),
    FOREIGN KEY (organization_id, receipt_id) REFERENCES receipt,
    FOREIGN KEY (organization_id, person_id) REFERENCES person
);
CREATE INDEX receipt_person_of ON receipt_person (organization_id, person_id);

ALTER TABLE award DROP CONSTRAINT award_source_kind_check;
ALTER TABLE award ADD CONSTRAINT award_source_kind_check CHECK (source_kind IN ('session', 'receipt'));
