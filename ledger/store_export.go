package ledger

import "openlend/internal/db"

const (
	selectCurrencies = `SELECT DISTINCT currency FROM ledger_account ORDER BY currency`

	// Accounts that move between two dates, with the first date of each.
	selectJournalAccounts = `SELECT a.id, a.kind, a.currency, a.owner_id, moved.first_on
		FROM ledger_account a JOIN (
			SELECT account, MIN(business_on) AS first_on FROM (
				SELECT debit_id AS account, business_on FROM ledger_transfer
				WHERE business_on >= $1 AND business_on <= $2
				UNION ALL
				SELECT credit_id, business_on FROM ledger_transfer
				WHERE business_on >= $1 AND business_on <= $2
			) AS side GROUP BY account
		) AS moved ON moved.account = a.id
		ORDER BY a.id`

	selectJournal = `SELECT t.id, t.cause_id, t.cause_type, t.leg, t.entry_type, t.debit_id,
		t.credit_id, t.amount, t.currency, t.booked_at, t.business_on,
		COALESCE(d.kind, ''), COALESCE(d.owner_id, 0), COALESCE(c.kind, ''),
		COALESCE(c.owner_id, 0)
		FROM ledger_transfer t
		LEFT JOIN ledger_account d ON d.id = t.debit_id
		LEFT JOIN ledger_account c ON c.id = t.credit_id
		WHERE t.business_on >= $1 AND t.business_on <= $2 ORDER BY t.id`
)

func scanJournalAccount(s db.Scanner) (journalAccount, error) {
	var a Account
	var j journalAccount
	var kind, currency string
	err := s.Scan((*int64)(&a.ID), &kind, &currency, &a.OwnerID, &j.firstOn)
	a.Kind, a.Currency = internKind(kind), internCurrency(currency)
	j.name, j.currency = a.JournalName(), a.Currency
	if err == nil && branches[a.Kind] == "" {
		err = ErrTampered.With("account %s is of kind %q", a.ID, kind)
	}
	return j, err
}

func scanJournalEntry(s db.Scanner) (journalEntry, error) {
	var j journalEntry
	var debit, credit Account
	t := &j.Transfer
	err := s.Scan((*int64)(&t.ID), &t.Cause.ID, &t.Cause.Type, &t.Leg, (*string)(&t.Entry),
		(*int64)(&t.Debit), (*int64)(&t.Credit), &t.Amount, (*string)(&t.Currency), &t.BookedAt,
		&t.BusinessOn, (*string)(&debit.Kind), &debit.OwnerID, (*string)(&credit.Kind),
		&credit.OwnerID)
	debit.ID, credit.ID = t.Debit, t.Credit
	debit.Currency, credit.Currency = t.Currency, t.Currency
	j.debit, j.credit = debit.JournalName(), credit.JournalName()
	if err == nil && (branches[debit.Kind] == "" || branches[credit.Kind] == "") {
		err = ErrTampered.With("transfer %s lacks an account", t.ID)
	}
	return j, err
}
