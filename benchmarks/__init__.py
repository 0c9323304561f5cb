"""Side-by-side measurements: this server against graphql-yoga with the AWS SDK for JavaScript on the same table."""
