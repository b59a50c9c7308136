package servicing

import "openlend/internal/db"

// The states are spelled so that the partial index is used; a loan that has
// ended has no due date.
const selectDue = `SELECT id, next_due_on FROM servicing_loan
	WHERE next_due_on <> '' AND next_due_on <= $1
	AND (next_due_on > $2 OR next_due_on = $2 AND id > $3)
	AND state IN ('active', 'late', 'default')
	ORDER BY next_due_on, id LIMIT $4`

func scanDue(s db.Scanner) (d Due, err error) {
	var on string
	if err := s.Scan((*int64)(&d.Loan), &on); err != nil {
		return d, err
	}
	d.On, err = dateOrNone(on)
	return d, err
}
