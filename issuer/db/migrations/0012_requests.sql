-- What people ask to have looked at again, in their own words, and what a person answered. Cut on erasure.
CREATE TABLE review_request (
    organization_id text NOT NULL,
    id              uuid NOT NULL,
    session_id      uuid NOT NULL,
    person_id       uuid NOT NULL,
    words_sealed    bytea,                  -- ciphertext under the person's key; none: not kept any longer
    asked_at        timestamptz NOT NULL,   -- the day
    begun_by        uuid,
    begun_at        timestamptz,
    answered_by     uuid,
    answered_at     timestamptz,
    answer_sealed   bytea,                  -- as the words
    annulment_id    uuid,                   -- what was proposed because of it
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, session_id) REFERENCES session,
    FOREIGN KEY (organization_id, person_id) REFERENCES person,
    FOREIGN KEY (organization_id, begun_by) REFERENCES principal,
    FOREIGN KEY (organization_id, answered_by) REFERENCES principal,
    FOREIGN KEY (organization_id, annulment_id) REFERENCES annulment,
    CHECK ((begun_by IS NULL) = (begun_at IS NULL)),
    CHECK ((answered_by IS NULL) = (answered_at IS NULL)),
    CHECK (answered_at IS NOT NULL OR annulment_id IS NULL AND answer_sealed IS NULL)
);
CREATE UNIQUE INDEX review_request_open ON review_request (organization_id, session_id) WHERE answered_at IS NULL;
CREATE INDEX review_request_of_session ON review_request (organization_id, session_id);
CREATE INDEX review_request_of_person ON review_request (organization_id, person_id);

-- A list that changed before it was approved is void, and the new one takes its place.
ALTER TABLE annulment ADD COLUMN replaces uuid;
ALTER TABLE annulment ADD FOREIGN KEY (organization_id, replaces) REFERENCES annulment;
CREATE UNIQUE INDEX annulment_replaced_once ON annulment (organization_id, replaces);

-- Whether the remaining answers decide against what is held, as surely as an award needs: only then is it withdrawn.
ALTER TABLE annulment_consequence ADD COLUMN refuted boolean NOT NULL DEFAULT false;

ALTER TABLE retention DROP CONSTRAINT retention_kind_check;
ALTER TABLE retention ADD CONSTRAINT retention_kind_check
    CHECK (kind IN ('answers', 'works', 'telemetry', 'invitations', 'receipts', 'requests'));
