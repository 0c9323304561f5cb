package main

import (
	"errors"
	"strconv"
	"time"
)

// DateTime is written with milliseconds, as JavaScript's toISOString does.
type DateTime struct{ time.Time }

const dateTimeFormat = "2006-01-02T15:04:05.000Z"

func (DateTime) ImplementsGraphQLType(name string) bool { return name == "DateTime" }

func (d *DateTime) UnmarshalGraphQL(input interface{}) error {
	text, ok := input.(string)
	if !ok {
		return errors.New("a DateTime is a string")
	}
	parsed, err := time.Parse(time.RFC3339, text)
	d.Time = parsed
	return err
}

func (d DateTime) MarshalJSON() ([]byte, error) {
	written := make([]byte, 0, len(dateTimeFormat)+2)
	written = append(written, '"')
	written = d.UTC().AppendFormat(written, dateTimeFormat)
	return append(written, '"'), nil
}

// BigInt is a number of 64 bits.
type BigInt int64

func (BigInt) ImplementsGraphQLType(name string) bool { return name == "BigInt" }

func (b *BigInt) UnmarshalGraphQL(input interface{}) error {
	switch value := input.(type) {
	case int32:
		*b = BigInt(value)
	case float64:
		*b = BigInt(value)
	default:
		return errors.New("a BigInt is a number")
	}
	return nil
}

func (b BigInt) MarshalJSON() ([]byte, error) { return strconv.AppendInt(nil, int64(b), 10), nil }
