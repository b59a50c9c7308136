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
    funding_maker text NOT NULL,
    funding_checker text NOT NULL,
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
    CONSTRAINT market_listing_four_eyes CHECK ((((checker = ''::text) OR (checker <> maker)) AND ((funding_checker = ''::text) OR ((funding_checker <> funding_maker) AND (funding_checker <> maker))))),
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
GRANT DELETE, INSERT, SELECT, UPDATE ON market_review TO app;

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
    CONSTRAINT origination_application_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'submitted'::text, 'referred'::text, 'approved'::text, 'declined'::text, 'withdrawn'::text, 'accepted'::text, 'lapsed'::text]))),
    CONSTRAINT origination_application_product_product_version_fkey FOREIGN KEY (product, product_version) REFERENCES origination_product(code, version)
);
CREATE INDEX origination_application_borrower ON public.origination_application USING btree (borrower_id, id);
CREATE INDEX origination_application_queue ON public.origination_application USING btree (state, id) WHERE (state = ANY (ARRAY['submitted'::text, 'referred'::text, 'approved'::text]));
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
    CONSTRAINT origination_decision_application_id_fkey FOREIGN KEY (application_id) REFERENCES origination_application(id),
    CONSTRAINT origination_decision_nr UNIQUE (application_id, nr)
);
CREATE TRIGGER origination_decision_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.origination_decision FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT DELETE, INSERT, SELECT, UPDATE ON origination_decision TO app;

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
    changed_at bigint NOT NULL,
    CONSTRAINT origination_exposure_pkey PRIMARY KEY (offer_id),
    CONSTRAINT origination_exposure_check CHECK (((outstanding >= 0) AND (outstanding <= principal))),
    CONSTRAINT origination_exposure_check1 CHECK (((state <> 'cancelled'::text) OR (outstanding = 0))),
    CONSTRAINT origination_exposure_currency_check CHECK ((length(currency) = 3)),
    CONSTRAINT origination_exposure_most_days_past_due_check CHECK ((most_days_past_due >= 0)),
    CONSTRAINT origination_exposure_principal_check CHECK ((principal > 0)),
    CONSTRAINT origination_exposure_state_check CHECK ((state = ANY (ARRAY['funding'::text, 'active'::text, 'late'::text, 'default'::text, 'charged_off'::text, 'repaid'::text, 'cancelled'::text]))),
    CONSTRAINT origination_exposure_offer_id_fkey FOREIGN KEY (offer_id) REFERENCES origination_offer(id)
);
CREATE INDEX origination_exposure_borrower ON public.origination_exposure USING btree (borrower_id);
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
    CONSTRAINT origination_offer_state_check CHECK ((state = ANY (ARRAY['open'::text, 'accepted'::text, 'declined'::text, 'expired'::text, 'withdrawn'::text]))),
    CONSTRAINT origination_offer_application_id_fkey FOREIGN KEY (application_id) REFERENCES origination_application(id)
);
CREATE INDEX origination_offer_application ON public.origination_offer USING btree (application_id, id);
CREATE INDEX origination_offer_borrower ON public.origination_offer USING btree (borrower_id, id);
CREATE INDEX origination_offer_due ON public.origination_offer USING btree (expires_on, id) WHERE (state = 'open'::text);
CREATE UNIQUE INDEX origination_offer_live ON public.origination_offer USING btree (application_id) WHERE (state = ANY (ARRAY['open'::text, 'accepted'::text]));
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
    CONSTRAINT origination_product_version_check CHECK ((version > 0)),
    CONSTRAINT origination_product_code_version_maker_key UNIQUE (code, version, maker)
);
CREATE TRIGGER origination_product_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.origination_product FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT DELETE, INSERT, SELECT, UPDATE ON origination_product TO app;

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
    CONSTRAINT origination_product_verdict_verdict_check CHECK ((verdict = ANY (ARRAY['approved'::text, 'rejected'::text]))),
    CONSTRAINT origination_product_verdict_code_version_maker_fkey FOREIGN KEY (code, version, maker) REFERENCES origination_product(code, version, maker)
);
CREATE TRIGGER origination_product_verdict_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.origination_product_verdict FOR EACH STATEMENT EXECUTE FUNCTION append_only();
GRANT DELETE, INSERT, SELECT, UPDATE ON origination_product_verdict TO app;

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
