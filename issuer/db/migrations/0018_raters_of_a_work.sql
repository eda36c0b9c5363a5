-- Who rated a work answers no review of it, in no later role either: the keyed hashes are kept with the work, decided
-- or not. Works that were decided before get those of raters whose role is theirs still.

UPDATE session_work SET raters = ARRAY(
    SELECT DISTINCT principal.email_hmac FROM session_event JOIN principal
        ON principal.organization_id = session_event.organization_id
        AND principal.id::text = convert_from(session_event.body, 'UTF8')::jsonb ->> 'rater'
     WHERE session_event.organization_id = session_work.organization_id
       AND session_event.session_id = session_work.session_id AND session_event.kind = 'rated'
       AND convert_from(session_event.body, 'UTF8')::jsonb ->> 'item' = session_work.item_id
       AND principal.email_hmac IS NOT NULL)
 WHERE raters = '{}';
