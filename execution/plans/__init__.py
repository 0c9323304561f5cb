"""Compiled plans: a second executor besides graphql-core, for operations that are repeated or large.

Which executor runs an operation
--------------------------------
Documents are parsed, validated, costed and checked for permission in the same way for both. The choice comes last, in
`Executor._execute`. It calls the planner of the document, which returns the data of the operation or None. After None,
graphql-core executes the operation.

| the operation | is run by |
|---|---|
| an operation that is sent for the first time, and costs less than `planner.LARGE` | graphql-core |
| the same operation again, with the same values in its `@skip` and `@include` | a plan, compiled then and kept |
| one that costs `planner.LARGE` or more | a plan, compiled at once, because it takes turns with other requests |
| several mutations, because what the first returns may look different after the second | graphql-core |
| one with `__schema` or `__type` | graphql-core |
| one with an async scalar field, or a sync field with arguments (the schema has neither today) | graphql-core |
| one with null for a variable of its `@skip` or `@include` | graphql-core, which reports the error in its place |
| one whose variables or arguments are not valid | graphql-core, which reports the errors |
| everything, with `AUTHGRAPH_PLANS=false` | graphql-core |

An operation keeps the plans of its `analysis.KEPT` most recent conditions, together with their analyses. What cannot be
planned is remembered too, and not tried again. Plans are dropped together with their document.

What graphql-core executes beyond `planner.LARGE` is charged several times
(`executor.UNPLANNED`), because it takes so much longer than a plan.

When a plan fails
-----------------
A plan covers the execution without errors. Anything that goes wrong while it runs is raised through it: a
resolver that raises, DynamoDB that does not respond, null in a non-null field. The planner logs the type of the
error, counts it in `authgraph_failed_plans_total`, resets the charged cost, and returns None.
graphql-core executes the operation again, with what was read in the loaders, and reports the errors in their places.
A mutation is called once. Its payload or its error is kept in `context.done` and becomes graphql-core's root value,
from which the mutation's field takes it (`schema/internals.py`). An error of the mutation itself is no failure of its
plan.
Only a response that is too large is final: `ResponseTooLarge` is raised to the caller.

Both executors produce the same bytes. `tests/execution` checks that with random documents and variables over the whole
schema, so a change of one executor that the other does not follow fails there.

How a plan is made and run
--------------------------
`planner.py`         when an operation is compiled, and what happens when a plan fails
`plan.py`            the compiler, and what runs: levels, each with one generated function and the async fields
`generated_code.py`  the source of these functions, which contains names from the document only as string literals
`arguments.py`       a field's arguments as its resolver takes them, computed in advance as far as variables allow
`variables.py`       an operation's variables, coerced by functions that are prepared for each type

What is included under certain conditions (`execution/selections.py`) and how a response is written within its limit
(`execution/writing.py`) are shared with the rest of `execution`. All use of the internals of Strawberry and
graphql-core is in `schema/internals.py`.
"""
