data "aws_iam_policy_document" "server" {
  statement {
    actions = [
      "dynamodb:GetItem",
      "dynamodb:BatchGetItem",
      "dynamodb:Query",
      "dynamodb:Scan",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
      "dynamodb:DescribeTable",
      "dynamodb:DescribeTimeToLive",
    ]
    resources = [
      aws_dynamodb_table.identity.arn,
      "${aws_dynamodb_table.identity.arn}/index/*",
      # What a backup is restored to.
      "${aws_dynamodb_table.identity.arn}-restored-*",
      "${aws_dynamodb_table.identity.arn}-restored-*/index/*",
    ]
  }
}

resource "aws_iam_policy" "server" {
  name_prefix = "${var.table_name}-server-"
  description = "What an authgraph server does with the table"
  policy      = data.aws_iam_policy_document.server.json
}
