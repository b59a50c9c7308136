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

CREATE TABLE closing_failure (
    business_on text NOT NULL,
    step text NOT NULL,
    item_id bigint NOT NULL,
    why text NOT NULL,
    failed_at bigint NOT NULL,
    CONSTRAINT closing_failure_once PRIMARY KEY (business_on, step, item_id)
);
CREATE TRIGGER closing_failure_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.closing_failure FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON closing_failure TO app;

CREATE TABLE closing_run (
    business_on text NOT NULL,
    state text NOT NULL,
    maker text NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint,
    CONSTRAINT closing_run_pkey PRIMARY KEY (business_on),
    CONSTRAINT closing_run_check CHECK (((finished_at IS NOT NULL) = (state = 'done'::text))),
    CONSTRAINT closing_run_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text])))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON closing_run TO app;

CREATE TABLE closing_step (
    business_on text NOT NULL,
    name text NOT NULL,
    nr bigint NOT NULL,
    state text NOT NULL,
    pieces bigint NOT NULL,
    looked bigint NOT NULL,
    changed bigint NOT NULL,
    failed bigint NOT NULL,
    did text NOT NULL,
    after_on text NOT NULL,
    after_id bigint NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint,
    CONSTRAINT closing_step_once PRIMARY KEY (business_on, name),
    CONSTRAINT closing_step_changed_check CHECK ((changed >= 0)),
    CONSTRAINT closing_step_check CHECK (((finished_at IS NOT NULL) = (state = 'done'::text))),
    CONSTRAINT closing_step_check1 CHECK (((changed + failed) <= looked)),
    CONSTRAINT closing_step_failed_check CHECK ((failed >= 0)),
    CONSTRAINT closing_step_looked_check CHECK ((looked >= 0)),
    CONSTRAINT closing_step_pieces_check CHECK ((pieces >= 0)),
    CONSTRAINT closing_step_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text])))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON closing_step TO app;

CREATE TABLE custody_account (
    id bigint NOT NULL,
    currency text NOT NULL,
    minimum bigint NOT NULL,
    cursor_line bigint NOT NULL,
    complete_at bigint NOT NULL,
    balance bigint NOT NULL,
    balance_line bigint NOT NULL,
    asked_at bigint NOT NULL,
    CONSTRAINT custody_account_pkey PRIMARY KEY (id),
    CONSTRAINT custody_account_balance_line_check CHECK ((balance_line >= 0)),
    CONSTRAINT custody_account_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT custody_account_cursor_line_check CHECK ((cursor_line >= 0)),
    CONSTRAINT custody_account_minimum_check CHECK ((minimum > 0)),
    CONSTRAINT custody_account_currency_key UNIQUE (currency)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON custody_account TO app;

CREATE TABLE custody_break (
    id bigint NOT NULL,
    kind text NOT NULL,
    currency text NOT NULL,
    subject text NOT NULL,
    what text NOT NULL,
    owner text NOT NULL,
    state text NOT NULL,
    opened_at bigint NOT NULL,
    closed_at bigint,
    closed_by text NOT NULL,
    note text NOT NULL,
    CONSTRAINT custody_break_pkey PRIMARY KEY (id),
    CONSTRAINT custody_break_closed CHECK ((((state = 'closed'::text) = (closed_at IS NOT NULL)) AND ((state = 'closed'::text) = (closed_by <> ''::text)))),
    CONSTRAINT custody_break_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT custody_break_kind_check CHECK ((kind = ANY (ARRAY['contradiction'::text, 'amount'::text, 'second_line'::text, 'early'::text, 'unknown_order'::text, 'line_altered'::text, 'line_missing'::text, 'difference'::text]))),
    CONSTRAINT custody_break_owner_check CHECK ((owner <> ''::text)),
    CONSTRAINT custody_break_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text]))),
    CONSTRAINT custody_break_once UNIQUE (kind, currency, subject)
);
CREATE INDEX custody_break_open ON public.custody_break USING btree (id) WHERE (state = 'open'::text);
GRANT DELETE, INSERT, SELECT, UPDATE ON custody_break TO app;

CREATE TABLE custody_deposit (
    id bigint NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    line_no bigint,
    payout_id bigint,
    state text NOT NULL,
    customer_id bigint,
    doubt text NOT NULL,
    account_id bigint NOT NULL,
    payer bytea,
    booked_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    done_by text NOT NULL,
    CONSTRAINT custody_deposit_pkey PRIMARY KEY (id),
    CONSTRAINT custody_deposit_amount_check CHECK ((amount > 0)),
    CONSTRAINT custody_deposit_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT custody_deposit_doubt CHECK (((state = 'credited'::text) OR (doubt <> ''::text))),
    CONSTRAINT custody_deposit_doubt_check CHECK ((doubt = ANY (ARRAY[''::text, 'reference'::text, 'payer'::text, 'wallet_frozen'::text]))),
    CONSTRAINT custody_deposit_line_no_check CHECK ((line_no > 0)),
    CONSTRAINT custody_deposit_origin CHECK (((line_no IS NULL) <> (payout_id IS NULL))),
    CONSTRAINT custody_deposit_owner CHECK (((state <> 'credited'::text) OR (customer_id IS NOT NULL))),
    CONSTRAINT custody_deposit_state_check CHECK ((state = ANY (ARRAY['suspense'::text, 'credited'::text, 'returning'::text, 'returned'::text]))),
    CONSTRAINT custody_deposit_line UNIQUE (currency, line_no),
    CONSTRAINT custody_deposit_payout_id_key UNIQUE (payout_id)
);
CREATE INDEX custody_deposit_customer ON public.custody_deposit USING btree (customer_id, id) WHERE (customer_id IS NOT NULL);
CREATE INDEX custody_deposit_waiting ON public.custody_deposit USING btree (id) WHERE (state <> 'credited'::text);
GRANT DELETE, INSERT, SELECT, UPDATE ON custody_deposit TO app;

