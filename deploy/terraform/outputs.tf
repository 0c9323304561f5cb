output "table_name" {
  description = "AUTHGRAPH_TABLE_NAME"
  value       = aws_dynamodb_table.identity.name
}

output "table_arn" {
  description = "ARN of the table"
  value       = aws_dynamodb_table.identity.arn
}

output "server_policy_arn" {
  description = "To be attached to the role of a server that this module does not make"
  value       = aws_iam_policy.server.arn
}
