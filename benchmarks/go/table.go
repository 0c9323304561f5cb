package main

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type item = map[string]types.AttributeValue

// What an answer needs of the items of a partition: the tokens of the providers are most of their bytes.
const projection = "pk, sk, id, #type, #name, email, emailVerified, image, provider, providerAccountId, #scope, token_type, expires_at, sessionToken, expires"

var projectionNames = map[string]string{"#type": "type", "#name": "name", "#scope": "scope"}

// Users have two accounts and three sessions, so that a page of a scan is as large as the list needs.
const itemsOfUser = 6

type table struct {
	client *dynamodb.Client
	name   *string
}

func newTable(endpoint, name string) *table {
	transport := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 128 })
	client := dynamodb.New(dynamodb.Options{
		Region:           "us-east-1",
		Credentials:      aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("local", "local", "")),
		EndpointResolver: dynamodb.EndpointResolverFromURL(endpoint),
		HTTPClient:       transport,
	})
	return &table{client, aws.String(name)}
}

func (t *table) userByID(ctx context.Context, id string) (*User, error) {
	found, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: t.name, Key: keyOf("USER#"+id, "USER#"+id)})
	if err != nil || found.Item == nil {
		return nil, err
	}
	return t.user(found.Item), nil
}

func (t *table) userByEmail(ctx context.Context, email string) (*User, error) {
	found, err := t.byIndex(ctx, "USER#"+email, "USER#"+email)
	if err != nil || found == nil {
		return nil, err
	}
	return t.user(found), nil
}

// Users by id, in the order of the ids.
func (t *table) usersByID(ctx context.Context, ids []string) ([]*User, error) {
	keys := make([]item, len(ids))
	for place, id := range ids {
		keys[place] = keyOf("USER#"+id, "USER#"+id)
	}
	found := make(map[string]*User, len(ids))
	wanted := map[string]types.KeysAndAttributes{*t.name: {Keys: keys}}
	for len(wanted) > 0 {
		page, err := t.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: wanted})
		if err != nil {
			return nil, err
		}
		for _, one := range page.Responses[*t.name] {
			user := t.user(one)
			found[user.id] = user
		}
		wanted = page.UnprocessedKeys
	}
	users := make([]*User, len(ids))
	for place, id := range ids {
		users[place] = found[id]
	}
	return users, nil
}

func (t *table) session(ctx context.Context, token string) (item, error) {
	return t.byIndex(ctx, "SESSION#"+token, "SESSION#"+token)
}

// Everything that lies with a user, in one Query of the partition.
func (t *table) partition(ctx context.Context, id string) (*User, error) {
	var items []item
	var start item
	for {
		page, err := t.client.Query(ctx, &dynamodb.QueryInput{
			TableName:                 t.name,
			KeyConditionExpression:    aws.String("pk = :pk"),
			ExpressionAttributeValues: item{":pk": text("USER#" + id)},
			ExpressionAttributeNames:  projectionNames,
			ProjectionExpression:      aws.String(projection),
			ExclusiveStartKey:         start,
		})
		if err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if start = page.LastEvaluatedKey; start == nil {
			return t.whole(items), nil
		}
	}
}

// The first users of the table with everything that lies with them: partitions are read one after the other, so that
// one scan has all of it.
func (t *table) firstUsers(ctx context.Context, first int) ([]*User, error) {
	var users []*User
	var items []item // of the partition that is being read
	var start item
	for {
		page, err := t.client.Scan(ctx, &dynamodb.ScanInput{
			TableName:                t.name,
			Limit:                    aws.Int32(int32((first-len(users))*itemsOfUser + 1)),
			ExpressionAttributeNames: projectionNames,
			ProjectionExpression:     aws.String(projection),
			ExclusiveStartKey:        start,
		})
		if err != nil {
			return nil, err
		}
		for _, one := range page.Items {
			if len(items) > 0 && stringOf(items[0], "pk") != stringOf(one, "pk") {
				if user := t.whole(items); user != nil {
					users = append(users, user)
				}
				items = items[:0]
			}
			items = append(items, one)
		}
		if start = page.LastEvaluatedKey; start == nil {
			if user := t.whole(items); user != nil {
				users = append(users, user)
			}
		}
		if len(users) >= first {
			return users[:first], nil
		}
		if start == nil {
			return users, nil
		}
	}
}

func (t *table) createSession(ctx context.Context, userID, token string, expires time.Time) (*Session, error) {
	made := sessionItem(userID, token, expires)
	_, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: t.name, Item: made})
	if err != nil {
		return nil, err
	}
	return sessionOf(made), nil
}

func (t *table) updateSession(ctx context.Context, token string, expires *DateTime) (*Session, error) {
	found, err := t.session(ctx, token)
	if err != nil || found == nil {
		return nil, err
	}
	if expires == nil {
		return sessionOf(found), nil
	}
	updated, err := t.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 t.name,
		Key:                       item{"pk": found["pk"], "sk": found["sk"]},
		UpdateExpression:          aws.String("SET expires = :expires"),
		ExpressionAttributeValues: item{":expires": number(expires.Unix())},
		ReturnValues:              types.ReturnValueAllNew,
	})
	if err != nil {
		return nil, err
	}
	return sessionOf(updated.Attributes), nil
}

// Stores new items in one transaction, all of them or none.
func (t *table) store(ctx context.Context, items ...item) error {
	writes := make([]types.TransactWriteItem, len(items))
	for place, one := range items {
		writes[place].Put = &types.Put{
			TableName: t.name, Item: one, ConditionExpression: aws.String("attribute_not_exists(pk)"),
		}
	}
	_, err := t.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	return err
}

func (t *table) byIndex(ctx context.Context, partition, sort string) (item, error) {
	page, err := t.client.Query(ctx, &dynamodb.QueryInput{
		TableName:                 t.name,
		IndexName:                 aws.String("GSI1"),
		KeyConditionExpression:    aws.String("GSI1PK = :pk AND GSI1SK = :sk"),
		ExpressionAttributeValues: item{":pk": text(partition), ":sk": text(sort)},
	})
	if err != nil || len(page.Items) == 0 {
		return nil, err
	}
	return page.Items[0], nil
}