CREATE TABLE custody_freeze (
    id bigint NOT NULL,
    reason text NOT NULL,
    maker text NOT NULL,
    frozen_at bigint NOT NULL,
    checker text,
    released_at bigint,
    CONSTRAINT custody_freeze_pkey PRIMARY KEY (id),
    CONSTRAINT custody_freeze_checker_check CHECK ((checker <> ''::text)),
    CONSTRAINT custody_freeze_four_eyes CHECK (((checker IS NULL) OR (checker <> maker))),
    CONSTRAINT custody_freeze_maker_check CHECK ((maker <> ''::text)),
    CONSTRAINT custody_freeze_released CHECK (((checker IS NULL) = (released_at IS NULL)))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON custody_freeze TO app;

CREATE TABLE custody_gate (
    id bigint NOT NULL,
    freeze_id bigint,
    CONSTRAINT custody_gate_pkey PRIMARY KEY (id),
    CONSTRAINT custody_gate_id_check CHECK ((id = 1))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON custody_gate TO app;

CREATE TABLE custody_line (
    currency text NOT NULL,
    line_no bigint NOT NULL,
    kind text NOT NULL,
    amount bigint NOT NULL,
    request_no text NOT NULL,
    booked_at bigint NOT NULL,
    read_at bigint NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT custody_line_once PRIMARY KEY (currency, line_no),
    CONSTRAINT custody_line_amount_check CHECK ((amount > 0)),
    CONSTRAINT custody_line_kind_check CHECK ((kind = ANY (ARRAY['credit'::text, 'debit'::text, 'return'::text]))),
    CONSTRAINT custody_line_line_no_check CHECK ((line_no > 0))
);
CREATE TRIGGER custody_line_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.custody_line FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON custody_line TO app;

CREATE TABLE custody_payout (
    id bigint NOT NULL,
    purpose text NOT NULL,
    subject bigint NOT NULL,
    customer_id bigint,
    bank_account_id bigint,
    amount bigint NOT NULL,
    currency text NOT NULL,
    request_no text NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    home_id bigint NOT NULL,
    transit_id bigint NOT NULL,
    line_no bigint,
    return_line_no bigint,
    tries bigint NOT NULL,
    missing_at bigint,
    created_at bigint NOT NULL,
    sent_at bigint,
    ended_at bigint,
    CONSTRAINT custody_payout_pkey PRIMARY KEY (id),
    CONSTRAINT custody_payout_account CHECK (((purpose = 'deposit_return'::text) OR ((customer_id IS NOT NULL) AND (bank_account_id IS NOT NULL)))),
    CONSTRAINT custody_payout_amount_check CHECK ((amount > 0)),
    CONSTRAINT custody_payout_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT custody_payout_line_no_check CHECK ((line_no > 0)),
    CONSTRAINT custody_payout_purpose_check CHECK ((purpose = ANY (ARRAY['withdrawal'::text, 'disbursement'::text, 'refund'::text, 'deposit_return'::text]))),
    CONSTRAINT custody_payout_return_line_no_check CHECK ((return_line_no > 0)),
    CONSTRAINT custody_payout_returned CHECK (((state = 'returned'::text) = (return_line_no IS NOT NULL))),
    CONSTRAINT custody_payout_settled CHECK (((state = ANY (ARRAY['settled'::text, 'returned'::text])) = (line_no IS NOT NULL))),
    CONSTRAINT custody_payout_state_check CHECK ((state = ANY (ARRAY['intent'::text, 'sent'::text, 'unknown'::text, 'settled'::text, 'rejected'::text, 'returned'::text, 'cancelled'::text]))),
    CONSTRAINT custody_payout_subject_check CHECK ((subject > 0)),
    CONSTRAINT custody_payout_tries_check CHECK ((tries >= 0)),
    CONSTRAINT custody_payout_line UNIQUE (currency, line_no),
    CONSTRAINT custody_payout_request_no_key UNIQUE (request_no),
    CONSTRAINT custody_payout_return_line UNIQUE (currency, return_line_no)
);
CREATE INDEX custody_payout_customer ON public.custody_payout USING btree (customer_id, id) WHERE (customer_id IS NOT NULL);
CREATE INDEX custody_payout_live ON public.custody_payout USING btree (id) WHERE (ended_at IS NULL);
CREATE INDEX custody_payout_return_of ON public.custody_payout USING btree (subject, id) WHERE (purpose = 'deposit_return'::text);
CREATE UNIQUE INDEX custody_payout_subject ON public.custody_payout USING btree (purpose, subject) WHERE (purpose <> 'deposit_return'::text);
GRANT DELETE, INSERT, SELECT, UPDATE ON custody_payout TO app;

CREATE TABLE custody_position (
    id bigint NOT NULL,
    currency text NOT NULL,
    business_on text NOT NULL,
    books bigint NOT NULL,
    in_transit bigint NOT NULL,
    bank bigint NOT NULL,
    bank_line bigint NOT NULL,
    difference bigint NOT NULL,
    asked_at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    CONSTRAINT custody_position_pkey PRIMARY KEY (id),
    CONSTRAINT custody_position_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT custody_position_sum CHECK ((((books + in_transit) + difference) = bank))
);
CREATE INDEX custody_position_newest ON public.custody_position USING btree (currency, id);
CREATE TRIGGER custody_position_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.custody_position FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON custody_position TO app;

CREATE TABLE customer (
    id bigint NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    borrower boolean NOT NULL,
    lender boolean NOT NULL,
    country text NOT NULL,
    registered_at bigint NOT NULL,
    verified_at bigint,
    borrow_terms bigint NOT NULL,
    lend_terms bigint NOT NULL,
    CONSTRAINT customer_pkey PRIMARY KEY (id),
    CONSTRAINT customer_borrow_terms_check CHECK ((borrow_terms >= 0)),
    CONSTRAINT customer_country_check CHECK ((length(country) = 2)),
    CONSTRAINT customer_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'company'::text]))),
    CONSTRAINT customer_lend_terms_check CHECK ((lend_terms >= 0)),
    CONSTRAINT customer_new CHECK (((status <> 'new'::text) OR (verified_at IS NULL))),
    CONSTRAINT customer_status_check CHECK ((status = ANY (ARRAY['new'::text, 'verified'::text, 'frozen'::text]))),
    CONSTRAINT customer_verified CHECK (((status <> 'verified'::text) OR (verified_at IS NOT NULL)))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON customer TO app;

CREATE TABLE customer_acceptance (
    customer_id bigint NOT NULL,
    terms_id bigint NOT NULL,
    sha256 bytea NOT NULL,
    channel text NOT NULL,
    address bytea,
    actor text NOT NULL,
    accepted_at bigint NOT NULL,
    CONSTRAINT customer_acceptance_once PRIMARY KEY (customer_id, terms_id),
    CONSTRAINT customer_acceptance_sha256_check CHECK ((length(sha256) = 32))
);
CREATE TRIGGER customer_acceptance_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.customer_acceptance FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON customer_acceptance TO app;

