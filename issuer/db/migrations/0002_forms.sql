-- The forms that an organisation chose to release its awards in. No row: it made no choice, and the default
-- holds; so the code of the version before runs on, and nothing has to be written for what is there.

CREATE TABLE organization_form (
    organization_id text NOT NULL REFERENCES organization,
    profile         text NOT NULL,          -- as in credential_form
    algorithm       text NOT NULL,          -- the one that new forms are signed with, as in issuer_key
    chosen_at       timestamptz NOT NULL,
    PRIMARY KEY (organization_id, profile)
);
