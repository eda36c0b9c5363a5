-- Whom nobody may count twice is known by a keyed hash (0015). A confirmation's is kept until it is settled, those of
-- settled ones go; a work's are kept with the work, decided or not, so that who rated it answers no review of it. Works
-- that were decided before get those of raters whose role is theirs still.

UPDATE confirmation c SET supervised_by = NULL WHERE supervised_by IS NOT NULL AND (raised_at IS NOT NULL
    OR session_id IS NULL AND expires_at < now()
    OR EXISTS (SELECT FROM confirmation_case k
                WHERE k.organization_id = c.organization_id AND k.id = c.id AND k.decision IS NOT NULL));
UPDATE session_work SET raters = ARRAY(
    SELECT DISTINCT principal.email_hmac FROM session_event JOIN principal
        ON principal.organization_id = session_event.organization_id
        AND principal.id::text = convert_from(session_event.body, 'UTF8')::jsonb ->> 'rater'
     WHERE session_event.organization_id = session_work.organization_id
       AND session_event.session_id = session_work.session_id AND session_event.kind = 'rated'
       AND convert_from(session_event.body, 'UTF8')::jsonb ->> 'item' = session_work.item_id
       AND principal.email_hmac IS NOT NULL)
 WHERE raters = '{}';