CREATE TABLE customer_access (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    actor text NOT NULL,
    purpose text NOT NULL,
    shown_at bigint NOT NULL,
    CONSTRAINT customer_access_pkey PRIMARY KEY (id)
);
CREATE INDEX customer_access_of ON public.customer_access USING btree (customer_id, id);
CREATE TRIGGER customer_access_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.customer_access FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON customer_access TO app;

CREATE TABLE customer_bank_account (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    currency text NOT NULL,
    country text NOT NULL,
    state text NOT NULL,
    account bytea NOT NULL,
    holder bytea NOT NULL,
    maker text NOT NULL,
    checker text,
    added_at bigint NOT NULL,
    verified_at bigint,
    usable_at bigint,
    removed_at bigint,
    CONSTRAINT customer_bank_account_pkey PRIMARY KEY (id),
    CONSTRAINT customer_bank_account_country_check CHECK ((length(country) = 2)),
    CONSTRAINT customer_bank_account_four_eyes CHECK (((checker IS NULL) OR (checker <> maker))),
    CONSTRAINT customer_bank_account_removed CHECK (((state = 'removed'::text) = (removed_at IS NOT NULL))),
    CONSTRAINT customer_bank_account_state_check CHECK ((state = ANY (ARRAY['new'::text, 'verified'::text, 'removed'::text]))),
    CONSTRAINT customer_bank_account_verified CHECK (((state <> 'verified'::text) OR ((verified_at IS NOT NULL) AND (usable_at >= verified_at) AND (checker IS NOT NULL))))
);
CREATE INDEX customer_bank_account_of ON public.customer_bank_account USING btree (customer_id, id);
CREATE UNIQUE INDEX customer_bank_account_one ON public.customer_bank_account USING btree (customer_id, currency) WHERE (state <> 'removed'::text);
GRANT DELETE, INSERT, SELECT, UPDATE ON customer_bank_account TO app;

CREATE TABLE customer_check (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    state text NOT NULL,
    document bytea NOT NULL,
    provider text NOT NULL,
    reasons text NOT NULL,
    maker text NOT NULL,
    checker text,
    submitted_at bigint NOT NULL,
    found_at bigint,
    decided_at bigint,
    CONSTRAINT customer_check_pkey PRIMARY KEY (id),
    CONSTRAINT customer_check_decided CHECK (((checker IS NULL) = (decided_at IS NULL))),
    CONSTRAINT customer_check_found CHECK (((state = 'pending'::text) OR (found_at IS NOT NULL))),
    CONSTRAINT customer_check_four_eyes CHECK (((checker IS NULL) OR (checker <> maker))),
    CONSTRAINT customer_check_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'referred'::text, 'verified'::text, 'refused'::text])))
);
CREATE INDEX customer_check_of ON public.customer_check USING btree (customer_id, id);
CREATE UNIQUE INDEX customer_check_open ON public.customer_check USING btree (customer_id) WHERE ((state = 'pending'::text) OR (state = 'referred'::text));
CREATE INDEX customer_check_pending ON public.customer_check USING btree (id) WHERE (state = 'pending'::text);
GRANT DELETE, INSERT, SELECT, UPDATE ON customer_check TO app;

CREATE TABLE customer_identity (
    customer_id bigint NOT NULL,
    name bytea NOT NULL,
    birth_on bytea NOT NULL,
    national_id bytea NOT NULL,
    phone bytea NOT NULL,
    email bytea NOT NULL,
    address bytea NOT NULL,
    national_id_index bytea NOT NULL,
    phone_index bytea NOT NULL,
    email_index bytea NOT NULL,
    CONSTRAINT customer_identity_pkey PRIMARY KEY (customer_id),
    CONSTRAINT customer_once UNIQUE (national_id_index)
);
CREATE INDEX customer_identity_email ON public.customer_identity USING btree (email_index);
CREATE INDEX customer_identity_phone ON public.customer_identity USING btree (phone_index);
GRANT DELETE, INSERT, SELECT, UPDATE ON customer_identity TO app;

CREATE TABLE customer_status_change (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    from_status text NOT NULL,
    to_status text NOT NULL,
    reason text NOT NULL,
    maker text NOT NULL,
    changed_at bigint NOT NULL,
    CONSTRAINT customer_status_change_pkey PRIMARY KEY (id),
    CONSTRAINT customer_status_change_check CHECK ((from_status <> to_status)),
    CONSTRAINT customer_status_change_from_status_check CHECK ((from_status = ANY (ARRAY['new'::text, 'verified'::text, 'frozen'::text]))),
    CONSTRAINT customer_status_change_to_status_check CHECK ((to_status = ANY (ARRAY['new'::text, 'verified'::text, 'frozen'::text])))
);
CREATE INDEX customer_status_change_of ON public.customer_status_change USING btree (customer_id, id);
CREATE TRIGGER customer_status_change_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.customer_status_change FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON customer_status_change TO app;

CREATE TABLE customer_terms (
    id bigint NOT NULL,
    kind text NOT NULL,
    version bigint NOT NULL,
    language text NOT NULL,
    body bytea NOT NULL,
    sha256 bytea NOT NULL,
    published_on text NOT NULL,
    maker text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT customer_terms_pkey PRIMARY KEY (id),
    CONSTRAINT customer_terms_kind_check CHECK ((kind = ANY (ARRAY['borrow'::text, 'lend'::text, 'privacy'::text]))),
    CONSTRAINT customer_terms_sha256_check CHECK ((length(sha256) = 32)),
    CONSTRAINT customer_terms_version_check CHECK ((version > 0)),
    CONSTRAINT customer_terms_version UNIQUE (kind, version, language)
);
CREATE TRIGGER customer_terms_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.customer_terms FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON customer_terms TO app;

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

CREATE TABLE market_bid (
    id bigint NOT NULL,
    listing_id bigint NOT NULL,
    lender_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    amount bigint NOT NULL,
    allotted bigint NOT NULL,
    currency text NOT NULL,
    state text NOT NULL,
    placed_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    CONSTRAINT market_bid_pkey PRIMARY KEY (id),
    CONSTRAINT market_bid_amount_check CHECK ((amount > 0)),
    CONSTRAINT market_bid_check CHECK (((allotted >= 0) AND (allotted <= amount))),
    CONSTRAINT market_bid_share CHECK (((allotted = 0) OR (state = ANY (ARRAY['allotted'::text, 'released'::text])))),
    CONSTRAINT market_bid_state_check CHECK ((state = ANY (ARRAY['held'::text, 'allotted'::text, 'released'::text, 'cancelled'::text])))
);
CREATE INDEX market_bid_lender ON public.market_bid USING btree (lender_id, listing_id, id);
CREATE INDEX market_bid_listing ON public.market_bid USING btree (listing_id, id);
GRANT DELETE, INSERT, SELECT, UPDATE ON market_bid TO app;

