package servicing

import "openlend/internal/db"

// The pages follow the partial index on due dates. Joined with ”, the state is
// no invitation to go through all loans that run by its own index, which SQLite
// took and then sorted for every page.
const selectDue = `SELECT id, next_due_on FROM servicing_loan
	WHERE next_due_on <> '' AND next_due_on <= $1 AND (next_due_on, id) > ($2, $3)
	AND state || '' IN ('active', 'late', 'default')
	ORDER BY next_due_on, id LIMIT $4`

func scanDue(s db.Scanner) (d Due, err error) {
	var on string
	if err := s.Scan((*int64)(&d.Loan), &on); err != nil {
		return d, err
	}
	d.On, err = dateOrNone(on)
	return d, err
}
