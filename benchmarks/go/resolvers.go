package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"sort"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	graphql "github.com/graph-gophers/graphql-go"
)

const sessionLength = 30 * 24 * time.Hour

type root struct{ table *table }

// User is a user. Accounts and sessions come from one Query of the partition, however many fields need them.
type User struct {
	table         *table
	id            string
	Name          *string
	Email         *string
	EmailVerified *DateTime
	Image         *string
	once          sync.Once
	children      *children
	failed        error
}

type children struct {
	accounts []*Account
	sessions []*Session
}

// Account is a login of a user at a provider.
type Account struct {
	ID                graphql.ID
	Provider          string
	ProviderAccountID string
	Type              string
	Scope             *string
	TokenType         *string
	ExpiresAt         *BigInt
}

// Session is a signed-in browser of a user.
type Session struct {
	token   string
	userID  string
	Expires DateTime
}

type (
	userConnection    struct{ Nodes []*User }
	accountConnection struct{ Nodes []*Account }
	sessionConnection struct{ Nodes []*Session }
	viewer            struct {
		User    *User
		Session *Session
	}
	userError      struct{ Code string }
	sessionPayload struct {
		Session    *Session
		UserErrors []userError
	}
	registerPayload struct {
		User       *User
		Account    *Account
		Session    *Session
		UserErrors []userError
	}
	firstArgs struct{ First int32 }
	userBy    struct {
		UserID *graphql.ID
		Email  *string
	}
	newUser struct {
		Email         *string
		EmailVerified *DateTime
		Name          *string
		Image         *string
	}
	newAccount struct {
		Provider          string
		ProviderAccountID string
		Type              string
		AccessToken       *string
		RefreshToken      *string
		IDToken           *string
		Scope             *string
		TokenType         *string
		ExpiresAt         *BigInt
	}
	newSession struct {
		SessionToken *string
		Expires      *DateTime
	}
)

// ID is what other documents name the user by.
func (u *User) ID() graphql.ID { return graphql.ID(u.id) }

// UserID is the id in the table.
func (u *User) UserID() graphql.ID { return graphql.ID(u.id) }

// Accounts are the first accounts of the user.
func (u *User) Accounts(ctx context.Context, args firstArgs) (*accountConnection, error) {
	if err := u.read(ctx); err != nil {
		return nil, err
	}
	accounts := u.children.accounts
	if len(accounts) > int(args.First) {
		accounts = accounts[:args.First]
	}
	return &accountConnection{accounts}, nil
}

// Sessions are the sessions of the user that have not expired, newest first.
func (u *User) Sessions(ctx context.Context, args firstArgs) (*sessionConnection, error) {
	if err := u.read(ctx); err != nil {
		return nil, err
	}
	valid := make([]*Session, 0, len(u.children.sessions))
	for _, session := range u.children.sessions {
		if !session.Expired() {
			valid = append(valid, session)
		}
	}
	sort.Slice(valid, func(i, j int) bool { return valid[i].Expires.After(valid[j].Expires.Time) })
	if len(valid) > int(args.First) {
		valid = valid[:args.First]
	}
	return &sessionConnection{valid}, nil
}

func (u *User) read(ctx context.Context) error {
	u.once.Do(func() {
		if u.children != nil {
			return
		}
		u.children = &children{}
		whole, err := u.table.partition(ctx, u.id)
		if whole != nil {
			u.children = whole.children
		}
		u.failed = err
	})
	return u.failed
}

// ID names the session without showing its token.
func (s *Session) ID() graphql.ID { return graphql.ID(fingerprint(s.token)) }

// Expired tells whether the session is over.
func (s *Session) Expired() bool { return !s.Expires.After(time.Now()) }

func (r *root) Viewer(ctx context.Context) (*viewer, error) {
	token := callerOf(ctx).sessionToken
	if token == "" {
		return nil, nil
	}
	found, err := r.table.session(ctx, token)
	if err != nil || found == nil {
		return nil, err
	}
	session := sessionOf(found)
	if session.Expired() {
		return nil, nil
	}
	user, err := r.table.partition(ctx, session.userID)
	if err != nil || user == nil {
		return nil, err
	}
	return &viewer{user, session}, nil
}

func (r *root) User(ctx context.Context, args struct{ By userBy }) (*User, error) {
	if err := requireAdmin(ctx); err != nil {
		return nil, err
	}
	return r.userBy(ctx, args.By)
}

func (r *root) UsersByID(ctx context.Context, args struct{ IDs []graphql.ID }) ([]*User, error) {
	if err := requireAdmin(ctx); err != nil {
		return nil, err
	}
	ids := make([]string, len(args.IDs))
	for place, id := range args.IDs {
		ids[place] = string(id)
	}
	return r.table.usersByID(ctx, ids)
}

