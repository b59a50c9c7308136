package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/market"
	"openlend/money"
)

type searchInput struct {
	Page[market.ListingID]

	State          []string        `query:"state" enum:"draft,in_review,returned,refused,scheduled,open,funded,in_final_review,allotted,closed,failed,cancelled" maxItems:"4" doc:"Those that can be bid on when it is left out; staff: all."`
	Grade          []string        `query:"grade" maxItems:"8"`
	Product        string          `query:"product" maxLength:"64"`
	Borrower       ID[customer.ID] `query:"borrower" doc:"Your own, or staff."`
	MinRate        Rate            `query:"min_rate"`
	MaxRate        Rate            `query:"max_rate"`
	MinInstalments int             `query:"min_instalments" minimum:"1"`
	MaxInstalments int             `query:"max_instalments" minimum:"1"`
	Currency       string          `query:"currency" maxLength:"3" doc:"Of the amounts below, and of the listings."`
	MinPrincipal   decimal         `query:"min_principal" maxLength:"32"`
	MaxPrincipal   decimal         `query:"max_principal" maxLength:"32"`
	MinRemaining   decimal         `query:"min_remaining" maxLength:"32"`
	Sort           string          `query:"sort" enum:"newest,closing,rate,amount,remaining" default:"newest"`
}

func (s *server) searchListings() {
	read(s, huma.Operation{
		OperationID: "search-listings", Path: "/v1/listings", Tags: inMarket, Security: public(),
		Summary: "Search listings",
		Description: "Everybody sees what is published; borrowers and staff also what is not yet. " +
			"Amounts are decimal strings in the currency that is given.",
	}, func(
		ctx context.Context, tx *db.Tx, actor access.Actor, in *searchInput,
	) (List[Listing], error) {
		search, err := in.search()
		if err != nil {
			return List[Listing]{}, err
		}
		found, err := market.SearchListings(ctx, tx, actor, search)
		return listOf(found, in.Limit, listingOf, listingID), err
	})
}

func (in *searchInput) search() (market.Search, error) {
	q := market.Search{
		Grades: in.Grade, Currency: money.Currency(in.Currency), Product: in.Product,
		Borrower: in.Borrower.Value, MinRate: in.MinRate.Value, MaxRate: in.MaxRate.Value,
		MinInstalments: in.MinInstalments, MaxInstalments: in.MaxInstalments,
		Sort: market.Sort(in.Sort), After: in.After.Value, Limit: in.Limit,
	}
	for _, state := range in.State {
		q.States = append(q.States, market.State(state))
	}
	err := readDecimals(q.Currency, map[string]decimalField{
		"min_principal": {in.MinPrincipal, &q.MinPrincipal},
		"max_principal": {in.MaxPrincipal, &q.MaxPrincipal},
		"min_remaining": {in.MinRemaining, &q.MinRemaining},
	})
	return q, err
}
