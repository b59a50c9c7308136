package origination

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// ApproveProduct lets a second person put a proposed version into force from
// its effective date. That date must not have passed: what was decided under the
// version before it stays true. Refusals: access.ErrForbidden,
// access.ErrFourEyes, ErrProductNotFound, ErrProductState, ErrProductDate.
func ApproveProduct(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, code string, version int64,
) (ProductVersion, error) {
	v, err := decideProduct(ctx, tx, actor, code, version, ProductApproved)
	if err != nil {
		return ProductVersion{}, err
	}
	return v, announce(ctx, tx, ids, TopicProductApproved, "", ProductEvent{code, version})
}

// RejectProduct lets a second person turn a proposed version down for ever.
// Refusals: access.ErrForbidden, access.ErrFourEyes, ErrProductNotFound,
// ErrProductState.
func RejectProduct(
	ctx context.Context, tx *db.Tx, actor access.Actor, code string, version int64,
) (ProductVersion, error) {
	return decideProduct(ctx, tx, actor, code, version, ProductRejected)
}

func decideProduct(
	ctx context.Context, tx *db.Tx, actor access.Actor, code string, version int64,
	verdict ProductState,
) (ProductVersion, error) {
	if err := actor.Require(access.ProductApprove); err != nil {
		return ProductVersion{}, err
	}
	v, err := loadVersion(ctx, tx, code, version)
	if err != nil {
		return ProductVersion{}, err
	}
	if v.State != ProductProposed {
		return ProductVersion{}, ErrProductState
	}
	if err := actor.SecondPerson(v.Maker); err != nil {
		return ProductVersion{}, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return ProductVersion{}, err
	}
	if verdict == ProductApproved && v.Product.EffectiveOn < dates.BusinessOn {
		return ProductVersion{}, ErrProductDate
	}
	stored, err := storeVerdict(ctx, tx, &v, verdict, actor.Principal())
	if err != nil {
		return ProductVersion{}, err
	}
	if !stored { // somebody else was faster
		return ProductVersion{}, ErrProductState
	}
	return loadVersion(ctx, tx, code, version)
}
