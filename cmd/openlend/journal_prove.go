package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// JournalProveCmd proves a transfer.
type JournalProveCmd struct {
	databaseFlags
	Transfer string `arg:"" help:"The transfer, as trf_… or as a number."`
}

// Help explains the command.
func (JournalProveCmd) Help() string {
	return `Prints one JSON object that leads from the transfer to the newest signed head. Whoever has
the public key can check it without us; see journal check-proof.

Example:
  openlend journal prove trf_0S9KJ1PG0000X > proof.json`
}

// Run prints the proof.
func (c JournalProveCmd) Run(ctx context.Context, std streams) error {
	n, err := strconv.ParseInt(c.Transfer, 10, 64)
	if err != nil {
		if n, err = id.Parse("trf", c.Transfer); err != nil {
			return err
		}
	}
	return c.printProof(ctx, std, func(ctx context.Context, tx *db.Tx) (ledger.Proof, error) {
		return ledger.ProveTransfer(ctx, tx, ledger.TransferID(n))
	})
}

// printProof makes a proof and prints it.
func (f databaseFlags) printProof(
	ctx context.Context, std streams, prove func(context.Context, *db.Tx) (ledger.Proof, error),
) (err error) {
	d, err := f.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	p, err := db.Read(ctx, d, prove)
	if err != nil {
		return err
	}
	text, err := p.Encode()
	if err != nil {
		return err
	}
	_, err = std.Out.Write(append(text, '\n'))
	return err
}

// JournalProveGrowthCmd proves that an older log is the beginning of a newer.
type JournalProveGrowthCmd struct {
	databaseFlags
	Older int64 `arg:"" help:"Number of leaves of the older head."`
	Newer int64 `help:"Number of leaves of the newer head; the newest otherwise."`
}

// Help explains the command.
func (JournalProveGrowthCmd) Help() string {
	return `Prints one JSON object that leads from an older signed head to a newer one: nothing below
the older was changed or taken away. An auditor who keeps heads asks for this.

Example:
  openlend journal prove-growth 1000 > growth.json`
}

// Run prints the proof.
func (c JournalProveGrowthCmd) Run(ctx context.Context, std streams) error {
	return c.printProof(ctx, std, func(ctx context.Context, tx *db.Tx) (ledger.Proof, error) {
		return ledger.ProveGrowth(ctx, tx, c.Older, c.Newer)
	})
}

// JournalCheckProofCmd is the auditor's side: it opens no database.
type JournalCheckProofCmd struct {
	File string `arg:"" help:"The proof; - is standard input."`
	Key  string `required:"" placeholder:"FILE" help:"The public key, ledger-log.pub."`
	Kept string `placeholder:"FILE" help:"A head that was kept: the proof must begin with it (prove-growth) or end on it (prove)."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

// Help explains the command.
func (JournalCheckProofCmd) Help() string {
	return `Needs the public key and the proof, no database and no network, and prints what is proven.
Any changed byte of the proof makes the exit code 1.

Example:
  openlend journal check-proof proof.json --key ledger-log.pub
  openlend journal check-proof growth.json --key ledger-log.pub --kept 2026-11-22.head`
}

// proofMax bounds what is read; a proof has a few kilobytes.
const proofMax = 1 << 20

// Run checks and prints.
func (c JournalCheckProofCmd) Run(std streams) error {
	key, err := ledger.ReadKey(c.Key)
	if err != nil {
		return err
	}
	text, err := c.read(std)
	if err != nil {
		return err
	}
	proven, err := ledger.CheckProof(key, text)
	if err != nil {
		return err
	}
	if err := c.mustBeKept(proven); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(std.Out).Encode(shown(proven))
	}
	if t := proven.Transfer; t != nil {
		_, err = fmt.Fprintf(std.Out, "proven: transfer %s, %s %d leg %d (%s), %s from %s to %s on %s\n"+
			"is in leaf %d of the log under the signed head of %d leaves\n",
			t.ID, t.Cause.Type, t.Cause.ID, t.Leg, t.Entry, money.New(t.Amount, t.Currency),
			t.Debit, t.Credit, t.BusinessOn, proven.LeafNo, proven.Head.Size)
		return err
	}
	_, err = fmt.Fprintf(std.Out,
		"proven: the log of %d leaves begins with all of the log of %d leaves\n",
		proven.Head.Size, proven.Older.Size)
	return err
}

// mustBeKept compares the head that the proof starts from with the one that was
// kept. Refusal: ErrOtherHead.
func (c JournalCheckProofCmd) mustBeKept(p ledger.Proven) error {
	if c.Kept == "" {
		return nil
	}
	kept, err := os.ReadFile(c.Kept)
	if err != nil {
		return err
	}
	head := p.Head
	if p.Older != nil {
		head = *p.Older
	}
	if head.Note != string(kept) {
		return ErrOtherHead.With("it has %d leaves", head.Size)
	}
	return nil
}

func (c JournalCheckProofCmd) read(std streams) ([]byte, error) {
	if c.File == "-" {
		return io.ReadAll(io.LimitReader(std.In, proofMax))
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, proofMax))
	return text, errors.Join(err, f.Close())
}

// provenJSON is what a proof has shown.
type provenJSON struct {
	Transfer   string        `json:"transfer,omitempty"`
	CauseType  string        `json:"cause_type,omitempty"`
	CauseID    int64         `json:"cause_id,omitempty"`
	Leg        int64         `json:"leg,omitempty"`
	Entry      string        `json:"entry,omitempty"`
	Debit      string        `json:"debit,omitempty"`
	Credit     string        `json:"credit,omitempty"`
	Amount     *money.Amount `json:"amount,omitempty"`
	BusinessOn string        `json:"business_on,omitempty"`
	OlderSize  int64         `json:"older_size,omitempty"`
	HeadSize   int64         `json:"head_size"`
	HeadHash   string        `json:"head_hash"`
}

func shown(p ledger.Proven) provenJSON {
	s := provenJSON{HeadSize: p.Head.Size, HeadHash: p.Head.Hash.String()}
	if p.Older != nil {
		s.OlderSize = p.Older.Size
	}
	if t := p.Transfer; t != nil {
		amount := money.New(t.Amount, t.Currency)
		s.Transfer, s.CauseType, s.CauseID, s.Leg = t.ID.String(), t.Cause.Type, t.Cause.ID, t.Leg
		s.Entry, s.Debit, s.Credit = string(t.Entry), t.Debit.String(), t.Credit.String()
		s.Amount, s.BusinessOn = &amount, t.BusinessOn
	}
	return s
}
