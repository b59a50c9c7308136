package bench

import (
	"context"
	"strconv"
	"strings"

	"openlend/internal/db"
	"openlend/servicing"
)

// template is one running loan, made through the rooms, and every row that its
// running on depends on: whole portfolios are copies of it.
type template struct {
	tables []rowTable
	people map[int64]int // of the template's customers and wallets: which lender
}

// loanTables are where those rows are, and which are the loan's.
var loanTables = [][2]string{
	{"servicing_loan", "id = LOAN"},
	{"servicing_schedule", "loan_id = LOAN"},
	{"servicing_event", "loan_id = LOAN"},
	{"note", "loan_id = LOAN"},
	{"note_balance", "note_id IN (SELECT id FROM note WHERE loan_id = LOAN)"},
	{"note_holding", "loan_id = LOAN"},
	{"ledger_account", "id = COLLECTION"},
	{"ledger_balance", "account_id = COLLECTION"},
}

// newTemplate captures a loan.
func (n *country) newTemplate(ctx context.Context, l servicing.Loan) (*template, error) {
	t := &template{people: map[int64]int{}}
	of := strings.NewReplacer("LOAN", strconv.FormatInt(int64(l.ID), 10),
		"COLLECTION", strconv.FormatInt(int64(l.Collection), 10))
	_, err := db.Read(ctx, n.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		tables, err := db.Tables(ctx, tx)
		for _, from := range loanTables {
			if err != nil {
				break
			}
			var rows rowTable
			rows, err = captureRows(ctx, tx, tables, from[0], of.Replace(from[1]))
			rows.copied.Name = from[0]
			t.tables = append(t.tables, rows)
		}
		return struct{}{}, err
	})
	for i, c := range n.lenders {
		t.people[int64(c)] = i
		t.people[int64(n.wallets[i])] = i
	}
	return t, err
}

// clone adds copies from the first number on, with other lenders and borrowers
// for each. Its rows are those of a platform, the transfers before them apart.
func (n *country) clone(ctx context.Context, t *template, first, copies int) error {
	_, err := db.WriteBulk(ctx, n.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		for i := range t.tables {
			r := &t.tables[i]
			rows := make([][]any, 0, len(r.rows)*copies)
			for k := first; k < first+copies; k++ {
				for _, row := range r.rows {
					rows = append(rows, n.cloned(t, r.copied.Columns, row, k))
				}
			}
			if err := r.copied.Fill(ctx, tx, rows); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}

// stride is how far the people of one copy are from those of the one before.
const stride = 37

// cloned is a row of copy nr: people become others, every other id moves.
func (n *country) cloned(t *template, columns []db.TableColumn, row []any, nr int) []any {
	own := make([]any, len(row))
	copy(own, row)
	for i, c := range columns {
		id, isID := own[i].(int64)
		if !isID || id < 1<<40 || c.Name != "id" && !strings.HasSuffix(c.Name, "_id") {
			continue
		}
		person, isPerson := t.people[id]
		switch {
		case !isPerson:
			own[i] = cloneID(id, nr)
		case c.Name == "wallet_id":
			own[i] = int64(n.wallets[(person+nr*stride)%len(n.wallets)])
		default:
			own[i] = int64(n.lenders[(person+nr*stride)%len(n.lenders)])
		}
	}
	return own
}

// The ids of two copies are farther apart than a template spans (four seconds),
// and all of them farther in the future than a bench runs.
const (
	cloneStep  = int64(1) << 34
	cloneStart = int64(1_000_000)
)

// cloneID is what an id of the template is in a copy.
func cloneID(id int64, nr int) int64 { return id + (cloneStart+int64(nr))*cloneStep }
