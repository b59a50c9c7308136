package app

import (
	"log/slog"
	"path/filepath"
	"time"

	"openlend/calendar"
	"openlend/internal/clock"
	"openlend/ledger"
)

// Config is everything that a process can be told. Every field has a usable
// zero value; a secret is never in it, only the path of its file.
type Config struct {
	// Data is the directory of this machine's own: the SQLite file, keys,
	// heads.log. "" is ./data.
	Data string
	// Keys is the directory of the keys, which all processes of one platform
	// share; "" is DATA/keys.
	Keys string
	// Database is postgres://… in the place of DATA/openlend.db.
	Database string
	// Vault is the database of the personal data's keys, apart from the other;
	// "" is DATA/keys/vault.db, which one process can use.
	Vault string

	Role   Role   // "" is all
	Listen string // host:port; "" is 127.0.0.1:8080, port 0 any free one

	// Bank is the custody bank, as http(s)://…; "" has the process that speaks with
	// the bank play it too, on BankListen ("" is 127.0.0.1:8081), with its books in
	// DATA/bank-simulator.jsonl.
	Bank       string
	BankListen string
	BankToken  string // file with the token that the bank asks for; "" is none

	// FirstDate is the business date on which a new ledger begins; zero: today.
	FirstDate calendar.Date
	// Cutoff is how long after midnight in Zone a business date is over, and CoolOff
	// how long nothing is paid to a bank account after it was verified.
	Zone    *time.Location // nil: UTC
	Cutoff  time.Duration
	CoolOff time.Duration // 0: 24 h

	// DrainDelay is how long a process that is to stop still takes requests,
	// for load balancers to notice that it is not ready any more.
	DrainDelay time.Duration

	Wall clock.Clock  // nil: the machine's
	Log  *slog.Logger // nil: the default
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	if c.Data == "" {
		c.Data = "data"
	}
	if c.Keys == "" {
		c.Keys = filepath.Join(c.Data, "keys")
	}
	if c.Vault == "" {
		c.Vault = "sqlite:" + filepath.Join(c.Keys, "vault.db")
	}
	if c.Role == "" {
		c.Role = RoleAll
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8080"
	}
	if c.BankListen == "" {
		c.BankListen = "127.0.0.1:8081"
	}
	if c.CoolOff == 0 {
		c.CoolOff = 24 * time.Hour
	}
	if c.Wall == nil {
		c.Wall = clock.System{}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// url is the database as internal/db knows it.
func (c Config) url() string {
	if c.Database != "" {
		return c.Database
	}
	return "sqlite:" + filepath.Join(c.Data, "openlend.db")
}

// TokenFile is where the key of bearer tokens lies.
func TokenFile(keys string) string { return filepath.Join(keys, "token.key") }

// callbackKeyFile holds what the bank signs its callbacks with.
func (c Config) callbackKeyFile() string { return filepath.Join(c.Keys, "bank-callback.key") }

func (c Config) simulatorFile() string { return filepath.Join(c.Data, "bank-simulator.jsonl") }

func (c Config) vaultKeyFile() string { return filepath.Join(c.Keys, "vault.key") }

func (c Config) logPlace() ledger.Place { return ledger.PlaceIn(c.Data, c.Keys) }
