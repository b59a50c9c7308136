package origination

import (
	"context"

	"openlend/customer"
	"openlend/internal/db"
)

// GetApplication gets an application. Refusal: ErrApplicationNotFound.
func GetApplication(ctx context.Context, tx *db.Tx, id ApplicationID) (Application, error) {
	return loadApplication(ctx, tx, id)
}

// ApplicationQuery asks for a page of applications. With neither a borrower nor
// a state it is all of them.
type ApplicationQuery struct {
	Borrower customer.ID      // his own, newest first
	State    ApplicationState // Submitted, Referred or Approved: the queue, oldest first
	After    ApplicationID    // the last one of the page before, 0: from the start
	Limit    int              // 1 to 200, 0: 50
}

// ListApplications lists a borrower's applications or all, newest first, or a
// queue of those that wait in a state, oldest first. Refusals: ErrLimit,
// ErrQueue.
func ListApplications(
	ctx context.Context, tx *db.Tx, q ApplicationQuery,
) ([]Application, error) {
	after, limit, err := page(int64(q.After), q.Limit)
	if err != nil {
		return nil, err
	}
	switch {
	case q.Borrower != 0 && q.State != "":
		return nil, ErrQueue
	case q.Borrower != 0:
		return db.Many(ctx, tx, scanApplication, selectApplicationsOfBorrower,
			int64(q.Borrower), after, limit)
	case q.State == "":
		return db.Many(ctx, tx, scanApplication, selectApplicationPage, after, limit)
	case q.State != Submitted && q.State != Referred && q.State != Approved:
		return nil, ErrQueue
	}
	return db.Many(ctx, tx, scanApplication, selectApplicationQueue,
		string(q.State), int64(q.After), limit)
}
