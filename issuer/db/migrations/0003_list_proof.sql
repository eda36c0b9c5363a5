-- The key of the embedded proof (eddsa-rdfc-2022) on a list's second form. None: there is only the token, because
-- the organisation has no Ed25519 key yet, or because the code of the version before signed it.

ALTER TABLE status_list ADD COLUMN proof_kid text;
