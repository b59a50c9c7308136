package ledger

import "openlend/refusal"

// What the ledger refuses.
var (
	ErrAmount       = refusal.New("ledger.amount", "the amount must be above zero")
	ErrCurrency     = refusal.New("ledger.currency", "the amount is not in the account's currency")
	ErrSameAccount  = refusal.New("ledger.same_account", "debit and credit are the same account")
	ErrNoAccount    = refusal.New("ledger.no_account", "there is no such account")
	ErrFrozen       = refusal.New("ledger.account_frozen", "the account is frozen")
	ErrClosed       = refusal.New("ledger.account_closed", "the account is closed")
	ErrInsufficient = refusal.New("ledger.insufficient", "the available balance is too low")
	ErrCause        = refusal.New("ledger.cause", "a cause needs an id and a short type")
	ErrCauseTaken   = refusal.New("ledger.cause_taken",
		"this cause was booked before with other accounts or another amount")
	ErrNoHold     = refusal.New("ledger.no_hold", "there is no such hold")
	ErrHoldClosed = refusal.New("ledger.hold_closed", "the hold is not open any more")
	ErrHoldAmount = refusal.New("ledger.hold_amount", "less is held than is to be posted")
	ErrHoldKind   = refusal.New("ledger.hold_kind",
		"money can be held only in accounts with a running balance that hold client money")
	ErrNotExpired = refusal.New("ledger.not_expired", "the hold has not expired yet")
	ErrLinked     = refusal.New("ledger.linked",
		"another command of the linked set was refused")
	ErrState    = refusal.New("ledger.invalid_state", "the account's state does not allow this")
	ErrNotEmpty = refusal.New("ledger.not_empty", "the account still has money posted or held")
	ErrKind     = refusal.New("ledger.kind", "there is no such kind of account")
	ErrOwner    = refusal.New("ledger.owner", "an account needs an owner of zero or above")
	ErrExists   = refusal.New("ledger.account_exists",
		"this owner already has an account of that kind and currency")
	ErrPlatform = refusal.New("ledger.platform_account",
		"a platform account cannot be frozen or closed")
	ErrNotReady = refusal.New("ledger.not_ready", "the ledger has no business date yet")
	ErrDate     = refusal.New("ledger.date", "the business date does not allow this")
	ErrNoEntry  = refusal.New("ledger.no_transfer", "there is no such transfer")
	ErrReversed = refusal.New("ledger.reversal_of_reversal", "a reversal is not reversed again")
	ErrCursor   = refusal.New("ledger.cursor", "this is not a cursor of that account's statement")
	ErrTampered = refusal.New("ledger.tampered", "the journal does not match its log")
)
