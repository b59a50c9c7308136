package origination

import "openlend/refusal"

// What this room refuses.
var (
	ErrProductNotFound = refusal.New("origination.product.not_found", "there is no such product")
	ErrProduct         = refusal.New("origination.product", "the product makes no sense")
	ErrProductState    = refusal.New("origination.product.invalid_state",
		"the product version has been approved or rejected already")
	ErrProductDate = refusal.New("origination.product_date",
		"a product version takes effect on a business date that has not passed")

	ErrApplicationNotFound = refusal.New("origination.application.not_found",
		"there is no such application")
	ErrOfferNotFound = refusal.New("origination.offer.not_found", "there is no such offer")
	ErrInvalidState  = refusal.New("origination.invalid_state",
		"the state of the application or offer does not allow this step")

	ErrPrincipal   = refusal.New("origination.principal", "the product does not lend this amount")
	ErrCurrency    = refusal.New("origination.currency", "the product lends in another currency")
	ErrPurpose     = refusal.New("origination.purpose", "the product is not for this purpose")
	ErrMethod      = refusal.New("origination.method", "the product is not repaid this way")
	ErrInstalments = refusal.New("origination.instalments",
		"the product is not lent for this number of instalments")
	ErrFacts = refusal.New("origination.facts", "the declared fact is missing or impossible")

	ErrOpenApplications = refusal.New("origination.open_applications",
		"the borrower has as many open applications as the product allows")
	ErrDecision = refusal.New("origination.decision", "a person decides approve or decline")
	ErrReasons  = refusal.New("origination.reasons",
		"a decision needs 1 to 10 reasons such as income.verified")
	ErrNote  = refusal.New("origination.note", "a note has at most 1000 characters")
	ErrGrade = refusal.New("origination.grade", "the product has no such grade")
	ErrCap   = refusal.New("origination.cap",
		"the loan would pass a limit of the product that no person may lift")
	ErrRate         = refusal.New("origination.rate", "the rate is outside the bounds of the grade")
	ErrOfferExpired = refusal.New("origination.offer_expired", "the offer is not good any more")

	ErrLimit = refusal.New("origination.limit", "between 1 and 200 rows can be listed at once")
	ErrQueue = refusal.New("origination.queue",
		"list those of one borrower, or a queue: submitted, referred or approved")
)