CREATE TABLE market_listing (
    id bigint NOT NULL,
    offer_id bigint NOT NULL,
    borrower_id bigint NOT NULL,
    product text NOT NULL,
    product_version bigint NOT NULL,
    grade text NOT NULL,
    purpose text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    currency text NOT NULL,
    principal bigint NOT NULL,
    rate bigint NOT NULL,
    method text NOT NULL,
    instalments bigint NOT NULL,
    apr bigint NOT NULL,
    min_bid bigint NOT NULL,
    bid_step bigint NOT NULL,
    max_bid bigint NOT NULL,
    max_share bigint NOT NULL,
    min_funded bigint NOT NULL,
    open_days bigint NOT NULL,
    cancel_minutes bigint NOT NULL,
    policy text NOT NULL,
    state text NOT NULL,
    why text NOT NULL,
    opens_at bigint NOT NULL,
    closes_on text NOT NULL,
    decide_by_on text NOT NULL,
    funded bigint NOT NULL,
    allotted bigint NOT NULL,
    bids bigint NOT NULL,
    maker text NOT NULL,
    checker text NOT NULL,
    submitter text NOT NULL,
    releaser text NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    CONSTRAINT market_listing_pkey PRIMARY KEY (id),
    CONSTRAINT market_listing_bid_step_check CHECK ((bid_step > 0)),
    CONSTRAINT market_listing_bids_check CHECK ((bids >= 0)),
    CONSTRAINT market_listing_cancel_minutes_check CHECK ((cancel_minutes >= 0)),
    CONSTRAINT market_listing_check CHECK (((min_funded > 0) AND (min_funded <= principal))),
    CONSTRAINT market_listing_check1 CHECK (((allotted >= 0) AND (allotted <= principal))),
    CONSTRAINT market_listing_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT market_listing_end CHECK (((state <> ALL (ARRAY['open'::text, 'funded'::text, 'in_final_review'::text])) OR (closes_on <> ''::text))),
    CONSTRAINT market_listing_four_eyes CHECK ((((checker = ''::text) OR (checker <> maker)) AND ((releaser = ''::text) OR ((releaser <> submitter) AND (releaser <> maker))))),
    CONSTRAINT market_listing_funded_check CHECK ((funded >= 0)),
    CONSTRAINT market_listing_instalments_check CHECK ((instalments > 0)),
    CONSTRAINT market_listing_max_bid_check CHECK ((max_bid > 0)),
    CONSTRAINT market_listing_max_share_check CHECK ((max_share > 0)),
    CONSTRAINT market_listing_min_bid_check CHECK ((min_bid > 0)),
    CONSTRAINT market_listing_open_days_check CHECK ((open_days >= 0)),
    CONSTRAINT market_listing_policy_check CHECK ((policy = ANY (ARRAY['time_priority'::text, 'pro_rata'::text]))),
    CONSTRAINT market_listing_principal_check CHECK ((principal > 0)),
    CONSTRAINT market_listing_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'in_review'::text, 'returned'::text, 'refused'::text, 'scheduled'::text, 'open'::text, 'funded'::text, 'in_final_review'::text, 'allotted'::text, 'closed'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT market_listing_sum CHECK (((allotted <= funded) AND ((policy = 'pro_rata'::text) OR (funded <= principal)))),
    CONSTRAINT market_listing_offer UNIQUE (offer_id)
);
CREATE INDEX market_listing_borrower ON public.market_listing USING btree (borrower_id, id);
CREATE INDEX market_listing_state ON public.market_listing USING btree (state, id);
GRANT DELETE, INSERT, SELECT, UPDATE ON market_listing TO app;

CREATE TABLE market_review (
    id bigint NOT NULL,
    listing_id bigint NOT NULL,
    subject text NOT NULL,
    decision text NOT NULL,
    maker text NOT NULL,
    checker text NOT NULL,
    why text NOT NULL,
    reviewed_at bigint NOT NULL,
    CONSTRAINT market_review_pkey PRIMARY KEY (id),
    CONSTRAINT market_review_decision_check CHECK ((decision = ANY (ARRAY['publish'::text, 'return'::text, 'refuse'::text, 'approve'::text]))),
    CONSTRAINT market_review_four_eyes CHECK (((maker <> checker) AND (maker <> ''::text) AND (checker <> ''::text))),
    CONSTRAINT market_review_subject_check CHECK ((subject = ANY (ARRAY['publication'::text, 'funding'::text])))
);
CREATE INDEX market_review_listing ON public.market_review USING btree (listing_id, id);
CREATE TRIGGER market_review_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.market_review FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON market_review TO app;

CREATE TABLE note (
    id bigint NOT NULL,
    loan_id bigint NOT NULL,
    nr bigint NOT NULL,
    bid_id bigint NOT NULL,
    holder_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    since_on text NOT NULL,
    currency text NOT NULL,
    face bigint NOT NULL,
    issued_on text NOT NULL,
    issued_at bigint NOT NULL,
    CONSTRAINT note_pkey PRIMARY KEY (id),
    CONSTRAINT note_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT note_face_check CHECK ((face > 0)),
    CONSTRAINT note_nr_check CHECK ((nr > 0)),
    CONSTRAINT note_number UNIQUE (loan_id, nr)
);
CREATE INDEX note_holder ON public.note USING btree (holder_id, id);
GRANT DELETE, INSERT, SELECT, UPDATE ON note TO app;

