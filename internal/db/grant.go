package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Grants say what the serving role of PostgreSQL may do: everything with rows,
// but only read and insert in append-only tables, and nothing with tables.
type Grants struct {
	Role       string
	AppendOnly []string
}

// grant gives the role its rights on every table. It is run at every
// migration, so a new table is served as soon as it exists; in one transaction,
// so servers at work never miss a right; under a lock, since two grants on one
// table fail each other.
func grant(ctx context.Context, conn *sql.DB, g Grants) (err error) {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return sorted(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	const only = `LOCK TABLE goose_db_version IN SHARE ROW EXCLUSIVE MODE`
	if _, err := tx.ExecContext(ctx, only); err != nil {
		return sorted(err)
	}
	texts, err := grants(ctx, tx, g)
	if err != nil {
		return sorted(err)
	}
	for _, text := range texts {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, sorted(err))
		}
	}
	return sorted(tx.Commit())
}

// grants are the statements that give g, whatever was granted before.
func grants(ctx context.Context, tx *sql.Tx, g Grants) ([]string, error) {
	var schema string
	if err := tx.QueryRowContext(ctx, `SELECT current_schema()`).Scan(&schema); err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx,
		`SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY tablename`, schema)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err below tells
	role, schema := pgx.Identifier{g.Role}.Sanitize(), pgx.Identifier{schema}.Sanitize()
	texts := []string{
		"REVOKE CREATE ON SCHEMA " + schema + " FROM PUBLIC, " + role, // as PostgreSQL 15 does
		"GRANT USAGE ON SCHEMA " + schema + " TO " + role,
	}
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, err
		}
		name := schema + "." + pgx.Identifier{table}.Sanitize()
		texts = append(texts, "REVOKE ALL ON "+name+" FROM PUBLIC, "+role,
			"GRANT "+rights(table, g)+" ON "+name+" TO "+role)
	}
	return texts, rows.Err()
}

func rights(table string, g Grants) string {
	switch {
	case strings.HasPrefix(table, "goose_"):
		return "SELECT"
	case slices.Contains(g.AppendOnly, table):
		return "SELECT, INSERT"
	}
	return "SELECT, INSERT, UPDATE, DELETE"
}
