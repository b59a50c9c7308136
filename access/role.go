package access

import "slices"

// Role is what one of the platform's people does. One person may have several
// tokens in several roles, and stays one person to the four-eyes rule.
type Role string

// The roles.
const (
	Admin       Role = "admin"       // products and settings; moves no money
	Underwriter Role = "underwriter" // decides on applications, prepares listings
	Reviewer    Role = "reviewer"    // the second person of listings and loans
	Treasurer   Role = "treasurer"   // deposits, payouts, the bank
	Servicer    Role = "servicer"    // collects, grants pauses, gives loans up
	Compliance  Role = "compliance"  // knows the customers, freezes and releases them
	Auditor     Role = "auditor"     // reads everything, changes nothing
)

// Permission is one thing that can be allowed, as room.verb.
type Permission string

// The permissions.
const (
	ReadAll Permission = "all.read" // of every customer

	CustomerCheck  Permission = "customer.check"  // decide what a check of identity referred
	CustomerFreeze Permission = "customer.freeze" // freeze and release customers
	CustomerReveal Permission = "customer.reveal" // see personal data
	CustomerAct    Permission = "customer.act"    // act for a customer who asked for it
	TermsPublish   Permission = "terms.publish"

	ProductPropose Permission = "product.propose"
	ProductApprove Permission = "product.approve"

	ApplicationDecide Permission = "application.decide"
	OfferMake         Permission = "offer.make"
	ListingPrepare    Permission = "listing.prepare"
	ListingReview     Permission = "listing.review"
	ListingCancel     Permission = "listing.cancel"

	DepositIdentify Permission = "deposit.identify"
	PayoutFreeze    Permission = "payout.freeze"
	PayoutRelease   Permission = "payout.release"

	PaymentRecord Permission = "payment.record"
	LoanService   Permission = "loan.service"   // waivers, pauses, default
	LoanWriteOff  Permission = "loan.write_off" // propose a charge-off, a restructuring
	LoanApprove   Permission = "loan.approve"   // the second person of those
	DayClose      Permission = "day.close"      // run closing by hand
	SagaManage    Permission = "saga.manage"    // look at and nudge running sagas
)

// grants is the whole truth about who may do what.
var grants = map[Role][]Permission{
	Admin:       {ReadAll, ProductPropose, ProductApprove, TermsPublish, DayClose, SagaManage},
	Underwriter: {ReadAll, ApplicationDecide, OfferMake, ListingPrepare, ListingCancel},
	Reviewer:    {ReadAll, ListingReview, ProductApprove, LoanApprove},
	Treasurer:   {ReadAll, DepositIdentify, PayoutFreeze, PayoutRelease, PaymentRecord},
	Servicer:    {ReadAll, PaymentRecord, LoanService, LoanWriteOff},
	Compliance: {ReadAll, CustomerCheck, CustomerFreeze, CustomerReveal, CustomerAct,
		TermsPublish, PayoutFreeze},
	Auditor: {ReadAll},
}

// Roles lists all roles, sorted.
func Roles() []Role {
	roles := make([]Role, 0, len(grants))
	for r := range grants {
		roles = append(roles, r)
	}
	slices.Sort(roles)
	return roles
}

func granted(r Role, p Permission) bool { return slices.Contains(grants[r], p) }
