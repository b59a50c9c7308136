package bench

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"openlend/internal/db"
)

// rowLimit is the least work that leaves the rows of an operation behind: the
// engine's bulk insert of copies of rows that the operation has really written,
// into tables with the same columns, checks and indexes.
type rowLimit struct {
	db     *db.DB
	tables []rowTable
	units  int   // of the operation, that the rows are of
	round  int64 // how often the rows were inserted
}

// rowTable are the rows of one table as they were, and its copy to insert to.
type rowTable struct {
	copied db.Table
	rows   [][]any
}

const copyPrefix = "bench_copy_"

// captureRows remembers the rows that a table holds under a condition. Refused
// is a table without such rows: the limit would be of something else.
func captureRows(
	ctx context.Context, tx *db.Tx, tables []db.Table, name, where string,
) (rowTable, error) {
	for _, t := range tables {
		if t.Name != name {
			continue
		}
		r := rowTable{copied: t}
		of := t
		of.Name += " WHERE " + where
		err := of.Each(ctx, tx, func(row []any) error {
			r.rows = append(r.rows, row)
			return nil
		})
		if err == nil && len(r.rows) == 0 {
			err = fmt.Errorf("bench: no rows in %s where %s", name, where)
		}
		r.copied.Name = copyPrefix + name
		return r, err
	}
	return rowTable{}, fmt.Errorf("bench: no table %s", name)
}

// makeCopies makes the tables to insert to, as the owner of the schema.
func makeCopies(ctx context.Context, owner *db.DB, appRole string, tables []string) error {
	_, err := db.Write(ctx, owner, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		for _, name := range tables {
			if err := copyTable(ctx, tx, name, appRole); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}

func copyTable(ctx context.Context, tx *db.Tx, name, appRole string) error {
	if tx.Engine() == db.Postgres {
		for _, text := range []string{
			"CREATE TABLE " + copyPrefix + name + " (LIKE " + name + " INCLUDING ALL)",
			"GRANT SELECT, INSERT ON " + copyPrefix + name + " TO " + appRole,
		} {
			if _, err := tx.Exec(ctx, text); err != nil {
				return err
			}
		}
		return nil
	}
	texts, err := db.Values[string](ctx, tx, `SELECT sql FROM sqlite_master
		WHERE tbl_name = $1 AND type IN ('table', 'index') AND sql IS NOT NULL
		ORDER BY type DESC`, name)
	for _, text := range texts {
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, copied(text, name))
	}
	return err
}

// copied renames the table in its own text, and every index.
func copied(text, name string) string {
	if head, rest, isIndex := strings.Cut(text, "INDEX "); isIndex {
		return head + "INDEX " + copyPrefix + strings.ReplaceAll(rest, " ON "+name, " ON "+copyPrefix+name)
	}
	return strings.Replace(text, name, copyPrefix+name, 1)
}

// insert commits the rows once more, with keys that no earlier round had, and
// returns how many units that is.
func (l *rowLimit) insert(ctx context.Context) (int, error) {
	l.round++
	moved := make([][][]any, len(l.tables))
	for i, t := range l.tables {
		moved[i] = t.moved(l.round)
	}
	return db.Write(ctx, l.db, func(ctx context.Context, tx *db.Tx) (int, error) {
		for i := range l.tables {
			if err := l.tables[i].copied.Fill(ctx, tx, moved[i]); err != nil {
				return 0, err
			}
		}
		return l.units, nil
	})
}

// farther is how far apart the keys of two rounds are: more than the ids that
// one round's rows span, and less than would use the range up.
const farther = int64(1) << 50

// moved shifts every key, so that the rows stay in their order.
func (t *rowTable) moved(round int64) [][]any {
	rows := make([][]any, len(t.rows))
	for i, row := range t.rows {
		own := make([]any, len(row))
		copy(own, row)
		for c, column := range t.copied.Columns {
			switch v := own[c].(type) {
			case int64:
				if v > 1<<40 && (column.Name == "id" || strings.HasSuffix(column.Name, "_id")) {
					own[c] = v + round*farther
				}
			case string:
				if column.Name == "key" {
					own[c] = v + "." + strconv.FormatInt(round, 10)
				}
			}
		}
		rows[i] = own
	}
	return rows
}

// paymentTables are the tables that a payment and its distribution write rows to;
// balances and the loan are changed, which counts as inserted.
var paymentTables = []string{
	"ledger_transfer", "servicing_share", "servicing_payment", "servicing_event",
	"servicing_allocation", "servicing_distribution", "outbox",
	"ledger_balance", "note_balance", "servicing_loan",
}

// paymentRows are those that payments since an id have written. Copies of loans
// have ids of the far future, but nobody has paid them before.
func paymentRows(since int64) map[string]string {
	newer := " > " + strconv.FormatInt(since, 10)
	return map[string]string{
		"ledger_transfer":        "id" + newer,
		"servicing_share":        "distribution_id" + newer,
		"servicing_payment":      "id" + newer,
		"servicing_event":        "id" + newer + " AND kind = 'paid'",
		"servicing_allocation":   "booking_id" + newer,
		"servicing_distribution": "id" + newer,
		"outbox":                 "id" + newer,
		"ledger_balance":         "version" + newer,
		"note_balance": "note_id IN (SELECT note_id FROM servicing_share WHERE distribution_id" +
			newer + ")",
		"servicing_loan": "id IN (SELECT loan_id FROM servicing_payment WHERE id" + newer + ")",
	}
}
