package main

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	graphql "github.com/graph-gophers/graphql-go"
)

func keyOf(pk, sk string) item { return item{"pk": text(pk), "sk": text(sk)} }

func keysOf(pk, sk, indexPK, indexSK string) item {
	return item{"pk": text(pk), "sk": text(sk), "GSI1PK": text(indexPK), "GSI1SK": text(indexSK)}
}

func text(value string) types.AttributeValue { return &types.AttributeValueMemberS{Value: value} }

func number(value int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(value, 10)}
}

func stringOf(of item, name string) string {
	if value, ok := of[name].(*types.AttributeValueMemberS); ok {
		return value.Value
	}
	return ""
}

func optionalOf(of item, name string) *string {
	if value, ok := of[name].(*types.AttributeValueMemberS); ok {
		return &value.Value
	}
	return nil
}

func numberOf(of item, name string) (int64, bool) {
	if value, ok := of[name].(*types.AttributeValueMemberN); ok {
		parsed, err := strconv.ParseInt(value.Value, 10, 64)
		return parsed, err == nil
	}
	return 0, false
}

func (t *table) user(of item) *User {
	return &User{
		table:         t,
		id:            stringOf(of, "id"),
		Name:          optionalOf(of, "name"),
		Email:         optionalOf(of, "email"),
		EmailVerified: dateOf(of, "emailVerified"),
		Image:         optionalOf(of, "image"),
	}
}

// The user of a whole partition, with accounts and sessions. Nil without a user.
func (t *table) whole(items []item) *User {
	var user *User
	accounts, sessions := []*Account{}, []*Session{}
	for _, one := range items {
		switch kind, _, _ := strings.Cut(stringOf(one, "sk"), "#"); kind {
		case "USER":
			user = t.user(one)
		case "ACCOUNT":
			accounts = append(accounts, accountOf(one))
		case "SESSION":
			sessions = append(sessions, sessionOf(one))
		}
	}
	if user != nil {
		user.children = &children{accounts, sessions}
	}
	return user
}

func accountOf(of item) *Account {
	account := &Account{
		ID:                graphql.ID(stringOf(of, "id")),
		Provider:          stringOf(of, "provider"),
		ProviderAccountID: stringOf(of, "providerAccountId"),
		Type:              stringOf(of, "type"),
		Scope:             optionalOf(of, "scope"),
		TokenType:         optionalOf(of, "token_type"),
	}
	if seconds, ok := numberOf(of, "expires_at"); ok {
		expires := BigInt(seconds)
		account.ExpiresAt = &expires
	}
	return account
}

func sessionOf(of item) *Session {
	seconds, _ := numberOf(of, "expires")
	return &Session{token: stringOf(of, "sessionToken"), userID: stringOf(of, "userId"), Expires: DateTime{time.Unix(seconds, 0)}}
}

func sessionItem(userID, token string, expires time.Time) item {
	key := "SESSION#" + token
	made := keysOf("USER#"+userID, key, key, key)
	made["type"], made["sessionToken"], made["userId"] = text("SESSION"), text(token), text(userID)
	made["expires"] = number(expires.Unix())
	return made
}

func userItem(id string, of newUser) item {
	key := "USER#" + id
	made := item{"pk": text(key), "sk": text(key), "type": text("USER"), "id": text(id)}
	if of.Email != nil {
		made["GSI1PK"], made["GSI1SK"] = text("USER#"+*of.Email), text("USER#"+*of.Email)
	}
	setText(made, "email", of.Email)
	setText(made, "name", of.Name)
	setText(made, "image", of.Image)
	if of.EmailVerified != nil {
		made["emailVerified"] = text(of.EmailVerified.UTC().Format(dateTimeFormat))
	}
	return made
}

func accountItem(id, userID string, of newAccount) item {
	made := keysOf(
		"USER#"+userID, "ACCOUNT#"+of.Provider+"#"+of.ProviderAccountID,
		"ACCOUNT#"+of.Provider, "ACCOUNT#"+of.ProviderAccountID,
	)
	made["id"], made["userId"], made["type"] = text(id), text(userID), text(of.Type)
	made["provider"], made["providerAccountId"] = text(of.Provider), text(of.ProviderAccountID)
	setText(made, "access_token", of.AccessToken)
	setText(made, "refresh_token", of.RefreshToken)
	setText(made, "id_token", of.IDToken)
	setText(made, "scope", of.Scope)
	setText(made, "token_type", of.TokenType)
	if of.ExpiresAt != nil {
		made["expires_at"] = number(int64(*of.ExpiresAt))
	}
	return made
}

func setText(of item, name string, value *string) {
	if value != nil {
		of[name] = text(*value)
	}
}

func dateOf(of item, name string) *DateTime {
	if parsed, err := time.Parse(time.RFC3339, stringOf(of, name)); err == nil {
		return &DateTime{parsed}
	}
	return nil
}

func fingerprint(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
