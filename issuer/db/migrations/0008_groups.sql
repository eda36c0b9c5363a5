-- Protected attributes, apart from everything else: asked only where an organisation says what for, answered by
-- whoever wants to, read only to make aggregates.

CREATE TABLE group_question (
    organization_id text NOT NULL REFERENCES organization,
    attribute       text NOT NULL,          -- a word, such as 'gender'
    options         text[] NOT NULL,        -- in order: an answer is the place of one
    purpose         text NOT NULL,
    since           timestamptz NOT NULL,
    asked_by        uuid NOT NULL,
    PRIMARY KEY (organization_id, attribute),
    FOREIGN KEY (organization_id, asked_by) REFERENCES principal
);

CREATE TABLE group_answer (
    organization_id text NOT NULL,
    attribute       text NOT NULL,
    person_id       uuid NOT NULL,
    option_sealed   bytea,                  -- a place, under the person's key; none: withdrawn by the person
    own             boolean NOT NULL,       -- the person's own act, which no import changes
    PRIMARY KEY (organization_id, attribute, person_id),
    FOREIGN KEY (organization_id, attribute) REFERENCES group_question ON DELETE CASCADE,
    FOREIGN KEY (organization_id, person_id) REFERENCES person,
    CHECK (own OR option_sealed IS NOT NULL)
);
