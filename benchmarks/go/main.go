// The Go server that authgraph is compared with: graph-gophers/graphql-go over the AWS SDK for Go v2.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	graphql "github.com/graph-gophers/graphql-go"
)

const maxBody = 1 << 20

type request struct {
	Query         string                 `json:"query"`
	OperationName string                 `json:"operationName"`
	Variables     map[string]interface{} `json:"variables"`
}

func main() {
	table := newTable(os.Getenv("DYNAMODB_ENDPOINT"), os.Getenv("TABLE_NAME"))
	schema := graphql.MustParseSchema(
		schemaText, &root{table}, graphql.UseFieldResolvers(), graphql.UseStringDescriptions(), graphql.MaxParallelism(100),
	)
	gate := newGate(os.Getenv("ADMIN_KEY"))
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("/graphql", func(w http.ResponseWriter, r *http.Request) { serve(w, r, schema, gate) })
	server := &http.Server{Addr: net.JoinHostPort("127.0.0.1", os.Getenv("PORT")), Handler: mux}
	go stopOnSignal(server)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}

func serve(w http.ResponseWriter, r *http.Request, schema *graphql.Schema, gate *gate) {
	var asked request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := schema.Exec(gate.admit(r), asked.Query, asked.OperationName, asked.Variables)
	w.Header().Set("Content-Type", "application/json")
	if len(answer.Errors) > 0 {
		_ = json.NewEncoder(w).Encode(answer)
		return
	}
	// The data is JSON already: encoding the answer as a whole would read it once more.
	var body bytes.Buffer
	body.Grow(len(answer.Data) + 16)
	body.WriteString(`{"data":`)
	body.Write(answer.Data)
	body.WriteByte('}')
	_, _ = w.Write(body.Bytes())
}

func stopOnSignal(server *http.Server) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	<-signals
	_ = server.Shutdown(context.Background())
}
