package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
)

// VersionCmd prints which build this is.
type VersionCmd struct {
	JSON bool `help:"Print one JSON object." name:"json"`
}

// Help explains the command.
func (VersionCmd) Help() string {
	return `Prints the version of the module, the commit it was built from and the
compiler, as the Go tool recorded them; what it did not record is left out.

Example:

    openlend version --json`
}

// version is set by the linker (see the Makefile); a plain `go build` leaves it
// empty and the module's version, if the Go tool knows one, stands in.
var version string

// build is what the Go tool recorded about this binary.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // commit
	Time     string `json:"time,omitempty"`     // of the commit, RFC 3339
	Modified bool   `json:"modified"`           // built from a changed tree
	Go       string `json:"go"`
}

// Run prints it.
func (c VersionCmd) Run(std streams) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return c.print(std.Out, buildOf(info))
}

func buildOf(info *debug.BuildInfo) build {
	b := build{Version: cmp.Or(version, info.Main.Version, "(unknown)"), Go: info.GoVersion}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (c VersionCmd) print(out io.Writer, b build) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(b)
	}
	line := "openlend " + b.Version
	if b.Revision != "" {
		line += " commit " + b.Revision
	}
	if b.Time != "" {
		line += " of " + b.Time
	}
	if b.Modified {
		line += ", changed"
	}
	_, err := fmt.Fprintln(out, line, b.Go)
	return err
}
