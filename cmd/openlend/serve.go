package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"openlend/app"
	"openlend/calendar"
)

// ServeCmd runs the platform, or a part of it.
type ServeCmd struct {
	logFlags
	Vault     string        `env:"OPENLEND_VAULT" placeholder:"URL" help:"Database of the personal data's keys, apart from the other: postgres://…; also from $OPENLEND_VAULT (KEYS/vault.db, for one process)."`
	Role      app.Role      `default:"all" enum:"all,api,worker,closer,bank" help:"Which part of the work this process does: all, api, worker, closer or bank. On SQLite it is all."`
	Listen    string        `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address to answer on, as host:port; port 0 is any free one (127.0.0.1:8080)."`
	Bank      string        `placeholder:"URL" help:"The custody bank, as http(s)://…; a simulator runs in this process when it is left out."`
	BankToken string        `placeholder:"FILE" help:"File with the token that the bank asks for."`
	Simulator string        `default:"127.0.0.1:8081" placeholder:"ADDR" help:"Address of the simulator of the bank, as host:port (127.0.0.1:8081)."`
	Zone      string        `default:"UTC" help:"Time zone of business dates, as in Europe/Berlin (UTC)."`
	Cutoff    time.Duration `default:"0s" help:"How long after midnight a business date is over (0s)."`
	CoolOff   time.Duration `default:"24h" help:"How long nothing is paid to a bank account after it was verified (24h)."`
	FirstDate string        `placeholder:"DATE" help:"Business date on which a new ledger begins (today)."`
	Drain     time.Duration `default:"0s" help:"How long to go on answering when told to stop, for load balancers to notice (0s)."`
}

// Help explains the command.
func (ServeCmd) Help() string {
	return `Runs the platform until it is told to stop (SIGTERM, SIGINT): it then says at /readyz that
it is not ready, ends what it has begun, and exits with 0.

Without --database everything is in one folder, which is made when it is not there. With
it, any number of processes may run on one database; migrate it first, as the role that
owns the tables, and give them the same --keys and --vault.

Examples:
  openlend serve --data ./data
  OPENLEND_DATABASE=postgres://app@db/openlend OPENLEND_VAULT=postgres://app@db/vault \
    openlend serve --role api --listen 0.0.0.0:8080 --keys /etc/openlend/keys`
}

// Run serves.
func (c ServeCmd) Run(ctx context.Context, std streams) (err error) {
	config, err := c.config(std)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return a.Run(ctx, func(at app.Started) { _, _ = fmt.Fprint(std.Out, c.welcome(at)) })
}

func (c ServeCmd) config(std streams) (app.Config, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return app.Config{}, err
	}
	config := app.Config{
		Data: c.Data, Keys: c.Keys, Database: c.Database, Vault: c.Vault, Role: c.Role,
		Listen: c.Listen, Bank: c.Bank, BankToken: c.BankToken, BankListen: c.Simulator,
		Zone: zone, Cutoff: c.Cutoff, CoolOff: c.CoolOff, DrainDelay: c.Drain,
		Log: slog.New(slog.NewTextHandler(std.Err, nil)),
	}
	if c.FirstDate != "" {
		config.FirstDate, err = calendar.ParseDate(c.FirstDate)
	}
	return config, err
}

// welcome tells a person what to do next.
func (c ServeCmd) welcome(at app.Started) string {
	text := fmt.Sprintf(`openlend (%s) answers at http://%s
  documentation  http://%[2]s/docs
  data           %[3]s
  a token        openlend token --data %[3]s --as staff:admin
`, c.Role, at.At, c.Data)
	if at.Simulator != "" {
		text += "  bank           " + at.Simulator + " (a simulator: no real money moves)\n"
	}
	return text + "  serving        until SIGTERM or Ctrl-C\n"
}
