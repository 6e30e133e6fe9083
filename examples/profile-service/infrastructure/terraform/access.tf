locals {
  read_actions  = ["dynamodb:GetItem", "dynamodb:Query"]
  write_actions = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]

  # Every attribute that the service declares; a new one has to be named here before it can be read or written.
  attributes = [
    "pk", "sk", "profile", "settings", "record_id", "created_at", "metadata", "status", "version", "last_write",
    "key_id", "scopes", "owner", "digest", "hits", "expires_at",
  ]
}

resource "aws_iam_role" "service" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_instance_profile" "service" {
  role = aws_iam_role.service.name
}

resource "aws_iam_role_policy" "access" {
  role = aws_iam_role.service.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Items by partition key only, declared attributes only: no whole item can be asked for, since a read without
        # projection names no attributes, and Scan is not among the actions.
        Sid      = "Read"
        Effect   = "Allow"
        Action   = local.read_actions
        Resource = aws_dynamodb_table.this.arn
        Condition = {
          "ForAllValues:StringLike"   = { "dynamodb:LeadingKeys" = ["USER#*", "KEY#*"] }
          "ForAllValues:StringEquals" = { "dynamodb:Attributes" = local.attributes }
          StringEqualsIfExists        = { "dynamodb:Select" = "SPECIFIC_ATTRIBUTES" }
          Null                        = { "dynamodb:LeadingKeys" = "false", "dynamodb:Attributes" = "false" }
        }
      },
      {
        Sid      = "Write"
        Effect   = "Allow"
        Action   = local.write_actions
        Resource = aws_dynamodb_table.this.arn
        Condition = {
          "ForAllValues:StringLike"   = { "dynamodb:LeadingKeys" = ["USER#*", "KEY#*", "RATE#*"] }
          "ForAllValues:StringEquals" = { "dynamodb:Attributes" = local.attributes }
          # A write returns nothing, or what it changed; never the whole item.
          StringEqualsIfExists = { "dynamodb:ReturnValues" = ["NONE", "UPDATED_NEW"] }
          Null                 = { "dynamodb:LeadingKeys" = "false" }
        }
      },
      {
        Sid      = "Readiness"
        Effect   = "Allow"
        Action   = "dynamodb:DescribeTable"
        Resource = aws_dynamodb_table.this.arn
      },
      {
        Sid       = "TableKey"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:DescribeKey"]
        Resource  = aws_kms_key.table.arn
        Condition = { StringEquals = { "kms:ViaService" = "dynamodb.${data.aws_region.this.name}.amazonaws.com" } }
      },
      {
        Sid      = "Pepper"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = var.pepper_secret_arn
      },
    ]
  })
}
