package api

import (
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"openlend/origination"
)

// Product is what loans of one kind may be and cost, and how they are decided,
// funded and serviced. Amounts in it are minor units of its currency.
type Product origination.Product

// NewProduct is a version that is to be proposed: its number is given by us.
type NewProduct origination.Product

// TransformSchema tells readers so.
func (NewProduct) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Required = slices.DeleteFunc(s.Required, func(name string) bool { return name == "version" })
	return s
}

func productOf(p *origination.Product) Product { return Product(*p) }

// ProductVersion is a version with its history.
type ProductVersion struct {
	Product    Product `json:"product"`
	State      string  `json:"state" doc:"proposed, approved or rejected"`
	Hash       string  `json:"hash" doc:"SHA-256 of its canonical JSON."`
	ProposedBy string  `json:"proposed_by"`
	DecidedBy  string  `json:"decided_by,omitempty"`
	ProposedAt Instant `json:"proposed_at"`
	DecidedAt  Instant `json:"decided_at,omitzero"`
}

func (p ProductVersion) resource() int64 { return p.Product.Version }

func productVersionOf(v origination.ProductVersion) ProductVersion {
	shown := ProductVersion{
		State: string(v.State), Hash: v.Hash, ProposedBy: v.Maker, DecidedBy: v.Checker,
		ProposedAt: Instant(v.ProposedAt), DecidedAt: Instant(v.DecidedAt),
	}
	if v.Product != nil {
		shown.Product = Product(*v.Product)
	}
	return shown
}
