package customer

import "openlend/refusal"

// What this room refuses.
var (
	ErrNotFound = refusal.New("customer.not_found", "there is no such customer")
	ErrState    = refusal.New("customer.invalid_state", "the state does not allow this")
	ErrKind     = refusal.New("customer.kind", "a customer is a person or a company")
	ErrRole     = refusal.New("customer.role", "a customer borrows, lends or both")
	ErrKnown    = refusal.New("customer.known",
		"somebody with this national id is a customer already")

	ErrUnverified  = refusal.New("customer.not_verified", "the identity has not been verified yet")
	ErrFrozen      = refusal.New("customer.frozen", "the customer is frozen")
	ErrNotBorrower = refusal.New("customer.not_borrower", "the customer is not a borrower")
	ErrNotLender   = refusal.New("customer.not_lender", "the customer is not a lender")
	ErrTerms       = refusal.New("customer.terms_not_accepted",
		"the newest version of the terms must be accepted first")

	ErrName       = refusal.New("customer.name", "this is not a full name")
	ErrBirth      = refusal.New("customer.birth_date", "the date must lie in the past")
	ErrNationalID = refusal.New("customer.national_id",
		"a national id has 4 to 30 letters and digits")
	ErrPhone   = refusal.New("customer.phone", "write the number as +, country code and number")
	ErrEmail   = refusal.New("customer.email", "this is not an e-mail address")
	ErrAddress = refusal.New("customer.address", "an address has 5 to 300 characters")
	ErrCountry = refusal.New("customer.country", "this is not an ISO 3166 country code")
	ErrReason  = refusal.New("customer.reason", "give a reason of 3 to 200 characters")
	ErrPurpose = refusal.New("customer.purpose",
		"say what the data is needed for: check, support, payout, fraud or law")
	ErrReference = refusal.New("customer.reference",
		"the text does not name exactly one customer")
	ErrLimit = refusal.New("customer.limit", "between 1 and 200 rows can be listed at once")
	ErrVault = refusal.New("customer.vault",
		"the vault does not hold the keys of this database's customers")
	ErrSearch = refusal.New("customer.search",
		"search by exactly one of national id, phone and e-mail")

	ErrNoCheck   = refusal.New("customer.check.not_found", "there is no such check")
	ErrCheckOpen = refusal.New("customer.check_open", "a check of this customer is still open")
	ErrDocument  = refusal.New("customer.document", "the document is not complete")
	ErrFinding   = refusal.New("customer.finding", "the provider's answer makes no sense")

	ErrNoBankAccount = refusal.New("customer.no_bank_account",
		"there is no verified bank account that may be used yet")
	ErrBankAccountNotFound = refusal.New("customer.bank_account.not_found",
		"there is no such bank account")
	ErrBankAccount = refusal.New("customer.bank_account",
		"the number is not one of an account in that country")
	ErrBankAccountState = refusal.New("customer.bank_account.invalid_state",
		"the bank account's state does not allow this")
	ErrBankAccountExists = refusal.New("customer.bank_account_exists",
		"there is a bank account in this currency already; remove it first")
	ErrHolder = refusal.New("customer.holder",
		"the account must be in the customer's own name")

	ErrNoTerms      = refusal.New("customer.terms.not_found", "there are no such terms")
	ErrTermsKind    = refusal.New("customer.terms_kind", "there is no such kind of terms")
	ErrTermsVersion = refusal.New("customer.terms_version",
		"a version is the newest one in another language, or the one after it")
	ErrTermsBody     = refusal.New("customer.terms_body", "terms have between 1 byte and 4 MiB")
	ErrTermsLanguage = refusal.New("customer.terms_language", "give a language tag such as en or zh-CN")
	ErrTermsBytes    = refusal.New("customer.terms_bytes",
		"what was shown is not what was published; show the terms again")
	ErrTermsOld = refusal.New("customer.terms_old", "these are not the newest terms of their kind")
	ErrChannel  = refusal.New("customer.channel", "terms are accepted by web, app, api, paper or phone")
)
