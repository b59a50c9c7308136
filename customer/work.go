package customer

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"openlend/access"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
)

// Checker asks a provider about the documents that were handed in. Several
// processes may run one; a provider is then asked twice at times and its first
// answer counts.
type Checker struct {
	DB       *db.DB
	IDs      *id.Source
	Vault    *crypt.Vault
	Provider Provider
	Report   func(error) // hears of every fault, nil logs it; the checker goes on
	Bell     outbox.Bell // rung when documents may have come in; may be nil
}

const (
	checkPage  = 50
	checkPause = 2 * time.Second  // between two looks without a bell
	faultPause = 30 * time.Second // after a fault, bell or no bell
)

var checker = access.System("identity-check")

// Run works until ctx ends.
func (c *Checker) Run(ctx context.Context) {
	for ctx.Err() == nil {
		pause, bell := checkPause, c.Bell
		if _, err := c.RunDue(ctx); err != nil && ctx.Err() == nil {
			c.report(err)
			pause, bell = faultPause, nil // a provider that is down is left alone
		}
		select {
		case <-ctx.Done():
		case <-bell:
		case <-time.After(pause):
		}
	}
}

// RunDue asks about every document that waits, once, and returns how many got an
// answer. A provider that fails leaves its check pending and holds up no other.
func (c *Checker) RunDue(ctx context.Context) (int, error) {
	done, after := 0, CheckID(0)
	var faults []error
	for {
		page, err := db.Read(ctx, c.DB, func(ctx context.Context, tx *db.Tx) ([]CheckID, error) {
			return pendingChecks(ctx, tx, after, checkPage)
		})
		if err != nil {
			return done, errors.Join(append(faults, err)...)
		}
		for _, check := range page {
			after = check
			if err := c.ask(ctx, check); err != nil {
				faults = append(faults, err)
				continue
			}
			done++
		}
		if len(page) < checkPage || ctx.Err() != nil {
			return done, errors.Join(faults...)
		}
	}
}

// ask reads the facts, calls the provider with no transaction open and stores its
// answer.
func (c *Checker) ask(ctx context.Context, check CheckID) error {
	facts, err := db.Read(ctx, c.DB, func(ctx context.Context, tx *db.Tx) (Facts, error) {
		return factsOf(ctx, tx, c.Vault, check)
	})
	found := Finding{CheckRefused, []Reason{ReasonForgotten}} // unless there are facts
	if err == nil {
		found, err = c.Provider.Check(ctx, facts)
	}
	if err != nil && !errors.Is(err, crypt.ErrForgotten) {
		return err
	}
	_, err = db.Write(ctx, c.DB, func(ctx context.Context, tx *db.Tx) (Check, error) {
		return RecordFinding(ctx, tx, c.IDs, checker,
			ProviderFinding{Check: check, Provider: c.Provider.Name, Finding: found})
	})
	if errors.Is(err, ErrState) {
		return nil // another process was quicker
	}
	return err
}

func (c *Checker) report(err error) {
	if c.Report != nil {
		c.Report(err)
		return
	}
	slog.Error("customer: a check of identity could not be made", "error", err)
}
