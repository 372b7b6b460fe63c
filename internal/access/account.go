package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lenscap/lenscap/internal/hub"
)

// An Account is somebody, or something, that may sign in.
type Account struct {
	ID       int64
	Name     string // signs in with it; lower case, see [CheckName]
	Shown    string // full name
	Password string // argon2id in PHC form; "" where none was set or only OIDC signs in
	Issuer   string // of OIDC, with Subject; "" for a local account
	Subject  string
	Created  time.Time
	Disabled bool
	Roles    map[int64]Role // by organisation; 0: every organisation
	Version  int64          // counts changes
}

// A Session is one sign-in of one browser.
type Session struct {
	Hash    Hash // of the cookie
	Account int64
	Created time.Time
	Used    time.Time // to a minute or so
	Expires time.Time // whatever its use
}

// A Token lets a program act for an account.
type Token struct {
	ID      int64
	Account int64
	Name    string
	Hash    Hash
	Scopes  []Scope
	Created time.Time
	Used    time.Time // to a minute or so; zero: never
	Expires time.Time // zero: never
}

// An Invite lets who has its link set the password of an account, once.
type Invite struct {
	Hash    Hash
	Account int64
	Created time.Time
	Expires time.Time
}

// A Hash is the SHA-256 of a secret of 256 random bits. Only hashes are kept; so
// many bits need no slow hash.
type Hash [sha256.Size]byte

// HashOf is what is kept of a secret.
func HashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// newSecret is 256 random bits as text.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// A Store keeps accounts, sessions, tokens and invites. Readers return
// [hub.ErrNotFound] where there is no such thing.
type Store interface {
	// ChangeAccess runs fn in one transaction, with the deed in the audit
	// log, as Do of [hub.Store] does.
	ChangeAccess(ctx context.Context, d hub.Deed, fn func(Tx) error) error
	// TouchSessions keeps when sessions and tokens were last used. It writes no
	// audit row. What is not there any more is passed over.
	TouchSessions(ctx context.Context, sessions map[Hash]time.Time, tokens map[int64]time.Time) error
	// SweepSessions drops sessions that expired or were not used since idle,
	// and expired invites. It writes no audit row.
	SweepSessions(ctx context.Context, now, idle time.Time) error

	Accounts(ctx context.Context) ([]Account, error) // by name
	Account(ctx context.Context, id int64) (*Account, error)
	AccountNamed(ctx context.Context, name string) (*Account, error) // in any case
	AccountOf(ctx context.Context, issuer, subject string) (*Account, error)
	Session(ctx context.Context, h Hash) (*Session, *Account, error)
	Sessions(ctx context.Context, account int64) ([]Session, error) // newest first
	Token(ctx context.Context, h Hash) (*Token, *Account, error)
	Tokens(ctx context.Context, account int64) ([]Token, error) // by id; account 0: all
	Invite(ctx context.Context, h Hash) (*Invite, *Account, error)

	Organisations(ctx context.Context) ([]hub.Organisation, error) // by name
}

// A Tx changes what a [Store] keeps.
type Tx interface {
	AddAccount(a *Account) error // sets ID, Created and Version; [hub.ErrExists] for a name or subject that is taken
	SetAccount(a *Account) error // roles too; [hub.ErrChanged] when Version is not the stored one; raises it
	Admins() (int, error)        // accounts not disabled that are [Admin] of every organisation
	CountAccounts() (int, error)

	AddSession(s *Session) error
	KeepSessions(account int64, own Hash, n int) error // own and the newest others, n together
	DropSession(h Hash) error
	DropSessions(account int64, but Hash) error // all of an account but one; the zero Hash spares none

	AddToken(t *Token) error // sets ID
	DropToken(id int64) error
	DropTokens(account int64) error

	AddInvite(i *Invite) error // in the place of an earlier one of the account
	UseInvite(h Hash) error    // [hub.ErrNotFound] when it was used before
	DropInvites(account int64) error
}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,63}$`)

// CheckName gives an account's name as it is kept: lower case, so that two never
// differ by case alone. Other than letters a to z, digits and . _ @ + - is
// [hub.ErrInvalid]: names of one alphabet cannot be taken for one another.
func CheckName(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if !nameForm.MatchString(s) {
		return "", fmt.Errorf("%w: the name of an account has 1 to 64 letters a to z, digits and . _ @ + - and begins with a letter or digit; %q has not", hub.ErrInvalid, clip(s, 70))
	}
	return s, nil
}

// checkText takes a person's or a token's name: up to 100 characters, as
// [hub.CheckName] has it.
func checkText(what, s string, must bool) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "" && must:
		return "", fmt.Errorf("%w: %s is missing", hub.ErrInvalid, what)
	case utf8.RuneCountInString(s) > 100:
		return "", fmt.Errorf("%w: %s is longer than 100 characters", hub.ErrInvalid, what)
	case s == "":
		return "", nil
	}
	return s, hub.CheckName(what, s)
}

// checkRoles refuses roles that do not exist.
func checkRoles(roles map[int64]Role) error {
	for org, r := range roles {
		if !r.Valid() || org < 0 {
			return fmt.Errorf("%w: there is no role %q; there are %s", hub.ErrInvalid, clip(string(r), 20), roleNames())
		}
	}
	return nil
}

func roleNames() string {
	names := make([]string, 0, len(Roles))
	for _, r := range slices.Backward(Roles) {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}
