package origination

import (
	"context"
	"encoding/json"

	"openlend/customer"
	"openlend/internal/db"
)

const (
	selectApplicationColumns = `SELECT id, borrower_id, product, product_version, principal,
		currency, purpose, method, instalments, facts, state, grade, reasons, created_at,
		changed_at FROM origination_application `

	selectApplication = selectApplicationColumns + `WHERE id = $1`

	selectApplications = selectApplicationColumns + `WHERE id IN (:ids) ORDER BY id`

	selectApplicationPage = selectApplicationColumns +
		`WHERE id < $1 ORDER BY id DESC LIMIT $2`

	selectApplicationsOfBorrower = selectApplicationColumns +
		`WHERE borrower_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`

	selectApplicationQueue = selectApplicationColumns +
		`WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3`

	countOpenApplications = `SELECT COUNT(*) FROM origination_application
		WHERE borrower_id = $1 AND state IN ('draft', 'submitted', 'referred', 'approved')`

	updateApplication = `UPDATE origination_application SET product_version = $2,
		principal = $3, purpose = $4, method = $5, instalments = $6, facts = $7, state = $8,
		grade = $9, reasons = $10, changed_at = $11 WHERE id = $1`

	selectDecisions = `SELECT id, application_id, nr, decided_by, decider, result, grade, reasons,
		note, inputs, product, product_version, rule_set, decided_at
		FROM origination_decision WHERE application_id = $1 ORDER BY nr`
)

var (
	insertApplication = &db.Insert{Table: "origination_application", Columns: []string{
		"id", "borrower_id", "product", "product_version", "principal", "currency", "purpose",
		"method", "instalments", "facts", "state", "grade", "reasons", "created_at",
		"changed_at"}}

	updateApplicationStates = &db.Update{Table: "origination_application",
		Keys: []string{"id"}, Set: []string{"state", "changed_at"}}

	insertDecision = &db.Insert{Table: "origination_decision", Columns: []string{
		"id", "application_id", "nr", "decided_by", "decider", "result", "grade", "reasons",
		"note", "inputs", "product", "product_version", "rule_set", "decided_at"}}
)

func scanApplication(s db.Scanner) (Application, error) {
	var a Application
	var principal amountColumns
	var facts, reasons string
	var created, changed int64
	err := s.Scan((*int64)(&a.ID), (*int64)(&a.Borrower), &a.Product, &a.ProductVersion,
		&principal.minor, &principal.currency, &a.Request.Purpose, (*string)(&a.Request.Method),
		&a.Request.Instalments, &facts, (*string)(&a.State), &a.Grade, &reasons,
		&created, &changed)
	if err != nil {
		return Application{}, err
	}
	a.Request.Principal = principal.amount()
	a.CreatedAt, a.ChangedAt = instant(created), instant(changed)
	if err := json.Unmarshal([]byte(facts), &a.Request.Facts); err != nil {
		return Application{}, err
	}
	return a, json.Unmarshal([]byte(reasons), &a.Reasons)
}

// texts are the JSON columns of an application.
func (a *Application) texts() (facts, reasons string, err error) {
	if facts, err = writeJSON(a.Request.Facts); err != nil {
		return "", "", err
	}
	if a.Reasons == nil {
		return facts, "[]", nil
	}
	reasons, err = writeJSON(a.Reasons)
	return facts, reasons, err
}

func loadApplication(ctx context.Context, tx *db.Tx, id ApplicationID) (Application, error) {
	a, err := db.One(ctx, tx, scanApplication, selectApplication, int64(id))
	return found(a, err, ErrApplicationNotFound)
}

