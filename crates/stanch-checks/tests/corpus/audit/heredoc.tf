resource "aws_iam_policy" "p" {
  policy = <<-EOF
    {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    EOF
}
locals {
  a = local.b
  b = [local.a, local.b]
}
resource "aws_dynamodb_table" {
  name = local.a
}
