package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"openlend/access"
	"openlend/app"
	"openlend/internal/clock"
)

// TokenCmd issues a bearer token.
type TokenCmd struct {
	Data string        `default:"./data" placeholder:"DIR" help:"Data directory (./data)."`
	Keys string        `placeholder:"DIR" help:"Directory of the keys (DATA/keys)."`
	As   string        `required:"" placeholder:"WHO" help:"A customer as cus_…, or staff as staff:ROLE or staff:ROLE/NAME."`
	Life time.Duration `default:"24h" help:"How long it is good for, 31 days at most."`
}

// Help explains the command.
func (TokenCmd) Help() string {
	return `Prints a token that the API takes as Authorization: Bearer …. Whoever can read the key's
file can be anybody: keep it to the account that serves.

Roles are admin, underwriter, reviewer, treasurer, servicer, compliance and auditor. Four-eyes
steps need two people: tokens of two names.

Examples:
  openlend token --as staff:underwriter/ann
  curl -H "Authorization: Bearer $(openlend token --as cus_0CZ8N3W5K2Q4R)" …`
}

// Run prints the token. The key must be there: serve makes it.
func (c TokenCmd) Run(_ context.Context, std streams) error {
	actor, err := access.ParseActor(c.As)
	if err != nil {
		return err
	}
	keys := c.Keys
	if keys == "" {
		keys = filepath.Join(c.Data, "keys")
	}
	key, err := access.OpenTokenKey(app.TokenFile(keys), false)
	if err != nil {
		return err
	}
	token, err := key.Issue(actor, clock.System{}.Now(), c.Life)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.Out, token)
	return err
}
