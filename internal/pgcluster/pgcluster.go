// Package pgcluster starts a private, throw-away PostgreSQL server for tests
// and benchmarks and removes it again. It finds the server's own binaries,
// makes a cluster in a fresh directory, listens on a free loopback port with a
// random password, and leaves root when it is root (PostgreSQL refuses root).
//
// Invariants: nothing outlives its owner. A supervising shell waits on a pipe
// that only the owner holds, so it stops the server and removes the directory
// whether the owner calls Stop, exits or is killed with SIGKILL. A directory
// whose supervisor was killed too is removed by the next Start: a live cluster
// holds a file lock on its directory, a dead one does not.
package pgcluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options say what kind of cluster Start makes. The zero value is the fast one
// for tests.
type Options struct {
	// Durable keeps every acknowledged commit through a power cut: fsync and
	// full_page_writes on, as in production. Without it both are off: much
	// faster, and only a crash of the machine is worse.
	Durable bool
	// Settings are put over the defaults of this package, e.g. "work_mem": "64MB".
	Settings map[string]string
	// Dir is where the cluster's own directory is made; "" is os.TempDir().
	// A server that is not run as root must be able to pass through it.
	Dir string
}

// Cluster is a running server. It belongs to the process that started it.
type Cluster struct {
	url     string
	version string
	changed []string
	server  *supervised
}

const (
	startLimit  = 60 * time.Second // for one server to answer, even on a busy machine
	portTries   = 5                // somebody may take the free port before we do
	pollEvery   = 20 * time.Millisecond
	connections = "200"
)

// Start makes a cluster and returns when it answers. Refusals: ErrNoServer,
// ErrNoUser, ErrStart.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	who, err := serverUser()
	if err != nil {
		return nil, err
	}
	for range portTries {
		c, err := start(ctx, bin, who, o)
		if !errors.Is(err, errPortTaken) {
			return c, err
		}
	}
	return nil, ErrStart.With("no free port in %d tries", portTries)
}

func start(ctx context.Context, bin binaries, who account, o Options) (*Cluster, error) {
	dir, err := newPrivateDir(o.Dir, who)
	if err != nil {
		return nil, err
	}
	password, port := rand.Text(), ""
	if err = initDB(ctx, bin, who, dir.path, password); err == nil {
		port, err = freePort()
	}
	if err == nil {
		err = writeSettings(dir.path, port, o)
	}
	if err != nil {
		return nil, errors.Join(err, dir.remove())
	}
	server, err := supervise(bin, who, dir)
	if err != nil {
		return nil, errors.Join(err, dir.remove())
	}
	c := &Cluster{url: serverURL(port, "postgres", password, "postgres"), server: server}
	if err := c.waitUntilReady(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// URL is the connection string of the superuser.
func (c *Cluster) URL() string { return c.url }

// Version is the server's version, e.g. "15.18".
func (c *Cluster) Version() string { return c.version }

// Settings lists, as "name=value" sorted by name, what this server was told
// that differs from PostgreSQL's own defaults and may change a measurement.
// Paths, the port and locale settings are left out.
func (c *Cluster) Settings() []string { return slices.Clone(c.changed) }

// Stop ends the server at once (immediate shutdown: nothing is kept) and
// removes its directory. Calling it again does nothing.
func (c *Cluster) Stop() error { return c.server.stop() }

func serverURL(port, user, password, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(user, password),
		Host:     net.JoinHostPort("127.0.0.1", port),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// freePort asks the kernel for a port that is free now.
func freePort() (string, error) {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// writeSettings appends to the postgresql.conf that initdb wrote.
func writeSettings(dir, port string, o Options) error {
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    port,
		"unix_socket_directories": "", // one way in is enough
		"max_connections":         connections,
		"timezone":                "UTC",
		"log_timezone":            "UTC",
	}
	for _, name := range []string{"fsync", "full_page_writes"} {
		settings[name] = onOff(o.Durable)
	}
	maps.Copy(settings, o.Settings)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value := strings.ReplaceAll(settings[name], "'", "''")
		fmt.Fprintf(&text, "%s = '%s'\n", name, value)
	}
	f, err := os.OpenFile(dir+"/data/postgresql.conf", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text.String())
	return errors.Join(err, f.Close())
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// waitUntilReady polls until the server answers, and reads what it is.
func (c *Cluster) waitUntilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.url)
		if err == nil {
			return errors.Join(c.describe(ctx, conn), conn.Close(ctx))
		}
		select {
		case <-c.server.gone:
			return c.server.whyGone()
		case <-ctx.Done():
			return ErrStart.With("no answer: %v", err)
		case <-time.After(pollEvery):
		}
	}
}

// describe reads the version and the settings that differ from the defaults.
func (c *Cluster) describe(ctx context.Context, conn *pgx.Conn) error {
	if err := conn.QueryRow(ctx, `SHOW server_version`).Scan(&c.version); err != nil {
		return err
	}
	c.version, _, _ = strings.Cut(c.version, " ") // "15.18 (Debian 15.18-0+deb12u1)"
	rows, err := conn.Query(ctx, `
		SELECT name || '=' || current_setting(name) FROM pg_settings
		WHERE source = 'configuration file' AND setting IS DISTINCT FROM boot_val
		  AND category !~ '^(File Locations|.*Locale|.*Connection Settings)'
		   OR name = 'max_connections'
		ORDER BY name`)
	if err != nil {
		return err
	}
	c.changed, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return err
}
