package market

import (
	"context"
	"time"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// Decision is what a second person decides.
type Decision string

// The decisions: the first three of a publication, the last two of a release.
const (
	Publish Decision = "publish"
	Return  Decision = "return" // to be prepared again
	Refuse  Decision = "refuse"
	Approve Decision = "approve"
)

// What is reviewed.
const (
	ofPublication = "publication"
	ofFunding     = "funding"
)

// review is the record of one decision; it never changes.
type review struct {
	id             int64
	listing        ListingID
	subject        string
	decision       Decision
	maker, checker string
	why            string
	at             time.Time
}

// record keeps who decided on whose work. Refusal: access.ErrFourEyes.
func record(
	ctx context.Context, tx *db.Tx, ids *id.Source, checker access.Actor, v review,
) error {
	if err := checker.SecondPerson(v.maker); err != nil {
		return err
	}
	next, err := ids.Next()
	if err != nil {
		return err
	}
	v.id, v.checker, v.at = next, checker.Principal(), tx.Now()
	return storeReview(ctx, tx, v)
}
