package pgcluster

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

const oldestMajor = 15 // what the SQL subset of internal/db is tested on

// binaries are one installation's programs.
type binaries struct {
	dir   string // holds postgres and initdb
	major int
}

func (b binaries) postgres() string { return filepath.Join(b.dir, "postgres") }
func (b binaries) initdb() string   { return filepath.Join(b.dir, "initdb") }

// Find returns the directory of the programs that Start uses.
// Refusal: ErrNoServer.
func Find() (string, error) {
	b, err := findBinaries()
	return b.dir, err
}

// findBinaries looks on PATH and where Debian puts the versions it installs,
// and takes the newest. Refusal: ErrNoServer.
func findBinaries() (binaries, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // fails only on a bad pattern
	if onPath, err := exec.LookPath("postgres"); err == nil {
		// A link may stand alone in its directory; initdb lives beside the target.
		if target, err := filepath.EvalSymlinks(onPath); err == nil {
			dirs = append(dirs, filepath.Dir(target))
		}
	}
	return newest(dirs)
}

// newest picks the highest version of 15 or above among directories that hold
// both programs. Refusal: ErrNoServer.
func newest(dirs []string) (binaries, error) {
	var found []binaries
	for _, dir := range dirs {
		b := binaries{dir: dir}
		if _, err := os.Stat(b.initdb()); err != nil {
			continue
		}
		if b.major = majorVersion(b.postgres()); b.major >= oldestMajor {
			found = append(found, b)
		}
	}
	if len(found) == 0 {
		return binaries{}, ErrNoServer
	}
	byMajor := func(a, b binaries) int { return cmp.Compare(a.major, b.major) }
	return slices.MaxFunc(found, byMajor), nil
}

var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// majorVersion asks the program itself; 0 when it does not say.
func majorVersion(postgres string) int {
	out, err := exec.CommandContext(context.Background(), postgres, "--version").Output()
	if err != nil {
		return 0
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return 0
	}
	major, _ := strconv.Atoi(string(m[1])) // digits by the pattern
	return major
}