func (r *root) Users(ctx context.Context, args firstArgs) (*userConnection, error) {
	if err := requireAdmin(ctx); err != nil {
		return nil, err
	}
	users, err := r.table.firstUsers(ctx, int(args.First))
	return &userConnection{users}, err
}

func (r *root) CreateSession(ctx context.Context, args struct {
	Input struct {
		User userBy
		newSession
	}
}) (*sessionPayload, error) {
	if err := requireAdmin(ctx); err != nil {
		return nil, err
	}
	var id string
	if args.Input.User.UserID != nil {
		id = string(*args.Input.User.UserID)
	} else if user, err := r.userBy(ctx, args.Input.User); err != nil {
		return nil, err
	} else if user == nil {
		return &sessionPayload{UserErrors: []userError{{"NOT_FOUND"}}}, nil
	} else {
		id = user.id
	}
	token, expires := args.Input.newSession.values()
	session, err := r.table.createSession(ctx, id, token, expires)
	return &sessionPayload{session, []userError{}}, err
}

func (r *root) UpdateSession(ctx context.Context, args struct {
	Input struct {
		By      struct{ SessionToken *string }
		Expires *DateTime
	}
}) (*sessionPayload, error) {
	if err := requireAdmin(ctx); err != nil {
		return nil, err
	}
	if args.Input.By.SessionToken == nil {
		return nil, errors.New("by needs a sessionToken")
	}
	session, err := r.table.updateSession(ctx, *args.Input.By.SessionToken, args.Input.Expires)
	if session == nil {
		return &sessionPayload{UserErrors: []userError{{"NOT_FOUND"}}}, err
	}
	return &sessionPayload{session, []userError{}}, err
}

func (r *root) RegisterUser(ctx context.Context, args struct {
	Input struct {
		User    newUser
		Account newAccount
		Session *newSession
	}
}) (*registerPayload, error) {
	if err := requireAdmin(ctx); err != nil {
		return nil, err
	}
	taken, err := r.taken(ctx, args.Input.User, args.Input.Account)
	if err != nil {
		return nil, err
	}
	if taken {
		return &registerPayload{UserErrors: []userError{{"ALREADY_EXISTS"}}}, nil
	}
	userID := randomID()
	user, account := userItem(userID, args.Input.User), accountItem(randomID(), userID, args.Input.Account)
	items := []item{user, account}
	payload := &registerPayload{User: r.table.user(user), Account: accountOf(account), UserErrors: []userError{}}
	if args.Input.Session != nil {
		token, expires := args.Input.Session.values()
		session := sessionItem(userID, token, expires)
		items, payload.Session = append(items, session), sessionOf(session)
	}
	var refused *types.TransactionCanceledException
	if err := r.table.store(ctx, items...); errors.As(err, &refused) {
		return &registerPayload{UserErrors: []userError{{"ALREADY_EXISTS"}}}, nil
	} else if err != nil {
		return nil, err
	}
	return payload, nil
}

// Whether a user has the e-mail address or the account; both are asked at the same time.
func (r *root) taken(ctx context.Context, user newUser, account newAccount) (bool, error) {
	type answer struct {
		found bool
		err   error
	}
	byEmail := make(chan answer, 1)
	go func() {
		if user.Email == nil {
			byEmail <- answer{}
			return
		}
		found, err := r.table.userByEmail(ctx, *user.Email)
		byEmail <- answer{found != nil, err}
	}()
	linked, err := r.table.byIndex(ctx, "ACCOUNT#"+account.Provider, "ACCOUNT#"+account.ProviderAccountID)
	other := <-byEmail
	if err == nil {
		err = other.err
	}
	return linked != nil || other.found, err
}

func (r *root) userBy(ctx context.Context, by userBy) (*User, error) {
	switch {
	case by.UserID != nil:
		return r.table.userByID(ctx, string(*by.UserID))
	case by.Email != nil:
		return r.table.userByEmail(ctx, *by.Email)
	}
	return nil, errors.New("by needs a userId or an email")
}

func (s *newSession) values() (string, time.Time) {
	token, expires := randomID(), time.Now().Add(sessionLength)
	if s.SessionToken != nil {
		token = *s.SessionToken
	}
	if s.Expires != nil {
		expires = s.Expires.Time
	}
	return token, expires
}

func randomID() string {
	random := make([]byte, 16)
	_, _ = rand.Read(random)
	return hex.EncodeToString(random)
}
