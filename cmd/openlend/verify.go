package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"openlend/app"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/ledger"
)

// VerifyCmd checks the books.
type VerifyCmd struct {
	logFlags
	Grace time.Duration `default:"60s" help:"How long a batch may wait for its leaf and an event for its number."`
	Rows  int           `default:"10" help:"How many bad rows to show for each invariant."`
	JSON  bool          `name:"json" help:"One JSON object per line."`
}

// Help explains the command.
func (VerifyCmd) Help() string {
	return `Recomputes the books from the journal up and compares: balances, holds, roll-ups, the
tamper-evident log and its signed heads, heads.log; then what every room keeps against the
books and against itself. One line for each invariant; bad rows follow it. It only reads, and works beside a running server. The exit code is 1 when
anything is wrong, and standard error names the first bad row.

heads.log and the public key are those below --data; keep a copy of both elsewhere.

Examples:
  openlend verify --data ./data
  OPENLEND_DATABASE=postgres://app@db/openlend openlend verify --data /var/lib/openlend --json`
}

// verdict is a report as it is printed.
type verdict struct {
	Invariant    string       `json:"invariant"`
	Says         string       `json:"says"`
	Rows         int64        `json:"rows"`
	Bad          int64        `json:"bad"`
	Milliseconds int64        `json:"ms"`
	First        []verdictRow `json:"first,omitempty"`
	Notes        []string     `json:"notes,omitempty"`
}

type verdictRow struct {
	Row  string `json:"row"`
	What string `json:"what"`
}

// Run checks and prints.
func (c VerifyCmd) Run(ctx context.Context, std streams) (err error) {
	d, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return c.verify(ctx, std, d)
}

func (c VerifyCmd) verify(ctx context.Context, std streams, d *db.DB) error {
	bar := newCheckBar(std)
	defer bar.end()
	var first *ledger.Report
	watch := clock.Start()
	err := ledger.Verify(ctx, d, ledger.VerifyOptions{
		Causes: app.Causes(), Checks: app.Checks(),
		Place: c.place(), Grace: c.Grace, Rows: max(1, c.Rows), Progress: bar.set,
	}, func(r ledger.Report) error {
		v := verdictOf(r, watch.Elapsed())
		watch = clock.Start()
		if r.Bad > 0 && first == nil {
			first = &r
		}
		bar.next()
		return c.print(std, v)
	})
	if err != nil || first == nil {
		return err
	}
	row := first.Rows[0]
	return ErrUnsound.With("%s, %s: %s", first.ID, row.Key, row.What)
}

func verdictOf(r ledger.Report, took time.Duration) verdict {
	v := verdict{
		Invariant: r.ID, Says: r.Says, Rows: r.Looked, Bad: r.Bad, Notes: r.Notes,
		Milliseconds: took.Milliseconds(),
	}
	for _, row := range r.Rows {
		v.First = append(v.First, verdictRow{row.Key, row.What})
	}
	return v
}

func (c VerifyCmd) print(std streams, v verdict) error {
	if c.JSON {
		return json.NewEncoder(std.Out).Encode(v)
	}
	mark := "ok "
	if v.Bad > 0 {
		mark = "BAD"
	}
	_, err := fmt.Fprintf(std.Out, "%s %s %-84s %11d rows %5d bad %9s\n",
		v.Invariant, mark, v.Says, v.Rows, v.Bad, time.Duration(v.Milliseconds)*time.Millisecond)
	for _, row := range v.First {
		_, e := fmt.Fprintf(std.Out, "        %s: %s\n", row.Row, row.What)
		err = errors.Join(err, e)
	}
	for _, note := range v.Notes {
		_, e := fmt.Fprintf(std.Out, "        note: %s\n", note)
		err = errors.Join(err, e)
	}
	return err
}
