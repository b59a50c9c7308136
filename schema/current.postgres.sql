-- The schema after all migrations, as PostgreSQL holds it. Written by a test
-- (go test ./schema -update); read it, do not edit it.

CREATE OR REPLACE FUNCTION public.append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END;
$function$;

CREATE TABLE id_node (
    node bigint NOT NULL,
    holder text NOT NULL,
    epoch bigint NOT NULL,
    until_at bigint NOT NULL,
    issued_before_at bigint NOT NULL,
    CONSTRAINT id_node_pkey PRIMARY KEY (node),
    CONSTRAINT id_node_node_check CHECK (((node >= 0) AND (node < 1024)))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON id_node TO app;

CREATE TABLE idem (
    id bigint NOT NULL,
    principal text NOT NULL,
    key text NOT NULL,
    route text NOT NULL,
    request_hash bytea NOT NULL,
    status bigint,
    body text NOT NULL,
    resource_id bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT idem_key PRIMARY KEY (id),
    CONSTRAINT idem_kept CHECK (((expires_at - created_at) >= '259200000000'::bigint)),
    CONSTRAINT idem_request_hash_check CHECK ((length(request_hash) = 32)),
    CONSTRAINT idem_status_check CHECK (((status >= 100) AND (status <= 599)))
) WITH (fillfactor=50);
CREATE INDEX idem_expiry ON public.idem USING btree (expires_at);
GRANT DELETE, INSERT, SELECT, UPDATE ON idem TO app;

CREATE TABLE lease (
    id bigint NOT NULL,
    name text NOT NULL,
    holder text NOT NULL,
    epoch bigint NOT NULL,
    until_at bigint NOT NULL,
    CONSTRAINT lease_pkey PRIMARY KEY (id),
    CONSTRAINT lease_epoch_check CHECK ((epoch > 0))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON lease TO app;

CREATE TABLE ledger_account (
    id bigint NOT NULL,
    kind text NOT NULL,
    currency text NOT NULL,
    owner_id bigint NOT NULL,
    state text NOT NULL,
    opened_at bigint NOT NULL,
    CONSTRAINT ledger_account_pkey PRIMARY KEY (id),
    CONSTRAINT ledger_account_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT ledger_account_owner_id_check CHECK ((owner_id >= 0)),
    CONSTRAINT ledger_account_state_check CHECK ((state = ANY (ARRAY['open'::text, 'frozen'::text, 'closed'::text]))),
    CONSTRAINT ledger_account_owner UNIQUE (owner_id, kind, currency)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON ledger_account TO app;

CREATE TABLE ledger_balance (
    account_id bigint NOT NULL,
    posted bigint NOT NULL,
    held bigint NOT NULL,
    version bigint NOT NULL,
    last_transfer_id bigint NOT NULL,
    CONSTRAINT ledger_balance_pkey PRIMARY KEY (account_id),
    CONSTRAINT ledger_balance_available CHECK (((posted - held) >= 0)),
    CONSTRAINT ledger_balance_held CHECK ((held >= 0))
) WITH (fillfactor=50);
GRANT DELETE, INSERT, SELECT, UPDATE ON ledger_balance TO app;

CREATE TABLE ledger_batch (
    first_id bigint NOT NULL,
    count bigint NOT NULL,
    business_on text NOT NULL,
    booked_at bigint NOT NULL,
    root bytea NOT NULL,
    CONSTRAINT ledger_batch_pkey PRIMARY KEY (first_id),
    CONSTRAINT ledger_batch_count_check CHECK ((count > 0))
);
CREATE INDEX ledger_batch_day ON public.ledger_batch USING btree (business_on, first_id);
CREATE TRIGGER ledger_batch_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_batch FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON ledger_batch TO app;

CREATE TABLE ledger_clock (
    id bigint NOT NULL,
    business_on text NOT NULL,
    sealed_through text NOT NULL,
    CONSTRAINT ledger_clock_pkey PRIMARY KEY (id),
    CONSTRAINT ledger_clock_check CHECK ((sealed_through < business_on)),
    CONSTRAINT ledger_clock_id_check CHECK ((id = 1))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON ledger_clock TO app;

CREATE TABLE ledger_head (
    tree_size bigint NOT NULL,
    signed_at bigint NOT NULL,
    note text NOT NULL,
    CONSTRAINT ledger_head_pkey PRIMARY KEY (tree_size),
    CONSTRAINT ledger_head_tree_size_check CHECK ((tree_size > 0))
);
CREATE TRIGGER ledger_head_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_head FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON ledger_head TO app;

CREATE TABLE ledger_hold (
    cause_id bigint NOT NULL,
    cause_type text NOT NULL,
    account_id bigint NOT NULL,
    amount bigint NOT NULL,
    remaining bigint NOT NULL,
    currency text NOT NULL,
    state text NOT NULL,
    opened_at bigint NOT NULL,
    expires_at bigint,
    CONSTRAINT ledger_hold_cause PRIMARY KEY (cause_id, cause_type),
    CONSTRAINT ledger_hold_amount_check CHECK ((amount > 0)),
    CONSTRAINT ledger_hold_done CHECK ((((state = 'open'::text) AND (remaining > 0)) OR ((state <> 'open'::text) AND (remaining = 0)))),
    CONSTRAINT ledger_hold_remaining CHECK (((remaining >= 0) AND (remaining <= amount))),
    CONSTRAINT ledger_hold_state_check CHECK ((state = ANY (ARRAY['open'::text, 'posted'::text, 'voided'::text, 'expired'::text])))
) WITH (fillfactor=80);
CREATE INDEX ledger_hold_account ON public.ledger_hold USING btree (account_id, cause_id) WHERE (state = 'open'::text);
CREATE INDEX ledger_hold_expiry ON public.ledger_hold USING btree (expires_at) WHERE ((state = 'open'::text) AND (expires_at IS NOT NULL));
GRANT DELETE, INSERT, SELECT, UPDATE ON ledger_hold TO app;

CREATE TABLE ledger_leaf (
    leaf_no bigint NOT NULL,
    batch_id bigint NOT NULL,
    CONSTRAINT ledger_leaf_pkey PRIMARY KEY (leaf_no),
    CONSTRAINT ledger_leaf_leaf_no_check CHECK ((leaf_no >= 0)),
    CONSTRAINT ledger_leaf_batch_id_key UNIQUE (batch_id)
);
CREATE TRIGGER ledger_leaf_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_leaf FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON ledger_leaf TO app;

CREATE TABLE ledger_log_hash (
    position bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT ledger_log_hash_pkey PRIMARY KEY ("position"),
    CONSTRAINT ledger_log_hash_position_check CHECK (("position" >= 0))
);
CREATE TRIGGER ledger_log_hash_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_log_hash FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON ledger_log_hash TO app;

CREATE TABLE ledger_rollup (
    account_id bigint NOT NULL,
    business_on text NOT NULL,
    debits bigint NOT NULL,
    credits bigint NOT NULL,
    balance bigint NOT NULL,
    last_transfer_id bigint NOT NULL,
    CONSTRAINT ledger_rollup_day PRIMARY KEY (account_id, business_on),
    CONSTRAINT ledger_rollup_credits_check CHECK ((credits >= 0)),
    CONSTRAINT ledger_rollup_debits_check CHECK ((debits >= 0))
);
CREATE TRIGGER ledger_rollup_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_rollup FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON ledger_rollup TO app;

CREATE TABLE ledger_transfer (
    id bigint NOT NULL,
    cause_id bigint NOT NULL,
    cause_type text NOT NULL,
    leg bigint NOT NULL,
    entry_type text NOT NULL,
    debit_id bigint NOT NULL,
    credit_id bigint NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    booked_at bigint NOT NULL,
    business_on text NOT NULL,
    debit_after bigint,
    debit_previous_id bigint,
    credit_after bigint,
    credit_previous_id bigint,
    CONSTRAINT ledger_transfer_cause PRIMARY KEY (cause_id, cause_type, leg),
    CONSTRAINT ledger_transfer_accounts CHECK ((debit_id <> credit_id)),
    CONSTRAINT ledger_transfer_amount_check CHECK ((amount > 0)),
    CONSTRAINT ledger_transfer_entry_type_check CHECK ((entry_type = ANY (ARRAY['transfer'::text, 'reversal'::text])))
);
CREATE UNIQUE INDEX ledger_transfer_id ON public.ledger_transfer USING btree (id);
CREATE TRIGGER ledger_transfer_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_transfer FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON ledger_transfer TO app;

CREATE TABLE outbox (
    id bigint NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    payload text NOT NULL,
    created_at bigint NOT NULL,
    seq bigint,
    CONSTRAINT outbox_pkey PRIMARY KEY (id),
    CONSTRAINT outbox_seq_check CHECK ((seq > 0))
);
CREATE UNIQUE INDEX outbox_seq ON public.outbox USING btree (seq) WHERE (seq IS NOT NULL);
CREATE INDEX outbox_unnumbered ON public.outbox USING btree (id) WHERE (seq IS NULL);
GRANT DELETE, INSERT, SELECT, UPDATE ON outbox TO app;

CREATE TABLE outbox_consumer (
    name text NOT NULL,
    passed_seq bigint NOT NULL,
    CONSTRAINT outbox_consumer_pkey PRIMARY KEY (name),
    CONSTRAINT outbox_consumer_passed_seq_check CHECK ((passed_seq >= 0))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON outbox_consumer TO app;

CREATE TABLE outbox_inbox (
    consumer text NOT NULL,
    msg_id bigint NOT NULL,
    CONSTRAINT outbox_inbox_once PRIMARY KEY (msg_id, consumer)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON outbox_inbox TO app;

CREATE TABLE outbox_parked (
    consumer text NOT NULL,
    msg_id bigint NOT NULL,
    seq bigint NOT NULL,
    key text NOT NULL,
    state text NOT NULL,
    attempts bigint NOT NULL,
    next_at bigint NOT NULL,
    fault text NOT NULL,
    CONSTRAINT outbox_parked_once PRIMARY KEY (consumer, msg_id),
    CONSTRAINT outbox_parked_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT outbox_parked_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'dead'::text])))
);
CREATE UNIQUE INDEX outbox_parked_line ON public.outbox_parked USING btree (consumer, key, seq);
GRANT DELETE, INSERT, SELECT, UPDATE ON outbox_parked TO app;

CREATE TABLE outbox_state (
    id bigint NOT NULL,
    last_seq bigint NOT NULL,
    purged_through bigint NOT NULL,
    CONSTRAINT outbox_state_pkey PRIMARY KEY (id),
    CONSTRAINT outbox_state_check CHECK (((purged_through >= 0) AND (purged_through <= last_seq))),
    CONSTRAINT outbox_state_id_check CHECK ((id = 1))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON outbox_state TO app;