CREATE TABLE note_balance (
    note_id bigint NOT NULL,
    state text NOT NULL,
    outstanding bigint NOT NULL,
    principal bigint NOT NULL,
    interest bigint NOT NULL,
    penalty bigint NOT NULL,
    late_fee bigint NOT NULL,
    fee bigint NOT NULL,
    CONSTRAINT note_balance_pkey PRIMARY KEY (note_id),
    CONSTRAINT note_balance_fee_check CHECK ((fee >= 0)),
    CONSTRAINT note_balance_interest_check CHECK ((interest >= 0)),
    CONSTRAINT note_balance_late_fee_check CHECK ((late_fee >= 0)),
    CONSTRAINT note_balance_open CHECK (((state = 'active'::text) OR (outstanding = 0))),
    CONSTRAINT note_balance_outstanding_check CHECK ((outstanding >= 0)),
    CONSTRAINT note_balance_penalty_check CHECK ((penalty >= 0)),
    CONSTRAINT note_balance_principal_check CHECK ((principal >= 0)),
    CONSTRAINT note_balance_state_check CHECK ((state = ANY (ARRAY['active'::text, 'sold'::text, 'repaid'::text, 'written_off'::text])))
);
GRANT DELETE, INSERT, SELECT, UPDATE ON note_balance TO app;

CREATE TABLE note_holding (
    loan_id bigint NOT NULL,
    note_id bigint NOT NULL,
    from_on text NOT NULL,
    holder_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    CONSTRAINT note_holding_day PRIMARY KEY (loan_id, note_id, from_on)
);
CREATE TRIGGER note_holding_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.note_holding FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON note_holding TO app;

CREATE TABLE origination_application (
    id bigint NOT NULL,
    borrower_id bigint NOT NULL,
    product text NOT NULL,
    product_version bigint NOT NULL,
    principal bigint NOT NULL,
    currency text NOT NULL,
    purpose text NOT NULL,
    method text NOT NULL,
    instalments bigint NOT NULL,
    facts text NOT NULL,
    state text NOT NULL,
    grade text NOT NULL,
    reasons text NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    CONSTRAINT origination_application_pkey PRIMARY KEY (id),
    CONSTRAINT origination_application_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT origination_application_instalments_check CHECK ((instalments > 0)),
    CONSTRAINT origination_application_principal_check CHECK ((principal > 0)),
    CONSTRAINT origination_application_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'submitted'::text, 'referred'::text, 'approved'::text, 'declined'::text, 'withdrawn'::text, 'accepted'::text, 'lapsed'::text])))
);
CREATE INDEX origination_application_borrower ON public.origination_application USING btree (borrower_id, id);
CREATE INDEX origination_application_queue ON public.origination_application USING btree (state, id) WHERE ((state = 'submitted'::text) OR (state = 'referred'::text) OR (state = 'approved'::text));
GRANT DELETE, INSERT, SELECT, UPDATE ON origination_application TO app;

CREATE TABLE origination_borrower (
    id bigint NOT NULL,
    CONSTRAINT origination_borrower_pkey PRIMARY KEY (id)
);
GRANT DELETE, INSERT, SELECT, UPDATE ON origination_borrower TO app;

CREATE TABLE origination_decision (
    id bigint NOT NULL,
    application_id bigint NOT NULL,
    nr bigint NOT NULL,
    decided_by text NOT NULL,
    decider text NOT NULL,
    result text NOT NULL,
    grade text NOT NULL,
    reasons text NOT NULL,
    note text NOT NULL,
    inputs text NOT NULL,
    product text NOT NULL,
    product_version bigint NOT NULL,
    rule_set bigint NOT NULL,
    decided_at bigint NOT NULL,
    CONSTRAINT origination_decision_pkey PRIMARY KEY (id),
    CONSTRAINT origination_decision_check CHECK (((result <> 'approve'::text) OR (grade <> ''::text))),
    CONSTRAINT origination_decision_check1 CHECK (((decided_by = 'rules'::text) OR (result <> 'refer'::text))),
    CONSTRAINT origination_decision_decided_by_check CHECK ((decided_by = ANY (ARRAY['rules'::text, 'person'::text]))),
    CONSTRAINT origination_decision_decider_check CHECK ((decider <> ''::text)),
    CONSTRAINT origination_decision_nr_check CHECK ((nr > 0)),
    CONSTRAINT origination_decision_order CHECK ((((decided_by = 'rules'::text) AND (nr = 1)) OR ((decided_by = 'person'::text) AND (nr > 1)))),
    CONSTRAINT origination_decision_result_check CHECK ((result = ANY (ARRAY['approve'::text, 'refer'::text, 'decline'::text]))),
    CONSTRAINT origination_decision_rule_set_check CHECK ((rule_set > 0)),
    CONSTRAINT origination_decision_nr UNIQUE (application_id, nr)
);
CREATE TRIGGER origination_decision_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.origination_decision FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON origination_decision TO app;

CREATE TABLE origination_exposure (
    offer_id bigint NOT NULL,
    borrower_id bigint NOT NULL,
    product text NOT NULL,
    currency text NOT NULL,
    principal bigint NOT NULL,
    outstanding bigint NOT NULL,
    state text NOT NULL,
    most_days_past_due bigint NOT NULL,
    defaulted boolean NOT NULL,
    listing_id bigint,
    changed_at bigint NOT NULL,
    CONSTRAINT origination_exposure_pkey PRIMARY KEY (offer_id),
    CONSTRAINT origination_exposure_check CHECK (((outstanding >= 0) AND (outstanding <= principal))),
    CONSTRAINT origination_exposure_check1 CHECK (((state <> 'cancelled'::text) OR (outstanding = 0))),
    CONSTRAINT origination_exposure_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT origination_exposure_most_days_past_due_check CHECK ((most_days_past_due >= 0)),
    CONSTRAINT origination_exposure_principal_check CHECK ((principal > 0)),
    CONSTRAINT origination_exposure_state_check CHECK ((state = ANY (ARRAY['funding'::text, 'active'::text, 'late'::text, 'default'::text, 'charged_off'::text, 'repaid'::text, 'cancelled'::text])))
);
CREATE INDEX origination_exposure_borrower ON public.origination_exposure USING btree (borrower_id);
CREATE UNIQUE INDEX origination_exposure_listing ON public.origination_exposure USING btree (listing_id) WHERE (listing_id IS NOT NULL);
CREATE INDEX origination_exposure_product ON public.origination_exposure USING btree (product) WHERE (outstanding > 0);
GRANT DELETE, INSERT, SELECT, UPDATE ON origination_exposure TO app;

