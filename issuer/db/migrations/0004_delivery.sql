-- Assessments have versions, a plan, time, exposure, works that people rate, and a new chance after a while.

ALTER TABLE assessment ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE assessment ADD COLUMN plan text;      -- levels and conditions as JSON; none: as the columns of before say
ALTER TABLE assessment DROP CONSTRAINT assessment_organization_id_slug_key;
ALTER TABLE assessment ADD UNIQUE (organization_id, slug, version);

-- How much longer this person may take; never why.
ALTER TABLE invitation ADD COLUMN time_multiplier double precision NOT NULL DEFAULT 1 CHECK (time_multiplier BETWEEN 1 AND 4);

ALTER TABLE session_event DROP CONSTRAINT session_event_kind_check;
ALTER TABLE session_event ADD CONSTRAINT session_event_kind_check
    CHECK (kind IN ('started', 'form', 'answered', 'paused', 'resumed', 'timed_out', 'rated', 'decided'));

-- The words of a performance task, under the person's key; the log holds only their HMAC.
CREATE TABLE session_work (
    organization_id text NOT NULL,
    session_id      uuid NOT NULL,
    item_id         text NOT NULL,
    person_id       uuid NOT NULL,
    words_sealed    bytea NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, session_id, item_id),
    FOREIGN KEY (organization_id, session_id) REFERENCES session,
    FOREIGN KEY (organization_id, person_id) REFERENCES person
);

-- How many sessions began with a bank, and how many were shown an item: what exposure caps are held against.
CREATE TABLE bank_exposure (
    organization_id text NOT NULL,
    bank_digest     text NOT NULL,
    sessions        bigint NOT NULL,
    PRIMARY KEY (organization_id, bank_digest),
    FOREIGN KEY (organization_id, bank_digest) REFERENCES bank
);
CREATE TABLE item_exposure (
    organization_id text NOT NULL,
    bank_digest     text NOT NULL,
    item_id         text NOT NULL,
    shown           bigint NOT NULL,
    PRIMARY KEY (organization_id, bank_digest, item_id),
    FOREIGN KEY (organization_id, bank_digest) REFERENCES bank
);

-- Items that are not asked for now, in every version of their bank, until a person lifts it.
CREATE TABLE item_suspension (
    organization_id text NOT NULL REFERENCES organization,
    id              uuid NOT NULL,
    bank_id         text NOT NULL,
    item_id         text NOT NULL,
    reason          text NOT NULL,          -- a code: leak, exposure, key, person
    since           timestamptz NOT NULL,
    suspended_by    uuid,                   -- none: a control chart of the service
    lifted_at       timestamptz,
    lifted_by       uuid,
    PRIMARY KEY (organization_id, id),
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
);
CREATE UNIQUE INDEX item_suspension_one ON item_suspension (organization_id, bank_id, item_id) WHERE lifted_at IS NULL;
