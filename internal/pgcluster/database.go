package pgcluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"github.com/jackc/pgx/v5"
)

var databaseName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,49}$`)

// CreateDatabase makes a fresh database on the server that superuserURL names,
// with two roles of its own as in production: NAME_owner owns it and runs the
// migrations, NAME_app may connect and has nothing but what it is granted.
// Refusal: ErrName.
func CreateDatabase(
	ctx context.Context, superuserURL, name string,
) (ownerURL, appURL string, err error) {
	if !databaseName.MatchString(name) {
		return "", "", ErrName.With("%q", name)
	}
	owner, app := name+"_owner", name+"_app"
	ownerURL, ownerPassword, err := roleURL(superuserURL, owner, name)
	if err != nil {
		return "", "", err
	}
	appURL, appPassword, err := roleURL(superuserURL, app, name)
	if err != nil {
		return "", "", err
	}
	// The name is checked and rand.Text is letters and digits: nothing to quote.
	err = run(ctx, superuserURL,
		fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", owner, ownerPassword),
		fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", app, appPassword),
		fmt.Sprintf("CREATE DATABASE %s OWNER %s", name, owner),
		fmt.Sprintf("REVOKE ALL ON DATABASE %s FROM PUBLIC", name),
		fmt.Sprintf("GRANT CONNECT ON DATABASE %s TO %s", name, app),
	)
	return ownerURL, appURL, err
}

// CloneDatabase makes a database that is a copy of one of CreateDatabase, to
// which nobody may be connected, and belongs to the same two roles: its URLs are
// those of the template in another database. Refusal: ErrName.
func CloneDatabase(ctx context.Context, superuserURL, template, name string) error {
	if !databaseName.MatchString(name) || !databaseName.MatchString(template) {
		return ErrName.With("%q", name)
	}
	return run(ctx, superuserURL,
		fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s OWNER %s_owner", name, template, template),
		fmt.Sprintf("REVOKE ALL ON DATABASE %s FROM PUBLIC", name),
		fmt.Sprintf("GRANT CONNECT ON DATABASE %s TO %s_app", name, template),
	)
}

// DropDatabase removes a database of CreateDatabase and its roles, and ends
// the connections that are still open to it. Refusal: ErrName.
func DropDatabase(ctx context.Context, superuserURL, name string) error {
	if !databaseName.MatchString(name) {
		return ErrName.With("%q", name)
	}
	return run(ctx, superuserURL,
		fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name),
		fmt.Sprintf("DROP ROLE IF EXISTS %s_app, %s_owner", name, name),
	)
}

// roleURL is superuserURL with another role, a new password and a database.
func roleURL(superuserURL, role, database string) (full, password string, err error) {
	u, err := url.Parse(superuserURL)
	if err != nil {
		return "", "", err
	}
	password = rand.Text()
	u.User, u.Path = url.UserPassword(role, password), "/"+database
	return u.String(), password, nil
}

// run executes statements one by one on one connection, outside a transaction,
// as CREATE DATABASE wants.
func run(ctx context.Context, url string, statements ...string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	for _, s := range statements {
		if _, err = conn.Exec(ctx, s); err != nil {
			break
		}
	}
	return errors.Join(err, conn.Close(ctx))
}