CREATE TABLE origination_offer (
    id bigint NOT NULL,
    application_id bigint NOT NULL,
    borrower_id bigint NOT NULL,
    product text NOT NULL,
    product_version bigint NOT NULL,
    grade text NOT NULL,
    purpose text NOT NULL,
    principal bigint NOT NULL,
    currency text NOT NULL,
    rate bigint NOT NULL,
    method text NOT NULL,
    instalments bigint NOT NULL,
    fee bigint NOT NULL,
    apr bigint NOT NULL,
    total_payable bigint NOT NULL,
    start_on text NOT NULL,
    expires_on text NOT NULL,
    state text NOT NULL,
    maker text NOT NULL,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    CONSTRAINT origination_offer_pkey PRIMARY KEY (id),
    CONSTRAINT origination_offer_check CHECK (((fee >= 0) AND (fee < principal))),
    CONSTRAINT origination_offer_check1 CHECK ((total_payable >= principal)),
    CONSTRAINT origination_offer_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT origination_offer_instalments_check CHECK ((instalments > 0)),
    CONSTRAINT origination_offer_maker_check CHECK ((maker <> ''::text)),
    CONSTRAINT origination_offer_principal_check CHECK ((principal > 0)),
    CONSTRAINT origination_offer_rate_check CHECK ((rate >= 0)),
    CONSTRAINT origination_offer_state_check CHECK ((state = ANY (ARRAY['open'::text, 'accepted'::text, 'declined'::text, 'expired'::text, 'withdrawn'::text])))
);
CREATE INDEX origination_offer_application ON public.origination_offer USING btree (application_id, id);
CREATE INDEX origination_offer_borrower ON public.origination_offer USING btree (borrower_id, id);
CREATE INDEX origination_offer_due ON public.origination_offer USING btree (expires_on, id) WHERE (state = 'open'::text);
CREATE UNIQUE INDEX origination_offer_live ON public.origination_offer USING btree (application_id) WHERE ((state = 'open'::text) OR (state = 'accepted'::text));
GRANT DELETE, INSERT, SELECT, UPDATE ON origination_offer TO app;

CREATE TABLE origination_product (
    code text NOT NULL,
    version bigint NOT NULL,
    effective_on text NOT NULL,
    currency text NOT NULL,
    body text NOT NULL,
    hash text NOT NULL,
    maker text NOT NULL,
    proposed_at bigint NOT NULL,
    CONSTRAINT origination_product_pkey PRIMARY KEY (code, version),
    CONSTRAINT origination_product_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT origination_product_hash_check CHECK ((length(hash) = 64)),
    CONSTRAINT origination_product_maker_check CHECK ((maker <> ''::text)),
    CONSTRAINT origination_product_version_check CHECK ((version > 0))
);
CREATE TRIGGER origination_product_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.origination_product FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON origination_product TO app;

CREATE TABLE origination_product_verdict (
    code text NOT NULL,
    version bigint NOT NULL,
    verdict text NOT NULL,
    maker text NOT NULL,
    checker text NOT NULL,
    decided_at bigint NOT NULL,
    CONSTRAINT origination_product_verdict_pkey PRIMARY KEY (code, version),
    CONSTRAINT origination_product_four_eyes CHECK ((lower(checker) <> lower(maker))),
    CONSTRAINT origination_product_verdict_checker_check CHECK ((checker <> ''::text)),
    CONSTRAINT origination_product_verdict_verdict_check CHECK ((verdict = ANY (ARRAY['approved'::text, 'rejected'::text])))
);
CREATE TRIGGER origination_product_verdict_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.origination_product_verdict FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON origination_product_verdict TO app;

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

CREATE TABLE saga (
    id bigint NOT NULL,
    kind text NOT NULL,
    subject bigint NOT NULL,
    data text NOT NULL,
    state text NOT NULL,
    step text NOT NULL,
    pieces bigint NOT NULL,
    attempts bigint NOT NULL,
    why text NOT NULL,
    undo_why text NOT NULL,
    since_at bigint NOT NULL,
    next_at bigint,
    started_at bigint NOT NULL,
    ended_at bigint,
    epoch bigint NOT NULL,
    turn bigint NOT NULL,
    wakes bigint NOT NULL,
    heard bigint NOT NULL,
    until_at bigint NOT NULL,
    CONSTRAINT saga_pkey PRIMARY KEY (id),
    CONSTRAINT saga_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT saga_check CHECK (((heard >= 0) AND (heard <= wakes))),
    CONSTRAINT saga_check1 CHECK (((ended_at IS NOT NULL) = (state = ANY (ARRAY['done'::text, 'undone'::text])))),
    CONSTRAINT saga_check2 CHECK (((ended_at IS NULL) OR (next_at IS NULL))),
    CONSTRAINT saga_check3 CHECK (((state = 'stuck'::text) OR ((undo_why <> ''::text) = (state = ANY (ARRAY['undoing'::text, 'undone'::text]))))),
    CONSTRAINT saga_epoch_check CHECK ((epoch >= 0)),
    CONSTRAINT saga_pieces_check CHECK ((pieces >= 0)),
    CONSTRAINT saga_state_check CHECK ((state = ANY (ARRAY['running'::text, 'waiting'::text, 'undoing'::text, 'stuck'::text, 'done'::text, 'undone'::text]))),
    CONSTRAINT saga_turn_check CHECK ((turn >= 0))
);
CREATE INDEX saga_due ON public.saga USING btree (kind, next_at) WHERE (next_at IS NOT NULL);
CREATE INDEX saga_live ON public.saga USING btree (id) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX saga_subject ON public.saga USING btree (kind, subject);
CREATE INDEX saga_woken ON public.saga USING btree (kind) WHERE ((wakes > heard) AND (ended_at IS NULL));
GRANT DELETE, INSERT, SELECT, UPDATE ON saga TO app;

CREATE TABLE servicing_allocation (
    loan_id bigint NOT NULL,
    booking_id bigint NOT NULL,
    seq bigint NOT NULL,
    payment_id bigint NOT NULL,
    counts_on text NOT NULL,
    instalment bigint NOT NULL,
    component text NOT NULL,
    minor bigint NOT NULL,
    recovery boolean NOT NULL,
    CONSTRAINT servicing_allocation_place PRIMARY KEY (loan_id, booking_id, seq),
    CONSTRAINT servicing_allocation_component_check CHECK ((component = ANY (ARRAY['cost'::text, 'late_fee'::text, 'penalty'::text, 'interest'::text, 'principal'::text]))),
    CONSTRAINT servicing_allocation_instalment_check CHECK ((instalment > 0)),
    CONSTRAINT servicing_allocation_minor_check CHECK ((minor <> 0))
);
CREATE TRIGGER servicing_allocation_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.servicing_allocation FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON servicing_allocation TO app;

