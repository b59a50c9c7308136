package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"openlend/internal/clock"
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

func signedAt(h ledger.Head) string {
	return time.UnixMicro(h.SignedAt).UTC().Format(time.RFC3339)
}
