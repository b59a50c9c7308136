package pgcluster

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

const dirPattern = "openlend-pg-"

// account is whom the server runs as.
type account struct {
	uid, gid uint32
	switches bool // we are root and leave it
}

// serverUser is ourselves, or the user postgres or nobody when we are root.
// Refusal: ErrNoUser.
func serverUser() (account, error) {
	if uid := os.Getuid(); uid != 0 {
		return account{uid: uint32(uid), gid: uint32(os.Getgid())}, nil
	}
	// initdb looks its own user up, so a made-up number will not do.
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.ParseUint(u.Uid, 10, 32)
		gid, errG := strconv.ParseUint(u.Gid, 10, 32)
		if errors.Join(errU, errG) == nil && uid != 0 {
			return account{uint32(uid), uint32(gid), true}, nil
		}
	}
	return account{}, ErrNoUser
}

// attributes starts a program as the account, in a process group of its own so
// that a Ctrl-C meant for us does not reach it.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.switches {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}

// privateDir is the directory of one cluster. Its lock lives as long as any
// process that inherited the handle: the owner, the supervisor, the server.
type privateDir struct {
	path string
	lock *os.File
}

// newPrivateDir removes what dead owners left in parent and makes a directory
// that only the account can enter.
func newPrivateDir(parent string, who account) (*privateDir, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	for {
		path, err := os.MkdirTemp(parent, dirPattern)
		if err != nil {
			return nil, err
		}
		d, err := lockDir(path)
		if errors.Is(err, errInUse) {
			continue // a twin's removeStale was quicker and removes it
		}
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(path))
		}
		if err := os.Chown(path, int(who.uid), int(who.gid)); err != nil {
			return nil, errors.Join(err, d.remove())
		}
		removeStale(parent)
		return d, nil
	}
}

// errInUse says that somebody else has the lock of a directory, or removed it.
var errInUse = errors.New("the directory is in use or gone")

// lockDir takes the lock of a directory. Error: errInUse.
func lockDir(path string) (*privateDir, error) {
	const flags = os.O_RDONLY | syscall.O_DIRECTORY | syscall.O_NOFOLLOW
	f, err := os.OpenFile(path, flags, 0)
	if err != nil {
		return nil, inUse(err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		// Between open and lock a twin may have removed it.
		_, err = os.Lstat(path)
	}
	if err != nil {
		return nil, errors.Join(inUse(err), f.Close())
	}
	return &privateDir{path, f}, nil
}

func inUse(err error) error {
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, os.ErrNotExist) {
		return errInUse
	}
	return err
}

// removeStale removes the directories of clusters whose every process is dead.
// What cannot be opened or removed belongs to somebody else and stays.
func removeStale(parent string) {
	paths, _ := filepath.Glob(filepath.Join(parent, dirPattern+"*"))
	for _, path := range paths {
		if d, err := lockDir(path); err == nil {
			_ = d.remove()
		}
	}
}

// remove deletes the directory and then gives up the lock.
func (d *privateDir) remove() error {
	return errors.Join(os.RemoveAll(d.path), d.lock.Close())
}