CREATE TABLE servicing_claim (
    id bigint NOT NULL,
    distribution_id bigint NOT NULL,
    leg bigint NOT NULL,
    loan_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    receivable_id bigint NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    settled bigint NOT NULL,
    state text NOT NULL,
    opened_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    CONSTRAINT servicing_claim_pkey PRIMARY KEY (id),
    CONSTRAINT servicing_claim_amount_check CHECK ((amount > 0)),
    CONSTRAINT servicing_claim_check CHECK (((settled >= 0) AND (settled <= amount))),
    CONSTRAINT servicing_claim_settled CHECK (((state = 'written_off'::text) OR ((state = 'settled'::text) = (settled = amount)))),
    CONSTRAINT servicing_claim_state_check CHECK ((state = ANY (ARRAY['open'::text, 'settled'::text, 'written_off'::text]))),
    CONSTRAINT servicing_claim_leg UNIQUE (distribution_id, leg)
);
CREATE INDEX servicing_claim_customer ON public.servicing_claim USING btree (customer_id, id);
CREATE INDEX servicing_claim_open ON public.servicing_claim USING btree (id) WHERE (state = 'open'::text);
GRANT DELETE, INSERT, SELECT, UPDATE ON servicing_claim TO app;

CREATE TABLE servicing_distribution (
    id bigint NOT NULL,
    loan_id bigint NOT NULL,
    event_id bigint NOT NULL,
    returned_id bigint NOT NULL,
    record_on text NOT NULL,
    currency text NOT NULL,
    lenders bigint NOT NULL,
    platform bigint NOT NULL,
    borrower bigint NOT NULL,
    returned bigint NOT NULL,
    legs bigint NOT NULL,
    platform_leg bigint NOT NULL,
    borrower_leg bigint NOT NULL,
    hash bytea NOT NULL,
    state text NOT NULL,
    next_leg bigint NOT NULL,
    posted bigint NOT NULL,
    held_legs bigint NOT NULL,
    started_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    CONSTRAINT servicing_distribution_pkey PRIMARY KEY (id),
    CONSTRAINT servicing_distribution_check CHECK (((next_leg >= 0) AND (next_leg <= legs))),
    CONSTRAINT servicing_distribution_done CHECK (((state = 'done'::text) = ((next_leg = legs) AND (held_legs = 0)))),
    CONSTRAINT servicing_distribution_held_legs_check CHECK ((held_legs >= 0)),
    CONSTRAINT servicing_distribution_legs_check CHECK ((legs > 0)),
    CONSTRAINT servicing_distribution_posted CHECK (((state <> 'done'::text) OR (posted = (((lenders + platform) + borrower) + returned)))),
    CONSTRAINT servicing_distribution_returned_check CHECK ((returned >= 0)),
    CONSTRAINT servicing_distribution_running CHECK (((state = 'running'::text) = (next_leg < legs))),
    CONSTRAINT servicing_distribution_state_check CHECK ((state = ANY (ARRAY['running'::text, 'held'::text, 'done'::text])))
);
CREATE INDEX servicing_distribution_loan ON public.servicing_distribution USING btree (loan_id, id);
CREATE INDEX servicing_distribution_open ON public.servicing_distribution USING btree (loan_id) WHERE (state <> 'done'::text);
GRANT DELETE, INSERT, SELECT, UPDATE ON servicing_distribution TO app;

CREATE TABLE servicing_event (
    loan_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    value_on text NOT NULL,
    amount bigint NOT NULL,
    of_id bigint NOT NULL,
    rest text NOT NULL,
    part bigint NOT NULL,
    instalment bigint NOT NULL,
    cost bigint NOT NULL,
    until_on text NOT NULL,
    terms text NOT NULL,
    business_on text NOT NULL,
    maker text NOT NULL,
    why text NOT NULL,
    recorded_at bigint NOT NULL,
    CONSTRAINT servicing_event_id PRIMARY KEY (loan_id, id),
    CONSTRAINT servicing_event_amount_check CHECK ((amount >= 0)),
    CONSTRAINT servicing_event_cost_check CHECK ((cost >= 0))
);
CREATE TRIGGER servicing_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.servicing_event FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON servicing_event TO app;

CREATE TABLE servicing_held (
    distribution_id bigint NOT NULL,
    leg bigint NOT NULL,
    loan_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    account_id bigint NOT NULL,
    amount bigint NOT NULL,
    why text NOT NULL,
    state text NOT NULL,
    held_at bigint NOT NULL,
    tried_at bigint NOT NULL,
    CONSTRAINT servicing_held_leg PRIMARY KEY (distribution_id, leg),
    CONSTRAINT servicing_held_amount_check CHECK ((amount > 0)),
    CONSTRAINT servicing_held_state_check CHECK ((state = ANY (ARRAY['held'::text, 'posted'::text])))
);
CREATE INDEX servicing_held_open ON public.servicing_held USING btree (tried_at) WHERE (state = 'held'::text);
GRANT DELETE, INSERT, SELECT, UPDATE ON servicing_held TO app;

CREATE TABLE servicing_loan (
    id bigint NOT NULL,
    listing_id bigint NOT NULL,
    borrower_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    collection_id bigint NOT NULL,
    product text NOT NULL,
    product_version bigint NOT NULL,
    currency text NOT NULL,
    principal bigint NOT NULL,
    fee bigint NOT NULL,
    rate bigint NOT NULL,
    method text NOT NULL,
    instalments bigint NOT NULL,
    auto_collect boolean NOT NULL,
    state text NOT NULL,
    start_on text NOT NULL,
    as_of_on text NOT NULL,
    outstanding bigint NOT NULL,
    arrears bigint NOT NULL,
    held bigint NOT NULL,
    earned bigint NOT NULL,
    next_due_on text NOT NULL,
    days_past_due bigint NOT NULL,
    versions bigint NOT NULL,
    notes bigint NOT NULL,
    restructured_on text NOT NULL,
    opened_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    CONSTRAINT servicing_loan_pkey PRIMARY KEY (id),
    CONSTRAINT servicing_loan_arrears_check CHECK ((arrears >= 0)),
    CONSTRAINT servicing_loan_check CHECK (((fee >= 0) AND (fee < principal))),
    CONSTRAINT servicing_loan_check1 CHECK (((outstanding >= 0) AND (outstanding <= principal))),
    CONSTRAINT servicing_loan_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT servicing_loan_days_past_due_check CHECK ((days_past_due >= 0)),
    CONSTRAINT servicing_loan_earned_check CHECK ((earned >= 0)),
    CONSTRAINT servicing_loan_held_check CHECK ((held >= 0)),
    CONSTRAINT servicing_loan_instalments_check CHECK ((instalments > 0)),
    CONSTRAINT servicing_loan_notes_check CHECK ((notes >= 0)),
    CONSTRAINT servicing_loan_principal_check CHECK ((principal > 0)),
    CONSTRAINT servicing_loan_state_check CHECK ((state = ANY (ARRAY['signing'::text, 'disbursing'::text, 'cancelled'::text, 'active'::text, 'late'::text, 'default'::text, 'charged_off'::text, 'repaid'::text]))),
    CONSTRAINT servicing_loan_versions_check CHECK ((versions >= 0)),
    CONSTRAINT servicing_loan_listing UNIQUE (listing_id)
);
CREATE INDEX servicing_loan_borrower ON public.servicing_loan USING btree (borrower_id, id);
CREATE INDEX servicing_loan_due ON public.servicing_loan USING btree (next_due_on, id) WHERE (next_due_on <> ''::text);
CREATE INDEX servicing_loan_state ON public.servicing_loan USING btree (state, id);
GRANT DELETE, INSERT, SELECT, UPDATE ON servicing_loan TO app;

