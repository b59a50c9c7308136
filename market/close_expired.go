package market

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
)

// CloseExpired ends the next listings whose last day was on a business date or
// before it, and returns how many there were: fewer than 100 when none is left.
// An open listing that has reached what it must is funded, any other fails and
// releases what it holds; so does one on which nobody has decided in time.
// Closing calls it when the date is over.
func CloseExpired(
	ctx context.Context, tx *db.Tx, ids *id.Source, on calendar.Date,
) (int, error) {
	dates, due, err := lockDue(ctx, tx, func() ([]int64, error) {
		return loadExpired(ctx, tx, on, listingsAtOnce)
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	var told news
	for _, l := range due {
		switch {
		case l.State == Open && l.ClosesOn <= on && l.Funded >= l.MinFunded:
			err = l.fund(dates.BusinessOn, tx.Now())
			told.listing(TopicListingFunded, l)
		case l.State == Open && l.ClosesOn <= on:
			err = l.end(ctx, tx, ids, Failed, "it was not funded in time", &told)
		case (l.State == Funded || l.State == InFinalReview) && l.DecideBy <= on:
			err = l.end(ctx, tx, ids, Failed, "nobody decided on it in time", &told)
		}
		if err != nil {
			return 0, err
		}
	}
	if err := storeListings(ctx, tx, due...); err != nil {
		return 0, err
	}
	return len(due), told.announce(ctx, tx, ids)
}
