package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// JournalSealCmd seals what is booked.
type JournalSealCmd struct{ logFlags }

// Help explains the command.
func (JournalSealCmd) Help() string {
	return `A running server seals by itself; this is for a ledger that no server runs on. The key is
made at the first time, as DATA/keys/ledger-log.key; guard it, and give ledger-log.pub to
auditors. Every signed head goes to the database and to DATA/heads.log.

Example:
  openlend journal seal --data ./data`
}

// Run seals and prints the newest head.
func (c JournalSealCmd) Run(ctx context.Context, std streams) (err error) {
	d, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	sealed, err := ledger.SealOnce(ctx, d, clock.System{}, id.Holder(), c.place(),
		in64(progress(std, "seal")))
	if err != nil {
		return err
	}
	if sealed.Head.Size == 0 {
		_, err = fmt.Fprintln(std.Out, "nothing is booked yet")
		return err
	}
	_, err = fmt.Fprintf(std.Out, "%d new leaves; the head of %d leaves was signed at %s:\n\n%s",
		sealed.Batches, sealed.Head.Size, signedAt(sealed.Head), sealed.Head.Note)
	return err
}

// JournalHeadCmd prints a head.
type JournalHeadCmd struct {
	databaseFlags
	Size int64 `help:"Number of leaves of the head; the newest otherwise."`
}

// Help explains the command.
func (JournalHeadCmd) Help() string {
	return `Prints the signed text of a head. An auditor keeps it: with prove-growth and check-proof
--kept he sees later that nothing below it was changed, even by who holds the key.

Example:
  openlend journal head > 2026-11-22.head`
}

// Run prints the head.
func (c JournalHeadCmd) Run(ctx context.Context, std streams) (err error) {
	d, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	head, err := db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) (ledger.Head, error) {
		return ledger.ReadHead(ctx, tx, c.Size)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(std.Out, head.Note)
	return err
}

func signedAt(h ledger.Head) string {
	return time.UnixMicro(h.SignedAt).UTC().Format(time.RFC3339)
}
