-- Who a person's principal is, where that was said: nobody rates a work of their own, and one person has one role.
ALTER TABLE principal ADD COLUMN email_hmac bytea CHECK (length(email_hmac) = 32);   -- keyed, as a person's
CREATE UNIQUE INDEX principal_one_person ON principal (organization_id, email_hmac);
