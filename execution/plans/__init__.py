"""Compiled plans: a second executor beside graphql-core, for queries that come again or are large.

Which executor runs an operation
--------------------------------
Documents are parsed, validated, priced and checked for permission in the same way for both; the choice comes last, in
`Executor._execute`. It asks the planner of the document, which returns the data of the query or None. After None,
graphql-core executes the operation.

| the operation | is run by |
|---|---|
| a query that comes for the first time, and costs less than `planner.LARGE` | graphql-core |
| the same for the second time, with the same values in its `@skip` and `@include` | a plan, compiled then and kept |
| a query that costs `planner.LARGE` or more | a plan, compiled at once: it lets other requests have their turn |
| a mutation, or a query with `__schema` or `__type` | graphql-core |
| a query with a scalar that waits, or a field that takes arguments and does not wait (none does today) | graphql-core |
| a query with null for a variable of its `@skip` or `@include` | graphql-core, which knows where that is an error |
| a query whose variables or arguments do not fit | graphql-core, which says so in its own words |
| everything, with `AUTHGRAPH_PLANS=false` | graphql-core |

A document keeps the plans of the `planner.KEPT` operations and conditions that were seen last; what cannot be planned
is remembered as well, and not tried again. Plans are forgotten together with their document.

What graphql-core executes beyond `planner.LARGE` is taken off the caller's allowance several times over
(`executor.UNPLANNED`), because it takes so much longer.

When a plan fails
-----------------
A plan knows the way of an operation without errors. Anything that goes wrong while it runs is raised through it: a
resolver that refuses, DynamoDB that does not answer, null where the schema allows none. The planner logs the kind of
error, counts it in `authgraph_failed_plans_total`, takes back what the operation was charged for, and returns None.
graphql-core executes the operation again, finds what was read in the loaders, and puts the errors where they belong.
Only an answer that is too large is final: `ResponseTooLarge` is raised to the caller.

Both executors answer byte for byte alike. `tests/execution` draws documents and variables over the whole schema to hold
that, so a change of one that the other does not follow is found there.

How a plan is made and run
--------------------------
`planner.py`         when an operation is compiled, and what happens when a plan fails
`plan.py`            the compiler, and what runs: levels, each with one generated function and the fields that wait
`generated_code.py`  the source of these functions; of a client's document only names get in, as string literals
`arguments.py`       a field's arguments as its resolver takes them, worked out beforehand as far as variables allow
`variables.py`       an operation's variables, coerced quickly where they are texts

What is included under some conditions (`execution/selections.py`) and how an answer is written within its limit
(`execution/writing.py`) are shared with the rest of `execution`. What is known of the inside of Strawberry and
graphql-core is in `schema/internals.py`, and nowhere else.
"""
