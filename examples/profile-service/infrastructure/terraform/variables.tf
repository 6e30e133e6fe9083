variable "table_name" {
  description = "Name of the table."
  type        = string
  default     = "profile-service"
}

variable "vpc_id" {
  description = "Network that the service runs in."
  type        = string
}

variable "route_table_ids" {
  description = "Route tables of the subnets that the service runs in."
  type        = list(string)
}

variable "image_id" {
  description = "Machine image with the service on it."
  type        = string
}

variable "pepper_secret_arn" {
  description = "Secret that holds PROFILE_SERVICE_PEPPER."
  type        = string
}

output "table_name" {
  value = aws_dynamodb_table.this.name
}

output "launch_template_id" {
  value = aws_launch_template.service.id
}
