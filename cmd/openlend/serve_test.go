package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"openlend/access"
	"openlend/app"
)

func TestServeRefusesToStart(t *testing.T) {
	data := t.TempDir()
	for _, c := range []struct {
		args string
		code int
		err  string
	}{
		{"--role api", exitFailure, "on SQLite one process does everything"},
		{"--role boss", exitUsage, "--role must be one of"},
		{"--zone Atlantis/Capital", exitFailure, "Atlantis/Capital"},
		{"--first-date 2026-02-30", exitFailure, "YYYY-MM-DD"},
		{"--listen nowhere", exitFailure, "address nowhere"},
		{"--bank ftp://bank", exitFailure, "the bank's URL must be http(s)://"},
		{"--bank http://127.0.0.1:1 --bank-token " + data + "/none", exitFailure, "no such file"},
	} {
		args := append([]string{"serve", "--data", data}, strings.Fields(c.args)...)
		code, out, errs := execute(t, "", args...)
		if code != c.code || out != "" || !strings.Contains(errs, c.err) {
			t.Errorf("%s: exit %d, %q, %q", c.args, code, out, errs)
		}
	}
}

func TestServeHelp(t *testing.T) {
	for _, command := range []string{"serve", "token"} {
		code, out, errs := execute(t, "", command, "--help")
		if code != exitOK || errs != "" || strings.Count(out, "openlend "+command) < 2 {
			t.Errorf("%s: exit %d, %q, %s", command, code, errs, out)
		}
	}
}

// TestToken: what the command prints is what the API knows its bearer by.
func TestToken(t *testing.T) {
	data := t.TempDir()
	code, _, errs := execute(t, "", "token", "--data", data, "--as", "staff:admin")
	if code != exitFailure || !strings.Contains(errs, "key that signs tokens cannot be read") {
		t.Errorf("without a key: exit %d, %q", code, errs)
	}
	key, err := access.OpenTokenKey(app.TokenFile(filepath.Join(data, "keys")), true)
	if err != nil {
		t.Fatal(err)
	}
	for as, want := range map[string]access.Actor{
		"staff:admin":           access.Staff(access.Admin, ""),
		"staff:underwriter/ann": access.Staff(access.Underwriter, "ann"),
		"cus_0000000000007":     access.Customer(7),
	} {
		code, out, errs := execute(t, "", "token", "--data", data, "--as", as, "--life", "2h")
		got, err := key.Actor(strings.TrimSpace(out), time.Now())
		if code != exitOK || err != nil || got != want {
			t.Errorf("%s: exit %d, %q, %v, %+v", as, code, errs, err, got)
		}
		if _, err := key.Actor(strings.TrimSpace(out), time.Now().Add(3*time.Hour)); err == nil {
			t.Errorf("%s: the token lives for longer than it was asked to", as)
		}
	}
	for _, as := range []string{"", "staff:boss", "ann", "loan_0000000000007"} {
		if code, _, _ := execute(t, "", "token", "--data", data, "--as", as); code == exitOK {
			t.Errorf("a token for %q", as)
		}
	}
}
