-- How long what is kept: a rule of the organisation's, by kind. No rule: until the person is erased.
CREATE TABLE retention (
    organization_id text NOT NULL REFERENCES organization,
    kind            text NOT NULL CHECK (kind IN ('answers', 'works', 'telemetry', 'invitations', 'receipts')),
    days            integer NOT NULL CHECK (days > 0),
    set_by          uuid NOT NULL,
    set_at          timestamptz NOT NULL,
    PRIMARY KEY (organization_id, kind),
    FOREIGN KEY (organization_id, set_by) REFERENCES principal
);

ALTER TABLE session ADD COLUMN answers_deleted_at timestamptz;   -- under the rule 'answers'
CREATE INDEX session_with_answers ON session (organization_id, created_at) WHERE answers_deleted_at IS NULL;
CREATE INDEX invitation_expires ON invitation (organization_id, expires_at);