// lockedApplication loads an application that nobody else can change now, and
// before it the right to count what its borrower has open.
func lockedApplication(ctx context.Context, tx *db.Tx, id ApplicationID) (Application, error) {
	a, err := loadApplication(ctx, tx, id) // its borrower never changes
	if err != nil {
		return Application{}, err
	}
	if err := countAlone(ctx, tx, a.Borrower); err != nil {
		return Application{}, err
	}
	if err := tx.Lock(ctx, lockApplication, int64(id)); err != nil {
		return Application{}, err
	}
	return loadApplication(ctx, tx, id)
}

func storeNewApplication(ctx context.Context, tx *db.Tx, a *Application) error {
	facts, reasons, err := a.texts()
	if err != nil {
		return err
	}
	return tx.InsertMany(ctx, insertApplication, 1, func(_ int, r *db.Row) {
		r.Int(int64(a.ID))
		r.Int(int64(a.Borrower))
		r.Text(a.Product)
		r.Int(a.ProductVersion)
		r.Int(a.Request.Principal.Minor())
		r.Text(string(a.Request.Principal.Currency()))
		r.Text(a.Request.Purpose)
		r.Text(string(a.Request.Method))
		r.Int(int64(a.Request.Instalments))
		r.Text(facts)
		r.Text(string(a.State))
		r.Text(a.Grade)
		r.Text(reasons)
		r.Int(micros(a.CreatedAt))
		r.Int(micros(a.ChangedAt))
	})
}

// storeApplication stores what may change of an application, as of now.
func storeApplication(ctx context.Context, tx *db.Tx, a *Application) error {
	a.ChangedAt = tx.Now().UTC()
	facts, reasons, err := a.texts()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, updateApplication, int64(a.ID), a.ProductVersion,
		a.Request.Principal.Minor(), a.Request.Purpose, string(a.Request.Method),
		int64(a.Request.Instalments), facts, string(a.State), a.Grade, reasons,
		micros(a.ChangedAt))
	return err
}

// storeApplicationStates stores the states of applications sorted by id.
func storeApplicationStates(ctx context.Context, tx *db.Tx, all []Application) error {
	_, err := tx.UpdateMany(ctx, updateApplicationStates, len(all), func(i int, r *db.Row) {
		r.Int(int64(all[i].ID))
		r.Text(string(all[i].State))
		r.Int(micros(tx.Now()))
	})
	return err
}

func openApplications(ctx context.Context, tx *db.Tx, borrower customer.ID) (int64, error) {
	return db.Value[int64](ctx, tx, countOpenApplications, int64(borrower))
}

func scanDecision(s db.Scanner) (Decision, error) {
	var d Decision
	var reasons string
	var at int64
	err := s.Scan((*int64)(&d.ID), (*int64)(&d.Application), &d.Nr, (*string)(&d.By), &d.Decider,
		(*string)(&d.Result), &d.Grade, &reasons, &d.Note, &d.Inputs, &d.Product,
		&d.ProductVersion, &d.RuleSet, &at)
	if err != nil {
		return Decision{}, err
	}
	d.DecidedAt = instant(at)
	return d, json.Unmarshal([]byte(reasons), &d.Reasons)
}

func loadDecisions(ctx context.Context, tx *db.Tx, id ApplicationID) ([]Decision, error) {
	return db.Many(ctx, tx, scanDecision, selectDecisions, int64(id))
}

func storeDecision(ctx context.Context, tx *db.Tx, d *Decision) error {
	reasons, err := writeJSON(d.Reasons)
	if err != nil {
		return err
	}
	return tx.InsertMany(ctx, insertDecision, 1, func(_ int, r *db.Row) {
		r.Int(int64(d.ID))
		r.Int(int64(d.Application))
		r.Int(d.Nr)
		r.Text(string(d.By))
		r.Text(d.Decider)
		r.Text(string(d.Result))
		r.Text(d.Grade)
		r.Text(reasons)
		r.Text(d.Note)
		r.Text(d.Inputs)
		r.Text(d.Product)
		r.Int(d.ProductVersion)
		r.Int(d.RuleSet)
		r.Int(micros(d.DecidedAt))
	})
}
