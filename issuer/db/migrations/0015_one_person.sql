-- A person stays one person: a role that was forgotten is nobody's for ever, and what is not settled remembers whom it
-- may not count twice, by the same keyed hash and no longer than that.

ALTER TABLE principal ADD COLUMN forgotten_at timestamptz;   -- the role's next person gets a principal of their own
ALTER TABLE principal ADD CHECK (forgotten_at IS NULL OR email_hmac IS NULL);

ALTER TABLE session_work ADD COLUMN raters bytea[] NOT NULL DEFAULT '{}';   -- emptied once the step is decided
ALTER TABLE confirmation ADD COLUMN supervised_by bytea CHECK (length(supervised_by) = 32);   -- until it is settled

UPDATE confirmation SET supervised_by = principal.email_hmac FROM principal
 WHERE principal.organization_id = confirmation.organization_id AND principal.id = confirmation.supervisor;
UPDATE session_work SET raters = ARRAY(
    SELECT DISTINCT principal.email_hmac FROM session_event JOIN principal
        ON principal.organization_id = session_event.organization_id
        AND principal.id::text = convert_from(session_event.body, 'UTF8')::jsonb ->> 'rater'
     WHERE session_event.organization_id = session_work.organization_id
       AND session_event.session_id = session_work.session_id AND session_event.kind = 'rated'
       AND convert_from(session_event.body, 'UTF8')::jsonb ->> 'item' = session_work.item_id
       AND principal.email_hmac IS NOT NULL);
