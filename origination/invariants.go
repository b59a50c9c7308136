package origination

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"openlend/internal/db"
	"openlend/ledger"
)

// Invariants are what must always be true of this room's rows.
func Invariants() []ledger.Check {
	return []ledger.Check{
		{
			ID: "O01", Says: "two people are behind every product version that was decided on",
			Count: countVerdicts, Bad: badVerdicts,
		},
		{
			ID: "O02", Says: "an application stands where its last decision has put it",
			Count: countApplications, Bad: badApplications,
		},
		{
			ID: "O03", Says: "an application has an offer exactly where its state says so",
			Count: countApplications, Bad: badOffers,
		},
		{
			ID: "O04", Says: "an offer is accepted exactly when there is an exposure of it",
			Count: countOffers, Bad: badExposures,
		},
		{
			ID: "O05", Says: "the decision of the rules follows again from its inputs",
			Recompute: rejudge,
		},
		{
			ID: "O06", Says: "the price of every offer follows again from its terms",
			Recompute: reprice,
		},
	}
}

// recomputed is how many rows a recomputation holds at a time.
const recomputed = 200

// rejudge judges again what this program's rules have decided.
func rejudge(
	ctx context.Context, tx *db.Tx, bad func(key, what string),
) (looked int64, err error) {
	for after := DecisionID(0); ; {
		page, err := db.Many(ctx, tx, scanDecision, selectRulesDecisions,
			int64(after), int64(ruleSet), int64(recomputed))
		if err != nil || len(page) == 0 {
			return looked, err
		}
		for i := range page {
			d := &page[i]
			after = d.ID
			looked++
			what, err := d.differs(ctx, tx)
			if err != nil {
				return looked, err
			}
			if what != "" {
				bad(d.ID.String(), what)
			}
		}
	}
}

// differs says how a decision of the rules is not what they decide now, "" when
// it is.
func (d *Decision) differs(ctx context.Context, tx *db.Tx) (string, error) {
	p, err := GetProduct(ctx, tx, d.Product, d.ProductVersion)
	if err != nil {
		return "", err
	}
	var in Inputs
	if err := json.Unmarshal([]byte(d.Inputs), &in); err != nil {
		return "its inputs cannot be read", nil //nolint:nilerr // that is the finding
	}
	v, err := p.Judge(in)
	if err != nil {
		return "", err
	}
	if v.Result != d.Result || v.Grade != d.Grade || !slices.Equal(v.Reasons, d.Reasons) {
		return fmt.Sprintf("it says %s %q %v, the rules %s %q %v",
			d.Result, d.Grade, d.Reasons, v.Result, v.Grade, v.Reasons), nil
	}
	return "", nil
}

// reprice prices every offer again.
func reprice(
	ctx context.Context, tx *db.Tx, bad func(key, what string),
) (looked int64, err error) {
	for after := OfferID(0); ; {
		page, err := db.Many(ctx, tx, scanOffer, selectOfferPage, int64(after), int64(recomputed))
		if err != nil || len(page) == 0 {
			return looked, err
		}
		for i := range page {
			o := &page[i]
			after = o.ID
			looked++
			p, err := GetProduct(ctx, tx, o.Product, o.ProductVersion)
			if err != nil {
				return looked, err
			}
			if _, err := p.rateOf(o.Grade, &o.Rate); err != nil {
				bad(o.ID.String(), err.Error())
				continue
			}
			again := *o
			if err := again.price(p, o.Rate); err != nil {
				return looked, err
			}
			if again.Fee != o.Fee || again.APR != o.APR || again.TotalPayable != o.TotalPayable {
				bad(o.ID.String(), fmt.Sprintf("fee %d, APR %s, total %d; recomputed %d, %s, %d",
					o.Fee, o.APR, o.TotalPayable, again.Fee, again.APR, again.TotalPayable))
			}
		}
	}
}