CREATE TABLE servicing_payment (
    id bigint NOT NULL,
    loan_id bigint NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    reference text NOT NULL,
    amount bigint NOT NULL,
    cost bigint NOT NULL,
    currency text NOT NULL,
    value_on text NOT NULL,
    business_on text NOT NULL,
    state text NOT NULL,
    unallocated bigint NOT NULL,
    refunded bigint NOT NULL,
    rest text NOT NULL,
    maker text NOT NULL,
    received_at bigint NOT NULL,
    CONSTRAINT servicing_payment_pkey PRIMARY KEY (id),
    CONSTRAINT servicing_payment_amount_check CHECK ((amount > 0)),
    CONSTRAINT servicing_payment_check CHECK (((cost >= 0) AND (cost <= amount))),
    CONSTRAINT servicing_payment_kind_check CHECK ((kind = ANY (ARRAY['paid'::text, 'recovered'::text]))),
    CONSTRAINT servicing_payment_refunded_check CHECK ((refunded >= 0)),
    CONSTRAINT servicing_payment_rest CHECK (((rest = ''::text) = (unallocated = 0))),
    CONSTRAINT servicing_payment_rest_check CHECK ((rest = ANY (ARRAY[''::text, 'refund'::text, 'hold'::text]))),
    CONSTRAINT servicing_payment_source_check CHECK ((source = ANY (ARRAY['wallet'::text, 'auto'::text]))),
    CONSTRAINT servicing_payment_state_check CHECK ((state = ANY (ARRAY['received'::text, 'returned'::text]))),
    CONSTRAINT servicing_payment_sum CHECK (((unallocated + refunded) <= amount)),
    CONSTRAINT servicing_payment_unallocated_check CHECK ((unallocated >= 0))
);
CREATE INDEX servicing_payment_loan ON public.servicing_payment USING btree (loan_id, id);
CREATE UNIQUE INDEX servicing_payment_reference ON public.servicing_payment USING btree (reference) WHERE (reference <> ''::text);
CREATE INDEX servicing_payment_refund ON public.servicing_payment USING btree (id) WHERE (rest = 'refund'::text);
GRANT DELETE, INSERT, SELECT, UPDATE ON servicing_payment TO app;

CREATE TABLE servicing_proposal (
    id bigint NOT NULL,
    loan_id bigint NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    detail text NOT NULL,
    why text NOT NULL,
    maker text NOT NULL,
    checker text NOT NULL,
    proposed_at bigint NOT NULL,
    decided_at bigint NOT NULL,
    CONSTRAINT servicing_proposal_pkey PRIMARY KEY (id),
    CONSTRAINT servicing_proposal_checked CHECK (((state = 'proposed'::text) = (checker = ''::text))),
    CONSTRAINT servicing_proposal_four_eyes CHECK ((checker <> maker)),
    CONSTRAINT servicing_proposal_kind_check CHECK ((kind = ANY (ARRAY['charge_off'::text, 'restructuring'::text]))),
    CONSTRAINT servicing_proposal_state_check CHECK ((state = ANY (ARRAY['proposed'::text, 'approved'::text, 'rejected'::text])))
);
CREATE UNIQUE INDEX servicing_proposal_open ON public.servicing_proposal USING btree (loan_id, kind) WHERE (state = 'proposed'::text);
GRANT DELETE, INSERT, SELECT, UPDATE ON servicing_proposal TO app;

CREATE TABLE servicing_schedule (
    loan_id bigint NOT NULL,
    version bigint NOT NULL,
    from_on text NOT NULL,
    cause_id bigint NOT NULL,
    terms text NOT NULL,
    instalments text NOT NULL,
    booked_at bigint NOT NULL,
    CONSTRAINT servicing_schedule_version PRIMARY KEY (loan_id, version),
    CONSTRAINT servicing_schedule_version_check CHECK ((version > 0))
);
CREATE TRIGGER servicing_schedule_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.servicing_schedule FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON servicing_schedule TO app;

CREATE TABLE servicing_settlement (
    id bigint NOT NULL,
    claim_id bigint NOT NULL,
    amount bigint NOT NULL,
    settled_at bigint NOT NULL,
    CONSTRAINT servicing_settlement_pkey PRIMARY KEY (id),
    CONSTRAINT servicing_settlement_amount_check CHECK ((amount > 0))
);
CREATE INDEX servicing_settlement_claim ON public.servicing_settlement USING btree (claim_id, id);
CREATE TRIGGER servicing_settlement_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.servicing_settlement FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON servicing_settlement TO app;

CREATE TABLE servicing_share (
    distribution_id bigint NOT NULL,
    leg bigint NOT NULL,
    note_id bigint NOT NULL,
    holder_id bigint NOT NULL,
    wallet_id bigint NOT NULL,
    principal bigint NOT NULL,
    interest bigint NOT NULL,
    penalty bigint NOT NULL,
    late_fee bigint NOT NULL,
    fee bigint NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT servicing_share_place PRIMARY KEY (distribution_id, leg, note_id),
    CONSTRAINT servicing_share_sum CHECK ((amount = ((((principal + interest) + penalty) + late_fee) - fee)))
);
CREATE TRIGGER servicing_share_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.servicing_share FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT INSERT, SELECT ON servicing_share TO app;
